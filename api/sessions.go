package api

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/secret"
)

// Names of the rates by which guessing is slowed down: an address's sign-ins, those
// of an address at one account, those at one account from devices that it does not
// know, those of a device that it knows, letters to one mail address, and looks
// whether its owner was told of many tries today.
const (
	LimitLogins       = "logins"
	LimitLoginPairs   = "login-pairs"
	LimitLoginTargets = "login-targets"
	LimitLoginDevices = "login-devices"
	LimitLetters      = "letters"
	LimitTryNotices   = "try-notices"
)

// signIn proves a password and starts a session. It does the same work whether the
// address is somebody's or not.
func (a *API) signIn(ctx context.Context, in *signInInput) (*signedInOutput, error) {
	if err := a.refuseForeignCookies(ctx, in.Body.Cookies); err != nil {
		return nil, err
	}
	email, err := identity.Email(in.Body.Email)
	if err != nil {
		return nil, inField(err, "body.email")
	}
	device := a.deviceOf(ctx, in.Body.DeviceToken)
	standing, err := a.slowGuessing(ctx, email, device)
	if err != nil {
		return nil, err
	}
	account, err := a.Accounts.ByEmail(ctx, email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	right, stale, err := a.Hasher.Check(identity.WithStanding(ctx, standing), in.Body.Password, account.PasswordHash)
	if err != nil {
		return nil, err
	}
	if !right || !account.Open() {
		a.suspects.add(requestOf(ctx).address)
		return nil, identity.ErrWrong()
	}
	methods, err := a.secondFactor(ctx, &account, in.Body.Code)
	if err != nil {
		return nil, err
	}
	if stale {
		a.rehash(ctx, account, in.Body.Password)
	}
	return a.startSession(ctx, account, methods, device, in.Body.DeliveryBody)
}

// slowGuessing counts a sign-in before anything is looked up, and says how whoever
// asks stands. A device that the
// account knows has a count of its own: nobody locks its owner out.
func (a *API) slowGuessing(ctx context.Context, email string, device knownDevice) (identity.Standing, error) {
	target, address := a.Lookup("login", email), requestOf(ctx).address
	if device.of(a.Lookup("email", email)) {
		return identity.Known, a.countTry(ctx, LimitLoginDevices, device.token)
	}
	if err := a.countTry(ctx, LimitLoginPairs, target+":"+address); err != nil {
		return identity.Suspect, err
	}
	standing := identity.Fresh
	if a.suspects.has(address) {
		standing = identity.Suspect
	}
	err := a.countTry(ctx, LimitLoginTargets, target)
	if fault.Is(err, fault.RateLimited) {
		a.tellOfTries(ctx, email, target)
	}
	return standing, err
}

// tellOfTries has the owner of an address told, once a day, that many tries to sign
// in were made, with a link that sets another password. Whether the address is
// somebody's is found out by whoever sends the mail: here it costs the same.
func (a *API) tellOfTries(ctx context.Context, email, target string) {
	if a.countTry(ctx, LimitTryNotices, target) != nil {
		return
	}
	now := a.Clock().UTC()
	ticketID := id.Fixed(identity.TicketPrefix, now.Truncate(24*time.Hour), target)
	err := a.Tickets.Issue(ctx, identity.Ticket{
		ID: ticketID, Kind: identity.Reset, Personal: identity.Person{Email: email}, Language: requestOf(ctx).language, CreatedAt: now,
	})
	if err == nil {
		err = a.Post.Send(ctx, identity.Letter{ID: ticketID, Kind: identity.NoticeManyTries, TicketID: ticketID, At: now})
	}
	if err != nil {
		a.Log.ErrorContext(ctx, "the owner of an address could not be told of many tries", "request_id", requestOf(ctx).id, "error", err)
	}
}

func (a *API) countTry(ctx context.Context, name, whose string) error {
	count, limited, err := a.count(ctx, name, whose, a.Limiter)
	if err != nil || !limited || count.Wait == 0 {
		return err
	}
	return rateLimited(count.Wait)
}

// rehash brings an old hash to today's cost. It may fail: the next sign-in tries
// again.
func (a *API) rehash(ctx context.Context, account identity.Account, password string) {
	hash, err := a.Hasher.Hash(ctx, password)
	if err == nil {
		account.PasswordHash = hash
		_, err = a.Accounts.Save(ctx, account)
	}
	if err != nil {
		a.Log.WarnContext(ctx, "a password's hash stays at its old cost", "account", account.ID, "error", err)
	}
}

// startSession signs the account in.
func (a *API) startSession(ctx context.Context, account identity.Account, methods []string, device knownDevice, how DeliveryBody) (*signedInOutput, error) {
	now := a.Clock().UTC()
	session := identity.Session{
		ID: id.New(identity.SessionPrefix, now), AccountID: account.ID, Nonce: rand.Text(), Methods: methods, Staff: account.Staff(),
		Device: deviceName(requestOf(ctx).http.UserAgent()), Turn: 1, RotatedAt: now, SignedIn: now,
	}
	if err := a.Sessions.Start(ctx, session); err != nil {
		return nil, err
	}
	if err := a.stillSame(ctx, account, session.ID); err != nil {
		return nil, err
	}
	if !device.of(a.Lookup("email", account.Personal.Email)) {
		a.inform(ctx, identity.Letter{Kind: identity.NoticeNewDevice, AccountID: account.ID, SessionID: session.ID})
	}
	out, err := a.handOut(session, how.Cookies)
	if err != nil {
		return nil, err
	}
	token := a.deviceToken(account)
	if how.Cookies {
		out.Cookies = append(out.Cookies, a.tokenCookie(cookieDevice, "/v1", token, deviceLife))
	} else {
		out.Body.DeviceToken = token
	}
	cart, err := a.followCart(ctx, account, how.CartID)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.CartCheckedOut) {
		// A cart that is not theirs, or an order already, keeps nobody out.
		out.Body.CartRefused = string(fault.CodeOf(err))
		cart, err = a.followCart(ctx, account, "")
	}
	out.Body.CartID, out.Body.CartLeftOut = cart.cartID, cart.leftOut
	return out, err
}

