package activities

import (
	"context"
	"strconv"
	"strings"

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
	if t.row.State == payment.Refused {
		row, _, err := p.setState(ctx, t, payment.Closing)
		return row, false, err
	}
	answer := t.gateway.Lookup(ctx, t.row.Ref)
	if answer.Outcome != payment.Yes {
		return p.closeUnanswered(ctx, t)
	}
	switch answer.Picture.Standing {
	case payment.StandsHeld, payment.StandsCaptured:
		return p.recordRead(ctx, t, t.row.MoneyOp(), answer)
	case payment.StandsDeclined:
		if t.row.State != payment.Closing {
			return p.recordRead(ctx, t, t.row.MoneyOp(), answer)
		}
	}
	row, ours, err := p.beginClose(ctx, t)
	if err != nil || !ours {
		return row, false, err
	}
	t.row = row
	if answer.Picture.Standing == payment.StandsVoided {
		// An earlier try's cancel got through, or somebody else's did.
		return p.settleClosed(ctx, t)
	}
	cancelled := p.cancel(ctx, t, payment.OpClose, t.in.Command)
	if cancelled.Outcome != payment.Yes {
		return p.closeUnanswered(ctx, t)
	}
	row, applied, err := p.settleClosed(ctx, t)
	if err == nil && !applied && row.State == payment.Authorized {
		// A late try recorded its yes between our look and our cancel. What it held,
		// the cancel has given back.
		t.row = row
		return p.settleCancels(ctx, t, payment.Voided, cancelled.Picture)
	}
	return row, applied, err
}

// beginClose writes down that the attempt is being closed, before anything is
// sent. What was asked and has no answer is unknown first.
func (p *Payments) beginClose(ctx context.Context, t task) (payment.Attempt, bool, error) {
	if t.row.State == payment.Submitting {
		row, ours, err := p.setState(ctx, t, payment.Unknown)
		if err != nil || !ours {
			return row, false, err
		}
		t.row = row
	}
	if t.row.State == payment.Closing || t.row.State == payment.ManualReview {
		return t.row, true, nil
	}
	return p.setState(ctx, t, payment.Closing)
}

