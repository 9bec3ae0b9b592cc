package identity

import (
	"context"
	"time"
)

// ConsentPrefix is that of a consent's id.
const ConsentPrefix = "con"

// Consent is one word of an account's owner about a text: that they agree to it, or
// not any more. It is never changed: the last word counts, and all of them stay as
// proof. It holds nothing personal but whose it is.
type Consent struct {
	ID        string `bson:"_id"`
	AccountID string `bson:"account_id"`
	Kind      string `bson:"kind"`
	// Language, Number and Hash name the version that was shown.
	Language string    `bson:"language"`
	Number   int64     `bson:"number"`
	Hash     string    `bson:"hash"`
	Given    bool      `bson:"given"`
	At       time.Time `bson:"at"`
}

// Consents keeps consents.
type Consents interface {
	// Append writes a word down.
	Append(ctx context.Context, c Consent) error

	// OfAccount returns every word of an account's owner, the oldest first.
	OfAccount(ctx context.Context, accountID string) ([]Consent, error)
}

// LastWords returns the last word about each kind.
func LastWords(all []Consent) map[string]Consent {
	last := map[string]Consent{}
	for _, c := range all {
		last[c.Kind] = c
	}
	return last
}
