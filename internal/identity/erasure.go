package identity

import (
	"context"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/id"
)

// ErasurePrefix is that of an erasure's id.
const ErasurePrefix = "era"

// Erasure is that an account is to be forgotten. Until Due its owner may think
// better of it.
type Erasure struct {
	ID      string    `bson:"id"`
	AskedAt time.Time `bson:"asked_at"`
	Due     time.Time `bson:"due"`
	// By is who of the staff asked for the owner; empty where the owner did.
	By string `bson:"by,omitempty"`
}

// AskedLetterID is the id of the letter that tells the owner of it.
func (e Erasure) AskedLetterID() string { return id.Fixed("let", e.Due, e.ID) }

// LetterID is the id of the last letter to the owner: fixed with the erasure, so
// that there is one.
func (e Erasure) LetterID() string { return "let" + strings.TrimPrefix(e.ID, ErasurePrefix) }

// Forgotten returns what is left of an account that was erased: that there was
// one, and when it ended. Its id stands in orders, which stay.
func (a Account) Forgotten(now time.Time) Account {
	return Account{
		ID: a.ID, Language: a.Language, Erasure: a.Erasure, Closed: a.Closed, ErasedAt: now, Rev: a.Rev, CreatedAt: a.CreatedAt, UpdatedAt: now,
	}
}

// Privacy carries out what owners of accounts may ask for by law.
type Privacy interface {
	// Erase sees to it that the erasure which the account's row asks for is carried
	// out. Told again, it looks at the row again.
	Erase(ctx context.Context, accountID string) error

	// Resume sees to it that somebody carries the erasure out, where nobody does any
	// more.
	Resume(ctx context.Context, accountID string) error

	// Export has an export made that was asked for. Told again it is made once; where a
	// run was ended before it had, another one makes it.
	Export(ctx context.Context, e Export) error
}

// DataKeys are what personal data is sealed with.
type DataKeys interface {
	// Destroy makes everything that was sealed for the subject unreadable for good.
	// It is safe to repeat, and a Conflict fault before the end of a legal term.
	Destroy(ctx context.Context, subject string) error

	// Drop is Destroy for what was sealed with a legal term and then came to nothing
	// that the law wants kept.
	Drop(ctx context.Context, subject string) error

	// Expire destroys every key whose legal term has ended by now, and returns how
	// many.
	Expire(ctx context.Context, now time.Time) (int, error)
}
