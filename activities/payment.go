package activities

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
)

// Payments runs the steps of a payment attempt. Each op's row is written
// before its call; who does not win the op's claim, or finds it sent, looks
// the payment up before anything else.
type Payments struct {
	Orders   order.Store
	Attempts payment.Store
	Gateways payment.Gateways
	Clock    clock.Clock
	Log      *slog.Logger
}

// PaymentInput names an attempt, and the command that asks where the step has
// an op of its own. KeyWindow is how long the provider keeps our keys.
type PaymentInput struct {
	OrderID string `json:"order_id,omitempty"`
	// Over is the run that wrote the order's document before the asking one.
	Over      string        `json:"over,omitempty"`
	AttemptID string        `json:"attempt_id"`
	Command   string        `json:"command,omitempty"`
	KeyWindow time.Duration `json:"key_window,omitempty"`
	// NotFoundAfter is from when on "no such payment" may be believed.
	NotFoundAfter time.Duration `json:"not_found_after,omitempty"`
	// LookOnly forbids to send what was never sent: a cancel waits.
	LookOnly bool `json:"look_only,omitempty"`
	// Amount is what a capture or a refund is for.
	Amount money.Amount `json:"amount,omitzero"`
	// Mend tries again what was definitely refused, after a repair.
	Mend bool `json:"mend,omitempty"`
	// Ending says that a hold is given up because it is about to run out.
	Ending bool `json:"ending,omitempty"`
}

// PaymentResult is where the attempt stands after a step.
type PaymentResult struct {
	State payment.State `json:"state"`
	// CameBack says that the shopper confirmed and the hold waits for our
	// finalize.
	CameBack bool `json:"came_back,omitempty"`
	// NotFound says that the provider never heard of the payment: it uses up
	// no try.
	NotFound bool `json:"not_found,omitempty"`
	// Leftover says that something without money still stands at the provider.
	Leftover bool   `json:"leftover,omitempty"`
	Code     string `json:"code,omitempty"`
	Held     int64  `json:"held,omitempty"`
	Captured int64  `json:"captured,omitempty"`
	Refunded int64  `json:"refunded,omitempty"`
	// Done says that the command's own refund got through; CameBackOps are refunds
	// that had and then did not.
	Done          bool      `json:"done,omitempty"`
	CameBackOps   []string  `json:"came_back_ops,omitempty"`
	CaptureBefore time.Time `json:"capture_before,omitzero"`
	// Dispute is how the newest dispute stands, if there ever was one.
	Dispute payment.DisputeStanding `json:"dispute,omitempty"`
	// Ahead is as in SaveResult: nothing was done.
	Ahead *order.Projection `json:"ahead,omitempty"`
}

// maxSteps bounds how often one activity goes round when others write the same
// row; each round begins with what the row says now.
const maxSteps = 8

// AuthorizePayment opens the payment at the provider and asks for the hold. It
// goes on from wherever an earlier try stopped.
func (p *Payments) AuthorizePayment(ctx context.Context, in PaymentInput) (PaymentResult, error) {
	return p.run(ctx, in, p.advance)
}

// ReadPayment reads the payment at the provider and records what it says. What
// shows as never executed goes out again under the same key.
func (p *Payments) ReadPayment(ctx context.Context, in PaymentInput) (PaymentResult, error) {
	return p.run(ctx, in, p.read)
}

// FinalizePayment asks for the hold after the shopper confirmed at the bank.
func (p *Payments) FinalizePayment(ctx context.Context, in PaymentInput) (PaymentResult, error) {
	return p.run(ctx, in, p.finalize)
}

// ClosePayment ends an attempt so that no money can come of it any more, or
// finds that the money was there first.
func (p *Payments) ClosePayment(ctx context.Context, in PaymentInput) (PaymentResult, error) {
	return p.runOwned(ctx, in, p.close)
}

// CancelLeftover cancels what a closed or declined attempt left standing at
// the provider. It fails until that is done.
func (p *Payments) CancelLeftover(ctx context.Context, in PaymentInput) (PaymentResult, error) {
	return p.runOwned(ctx, in, p.cancelLeftover)
}

