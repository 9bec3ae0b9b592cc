package activities

import (
	"context"
	"time"

	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/payment"
)

// CapturePayment takes held money: the gate before goods leave the house. Its
// outcome may stay unknown; the order then asks again, and hands nothing over.
func (p *Payments) CapturePayment(ctx context.Context, in PaymentInput) (PaymentResult, error) {
	return p.runOwned(ctx, in, p.capture)
}

// RefundPayment gives captured money back. It fails until that is certain, one
// way or the other.
func (p *Payments) RefundPayment(ctx context.Context, in PaymentInput) (PaymentResult, error) {
	return p.runOwned(ctx, in, p.refund)
}

// capture brings a capture to an answer, from wherever an earlier try stopped.
func (p *Payments) capture(ctx context.Context, t task) (payment.Attempt, bool, error) {
	if id := t.row.OpenSettling(payment.OpCapture); id != "" {
		return p.resumeCapture(ctx, t, id)
	}
	switch t.row.State {
	case payment.Expiring, payment.Voiding, payment.VoidUnknown:
		// It was being given up when its run was lost: that comes to its end first.
		return p.void(ctx, t)
	case payment.Authorized:
		return p.startCapture(ctx, t)
	case payment.CaptureFailed:
		if t.in.Mend {
			return p.mendCapture(ctx, t)
		}
	}
	return t.row, true, nil
}

func (p *Payments) mendCapture(ctx context.Context, t task) (payment.Attempt, bool, error) {
	state, err := payment.Machine.Next(t.row.State, payment.Mended)
	if err != nil {
		return t.row, false, err
	}
	row, _, err := p.setState(ctx, t, state)
	return row, false, err
}

func (p *Payments) startCapture(ctx context.Context, t task) (payment.Attempt, bool, error) {
	if t.in.LookOnly || t.in.Amount.Minor <= 0 {
		return t.row, true, nil
	}
	id := t.row.NextOp(payment.OpCapture, t.in.Command)
	if op, there := t.row.Ops[id]; there && op.Amount != t.in.Amount {
		return t.row, false, fault.New(fault.Internal, "op %s was written for %s and is asked for %s", id, op.Amount, t.in.Amount)
	}
	row, won, err := p.Attempts.Apply(ctx, t.row.Settling(payment.OpCapture, id, t.in.Amount, token(ctx), p.Clock()))
	if err != nil || !won {
		return row, false, err
	}
	t.row = row
	return p.sendCapture(ctx, t, id)
}

// sendCapture sends the op's request; the op is claimed.
func (p *Payments) sendCapture(ctx context.Context, t task, id string) (payment.Attempt, bool, error) {
	crashpoint.Here("capture.before")
	answer := t.gateway.Capture(ctx, payment.CaptureRequest{OpID: id, Ref: t.row.Ref, Amount: t.row.Ops[id].Amount})
	crashpoint.Here("capture.answered")
	if answer.Outcome == payment.No || answer.Outcome == payment.Unsure && answer.Replayed {
		// Why it cannot be captured, and what came of a request whose kept answer
		// says nothing, a look-up tells.
		answer = lookAfter(answer, t.gateway.Lookup(ctx, t.row.Ref))
	}
	row, done, err := p.recordCapture(ctx, t, id, answer)
	crashpoint.Here("capture.recorded")
	return row, done, err
}

// lookAfter keeps the refusal where the look-up shows that the hold still
// stands, and where there is no look-up.
func lookAfter(answer, seen payment.Answer) payment.Answer {
	switch {
	case seen.Outcome != payment.Yes:
		return answer
	case seen.Picture.Standing == payment.StandsHeld && answer.Outcome == payment.No:
		answer.Picture = seen.Picture
		return answer
	}
	return seen
}

// resumeCapture goes on with a capture that was sent and has no answer: look
// first; what was not executed goes out again under the same key while the
// provider keeps it.
func (p *Payments) resumeCapture(ctx context.Context, t task, id string) (payment.Attempt, bool, error) {
	seen := t.gateway.Lookup(ctx, t.row.Ref)
	op := t.row.Ops[id]
	if seen.Outcome != payment.Yes {
		return p.recordCapture(ctx, t, id, payment.Answer{Outcome: payment.Unsure, Code: seen.Code})
	}
	stale := p.Clock().Sub(op.CreatedAt) > t.in.KeyWindow
	if seen.Picture.Standing != payment.StandsHeld || stale || t.in.LookOnly && p.Clock().Sub(op.SentAt) > t.in.NotFoundAfter {
		return p.recordCapture(ctx, t, id, seen)
	}
	if t.in.LookOnly {
		// The request may still be on its way: wait until it cannot be any more.
		return p.recordCapture(ctx, t, id, payment.Answer{Outcome: payment.Unsure, Code: "still_on_its_way"})
	}
	row, ours, err := p.sentAgain(ctx, t, id)
	if err != nil || !ours {
		return row, false, err
	}
	t.row = row
	return p.sendCapture(ctx, t, id)
}

