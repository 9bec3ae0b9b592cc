package stripe_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v76"

	"github.com/bedesten/bedesten/simulators/sim"
)

// confirmKeyed confirms under a fixed key, so that a test can ask again.
func (r *rig) confirmKeyed(id string) (*stripego.PaymentIntent, error) {
	p := confirmWith("pm_card_visa")
	p.SetIdempotencyKey(id + "-op2")
	return r.api.PaymentIntents.Confirm(id, p)
}

// requireNoAnswer checks that a call got nothing an adapter could decide on.
func requireNoAnswer(t *testing.T, err error) {
	t.Helper()

	require.Error(t, err)
	var e *stripego.Error
	require.False(t, errors.As(err, &e), "an answer came: %v", err)
}

func TestACallWithoutAnAnswerHasItsEffectOrNot(t *testing.T) {
	t.Parallel()

	tests := []struct {
		kind sim.Kind
		held bool
	}{
		{sim.TimeoutBefore, false},
		{sim.TimeoutAfter, true},
		{sim.ResetBefore, false},
		{sim.ResetAfter, true},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			id := r.newIntent(t, 124990).ID
			r.fault(t, sim.Fault{Kind: tt.kind, Times: 1, DelayMS: 200, Match: sim.Match{Operation: "payment_intent.confirm"}})

			_, err := r.confirmKeyed(id)
			requireNoAnswer(t, err)
			want := stripego.PaymentIntentStatusRequiresPaymentMethod
			if tt.held {
				want = stripego.PaymentIntentStatusRequiresCapture
			}
			require.Equal(t, want, r.get(t, id).Status)

			pi, err := r.confirmKeyed(id)
			require.NoError(t, err)
			require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, pi.Status)
			require.Equal(t, tt.held, pi.LastResponse.Header.Get("Idempotent-Replayed") == "true")
			require.Equal(t, 1, r.Books()[0].Charges)
		})
	}
}

func TestAHangingCallEndsWhenItsClientLeaves(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault(t, sim.Fault{Kind: sim.TimeoutBefore, Times: 1, DelayMS: 60_000})

	_, err := r.api.PaymentIntents.New(manual(124990)) // gives up after two seconds
	requireNoAnswer(t, err)
	require.Eventually(t, func() bool { return len(r.Calls()) == 1 }, time.Second, time.Millisecond)
	require.Zero(t, r.Calls()[0].Status)
	require.Equal(t, []sim.Kind{sim.TimeoutBefore}, r.Calls()[0].Faults)
}

func TestServerErrorsAreKeptUnderTheKeyExceptInFrontOfIt(t *testing.T) {
	t.Parallel()

	tests := []struct {
		kind       sim.Kind
		held, kept bool
	}{
		{sim.Error500Before, false, false},
		{sim.Error500Kept, false, true},
		{sim.Error500After, true, true},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			id := r.newIntent(t, 124990).ID
			r.fault(t, sim.Fault{Kind: tt.kind, Times: 1, Match: sim.Match{Operation: "payment_intent.confirm"}})

			_, err := r.confirmKeyed(id)
			requireError(t, err, 500, stripego.ErrorTypeAPI, "", "")
			require.Equal(t, tt.held, r.get(t, id).Status == stripego.PaymentIntentStatusRequiresCapture)

			_, err = r.confirmKeyed(id)
			if tt.kept {
				requireError(t, err, 500, stripego.ErrorTypeAPI, "", "")
				require.Equal(t, tt.held, r.get(t, id).Status == stripego.PaymentIntentStatusRequiresCapture)
				return
			}
			require.NoError(t, err)
		})
	}
}

func TestABrokenBodyIsNoStripeErrorAndTheEffectIsThere(t *testing.T) {
	t.Parallel()

	for name, status := range map[string]int{"half of the JSON": 0, "a proxy's HTML": 502} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			id := r.newIntent(t, 124990).ID
			r.fault(t, sim.Fault{Kind: sim.BrokenBody, Times: 1, Status: status, Match: sim.Match{Operation: "payment_intent.confirm"}})

			_, err := r.confirmKeyed(id)
			requireNoAnswer(t, err)
			require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, r.get(t, id).Status)
		})
	}
}

