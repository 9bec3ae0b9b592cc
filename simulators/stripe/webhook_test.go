package stripe_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
)

// inbox is the shop's webhook endpoint.
type inbox struct {
	url string

	mu     sync.Mutex
	refuse int // answers 503 so many times
	got    []stripego.Event
	wrong  []error
}

func newInbox(t *testing.T, r *rig) *inbox {
	t.Helper()

	in := &inbox{}
	srv := httptest.NewServer(http.HandlerFunc(in.take))
	t.Cleanup(srv.Close)
	in.url = srv.URL
	r.SetWebhookURL(srv.URL + "/v1/webhooks/payments/stripe")
	return in
}

func (in *inbox) take(w http.ResponseWriter, req *http.Request) {
	in.mu.Lock()
	defer in.mu.Unlock()

	if in.refuse > 0 {
		in.refuse--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(req.Body)
	if err == nil {
		var e stripego.Event
		// Checks the signature, the five minutes and the version.
		if e, err = webhook.ConstructEvent(body, req.Header.Get("Stripe-Signature"), stripe.DefaultWebhookSecret); err == nil {
			in.got = append(in.got, e)
			return
		}
	}
	in.wrong = append(in.wrong, err)
	w.WriteHeader(http.StatusBadRequest)
}

// types returns the types of what arrived, in the order of arrival.
func (in *inbox) types(t *testing.T) []string {
	t.Helper()
	in.mu.Lock()
	defer in.mu.Unlock()

	require.Empty(t, in.wrong)
	out := []string{}
	for _, e := range in.got {
		out = append(out, string(e.Type))
	}
	return out
}

func (r *rig) idle(t *testing.T) {
	t.Helper()
	require.NoError(t, r.Idle(t.Context()))
}

var heldEvents = []string{"payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"}

func TestWebhooksOfOnePaymentArriveSignedAndInOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	in := newInbox(t, r)

	r.held(t, 124990, "pm_card_visa")
	r.idle(t)
	require.Equal(t, heldEvents, in.types(t))
	require.Len(t, r.Deliveries(), 3)
	for _, d := range r.Deliveries() {
		require.Equal(t, http.StatusOK, d.Status)
		require.Equal(t, 1, d.Attempt)
	}
}

func TestAWebhookIsSignedWithWallTimeWhereverTheClockStands(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	in := newInbox(t, r)
	require.NoError(t, r.Clock().Advance(40*day))

	r.newIntent(t, 124990)
	r.idle(t)
	require.Equal(t, heldEvents[:1], in.types(t)) // a receiver refuses a t that is five minutes old
	require.WithinDuration(t, time.Now().Add(40*day), time.Unix(in.got[0].Created, 0), time.Minute)
	require.Regexp(t, `^t=\d+,v1=[0-9a-f]{64}$`, stripe.Sign("whsec_x", []byte("{}"), time.Now()))
}

func TestARefusedWebhookIsTriedAgainWithGrowingPauses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	in := newInbox(t, r)
	in.refuse = 2

	r.newIntent(t, 124990)
	r.idle(t)
	require.Empty(t, in.types(t))
	pending := r.api.Events.List(&stripego.EventListParams{DeliverySuccess: stripego.Bool(false)})
	require.True(t, pending.Next())

	require.NoError(t, r.Clock().Advance(5*time.Minute))
	r.waitTries(t, 2)
	require.Empty(t, in.types(t))
	require.NoError(t, r.Clock().Advance(29*time.Minute))
	require.Len(t, r.Deliveries(), 2, "the second pause is longer")
	require.NoError(t, r.Clock().Advance(time.Minute))
	r.waitTries(t, 3)

	r.idle(t)
	require.Equal(t, heldEvents[:1], in.types(t))
	require.Equal(t, 3, r.Deliveries()[2].Attempt)
	pending = r.api.Events.List(&stripego.EventListParams{DeliverySuccess: stripego.Bool(false)})
	require.False(t, pending.Next())
}

func (r *rig) waitTries(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return len(r.Deliveries()) == n }, 2*time.Second, time.Millisecond)
}

func TestWebhooksCanBeLostDoubledReorderedAndLate(t *testing.T) {
	t.Parallel()

	tests := []struct {
		fault sim.Fault
		want  []string
	}{
		{sim.Fault{Kind: sim.WebhookDrop, Match: sim.Match{Event: "charge.*"}}, []string{heldEvents[0], heldEvents[2]}},
		{sim.Fault{Kind: sim.WebhookDuplicate, Match: sim.Match{Event: "charge.succeeded"}}, []string{heldEvents[0], heldEvents[1], heldEvents[1], heldEvents[2]}},
		{sim.Fault{Kind: sim.WebhookReorder, Times: 1, Match: sim.Match{Event: "charge.succeeded"}}, []string{heldEvents[0], heldEvents[2], heldEvents[1]}},
		{sim.Fault{Kind: sim.WebhookReorder, Times: 1, DelayMS: 20, Match: sim.Match{Event: "payment_intent.amount_capturable_updated"}}, heldEvents},
		{sim.Fault{Kind: sim.WebhookDelay, Times: 1, DelayMS: 300, Match: sim.Match{Metadata: map[string]string{"order_id": "ord_01H"}}}, []string{heldEvents[1], heldEvents[2], heldEvents[0]}},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault.Kind)+" "+tt.fault.Match.Event, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			in := newInbox(t, r)
			r.fault(t, tt.fault)

			r.held(t, 124990, "pm_card_visa")
			r.idle(t)
			require.Equal(t, tt.want, in.types(t))
			require.Positive(t, r.Faults()[0].Hits)
			require.Len(t, r.eventTypes(t), 3, "the list of events knows them all")
		})
	}
}

func TestAnEventCanBeSentAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	in := newInbox(t, r)
	r.newIntent(t, 124990)
	it := r.api.Events.List(&stripego.EventListParams{})
	require.True(t, it.Next())

	require.NoError(t, r.ResendEvent(it.Event().ID))
	r.idle(t)
	require.Equal(t, []string{heldEvents[0], heldEvents[0]}, in.types(t))
	require.Equal(t, in.got[0].ID, in.got[1].ID)
	require.Error(t, r.ResendEvent("evt_yok"))
}

func TestAnEndpointThatIsDownCostsTheShopNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.SetWebhookURL("http://127.0.0.1:1/yok")

	r.held(t, 124990, "pm_card_visa")
	r.idle(t)
	for _, d := range r.Deliveries() {
		require.Zero(t, d.Status)
		require.NotEmpty(t, d.Error)
	}
}
