package stripe_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v76"

	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
)

func keyed(amount int64, key string) *stripego.PaymentIntentParams {
	p := manual(amount)
	p.SetIdempotencyKey(key)
	return p
}

func TestTheSameKeyGivesTheSameAnswerAndSaysSo(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	first, err := r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
	require.NoError(t, err)
	require.Empty(t, first.LastResponse.Header.Get("Idempotent-Replayed"))

	again, err := r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
	require.NoError(t, err)
	require.Equal(t, first.ID, again.ID)
	require.Equal(t, "true", again.LastResponse.Header.Get("Idempotent-Replayed"))
	require.NotEqual(t, first.LastResponse.RequestID, again.LastResponse.RequestID)
	require.Equal(t, first.LastResponse.RequestID, again.LastResponse.Header.Get("Original-Request"))
	require.Len(t, r.Books(), 1)
}

func TestAReplayGivesTheAnswerOfThenNotTheStateOfNow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.newIntent(t, 124990).ID
	p := confirmWith("pm_card_visa")
	p.SetIdempotencyKey("ord_01H-op2")
	_, err := r.api.PaymentIntents.Confirm(id, p)
	require.NoError(t, err)
	_, err = r.api.PaymentIntents.Cancel(id, &stripego.PaymentIntentCancelParams{})
	require.NoError(t, err)

	again, err := r.api.PaymentIntents.Confirm(id, p)
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, again.Status)
}

func TestAKeyWithOtherParametersOrAnotherEndpointIsAnIdempotencyError(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi, err := r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
	require.NoError(t, err)

	_, err = r.api.PaymentIntents.New(keyed(124991, "ord_01H-op1"))
	e := requireError(t, err, 400, stripego.ErrorTypeIdempotency, "", "")
	require.Contains(t, e.Msg, "same parameters")

	p := captureOf(0)
	p.SetIdempotencyKey("ord_01H-op1")
	_, err = r.api.PaymentIntents.Capture(pi.ID, p)
	e = requireError(t, err, 400, stripego.ErrorTypeIdempotency, "", "")
	require.Contains(t, e.Msg, "same endpoint")
	require.Len(t, r.Books(), 1)
}

func TestADeclineIsKeptUnderItsKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.newIntent(t, 124990).ID
	p := confirmWith("pm_card_visa_chargeDeclined")
	p.SetIdempotencyKey("ord_01H-op2")

	for range 2 {
		_, err := r.api.PaymentIntents.Confirm(id, p)
		requireError(t, err, 402, stripego.ErrorTypeCard, stripego.ErrorCodeCardDeclined, "")
	}
	require.Equal(t, 1, r.Books()[0].Charges, "the second answer came from the key")
}

func TestNothingIsKeptWhenParametersFail(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	_, err := r.api.PaymentIntents.New(keyed(1, "ord_01H-op1"))
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodeAmountTooSmall, "amount")
	_, err = r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
	require.NoError(t, err)
}

func TestAKeyIsInUseWhileTheFirstCallRuns(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault(t, sim.Fault{Kind: sim.Slow, Times: 1, DelayMS: 400, Match: sim.Match{Operation: "payment_intent.create"}})

	first := make(chan error, 1)
	go func() {
		_, err := r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
		first <- err
	}()
	require.Eventually(t, func() bool { return r.Faults()[0].Hits == 1 }, time.Second, time.Millisecond)
	_, err := r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
	requireError(t, err, 409, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodeIdempotencyKeyInUse, "")
	require.NoError(t, <-first)

	again, err := r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
	require.NoError(t, err)
	require.Equal(t, "true", again.LastResponse.Header.Get("Idempotent-Replayed"))
	require.Len(t, r.Books(), 1)
}

func TestAKeyIsANewRequestAfterADay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first, err := r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
	require.NoError(t, err)

	require.NoError(t, r.Clock().Advance(24*time.Hour-time.Minute))
	again, err := r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
	require.NoError(t, err)
	require.Equal(t, first.ID, again.ID)

	require.NoError(t, r.Clock().Advance(time.Minute))
	fresh, err := r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
	require.NoError(t, err)
	require.NotEqual(t, first.ID, fresh.ID)
}

func TestKeysLiveShorterOnAScaledClock(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *stripe.Config) { c.Clock = sim.NewClock(3600) })
	first, err := r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
	require.NoError(t, err)

	require.NoError(t, r.Clock().Advance(24*time.Second))
	fresh, err := r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
	require.NoError(t, err)
	require.NotEqual(t, first.ID, fresh.ID)
}

func TestRateLimitAndWrongKeyComeBeforeTheIdempotencyLayer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fault(t, sim.Fault{Kind: sim.RateLimit, Times: 1})

	_, err := r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
	requireError(t, err, 429, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodeRateLimit, "")
	_, err = newClient(r.url, "sk_test_baskasi").PaymentIntents.New(keyed(124990, "ord_01H-op1"))
	requireError(t, err, 401, stripego.ErrorTypeInvalidRequest, "", "")
	_, err = r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
	require.NoError(t, err)
}

func TestManyCallsAtOnceUnderOneKeyHaveOneEffect(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	const buyers = 20
	answers := make(chan error, buyers)
	for range buyers {
		go func() {
			_, err := r.api.PaymentIntents.New(keyed(124990, "ord_01H-op1"))
			answers <- err
		}()
	}
	for range buyers {
		if err := <-answers; err != nil {
			requireError(t, err, 409, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodeIdempotencyKeyInUse, "")
		}
	}
	require.Len(t, r.Books(), 1)
}
