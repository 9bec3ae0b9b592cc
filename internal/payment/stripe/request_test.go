package stripe_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/payment/stripe"
)

// sent is one request as a server received it.
type sent struct {
	method, path string
	query, body  url.Values
	header       http.Header
}

// recorder answers every call with one status and body, and keeps the calls.
type recorder struct {
	mu     sync.Mutex
	calls  []sent
	status int
	answer string
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		panic(err)
	}
	body, err := url.ParseQuery(string(raw))
	if err != nil {
		panic(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, sent{req.Method, req.URL.Path, req.URL.Query(), body, req.Header})
	w.WriteHeader(r.status)
	_, _ = io.WriteString(w, r.answer)
}

func record(t *testing.T, status int, answer string) (*recorder, *stripe.Gateway) {
	t.Helper()
	r := &recorder{status: status, answer: answer}
	listener := httptest.NewServer(r)
	t.Cleanup(listener.Close)
	return r, gatewayAt(listener.URL, "sk_test_bedesten")
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// requests are the calls of a gateway and the shapes that Stripe's own client
// sends for them (docs.stripe.com/api/payment_intents).
var requests = []struct {
	name        string
	call        func(*testing.T, *stripe.Gateway)
	method      string
	path        string
	query, body url.Values
	key         string
}{
	{
		name: "opening makes an intent and does not confirm it",
		call: func(t *testing.T, g *stripe.Gateway) {
			g.Open(t.Context(), payment.OpenRequest{OpID: "ord_01H-open-checkout", OrderID: "ord_01H", AttemptID: "ord_01H-attempt-checkout", Amount: money.Of(124_990, "TRY")})
		},
		method: http.MethodPost, path: "/v1/payment_intents", query: url.Values{}, key: "ord_01H-open-checkout",
		body: values("amount", "124990", "currency", "try", "capture_method", "manual", "confirmation_method", "manual",
			"payment_method_types[0]", "card", "metadata[order_id]", "ord_01H", "metadata[op_id]", "ord_01H-open-checkout",
			"metadata[attempt_id]", "ord_01H-attempt-checkout"),
	},
	{
		name: "authorizing confirms with card and way back",
		call: func(t *testing.T, g *stripe.Gateway) {
			g.Authorize(t.Context(), payment.AuthorizeRequest{OpID: "ord_01H-authorize-checkout", Ref: ref, Method: "pm_card_visa", ReturnURL: "https://dukkan.example/dönüş?a=1&b=2"})
		},
		method: http.MethodPost, path: "/v1/payment_intents/" + ref + "/confirm", query: url.Values{}, key: "ord_01H-authorize-checkout",
		body: values("payment_method", "pm_card_visa", "return_url", "https://dukkan.example/dönüş?a=1&b=2", "expand[0]", "latest_charge"),
	},
	{
		name: "finalizing confirms again with nothing new",
		call: func(t *testing.T, g *stripe.Gateway) {
			g.Finalize(t.Context(), payment.FinalizeRequest{OpID: "ord_01H-finalize-checkout", Ref: ref})
		},
		method: http.MethodPost, path: "/v1/payment_intents/" + ref + "/confirm", query: url.Values{}, key: "ord_01H-finalize-checkout",
		body: values("expand[0]", "latest_charge"),
	},
	{
		name: "closing cancels as abandoned, under a key of its own",
		call: func(t *testing.T, g *stripe.Gateway) {
			g.Cancel(t.Context(), payment.CancelRequest{OpID: "ord_01H-close-lease", Ref: ref, Reason: string(payment.OpClose)})
		},
		method: http.MethodPost, path: "/v1/payment_intents/" + ref + "/cancel", query: url.Values{}, key: "ord_01H-close-lease",
		body: values("cancellation_reason", "abandoned", "expand[0]", "latest_charge"),
	},
	{
		name: "voiding cancels at the customer's wish",
		call: func(t *testing.T, g *stripe.Gateway) {
			g.Cancel(t.Context(), payment.CancelRequest{OpID: "ord_01H-void-cancel", Ref: ref, Reason: string(payment.OpVoid)})
		},
		method: http.MethodPost, path: "/v1/payment_intents/" + ref + "/cancel", query: url.Values{}, key: "ord_01H-void-cancel",
		body: values("cancellation_reason", "requested_by_customer", "expand[0]", "latest_charge"),
	},
	{
		name:   "a look-up reads the intent with its charge",
		call:   func(t *testing.T, g *stripe.Gateway) { g.Lookup(t.Context(), ref) },
		method: http.MethodGet, path: "/v1/payment_intents/" + ref, query: values("expand[0]", "latest_charge"), body: url.Values{},
	},
	{
		name:   "a search reads the list, not Stripe's search that lags",
		call:   func(t *testing.T, g *stripe.Gateway) { g.Search(t.Context(), "ord_01H-open-checkout", since) },
		method: http.MethodGet, path: "/v1/payment_intents", body: url.Values{},
		query: values("limit", "100", "created[gte]", "1795000000", "expand[0]", "data.latest_charge"),
	},
}

const ref = "pi_3Bedesten"

var since = time.Unix(1_795_000_000, 0)

func TestGateway_SendsWhatStripeExpects(t *testing.T) {
	t.Parallel()

	for _, tt := range requests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			r, g := record(t, http.StatusOK, `{"id":"`+ref+`","object":"payment_intent","data":[]}`)
			tt.call(t, g)
			require.Len(t, r.calls, 1)
			got := r.calls[0]
			require.Equal(t, tt.method, got.method)
			require.Equal(t, tt.path, got.path)
			require.Equal(t, tt.query, got.query)
			require.Equal(t, tt.body, got.body)
			require.Equal(t, tt.key, got.header.Get("Idempotency-Key"))
			require.Equal(t, "2023-10-16", got.header.Get("Stripe-Version"))
			require.Equal(t, "Bearer sk_test_bedesten", got.header.Get("Authorization"))
			require.Equal(t, "application/x-www-form-urlencoded", got.header.Get("Content-Type"))
		})
	}
}

