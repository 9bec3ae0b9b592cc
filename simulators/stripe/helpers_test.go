package stripe_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
)

// rig is a simulator that listens, and Stripe's own client in front of it.
type rig struct {
	*stripe.Server
	url string
	api *client.API
}

func newRig(t *testing.T, change ...func(*stripe.Config)) *rig {
	t.Helper()

	cfg := stripe.Config{SearchLag: -1, MaxHang: 5 * time.Second}
	for _, f := range change {
		f(&cfg)
	}
	s := stripe.New(cfg)
	srv := httptest.NewServer(s)
	s.SetPublicURL(srv.URL)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, s.Close(ctx))
		srv.Close()
	})
	return &rig{Server: s, url: srv.URL, api: newClient(srv.URL, stripe.DefaultSecretKey)}
}

// newClient is stripe-go without retries and telemetry, every call on a
// connection of its own so that net/http repeats nothing by itself.
func newClient(url, key string) *client.API {
	b := stripego.GetBackendWithConfig(stripego.APIBackend, &stripego.BackendConfig{
		URL:               stripego.String(url),
		HTTPClient:        &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
		MaxNetworkRetries: stripego.Int64(0),
		EnableTelemetry:   stripego.Bool(false),
		LeveledLogger:     &stripego.LeveledLogger{Level: stripego.LevelNull},
	})
	return client.New(key, &stripego.Backends{API: b, Connect: b, Uploads: b})
}

const returnURL = "https://dukkan.example/v1/payments/stripe/return?order=ord_01H"

// newIntent makes the intent that an order pays with.
func (r *rig) newIntent(t *testing.T, amount int64) *stripego.PaymentIntent {
	t.Helper()

	pi, err := r.api.PaymentIntents.New(manual(amount))
	require.NoError(t, err)
	return pi
}

func manual(amount int64) *stripego.PaymentIntentParams {
	p := &stripego.PaymentIntentParams{
		Amount:             stripego.Int64(amount),
		Currency:           stripego.String("try"),
		CaptureMethod:      stripego.String("manual"),
		ConfirmationMethod: stripego.String("manual"),
		PaymentMethodTypes: stripego.StringSlice([]string{"card"}),
	}
	p.AddMetadata("order_id", "ord_01H")
	return p
}

func (r *rig) confirm(id, method string) (*stripego.PaymentIntent, error) {
	return r.api.PaymentIntents.Confirm(id, confirmWith(method))
}

func confirmWith(method string) *stripego.PaymentIntentConfirmParams {
	p := &stripego.PaymentIntentConfirmParams{ReturnURL: stripego.String(returnURL)}
	if method != "" {
		p.PaymentMethod = stripego.String(method)
	}
	p.AddExpand("latest_charge")
	return p
}

// held makes an intent that holds money.
func (r *rig) held(t *testing.T, amount int64, method string) *stripego.PaymentIntent {
	t.Helper()

	pi, err := r.confirm(r.newIntent(t, amount).ID, method)
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, pi.Status)
	return pi
}

// paid makes an intent whose money was captured.
func (r *rig) paid(t *testing.T, amount int64, method string) *stripego.PaymentIntent {
	t.Helper()

	pi, err := r.api.PaymentIntents.Capture(r.held(t, amount, method).ID, captureOf(0))
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusSucceeded, pi.Status)
	return pi
}

func captureOf(amount int64) *stripego.PaymentIntentCaptureParams {
	p := &stripego.PaymentIntentCaptureParams{}
	if amount > 0 {
		p.AmountToCapture = stripego.Int64(amount)
	}
	return p
}

func (r *rig) get(t *testing.T, id string) *stripego.PaymentIntent {
	t.Helper()

	p := &stripego.PaymentIntentParams{}
	p.AddExpand("latest_charge.balance_transaction")
	pi, err := r.api.PaymentIntents.Get(id, p)
	require.NoError(t, err)
	return pi
}

// fault adds a rule.
func (r *rig) fault(t *testing.T, f sim.Fault) {
	t.Helper()

	_, err := r.AddFault(f)
	require.NoError(t, err)
}

// stripeError returns err as Stripe's own error.
func stripeError(t *testing.T, err error) *stripego.Error {
	t.Helper()

	var e *stripego.Error
	require.True(t, errors.As(err, &e), "no Stripe error: %v", err)
	require.NotEmpty(t, e.RequestID)
	return e
}

// requireError checks the fields by which an adapter decides.
func requireError(t *testing.T, err error, status int, kind stripego.ErrorType, code stripego.ErrorCode, param string) *stripego.Error {
	t.Helper()

	e := stripeError(t, err)
	require.Equal(t, status, e.HTTPStatusCode, e.Msg)
	require.Equal(t, kind, e.Type, e.Msg)
	require.Equal(t, code, e.Code, e.Msg)
	require.Equal(t, param, e.Param, e.Msg)
	require.NotEmpty(t, e.Msg)
	return e
}
