package stripe_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v76"

	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
)

const day = 24 * time.Hour

func deadline(pi *stripego.PaymentIntent) time.Time {
	return time.Unix(pi.LatestCharge.PaymentMethodDetails.Card.CaptureBefore, 0)
}

func TestAHoldLastsSevenDaysAndThenLapsesByItself(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.held(t, 124990, "pm_card_visa")
	require.WithinDuration(t, r.Clock().Now().Add(7*day), deadline(pi), 2*time.Second)

	require.NoError(t, r.Clock().Advance(7*day-time.Minute))
	require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, r.get(t, pi.ID).Status)
	require.NoError(t, r.Clock().Advance(time.Minute))
	require.Equal(t, "canceled", r.Books()[0].Status)

	got := r.get(t, pi.ID)
	require.Equal(t, stripego.PaymentIntentStatusCanceled, got.Status)
	require.Equal(t, stripego.PaymentIntentCancellationReasonAutomatic, got.CancellationReason)
	require.Zero(t, got.AmountCapturable)
	require.True(t, got.LatestCharge.Refunded)
	require.Equal(t, []string{"payment_intent.canceled", "charge.expired"}, r.eventTypes(t)[:2])

	_, err := r.api.PaymentIntents.Capture(pi.ID, captureOf(0))
	e := requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodePaymentIntentUnexpectedState, "")
	require.Equal(t, stripego.PaymentIntentStatusCanceled, e.PaymentIntent.Status)
}

func TestAMerchantInitiatedVisaHoldIsShorter(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for method, want := range map[string]time.Duration{"pm_card_visa": 4*day + 18*time.Hour, "pm_card_mastercard": 7 * day, "pm_card_amex": 7 * day} {
		p := confirmWith(method)
		p.OffSession = stripego.Bool(true)
		pi, err := r.api.PaymentIntents.Confirm(r.newIntent(t, 124990).ID, p)
		require.NoError(t, err)
		require.WithinDuration(t, r.Clock().Now().Add(want), deadline(pi), 2*time.Second, method)
	}
}

func TestAHoldIsShorterOnAScaledClockAndComparableWithTheWall(t *testing.T) {
	t.Parallel()
	const scale = 7 * 24 * 3600 // a week in a second
	r := newRig(t, func(c *stripe.Config) { c.Clock = sim.NewClock(scale) })
	pi := r.held(t, 124990, "pm_card_visa")
	require.WithinDuration(t, time.Now().Add(time.Second), deadline(pi), 2*time.Second)

	require.Eventually(t, func() bool {
		return r.get(t, pi.ID).Status == stripego.PaymentIntentStatusCanceled
	}, 5*time.Second, 20*time.Millisecond)
}

func TestACapturedOrCanceledHoldDoesNotLapse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	captured := r.paid(t, 124990, "pm_card_visa")
	canceled := r.held(t, 5000, "pm_card_visa")
	_, err := r.api.PaymentIntents.Cancel(canceled.ID, &stripego.PaymentIntentCancelParams{CancellationReason: stripego.String("duplicate")})
	require.NoError(t, err)

	require.NoError(t, r.Clock().Advance(8*day))
	require.Equal(t, stripego.PaymentIntentStatusSucceeded, r.get(t, captured.ID).Status)
	require.Equal(t, stripego.PaymentIntentCancellationReasonDuplicate, r.get(t, canceled.ID).CancellationReason)
	require.NotContains(t, r.eventTypes(t), "charge.expired")
}