// stillSame ends a session that was started with a password that somebody changed
// meanwhile: they ended the sessions that were there. Where it cannot be told, nobody
// is given the session, and it ends too.
func (a *API) stillSame(ctx context.Context, account identity.Account, sessionID string) error {
	now, err := a.openAccount(ctx, account.ID)
	why := identity.EndedByPassword
	switch {
	case fault.Is(err, fault.Unauthenticated):
		err = identity.ErrWrong()
	case err != nil:
		why = identity.EndedUnused
	case !now.PasswordAt.Equal(account.PasswordAt.Truncate(time.Millisecond)): // the store keeps times to the millisecond
		err = identity.ErrWrong()
	default:
		return nil
	}
	return errors.Join(err, a.Sessions.End(ctx, sessionID, why, a.Clock().UTC()))
}

// handOut makes the tokens of the session's turn.
func (a *API) handOut(session identity.Session, cookies bool) (*signedInOutput, error) {
	now := a.Clock()
	access, err := a.Tokens.Issue(identity.Claims{
		AccountID: session.AccountID, SessionID: session.ID, Staff: session.Staff, Methods: session.Methods,
		SignedIn: session.SignedIn, IssuedAt: now, ExpiresAt: now.Add(identity.AccessLife),
	})
	if err != nil {
		return nil, err
	}
	refresh := session.RefreshToken(session.Turn, a.Secrets.Derive(secret.Refresh, session.RefreshOf(), session.Turn))
	out := &signedInOutput{Body: SignedInView{
		AccountID: session.AccountID, SessionID: session.ID, TokenType: "Bearer", ExpiresIn: int(identity.AccessLife.Seconds()),
		SecondFactor: session.Strong(),
	}}
	if cookies {
		out.Cookies = []http.Cookie{
			a.tokenCookie(cookieAccess, "/", access, identity.AccessLife),
			a.tokenCookie(cookieRefresh, "/v1/sessions/refresh", refresh, identity.SessionIdle),
		}
		return out, nil
	}
	out.Body.AccessToken, out.Body.RefreshToken = access, refresh
	return out, nil
}

// tokenCookie is read by no script. All but the access token, which a link of a
// mail may need, go along from the same site only.
func (a *API) tokenCookie(name, path, value string, life time.Duration) http.Cookie {
	c := a.cookie(a.cookieName(name), path, value) //nolint:gosec // a.cookie sets all of them
	c.MaxAge = int(life.Seconds())
	if name != cookieAccess {
		c.SameSite = http.SameSiteStrictMode
	}
	return c
}

func (a *API) forgetCookies() []http.Cookie {
	cart := a.cookie(cookieCart, "/v1", "") //nolint:gosec // a.cookie sets all of them
	cart.MaxAge = -1
	return []http.Cookie{
		cart, a.tokenCookie(cookieAccess, "/", "", -time.Second), a.tokenCookie(cookieRefresh, "/v1/sessions/refresh", "", -time.Second),
	}
}

