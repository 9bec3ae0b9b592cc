package api

import (
	"encoding/json"
	"net/http"

	"github.com/bedesten/bedesten/internal/fault"
)

// maxPasskeyBody is room for an attestation with its certificates, which some
// devices send unasked.
const maxPasskeyBody = 64 << 10

// ProofBody is how the owner of an account proves to be there once more.
type ProofBody struct {
	Password string `json:"password,omitempty" maxLength:"1024" doc:"The account's. Where it has none, the sign-in must be younger than ten minutes." example:"kadife kedi uyur"`
}

type passkeyOptionsInput struct {
	Body ProofBody
}

type passkeyOptionsOutput struct {
	Body struct {
		Challenge string          `json:"challenge" doc:"Send it along with the answer: it is good once, for five minutes." example:"pkc_01k3v8m4w0f3q2x9y6z7a1b2c3"`
		Options   json.RawMessage `json:"options" doc:"For navigator.credentials, once PublicKeyCredential has parsed its publicKey from JSON (WebAuthn Level 3)."`
	}
}

// AnswerBody is what a device answered to a challenge.
type AnswerBody struct {
	Challenge  string          `json:"challenge" minLength:"1" maxLength:"60" example:"pkc_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	Credential json.RawMessage `json:"credential" doc:"The PublicKeyCredential of the browser, as its toJSON writes it."`
}

type newPasskeyInput struct {
	Body struct {
		AnswerBody
		Name string `json:"name" minLength:"1" maxLength:"120" doc:"By which its owner knows it." example:"İş bilgisayarım"`
	}
}

type passkeyOriginsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Origins []string `json:"origins" nullable:"false"`
	}
}

type passkeyOutput struct {
	Body PasskeyView
}

// PasskeyAccess is embedded in the input of routes about one passkey.
type PasskeyAccess struct {
	PasskeyID string `path:"passkey_id" maxLength:"1400" doc:"The passkey's id" example:"Lfn8uqJ0sQ0n4mS1vQx0aA"`
}

type namePasskeyInput struct {
	PasskeyAccess
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"120" example:"Telefonum"`
	}
}

type removePasskeyInput struct {
	PasskeyAccess
	Password string `header:"X-Account-Password" maxLength:"1024" doc:"The account's, in percent-encoding. Where it has none, the sign-in must be younger than ten minutes." example:"kadife%20kedi%20uyur"`
}

type passkeySignInInput struct {
	Body struct {
		AnswerBody
		DeliveryBody
	}
}

func (a *API) passkeyRoutes() {
	handle(a, Route{
		ID: "passkey-origins", Method: http.MethodGet, Path: "/.well-known/webauthn", Tag: tagAccount, Access: Public, Codes: []fault.Code{fault.NotFound},
		Summary: "The origins whose pages may use the shop's passkeys (WebAuthn Level 3, related origin requests)",
	}, a.passkeyOrigins)
	handle(a, Route{
		ID: "offer-passkey", Method: http.MethodPost, Path: "/v1/account/passkeys/options", Tag: tagAccount, Access: SignedIn, Limit: LimitLogins,
		Summary: "Begin to add a passkey", Codes: []fault.Code{fault.Conflict, fault.NotSupportedYet},
		Description: "A passkey signs in by itself and counts as two factors. An account has at most ten.",
	}, a.offerPasskey)
	handle(a, Route{
		ID: "add-passkey", Method: http.MethodPost, Path: "/v1/account/passkeys", Tag: tagAccount, Access: SignedIn, Limit: LimitLogins,
		Summary: "Add the passkey that the device made", Status: http.StatusCreated, MaxBody: maxPasskeyBody,
		Codes: []fault.Code{fault.Conflict, fault.NotSupportedYet},
	}, a.addPasskey)
	handle(a, Route{
		ID: "name-passkey", Method: http.MethodPatch, Path: "/v1/account/passkeys/{passkey_id}", Tag: tagAccount, Access: SignedIn,
		Summary: "Give a passkey another name", Codes: []fault.Code{fault.NotFound, fault.Conflict},
	}, a.namePasskey)
	handle(a, Route{
		ID: "remove-passkey", Method: http.MethodDelete, Path: "/v1/account/passkeys/{passkey_id}", Tag: tagAccount, Access: SignedIn, Limit: LimitLogins,
		Summary: "Remove a passkey", Status: http.StatusNoContent, Codes: []fault.Code{fault.NotFound, fault.Conflict},
		Description: "It signs in no more; sessions that it began go on. Staff keep one, or an authenticator.",
	}, a.removePasskey)
	handle(a, Route{
		ID: "ask-for-passkey", Method: http.MethodPost, Path: "/v1/sessions/passkey/options", Tag: tagAccount, Access: Public, Limit: LimitReturns,
		Summary: "Begin to sign in with a passkey", Codes: []fault.Code{fault.NotSupportedYet},
		Description: "The same for everybody: the device knows whose passkey it has.",
	}, a.askForPasskey)
	handle(a, Route{
		ID: "sign-in-with-passkey", Method: http.MethodPost, Path: "/v1/sessions/passkey", Tag: tagAccount, Access: Public, Limit: LimitLogins,
		Summary: "Sign in with a passkey", Status: http.StatusCreated, MaxBody: maxPasskeyBody,
		Codes:       []fault.Code{fault.Unauthenticated, fault.NotFound, fault.NotSupportedYet, codeCrossSite},
		Description: "Whatever is wrong, the answer is the same 401.",
	}, a.signInWithPasskey)
}
