package payment

import (
	"slices"
	"strconv"
	"time"

	"github.com/bedesten/bedesten/internal/money"
)

// CodeNotExecuted marks an op that a look-up shows as never done: what it was
// to do goes out under a new op.
const CodeNotExecuted = "not_executed"

// NextOp names the op by which command does kind once, as often as it was shown
// as never done or definitely refused numbered: a key belongs to one request.
func (a Attempt) NextOp(kind Kind, command string) string {
	base := OpID(a.OrderID, kind, command)
	id := base
	for k := 2; a.Ops[id].State == OpNo; k++ {
		id = base + "-" + strconv.Itoa(k)
	}
	return id
}

// settling says from which states an op of a kind goes out, and to which state
// it takes the attempt meanwhile.
var settling = map[Kind]struct {
	from []State
	to   State
}{
	OpCapture: {[]State{Authorized}, Capturing},
	OpRefund:  {[]State{Captured, PartiallyRefunded, RefundFailed, Refunding}, Refunding},
}

// Refundable reports whether a refund can go out. An attempt is Refunding too
// when the provider did not take a refund's request: it goes out again.
func (s State) Refundable() bool { return slices.Contains(settling[OpRefund].from, s) }

// Settling returns the change by which one worker takes the right to send a
// capture or a refund of amount under the op's id: written ahead, once.
func (a Attempt) Settling(kind Kind, opID string, amount money.Amount, claim string, now time.Time) Change {
	op, there := a.Ops[opID]
	expect := []OpState{OpCreated}
	if !there {
		op, expect = Op{Kind: kind, Amount: amount, CreatedAt: now}, nil
	}
	op.State, op.Claim, op.SentAt = OpInFlight, claim, now
	c := Change{
		AttemptID: a.ID, From: settling[kind].from, State: settling[kind].to,
		Expect: map[string][]OpState{opID: expect}, Ops: map[string]Op{opID: op},
	}
	for id, other := range a.Ops {
		if other.Kind == kind && id != opID {
			// One at a time: each is as it was when this one was chosen.
			c.Expect[id] = []OpState{other.State}
		}
	}
	return c
}

// CaptureAnswered returns the change that records what came of a capture. The
// answer is the call's own, or a look-up's after it.
func (a Attempt) CaptureAnswered(opID string, answer Answer, now time.Time) (Change, error) {
	trigger, state := captureWords(answer)
	return a.settled(opID, trigger, state, answer, now)
}

// captureWords puts an answer about a capture into the machine's words.
func captureWords(a Answer) (Trigger, OpState) {
	switch a.Outcome {
	case Unsure:
		return NoAnswer, OpUnanswered
	case NotSent:
		return NotExecuted, OpCreated
	case Yes:
		switch a.Picture.Standing {
		case StandsCaptured:
			return SaidCaptured, OpYes
		case StandsVoided:
			return SaidExpired, OpNo
		case StandsHeld:
			return NotExecuted, OpNo
		}
	}
	return SaidCaptureFailed, OpNo
}

// RefundAnswered returns the change that records what came of a refund; the
// picture, when there is one, says how much of the payment is refunded by now.
func (a Attempt) RefundAnswered(opID string, answer Answer, now time.Time) (Change, error) {
	switch {
	case answer.Outcome == Unsure:
		return a.settled(opID, NoAnswer, OpUnanswered, answer, now)
	case answer.Outcome == NotSent:
		return a.settled(opID, NotExecuted, OpCreated, answer, now)
	case answer.Outcome == Yes && answer.Refund != nil && answer.Refund.Standing != RefundIsFailed:
		if a.refundedBy(opID) >= a.Captured {
			return a.settled(opID, SaidRefunded, OpYes, answer, now)
		}
		return a.settled(opID, SaidPartRefunded, OpYes, answer, now)
	}
	return a.settled(opID, SaidRefundFailed, OpNo, answer, now)
}

