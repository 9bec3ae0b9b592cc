package api

import (
	"context"
	"net/url"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
)

// owned returns the account of who asks, once they proved to be its owner: by its
// password, or where it has none by a sign-in of just now.
func (a *API) owned(ctx context.Context, password, field string) (identity.Account, error) {
	account, session, err := a.self(ctx)
	if err != nil {
		return identity.Account{}, err
	}
	if account.PasswordHash != "" {
		account, _, err = a.proved(ctx, password, field)
		return account, err
	}
	if a.Clock().After(session.SignedIn.Add(identity.FreshSignIn)) {
		return identity.Account{}, fault.New(fault.Forbidden, "sign in again: without a password this takes a sign-in of the last ten minutes")
	}
	return account, nil
}

// challenge keeps what a device is to sign and shows it.
func (a *API) challenge(ctx context.Context, to identity.Ceremony, accountID string, options, state []byte) (*passkeyOptionsOutput, error) {
	now := a.Clock().UTC()
	c := identity.Challenge{ID: id.New(identity.ChallengePrefix, now), For: to, AccountID: accountID, State: state, CreatedAt: now}
	if err := a.Challenges.Put(ctx, c); err != nil {
		return nil, err
	}
	out := &passkeyOptionsOutput{}
	out.Body.Challenge, out.Body.Options = c.ID, options
	return out, nil
}

func (a *API) offerPasskey(ctx context.Context, in *passkeyOptionsInput) (*passkeyOptionsOutput, error) {
	account, err := a.owned(ctx, in.Body.Password, "body.password")
	if err != nil {
		return nil, err
	}
	if err := roomForPasskey(account); err != nil {
		return nil, err
	}
	options, state, err := a.Passkeys.Offer(account)
	if err != nil {
		return nil, err
	}
	return a.challenge(ctx, identity.AddPasskey, account.ID, options, state)
}

func roomForPasskey(account identity.Account) error {
	if len(account.Passkeys) >= identity.MaxPasskeys {
		return fault.New(fault.Conflict, "an account has at most %d passkeys: remove one first", identity.MaxPasskeys)
	}
	return nil
}

// addPasskey claims the passkey's id before the account is written: a passkey that
// no account is found by would sign nobody in.
func (a *API) addPasskey(ctx context.Context, in *newPasskeyInput) (*passkeyOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	name, err := identity.PasskeyName(in.Body.Name)
	if err != nil {
		return nil, inField(err, "body.name")
	}
	if err := roomForPasskey(account); err != nil {
		return nil, err
	}
	now := a.Clock().UTC()
	c, err := a.Challenges.Take(ctx, in.Body.Challenge, identity.AddPasskey, account.ID, now)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.Invalid, "this challenge was answered, is too old, or was never yours: begin anew with fresh options").With(detailField, "body.challenge")
	}
	if err != nil {
		return nil, err
	}
	passkeyID, k, err := a.Passkeys.Accept(account, c.State, in.Body.Credential, now)
	if err != nil {
		return nil, inField(err, "body.credential")
	}
	if err := a.PasskeyOwners.Claim(ctx, passkeyID, account.ID); err != nil {
		return nil, err
	}
	k.Name = name
	account = account.WithPasskey(passkeyID, k)
	account.UpdatedAt = now
	if _, err := a.Accounts.Save(ctx, account); err != nil {
		return nil, err
	}
	a.inform(ctx, identity.Letter{Kind: identity.NoticePasskeyAdded, AccountID: account.ID})
	return &passkeyOutput{Body: viewPasskey(passkeyID, k)}, nil
}

func viewPasskey(passkeyID string, k identity.Passkey) PasskeyView {
	return PasskeyView{ID: passkeyID, Name: k.Name, CreatedAt: k.CreatedAt, LastUsed: k.LastUsedAt}
}

func errNoPasskey() error { return fault.New(fault.NotFound, "the account has no such passkey") }

func (a *API) namePasskey(ctx context.Context, in *namePasskeyInput) (*passkeyOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	k, there := account.Passkeys[in.PasskeyID]
	if !there {
		return nil, errNoPasskey()
	}
	if k.Name, err = identity.PasskeyName(in.Body.Name); err != nil {
		return nil, inField(err, "body.name")
	}
	account = account.WithPasskey(in.PasskeyID, k)
	account.UpdatedAt = a.Clock().UTC()
	if _, err := a.Accounts.Save(ctx, account); err != nil {
		return nil, err
	}
	return &passkeyOutput{Body: viewPasskey(in.PasskeyID, k)}, nil
}