// VoidPayment gives a hold back. It fails until that is certain, one way or
// the other.
func (p *Payments) VoidPayment(ctx context.Context, in PaymentInput) (PaymentResult, error) {
	return p.runOwned(ctx, in, p.void)
}

// step does one thing for the attempt. It returns the row as it stands, and
// whether there is nothing more to do.
type step func(ctx context.Context, t task) (payment.Attempt, bool, error)

// task is one attempt, its gateway and what was asked.
type task struct {
	in      PaymentInput
	row     payment.Attempt
	gateway payment.Gateway
	// result collects what a step learnt and the row does not hold.
	result *PaymentResult
}

// runOwned is run for steps that undo: a run that was reset must not undo what
// the order, as its document says, has gone on from.
func (p *Payments) runOwned(ctx context.Context, in PaymentInput, do step) (PaymentResult, error) {
	if in.OrderID == "" {
		return p.run(ctx, in, do)
	}
	o, err := p.Orders.Find(ctx, in.OrderID)
	if err != nil {
		return PaymentResult{}, forTemporal(err)
	}
	if ahead := aheadOf(ctx, o, in.Over); ahead != nil {
		return PaymentResult{Ahead: ahead}, nil
	}
	return p.run(ctx, in, do)
}

func (p *Payments) run(ctx context.Context, in PaymentInput, do step) (PaymentResult, error) {
	var result PaymentResult
	err := beating(ctx, func(ctx context.Context) error {
		row, err := p.Attempts.Find(ctx, in.AttemptID)
		if err != nil {
			return err
		}
		if err := sameAmount(row); err != nil {
			return err
		}
		for range maxSteps {
			gateway, ok := p.Gateways[row.Provider]
			if !ok {
				return fault.New(fault.Internal, "no gateway speaks to %q", row.Provider)
			}
			next, done, err := do(ctx, task{in: in, row: row, gateway: gateway, result: &result})
			if err != nil {
				return err
			}
			row = next
			if done {
				result.fill(row)
				return nil
			}
		}
		return fault.New(fault.Unavailable, "attempt %s is being written by others", in.AttemptID)
	})
	if err != nil {
		p.Log.WarnContext(ctx, "payment step failed", "attempt", in.AttemptID, "error", err)
	}
	return result, forTemporal(err)
}

func (r *PaymentResult) fill(row payment.Attempt) {
	r.State, r.Code, r.Held, r.Captured, r.CaptureBefore = row.State, row.DeclineCode, row.Held, row.Captured, row.CaptureBefore
	r.Refunded = row.Refunded
	if row.Dispute != nil {
		r.Dispute = row.Dispute.Standing
	}
	for _, op := range row.Ops {
		if settles := op.Kind == payment.OpCapture || op.Kind == payment.OpRefund; settles && op.Code != "" && op.Code != payment.CodeNotExecuted {
			r.Code = op.Code
		}
		if row.State == payment.Refused && op.State == payment.OpNo {
			r.Code = op.Code
		}
	}
	if row.State == payment.Unknown || row.State == payment.ManualReview {
		// Why nobody knows: what came of the last look.
		r.Code = row.Op(row.MoneyOp()).Code
	}
	r.Leftover = (row.State == payment.Closed || row.State == payment.Declined) && stands(row)
}

// sameAmount refuses a row of which an op was written for another amount: the
// provider would take one key for two sums.
func sameAmount(row payment.Attempt) error {
	for id, op := range row.Ops {
		if settles := op.Kind == payment.OpCapture || op.Kind == payment.OpRefund; !settles && op.Amount != row.Amount {
			return fault.New(fault.Internal, "op %s is for %s, its attempt for %s", id, op.Amount, row.Amount)
		}
	}
	return nil
}

// stands reports whether something may stand at the provider that was not
// cancelled: what was opened, or may have been.
func stands(row payment.Attempt) bool {
	for _, op := range row.Ops {
		if op.Kind == payment.OpClose && op.State == payment.OpYes {
			return false
		}
	}
	open := row.Op(payment.OpOpen).State
	return row.Ref != "" || open == payment.OpInFlight || open == payment.OpUnanswered
}

