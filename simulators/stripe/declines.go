package stripe

import "net/http"

// decline is what a refused charge says. docs.stripe.com/declines/codes,
// docs.stripe.com/error-codes
type decline struct {
	code    string // the error's code; card_declined for most
	param   string
	message string
}

// ownCode are the decline codes that are error codes too.
// docs.stripe.com/testing#declined-payments
var ownCode = map[string]decline{
	"expired_card":            {"expired_card", "exp_month", "Your card has expired."},
	"incorrect_cvc":           {"incorrect_cvc", "cvc", "Your card's security code is incorrect."},
	"incorrect_number":        {"incorrect_number", "number", "Your card number is incorrect."},
	"processing_error":        {"processing_error", "", "An error occurred while processing your card. Try again in a little bit."},
	"authentication_required": {"authentication_required", "", "Your card was declined. This transaction requires authentication."},
}

// messages are the texts that differ from "Your card was declined."
var messages = map[string]string{
	"insufficient_funds":      "Your card has insufficient funds.",
	"card_velocity_exceeded":  "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
	"card_not_supported":      "Your card does not support this type of purchase.",
	"try_again_later":         "Your card was declined. Try again in a little bit.",
	"testmode_decline":        "Your card was declined. Your request was in live mode, but used a known test card.",
	"withdrawal_count_limit":  "Your card was declined for exceeding its withdrawal limit.",
	"currency_not_supported":  "Your card does not support this currency.",
	"duplicate_transaction":   "A transaction with identical amount and credit card information was submitted very recently.",
	"issuer_not_available":    "The card issuer couldn't be reached, so the payment couldn't be authorized.",
	"reenter_transaction":     "The payment couldn't be processed by the issuer for an unknown reason.",
	"invalid_account":         "The card, or account the card is connected to, is invalid.",
	"transaction_not_allowed": "Your card does not support this type of purchase.",
}

// declined is the 402 of a refused charge.
func declined(declineCode string) *apiError {
	d, ok := ownCode[declineCode]
	if !ok {
		d = decline{code: "card_declined", message: "Your card was declined."}
		if m, ok := messages[declineCode]; ok {
			d.message = m
		}
	}
	return &apiError{
		status: http.StatusPaymentRequired, kind: typeCard,
		code: d.code, declineCode: declineCode, param: d.param, message: d.message,
	}
}

// cardData is card data that was refused before any charge: 402 card_error.
// docs.stripe.com/testing#invalid-data
func cardData(code, param, message string) *apiError {
	return &apiError{status: http.StatusPaymentRequired, kind: typeCard, code: code, param: param, message: message}
}

// authenticationFailed is the last_payment_error of a failed 3-D Secure.
// docs.stripe.com/error-codes#payment-intent-authentication-failure
func authenticationFailed() *apiError {
	return refused("payment_intent_authentication_failure", "", "The provided PaymentMethod has failed authentication. "+
		"You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.")
}
