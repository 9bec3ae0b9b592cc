package stripe_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v76"

	"github.com/bedesten/bedesten/simulators/stripe"
)

func (r *rig) refund(id string, amount int64) (*stripego.Refund, error) {
	p := &stripego.RefundParams{PaymentIntent: stripego.String(id), Reason: stripego.String("requested_by_customer")}
	if amount != 0 {
		p.Amount = stripego.Int64(amount)
	}
	p.AddMetadata("op_id", "ord_01H-refund-1")
	return r.api.Refunds.New(p)
}

func TestRefundsAddUpToThePaymentAndNoFurther(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.paid(t, 124990, "pm_card_visa")

	first, err := r.refund(pi.ID, 1250)
	require.NoError(t, err)
	require.Equal(t, stripego.RefundStatusSucceeded, first.Status)
	require.Equal(t, "ord_01H-refund-1", first.Metadata["op_id"])
	require.Equal(t, pi.ID, first.PaymentIntent.ID)

	_, err = r.refund(pi.ID, 123741)
	e := requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, "", "amount")
	require.Contains(t, e.Msg, "greater than unrefunded amount on charge (1237.40 try)")

	rest, err := r.refund(pi.ID, 0)
	require.NoError(t, err)
	require.Equal(t, int64(123740), rest.Amount)
	_, err = r.refund(pi.ID, 0)
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodeChargeAlreadyRefunded, "")

	charge := r.get(t, pi.ID).LatestCharge
	require.True(t, charge.Refunded)
	require.Equal(t, int64(124990), charge.AmountRefunded)
	require.Equal(t, int64(124990), r.Books()[0].Refunded)
	require.Equal(t, []string{rest.ID, first.ID}, r.refundsOf(t, pi.ID))

	got, err := r.api.Refunds.Get(first.ID, nil)
	require.NoError(t, err)
	require.Equal(t, int64(1250), got.Amount)
}

func (r *rig) refundsOf(t *testing.T, id string) []string {
	t.Helper()

	var ids []string
	it := r.api.Refunds.List(&stripego.RefundListParams{PaymentIntent: stripego.String(id)})
	for it.Next() {
		ids = append(ids, it.Refund().ID)
	}
	require.NoError(t, it.Err())
	return ids
}

func TestARefundAfterAPartialCaptureIsLimitedToWhatWasCaptured(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.held(t, 124990, "pm_card_visa")
	_, err := r.api.PaymentIntents.Capture(pi.ID, captureOf(50000))
	require.NoError(t, err)

	_, err = r.refund(pi.ID, 50001)
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, "", "amount")
	re, err := r.refund(pi.ID, 0)
	require.NoError(t, err)
	require.Equal(t, int64(50000), re.Amount)
}

func TestWhatWasNeverCapturedCanNotBeRefunded(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	_, err := r.refund(r.held(t, 124990, "pm_card_visa").ID, 0)
	e := requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, "", "")
	require.Contains(t, e.Msg, "Cancel its PaymentIntent")
	_, err = r.refund(r.newIntent(t, 124990).ID, 0)
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodePaymentIntentUnexpectedState, "")
	_, err = r.refund("pi_yok", 0)
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodeResourceMissing, "payment_intent")

	declined := r.newIntent(t, 124990).ID
	_, err = r.confirm(declined, "pm_card_visa_chargeDeclined")
	require.Error(t, err)
	_, err = r.refund(declined, 0)
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodePaymentIntentUnexpectedState, "")

	canceled := r.held(t, 124990, "pm_card_visa").ID
	_, err = r.api.PaymentIntents.Cancel(canceled, &stripego.PaymentIntentCancelParams{})
	require.NoError(t, err)
	_, err = r.refund(canceled, 0)
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodeChargeAlreadyRefunded, "")
}

func TestAPendingRefundSucceedsLater(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	re, err := r.refund(r.paid(t, 124990, "pm_card_pendingRefund").ID, 0)
	require.NoError(t, err)
	require.Equal(t, stripego.RefundStatusPending, re.Status)

	require.NoError(t, r.Clock().Advance(10*time.Minute))
	re, err = r.api.Refunds.Get(re.ID, nil)
	require.NoError(t, err)
	require.Equal(t, stripego.RefundStatusSucceeded, re.Status)
}

func TestAFailedRefundComesBackToTheAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.paid(t, 124990, "pm_card_refundFail")
	re, err := r.refund(pi.ID, 0)
	require.NoError(t, err)
	require.Equal(t, stripego.RefundStatusSucceeded, re.Status)

	require.NoError(t, r.Clock().Advance(10*time.Minute))
	re, err = r.api.Refunds.Get(re.ID, nil)
	require.NoError(t, err)
	require.Equal(t, stripego.RefundStatusFailed, re.Status)
	require.Equal(t, stripego.RefundFailureReason("expired_or_canceled_card"), re.FailureReason)
	require.Zero(t, r.get(t, pi.ID).LatestCharge.AmountRefunded)
	require.Zero(t, r.Books()[0].Refunded)
}