// refundedBy is what is refunded once the op got through.
func (a Attempt) refundedBy(opID string) int64 {
	sum := a.Ops[opID].Amount.Minor
	for id, op := range a.Ops {
		if op.Kind == OpRefund && op.State == OpYes && id != opID {
			sum += op.Amount.Minor
		}
	}
	return sum
}

func (a Attempt) settled(opID string, trigger Trigger, state OpState, answer Answer, now time.Time) (Change, error) {
	op := a.Ops[opID]
	next, err := a.afterSettling(op.Kind, trigger)
	if err != nil {
		return Change{}, err
	}
	op.State, op.Code = state, answer.Code
	if state != OpCreated {
		op.AnsweredAt = now
	}
	if trigger == NotExecuted && state == OpNo {
		op.Code = CodeNotExecuted
	}
	c := Change{
		AttemptID: a.ID, From: []State{a.State}, State: next,
		Expect: map[string][]OpState{opID: {OpInFlight, OpUnanswered}}, Ops: map[string]Op{opID: op},
	}
	if answer.Picture.Amount.Currency != "" {
		p := answer.Picture
		c.Picture = &p
	}
	return c, nil
}

// afterSettling is the machine's next state. An attempt whose refund's request was
// not taken stays Refunding: the same op goes out again.
func (a Attempt) afterSettling(kind Kind, trigger Trigger) (State, error) {
	if trigger == NoAnswer && (a.State == CaptureUnknown || a.State == RefundUnknown) {
		return a.State, nil
	}
	if kind == OpRefund && trigger == NotExecuted {
		return Refunding, nil
	}
	return Machine.Next(a.State, trigger)
}

// Settled reports whether the attempt's money was captured, whatever became of
// it since.
func (s State) Settled() bool {
	switch s {
	case Captured, PartiallyCaptured, Refunding, RefundUnknown, RefundFailed, PartiallyRefunded, Refunded, Disputed, ChargedBack:
		return true
	}
	return false
}

// OpenSettling returns the id of the capture or refund that was sent and has no
// answer, if there is one.
func (a Attempt) OpenSettling(kind Kind) string {
	for _, id := range sortedKeys(a.Ops) {
		if op := a.Ops[id]; op.Kind == kind && (op.State == OpInFlight || op.State == OpUnanswered) {
			return id
		}
	}
	return ""
}

// FoundSettled compares a captured attempt with what the provider shows, and
// returns the state that follows. An attempt of which a refund of ours is open
// is left to that refund.
func (a Attempt) FoundSettled(p Picture) (State, error) {
	if a.State == Refunding || a.State == RefundUnknown {
		return a.State, nil
	}
	if p.Dispute != nil {
		if state, moved, err := a.disputed(*p.Dispute); moved || err != nil {
			return state, err
		}
	}
	ours := a.refundedBy("")
	switch {
	case p.Refunded < ours && (a.State == PartiallyRefunded || a.State == Refunded):
		return Machine.Next(a.State, RefundReversed)
	case p.Refunded > max(ours, a.Refunded) && p.Refunded >= p.Captured && a.State == Captured:
		return Machine.Next(a.State, FoundRefunded)
	case p.Refunded > max(ours, a.Refunded) && a.State == Captured:
		return Machine.Next(a.State, FoundPartlyRefunded)
	}
	return a.State, nil
}

// disputed follows a dispute: opened, won or lost.
func (a Attempt) disputed(d Dispute) (State, bool, error) {
	known := a.Dispute != nil && a.Dispute.Ref == d.Ref && a.Dispute.Standing == d.Standing
	if d.Standing == DisputeIsOpen && a.State != Disputed {
		// It was seen beside a refund of ours and could not be followed then.
		known = false
	}
	if known {
		return a.State, false, nil
	}
	state := a.State
	var err error
	if state != Disputed {
		if state, err = Machine.Next(state, DisputeOpened); err != nil {
			return a.State, false, err
		}
	}
	switch d.Standing {
	case DisputeIsWon:
		state, err = Machine.Next(state, DisputeWon)
	case DisputeIsLost:
		state, err = Machine.Next(state, DisputeLost)
	}
	return state, true, err
}