func TestGateway_AsksForEventsOfKnownTypesOnly(t *testing.T) {
	t.Parallel()

	r, g := record(t, http.StatusOK, `{"object":"list","data":[]}`)
	events, err := g.Events(t.Context(), time.Unix(1_795_000_000, 0))
	require.NoError(t, err)
	require.Empty(t, events)
	query := r.calls[0].query
	require.Equal(t, "/v1/events", r.calls[0].path)
	require.Equal(t, "1795000000", query.Get("created[gte]"))
	require.NotEmpty(t, query.Get("types[0]"))
	require.Empty(t, query.Get("types[20]"), "Stripe takes twenty types at most")
}

func TestGateway_TriesOnceAndTellsNothingAboutItsCalls(t *testing.T) {
	t.Parallel()

	answers := map[string]struct {
		status int
		body   string
		want   payment.Outcome
	}{
		"conflict":      {http.StatusConflict, `{"error":{"type":"idempotency_error","code":"idempotency_key_in_use"}}`, payment.Unsure},
		"lock time-out": {http.StatusTooManyRequests, `{"error":{"type":"invalid_request_error","code":"lock_timeout"}}`, payment.NotSent},
		"unavailable":   {http.StatusServiceUnavailable, `{"error":{"type":"api_error"}}`, payment.Unsure},
		"a proxy's 502": {http.StatusBadGateway, `<html>Bad Gateway</html>`, payment.Unsure},
		"dependency":    {http.StatusFailedDependency, `{"error":{"type":"api_error"}}`, payment.Unsure},
		"not JSON":      {http.StatusOK, `<html>Bakımdayız</html>`, payment.Unsure},
		"forbidden":     {http.StatusForbidden, `{"error":{"type":"invalid_request_error"}}`, payment.RefusedByProvider},
		"other parameters": {http.StatusBadRequest,
			`{"error":{"type":"idempotency_error","message":"Keys for idempotent requests can only be used with the same parameters they were first used with."}}`,
			payment.RefusedByProvider},
		"already captured": {http.StatusBadRequest,
			`{"error":{"type":"invalid_request_error","code":"payment_intent_unexpected_state","payment_intent":{"id":"pi_1","status":"succeeded"}}}`, payment.Yes},
		"no such method":                 {http.StatusBadRequest, `{"error":{"type":"invalid_request_error","code":"resource_missing","param":"payment_method"}}`, payment.No},
		"an invalid method":              {http.StatusBadRequest, `{"error":{"type":"invalid_request_error","param":"payment_method"}}`, payment.No},
		"another parameter":              {http.StatusBadRequest, `{"error":{"type":"invalid_request_error","code":"parameter_invalid_empty","param":"return_url"}}`, payment.RefusedByProvider},
		"a key that may not use methods": {http.StatusForbidden, `{"error":{"type":"invalid_request_error","param":"payment_method"}}`, payment.RefusedByProvider},
		"a wrong key":                    {http.StatusUnauthorized, `{"error":{"type":"invalid_request_error","param":"payment_method"}}`, payment.RefusedByProvider},
	}
	for name, tt := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r, g := record(t, tt.status, tt.body)
			for range 2 {
				answer := g.Finalize(t.Context(), payment.FinalizeRequest{OpID: "ord_1-finalize-checkout", Ref: "pi_1"})
				require.Equal(t, tt.want, answer.Outcome)
			}
			require.Len(t, r.calls, 2, "one request for each call")
			require.Empty(t, r.calls[1].header.Get("X-Stripe-Client-Telemetry"))
		})
	}
}

