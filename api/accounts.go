package api

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

// register writes down what was asked for. Whether the address has an account is
// found out by whoever sends the mail, so that neither the answer nor its time tells.
func (a *API) register(ctx context.Context, in *registerInput) (*mailedOutput, error) {
	email, err := identity.Email(in.Body.Email)
	if err != nil {
		return nil, inField(err, "body.email")
	}
	name, err := cart.PersonName(in.Body.Name)
	if err != nil {
		return nil, inField(err, "body")
	}
	if err := identity.CheckPassword(in.Body.Password, email, name); err != nil {
		return nil, inField(err, "body.password")
	}
	hash, err := a.Hasher.Hash(ctx, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return a.mail(ctx, identity.Ticket{
		Kind: identity.Register, Personal: identity.Person{Email: email, Name: name}, Language: requestOf(ctx).language, PasswordHash: hash,
	}, identity.NoticeConfirm)
}

// confirmAccount makes the account. The password is asked for again: somebody who
// registers with an address that is not theirs must not get an account that its
// owner confirms.
func (a *API) confirmAccount(ctx context.Context, in *confirmInput) (*signedInOutput, error) {
	if err := a.refuseForeignCookies(ctx, in.Body.Cookies); err != nil {
		return nil, err
	}
	t, err := a.openTicket(ctx, identity.Register, in.Body.Ticket)
	if err != nil {
		return nil, err
	}
	right, _, err := a.Hasher.Check(ctx, in.Body.Password, t.PasswordHash)
	if err != nil {
		return nil, err
	}
	if !right {
		return nil, fault.New(fault.Unauthenticated, "this is not the password that was chosen; if you did not ask for the account, leave the link alone")
	}
	now := a.Clock().UTC()
	account := identity.Account{
		ID: t.NewAccountID(), Personal: t.Personal, Language: t.Language, PasswordHash: t.PasswordHash, PasswordAt: now,
		Rev: 1, CreatedAt: now, UpdatedAt: now,
	}
	if err := a.Accounts.Create(ctx, account); err != nil {
		return nil, err
	}
	if err := a.useTicket(ctx, t); err != nil {
		return nil, err
	}
	if _, err := a.Orders.ClaimGuests(ctx, a.orderEmailKey(account.Personal.Email), account.ID); err != nil {
		return nil, err
	}
	known := knownDevice{email: a.Lookup("email", account.Personal.Email)}
	return a.startSession(ctx, account, []string{identity.ByPassword}, known, in.Body.DeliveryBody)
}

func (a *API) askForReset(ctx context.Context, in *resetInput) (*mailedOutput, error) {
	email, err := identity.Email(in.Body.Email)
	if err != nil {
		return nil, inField(err, "body.email")
	}
	return a.mail(ctx, identity.Ticket{
		Kind: identity.Reset, Personal: identity.Person{Email: email}, Language: requestOf(ctx).language,
	}, identity.NoticeReset)
}

func (a *API) resetPassword(ctx context.Context, in *setPasswordInput) (*setPasswordOutput, error) {
	t, err := a.openTicket(ctx, identity.Reset, in.Body.Ticket)
	if err != nil {
		return nil, err
	}
	account, err := a.Accounts.Find(ctx, t.AccountID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	moved := t.Personal.Email != account.Personal.Email
	if err != nil || !account.Open() || !account.PasswordAt.Equal(t.PasswordAt) || moved {
		return nil, errTicket() // nobody's, or of before another change
	}
	hash, err := a.newPassword(ctx, account, in.Body.Password)
	if err != nil {
		return nil, err
	}
	account.PasswordHash, account.PasswordAt = hash, a.Clock().UTC()
	if account, err = a.Accounts.Save(ctx, account); err != nil {
		return nil, err // the link is still good
	}
	if err := a.useTicket(ctx, t); err != nil {
		return nil, err
	}
	if err := a.afterPassword(ctx, account, ""); err != nil {
		return nil, err
	}
	out := &setPasswordOutput{}
	out.Body.DeviceToken = a.deviceToken(account)
	return out, nil
}

// newPassword checks and hashes what an account's owner chose.
func (a *API) newPassword(ctx context.Context, account identity.Account, password string) (hash string, err error) {
	if err := identity.CheckPassword(password, account.Personal.Email, account.Personal.Name); err != nil {
		return "", inField(err, "body.password")
	}
	return a.Hasher.Hash(ctx, password)
}

// afterPassword ends every session but one and tells the owner.
func (a *API) afterPassword(ctx context.Context, account identity.Account, keep string) error {
	if err := a.Sessions.EndAll(ctx, account.ID, keep, identity.EndedByPassword, a.Clock().UTC()); err != nil {
		return err
	}
	a.inform(ctx, identity.Letter{Kind: identity.NoticePassword, AccountID: account.ID, SessionID: keep})
	return nil
}

// proved returns the account of who asks, once its password was given.
func (a *API) proved(ctx context.Context, password, field string) (identity.Account, identity.Session, error) {
	account, session, err := a.self(ctx)
	if err != nil {
		return identity.Account{}, identity.Session{}, err
	}
	if err := errors.Join(mayChange(account, session), a.countTry(ctx, LimitLoginDevices, account.ID)); err != nil {
		return identity.Account{}, identity.Session{}, err
	}
	right, _, err := a.Hasher.Check(ctx, password, account.PasswordHash)
	if err == nil && !right {
		err = fault.New(fault.Invalid, "this is not the account's password").With(detailField, field)
	}
	return account, session, err
}

func (a *API) changePassword(ctx context.Context, in *changePasswordInput) (*struct{}, error) {
	account, session, err := a.proved(ctx, in.Body.Current, "body.current_password")
	if err != nil {
		return nil, err
	}
	hash, err := a.newPassword(ctx, account, in.Body.Password)
	if err != nil {
		return nil, err
	}
	account.PasswordHash, account.PasswordAt = hash, a.Clock().UTC()
	if account, err = a.Accounts.Save(ctx, account); err != nil {
		return nil, err
	}
	return nil, a.afterPassword(ctx, account, session.ID)
}

// changeEmail sends a link to the new address, and word of it to the old one.
func (a *API) changeEmail(ctx context.Context, in *changeEmailInput) (*mailedOutput, error) {
	email, err := identity.Email(in.Body.Email)
	if err != nil {
		return nil, inField(err, "body.email")
	}
	account, session, err := a.proved(ctx, in.Body.Password, "body.password")
	if err != nil {
		return nil, err
	}
	out, err := a.mail(ctx, identity.Ticket{
		Kind: identity.ChangeEmail, Personal: identity.Person{Email: email, Name: account.Personal.Name}, Language: account.Language,
		AccountID: account.ID, PasswordAt: account.PasswordAt, Previous: account.Personal.Email,
	}, identity.NoticeEmailConfirm)
	if err != nil {
		return nil, err
	}
	a.inform(ctx, identity.Letter{Kind: identity.NoticeEmailChanging, AccountID: account.ID, SessionID: session.ID})
	return out, nil
}

func (a *API) confirmEmail(ctx context.Context, in *ticketInput) (*struct{}, error) {
	t, err := a.openTicket(ctx, identity.ChangeEmail, in.Body.Ticket)
	if err != nil {
		return nil, err
	}
	account, err := a.Accounts.Find(ctx, t.AccountID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	moved := account.Personal.Email != t.Previous && account.Personal.Email != t.Personal.Email
	if err != nil || !account.Open() || !account.PasswordAt.Equal(t.PasswordAt) || moved {
		return nil, errTicket()
	}
	now := a.Clock().UTC()
	if err := a.Accounts.MoveEmail(ctx, account.ID, t.Personal.Email, now); err != nil {
		return nil, err
	}
	if err := a.useTicket(ctx, t); err != nil {
		return nil, err
	}
	for _, kind := range []identity.NoticeKind{identity.NoticeEmailChanged, identity.NoticeEmailMoved} {
		a.inform(ctx, identity.Letter{Kind: kind, AccountID: account.ID, TicketID: t.ID})
	}
	return nil, nil
}

func (a *API) getAccount(ctx context.Context, _ *struct{}) (*accountOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	return showAccount(account), nil
}

func showAccount(account identity.Account) *accountOutput {
	view := AccountView{
		ID: account.ID, Email: account.Personal.Email, Name: account.Personal.Name, Phone: account.Personal.Phone, Language: account.Language,
		Role: string(account.Role), SecondFactor: account.SecondFactor(), Passkeys: []PasskeyView{}, CartID: account.CartID, CreatedAt: account.CreatedAt,
	}
	if account.Erasure != nil {
		view.ErasureDue = account.Erasure.Due
	}
	for _, used := range account.Recovery {
		if used.IsZero() {
			view.RecoveryLeft++
		}
	}
	for passkeyID, k := range account.Passkeys {
		view.Passkeys = append(view.Passkeys, viewPasskey(passkeyID, k))
	}
	slices.SortFunc(view.Passkeys, func(a, b PasskeyView) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return &accountOutput{ETag: strconv.Quote(strconv.FormatInt(account.Rev, 10)), Body: view}
}

func (a *API) patchAccount(ctx context.Context, in *patchAccountInput) (*accountOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	if in.Body.Name != "" {
		if account.Personal.Name, err = cart.PersonName(in.Body.Name); err != nil {
			return nil, inField(err, "body")
		}
	}
	if in.Body.Phone != "" {
		phone, ok := cart.Phone(in.Body.Phone)
		if !ok {
			return nil, fault.New(fault.Invalid, "this is not a Turkish phone number such as +90 532 123 45 67").With(detailField, "body.phone")
		}
		account.Personal.Phone = phone
	}
	if in.Body.Language != "" {
		account.Language = in.Body.Language
	}
	account.UpdatedAt = a.Clock().UTC()
	saved, err := a.Accounts.Save(ctx, account)
	if err != nil {
		return nil, err
	}
	return showAccount(saved), nil
}