// removePasskey writes the account first: whatever happens behind it, the passkey
// signs nobody in any more.
func (a *API) removePasskey(ctx context.Context, in *removePasskeyInput) (*struct{}, error) {
	password, err := url.PathUnescape(in.Password)
	if err != nil {
		return nil, fault.New(fault.Invalid, "send the password in percent-encoding").With(detailField, "header.X-Account-Password")
	}
	account, err := a.owned(ctx, password, "header.X-Account-Password")
	if err != nil {
		return nil, err
	}
	if _, there := account.Passkeys[in.PasskeyID]; !there {
		return nil, errNoPasskey()
	}
	if account.Staff() && len(account.Passkeys) == 1 && !account.SecondFactor() {
		return nil, fault.New(fault.Conflict, "staff prove two factors: set up an authenticator, or another passkey, before you remove the last one")
	}
	account = account.WithoutPasskey(in.PasskeyID)
	account.UpdatedAt = a.Clock().UTC()
	if _, err := a.Accounts.Save(ctx, account); err != nil {
		return nil, err
	}
	if err := a.PasskeyOwners.Release(ctx, in.PasskeyID, account.ID); err != nil {
		return nil, err
	}
	a.inform(ctx, identity.Letter{Kind: identity.NoticePasskeyGone, AccountID: account.ID})
	return nil, nil
}

func (a *API) askForPasskey(ctx context.Context, _ *struct{}) (*passkeyOptionsOutput, error) {
	options, state, err := a.Passkeys.Ask()
	if err != nil {
		return nil, err
	}
	return a.challenge(ctx, identity.UsePasskey, "", options, state)
}

// errPasskey is the one answer to every passkey that does not sign in.
func errPasskey() error {
	return fault.New(fault.Unauthenticated, "this passkey does not sign in here: begin anew, or sign in another way")
}

// refusedPasskey is what whoever signs in hears of a fault: of what is wrong with
// the passkey nothing.
func refusedPasskey(err error) error {
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) {
		return errPasskey()
	}
	return err
}

func (a *API) signInWithPasskey(ctx context.Context, in *passkeySignInInput) (*signedInOutput, error) {
	if err := a.refuseForeignCookies(ctx, in.Body.Cookies); err != nil {
		return nil, err
	}
	c, err := a.Challenges.Take(ctx, in.Body.Challenge, identity.UsePasskey, "", a.Clock().UTC())
	if err != nil {
		return nil, refusedPasskey(err)
	}
	passkeyID, err := a.Passkeys.Claimed(in.Body.Credential)
	if err != nil {
		return nil, refusedPasskey(err)
	}
	owner, err := a.PasskeyOwners.Owner(ctx, passkeyID)
	if err != nil {
		return nil, refusedPasskey(err)
	}
	account, err := a.usePasskey(ctx, owner, passkeyID, c.State, in.Body.Credential)
	if err != nil {
		return nil, refusedPasskey(err)
	}
	return a.startSession(ctx, account, []string{identity.ByPasskey}, a.deviceOf(ctx, in.Body.DeviceToken), in.Body.DeliveryBody)
}

// passkeyTries is how often an account is read again that is written meanwhile.
const passkeyTries = 5

// usePasskey verifies the answer against the account as it is now, and writes the
// passkey's counter where nobody wrote the account since: two copies of a passkey
// that sign in at once do not both go on.
func (a *API) usePasskey(ctx context.Context, accountID, passkeyID string, state, answer []byte) (identity.Account, error) {
	for range passkeyTries {
		account, err := a.Accounts.Find(ctx, accountID)
		if err != nil {
			return identity.Account{}, err
		}
		if _, there := account.Passkeys[passkeyID]; !there || !account.Open() {
			return identity.Account{}, errPasskey()
		}
		proof, err := a.Passkeys.Verify(account, state, answer, a.Clock().UTC())
		if err != nil {
			return identity.Account{}, err
		}
		if proof.Cloned {
			a.inform(ctx, identity.Letter{Kind: identity.NoticePasskeyCopied, AccountID: account.ID})
			return identity.Account{}, errPasskey()
		}
		saved, err := a.Accounts.Save(ctx, account.WithPasskey(passkeyID, proof.Passkey))
		if !fault.Is(err, fault.Conflict) {
			return saved, err
		}
	}
	return identity.Account{}, fault.New(fault.Unavailable, "the account is being changed by many requests at once: try again")
}

func (a *API) passkeyOrigins(context.Context, *struct{}) (*passkeyOriginsOutput, error) {
	out := &passkeyOriginsOutput{CacheControl: "public, max-age=300"}
	if out.Body.Origins = a.Passkeys.Pages(); len(out.Body.Origins) == 0 {
		return nil, fault.New(fault.NotFound, "this shop has no passkeys")
	}
	return out, nil
}