// advance brings the attempt from created to an answer.
func (p *Payments) advance(ctx context.Context, t task) (payment.Attempt, bool, error) {
	switch {
	case !t.row.State.Asking(), t.row.Op(payment.OpAuthorize).State == payment.OpOff:
		return t.row, true, nil
	case t.row.Ref == "":
		return p.open(ctx, t)
	case t.row.Op(payment.OpAuthorize).State == payment.OpCreated:
		return p.claimAndAuthorize(ctx, t)
	}
	return p.read(ctx, t)
}

// open makes the payment object at the provider and stores its id; in the
// same write the hold is claimed, for the usual case goes straight on.
func (p *Payments) open(ctx context.Context, t task) (payment.Attempt, bool, error) {
	op := t.row.Op(payment.OpOpen)
	if op.State == payment.OpCreated {
		row, won, err := p.Attempts.Apply(ctx, t.row.Claimed(payment.OpOpen, token(ctx), p.Clock()))
		if err != nil || !won {
			return row, false, err
		}
		t.row = row
	} else if p.Clock().Sub(op.SentAt) > t.in.KeyWindow {
		return p.searchLost(ctx, t)
	}
	crashpoint.Here("open.before")
	answer := t.gateway.Open(ctx, payment.OpenRequest{
		OpID: t.row.OpID(payment.OpOpen), OrderID: t.row.OrderID, AttemptID: t.row.ID, Amount: t.row.Amount,
	})
	crashpoint.Here("open.answered")
	switch {
	case answer.Outcome == payment.Yes:
		return p.opened(ctx, t, answer)
	case answer.Outcome == payment.Unsure && answer.Replayed:
		return p.searchLost(ctx, t)
	}
	return p.record(ctx, t, payment.OpOpen, answer)
}

// opened stores the reference and claims the hold, and asks for it if it won.
func (p *Payments) opened(ctx context.Context, t task, answer payment.Answer) (payment.Attempt, bool, error) {
	if answer.Picture.Amount != t.row.Amount {
		return t.row, false, fault.New(fault.Internal, "payment %s was opened for %s instead of %s", answer.Picture.Ref, answer.Picture.Amount, t.row.Amount)
	}
	now := p.Clock()
	change := t.row.Claimed(payment.OpAuthorize, token(ctx), now)
	open := t.row.Op(payment.OpOpen)
	open.State, open.AnsweredAt = payment.OpYes, now
	change.Ops[t.row.OpID(payment.OpOpen)] = open
	change.Picture = &answer.Picture
	row, won, err := p.Attempts.Apply(ctx, change)
	if err != nil {
		return row, false, err
	}
	if won {
		t.row = row
		return p.authorize(ctx, t)
	}
	if row.Ref != "" {
		return row, false, nil
	}
	// The hold was barred meanwhile: keep the id, so that it can be cancelled.
	row, _, err = p.Attempts.Apply(ctx, payment.Change{
		AttemptID: t.row.ID, Ops: map[string]payment.Op{t.row.OpID(payment.OpOpen): open}, Picture: &answer.Picture,
	})
	return row, true, err
}

func (p *Payments) claimAndAuthorize(ctx context.Context, t task) (payment.Attempt, bool, error) {
	row, won, err := p.Attempts.Apply(ctx, t.row.Claimed(payment.OpAuthorize, token(ctx), p.Clock()))
	if err != nil || !won {
		return row, false, err
	}
	t.row = row
	return p.authorize(ctx, t)
}

// authorize sends the request for the hold; its op is claimed.
func (p *Payments) authorize(ctx context.Context, t task) (payment.Attempt, bool, error) {
	crashpoint.Here("authorize.before")
	answer := t.gateway.Authorize(ctx, payment.AuthorizeRequest{
		OpID: t.row.OpID(payment.OpAuthorize), Ref: t.row.Ref, Method: t.row.Method, ReturnURL: t.row.ReturnURL,
	})
	crashpoint.Here("authorize.answered")
	row, done, err := p.record(ctx, t, payment.OpAuthorize, answer)
	crashpoint.Here("authorize.recorded")
	return row, done, err
}

