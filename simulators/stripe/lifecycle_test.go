package stripe_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v76"

	"github.com/bedesten/bedesten/simulators/stripe"
)

func TestAnIntentHoldsTheMoneyAndIsCapturedWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	pi := r.newIntent(t, 124990)
	require.Equal(t, stripego.PaymentIntentStatusRequiresPaymentMethod, pi.Status)
	require.Equal(t, "ord_01H", pi.Metadata["order_id"])
	require.Nil(t, pi.LatestCharge)

	pi, err := r.confirm(pi.ID, "pm_card_visa")
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, pi.Status)
	require.Equal(t, int64(124990), pi.AmountCapturable)
	require.Zero(t, pi.AmountReceived)
	require.False(t, pi.LatestCharge.Captured)
	require.Nil(t, pi.LatestCharge.BalanceTransaction)
	require.Equal(t, stripego.PaymentMethodCardBrandVisa, pi.LatestCharge.PaymentMethodDetails.Card.Brand)

	pi, err = r.api.PaymentIntents.Capture(pi.ID, captureOf(0))
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusSucceeded, pi.Status)
	require.Equal(t, int64(124990), pi.AmountReceived)
	require.Zero(t, pi.AmountCapturable)

	got := r.get(t, pi.ID)
	require.True(t, got.LatestCharge.Captured)
	require.Equal(t, int64(124990), got.LatestCharge.BalanceTransaction.Amount)
	require.Equal(t, int64(3655), got.LatestCharge.BalanceTransaction.Fee)
	require.Equal(t, int64(121335), got.LatestCharge.BalanceTransaction.Net)
}

func TestAPartialCaptureReleasesTheRestAndASecondIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.held(t, 124990, "pm_card_visa")

	pi, err := r.api.PaymentIntents.Capture(pi.ID, captureOf(50000))
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusSucceeded, pi.Status)
	require.Equal(t, int64(50000), pi.AmountReceived)
	require.Zero(t, pi.AmountCapturable)

	_, err = r.api.PaymentIntents.Capture(pi.ID, captureOf(1000))
	e := requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodePaymentIntentUnexpectedState, "")
	require.Equal(t, stripego.PaymentIntentStatusSucceeded, e.PaymentIntent.Status)

	require.Equal(t, []stripe.Book{{
		ID: pi.ID, Created: r.Books()[0].Created, Status: "succeeded", Currency: "try", Amount: 124990, Captured: 50000, Released: 74990,
		Fee: 1480, Charges: 1, Metadata: map[string]string{"order_id": "ord_01H"},
	}}, r.Books())
}

func TestACaptureAboveTheHoldIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.held(t, 124990, "pm_card_visa")

	_, err := r.api.PaymentIntents.Capture(pi.ID, captureOf(124991))
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodeAmountTooLarge, "amount_to_capture")
	require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, r.get(t, pi.ID).Status)
}

func TestACaptureBeforeTheHoldIsRefusedWithTheIntent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.newIntent(t, 124990)

	_, err := r.api.PaymentIntents.Capture(pi.ID, captureOf(0))
	e := requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodePaymentIntentUnexpectedState, "")
	require.Equal(t, pi.ID, e.PaymentIntent.ID)
	require.Equal(t, stripego.PaymentIntentStatusRequiresPaymentMethod, e.PaymentIntent.Status)
}

func TestAnIntentCanBeCanceledInEveryOpenState(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	tests := []struct {
		name string
		make func(t *testing.T) string
	}{
		{"without a payment method", func(t *testing.T) string { return r.newIntent(t, 5000).ID }},
		{"with money held", func(t *testing.T) string { return r.held(t, 5000, "pm_card_visa").ID }},
		{"at the bank's page", func(t *testing.T) string { return r.challenged(t, "pm_card_threeDSecure2Required").ID }},
		{"authenticated, before the second confirm", func(t *testing.T) string {
			id := r.challenged(t, "pm_card_threeDSecure2Required").ID
			_, err := r.FinishChallenge(id, stripe.ChallengeComplete)
			require.NoError(t, err)
			return id
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			id := tt.make(t)

			pi, err := r.api.PaymentIntents.Cancel(id, &stripego.PaymentIntentCancelParams{CancellationReason: stripego.String("abandoned")})
			require.NoError(t, err)
			require.Equal(t, stripego.PaymentIntentStatusCanceled, pi.Status)
			require.Equal(t, stripego.PaymentIntentCancellationReasonAbandoned, pi.CancellationReason)
			require.NotZero(t, pi.CanceledAt)
			require.Zero(t, pi.AmountCapturable)

			_, err = r.api.PaymentIntents.Cancel(id, &stripego.PaymentIntentCancelParams{})
			e := requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodePaymentIntentUnexpectedState, "")
			require.Equal(t, stripego.PaymentIntentStatusCanceled, e.PaymentIntent.Status)
			_, err = r.confirm(id, "pm_card_visa")
			requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodePaymentIntentUnexpectedState, "")
		})
	}
}

func TestACapturedIntentCanNeitherBeCanceledNorConfirmed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.paid(t, 5000, "pm_card_mastercard")

	_, err := r.api.PaymentIntents.Cancel(pi.ID, &stripego.PaymentIntentCancelParams{})
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodePaymentIntentUnexpectedState, "")
	_, err = r.confirm(pi.ID, "pm_card_visa")
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodePaymentIntentUnexpectedState, "")
}

func TestAConfirmWithoutAPaymentMethodIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	_, err := r.confirm(r.newIntent(t, 5000).ID, "")
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodePaymentIntentUnexpectedState, "")
}

func TestAutomaticCapturePaysAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	p := manual(7500)
	p.CaptureMethod, p.Confirm, p.PaymentMethod = nil, stripego.Bool(true), stripego.String("pm_card_amex")
	pi, err := r.api.PaymentIntents.New(p)
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusSucceeded, pi.Status)
	require.Equal(t, int64(7500), pi.AmountReceived)
}

// challenged makes an intent that waits for 3-D Secure.
func (r *rig) challenged(t *testing.T, method string) *stripego.PaymentIntent {
	t.Helper()

	pi, err := r.confirm(r.newIntent(t, 124990).ID, method)
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusRequiresAction, pi.Status)
	return pi
}