// sentAgain writes down that an op's request goes out once more: from now on it
// may be on its way.
func (p *Payments) sentAgain(ctx context.Context, t task, id string) (payment.Attempt, bool, error) {
	op := t.row.Ops[id]
	op.SentAt, op.Claim = p.Clock(), token(ctx)
	return p.Attempts.Apply(ctx, payment.Change{
		AttemptID: t.row.ID, From: []payment.State{t.row.State},
		Expect: map[string][]payment.OpState{id: {payment.OpInFlight, payment.OpUnanswered}}, Ops: map[string]payment.Op{id: op},
	})
}

// recordCapture writes what came of a capture, also when the step's time is
// over.
func (p *Payments) recordCapture(ctx context.Context, t task, id string, answer payment.Answer) (payment.Attempt, bool, error) {
	change, err := t.row.CaptureAnswered(id, answer, p.Clock())
	if err != nil {
		return t.row, false, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	row, applied, err := p.Attempts.Apply(ctx, change)
	return row, applied, err
}

// refund brings a refund to an answer.
func (p *Payments) refund(ctx context.Context, t task) (payment.Attempt, bool, error) {
	id, done := refundOf(t.row, t.in.Command)
	if done {
		t.result.Done = true
		return t.row, true, nil
	}
	if open := t.row.OpenSettling(payment.OpRefund); open != "" {
		// This command's own, or that of another, which comes to its end first.
		row, _, err := p.resumeRefund(ctx, t, open)
		return row, false, err
	}
	switch {
	case t.row.State == payment.RefundFailed && refused(t.row, t.in.Command) && !t.in.Mend:
		return t.row, true, nil
	case !t.row.State.Refundable():
		return t.row, true, nil
	}
	row, won, err := p.Attempts.Apply(ctx, t.row.Settling(payment.OpRefund, id, t.in.Amount, token(ctx), p.Clock()))
	if err != nil || !won {
		return row, false, err
	}
	t.row = row
	row, _, err = p.sendRefund(ctx, t, id)
	return row, false, err
}

// refundOf returns the last op that the command has refunded by, or would, and
// whether it got through.
func refundOf(row payment.Attempt, command string) (string, bool) {
	next := row.NextOp(payment.OpRefund, command)
	return next, row.Ops[next].State == payment.OpYes
}

// refused reports whether the command's refund was tried and definitely refused.
func refused(row payment.Attempt, command string) bool {
	op := row.Ops[payment.OpID(row.OrderID, payment.OpRefund, command)]
	return op.State == payment.OpNo && op.Code != payment.CodeNotExecuted
}

func (p *Payments) sendRefund(ctx context.Context, t task, id string) (payment.Attempt, bool, error) {
	crashpoint.Here("refund.before")
	answer := t.gateway.Refund(ctx, payment.RefundRequest{OpID: id, Ref: t.row.Ref, Amount: t.row.Ops[id].Amount})
	crashpoint.Here("refund.answered")
	if answer.Outcome == payment.Unsure && answer.Replayed {
		// A kept answer that says nothing: the request is over, and its key is used up.
		return p.resumeRefundBy(ctx, t, id, true, t.row.Ops[id].CreatedAt)
	}
	return p.recordRefund(ctx, t, id, answer)
}

// resumeRefund goes on with a refund that was sent and has no answer.
func (p *Payments) resumeRefund(ctx context.Context, t task, id string) (payment.Attempt, bool, error) {
	op := t.row.Ops[id]
	return p.resumeRefundBy(ctx, t, id, p.Clock().Sub(op.CreatedAt) > t.in.KeyWindow, op.SentAt)
}

// resumeRefundBy looks for the refund among those of the payment. One that is
// not there goes out again under the same key; where the key says nothing any
// more it is given up for certain, long enough after since, and the next op does
// it.
func (p *Payments) resumeRefundBy(ctx context.Context, t task, id string, keyGone bool, since time.Time) (payment.Attempt, bool, error) {
	refunds, err := t.gateway.Refunds(ctx, t.row.Ref)
	if err != nil {
		return p.recordRefund(ctx, t, id, payment.Answer{Outcome: payment.Unsure, Code: "refunds_not_listed"})
	}
	for _, r := range refunds {
		if r.OpID == id {
			return p.recordRefund(ctx, t, id, payment.Answer{Outcome: payment.Yes, Refund: &r, Code: r.Code})
		}
	}
	if !keyGone {
		row, ours, err := p.sentAgain(ctx, t, id)
		if err != nil || !ours {
			return row, false, err
		}
		t.row = row
		return p.sendRefund(ctx, t, id)
	}
	if p.Clock().Sub(since) <= t.in.NotFoundAfter {
		return p.recordRefund(ctx, t, id, payment.Answer{Outcome: payment.Unsure, Code: "still_on_its_way"})
	}
	row, _, err := p.recordRefund(ctx, t, id, payment.Answer{Outcome: payment.No, Code: payment.CodeNotExecuted})
	return row, false, err
}

// recordRefund writes what came of a refund, with how the payment stands after
// it.
func (p *Payments) recordRefund(ctx context.Context, t task, id string, answer payment.Answer) (payment.Attempt, bool, error) {
	if answer.Outcome == payment.Yes {
		seen := t.gateway.Lookup(ctx, t.row.Ref)
		if answer.Picture = seen.Picture; seen.Outcome != payment.Yes {
			// The refund is found again by its op: nothing is written by halves.
			answer = payment.Answer{Outcome: payment.Unsure, Code: "payment_not_read"}
		}
	}
	change, err := t.row.RefundAnswered(id, answer, p.Clock())
	if err != nil {
		return t.row, false, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	row, applied, err := p.Attempts.Apply(ctx, change)
	if err != nil || !applied {
		return row, false, err
	}
	if answer.Outcome == payment.Unsure || answer.Outcome == payment.NotSent {
		return row, false, fault.New(fault.Unavailable, "whether the refund got through is not known yet (%s)", answer.Code)
	}
	return row, true, nil
}

// rereadSettled compares a captured payment with what the provider shows.
func (p *Payments) rereadSettled(ctx context.Context, t task) (payment.Attempt, bool, error) {
	answer := t.gateway.Lookup(ctx, t.row.Ref)
	if answer.Outcome != payment.Yes {
		return t.row, false, fault.New(fault.Unavailable, "the payment cannot be read now (%s)", answer.Code)
	}
	state, err := t.row.FoundSettled(answer.Picture)
	if err != nil {
		return t.row, false, err
	}
	if state == t.row.State && sameDispute(t.row.Dispute, answer.Picture.Dispute) {
		return t.row, true, nil
	}
	now := p.Clock()
	change := payment.Change{AttemptID: t.row.ID, From: []payment.State{t.row.State}, State: state, Picture: &answer.Picture}
	if state == payment.Captured && t.row.State != payment.Disputed {
		if change.Ops, err = p.cameBack(ctx, t); err != nil {
			return t.row, false, err
		}
	}
	if state == payment.Refunded || state == payment.PartiallyRefunded {
		id := payment.OpID(t.row.OrderID, payment.OpFound, "refund-"+now.UTC().Format("20060102150405"))
		change.Ops = map[string]payment.Op{id: {
			Kind: payment.OpFound, Amount: t.row.Amount, State: payment.OpYes, Code: "refunded", CreatedAt: now, AnsweredAt: now,
		}}
	}
	return p.Attempts.Apply(ctx, change)
}

// cameBack finds the refunds of ours that the provider had taken on and could not
// do: their ops are a no after all, and the next op does it.
func (p *Payments) cameBack(ctx context.Context, t task) (map[string]payment.Op, error) {
	refunds, err := t.gateway.Refunds(ctx, t.row.Ref)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "the refunds of the payment cannot be listed now")
	}
	ops := map[string]payment.Op{}
	for _, r := range refunds {
		op, ours := t.row.Ops[r.OpID]
		if !ours || r.Standing != payment.RefundIsFailed || op.State != payment.OpYes {
			continue
		}
		op.State, op.Code, op.AnsweredAt = payment.OpNo, r.Code, p.Clock()
		ops[r.OpID] = op
		t.result.CameBackOps = append(t.result.CameBackOps, r.OpID)
	}
	return ops, nil
}

func sameDispute(a, b *payment.Dispute) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Ref == b.Ref && a.Standing == b.Standing
}

// expireHold gives up a hold that is about to run out: the same void, with the
// state that says why.
func (p *Payments) expireHold(ctx context.Context, t task) (payment.Attempt, bool, error) {
	state, err := payment.Machine.Next(t.row.State, payment.HoldEnding)
	if err != nil {
		return t.row, false, err
	}
	row, _, err := p.setState(ctx, t, state)
	return row, false, err
}
