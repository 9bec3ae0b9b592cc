package stripe

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/payment"
)

// answer puts what a call returned into one of the outcomes. What cannot be
// told for certain is unsure: a time-out, 5xx, 424, a body that is no JSON.
func answer(pi *stripe.PaymentIntent, err error) payment.Answer {
	if err == nil {
		a := payment.Answer{Outcome: payment.Yes, Picture: picture(pi)}
		if pi.LastResponse != nil {
			a.RequestID, a.Replayed = pi.LastResponse.RequestID, replayed(pi.LastResponse)
		}
		return a
	}
	var refused *stripe.Error
	if !errors.As(err, &refused) {
		return payment.Answer{Outcome: notAnswered(err), Code: "no_answer"}
	}
	return refusal(refused)
}

// notAnswered tells a connection that was never made from one that broke.
func notAnswered(err error) payment.Outcome {
	var never *neverConnected
	if errors.As(err, &never) {
		return payment.NotSent
	}
	return payment.Unsure
}

func replayed(r *stripe.APIResponse) bool { return r.Header.Get("Idempotent-Replayed") == "true" }

// refusal follows docs.stripe.com/error-low-level and /api/errors.
func refusal(e *stripe.Error) payment.Answer {
	a := payment.Answer{Code: string(e.Code), RequestID: e.RequestID}
	if a.Code == "" {
		a.Code = string(e.Type)
	}
	if e.LastResponse != nil {
		a.Replayed = replayed(e.LastResponse)
	}
	if e.PaymentIntent != nil {
		a.Picture = picture(e.PaymentIntent)
	}
	switch {
	case e.Code == stripe.ErrorCodePaymentIntentUnexpectedState && e.PaymentIntent != nil:
		// The error carries the intent as it stands now: as good as a look-up.
		a.Outcome = payment.Yes
	case e.HTTPStatusCode == http.StatusPaymentRequired:
		a.Outcome = payment.No
		a.Picture.DeclineCode, a.Picture.DeclineHint = declineOf(e)
	case e.HTTPStatusCode == http.StatusTooManyRequests:
		a.Outcome = payment.NotSent
	case e.HTTPStatusCode == http.StatusConflict, e.HTTPStatusCode == http.StatusFailedDependency, e.HTTPStatusCode >= 500:
		a.Outcome = payment.Unsure
	case e.HTTPStatusCode == http.StatusNotFound && e.Code == stripe.ErrorCodeResourceMissing && e.Param == "intent":
		a.Outcome = payment.Missing
	case methodIsWrong(e):
		a.Outcome = payment.No
		a.Picture.Standing = payment.StandsDeclined
		a.Picture.DeclineCode, a.Picture.DeclineHint = declinedMethod, payment.HintOtherCard
	default:
		a.Outcome = payment.RefusedByProvider
	}
	return a
}

// declinedMethod is the decline of a payment method that Stripe does not take:
// it does not exist, was used up, or is none that this account may use.
const declinedMethod = "invalid_payment_method"

// methodIsWrong reports whether a request was refused for the shopper's own
// token alone: theirs to change, unlike every other wrong parameter.
func methodIsWrong(e *stripe.Error) bool {
	asked := e.HTTPStatusCode == http.StatusBadRequest || e.HTTPStatusCode == http.StatusNotFound
	return asked && e.Type == stripe.ErrorTypeInvalidRequest && e.Param == "payment_method"
}

func declineOf(e *stripe.Error) (string, payment.Hint) {
	code := string(e.DeclineCode)
	if code == "" {
		code = string(e.Code)
	}
	if slices.Contains(secretDeclines, code) {
		code = "generic_decline"
	}
	return code, hintOf(code)
}

// hints says what a shopper can do, by decline code
// (docs.stripe.com/declines/codes). What is not listed is "another card",
// which also keeps secret what the bank wants kept secret.
var hints = map[payment.Hint][]string{
	payment.HintLater: {"insufficient_funds", "withdrawal_count_limit_exceeded", "card_velocity_exceeded"},
	payment.HintCorrectData: {
		"expired_card", "incorrect_cvc", "invalid_cvc", "incorrect_number", "invalid_number", "invalid_expiry_month",
		"invalid_expiry_year", "incorrect_zip", "incorrect_pin", "invalid_pin",
	},
	payment.HintConfirm: {
		"authentication_required", "offline_pin_required", "online_or_offline_pin_required", "approve_with_id",
		"payment_intent_authentication_failure",
	},
	payment.HintAgain: {"issuer_not_available", "processing_error", "reenter_transaction", "try_again_later"},
}

func hintOf(code string) payment.Hint {
	for hint, codes := range hints {
		if slices.Contains(codes, code) {
			return hint
		}
	}
	return payment.HintOtherCard
}

// secretDeclines are reasons that a shopper is not told: the card may be in
// the wrong hands (docs.stripe.com/declines/codes).
var secretDeclines = []string{"lost_card", "stolen_card", "pickup_card", "fraudulent", "merchant_blacklist"}

// picture reads a PaymentIntent.
func picture(pi *stripe.PaymentIntent) payment.Picture {
	p := payment.Picture{
		Ref: pi.ID, OrderID: pi.Metadata["order_id"], OpID: pi.Metadata["op_id"],
		Amount:    money.Of(pi.Amount, strings.ToUpper(string(pi.Currency))),
		Captured:  pi.AmountReceived,
		CreatedAt: time.Unix(pi.Created, 0).UTC(),
		Standing:  standing(pi),
	}
	if pi.Status == stripe.PaymentIntentStatusRequiresCapture {
		p.Held = pi.AmountCapturable
	}
	if pi.NextAction != nil && pi.NextAction.RedirectToURL != nil {
		p.RedirectURL = pi.NextAction.RedirectToURL.URL
	}
	if e := pi.LastPaymentError; e != nil && p.Standing == payment.StandsDeclined {
		p.DeclineCode, p.DeclineHint = declineOf(e)
	}
	if ch := pi.LatestCharge; ch != nil {
		// Stripe counts what was held and let go as refunded, though it was never taken.
		p.Refunded = max(0, ch.AmountRefunded-(ch.Amount-ch.AmountCaptured))
		if d := ch.PaymentMethodDetails; d != nil && d.Card != nil && d.Card.CaptureBefore > 0 {
			p.CaptureBefore = time.Unix(d.Card.CaptureBefore, 0).UTC()
		}
	}
	p.Lapsed = p.Standing == payment.StandsVoided && pi.CancellationReason == stripe.PaymentIntentCancellationReasonAutomatic
	return p
}

// standing follows docs.stripe.com/payments/paymentintents/lifecycle. With
// manual confirmation an intent that requires confirmation has been
// authenticated: before, it has no payment method and requires one.
func standing(pi *stripe.PaymentIntent) payment.Standing {
	switch pi.Status {
	case stripe.PaymentIntentStatusRequiresPaymentMethod:
		if pi.LastPaymentError != nil {
			return payment.StandsDeclined
		}
		return payment.StandsOpen
	case stripe.PaymentIntentStatusRequiresConfirmation:
		return payment.StandsBack
	case stripe.PaymentIntentStatusRequiresAction:
		return payment.StandsAction
	case stripe.PaymentIntentStatusProcessing:
		return payment.StandsPending
	case stripe.PaymentIntentStatusRequiresCapture:
		return payment.StandsHeld
	case stripe.PaymentIntentStatusSucceeded:
		return payment.StandsCaptured
	case stripe.PaymentIntentStatusCanceled:
		return payment.StandsVoided
	}
	return payment.StandsPending
}