// read looks the payment up and records what it shows.
func (p *Payments) read(ctx context.Context, t task) (payment.Attempt, bool, error) {
	if t.row.State.Settled() {
		return p.rereadSettled(ctx, t)
	}
	if !t.row.State.Asking() {
		return t.row, true, nil
	}
	never := t.row.Op(payment.OpAuthorize).State == payment.OpCreated
	if never && t.in.LookOnly {
		row, barred, err := p.Attempts.Apply(ctx, t.row.Barred(payment.OpAuthorize, p.Clock()))
		return row, barred, err
	}
	if t.row.Ref == "" || never {
		return p.advance(ctx, t)
	}
	answer := t.gateway.Lookup(ctx, t.row.Ref)
	if answer.Outcome != payment.Yes {
		return p.unread(ctx, t, answer)
	}
	t.result.CameBack = answer.Picture.Standing == payment.StandsBack
	kind := t.row.MoneyOp()
	switch {
	case t.row.State == payment.Authorized:
		return p.reread(ctx, t, answer.Picture)
	case kind == payment.OpFinalize && answer.Picture.Standing == payment.StandsBack:
		return p.resend(ctx, t, payment.OpFinalize)
	case answer.Picture.Standing == payment.StandsOpen:
		return p.resend(ctx, t, payment.OpAuthorize)
	case t.row.State == payment.ActionRequired && kind == payment.OpAuthorize && stillAtBank(answer.Picture.Standing):
		return t.row, true, nil
	}
	return p.recordRead(ctx, t, kind, answer)
}

func stillAtBank(s payment.Standing) bool {
	return s == payment.StandsAction || s == payment.StandsBack
}

// unread records that a look-up gave no picture: only an attempt whose outcome
// is open becomes unknown by it.
func (p *Payments) unread(ctx context.Context, t task, answer payment.Answer) (payment.Attempt, bool, error) {
	if t.row.State == payment.Authorized || t.row.State == payment.ActionRequired {
		return t.row, true, nil
	}
	if answer.Outcome == payment.RefusedByProvider || answer.Outcome == payment.Missing {
		// The look-up was refused, not the payment: the payment stays unknown.
		answer = payment.Answer{Outcome: payment.Unsure, Code: answer.Code}
	}
	return p.record(ctx, t, t.row.MoneyOp(), answer)
}

// recordRead records a look-up onto an op that was answered already, such as
// the confirm of a payment that stood at the bank.
func (p *Payments) recordRead(ctx context.Context, t task, kind payment.Kind, answer payment.Answer) (payment.Attempt, bool, error) {
	change, err := t.row.Answered(kind, answer, p.Clock())
	if err != nil {
		return t.row, false, err
	}
	id := t.row.OpID(kind)
	change.Expect[id] = append(change.Expect[id], t.row.Op(kind).State)
	row, applied, err := p.Attempts.Apply(ctx, change)
	return row, applied, err
}

// resend sends an op that shows as never executed again, under the same key,
// while the provider keeps keys.
func (p *Payments) resend(ctx context.Context, t task, kind payment.Kind) (payment.Attempt, bool, error) {
	op := t.row.Op(kind)
	if p.Clock().Sub(op.SentAt) > t.in.KeyWindow {
		// The look-up is definite and the key is gone: nothing was executed and
		// nothing may be sent any more.
		t.result.NotFound = true
		return p.record(ctx, t, kind, payment.Answer{Outcome: payment.No, Code: payment.CodeNotExecuted})
	}
	answer := p.again(ctx, t, kind)
	if answer.Outcome != payment.Unsure || !answer.Replayed {
		return p.record(ctx, t, kind, answer)
	}
	// The first request is over, its kept answer says nothing, and no other will
	// come under this key: what a look-up shows now is what came of it.
	seen := t.gateway.Lookup(ctx, t.row.Ref)
	if seen.Outcome == payment.Yes && (seen.Picture.Standing == payment.StandsOpen || seen.Picture.Standing == payment.StandsBack) {
		t.result.NotFound = true
		return p.record(ctx, t, kind, payment.Answer{Outcome: payment.No, Code: payment.CodeNotExecuted, Picture: seen.Picture})
	}
	return p.record(ctx, t, kind, seen)
}