// refuseForeignCookies refuses to sign another site's page in by cookies.
func (a *API) refuseForeignCookies(ctx context.Context, cookies bool) error {
	if cookies && requestOf(ctx).http.Header.Get("Sec-Fetch-Site") != "same-origin" {
		return fault.New(codeCrossSite, "cookies are for browsers of the API's own origin: leave cookies out and take the tokens from the body")
	}
	return nil
}

func (a *API) refresh(ctx context.Context, in *refreshInput) (*signedInOutput, error) {
	token, cookies := "", false
	if in.Body != nil {
		token = in.Body.RefreshToken
	}
	if token == "" {
		c, err := requestOf(ctx).http.Cookie(a.cookieName(cookieRefresh))
		if err != nil {
			return nil, fault.New(fault.Unauthenticated, "there is no refresh token: sign in")
		}
		if err := sameOrigin(ctx, noHeader, c.Name); err != nil {
			return nil, err
		}
		token, cookies = c.Value, true
	}
	session, err := a.rotate(ctx, token)
	if err != nil {
		return nil, err
	}
	return a.handOut(session, cookies)
}

// rotate moves a session on by one turn. The token before the current one is taken
// for a little while, since its answer may have been lost; any older one was stolen
// from its owner, or is used by who stole it, and ends the session for both.
func (a *API) rotate(ctx context.Context, token string) (identity.Session, error) {
	over := fault.New(fault.Unauthenticated, "this session is over: sign in again")
	sessionID, turn, derived, err := identity.CutRefreshToken(token)
	if err != nil {
		return identity.Session{}, err
	}
	session, err := a.Sessions.Find(ctx, sessionID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return identity.Session{}, err
	}
	now := a.Clock().UTC()
	if err != nil || !a.Secrets.Opens(derived, secret.Refresh, session.RefreshOf(), turn) || !session.Live(now) {
		return identity.Session{}, over
	}
	if turn == session.Turn {
		moved, err := a.Sessions.Rotate(ctx, session.ID, turn, now)
		if err != nil {
			return identity.Session{}, err
		}
		if moved {
			session.Turn, session.RotatedAt = turn+1, now
			return session, nil
		}
		if session, err = a.Sessions.Find(ctx, session.ID); err != nil {
			return identity.Session{}, err
		}
	}
	if turn == session.Turn-1 && session.Live(now) && now.Before(session.RotatedAt.Add(identity.RefreshGrace)) {
		return session, nil
	}
	if err := a.Sessions.End(ctx, session.ID, identity.EndedByReuse, now); err != nil {
		return identity.Session{}, err
	}
	a.inform(ctx, identity.Letter{Kind: identity.NoticeTokenReused, AccountID: session.AccountID, SessionID: session.ID})
	return identity.Session{}, over
}

func (a *API) listSessions(ctx context.Context, _ *struct{}) (*sessionsOutput, error) {
	account, current, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	sessions, err := a.Sessions.Of(ctx, account.ID)
	if err != nil {
		return nil, err
	}
	out := &sessionsOutput{}
	out.Body.Sessions = []SessionView{}
	for _, s := range sessions {
		if s.Live(a.Clock()) {
			out.Body.Sessions = append(out.Body.Sessions, SessionView{
				ID: s.ID, Device: s.Device, SignedIn: s.SignedIn, LastUsed: s.RotatedAt, Current: s.ID == current.ID,
			})
		}
	}
	return out, nil
}

func (a *API) signOut(ctx context.Context, _ *struct{}) (*goneOutput, error) {
	p, err := a.whoAsks(ctx)
	if err != nil {
		return nil, err
	}
	return &goneOutput{Cookies: a.forgetCookies()}, a.Sessions.End(ctx, p.sessionID, identity.EndedByOwner, a.Clock().UTC())
}

func (a *API) signOutEverywhere(ctx context.Context, _ *struct{}) (*goneOutput, error) {
	p, err := a.whoAsks(ctx)
	if err != nil {
		return nil, err
	}
	return &goneOutput{Cookies: a.forgetCookies()}, a.Sessions.EndAll(ctx, p.accountID, "", identity.EndedElsewhere, a.Clock().UTC())
}

func (a *API) endSession(ctx context.Context, in *sessionAccess) (*struct{}, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	session, err := a.Sessions.Find(ctx, in.SessionID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err != nil || session.AccountID != account.ID {
		return nil, fault.New(fault.NotFound, "no such session")
	}
	return nil, a.Sessions.End(ctx, session.ID, identity.EndedElsewhere, a.Clock().UTC())
}
