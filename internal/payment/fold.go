package payment

import (
	"slices"
	"time"
)

// triggerOf puts an answer into the words of the attempt's machine.
func triggerOf(a Answer) Trigger {
	switch a.Outcome {
	case No:
		return SaidDeclined
	case RefusedByProvider, Missing:
		// A payment whose id we hold and which the provider does not know means
		// wrong keys or the wrong account: ours to mend, and nothing moved.
		return SaidRefused
	case NotSent, Unsure:
		return NoAnswer
	}
	return map[Standing]Trigger{
		StandsOpen:     NotExecuted,
		StandsDeclined: SaidDeclined,
		StandsAction:   SaidActionRequired,
		StandsBack:     SaidActionRequired,
		StandsPending:  SaidPending,
		StandsHeld:     SaidAuthorized,
		StandsCaptured: SaidAuthorized,
		StandsVoided:   SaidDeclined,
	}[a.Picture.Standing]
}

// opStateOf says what an answer means for the op that asked.
func opStateOf(a Answer) OpState {
	switch triggerOf(a) {
	case SaidDeclined, SaidRefused:
		return OpNo
	case NoAnswer, SaidPending:
		return OpUnanswered
	case NotExecuted:
		return OpInFlight
	}
	return OpYes
}

// Next returns the attempt's state after an answer about money that we asked
// for. An answer that tells nothing new leaves it where it is; one that the
// machine refuses is an error, and nothing may be written.
func (a Attempt) Next(answer Answer) (State, error) {
	trigger := triggerOf(answer)
	if a.State == ActionRequired && (trigger == SaidActionRequired || trigger == NoAnswer || trigger == SaidRefused) {
		return ActionRequired, nil
	}
	if (a.State == Submitting && trigger == NotExecuted) || (a.State == Closing && trigger == SaidActionRequired) {
		return a.State, nil
	}
	if a.State == PendingReview && (trigger == SaidPending || trigger == NoAnswer) || a.State == ManualReview && trigger == NoAnswer {
		return a.State, nil
	}
	if a.State == Authorized && trigger == SaidAuthorized {
		return a.found(answer.Picture)
	}
	state, err := Machine.Next(a.State, trigger)
	if err != nil {
		return a.State, err
	}
	if state == Authorized && answer.Picture.Standing == StandsCaptured {
		return Machine.Next(Authorized, FoundCaptured)
	}
	return state, nil
}

// found returns the state of an authorized attempt that was read again.
func (a Attempt) found(p Picture) (State, error) {
	switch {
	case p.Standing == StandsCaptured:
		return Machine.Next(a.State, FoundCaptured)
	case p.Standing == StandsVoided && p.Lapsed:
		return Machine.Next(a.State, FoundExpired)
	case p.Standing == StandsVoided:
		return Machine.Next(a.State, FoundVoided)
	}
	return a.State, nil
}

// Moved reports that the provider shows an authorized attempt otherwise than
// we left it, and the state that follows.
func (a Attempt) Moved(p Picture) (State, bool, error) {
	state, err := a.found(p)
	return state, state != a.State, err
}

// MoneyOp is the kind of the op whose answer decides the attempt: finalize
// once it was sent, authorize before.
func (a Attempt) MoneyOp() Kind {
	if f := a.Op(OpFinalize); f.State != "" && f.State != OpCreated && f.State != OpOff {
		return OpFinalize
	}
	return OpAuthorize
}

// Answered returns the change that records an answer to the attempt's op of
// the given kind: op, state and picture in one conditional write. It applies
// only while the op is unanswered, so a late writer changes nothing.
func (a Attempt) Answered(kind Kind, answer Answer, now time.Time) (Change, error) {
	state, err := a.Next(answer)
	if err != nil {
		return Change{}, err
	}
	id, op := a.OpID(kind), a.Op(kind)
	op.State, op.Code, op.AnsweredAt = opStateOf(answer), answer.Code, now
	if op.State == OpYes && state == ActionRequired && kind == OpFinalize {
		op.State = OpUnanswered
	}
	c := Change{
		AttemptID: a.ID,
		Expect:    map[string][]OpState{id: {OpInFlight, OpUnanswered}},
		Ops:       map[string]Op{id: op},
		State:     state,
	}
	if answer.Picture.Ref != "" {
		p := answer.Picture
		if answer.Code != "" && p.DeclineCode == "" && answer.Outcome == No {
			p.DeclineCode = answer.Code
		}
		c.Picture = &p
	}
	if state == ActionRequired && kind == OpAuthorize {
		c.Ops[a.OpID(OpFinalize)] = a.fresh(OpFinalize, now)
	}
	return c, nil
}