func TestAnInjectedDeclineMakesAGoodCardFail(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.newIntent(t, 124990).ID
	r.fault(t, sim.Fault{Kind: sim.Decline, Code: "do_not_honor", Times: 1, Match: sim.Match{Metadata: map[string]string{"order_id": "ord_01H"}}})

	_, err := r.confirm(id, "pm_card_visa")
	e := requireError(t, err, 402, stripego.ErrorTypeCard, stripego.ErrorCodeCardDeclined, "")
	require.Equal(t, stripego.DeclineCode("do_not_honor"), e.DeclineCode)
	_, err = r.confirm(id, "pm_card_visa")
	require.NoError(t, err)
}

func TestAnInjectedDeclineOfACaptureOrARefundMovesNoMoney(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.held(t, 124990, "pm_card_visa").ID
	r.fault(t, sim.Fault{Kind: sim.Decline, Times: 1, Match: sim.Match{Operation: "payment_intent.capture"}})
	r.fault(t, sim.Fault{Kind: sim.Decline, Times: 1, Match: sim.Match{Operation: "refund.create", Metadata: map[string]string{"order_id": "ord_01H"}}})

	_, err := r.api.PaymentIntents.Capture(id, captureOf(0))
	e := requireError(t, err, 402, stripego.ErrorTypeCard, stripego.ErrorCodeCardDeclined, "")
	require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, e.PaymentIntent.Status)
	_, err = r.api.PaymentIntents.Capture(id, captureOf(0))
	require.NoError(t, err)

	_, err = r.refund(id, 0)
	requireError(t, err, 402, stripego.ErrorTypeCard, stripego.ErrorCodeCardDeclined, "")
	require.Zero(t, r.Books()[0].Refunded)
	_, err = r.refund(id, 0)
	require.NoError(t, err)
}

func TestAScriptedAnswerIsGivenAsWritten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault(t, sim.Fault{Kind: sim.Answer, Times: 1, Status: 424, Type: "api_error", Message: "The bank could not be reached."})

	_, err := r.api.PaymentIntents.New(manual(124990))
	e := requireError(t, err, 424, stripego.ErrorTypeAPI, "", "")
	require.Equal(t, "The bank could not be reached.", e.Msg)
}

func TestALockTimeoutIsA429WithItsCode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault(t, sim.Fault{Kind: sim.RateLimit, Code: "lock_timeout", Times: 1})

	_, err := r.api.PaymentIntents.New(manual(124990))
	requireError(t, err, 429, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodeLockTimeout, "")
}

func TestASlowCallGoesOnWhenItsClientHasLeft(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.newIntent(t, 124990).ID
	r.fault(t, sim.Fault{Kind: sim.Slow, DelayMS: 2300, Times: 1, Match: sim.Match{Operation: "payment_intent.confirm"}})

	_, err := r.confirmKeyed(id) // gives up after two seconds
	requireNoAnswer(t, err)
	require.Equal(t, stripego.PaymentIntentStatusRequiresPaymentMethod, r.get(t, id).Status, "too early to believe a no")
	require.Eventually(t, func() bool {
		return r.get(t, id).Status == stripego.PaymentIntentStatusRequiresCapture
	}, 2*time.Second, 10*time.Millisecond)
}

func TestAFaultStrikesOnlyTheOrderItIsAimedAt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault(t, sim.Fault{Kind: sim.Error500Before, Match: sim.Match{Metadata: map[string]string{"order_id": "ord_02K"}}})

	_, err := r.api.PaymentIntents.New(manual(124990))
	require.NoError(t, err)
	other := manual(124990)
	other.AddMetadata("order_id", "ord_02K")
	_, err = r.api.PaymentIntents.New(other)
	requireError(t, err, 500, stripego.ErrorTypeAPI, "", "")
}
