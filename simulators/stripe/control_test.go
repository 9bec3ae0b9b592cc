package stripe_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v76"

	"github.com/bedesten/bedesten/simulators/stripe"
)

// control sends a JSON body to the control API, which asks for no key.
func (r *rig) control(t *testing.T, method, path, body string) reply {
	t.Helper()
	return r.send(t, plain{method: method, path: "/_control/" + path, body: body, header: map[string]string{"Authorization": "", "Content-Type": "application/json"}})
}

// tell is control for answers without a body.
func (r *rig) tell(t *testing.T, method, path string, want int) {
	t.Helper()

	req, err := http.NewRequestWithContext(t.Context(), method, r.url+"/_control/"+path, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, want, resp.StatusCode)
}

func TestTheControlAPIInjectsListsAndClearsFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	got := r.control(t, "POST", "faults", `{"kind":"error_500_after","times":1,"match":{"operation":"payment_intent.*","metadata":{"order_id":"ord_01H"}}}`)
	require.Equal(t, http.StatusCreated, got.status)
	require.Equal(t, "flt_1", got.body["id"])
	_, err := r.api.PaymentIntents.New(manual(124990))
	requireError(t, err, 500, stripego.ErrorTypeAPI, "", "")

	list := r.control(t, "GET", "faults", "")
	require.Equal(t, float64(1), list.body["faults"].([]any)[0].(map[string]any)["hits"])
	r.tell(t, "DELETE", "faults/flt_1", http.StatusNoContent)
	r.tell(t, "DELETE", "faults/flt_1", http.StatusNotFound)
	require.Equal(t, http.StatusCreated, r.control(t, "POST", "faults", `{"kind":"rate_limit"}`).status)
	r.tell(t, "DELETE", "faults", http.StatusNoContent)
	require.Empty(t, r.Faults())
}

func TestTheControlAPIRefusesSenselessFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	for body, says := range map[string]string{
		`{"kind":"explode"}`:                                        "unknown kind",
		`{"kind":"slow"}`:                                           "needs delay_ms",
		`{"kind":"answer"}`:                                         "needs a status",
		`{"kind":"rate_limit","times":-1}`:                          "can't be negative",
		`{"kind":"rate_limit","probability":2}`:                     "from 0 to 1",
		`{"kind":"rate_limit","match":{"path":"[a"}}`:               "syntax error in pattern",
		`{"kind":"rate_limit","match":{"event":"charge.*"}}`:        "not by event",
		`{"kind":"webhook_drop","match":{"operation":"refund.*"}}`:  "not by method",
		`{"kind":"rate_limit","matches":{}}`:                        "unknown field",
		`{"kind":`:                                                  "read the JSON body",
		`{"kind":"webhook_delay","match":{"event":"charge.*"}}`:     "needs delay_ms",
		`{"kind":"timeout_before","delay_ms":-5}`:                   "can't be negative",
		`{"kind":"webhook_reorder","match":{"path":"/v1/refunds"}}`: "not by method",
	} {
		got := r.control(t, "POST", "faults", body)
		require.Equal(t, http.StatusBadRequest, got.status, body)
		require.Contains(t, got.body["error"], says, body)
	}
	require.Empty(t, r.Faults())
}

func TestTheControlAPIMovesTheClock(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.held(t, 124990, "pm_card_visa")

	got := r.control(t, "POST", "clock", `{"advance":"24h"}`)
	require.Equal(t, "24h0m0s", got.body["moved"])
	require.Equal(t, float64(1), got.body["scale"])
	require.Equal(t, http.StatusOK, r.control(t, "POST", "clock", `{"advance_scaled":"144h"}`).status)
	require.Equal(t, stripego.PaymentIntentStatusCanceled, r.get(t, pi.ID).Status)
	for _, body := range []string{`{}`, `{"advance":"bir gün"}`, `{"advance":"-1h"}`, `{"advance":"1h","advance_scaled":"1h"}`} {
		require.Equal(t, http.StatusBadRequest, r.control(t, "POST", "clock", body).status, body)
	}
}