func (p *Payments) again(ctx context.Context, t task, kind payment.Kind) payment.Answer {
	if kind == payment.OpFinalize {
		return t.gateway.Finalize(ctx, payment.FinalizeRequest{OpID: t.row.OpID(kind), Ref: t.row.Ref})
	}
	return t.gateway.Authorize(ctx, payment.AuthorizeRequest{
		OpID: t.row.OpID(kind), Ref: t.row.Ref, Method: t.row.Method, ReturnURL: t.row.ReturnURL,
	})
}

// reread compares a held payment with what the provider shows.
func (p *Payments) reread(ctx context.Context, t task, picture payment.Picture) (payment.Attempt, bool, error) {
	state, moved, err := t.row.Moved(picture)
	if err != nil || !moved {
		return t.row, true, err
	}
	now := p.Clock()
	id := payment.OpID(t.row.OrderID, payment.OpFound, t.row.Command)
	row, _, err := p.Attempts.Apply(ctx, payment.Change{
		AttemptID: t.row.ID, Expect: map[string][]payment.OpState{id: nil},
		Ops: map[string]payment.Op{id: {
			Kind: payment.OpFound, Amount: t.row.Amount, State: payment.OpYes, Code: string(picture.Standing), CreatedAt: now, AnsweredAt: now,
		}},
		State: state, Picture: &picture,
	})
	return row, true, err
}

// searchLost looks for a payment whose id never reached us and whose key the
// provider no longer keeps.
func (p *Payments) searchLost(ctx context.Context, t task) (payment.Attempt, bool, error) {
	answer := p.search(ctx, t)
	switch answer.Outcome {
	case payment.Yes:
		return p.opened(ctx, t, answer)
	case payment.Missing:
		t.result.NotFound = true
		return p.record(ctx, t, payment.OpOpen, payment.Answer{Outcome: payment.No, Code: "not_found"})
	}
	return p.record(ctx, t, payment.OpOpen, payment.Answer{Outcome: payment.Unsure, Code: answer.Code})
}

// search looks for the payment that our open may have made. That there is none
// is believed only after every delay has passed.
func (p *Payments) search(ctx context.Context, t task) payment.Answer {
	op := t.row.Op(payment.OpOpen)
	answer := t.gateway.Search(ctx, t.row.OpID(payment.OpOpen), op.SentAt.Add(-time.Minute))
	if answer.Outcome == payment.Missing && p.Clock().Sub(op.SentAt) <= t.in.NotFoundAfter {
		answer.Outcome = payment.Unsure
	}
	return answer
}

// finalize claims and sends the second confirm, or reads when it was sent.
func (p *Payments) finalize(ctx context.Context, t task) (payment.Attempt, bool, error) {
	switch t.row.Op(payment.OpFinalize).State {
	case payment.OpOff, "":
		return t.row, true, nil
	case payment.OpCreated:
	default:
		return p.read(ctx, t)
	}
	row, won, err := p.Attempts.Apply(ctx, t.row.Claimed(payment.OpFinalize, token(ctx), p.Clock()))
	if err != nil || !won {
		return row, false, err
	}
	t.row = row
	crashpoint.Here("finalize.before")
	answer := t.gateway.Finalize(ctx, payment.FinalizeRequest{OpID: row.OpID(payment.OpFinalize), Ref: row.Ref})
	crashpoint.Here("finalize.answered")
	return p.record(ctx, t, payment.OpFinalize, answer)
}

// record writes an answer; when somebody else was first, their word stands.
func (p *Payments) record(ctx context.Context, t task, kind payment.Kind, answer payment.Answer) (payment.Attempt, bool, error) {
	change, err := t.row.Answered(kind, answer, p.Clock())
	if err != nil {
		return t.row, false, err
	}
	// An answer that came must be recorded even when the step's time is over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	row, applied, err := p.Attempts.Apply(ctx, change)
	return row, applied || row.State.Ended() || row.State == payment.Authorized, err
}

const recordTimeout = 5 * time.Second

// token tells the tries of an activity apart, so that a row shows who sent.
func token(ctx context.Context) string {
	info := activity.GetInfo(ctx)
	return info.WorkflowExecution.RunID + "/" + info.ActivityID + "/" + strconv.Itoa(int(info.Attempt))
}
