package api

import (
	"context"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

type newStaffInput struct {
	Body struct {
		Email  string        `json:"email" minLength:"3" maxLength:"254" example:"zeynep@example.com"`
		Name   string        `json:"name" minLength:"2" maxLength:"100" example:"Zeynep Çelik"`
		Handle string        `json:"handle" minLength:"2" maxLength:"40" pattern:"^[a-z0-9._-]+$" doc:"Stands beside what they do, in the workflows too: no personal name." example:"depo-2"`
		Role   identity.Role `json:"role" enum:"catalogue,orders,support,marketing,finance,administrator"`
	}
}

// StaffAccess is embedded in the input of routes about somebody of the staff.
type StaffAccess struct {
	AccountID string `path:"account_id" doc:"The account's id" example:"usr_01k3v8m4w0f3q2x9y6z7a1b2c3"`
}

type patchStaffInput struct {
	StaffAccess
	Body struct {
		Role identity.Role `json:"role" enum:"catalogue,orders,support,marketing,finance,administrator"`
	}
}

type staffOutput struct {
	Body StaffView
}

type staffListOutput struct {
	Body struct {
		Staff []StaffView `json:"staff" nullable:"false"`
	}
}

// StaffView is somebody of the staff, as those see who manage them.
type StaffView struct {
	ID           string        `json:"id"`
	Handle       string        `json:"handle"`
	Email        string        `json:"email"`
	Name         string        `json:"name"`
	Role         identity.Role `json:"role"`
	SecondFactor bool          `json:"second_factor" doc:"Without one they can do nothing."`
	ClosedAt     time.Time     `json:"closed_at,omitzero"`
	CreatedAt    time.Time     `json:"created_at"`
}

func viewStaff(a identity.Account) StaffView {
	return StaffView{
		ID: a.ID, Handle: a.Handle, Email: a.Personal.Email, Name: a.Personal.Name, Role: a.Role,
		SecondFactor: a.SecondFactor() || len(a.Passkeys) > 0, ClosedAt: a.Closed, CreatedAt: a.CreatedAt,
	}
}

func (a *API) staffRoutes() {
	route := func(id, method, path, summary string, codes ...fault.Code) Route {
		return Route{
			ID: id, Method: method, Path: path, Tag: tagStaff, Access: Staff, Permission: identity.ManageStaff, Summary: summary, Codes: codes,
		}
	}
	handle(a, route("list-staff", http.MethodGet, "/v1/staff/accounts", "List the accounts of staff"), a.listStaff)
	create := route("create-staff", http.MethodPost, "/v1/staff/accounts", "Make an account for somebody of the staff", fault.Conflict)
	create.Status = http.StatusCreated
	create.Description = "They get a mail with a link by which they choose a password, and set up a second factor when they first sign in."
	handle(a, create, a.createStaff)
	handle(a, route("change-role", http.MethodPatch, "/v1/staff/accounts/{account_id}", "Give somebody of the staff another role", fault.Conflict), a.changeRole)
	dismiss := route("dismiss-staff", http.MethodDelete, "/v1/staff/accounts/{account_id}", "Close the account of somebody of the staff", fault.Conflict)
	dismiss.Status = http.StatusNoContent
	dismiss.Description = "At once: their sessions end with it. The account stays, since its handle stands beside what was done, with its mail address and " +
		"nothing else of the person. Keys that they made stay good until they are revoked: the audit log lists them."
	handle(a, dismiss, a.dismissStaff)
	reopen := route("reopen-staff", http.MethodPost, "/v1/staff/accounts/{account_id}/reopen", "Open the account of somebody of the staff again", fault.Conflict)
	reopen.AnyBody = true
	reopen.Description = "With the role that they had. They get a mail with a link by which they choose a password, and set up a second factor anew."
	handle(a, reopen, a.reopenStaff)
}

func (a *API) listStaff(ctx context.Context, _ *struct{}) (*staffListOutput, error) {
	accounts, err := a.Accounts.Staff(ctx)
	out := &staffListOutput{}
	out.Body.Staff = []StaffView{}
	for _, s := range accounts {
		out.Body.Staff = append(out.Body.Staff, viewStaff(s))
	}
	return out, err
}

func (a *API) createStaff(ctx context.Context, in *newStaffInput) (*staffOutput, error) {
	name, err := cart.PersonName(in.Body.Name)
	if err != nil {
		return nil, inField(err, "body")
	}
	recruit := identity.Recruit{Email: in.Body.Email, Name: name, Handle: in.Body.Handle, Language: requestOf(ctx).language, Role: in.Body.Role}
	account, err := recruit.Account(a.Clock().UTC())
	if err != nil {
		return nil, inField(err, "body")
	}
	if err := identity.Hire(ctx, a.Accounts, a.Claims, account); err != nil {
		return nil, err
	}
	a.target(ctx, account.ID)
	a.changed(ctx, nil, map[string]any{"account_id": account.ID, "handle": account.Handle, "role": account.Role})
	return &staffOutput{Body: viewStaff(account)}, a.sendPasswordLink(ctx, account)
}

// findStaff returns somebody of the staff other than who asks: nobody gives
// themselves a role, or locks themselves out.
func (a *API) findStaff(ctx context.Context, accountID string) (identity.Account, error) {
	account, err := a.Accounts.Find(ctx, accountID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return identity.Account{}, err
	}
	if err != nil || !account.Staff() {
		return identity.Account{}, fault.New(fault.NotFound, "nobody of the staff has this id")
	}
	if p := requestOf(ctx).caller; p != nil && p.accountID == accountID {
		return identity.Account{}, fault.New(fault.Conflict, "this is your own account: ask another administrator")
	}
	return account, nil
}

func (a *API) changeRole(ctx context.Context, in *patchStaffInput) (*staffOutput, error) {
	account, err := a.findStaff(ctx, in.AccountID)
	if err != nil {
		return nil, err
	}
	before := account.Role
	account.Role, account.UpdatedAt = in.Body.Role, a.Clock().UTC()
	saved, err := a.Accounts.Save(ctx, account)
	if err != nil {
		return nil, err
	}
	a.changed(ctx, map[string]any{"role": before}, map[string]any{"role": saved.Role})
	return &staffOutput{Body: viewStaff(saved)}, nil
}

// dismissStaff may be repeated: whatever it did not come to is done then.
func (a *API) dismissStaff(ctx context.Context, in *StaffAccess) (*struct{}, error) {
	account, err := a.findStaff(ctx, in.AccountID)
	if err != nil {
		return nil, err
	}
	now := a.Clock().UTC()
	keys, err := a.liveKeysOf(ctx, account.Handle, now)
	if err != nil {
		return nil, err
	}
	dismissed, err := a.Accounts.Save(ctx, account.Dismissed(now))
	if err != nil {
		return nil, err
	}
	a.changed(ctx, map[string]any{"role": account.Role}, map[string]any{"closed_at": dismissed.Closed, "live_keys": keys})
	if err := a.PasskeyOwners.Forget(ctx, account.ID); err != nil {
		return nil, err
	}
	return nil, a.Sessions.EndAll(ctx, account.ID, "", identity.EndedByStaff, now)
}

// liveKeysOf returns the prefixes of the keys that somebody made and that are still
// good: machines go on when people leave.
func (a *API) liveKeysOf(ctx context.Context, handle string, now time.Time) ([]string, error) {
	keys, err := a.MachineKeys.All(ctx)
	prefixes := []string{}
	for _, k := range keys {
		if k.CreatedBy == handle && k.Live(now) {
			prefixes = append(prefixes, k.Prefix)
		}
	}
	return prefixes, err
}

func (a *API) reopenStaff(ctx context.Context, in *StaffAccess) (*staffOutput, error) {
	account, err := a.findStaff(ctx, in.AccountID)
	if err != nil {
		return nil, err
	}
	if account.Open() {
		return nil, fault.New(fault.Conflict, "this account is open: who lost the password asks for a link, like everybody")
	}
	reopened, err := a.Accounts.Save(ctx, account.Reopened(a.Clock().UTC()))
	if err != nil {
		return nil, err
	}
	a.changed(ctx, map[string]any{"closed_at": account.Closed}, map[string]any{"role": reopened.Role})
	return &staffOutput{Body: viewStaff(reopened)}, a.sendPasswordLink(ctx, reopened)
}

// sendPasswordLink has somebody of the staff told how they choose a password. Their
// account is there by then: a letter that cannot be handed over goes out later.
func (a *API) sendPasswordLink(ctx context.Context, account identity.Account) error {
	t, err := a.newTicket(ctx, identity.Ticket{Kind: identity.Reset, Personal: account.Personal, Language: account.Language})
	if err != nil {
		return err
	}
	a.inform(ctx, identity.Letter{Kind: identity.NoticeReset, AccountID: account.ID, TicketID: t.ID})
	return nil
}
