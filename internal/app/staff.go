package app

import (
	"context"
	"slices"

	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
)

// CreateStaff makes the account of somebody of the staff and returns the link by
// which they choose a password. It is how the first administrator comes in.
func (a *App) CreateStaff(ctx context.Context, r identity.Recruit) (link string, err error) {
	if r.Name, err = cart.PersonName(r.Name); err != nil {
		return "", err
	}
	account, err := r.Account(a.Clock().UTC())
	if err != nil {
		return "", err
	}
	err = a.atTerminal(ctx, aboutStaff("create-staff", account), func() error {
		if err := identity.Hire(ctx, a.Accounts, a.Claims, account); err != nil {
			return err
		}
		link, err = a.passwordLink(ctx, account.ID)
		return err
	})
	return link, err
}

// ResetStaff takes away password, authenticator, recovery codes and passkeys of
// somebody of the staff who has lost them, ends their sessions, and returns the link
// by which they begin again. A closed account is a Conflict fault.
func (a *App) ResetStaff(ctx context.Context, handle string) (link string, err error) {
	staff, err := a.Accounts.Staff(ctx)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(staff, func(s identity.Account) bool { return s.Handle == handle })
	if i < 0 {
		return "", fault.New(fault.NotFound, "nobody of the staff has the handle %s", handle)
	}
	if !staff[i].Open() {
		return "", fault.New(fault.Conflict, "the account of %s was closed: an administrator opens it again, by POST /v1/staff/accounts/%s/reopen, and a link goes to its mail address", handle, staff[i].ID)
	}
	err = a.atTerminal(ctx, aboutStaff("reset-staff", staff[i]), func() error {
		if err := a.disarm(ctx, staff[i]); err != nil {
			return err
		}
		link, err = a.passwordLink(ctx, staff[i].ID)
		return err
	})
	return link, err
}

// disarm takes away whatever signs the account in, and ends its sessions.
func (a *App) disarm(ctx context.Context, account identity.Account) error {
	now := a.Clock().UTC()
	if _, err := a.Accounts.Save(ctx, account.Disarmed(now)); err != nil {
		return err
	}
	if err := a.PasskeyOwners.Forget(ctx, account.ID); err != nil {
		return err
	}
	return a.Sessions.EndAll(ctx, account.ID, "", identity.EndedByStaff, now)
}

// aboutStaff is the entry of what is done at a terminal about somebody of the staff.
func aboutStaff(what string, account identity.Account) auditlog.Entry {
	return auditlog.Entry{
		Who: terminal, What: what, Target: account.ID, After: `{"handle":"` + account.Handle + `","role":"` + string(account.Role) + `"}`,
	}
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