// closeUnanswered leaves the attempt unknown; one that a person looks after
// stays theirs.
func (p *Payments) closeUnanswered(ctx context.Context, t task) (payment.Attempt, bool, error) {
	if t.row.State == payment.ManualReview {
		return t.row, true, nil
	}
	return p.setState(ctx, t, payment.Unknown)
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

// settleCancels writes that the payment is cancelled for certain, and with it
// every cancel of ours that had no answer: whichever of them did it, it is done.
func (p *Payments) settleCancels(ctx context.Context, t task, state payment.State, seen payment.Picture) (payment.Attempt, bool, error) {
	row, err := p.Attempts.Find(ctx, t.row.ID)
	if err != nil {
		return row, false, err
	}
	change := payment.Change{AttemptID: row.ID, From: []payment.State{row.State}, State: state, Ops: map[string]payment.Op{}}
	if seen.Ref != "" {
		change.Picture = &seen
	}
	for id, op := range row.Ops {
		cancels := op.Kind == payment.OpClose || op.Kind == payment.OpVoid
		if cancels && (op.State == payment.OpInFlight || op.State == payment.OpUnanswered) {
			op.State, op.AnsweredAt = payment.OpYes, p.Clock()
			change.Ops[id] = op
		}
	}
	return p.Attempts.Apply(ctx, change)
}

// setSeen writes a state together with the picture that it follows from.
func (p *Payments) setSeen(ctx context.Context, t task, state payment.State, seen payment.Picture) (payment.Attempt, bool, error) {
	return p.Attempts.Apply(ctx, payment.Change{AttemptID: t.row.ID, From: []payment.State{t.row.State}, State: state, Picture: &seen})
}

// cancelLeftover gives up what stands at the provider without money.
func (p *Payments) cancelLeftover(ctx context.Context, t task) (payment.Attempt, bool, error) {
	if t.row.Ref == "" {
		return p.openToCancel(ctx, t)
	}
	if !stands(t.row) {
		return t.row, true, nil
	}
	answer := p.cancel(ctx, t, payment.OpClose, "leftover")
	if answer.Outcome == payment.Yes || answer.Outcome == payment.Missing {
		return p.settleCancels(ctx, t, t.row.State, payment.Picture{})
	}
	// A kept answer that says nothing is replayed for a day: what stands there says
	// what came of it.
	if seen := t.gateway.Lookup(ctx, t.row.Ref); seen.Outcome == payment.Yes && seen.Picture.Standing == payment.StandsVoided {
		return p.settleCancels(ctx, t, t.row.State, seen.Picture)
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
		answer = p.search(ctx, t)
	} else {
		answer = t.gateway.Open(ctx, payment.OpenRequest{
			OpID: t.row.OpID(payment.OpOpen), OrderID: t.row.OrderID, AttemptID: t.row.ID, Amount: t.row.Amount,
		})
	}
	if answer.Outcome == payment.Unsure && answer.Replayed {
		answer = p.search(ctx, t)
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
	case payment.Authorized:
		if t.in.Ending {
			return p.expireHold(ctx, t)
		}
		row, _, err := p.setState(ctx, t, payment.Voiding)
		return row, false, err
	case payment.Expiring:
		row, _, err := p.setState(ctx, t, payment.Voiding)
		return row, false, err
	case payment.CaptureFailed:
		return p.mendCapture(ctx, t)
	case payment.Voiding, payment.VoidUnknown:
	default:
		return t.row, true, nil
	}
	crashpoint.Here("void.before")
	answer := p.cancel(ctx, t, payment.OpVoid, t.in.Command)
	crashpoint.Here("void.answered")
	if answer.Outcome != payment.Yes {
		answer = t.gateway.Lookup(ctx, t.row.Ref)
	}
	switch {
	case answer.Outcome == payment.Yes && answer.Picture.Standing == payment.StandsVoided:
		return p.settleCancels(ctx, t, payment.Voided, answer.Picture)
	case answer.Outcome == payment.Yes && answer.Picture.Standing == payment.StandsCaptured:
		return p.setSeen(ctx, t, payment.Captured, answer.Picture)
	}
	if _, _, err := p.setState(ctx, t, payment.VoidUnknown); err != nil {
		return t.row, false, err
	}
	return t.row, false, fault.New(fault.Unavailable, "the hold could not be given back yet (%s)", answer.Code)
}

// cancel writes the op ahead, sends it and records the answer. A repeat uses
// the same op, so the same key, unless the provider keeps an answer under it
// that says nothing and a look-up shows that nothing was done.
func (p *Payments) cancel(ctx context.Context, t task, kind payment.Kind, command string) payment.Answer {
	id := nextCancel(t.row, kind, command)
	now, op := p.Clock(), t.row.Ops[id]
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
	switch {
	case answer.Outcome == payment.Yes, answer.Outcome == payment.Missing:
		op.State = payment.OpYes
	case answer.Outcome == payment.No, answer.Outcome == payment.RefusedByProvider:
		op.State = payment.OpNo
	case answer.Outcome == payment.Unsure && answer.Replayed && p.notCancelled(ctx, t):
		op.State, op.Code = payment.OpNo, payment.CodeNotExecuted
	}
	if _, _, err := p.Attempts.Apply(ctx, payment.Change{AttemptID: t.row.ID, Ops: map[string]payment.Op{id: op}}); err != nil {
		return payment.Answer{Outcome: payment.Unsure, Code: "answer_not_written"}
	}
	return answer
}

// nextCancel names the op of a cancel: after the attempt and the command, for
// one command may cancel several attempts of an order, and a key belongs to one
// payment. Where an op was shown as never done, the next one is numbered.
func nextCancel(row payment.Attempt, kind payment.Kind, command string) string {
	own := strings.TrimPrefix(row.ID, payment.AttemptID(row.OrderID, ""))
	base := payment.OpID(row.OrderID, kind, own+"-"+command)
	id := base
	for k := 2; row.Ops[id].Code == payment.CodeNotExecuted; k++ {
		id = base + "-" + strconv.Itoa(k)
	}
	return id
}

// notCancelled reports whether a look-up shows for certain that the payment
// still stands.
func (p *Payments) notCancelled(ctx context.Context, t task) bool {
	seen := t.gateway.Lookup(ctx, t.row.Ref)
	return seen.Outcome == payment.Yes && seen.Picture.Standing != payment.StandsVoided
}

// MendPayment sends a refused request again under new ops, named after the
// repair that put right what the provider had refused.
func (p *Payments) MendPayment(ctx context.Context, in PaymentInput) (PaymentResult, error) {
	return p.runOwned(ctx, in, p.mend)
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
	return p.runOwned(ctx, in, func(ctx context.Context, t task) (payment.Attempt, bool, error) {
		if t.row.State != payment.Unknown {
			return t.row, true, nil
		}
		return p.setState(ctx, t, payment.ManualReview)
	})
}

// FindLateMoney reads an attempt that is over. Money that turned up after all
// makes it authorized again, so that it can be given back.
func (p *Payments) FindLateMoney(ctx context.Context, in PaymentInput) (PaymentResult, error) {
	return p.runOwned(ctx, in, p.findLate)
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
	state, refused := payment.Machine.Next(t.row.State, payment.LateMoney)
	if refused != nil {
		// The attempt is not over: the order's loop reads it anyway.
		return t.row, true, nil //nolint:nilerr // a refused step is the answer here, not a failure
	}
	row, applied, err := p.Attempts.Apply(ctx, payment.Change{
		AttemptID: t.row.ID, From: []payment.State{t.row.State}, State: state, Picture: &answer.Picture,
	})
	return row, applied, err
}
