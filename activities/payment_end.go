package activities

import (
	"context"

	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/payment"
)

// close ends an attempt. An op that would move money and was never sent is
// barred, which closes the attempt at once; otherwise only the provider's word
// does.
func (p *Payments) close(ctx context.Context, t task) (payment.Attempt, bool, error) {
	switch t.row.State {
	case payment.Declined, payment.Closed, payment.Voided, payment.Expired, payment.Authorized, payment.Captured:
		return t.row, true, nil
	}
	for _, kind := range []payment.Kind{payment.OpFinalize, payment.OpAuthorize} {
		if t.row.Op(kind).State != payment.OpCreated {
			continue
		}
		row, barred, err := p.Attempts.Apply(ctx, t.row.Barred(kind, p.Clock()))
		return row, barred, err
	}
	return p.closeSent(ctx, t)
}

// closeSent closes an attempt whose hold was asked for: look first, since the
// money may have won, then cancel, then believe the cancel's answer.
func (p *Payments) closeSent(ctx context.Context, t task) (payment.Attempt, bool, error) {
	answer := t.gateway.Lookup(ctx, t.row.Ref)
	if answer.Outcome != payment.Yes {
		return p.setState(ctx, t, payment.Unknown)
	}
	switch answer.Picture.Standing {
	case payment.StandsHeld, payment.StandsCaptured, payment.StandsDeclined, payment.StandsVoided:
		return p.recordRead(ctx, t, t.row.MoneyOp(), answer)
	}
	cancelled := p.cancel(ctx, t, payment.OpClose, t.in.Command)
	if cancelled.Outcome != payment.Yes {
		return p.setState(ctx, t, payment.Unknown)
	}
	return p.settleClosed(ctx, t)
}

// settleClosed closes the attempt and the op that had no answer with it: the
// cancelled payment can bring none any more.
func (p *Payments) settleClosed(ctx context.Context, t task) (payment.Attempt, bool, error) {
	kind := t.row.MoneyOp()
	op := t.row.Op(kind)
	op.State, op.Code, op.AnsweredAt = payment.OpNo, "closed", p.Clock()
	return p.Attempts.Apply(ctx, payment.Change{
		AttemptID: t.row.ID, From: []payment.State{t.row.State}, State: payment.Closed,
		Ops: map[string]payment.Op{t.row.OpID(kind): op},
	})
}

// setState writes a state that follows from no op of its own.
func (p *Payments) setState(ctx context.Context, t task, state payment.State) (payment.Attempt, bool, error) {
	return p.Attempts.Apply(ctx, payment.Change{AttemptID: t.row.ID, From: []payment.State{t.row.State}, State: state})
}

// cancelLeftover gives up what stands at the provider without money.
func (p *Payments) cancelLeftover(ctx context.Context, t task) (payment.Attempt, bool, error) {
	if t.row.Ref == "" {
		return p.openToCancel(ctx, t)
	}
	answer := p.cancel(ctx, t, payment.OpClose, t.row.Command)
	if answer.Outcome == payment.Yes || answer.Outcome == payment.Missing {
		row, err := p.Attempts.Find(ctx, t.row.ID)
		return row, true, err
	}
	return t.row, false, fault.New(fault.Unavailable, "what is left of the payment could not be cancelled yet (%s)", answer.Code)
}

// openToCancel learns the id of a payment whose opening was never answered: by
// the same request under the same key, or from the provider's list.
func (p *Payments) openToCancel(ctx context.Context, t task) (payment.Attempt, bool, error) {
	op := t.row.Op(payment.OpOpen)
	if op.State == payment.OpCreated {
		return t.row, true, nil
	}
	answer := payment.Answer{}
	if p.Clock().Sub(op.SentAt) > t.in.KeyWindow {
		answer = t.gateway.Search(ctx, t.row.OpID(payment.OpOpen), op.SentAt)
	} else {
		answer = t.gateway.Open(ctx, payment.OpenRequest{
			OpID: t.row.OpID(payment.OpOpen), OrderID: t.row.OrderID, AttemptID: t.row.ID, Amount: t.row.Amount,
		})
	}
	switch answer.Outcome {
	case payment.Yes:
		op.State, op.AnsweredAt = payment.OpYes, p.Clock()
		row, _, err := p.Attempts.Apply(ctx, payment.Change{
			AttemptID: t.row.ID, Ops: map[string]payment.Op{t.row.OpID(payment.OpOpen): op}, Picture: &answer.Picture,
		})
		return row, false, err
	case payment.Missing, payment.RefusedByProvider:
		return t.row, true, nil
	}
	return t.row, false, fault.New(fault.Unavailable, "whether a payment was opened is not known yet (%s)", answer.Code)
}

