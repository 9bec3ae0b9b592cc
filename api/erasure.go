package api

import (
	"context"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
)

type eraseInput struct {
	Body struct {
		ProofBody
		Code string `json:"code,omitempty" maxLength:"40" doc:"Of the authenticator, or a recovery code, where the account has a second factor." example:"492039"`
	}
}

type erasureOutput struct {
	Cookies []http.Cookie `header:"Set-Cookie"`
	Body    struct {
		Due time.Time `json:"due_at" doc:"Until then it can be withdrawn."`
	}
}

// CustomerAccess is embedded in the input of staff's routes about a customer.
type CustomerAccess struct {
	CustomerID string `path:"customer_id" doc:"The account's id" example:"usr_01k3v8m4w0f3q2x9y6z7a1b2c3"`
}

const saidErasure = "The account is signed out everywhere at once, and closed at `due_at`. When all of its orders are over, everything that is known of the person is " +
	"made unreadable for good; orders stay without them, and invoices for as long as the law says."

func (a *API) erasureRoutes() {
	handle(a, Route{
		ID: "erase-account", Method: http.MethodPost, Path: "/v1/account/erasure", Tag: tagAccount, Access: SignedIn, Limit: LimitLogins,
		Summary: "Have the account forgotten", Description: saidErasure, Status: http.StatusAccepted, Codes: []fault.Code{fault.Conflict, fault.SecondFactor},
	}, a.eraseAccount)
	handle(a, Route{
		ID: "keep-account", Method: http.MethodDelete, Path: "/v1/account/erasure", Tag: tagAccount, Access: SignedIn,
		Summary: "Withdraw that the account is to be forgotten", Status: http.StatusNoContent, Codes: []fault.Code{fault.NotFound, fault.Conflict},
	}, a.keepAccount)
	handle(a, Route{
		ID: "erase-customer", Method: http.MethodPost, Path: "/v1/staff/customers/{customer_id}/erasure", Tag: tagStaff, Access: Staff,
		Permission: identity.EraseCustomers, AnyBody: true, Status: http.StatusAccepted, Codes: []fault.Code{fault.Conflict},
		Summary: "Have a customer forgotten who asks for it otherwise", Description: saidErasure + " The customer is told, and may still withdraw it. Of somebody who was forgotten before, the key is destroyed again: a restored backup brings it back.",
	}, a.eraseCustomer)
	handle(a, Route{
		ID: "keep-customer", Method: http.MethodDelete, Path: "/v1/staff/customers/{customer_id}/erasure", Tag: tagStaff, Access: Staff,
		Permission: identity.EraseCustomers, Status: http.StatusNoContent, Codes: []fault.Code{fault.NotFound, fault.Conflict},
		Summary: "Withdraw a customer's erasure for them, until it is due",
	}, a.keepCustomer)
}

// eraseAgain destroys the key of somebody who was forgotten before: a backup that was
// restored has brought it back.
func (a *API) eraseAgain(ctx context.Context, account identity.Account) (*erasureOutput, error) {
	if err := a.DataKeys.Destroy(ctx, account.ID); err != nil {
		return nil, err
	}
	out := &erasureOutput{}
	out.Body.Due = account.ErasedAt
	a.changed(ctx, nil, map[string]any{"erased_at": account.ErasedAt})
	return out, nil
}

// keepCustomer is keepAccount for an owner who cannot sign in to withdraw.
func (a *API) keepCustomer(ctx context.Context, in *CustomerAccess) (*struct{}, error) {
	account, err := a.customer(ctx, in.CustomerID)
	if err != nil {
		return nil, err
	}
	if account.Erasure == nil {
		return nil, fault.New(fault.NotFound, "nobody asked for the account to be forgotten")
	}
	if !account.Open() {
		return nil, fault.New(fault.Conflict, "the account was closed at %s: its erasure can no longer be withdrawn", account.Closed.UTC().Format(time.DateTime))
	}
	due := account.Erasure.Due
	account.Erasure, account.UpdatedAt = nil, a.Clock().UTC()
	if _, err := a.Accounts.Save(ctx, account); err != nil {
		return nil, err
	}
	a.changed(ctx, map[string]any{"due_at": due}, nil)
	a.lookAtErasure(ctx, account.ID)
	return nil, nil
}

func (a *API) eraseAccount(ctx context.Context, in *eraseInput) (*erasureOutput, error) {
	account, err := a.owned(ctx, in.Body.Password, "body.password")
	if err != nil {
		return nil, err
	}
	if account.SecondFactor() {
		if _, err := a.secondFactor(ctx, &account, in.Body.Code); err != nil {
			return nil, err
		}
	}
	out, err := a.askErasure(ctx, account, "")
	if err != nil {
		return nil, err
	}
	out.Cookies = a.forgetCookies()
	return out, nil
}

// askErasure writes down that the account is to be forgotten, and has it done. It
// may be repeated: what was asked for first stays.
func (a *API) askErasure(ctx context.Context, account identity.Account, by string) (*erasureOutput, error) {
	if account.Staff() {
		return nil, fault.New(fault.Conflict, "this account is of the staff: an administrator closes it, its handle stays beside what was done")
	}
	asked := account.Erasure != nil
	if !asked {
		now := a.Clock().UTC()
		account.Erasure = &identity.Erasure{ID: id.New(identity.ErasurePrefix, now), AskedAt: now, Due: now.Add(a.Policy.Complete().EraseAfter), By: by}
		account.UpdatedAt = now
		var err error
		if account, err = a.Accounts.Save(ctx, account); err != nil {
			return nil, err
		}
	}
	a.lookAtErasure(ctx, account.ID)
	if err := a.Sessions.EndAll(ctx, account.ID, "", identity.EndedByErasure, a.Clock().UTC()); err != nil {
		return nil, err
	}
	out := &erasureOutput{}
	out.Body.Due = account.Erasure.Due
	return out, nil
}

// keepAccount takes the wish out of the row, where the account was not closed
// meanwhile; whoever waits for it looks there.
func (a *API) keepAccount(ctx context.Context, _ *struct{}) (*struct{}, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	if account.Erasure == nil {
		return nil, fault.New(fault.NotFound, "nobody asked for the account to be forgotten")
	}
	account.Erasure, account.UpdatedAt = nil, a.Clock().UTC()
	if _, err := a.Accounts.Save(ctx, account); err != nil {
		return nil, err
	}
	a.lookAtErasure(ctx, account.ID)
	return nil, nil
}

// lookAtErasure has the account's row looked at. It says everything: where nobody
// can be told now, the sweeper finds it.
func (a *API) lookAtErasure(ctx context.Context, accountID string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := a.Privacy.Erase(ctx, accountID); err != nil {
		a.Log.ErrorContext(ctx, "an erasure could not be begun or told, and the sweeper will", "request_id", requestOf(ctx).id, "account", accountID, "error", err)
	}
}

func (a *API) eraseCustomer(ctx context.Context, in *CustomerAccess) (*erasureOutput, error) {
	account, err := a.Accounts.Find(ctx, in.CustomerID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err != nil {
		return nil, fault.New(fault.NotFound, "no customer has this id")
	}
	if !account.ErasedAt.IsZero() {
		return a.eraseAgain(ctx, account)
	}
	out, err := a.askErasure(ctx, account, requestOf(ctx).operator)
	if err != nil {
		return nil, err
	}
	a.changed(ctx, nil, map[string]any{"due_at": out.Body.Due})
	return out, nil
}
