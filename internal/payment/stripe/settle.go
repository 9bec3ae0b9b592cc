package stripe

import (
	"context"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/payment"
)

// Capture takes the held money. What is held beyond the amount is released by
// it, for without multicapture the first capture is the last
// (docs.stripe.com/payments/place-a-hold-on-a-payment-method).
func (g *Gateway) Capture(ctx context.Context, r payment.CaptureRequest) payment.Answer {
	params := &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(r.Amount.Minor)}
	params.AddExpand("latest_charge")
	keyed(ctx, &params.Params, r.OpID)
	return answer(g.api.PaymentIntents.Capture(r.Ref, params))
}

// Refund gives captured money back (docs.stripe.com/api/refunds/create). The
// refund carries its op's id, by which Refunds finds it again.
func (g *Gateway) Refund(ctx context.Context, r payment.RefundRequest) payment.Answer {
	params := &stripe.RefundParams{
		PaymentIntent: stripe.String(r.Ref), Amount: stripe.Int64(r.Amount.Minor),
		Reason: stripe.String(string(stripe.RefundReasonRequestedByCustomer)),
	}
	params.AddMetadata("op_id", r.OpID)
	keyed(ctx, &params.Params, r.OpID)
	made, err := g.api.Refunds.New(params)
	if err != nil {
		a := answer(nil, err)
		if a.Outcome == payment.Yes {
			// An unexpected state: the intent is shown, and nothing was given back.
			a.Outcome = payment.No
		}
		return a
	}
	refund := refundOf(made)
	a := payment.Answer{Outcome: payment.Yes, Refund: &refund, Code: refund.Code}
	if made.LastResponse != nil {
		a.RequestID, a.Replayed = made.LastResponse.RequestID, replayed(made.LastResponse)
	}
	return a
}

// Refunds lists the refunds of a payment (docs.stripe.com/api/refunds/list).
func (g *Gateway) Refunds(ctx context.Context, ref string) ([]payment.Refund, error) {
	params := &stripe.RefundListParams{PaymentIntent: stripe.String(ref)}
	params.Context = ctx
	params.Limit = stripe.Int64(100)
	refunds := []payment.Refund{}
	iter := g.api.Refunds.List(params)
	for iter.Next() {
		refunds = append(refunds, refundOf(iter.Refund()))
	}
	return refunds, iter.Err()
}

// refundOf follows docs.stripe.com/api/refunds/object#refund_object-status.
func refundOf(r *stripe.Refund) payment.Refund {
	out := payment.Refund{
		Ref: r.ID, OpID: r.Metadata["op_id"], Amount: money.Of(r.Amount, strings.ToUpper(string(r.Currency))),
		Standing: payment.RefundIsPending, Code: string(r.FailureReason),
	}
	switch r.Status {
	case stripe.RefundStatusSucceeded:
		out.Standing = payment.RefundIsDone
	case stripe.RefundStatusFailed, stripe.RefundStatusCanceled:
		out.Standing = payment.RefundIsFailed
	}
	return out
}

// withDispute adds the newest dispute to the picture of a charge that was ever
// disputed. Without an answer the look-up has none either: a picture that hides
// a dispute would be a wrong one.
func (g *Gateway) withDispute(ctx context.Context, pi *stripe.PaymentIntent, a payment.Answer) payment.Answer {
	if a.Outcome != payment.Yes || pi == nil || pi.LatestCharge == nil || !pi.LatestCharge.Disputed {
		return a
	}
	params := &stripe.DisputeListParams{PaymentIntent: stripe.String(pi.ID)}
	params.Context = ctx
	params.Limit = stripe.Int64(1)
	params.Single = true
	iter := g.api.Disputes.List(params)
	if iter.Next() {
		a.Picture.Dispute = disputeOf(iter.Dispute())
	}
	if err := iter.Err(); err != nil {
		return answer(nil, err)
	}
	return a
}

// disputeOf follows docs.stripe.com/api/disputes/object#dispute_object-status. A
// warning is an inquiry: no money has moved, and evidence is wanted all the same.
func disputeOf(d *stripe.Dispute) *payment.Dispute {
	out := &payment.Dispute{
		Ref: d.ID, Amount: money.Of(d.Amount, strings.ToUpper(string(d.Currency))),
		Standing: payment.DisputeIsOpen, Reason: string(d.Reason),
	}
	if d.EvidenceDetails != nil && d.EvidenceDetails.DueBy > 0 {
		out.AnswerBy = time.Unix(d.EvidenceDetails.DueBy, 0).UTC()
	}
	switch d.Status {
	case stripe.DisputeStatusWon, stripe.DisputeStatusWarningClosed:
		out.Standing = payment.DisputeIsWon
	case stripe.DisputeStatusLost:
		out.Standing = payment.DisputeIsLost
	}
	return out
}
