// Package stripe speaks to Stripe through its own client, stripe-go, behind
// the payment noun. The payment is made without confirming it, its id is
// stored, and only then is it confirmed; with manual confirmation no money
// moves but by a call of ours. The client's own retries are off: every try is
// seen by Temporal.
package stripe

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/payment"
)

// Name is the provider's name in routes and rows.
const Name = "stripe"

// Config is what the adapter needs to know of the account.
type Config struct {
	// URL is the API's base; empty means Stripe itself.
	URL string
	// SecretKey is the account's sk_… key.
	SecretKey string
	// WebhookSecrets are the endpoint's whsec_… secrets: two while one is rolled.
	WebhookSecrets []string
	// CallTimeout bounds one HTTP call; below the activity's time-out.
	CallTimeout time.Duration
	// Transport, when given, wraps what requests go out by, such as to trace them.
	Transport func(http.RoundTripper) http.RoundTripper
}

var _ payment.Gateway = (*Gateway)(nil)

// Gateway is Stripe.
type Gateway struct {
	api     *client.API
	secrets []string
}

// New returns a gateway that keeps no global state.
func New(cfg Config) *Gateway {
	transport := newTransport()
	if cfg.Transport != nil {
		transport = cfg.Transport(transport)
	}
	backend := &stripe.BackendConfig{
		HTTPClient:        &http.Client{Timeout: cfg.CallTimeout, Transport: transport},
		MaxNetworkRetries: stripe.Int64(0),
		EnableTelemetry:   stripe.Bool(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	}
	if cfg.URL != "" {
		backend.URL = stripe.String(cfg.URL)
	}
	b := stripe.GetBackendWithConfig(stripe.APIBackend, backend)
	return &Gateway{
		api:     client.New(cfg.SecretKey, &stripe.Backends{API: b, Connect: b, Uploads: b}),
		secrets: cfg.WebhookSecrets,
	}
}

// Provider returns "stripe".
func (g *Gateway) Provider() string { return Name }

// Takes reports whether Stripe is paid in currency here: the currencies that
// the product counts in, all of which Stripe takes
// (docs.stripe.com/currencies).
func (g *Gateway) Takes(currency string) bool { return money.Known(currency) }

// Open makes a PaymentIntent with manual capture and manual confirmation, and
// does not confirm it (docs.stripe.com/api/payment_intents/create).
func (g *Gateway) Open(ctx context.Context, r payment.OpenRequest) payment.Answer {
	params := &stripe.PaymentIntentParams{
		Amount:             stripe.Int64(r.Amount.Minor),
		Currency:           stripe.String(strings.ToLower(r.Amount.Currency)),
		CaptureMethod:      stripe.String(string(stripe.PaymentIntentCaptureMethodManual)),
		ConfirmationMethod: stripe.String(string(stripe.PaymentIntentConfirmationMethodManual)),
		PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
	}
	params.AddMetadata("order_id", r.OrderID)
	params.AddMetadata("attempt_id", r.AttemptID)
	params.AddMetadata("op_id", r.OpID)
	keyed(ctx, &params.Params, r.OpID)
	return answer(g.api.PaymentIntents.New(params))
}

// Authorize confirms the PaymentIntent with the shopper's payment method
// (docs.stripe.com/api/payment_intents/confirm).
func (g *Gateway) Authorize(ctx context.Context, r payment.AuthorizeRequest) payment.Answer {
	params := &stripe.PaymentIntentConfirmParams{
		PaymentMethod: stripe.String(r.Method),
		ReturnURL:     stripe.String(r.ReturnURL),
	}
	params.AddExpand("latest_charge")
	keyed(ctx, &params.Params, r.OpID)
	a := answer(g.api.PaymentIntents.Confirm(r.Ref, params))
	if a.Outcome == payment.No && a.Picture.Ref == "" {
		// An error about the payment method shows no intent: it is the one asked.
		a.Picture.Ref = r.Ref
	}
	return a
}

// Finalize confirms again, after the shopper authenticated
// (docs.stripe.com/payments/finalize-payments-on-the-server).
func (g *Gateway) Finalize(ctx context.Context, r payment.FinalizeRequest) payment.Answer {
	params := &stripe.PaymentIntentConfirmParams{}
	params.AddExpand("latest_charge")
	keyed(ctx, &params.Params, r.OpID)
	return answer(g.api.PaymentIntents.Confirm(r.Ref, params))
}

// Cancel cancels the PaymentIntent; a hold goes back to the card
// (docs.stripe.com/api/payment_intents/cancel).
func (g *Gateway) Cancel(ctx context.Context, r payment.CancelRequest) payment.Answer {
	reason := stripe.PaymentIntentCancellationReasonAbandoned
	if r.Reason == string(payment.OpVoid) {
		reason = stripe.PaymentIntentCancellationReasonRequestedByCustomer
	}
	params := &stripe.PaymentIntentCancelParams{CancellationReason: stripe.String(string(reason))}
	params.AddExpand("latest_charge")
	keyed(ctx, &params.Params, r.OpID)
	a := answer(g.api.PaymentIntents.Cancel(r.Ref, params))
	if a.Outcome == payment.Yes && a.Picture.Standing != payment.StandsVoided {
		// The intent could not be cancelled and shows how it stands instead.
		a.Outcome = payment.No
	}
	return a
}

// Lookup reads the PaymentIntent: the look-up that counts.
func (g *Gateway) Lookup(ctx context.Context, ref string) payment.Answer {
	params := &stripe.PaymentIntentParams{}
	params.Context = ctx
	params.AddExpand("latest_charge")
	pi, err := g.api.PaymentIntents.Get(ref, params)
	return g.withDispute(ctx, pi, answer(pi, err))
}

// Search looks through the list, which is consistent sooner than Stripe's
// search, for the PaymentIntent that opID made.
func (g *Gateway) Search(ctx context.Context, opID string, since time.Time) payment.Answer {
	params := listSince(ctx, since)
	params.AddExpand("data.latest_charge")
	iter := g.api.PaymentIntents.List(params)
	for iter.Next() {
		if pi := iter.PaymentIntent(); pi.Metadata["op_id"] == opID {
			return answer(pi, nil)
		}
	}
	if err := iter.Err(); err != nil {
		return answer(nil, err)
	}
	return payment.Answer{Outcome: payment.Missing, Code: "not_in_list"}
}

// List returns every payment since a time.
func (g *Gateway) List(ctx context.Context, since time.Time) ([]payment.Picture, error) {
	pictures := []payment.Picture{}
	params := listSince(ctx, since)
	params.AddExpand("data.latest_charge")
	iter := g.api.PaymentIntents.List(params)
	for iter.Next() {
		pictures = append(pictures, picture(iter.PaymentIntent()))
	}
	return pictures, iter.Err()
}

func listSince(ctx context.Context, since time.Time) *stripe.PaymentIntentListParams {
	params := &stripe.PaymentIntentListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()}}
	params.Context = ctx
	params.Limit = stripe.Int64(100)
	return params
}

func keyed(ctx context.Context, p *stripe.Params, opID string) {
	p.Context = ctx
	p.SetIdempotencyKey(opID)
}
