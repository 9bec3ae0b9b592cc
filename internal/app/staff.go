package app

import (
	"context"
	"errors"

	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
)

// NewStaff is somebody who is to work in the shop.
type NewStaff struct {
	Email, Name, Handle, Language string
	Role                          identity.Role
}

// CreateStaff makes the account of somebody of the staff and returns the link by
// which they choose a password. It is how the first administrator comes in.
func (a *App) CreateStaff(ctx context.Context, s NewStaff) (link string, err error) {
	email, err := identity.Email(s.Email)
	if err != nil {
		return "", err
	}
	name, err := cart.PersonName(s.Name)
	if err != nil {
		return "", err
	}
	if !identity.Handle(s.Handle) {
		return "", fault.New(fault.Invalid, "a handle has 2 to 40 letters a-z, digits, . _ or -; it stands beside what they do")
	}
	if err := s.Role.Known(); err != nil {
		return "", err
	}
	now := a.Clock().UTC()
	account := identity.Account{
		ID: id.New(identity.AccountPrefix, now), Personal: identity.Person{Email: email, Name: name}, Language: s.Language,
		Role: s.Role, Handle: s.Handle, PasswordAt: now, Rev: 1, CreatedAt: now, UpdatedAt: now,
	}
	if err := a.logTerminal(ctx, "create-staff", account.ID, `{"handle":"`+s.Handle+`","role":"`+string(s.Role)+`"}`); err != nil {
		return "", err
	}
	owner, err := a.Claims.Claim(ctx, identity.HandleKey(s.Handle), account.ID)
	if err == nil && owner != account.ID {
		err = fault.New(fault.Conflict, "the handle %s is somebody else's", s.Handle)
	}
	if err != nil {
		return "", err
	}
	if err := a.Accounts.Create(ctx, account); err != nil {
		return "", errors.Join(err, a.Claims.Release(ctx, identity.HandleKey(s.Handle), account.ID))
	}
	return a.passwordLink(ctx, account.ID)
}

// ResetStaff takes away password, authenticator, recovery codes and passkeys of
// somebody of the staff who has lost them, ends their sessions, and returns the link
// by which they begin again.
func (a *App) ResetStaff(ctx context.Context, handle string) (link string, err error) {
	staff, err := a.Accounts.Staff(ctx)
	if err != nil {
		return "", err
	}
	for _, account := range staff {
		if account.Handle != handle {
			continue
		}
		if err := a.logTerminal(ctx, "reset-staff", account.ID, `{"handle":"`+handle+`"}`); err != nil {
			return "", err
		}
		now := a.Clock().UTC()
		passkeys := account.Passkeys
		account.PasswordHash, account.TOTP, account.NextTOTP, account.Recovery, account.Passkeys = "", nil, nil, nil, nil
		account.PasswordAt, account.UpdatedAt = now, now
		if _, err := a.Accounts.Save(ctx, account); err != nil {
			return "", err
		}
		for passkeyID := range passkeys {
			if err := a.PasskeyOwners.Release(ctx, passkeyID, account.ID); err != nil {
				return "", err
			}
		}
		if err := a.Sessions.EndAll(ctx, account.ID, "", identity.EndedByStaff, now); err != nil {
			return "", err
		}
		return a.passwordLink(ctx, account.ID)
	}
	return "", fault.New(fault.NotFound, "nobody of the staff has the handle %s", handle)
}

// logTerminal writes down what is done from a terminal, before it is: whoever has the
// configuration of the shop, and no account.
func (a *App) logTerminal(ctx context.Context, what, target, after string) error {
	now := a.Clock().UTC()
	entry := id.New(auditlog.Prefix, now)
	return a.AuditLog.Append(ctx, auditlog.Entry{
		ID: entry, ActionID: entry, Phase: auditlog.Begun, At: now, Who: "terminal", What: what, Target: target, After: after,
	})
}

// passwordLink issues the ticket of a reset. The account is read for its time as
// the store keeps it.
func (a *App) passwordLink(ctx context.Context, accountID string) (string, error) {
	account, err := a.Accounts.Find(ctx, accountID)
	if err != nil {
		return "", err
	}
	now := a.Clock().UTC()
	t := identity.Ticket{
		ID: id.New(identity.TicketPrefix, now), Kind: identity.Reset, Personal: account.Personal, Language: account.Language,
		AccountID: account.ID, PasswordAt: account.PasswordAt, CreatedAt: now,
	}
	if err := a.Tickets.Issue(ctx, t); err != nil {
		return "", err
	}
	return a.letterLink(identity.NoticeReset, t.ID), nil
}
