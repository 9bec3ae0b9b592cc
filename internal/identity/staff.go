package identity

import "time"

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
