package identity

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bedesten/bedesten/internal/fault"
)

// ChallengePrefix is that of a challenge's id.
const ChallengePrefix = "pkc"

const (
	// MaxPasskeys is how many an account holds.
	MaxPasskeys = 10
	// ChallengeLife is how long a challenge waits for its answer.
	ChallengeLife = 5 * time.Minute
	// FreshSignIn is how young a sign-in must be to stand for a password that the
	// account has not.
	FreshSignIn = 10 * time.Minute
	// maxPasskeyName is how long a passkey's name may be, in letters.
	maxPasskeyName = 60
)

// Passkey is a WebAuthn credential, under its id in base64url.
type Passkey struct {
	Name string `bson:"name"`
	// Credential is what the adapter needs of it: a public key, a counter and flags,
	// no secret.
	Credential []byte    `bson:"credential"`
	CreatedAt  time.Time `bson:"created_at"`
	LastUsedAt time.Time `bson:"last_used_at,omitempty"`
}

// PasskeyName returns the form in which a passkey's name is kept, or an Invalid
// fault.
func PasskeyName(s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if n := utf8.RuneCountInString(s); n < 1 || n > maxPasskeyName || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "", fault.New(fault.Invalid, "a passkey's name has 1 to %d letters", maxPasskeyName)
	}
	return s, nil
}

// WithPasskey returns the account with the passkey under its id; other copies of
// the account are left as they are.
func (a Account) WithPasskey(passkeyID string, k Passkey) Account {
	kept := map[string]Passkey{}
	for id, other := range a.Passkeys {
		kept[id] = other
	}
	kept[passkeyID] = k
	a.Passkeys = kept
	return a
}

// WithoutPasskey returns the account without a passkey.
func (a Account) WithoutPasskey(passkeyID string) Account {
	kept := map[string]Passkey{}
	for id, other := range a.Passkeys {
		if id != passkeyID {
			kept[id] = other
		}
	}
	a.Passkeys = kept
	return a
}

// Ceremony is what a challenge is for. One is never answered as the other.
type Ceremony string

// The ceremonies.
const (
	AddPasskey Ceremony = "add"
	UsePasskey Ceremony = "use"
)

// Challenge is what an authenticator is to sign. It is answered once, in time, for
// what it was made for.
type Challenge struct {
	ID  string   `bson:"_id"`
	For Ceremony `bson:"for"`
	// AccountID is whose passkey is being added; empty where somebody signs in.
	AccountID string `bson:"account_id"`
	// State is what the adapter compares the answer with.
	State     []byte    `bson:"state"`
	CreatedAt time.Time `bson:"created_at"`
}

// Challenges keeps challenges.
type Challenges interface {
	// Put writes a new challenge.
	Put(ctx context.Context, c Challenge) error

	// Take returns the challenge and removes it, so that of many who answer it one
	// goes on. One that was answered, is older than ChallengeLife, or was made for
	// something or somebody else is a NotFound fault.
	Take(ctx context.Context, challengeID string, to Ceremony, accountID string, now time.Time) (Challenge, error)

	// Sweep removes challenges that were made before.
	Sweep(ctx context.Context, before time.Time) (int, error)
}

// PasskeyOwners keeps whose a passkey is: its id is a second key of the account.
type PasskeyOwners interface {
	// Claim notes that the passkey is the account's. One of another account's is a
	// Conflict fault.
	Claim(ctx context.Context, passkeyID, accountID string) error

	// Owner returns the account's id, or a NotFound fault.
	Owner(ctx context.Context, passkeyID string) (accountID string, err error)

	// Release gives the passkey up where it is the account's.
	Release(ctx context.Context, passkeyID, accountID string) error

	// Forget gives every passkey of the account up.
	Forget(ctx context.Context, accountID string) error
}

// Proof is what the answer to a sign-in's challenge proved.
type Proof struct {
	// Passkey is to be kept in place of the one that was there.
	Passkey Passkey
	// Cloned says that the passkey's counter went back: somebody has a copy of it.
	// Nothing is proved then.
	Cloned bool
}

// Passkeys speaks WebAuthn. Whatever is wrong with an answer is an Invalid fault
// that does not repeat it; a shop whose address no passkey can be bound to is a
// NotSupportedYet fault.
type Passkeys interface {
	// Pages are the origins that may use them; none where the shop has no name.
	Pages() []string

	// Offer begins to add a passkey: options is what the browser is given, state what
	// the answer is compared with.
	Offer(a Account) (options, state []byte, err error)

	// Accept finishes it and returns the passkey, which has no name yet.
	Accept(a Account, state, answer []byte, now time.Time) (passkeyID string, k Passkey, err error)

	// Ask begins a sign-in by whoever has a passkey.
	Ask() (options, state []byte, err error)

	// Claimed returns the id of the passkey that an answer says it is of. It proves
	// nothing.
	Claimed(answer []byte) (passkeyID string, err error)

	// Verify finishes a sign-in with a passkey of the account.
	Verify(a Account, state, answer []byte, now time.Time) (Proof, error)
}
