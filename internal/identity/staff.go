package identity

import (
	"context"
	"errors"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
)

// Recruit is somebody who is to work in the shop. The name was checked by whoever asks.
type Recruit struct {
	Email, Name, Handle, Language string
	Role                          Role
}

// Account returns the account that the recruit is to have, without a password, or an
// Invalid fault whose detail "field" names what is wrong.
func (r Recruit) Account(now time.Time) (Account, error) {
	email, err := Email(r.Email)
	if err != nil {
		return Account{}, inField(err, "email")
	}
	if !Handle(r.Handle) {
		return Account{}, fault.New(fault.Invalid, "a handle has 2 to 40 letters a-z, digits, . _ or -; it stands beside what they do").With("field", "handle")
	}
	if err := r.Role.Known(); err != nil {
		return Account{}, inField(err, "role")
	}
	return Account{
		ID: id.New(AccountPrefix, now), Personal: Person{Email: email, Name: r.Name}, Language: r.Language, Role: r.Role, Handle: r.Handle,
		PasswordAt: now, Rev: 1, CreatedAt: now, UpdatedAt: now,
	}, nil
}

// inField names what of a recruit was refused.
func inField(err error, field string) error {
	var refused *fault.Fault
	if errors.As(err, &refused) {
		return refused.With("field", field)
	}
	return err
}

// Handles keeps whose a handle is.
type Handles interface {
	// Claim takes a key for owner. It returns the owner that holds the key, which is
	// another one if it was taken before.
	Claim(ctx context.Context, key, owner string) (string, error)

	// Release gives up the key if owner holds it.
	Release(ctx context.Context, key, owner string) error
}

// Hire takes the handle for the account and writes it. A handle or a mail address that
// is somebody else's is a Conflict fault, and leaves neither taken.
func Hire(ctx context.Context, accounts Accounts, handles Handles, a Account) error {
	owner, err := handles.Claim(ctx, HandleKey(a.Handle), a.ID)
	if err == nil && owner != a.ID {
		err = fault.New(fault.Conflict, "the handle %s is somebody else's: it says who did something", a.Handle)
	}
	if err != nil {
		return err
	}
	if err := accounts.Create(ctx, a); err != nil {
		return errors.Join(err, handles.Release(ctx, HandleKey(a.Handle), a.ID))
	}
	return nil
}

// Disarmed returns the account without anything that signs it in, and with the links
// of before good for nothing: password, authenticator, recovery codes, passkeys.
func (a Account) Disarmed(now time.Time) Account {
	a.PasswordHash, a.TOTP, a.NextTOTP, a.Recovery, a.Passkeys = "", nil, nil, nil, nil
	a.PasswordAt, a.UpdatedAt = now, now
	return a
}

// Dismissed returns what is left of the account of somebody who has left the staff.
// The handle stands beside what they did, and by the mail address they can come back;
// nothing else of the person is needed.
func (a Account) Dismissed(now time.Time) Account {
	a = a.Disarmed(now)
	a.Personal = Person{Email: a.Personal.Email}
	if a.Open() {
		a.Closed = now
	}
	return a
}

// Reopened returns the account of somebody who comes back: they choose a password and
// set up a second factor anew.
func (a Account) Reopened(now time.Time) Account {
	a = a.Disarmed(now)
	a.Closed = time.Time{}
	return a
}
