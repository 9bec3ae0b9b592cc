package identity

import (
	"context"
	"time"
)

// Accounts keeps accounts. Their mail addresses are second keys.
type Accounts interface {
	// Create claims the mail address and writes the account. A Conflict fault says
	// that the address is another account's.
	Create(ctx context.Context, a Account) error

	// Find returns the account, or a NotFound fault.
	Find(ctx context.Context, accountID string) (Account, error)

	// ByEmail returns the account of a mail address in the form of Email, or a
	// NotFound fault.
	ByEmail(ctx context.Context, email string) (Account, error)

	// Save replaces the account where a.Rev is still what is there; the written one
	// is one more. Somebody else's write meanwhile is a Conflict fault. The mail
	// address stays what it was.
	Save(ctx context.Context, a Account) (Account, error)

	// MoveEmail claims the new address, writes it and gives the old one up; repeated
	// after a crash it goes on. A Conflict fault says that the address is another
	// account's.
	MoveEmail(ctx context.Context, accountID, email string, now time.Time) error

	// Erase leaves of the account what Forgotten leaves, and gives its mail address
	// up. Repeated after a crash it goes on.
	Erase(ctx context.Context, accountID string, now time.Time) error

	// Shut reports whether the account was closed, read anew and without opening
	// anything. One that is not there was not.
	Shut(ctx context.Context, accountID string) (bool, error)

	// Group returns the account's customer group, without opening anything; empty for
	// who is in none, and for an account that is not there.
	Group(ctx context.Context, accountID string) (string, error)

	// Erasing returns the ids of at most limit accounts that are to be forgotten and
	// are not yet, behind the id after.
	Erasing(ctx context.Context, after string, limit int) ([]string, error)

	// Staff returns the accounts of staff by their handles.
	Staff(ctx context.Context) ([]Account, error)
}

// Sessions keeps sessions.
type Sessions interface {
	// Start writes a new session.
	Start(ctx context.Context, s Session) error

	// Find returns the session, or a NotFound fault.
	Find(ctx context.Context, sessionID string) (Session, error)

	// Rotate moves the session from a turn to the next one where it stands there and
	// has not ended. It reports false when it does not.
	Rotate(ctx context.Context, sessionID string, turn int64, now time.Time) (bool, error)

	// End ends the session where it has not ended.
	End(ctx context.Context, sessionID, why string, now time.Time) error

	// EndAll ends every session of the account but the one that is kept.
	EndAll(ctx context.Context, accountID, keep, why string, now time.Time) error

	// Sweep removes sessions that nobody refreshed since before, and returns how many.
	Sweep(ctx context.Context, before time.Time) (int, error)

	// All returns every session of an account that is kept, the newest first.
	All(ctx context.Context, accountID string) ([]Session, error)

	// Forget removes every session of the account.
	Forget(ctx context.Context, accountID string) error

	// Of returns the sessions of an account that have not ended, the newest first.
	Of(ctx context.Context, accountID string) ([]Session, error)
}

// Keys keeps the keys of machines.
type Keys interface {
	// Create writes a new key. A prefix that is taken is a Conflict fault.
	Create(ctx context.Context, k Key) error

	// Find returns the key of a prefix, or a NotFound fault.
	Find(ctx context.Context, prefix string) (Key, error)

	// Touch notes that the key was used; at most once a minute it writes.
	Touch(ctx context.Context, k Key, now time.Time) error

	// Revoke ends the key where it has not ended.
	Revoke(ctx context.Context, prefix, by string, now time.Time) error

	// All returns every key by its prefix.
	All(ctx context.Context) ([]Key, error)
}

// Post sends letters.
type Post interface {
	// Send takes the letter and sees to it that it goes out; a letter that it has is
	// not sent twice.
	Send(ctx context.Context, l Letter) error
}

// LetterBox keeps letters until they are handed over: what happened to an account is
// told of although nobody could take the letter then.
type LetterBox interface {
	// Keep writes the letter down. It is safe to repeat.
	Keep(ctx context.Context, l Letter) error

	// Done removes the letter.
	Done(ctx context.Context, letterID string) error

	// Waiting returns at most limit letters about what happened before a moment, the
	// oldest first.
	Waiting(ctx context.Context, before time.Time, limit int) ([]Letter, error)
}

// Factors are second factors by time (RFC 6238).
type Factors interface {
	// New returns a fresh secret and the otpauth:// address that shows it to an app.
	New(issuer, account string) (secret, address string, err error)

	// Picture returns a PNG of the QR code that shows the address to an app.
	Picture(address string) ([]byte, error)

	// Step returns the time step that the code is of, if it is one of those around
	// now.
	Step(secret, code string, now time.Time) (step int64, ok bool)
}

// Tickets keeps what a mail address has to prove.
type Tickets interface {
	// Issue writes a new ticket; one that is there stays as it is.
	Issue(ctx context.Context, t Ticket) error

	// Find returns the ticket, or a NotFound fault.
	Find(ctx context.Context, ticketID string) (Ticket, error)

	// Bind notes whose the ticket is and when their password was set.
	Bind(ctx context.Context, ticketID, accountID string, passwordAt time.Time) error

	// Use marks the ticket as used. It reports false when it was used before.
	Use(ctx context.Context, ticketID string, now time.Time) (bool, error)

	// Forget removes the tickets of an account, and those to its mail address, which
	// may be empty.
	Forget(ctx context.Context, accountID, email string) error

	// Sweep removes tickets that were issued before, with the addresses in them.
	Sweep(ctx context.Context, before time.Time) (int, error)
}
