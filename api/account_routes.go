package api

import (
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
)

// What a person chooses: bounds that say nothing of what is a good password.
type registerInput struct {
	Body struct {
		Email    string `json:"email" minLength:"3" maxLength:"254" example:"ayse.yilmaz@example.com"`
		Password string `json:"password" minLength:"1" maxLength:"1024" doc:"10 to 128 characters, and not one that is tried first." example:"kadife kedi uyur"`
		Name     string `json:"name" minLength:"2" maxLength:"100" example:"Ayşe Yılmaz"`
	}
}

type mailedOutput struct {
	Body struct {
		Next string `json:"next" enum:"check_mail" doc:"What happens goes to the mail address alone."`
	}
}

// TicketBody is what a link of a mail carries.
type TicketBody struct {
	Ticket string `json:"ticket" minLength:"1" maxLength:"300" doc:"What the link in the mail carries." example:"tkt_01k3v8m4w0f3q2x9y6z7a1b2c3~k1.…"`
}

type confirmInput struct {
	Body struct {
		TicketBody
		Password string `json:"password" minLength:"1" maxLength:"1024" doc:"The one that was chosen: whoever clicks a link that somebody else asked for must not make their account." example:"kadife kedi uyur"`
		DeliveryBody
	}
}

type resetInput struct {
	Body struct {
		Email string `json:"email" minLength:"3" maxLength:"254" example:"ayse.yilmaz@example.com"`
	}
}

type setPasswordInput struct {
	Body struct {
		TicketBody
		Password string `json:"password" minLength:"1" maxLength:"1024" example:"yeni kadife kedi"`
	}
}

type setPasswordOutput struct {
	Body struct {
		DeviceToken string `json:"device_token" doc:"Bring it to the sign-in that follows: others' wrong passwords do not slow it down."`
	}
}

type changePasswordInput struct {
	Body struct {
		Current  string `json:"current_password" minLength:"1" maxLength:"1024"`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
	}
}

type changeEmailInput struct {
	Body struct {
		Email    string `json:"email" minLength:"3" maxLength:"254" example:"ayse@example.com"`
		Password string `json:"password" minLength:"1" maxLength:"1024" doc:"The account's."`
	}
}

type ticketInput struct {
	Body TicketBody
}

type accountOutput struct {
	ETag string `header:"ETag"`
	Body AccountView
}

// AccountView is an account as its owner sees it.
type AccountView struct {
	ID           string        `json:"id" example:"usr_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	Email        string        `json:"email"`
	Name         string        `json:"name"`
	Phone        string        `json:"phone"`
	Language     string        `json:"language" enum:"tr,en"`
	Role         string        `json:"role" doc:"Of the staff; empty for a shopper."`
	SecondFactor bool          `json:"second_factor"`
	RecoveryLeft int           `json:"recovery_codes_left"`
	Passkeys     []PasskeyView `json:"passkeys" nullable:"false"`
	CartID       string        `json:"cart_id,omitempty"`
	ErasureDue   time.Time     `json:"erasure_due_at,omitzero" doc:"When the account will be forgotten, where that was asked for."`
	CreatedAt    time.Time     `json:"created_at"`
}

// PasskeyView is a passkey as its owner sees it.
type PasskeyView struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	LastUsed  time.Time `json:"last_used_at,omitzero"`
}

type patchAccountInput struct {
	Body struct {
		Name     string `json:"name,omitempty" minLength:"2" maxLength:"100"`
		Phone    string `json:"phone,omitempty" minLength:"10" maxLength:"25"`
		Language string `json:"language,omitempty" enum:"tr,en"`
	}
}

type factorInput struct {
	Body struct {
		Password string `json:"password" minLength:"1" maxLength:"1024"`
	}
}

type factorOutput struct {
	Body struct {
		Secret  string `json:"secret" doc:"For an authenticator that cannot read the code."`
		Address string `json:"otpauth_url" doc:"What the QR code says."`
		QR      []byte `json:"qr_png" doc:"The QR code, as a PNG in base64."`
	}
}

type codeInput struct {
	Body struct {
		Code string `json:"code" minLength:"6" maxLength:"40"`
	}
}

type recoveryOutput struct {
	Body struct {
		Codes []string `json:"recovery_codes" nullable:"false" doc:"Each opens the account once in place of the second factor. They are not shown again."`
	}
}

type removeFactorInput struct {
	Body struct {
		Password string `json:"password" minLength:"1" maxLength:"1024"`
		Code     string `json:"code" minLength:"6" maxLength:"40" doc:"Of the authenticator, or a recovery code."`
	}
}

const saidMailed = "The answer is the same whether the address is somebody's or not: everything else stands in the mail."

func (a *API) accountRoutes() {
	post := func(id, path, summary string, access Access, codes ...fault.Code) Route {
		return Route{ID: id, Method: http.MethodPost, Path: path, Tag: tagAccount, Access: access, Summary: summary, Codes: codes, Limit: LimitLogins}
	}
	mailed := func(r Route) Route {
		r.Status, r.Description = http.StatusAccepted, saidMailed
		return r
	}
	handle(a, mailed(post("register", "/v1/accounts", "Ask for an account", Public)), a.register)
	confirm := post("confirm-account", "/v1/accounts/confirm", "Make the account that was asked for, and sign in", Public, fault.Unauthenticated, fault.Conflict, fault.NotFound, codeCrossSite)
	confirm.Status = http.StatusCreated
	handle(a, confirm, a.confirmAccount)
	handle(a, mailed(post("ask-for-reset", "/v1/password-resets", "Ask for a link that sets another password", Public)), a.askForReset)
	reset := post("reset-password", "/v1/password-resets/confirm", "Set another password by the link", Public, fault.Unauthenticated)
	reset.Description = "Every session ends. A second factor stays what it was."
	handle(a, reset, a.resetPassword)
	handle(a, post("confirm-email", "/v1/accounts/email/confirm", "Move the account to the address that the link was sent to", Public, fault.Unauthenticated, fault.Conflict), a.confirmEmail)

	handle(a, Route{ID: "get-account", Method: http.MethodGet, Path: "/v1/account", Tag: tagAccount, Access: SignedIn, Summary: "Show the account"}, a.getAccount)
	handle(a, Route{
		ID: "patch-account", Method: http.MethodPatch, Path: "/v1/account", Tag: tagAccount, Access: SignedIn, Summary: "Change name, phone or language",
		Codes: []fault.Code{fault.Conflict},
	}, a.patchAccount)
	handle(a, Route{
		ID: "change-password", Method: http.MethodPut, Path: "/v1/account/password", Tag: tagAccount, Access: SignedIn, Limit: LimitLogins,
		Summary: "Change the password", Description: "Every other session ends.", Status: http.StatusNoContent, Codes: []fault.Code{fault.Conflict},
	}, a.changePassword)
	handle(a, mailed(post("change-email", "/v1/account/email", "Ask to move the account to another address", SignedIn)), a.changeEmail)
	handle(a, post("start-second-factor", "/v1/account/second-factor", "Begin to set up an authenticator", SignedIn, fault.Conflict), a.startFactor)
	handle(a, post("confirm-second-factor", "/v1/account/second-factor/confirm", "Prove that the authenticator works", SignedIn, fault.Conflict), a.confirmFactor)
	remove := post("remove-second-factor", "/v1/account/second-factor/remove", "Remove the authenticator", SignedIn, fault.Conflict, fault.SecondFactor)
	remove.Status = http.StatusNoContent
	remove.Description = "Staff cannot: they set up another one in its place."
	handle(a, remove, a.removeFactor)
}