// void gives the hold back, once, under an op of its own.
func (p *Payments) void(ctx context.Context, t task) (payment.Attempt, bool, error) {
	switch t.row.State {
	case payment.Voided, payment.Expired, payment.Captured:
		return t.row, true, nil
	}
	if t.row.State == payment.Authorized {
		row, _, err := p.setState(ctx, t, payment.Voiding)
		return row, false, err
	}
	crashpoint.Here("void.before")
	answer := p.cancel(ctx, t, payment.OpVoid, t.in.Command)
	crashpoint.Here("void.answered")
	if answer.Outcome != payment.Yes {
		answer = t.gateway.Lookup(ctx, t.row.Ref)
	}
	switch {
	case answer.Outcome == payment.Yes && answer.Picture.Standing == payment.StandsVoided:
		return p.setState(ctx, t, payment.Voided)
	case answer.Outcome == payment.Yes && answer.Picture.Standing == payment.StandsCaptured:
		return p.setState(ctx, t, payment.Captured)
	}
	if _, _, err := p.setState(ctx, t, payment.VoidUnknown); err != nil {
		return t.row, false, err
	}
	return t.row, false, fault.New(fault.Unavailable, "the hold could not be given back yet (%s)", answer.Code)
}

// cancel writes the op ahead, sends it and records the answer. A repeat uses
// the same op, so the same key.
func (p *Payments) cancel(ctx context.Context, t task, kind payment.Kind, command string) payment.Answer {
	id, now := payment.OpID(t.row.OrderID, kind, command), p.Clock()
	op := t.row.Ops[id]
	if op.State == "" {
		op = payment.Op{Kind: kind, Amount: t.row.Amount, CreatedAt: now, SentAt: now, Claim: token(ctx)}
	}
	op.State = payment.OpInFlight
	if _, _, err := p.Attempts.Apply(ctx, payment.Change{AttemptID: t.row.ID, Ops: map[string]payment.Op{id: op}}); err != nil {
		return payment.Answer{Outcome: payment.NotSent, Code: "row_not_written"}
	}
	crashpoint.Here("cancel.before")
	answer := t.gateway.Cancel(ctx, payment.CancelRequest{OpID: id, Ref: t.row.Ref, Reason: string(kind)})
	crashpoint.Here("cancel.answered")
	op.State, op.Code, op.AnsweredAt = payment.OpUnanswered, answer.Code, p.Clock()
	switch answer.Outcome {
	case payment.Yes, payment.Missing:
		op.State = payment.OpYes
	case payment.No, payment.RefusedByProvider:
		op.State = payment.OpNo
	}
	if _, _, err := p.Attempts.Apply(ctx, payment.Change{AttemptID: t.row.ID, Ops: map[string]payment.Op{id: op}}); err != nil {
		return payment.Answer{Outcome: payment.Unsure, Code: "answer_not_written"}
	}
	return answer
}

// MendPayment sends a refused request again under new ops, named after the
// repair that put right what the provider had refused.
func (p *Payments) MendPayment(ctx context.Context, in PaymentInput) (PaymentResult, error) {
	return p.run(ctx, in, p.mend)
}

func (p *Payments) mend(ctx context.Context, t task) (payment.Attempt, bool, error) {
	if t.row.State != payment.Refused || t.row.Command == t.in.Command {
		return p.advance(ctx, t)
	}
	row, _, err := p.Attempts.Apply(ctx, t.row.Mended(t.in.Command, p.Clock()))
	return row, false, err
}

// ReviewPayment hands an attempt whose look-ups are used up to a person.
func (p *Payments) ReviewPayment(ctx context.Context, in PaymentInput) (PaymentResult, error) {
	return p.run(ctx, in, func(ctx context.Context, t task) (payment.Attempt, bool, error) {
		if t.row.State != payment.Unknown {
			return t.row, true, nil
		}
		return p.setState(ctx, t, payment.ManualReview)
	})
}

// FindLateMoney reads an attempt that is over. Money that turned up after all
// makes it authorized again, so that it can be given back.
func (p *Payments) FindLateMoney(ctx context.Context, in PaymentInput) (PaymentResult, error) {
	return p.run(ctx, in, p.findLate)
}

func (p *Payments) findLate(ctx context.Context, t task) (payment.Attempt, bool, error) {
	if t.row.Ref == "" {
		return t.row, true, nil
	}
	answer := t.gateway.Lookup(ctx, t.row.Ref)
	if answer.Outcome != payment.Yes {
		return t.row, false, fault.New(fault.Unavailable, "the payment cannot be read now (%s)", answer.Code)
	}
	if s := answer.Picture.Standing; s != payment.StandsHeld && s != payment.StandsCaptured {
		return t.row, true, nil
	}
	state, err := payment.Machine.Next(t.row.State, payment.LateMoney)
	if err != nil {
		return t.row, true, nil // it is not over: the order's loop reads it anyway
	}
	row, applied, err := p.Attempts.Apply(ctx, payment.Change{
		AttemptID: t.row.ID, From: []payment.State{t.row.State}, State: state, Picture: &answer.Picture,
	})
	return row, applied, err
}
