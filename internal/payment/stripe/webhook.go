package stripe

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/payment"
)

// tolerance is how far a webhook's time may be from ours, in both directions:
// stripe-go's own check looks only at the past.
const tolerance = 5 * time.Minute

// maxEventID is the longest event id that is taken: Stripe's own bound on ids
// (docs.stripe.com/upgrades).
const maxEventID = 255

// told are the event types that mean something to an order, with what each
// claims, nothing where the payment has to be read to know; others are
// acknowledged and wake nobody.
var told = map[string]payment.Standing{
	"payment_intent.amount_capturable_updated": payment.StandsHeld,
	"payment_intent.succeeded":                 payment.StandsCaptured,
	"payment_intent.payment_failed":            payment.StandsDeclined,
	"payment_intent.requires_action":           payment.StandsAction,
	"payment_intent.canceled":                  payment.StandsVoided,
	"payment_intent.processing":                payment.StandsPending,
	"charge.captured":                          payment.StandsCaptured,
	"charge.expired":                           payment.StandsVoided,
	"charge.failed":                            payment.StandsDeclined,
	"charge.refunded":                          payment.StandsRefunding,
	"charge.refund.updated":                    "",
	"charge.dispute.created":                   "",
	"charge.dispute.updated":                   "",
	"charge.dispute.closed":                    "",
}

// ReadWebhook verifies the signature over the raw body
// (docs.stripe.com/webhooks) and reads id and type; the rest of the event is a
// hint to read the payment again. One that is signed and cannot be read is a
// Malformed fault.
func (g *Gateway) ReadWebhook(header http.Header, body []byte, now time.Time) (payment.Event, error) {
	signature := header.Get("Stripe-Signature")
	if err := fresh(signature, now); err != nil {
		return payment.Event{}, err
	}
	for _, secret := range g.secrets {
		if secret == "" {
			continue // its signatures anybody can make
		}
		if webhook.ValidatePayloadIgnoringTolerance(body, signature, secret) == nil {
			return read(body)
		}
	}
	return payment.Event{}, fault.New(fault.Invalid, "the webhook is not signed by Stripe")
}

// read returns the event of a body that Stripe signed. What cannot be read in
// it is a Malformed fault: not forged, but of a form that we do not know.
func read(body []byte) (payment.Event, error) {
	var e stripe.Event
	if err := json.Unmarshal(body, &e); err != nil {
		return payment.Event{}, fault.Wrap(err, fault.Malformed, "the webhook's body cannot be read")
	}
	return event(&e)
}

// fresh looks at every time in the header: stripe-go verifies the last one, and
// a fresh one put before it must not carry a stale signature through.
func fresh(signature string, now time.Time) error {
	times := 0
	for _, part := range strings.Split(signature, ",") {
		value, ok := strings.CutPrefix(part, "t=")
		if !ok {
			continue
		}
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "the webhook's time cannot be read")
		}
		if age := now.Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
			return fault.New(fault.Invalid, "the webhook's time is too far from ours")
		}
		times++
	}
	if times != 1 {
		return fault.New(fault.Invalid, "the webhook is not signed at one time")
	}
	return nil
}

// event reads what an order needs to know of an event.
func event(e *stripe.Event) (payment.Event, error) {
	out := payment.Event{ID: e.ID, Type: string(e.Type), At: time.Unix(e.Created, 0).UTC()}
	if e.ID == "" || len(e.ID) > maxEventID {
		return payment.Event{}, fault.New(fault.Malformed, "the webhook has no event id of at most %d characters", maxEventID)
	}
	claims, ok := told[out.Type]
	if e.Data == nil || !ok {
		return out, nil
	}
	out.Claims = claims
	var object struct {
		ID            string            `json:"id"`
		Object        string            `json:"object"`
		PaymentIntent string            `json:"payment_intent"`
		Metadata      map[string]string `json:"metadata"`
	}
	if err := json.Unmarshal(e.Data.Raw, &object); err != nil {
		return payment.Event{}, fault.Wrap(err, fault.Malformed, "the webhook's object cannot be read")
	}
	out.Ref, out.OrderID = object.ID, object.Metadata["order_id"]
	if object.Object != "payment_intent" {
		// Charges, refunds and disputes name the payment that they belong to.
		out.Ref = object.PaymentIntent
	}
	return out, nil
}

// Events returns Stripe's events since a time, oldest first
// (docs.stripe.com/webhooks/process-undelivered-events).
func (g *Gateway) Events(ctx context.Context, since time.Time) ([]payment.Event, error) {
	params := &stripe.EventListParams{
		CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()},
		Types:        stripe.StringSlice(slices.Sorted(maps.Keys(told))),
	}
	params.Context = ctx
	params.Limit = stripe.Int64(100)
	events := []payment.Event{}
	iter := g.api.Events.List(params)
	for iter.Next() {
		e, err := event(iter.Event())
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	slices.Reverse(events)
	return events, iter.Err()
}