func TestTheControlAPIShowsEveryCall(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := keyed(124990, "ord_01H-op1")
	pi, err := r.api.PaymentIntents.New(p)
	require.NoError(t, err)
	_, err = r.api.PaymentIntents.New(p)
	require.NoError(t, err)
	_, err = r.confirm(pi.ID, "pm_card_visa_chargeDeclined")
	require.Error(t, err)

	calls := r.control(t, "GET", "calls?order_id=ord_01H", "").body["calls"].([]any)
	require.Len(t, calls, 3)
	second, third := calls[1].(map[string]any), calls[2].(map[string]any)
	require.Equal(t, "ord_01H-op1", second["idempotency_key"])
	require.Equal(t, true, second["replayed"])
	require.Equal(t, "payment_intent.confirm", third["operation"])
	require.Equal(t, float64(402), third["status"])
	require.Equal(t, "card_declined", third["code"])
	require.Len(t, r.control(t, "GET", "calls?operation=payment_intent.confirm", "").body["calls"], 1)
	require.Len(t, r.control(t, "GET", "calls?key=ord_01H-op1", "").body["calls"], 2)
	require.Len(t, r.control(t, "GET", "calls?path=/confirm", "").body["calls"], 1)
	require.Empty(t, r.control(t, "GET", "calls?order_id=ord_02K", "").body["calls"])
}

func TestTheJournalHoldsNoCardNumber(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.typed(t, "4242424242424242")

	require.NotContains(t, r.control(t, "GET", "calls", "").body, "4242424242424242")
}

func TestTheBooksAddUpForAnAuditor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.held(t, 10000, "pm_card_visa")
	refunded := r.paid(t, 20000, "pm_card_visa")
	_, err := r.refund(refunded.ID, 5000)
	require.NoError(t, err)
	part := r.held(t, 30000, "pm_card_visa")
	_, err = r.api.PaymentIntents.Capture(part.ID, captureOf(12000))
	require.NoError(t, err)
	canceled := r.held(t, 40000, "pm_card_visa")
	_, err = r.api.PaymentIntents.Cancel(canceled.ID, &stripego.PaymentIntentCancelParams{})
	require.NoError(t, err)

	require.Equal(t, map[string]stripe.Sum{"try": {
		Intents: 4, Held: 10000, Captured: 32000, Released: 58000, Refunded: 5000, Fees: 610 + 378, Net: 26012, Canceled: 40000,
	}}, stripe.Totals(r.Books()))
	for _, b := range r.Books() {
		require.Equal(t, b.Amount, b.Capturable+b.Captured+b.Released)
	}
	require.Len(t, r.IntentsOf("order_id", "ord_01H"), 4)

	got := r.control(t, "GET", "books?order_id=ord_01H", "")
	require.Len(t, got.body["payment_intents"], 4)
	require.Equal(t, float64(26012), got.body["totals"].(map[string]any)["try"].(map[string]any)["net"])
	require.Empty(t, r.control(t, "GET", "books?order_id=ord_02K", "").body["payment_intents"])
}

func TestTheControlAPIFinishesAChallenge(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.challenged(t, "pm_card_threeDSecure2Required")
	path := "payment_intents/" + pi.ID + "/challenge"

	require.Equal(t, http.StatusBadRequest, r.control(t, "POST", path, `{"outcome":"belki"}`).status)
	got := r.control(t, "POST", path, `{"outcome":"complete"}`)
	require.Equal(t, http.StatusOK, got.status)
	requireReturn(t, got.body["return_url"].(string), pi, "succeeded")
	require.Equal(t, http.StatusNotFound, r.control(t, "POST", path, `{"outcome":"complete"}`).status)
}

func TestTheControlAPINamesTheEndpointAndShowsDeliveries(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	in := newInbox(t, r)
	r.SetWebhookURL("")
	r.newIntent(t, 124990)

	got := r.control(t, "PUT", "webhook", `{"url":"`+in.url+`"}`)
	require.Equal(t, in.url, got.body["url"])
	it := r.api.Events.List(&stripego.EventListParams{})
	require.True(t, it.Next())
	r.tell(t, "POST", "events/"+it.Event().ID+"/resend", http.StatusAccepted)
	r.tell(t, "POST", "events/evt_yok/resend", http.StatusNotFound)
	r.idle(t)
	require.Len(t, r.control(t, "GET", "deliveries", "").body["deliveries"], 1)
	require.Equal(t, in.url, r.control(t, "GET", "webhook", "").body["url"])
}

func TestAResetForgetsEverything(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := keyed(124990, "ord_01H-op1")
	old, err := r.api.PaymentIntents.New(p)
	require.NoError(t, err)
	require.NoError(t, r.Clock().Advance(day))
	r.control(t, "POST", "faults", `{"kind":"rate_limit"}`)

	r.tell(t, "POST", "reset", http.StatusNoContent)
	require.Empty(t, r.Books())
	require.Empty(t, r.Calls())
	require.Empty(t, r.Faults())
	require.Zero(t, r.Clock().Moved())
	fresh, err := r.api.PaymentIntents.New(p)
	require.NoError(t, err)
	require.NotEqual(t, old.ID, fresh.ID)
}