func TestADisputeTakesTheMoneyAndBarsARefund(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.held(t, 124990, "pm_card_createDispute")
	require.Empty(t, r.disputesOf(t, pi.ID))
	_, err := r.api.PaymentIntents.Capture(pi.ID, captureOf(0))
	require.NoError(t, err)

	disputes := r.disputesOf(t, pi.ID)
	require.Len(t, disputes, 1)
	require.Equal(t, stripego.DisputeStatusNeedsResponse, disputes[0].Status)
	require.Equal(t, stripego.DisputeReasonFraudulent, disputes[0].Reason)
	require.Equal(t, int64(124990), disputes[0].Amount)
	require.Positive(t, disputes[0].EvidenceDetails.DueBy)
	require.True(t, r.get(t, pi.ID).LatestCharge.Disputed)

	_, err = r.refund(pi.ID, 0)
	requireError(t, err, 400, stripego.ErrorTypeInvalidRequest, stripego.ErrorCodeChargeDisputed, "")
	got, err := r.api.Disputes.Get(disputes[0].ID, nil)
	require.NoError(t, err)
	require.Equal(t, disputes[0].ID, got.ID)
	require.Equal(t, int64(124990), r.Books()[0].Disputed)
}

func TestADisputeCanBeOpenedLongAfterTheMoneyWasTaken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.held(t, 124990, "pm_card_visa")
	require.ErrorIs(t, r.OpenDispute(pi.ID, "product_not_received"), stripe.ErrNotDisputable)
	_, err := r.api.PaymentIntents.Capture(pi.ID, captureOf(0))
	require.NoError(t, err)
	require.NoError(t, r.Clock().Advance(60*24*time.Hour))
	require.NoError(t, r.OpenDispute(pi.ID, "product_not_received"))

	disputes := r.disputesOf(t, pi.ID)
	require.Len(t, disputes, 1)
	require.Equal(t, stripego.DisputeReasonProductNotReceived, disputes[0].Reason)
	require.True(t, r.get(t, pi.ID).LatestCharge.Disputed)
	require.ErrorIs(t, r.OpenDispute(pi.ID, "product_not_received"), stripe.ErrNotDisputable, "once")
}

func (r *rig) disputesOf(t *testing.T, id string) []*stripego.Dispute {
	t.Helper()

	var out []*stripego.Dispute
	it := r.api.Disputes.List(&stripego.DisputeListParams{PaymentIntent: stripego.String(id)})
	for it.Next() {
		out = append(out, it.Dispute())
	}
	require.NoError(t, it.Err())
	return out
}

func TestTheBalanceAddsUp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.paid(t, 124990, "pm_card_visa")
	_, err := r.refund(pi.ID, 1250)
	require.NoError(t, err)

	p := &stripego.BalanceTransactionListParams{}
	p.AddExpand("data.source")
	it := r.api.BalanceTransactions.List(p)
	var net int64
	var kinds []stripego.BalanceTransactionType
	for it.Next() {
		txn := it.BalanceTransaction()
		require.Equal(t, txn.Amount-txn.Fee, txn.Net)
		require.Equal(t, stripego.BalanceTransactionStatusPending, txn.Status)
		require.NotEmpty(t, txn.Source.ID)
		net, kinds = net+txn.Net, append(kinds, txn.Type)
	}
	require.NoError(t, it.Err())
	require.Equal(t, []stripego.BalanceTransactionType{stripego.BalanceTransactionTypeRefund, stripego.BalanceTransactionTypeCharge}, kinds)
	require.Equal(t, stripe.Totals(r.Books())["try"].Net, net)

	require.NoError(t, r.Clock().Advance(48*time.Hour))
	txn, err := r.api.BalanceTransactions.Get(r.get(t, pi.ID).LatestCharge.BalanceTransaction.ID, nil)
	require.NoError(t, err)
	require.Equal(t, stripego.BalanceTransactionStatusAvailable, txn.Status)
}

func TestGrantedMulticaptureTakesTheHoldInParts(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *stripe.Config) { c.Multicapture = true })
	pi := r.held(t, 124990, "pm_card_visa")

	p := captureOf(50000)
	p.FinalCapture = stripego.Bool(false)
	pi, err := r.api.PaymentIntents.Capture(pi.ID, p)
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusRequiresCapture, pi.Status)
	require.Equal(t, int64(74990), pi.AmountCapturable)
	pi, err = r.api.PaymentIntents.Capture(pi.ID, captureOf(4990))
	require.NoError(t, err)
	require.Equal(t, stripego.PaymentIntentStatusSucceeded, pi.Status)
	require.Equal(t, int64(54990), pi.AmountReceived)
	require.Equal(t, int64(70000), r.Books()[0].Released)
}
