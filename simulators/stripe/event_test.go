package stripe_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v76"

	"github.com/bedesten/bedesten/simulators/stripe"
)

// eventTypes returns the types of all events, the newest first.
func (r *rig) eventTypes(t *testing.T) []string {
	t.Helper()

	var out []string
	it := r.api.Events.List(&stripego.EventListParams{})
	for it.Next() {
		out = append(out, string(it.Event().Type))
	}
	require.NoError(t, it.Err())
	return out
}

func TestEveryStepOfAPaymentHasItsEvents(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name string
		make func(t *testing.T, r *rig)
		want []string // the oldest first, without the creation
	}{
		{"held and captured", func(t *testing.T, r *rig) { r.paid(t, 124990, "pm_card_visa") },
			[]string{"charge.succeeded", "payment_intent.amount_capturable_updated", "charge.captured", "payment_intent.succeeded"}},
		{"declined", func(t *testing.T, r *rig) {
			_, err := r.confirm(r.newIntent(t, 124990).ID, "pm_card_visa_chargeDeclined")
			require.Error(t, err)
		}, []string{"charge.failed", "payment_intent.payment_failed"}},
		{"challenged and passed: nothing says so", func(t *testing.T, r *rig) {
			_, err := r.FinishChallenge(r.challenged(t, "pm_card_threeDSecure2Required").ID, stripe.ChallengeComplete)
			require.NoError(t, err)
		}, []string{"payment_intent.requires_action"}},
		{"challenged and failed", func(t *testing.T, r *rig) {
			_, err := r.FinishChallenge(r.challenged(t, "pm_card_threeDSecure2Required").ID, stripe.ChallengeFail)
			require.NoError(t, err)
		}, []string{"payment_intent.requires_action", "payment_intent.payment_failed"}},
		{"canceled", func(t *testing.T, r *rig) {
			_, err := r.api.PaymentIntents.Cancel(r.held(t, 124990, "pm_card_visa").ID, &stripego.PaymentIntentCancelParams{})
			require.NoError(t, err)
		}, []string{"charge.succeeded", "payment_intent.amount_capturable_updated", "charge.refunded", "payment_intent.canceled"}},
		{"refunded", func(t *testing.T, r *rig) {
			_, err := r.refund(r.paid(t, 124990, "pm_card_visa").ID, 0)
			require.NoError(t, err)
		}, []string{"charge.succeeded", "payment_intent.amount_capturable_updated", "charge.captured", "payment_intent.succeeded", "charge.refunded", "refund.created"}},
		{"disputed", func(t *testing.T, r *rig) { r.paid(t, 124990, "pm_card_createDispute") },
			[]string{"charge.succeeded", "payment_intent.amount_capturable_updated", "charge.captured", "payment_intent.succeeded",
				"charge.dispute.created", "charge.dispute.funds_withdrawn"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			tt.make(t, r)

			got := r.eventTypes(t)
			require.Equal(t, "payment_intent.created", got[len(got)-1])
			want := make([]string, 0, len(got))
			for i := len(tt.want) - 1; i >= 0; i-- {
				want = append(want, tt.want[i])
			}
			require.Equal(t, want, got[:len(got)-1])
		})
	}
}

func TestEventsAreListedByTypeAndAfterTheLastSeen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.paid(t, 124990, "pm_card_visa")
	last := r.api.Events.List(&stripego.EventListParams{})
	require.True(t, last.Next())
	seen := last.Event()
	r.paid(t, 5000, "pm_card_visa")

	p := &stripego.EventListParams{Types: stripego.StringSlice([]string{"payment_intent.succeeded", "charge.refunded"})}
	p.EndingBefore = stripego.String(seen.ID)
	it := r.api.Events.List(p)
	require.True(t, it.Next())
	require.Equal(t, stripego.EventTypePaymentIntentSucceeded, it.Event().Type)
	require.Equal(t, float64(5000), it.Event().Data.Object["amount"])
	require.False(t, it.Next())
	require.NoError(t, it.Err())

	it = r.api.Events.List(&stripego.EventListParams{Type: stripego.String("charge.*")})
	for it.Next() {
		require.Contains(t, it.Event().Type, "charge.")
	}
	require.NoError(t, it.Err())
	got := r.send(t, plain{method: "GET", path: "/v1/events?type=a&types[0]=b"})
	require.Equal(t, 400, got.status)
}

func TestAnEventTellsWhichCallCausedItAndKeepsTheStateOfThen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := manual(124990)
	p.SetIdempotencyKey("ord_01H-op1")
	pi, err := r.api.PaymentIntents.New(p)
	require.NoError(t, err)
	_, err = r.confirm(pi.ID, "pm_card_visa")
	require.NoError(t, err)

	it := r.api.Events.List(&stripego.EventListParams{Type: stripego.String("payment_intent.created")})
	require.True(t, it.Next())
	e, err := r.api.Events.Get(it.Event().ID, nil)
	require.NoError(t, err)
	require.Equal(t, "ord_01H-op1", e.Request.IdempotencyKey)
	require.Equal(t, pi.LastResponse.RequestID, e.Request.ID)
	require.Equal(t, "requires_payment_method", e.Data.Object["status"])
	require.Equal(t, stripe.APIVersion, e.APIVersion)
}

func TestEventsGoBackThirtyDays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.newIntent(t, 124990)
	it := r.api.Events.List(&stripego.EventListParams{})
	require.True(t, it.Next())

	require.NoError(t, r.Clock().Advance(30*day+time.Second))
	require.Empty(t, r.eventTypes(t))
	_, err := r.api.Events.Get(it.Event().ID, nil)
	requireError(t, err, 404, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodeResourceMissing, "id")
}
