package api

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/secret"
)

func checkMail() *mailedOutput {
	out := &mailedOutput{}
	out.Body.Next = "check_mail"
	return out
}

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

// mail issues a ticket and has the letter sent that carries it.
func (a *API) mail(ctx context.Context, t identity.Ticket, kind identity.NoticeKind) (*mailedOutput, error) {
	// Each kind by itself: nobody keeps an owner's reset away by registering for them.
	if err := a.countTry(ctx, LimitLetters, a.Lookup("letters-"+string(t.Kind), t.Personal.Email)); err != nil {
		return nil, err
	}
	return a.issue(ctx, t, kind)
}

// issue is mail for who was counted elsewhere.
func (a *API) issue(ctx context.Context, t identity.Ticket, kind identity.NoticeKind) (*mailedOutput, error) {
	t.CreatedAt = a.Clock().UTC()
	t.ID = id.New(identity.TicketPrefix, t.CreatedAt)
	if err := a.Tickets.Issue(ctx, t); err != nil {
		return nil, err
	}
	err := a.Post.Send(ctx, identity.Letter{ID: t.ID, Kind: kind, AccountID: t.AccountID, TicketID: t.ID, At: t.CreatedAt})
	return checkMail(), err
}

// errTicket is the one answer to every link that is good for nothing.
func errTicket() error {
	return fault.New(fault.Unauthenticated, "this link was used, is too old, or was never one of ours: ask for another")
}

// openTicket returns the ticket of a link while it is good.
func (a *API) openTicket(ctx context.Context, kind identity.TicketKind, given string) (identity.Ticket, error) {
	ticketID, derived, _ := strings.Cut(given, "~")
	if !id.Valid(identity.TicketPrefix, ticketID) || !a.Secrets.Opens(derived, secret.Ticket, ticketID, 1) {
		return identity.Ticket{}, errTicket()
	}
	t, err := a.Tickets.Find(ctx, ticketID)
	if fault.Is(err, fault.NotFound) {
		return identity.Ticket{}, errTicket()
	}
	if err != nil {
		return identity.Ticket{}, err
	}
	if t.Kind != kind || !t.Good(a.Clock()) {
		return identity.Ticket{}, errTicket()
	}
	return t, nil
}

// useTicket marks the ticket as used: of two requests with one link, one goes on.
func (a *API) useTicket(ctx context.Context, t identity.Ticket) error {
	first, err := a.Tickets.Use(ctx, t.ID, a.Clock().UTC())
	if err == nil && !first {
		err = errTicket()
	}
	return err
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

// mayChange refuses staff who have a second factor and did not use it: with the
// password alone nobody puts another one in its place.
func mayChange(account identity.Account, session identity.Session) error {
	armed := account.SecondFactor() || len(account.Passkeys) > 0
	if account.Staff() && armed && !session.Strong() {
		return fault.New(fault.Forbidden, "sign in with your second factor first")
	}
	return nil
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

// cartMergeTries is how often a cart is merged again that is written meanwhile.
const cartMergeTries = 5

// followCart gives the account the guest's cart, or puts both together, and returns
// the account's. A cart that is an order already is nobody's to follow.
func (a *API) followCart(ctx context.Context, account identity.Account, guestCart string) (string, error) {
	own := account.CartID
	if own != "" {
		if err := a.refuseClaimed(ctx, own); fault.Is(err, fault.CartCheckedOut) {
			own = ""
		} else if err != nil {
			return "", err
		}
	}
	if guestCart == "" {
		return own, nil
	}
	guest, err := a.openCart(ctx, guestCart)
	if err != nil {
		return "", err
	}
	if guest.CustomerID != "" && guest.CustomerID != account.ID {
		return "", noCart()
	}
	if guest.ID == own {
		return own, nil
	}
	if own != "" {
		merged, err := a.mergeCarts(ctx, account.ID, own, guest)
		if err != nil || merged {
			return own, err
		}
	}
	return guest.ID, a.adoptCart(ctx, account, guest.ID)
}

// mergeCarts puts the guest's lines into the account's cart. It reports false where
// that cart is there no more, or not the account's.
func (a *API) mergeCarts(ctx context.Context, accountID, ownID string, guest cart.Cart) (bool, error) {
	for range cartMergeTries {
		own, err := a.Carts.Find(ctx, ownID)
		if fault.Is(err, fault.NotFound) {
			return false, nil
		}
		if err != nil || own.CustomerID != accountID {
			return false, err
		}
		own.Merge(guest, a.Clock().UTC())
		_, err = a.Carts.Save(ctx, own)
		if !fault.Is(err, fault.Conflict) {
			return err == nil, err
		}
	}
	return false, fault.New(fault.Conflict, "the cart is being changed by many requests at once: try again")
}

// adoptCart makes a guest's cart the account's. The guest's secret opens it no more:
// what its owner writes into it is not for whoever uses the browser next.
func (a *API) adoptCart(ctx context.Context, account identity.Account, cartID string) error {
	for range cartMergeTries {
		c, err := a.Carts.Find(ctx, cartID)
		if err != nil {
			return err
		}
		if c.CustomerID != "" && c.CustomerID != account.ID {
			return noCart()
		}
		if c.CustomerID == "" {
			c.CustomerID = account.ID
			c.SecretEpoch++
		}
		_, err = a.Carts.Save(ctx, c)
		if fault.Is(err, fault.Conflict) {
			continue
		}
		if err != nil {
			return err
		}
		break
	}
	fresh, err := a.Accounts.Find(ctx, account.ID)
	if err != nil {
		return err
	}
	fresh.CartID = cartID
	_, err = a.Accounts.Save(ctx, fresh)
	return err
}
