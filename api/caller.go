package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

// caller is who asks: nobody, somebody who is signed in, or a machine.
type caller struct {
	// accountID and sessionID are of who is signed in, key is a machine's prefix.
	accountID, sessionID, key string
	// name stands beside what staff and machines do.
	name string
	// staff says that there is something that the caller may do beyond a
	// shopper's own.
	staff bool
	role  identity.Role
	// scopes are what a machine may do.
	scopes []identity.Permission
	// strong says that two factors were proved.
	strong bool
}

// may reports whether the caller has the permission.
func (p caller) may(permission identity.Permission) bool {
	if p.key != "" {
		return slices.Contains(p.scopes, permission)
	}
	return p.strong && p.role.May(permission)
}

// counted is whom the caller's requests are counted as; empty for nobody.
func (p caller) counted() string {
	if p.key != "" {
		return "key:" + p.key
	}
	return p.accountID
}

// Where tokens travel: machines and applications send them as bearers, browsers of
// the same origin have them in cookies that no script can read.
const (
	headerAuthorization = "Authorization"
	cookieAccess        = "bedesten_access"
	cookieRefresh       = "bedesten_refresh"
	cookieDevice        = "bedesten_device"
	// noHeader is for a cookie that is read only where no header stands in for it.
	noHeader = ""
)

// bearer returns the token of the Authorization header.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get(headerAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// errNobody is the answer to whoever must be signed in and is not.
func errNobody() error {
	return fault.New(fault.Unauthenticated, "sign in first, and send the access token as a bearer or as the cookie")
}

// whoAsks returns the caller of the request, read once. Without a token, or
// with a bad one, it is an Unauthenticated fault.
func (a *API) whoAsks(ctx context.Context) (caller, error) {
	r := requestOf(ctx)
	if r.caller != nil {
		return *r.caller, nil
	}
	p, err := a.recognize(ctx, r.http)
	if err != nil {
		return caller{}, err
	}
	r.caller = &p
	r.operator = p.name
	return p, nil
}

func (a *API) recognize(ctx context.Context, r *http.Request) (caller, error) {
	token := bearer(r)
	if prefix, secret, isKey := identity.CutKey(token); isKey {
		return a.recognizeKey(ctx, prefix, secret)
	}
	if token == "" {
		cookie, err := r.Cookie(a.cookieName(cookieAccess))
		if err != nil {
			return caller{}, errNobody()
		}
		if err := sameOrigin(ctx, noHeader, cookie.Name); err != nil {
			return caller{}, err
		}
		token = cookie.Value
	}
	now := a.Clock()
	claims, err := a.Tokens.Verify(token, now)
	if err != nil {
		return caller{}, err
	}
	p := caller{accountID: claims.AccountID, sessionID: claims.SessionID, strong: (identity.Session{Methods: claims.Methods}).Strong()}
	if !claims.Staff {
		return p, nil
	}
	return a.recognizeStaff(ctx, p)
}

// recognizeStaff looks up what a token of staff says: who was dismissed, or whose
// session was ended, is out at once.
func (a *API) recognizeStaff(ctx context.Context, p caller) (caller, error) {
	session, err := a.liveSession(ctx, p)
	if err != nil {
		return caller{}, err
	}
	account, err := a.openAccount(ctx, session.AccountID)
	if err != nil {
		return caller{}, err
	}
	p.staff, p.role, p.name, p.strong = account.Staff(), account.Role, account.Handle, session.Strong()
	return p, nil
}

// openAccount returns the account that somebody is signed in to. One that is gone, or
// closed, is nobody's; that a store does not answer says nothing about who asks.
func (a *API) openAccount(ctx context.Context, accountID string) (identity.Account, error) {
	account, err := a.Accounts.Find(ctx, accountID)
	if err == nil && !account.Open() || fault.Is(err, fault.NotFound) {
		return identity.Account{}, errNobody()
	}
	return account, err
}

// liveSession returns the caller's session, which may have been ended since the
// token was made.
func (a *API) liveSession(ctx context.Context, p caller) (identity.Session, error) {
	session, err := a.Sessions.Find(ctx, p.sessionID)
	if fault.Is(err, fault.NotFound) {
		return identity.Session{}, errNobody()
	}
	if err != nil {
		return identity.Session{}, err
	}
	if session.AccountID != p.accountID || !session.Live(a.Clock()) {
		return identity.Session{}, errNobody()
	}
	return session, nil
}

// nobodysKey is a key that no secret opens, held against where there is none.
var nobodysKey = identity.Key{Hash: make([]byte, 32)}

func (a *API) recognizeKey(ctx context.Context, prefix, secret string) (caller, error) {
	key, err := a.MachineKeys.Find(ctx, prefix)
	if fault.Is(err, fault.NotFound) {
		key, err = nobodysKey, nil
	}
	if err != nil {
		return caller{}, err
	}
	now := a.Clock()
	if !key.Opens(secret, now) {
		return caller{}, fault.New(fault.Unauthenticated, "this key is not known, not good any more, or was revoked")
	}
	if err := a.MachineKeys.Touch(ctx, key, now); err != nil {
		a.Log.WarnContext(ctx, "the use of a key could not be noted", "key", prefix, "error", err)
	}
	return caller{key: prefix, name: key.Name, staff: true, scopes: key.Scopes}, nil
}

// LimitKeys counts the wrong credentials of an address at the staff's doors.
const LimitKeys = "operator-keys"

// openStaff lets through who has the route's permission. A stranger, and a shopper,
// hears what there is at an address with nothing behind it; who keeps trying is
// slowed down, and a right credential is never refused for somebody else's tries
// from the same address. Staff without the permission hear which one they lack.
func (a *API) openStaff(c *gin.Context, r Route) error {
	ctx := c.Request.Context()
	p, err := a.whoAsks(ctx)
	switch {
	case fault.Is(err, fault.Unauthenticated) || err == nil && !p.staff:
		if err := a.withinRate(c, LimitKeys, requestOf(ctx).address, a.Limiter); err != nil {
			return err
		}
		return fault.New(fault.NotFound, saidNothingHere)
	case err != nil:
		return err
	case p.may(r.Permission):
		return nil
	}
	if err := a.recordRefusal(c, r); err != nil {
		return err
	}
	if p.key == "" && !p.strong {
		return fault.New(fault.Forbidden, "staff prove two factors: set up an authenticator or a passkey, then sign in again")
	}
	return fault.New(fault.Forbidden, "this takes the permission %s, which you have not", r.Permission).With("permission", string(r.Permission))
}

// openOwn lets through who is signed in as a person.
func (a *API) openOwn(ctx context.Context) error {
	p, err := a.whoAsks(ctx)
	if err != nil {
		return err
	}
	if p.accountID == "" {
		return fault.New(fault.Forbidden, "this is for people: a key has no account of its own")
	}
	return nil
}

// self returns the account of who asks, whose session still stands.
func (a *API) self(ctx context.Context) (identity.Account, identity.Session, error) {
	p, err := a.whoAsks(ctx)
	if err != nil {
		return identity.Account{}, identity.Session{}, err
	}
	session, err := a.liveSession(ctx, p)
	if err != nil {
		return identity.Account{}, identity.Session{}, err
	}
	account, err := a.openAccount(ctx, session.AccountID)
	if err != nil {
		return identity.Account{}, identity.Session{}, err
	}
	return account, session, nil
}

// cookieName is a cookie's name, which tells browsers that it came by https where
// it did.
func (a *API) cookieName(name string) string {
	if a.secure() {
		return "__Secure-" + name
	}
	return name
}