func TestGateway_DoesNotTakeACaptureForACancel(t *testing.T) {
	t.Parallel()

	_, g := record(t, http.StatusBadRequest,
		`{"error":{"type":"invalid_request_error","code":"payment_intent_unexpected_state","payment_intent":{"id":"pi_1","status":"succeeded","amount_received":5}}}`)
	answer := g.Cancel(t.Context(), payment.CancelRequest{OpID: "ord_1-void-cancel", Ref: "pi_1", Reason: string(payment.OpVoid)})
	require.Equal(t, payment.No, answer.Outcome)
	require.Equal(t, payment.StandsCaptured, answer.Picture.Standing)
}

func TestGateway_KeepsNoStateThatOthersShare(t *testing.T) {
	t.Parallel()

	one, first := record(t, http.StatusOK, `{"id":"pi_1"}`)
	two, second := record(t, http.StatusOK, `{"id":"pi_2"}`)
	require.Equal(t, "pi_1", first.Lookup(t.Context(), "pi_1").Picture.Ref)
	require.Equal(t, "pi_2", second.Lookup(t.Context(), "pi_2").Picture.Ref)
	require.Len(t, one.calls, 1)
	require.Len(t, two.calls, 1)
}

// A kept connection that breaks makes net/http send the request again by
// itself; when that finds nobody, the first may still have been executed.
func TestGateway_IsUnsureWhenAKeptConnectionBreaksAndNobodyAnswersAnyMore(t *testing.T) {
	t.Parallel()

	reached := make(chan struct{}, 4)
	var listener *httptest.Server
	listener = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached <- struct{}{}
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, `{"id":"pi_1"}`)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_ = listener.Listener.Close()
		panic(http.ErrAbortHandler)
	}))
	defer listener.Close()
	g := gatewayAt(listener.URL, "sk_test_bedesten")
	require.Equal(t, payment.Yes, g.Lookup(t.Context(), "pi_1").Outcome)
	answer := g.Finalize(t.Context(), payment.FinalizeRequest{OpID: "ord_1-finalize-checkout", Ref: "pi_1"})
	require.Equal(t, payment.Unsure, answer.Outcome)
	require.Len(t, reached, 2)
}
