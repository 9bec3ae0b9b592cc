package api

import (
	"context"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

// secondFactor returns how the account was proved, once its second factor was too
// where it has one. A code is taken once.
func (a *API) secondFactor(ctx context.Context, account *identity.Account, code string) ([]string, error) {
	if !account.SecondFactor() {
		return []string{identity.ByPassword}, nil
	}
	if code == "" {
		return nil, fault.New(fault.SecondFactor, "send the code of your authenticator, or a recovery code, as code")
	}
	wrong := fault.New(fault.SecondFactor, "this code is wrong, or was used before")
	now := a.Clock()
	method := identity.ByOTP
	if step, ok := a.Factors.Step(account.TOTP.Secret, code, now); ok && step > account.TOTP.LastStep {
		totp := *account.TOTP
		totp.LastStep = step
		account.TOTP = &totp
	} else {
		used, there := account.Recovery[identity.RecoveryHash(code)]
		if !there || !used.IsZero() {
			return nil, wrong
		}
		account.UseRecovery(code, now)
		method = identity.ByRecovery
	}
	saved, err := a.Accounts.Save(ctx, *account)
	if fault.Is(err, fault.Conflict) {
		return nil, wrong // the same code, sent twice at once
	}
	if err != nil {
		return nil, err
	}
	*account = saved
	if method == identity.ByRecovery {
		a.inform(ctx, identity.Letter{Kind: identity.NoticeRecoveryUsed, AccountID: account.ID})
	}
	return []string{identity.ByPassword, method}, nil
}

// mayChange refuses staff who have a second factor and did not use it: with the
// password alone nobody puts another one in its place.
func mayChange(account identity.Account, session identity.Session) error {
	armed := account.SecondFactor() || len(account.Passkeys) > 0
	if account.Staff() && armed && !session.Strong() {
		return fault.New(fault.Forbidden, "sign in with your second factor first")
	}
	return nil
}

func (a *API) startFactor(ctx context.Context, in *factorInput) (*factorOutput, error) {
	account, _, err := a.proved(ctx, in.Body.Password, "body.password")
	if err != nil {
		return nil, err
	}
	if account.SecondFactor() && !account.Staff() {
		return nil, fault.New(fault.Conflict, "the account has an authenticator: remove it before another one is set up")
	}
	key, address, err := a.Factors.New(a.ShopName, account.Personal.Email)
	if err != nil {
		return nil, err
	}
	picture, err := a.Factors.Picture(address)
	if err != nil {
		return nil, err
	}
	account.NextTOTP = &identity.TOTP{Secret: key}
	if _, err := a.Accounts.Save(ctx, account); err != nil {
		return nil, err
	}
	out := &factorOutput{}
	out.Body.Secret, out.Body.Address, out.Body.QR = key, address, picture
	return out, nil
}

func (a *API) confirmFactor(ctx context.Context, in *codeInput) (*recoveryOutput, error) {
	account, session, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.countTry(ctx, LimitLoginDevices, account.ID); err != nil {
		return nil, err
	}
	if err := mayChange(account, session); err != nil {
		return nil, err
	}
	if account.NextTOTP == nil {
		return nil, fault.New(fault.Conflict, "no authenticator is being set up: begin with its secret")
	}
	now := a.Clock().UTC()
	step, ok := a.Factors.Step(account.NextTOTP.Secret, in.Body.Code, now)
	if !ok {
		return nil, fault.New(fault.Invalid, "this code is not of now: is the clock of the device right?").With(detailField, "body.code")
	}
	codes, kept := identity.NewRecoveryCodes()
	account.TOTP = &identity.TOTP{Secret: account.NextTOTP.Secret, ConfirmedAt: now, LastStep: step}
	account.NextTOTP, account.Recovery, account.UpdatedAt = nil, kept, now
	if _, err := a.Accounts.Save(ctx, account); err != nil {
		return nil, err
	}
	if err := a.Sessions.EndAll(ctx, account.ID, session.ID, identity.EndedByPassword, now); err != nil {
		return nil, err
	}
	a.inform(ctx, identity.Letter{Kind: identity.NoticeFactorOn, AccountID: account.ID, SessionID: session.ID})
	out := &recoveryOutput{}
	out.Body.Codes = codes
	return out, nil
}

func (a *API) removeFactor(ctx context.Context, in *removeFactorInput) (*struct{}, error) {
	account, session, err := a.proved(ctx, in.Body.Password, "body.password")
	if err != nil {
		return nil, err
	}
	if account.Staff() {
		return nil, fault.New(fault.Conflict, "staff prove two factors: set up another authenticator in its place")
	}
	if !account.SecondFactor() {
		return nil, fault.New(fault.Conflict, "the account has no authenticator")
	}
	if _, err := a.secondFactor(ctx, &account, in.Body.Code); err != nil {
		return nil, err
	}
	account.TOTP, account.Recovery, account.UpdatedAt = nil, nil, a.Clock().UTC()
	if _, err := a.Accounts.Save(ctx, account); err != nil {
		return nil, err
	}
	a.inform(ctx, identity.Letter{Kind: identity.NoticeFactorOff, AccountID: account.ID, SessionID: session.ID})
	return nil, nil
}
