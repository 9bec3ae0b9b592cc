package api

import (
	"context"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
)

const tagAccount = "account"

type signInInput struct {
	Body signInBody
}

type signInBody struct {
	Email    string `json:"email" minLength:"3" maxLength:"254" example:"ayse.yilmaz@example.com"`
	Password string `json:"password" minLength:"1" maxLength:"1024" example:"kadife kedi uyur"`
	Code     string `json:"code,omitempty" maxLength:"40" doc:"Of the authenticator, or a recovery code, where the account has a second factor." example:"492039"`
	DeliveryBody
}

// DeliveryBody is how whoever signs in gets tokens, and what they bring along.
type DeliveryBody struct {
	Cookies     bool   `json:"cookies,omitempty" doc:"For browsers of the API's own origin: the tokens come as cookies that no script can read, and not in the body."`
	DeviceToken string `json:"device_token,omitempty" maxLength:"200" doc:"What an earlier sign-in gave: a known device is not slowed down by others' wrong passwords."`
	CartID      string `json:"cart_id,omitempty" maxLength:"64" doc:"The guest's cart, opened by its secret in X-Cart-Secret or the cookie: it is put together with the account's, and its secret opens it no more."`
}

type refreshInput struct {
	Body *struct {
		RefreshToken string `json:"refresh_token,omitempty" maxLength:"400" doc:"Browsers send it as the cookie."`
	}
}

type signedInOutput struct {
	Cookies []http.Cookie `header:"Set-Cookie"`
	Body    SignedInView
}

// SignedInView is what signing in, or a refresh, gives.
type SignedInView struct {
	AccountID    string   `json:"account_id" example:"usr_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	SessionID    string   `json:"session_id" example:"ses_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	TokenType    string   `json:"token_type" enum:"Bearer"`
	ExpiresIn    int      `json:"expires_in" doc:"Seconds until the access token is refreshed." example:"900"`
	AccessToken  string   `json:"access_token,omitempty"`
	RefreshToken string   `json:"refresh_token,omitempty" doc:"Good once: the answer to a refresh has the next one."`
	DeviceToken  string   `json:"device_token,omitempty" doc:"Keep it beyond the session, and bring it to the next sign-in."`
	CartID       string   `json:"cart_id,omitempty" doc:"The account's cart, where it has one."`
	CartRefused  string   `json:"cart_refused,omitempty" enum:"not_found,cart_checked_out" doc:"Why the cart that was named did not come along: its secret was missing or wrong, or it is an order already."`
	CartLeftOut  []string `json:"cart_left_out,omitempty" doc:"SKUs of the guest's cart of which not everything found room in it."`
	SecondFactor bool     `json:"second_factor" doc:"Whether two factors were proved; staff can do nothing without."`
}

type sessionsOutput struct {
	Body struct {
		Sessions []SessionView `json:"sessions" nullable:"false"`
	}
}

// SessionView is one sign-in, as its owner sees it.
type SessionView struct {
	ID       string    `json:"id" example:"ses_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	Device   string    `json:"device" example:"Firefox, Linux"`
	SignedIn time.Time `json:"signed_in_at"`
	LastUsed time.Time `json:"last_used_at"`
	Current  bool      `json:"current"`
}

type sessionAccess struct {
	SessionID string `path:"session_id" doc:"The session's id" example:"ses_01k3v8m4w0f3q2x9y6z7a1b2c3"`
}

type goneOutput struct {
	Cookies []http.Cookie `header:"Set-Cookie"`
}

type keySetOutput struct {
	CacheControl string `header:"Cache-Control"`
	ContentType  string `header:"Content-Type"`
	Body         []byte
}

func (a *API) sessionRoutes() {
	handle(a, Route{
		ID: "sign-in", Method: http.MethodPost, Path: "/v1/sessions", Tag: tagAccount, Access: Public,
		Summary: "Sign in by password", Status: http.StatusCreated, Limit: LimitLogins,
		Codes: []fault.Code{fault.Unauthenticated, fault.SecondFactor, fault.NotFound, codeCrossSite},
		Description: "Whatever is wrong, the answer is the same 401. `second_factor_required` says that the password was right and `code` is " +
			"missing or wrong. Whoever tries too often waits (429); a reset of the password by mail is always open.",
	}, a.signIn)
	handle(a, Route{
		ID: "refresh-session", Method: http.MethodPost, Path: "/v1/sessions/refresh", Tag: tagAccount, Access: Public,
		Summary: "Exchange a refresh token for the next ones", Limit: LimitReturns, Codes: []fault.Code{fault.Unauthenticated, codeCrossSite},
		Description: "A token is good once. Asked again within ten seconds, the same one gives the same answer; later it was stolen, and the session ends.",
	}, a.refresh)
	handle(a, Route{
		ID: "list-sessions", Method: http.MethodGet, Path: "/v1/sessions", Tag: tagAccount, Access: SignedIn,
		Summary: "List where the account is signed in",
	}, a.listSessions)
	handle(a, Route{
		ID: "sign-out", Method: http.MethodDelete, Path: "/v1/sessions/current", Tag: tagAccount, Access: SignedIn,
		Summary: "Sign out", Status: http.StatusNoContent,
		Description: "The session is over: no token of it is refreshed any more. An access token that is out there is good for its 15 minutes, of staff at once no more.",
	}, a.signOut)
	handle(a, Route{
		ID: "sign-out-everywhere", Method: http.MethodDelete, Path: "/v1/sessions", Tag: tagAccount, Access: SignedIn,
		Summary: "Sign out everywhere", Status: http.StatusNoContent,
	}, a.signOutEverywhere)
	handle(a, Route{
		ID: "end-session", Method: http.MethodDelete, Path: "/v1/sessions/{session_id}", Tag: tagAccount, Access: SignedIn,
		Summary: "End one of the account's sessions", Status: http.StatusNoContent, Codes: []fault.Code{fault.NotFound},
	}, a.endSession)
	handle(a, Route{
		ID: "token-keys", Method: http.MethodGet, Path: "/.well-known/jwks.json", Tag: tagAccount, Access: Public,
		Summary: "The public keys of access tokens (RFC 7517)", Produces: []string{"application/jwk-set+json"},
	}, func(context.Context, *struct{}) (*keySetOutput, error) {
		keys, err := a.Tokens.PublicKeys()
		return &keySetOutput{CacheControl: "public, max-age=300", ContentType: "application/jwk-set+json", Body: keys}, err
	})
}