func (a Attempt) fresh(kind Kind, now time.Time) Op {
	if op := a.Op(kind); op.State != "" {
		return op
	}
	return Op{Kind: kind, Amount: a.Amount, State: OpCreated, CreatedAt: now}
}

// claimable are the states from which an op may go out. A worker that read the
// row before the attempt was closed must not open it again.
var claimable = map[Kind][]State{
	OpOpen:      {Created, Submitting, Unknown, ManualReview},
	OpAuthorize: {Created, Submitting, Unknown, ManualReview},
	OpFinalize:  {ActionRequired},
}

// Claimed returns the change by which one worker takes the right to send the
// attempt's op of the given kind: created becomes sent, once.
func (a Attempt) Claimed(kind Kind, claim string, now time.Time) Change {
	id, op := a.OpID(kind), a.Op(kind)
	op.State, op.Claim, op.SentAt = OpInFlight, claim, now
	return Change{
		AttemptID: a.ID,
		From:      claimable[kind],
		Expect:    map[string][]OpState{id: {OpCreated}},
		Ops:       map[string]Op{id: op},
		State:     Submitting,
	}
}

// Barred returns the change by which an op that was never sent never will be,
// and the attempt is closed at once.
func (a Attempt) Barred(kind Kind, now time.Time) Change {
	id, op := a.OpID(kind), a.Op(kind)
	op.State, op.AnsweredAt = OpOff, now
	return Change{
		AttemptID: a.ID,
		Expect:    map[string][]OpState{id: {OpCreated}},
		Ops:       map[string]Op{id: op},
		State:     Closed,
	}
}

// New returns an attempt that is written before anything is sent, with the ops
// that it will need.
func New(orderID, command string, now time.Time) Attempt {
	a := Attempt{
		ID: AttemptID(orderID, command), OrderID: orderID, Command: command,
		Purpose: PurposeOrder, State: Created, CreatedAt: now,
	}
	return a
}

// WriteAhead fills the attempt's first ops, once its amount is known.
func (a Attempt) WriteAhead() Attempt {
	a.Ops = map[string]Op{
		a.OpID(OpOpen):      {Kind: OpOpen, Amount: a.Amount, State: OpCreated, CreatedAt: a.CreatedAt},
		a.OpID(OpAuthorize): {Kind: OpAuthorize, Amount: a.Amount, State: OpCreated, CreatedAt: a.CreatedAt},
	}
	return a
}

// Mended returns the change that begins a refused attempt anew: fresh ops,
// named after the command that repaired the cause.
func (a Attempt) Mended(command string, now time.Time) Change {
	c := Change{AttemptID: a.ID, From: []State{Refused}, State: Created, Command: command, Ops: map[string]Op{}}
	kinds := []Kind{OpAuthorize}
	if a.Ref == "" {
		kinds = append(kinds, OpOpen)
	}
	for _, kind := range kinds {
		c.Ops[OpID(a.OrderID, kind, command)] = Op{Kind: kind, Amount: a.Amount, State: OpCreated, CreatedAt: now}
	}
	return c
}

// knownStates are the states in which a claim is no news.
var knownStates = map[Standing][]State{
	StandsHeld: {
		Authorized, Capturing, CaptureUnknown, Voiding, VoidUnknown, Voided, Captured, Expired, Refunding, RefundUnknown, PartiallyRefunded, Refunded,
		Disputed, ChargedBack,
	},
	StandsDeclined: {Declined, Closed},
	StandsAction:   {ActionRequired, Authorized, Declined, Closed, Voided, Capturing, Captured},
	StandsVoided:   {Closed, Declined, Voided, Expired},
	StandsPending:  {PendingReview, Authorized, Declined},
	// While our own capture is on its way its event brings nothing: the call's
	// answer, or the look-up after it, says the same.
	StandsCaptured: {Captured, Capturing, CaptureUnknown, Refunding, RefundUnknown, PartiallyRefunded, Refunded, Disputed, ChargedBack},
	// Only a refund of ours that is on its way is no news.
	StandsRefunding: {Refunding, RefundUnknown},
}

// Knows reports whether the attempt stands where the event says already, so
// that waking the order would bring nothing. Waking it once too often is
// harmless; dropping news is not, so what is not understood is news.
func (a Attempt) Knows(e Event) bool {
	return a.Ref == e.Ref && slices.Contains(knownStates[e.Claims], a.State)
}
