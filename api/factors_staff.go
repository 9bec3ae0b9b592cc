package api

import (
	"context"
	"net/http"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

func (a *API) staffFactorRoutes() {
	handle(a, Route{
		ID: "remove-customer-factor", Method: http.MethodPost, Path: "/v1/staff/customers/{customer_id}/second-factor/remove", Tag: tagStaff, Access: Staff,
		Permission: identity.RecoverCustomers, AnyBody: true, Status: http.StatusNoContent, Codes: []fault.Code{fault.NotFound, fault.Conflict},
		Summary: "Let a customer back in who lost authenticator and recovery codes",
		Description: "Once you know that they are who they say. The account is signed out everywhere and its owner told; it still takes the password, " +
			"or the mailbox, to sign in.",
	}, a.removeCustomerFactor)
}

// removeCustomerFactor takes the authenticator off the account. Passkeys stay: who
// has one is not locked out.
func (a *API) removeCustomerFactor(ctx context.Context, in *CustomerAccess) (*struct{}, error) {
	account, err := a.customer(ctx, in.CustomerID)
	if err != nil {
		return nil, err
	}
	if !account.SecondFactor() || !account.Open() {
		return nil, fault.New(fault.Conflict, "the account has no authenticator to take off")
	}
	now := a.Clock().UTC()
	account.TOTP, account.NextTOTP, account.Recovery, account.UpdatedAt = nil, nil, nil, now
	if _, err := a.Accounts.Save(ctx, account); err != nil {
		return nil, err
	}
	a.changed(ctx, map[string]any{"second_factor": true}, map[string]any{"second_factor": false})
	a.inform(ctx, identity.Letter{Kind: identity.NoticeFactorOff, AccountID: account.ID})
	return nil, a.Sessions.EndAll(ctx, account.ID, "", identity.EndedByStaff, now)
}
