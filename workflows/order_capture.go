package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
)

// holdStarts takes an authorized attempt as the money for the parcels.
func (o *orderRun) holdStarts(ctx workflow.Context, before time.Time) {
	o.state.Hold = &order.Hold{
		AttemptID: o.state.AttemptID, CaptureBefore: before, State: order.HoldStands, Since: workflow.Now(ctx).UTC(),
	}
}

// hold returns how the money stands; orders whose attempt was authorized before
// parcels were served have it from here on.
func (o *orderRun) hold() *order.Hold {
	if o.state.Hold == nil {
		o.state.Hold = &order.Hold{AttemptID: o.state.AttemptID, State: order.HoldStands}
	}
	return o.state.Hold
}

// capturing reports whether a capture has no answer yet.
func (o *orderRun) capturing() bool {
	return o.state.Hold != nil && (o.state.Hold.State == order.HoldCapturing || o.state.Hold.State == order.HoldUnknown)
}

// wanting returns the parcels that are packed and wait for their share, or have
// left without it.
func (o *orderRun) wanting() []string {
	var ids []string
	for _, id := range o.parcels() {
		p := o.state.Shipments[id]
		unpaid := p.LeftUnpaid && o.hold().State == order.HoldStands
		if p.Wants && !p.Asked || unpaid {
			ids = append(ids, id)
		}
	}
	return ids
}

// driveCapture captures the money before the first parcel leaves and answers
// every parcel that waits for its share. A provider captures once: the whole
// open amount is captured then, and what is cancelled later is refunded.
func (o *orderRun) driveCapture(ctx workflow.Context) {
	h := o.hold()
	wanting := o.wanting()
	switch h.State {
	case order.HoldStands:
		if len(wanting) == 0 || o.stopping() {
			return
		}
		o.beginCapture(ctx, "for-"+o.parcelName(wanting[0]))
	case order.HoldCapturing:
		o.capture(ctx, false)
	case order.HoldUnknown:
		if o.mendCapture || !workflow.Now(ctx).Before(o.captureDue()) {
			o.capture(ctx, false)
		}
	case order.HoldFailed:
		if o.mendCapture && !o.stopping() {
			// What was given up meanwhile is not paid for.
			h.Amount = o.openAmount()
			o.save(ctx)
			o.capture(ctx, true)
		}
	case order.HoldCaptured, order.HoldLost:
	}
	o.mendCapture = false
	o.answerParcels(ctx)
}

// stopping reports whether a parcel was asked to stop and has not answered: what
// is to be captured depends on it.
func (o *orderRun) stopping() bool {
	for _, id := range o.parcels() {
		if p := o.state.Shipments[id]; p.Asked && !p.TooLate && !o.parcelState(id).Ended() {
			return true
		}
	}
	return false
}

// beginCapture fixes the op and its amount and writes them down before anything
// is sent.
func (o *orderRun) beginCapture(ctx workflow.Context, command string) {
	h := o.hold()
	h.CaptureOp, h.Amount, h.State, h.Since = command, o.openAmount(), order.HoldCapturing, workflow.Now(ctx).UTC()
	o.save(ctx)
	o.capture(ctx, false)
}

// openAmount is what the order's parcels cost that the shopper gets, in minor
// units.
func (o *orderRun) openAmount() int64 { return o.state.Due(o.in.Total).Minor }

// notGot reports whether a parcel has come to an end that is not the shopper's.
func notGot(s shipping.State) bool { return s.Ended() && s != shipping.Delivered }

// capture asks for the money, or what became of it.
func (o *orderRun) capture(ctx workflow.Context, mend bool) {
	h := o.hold()
	in := o.paymentInput(h.AttemptID, h.CaptureOp)
	in.Amount, in.Mend = money.Of(h.Amount, o.in.Total.Currency), mend
	in.LookOnly = o.state.Status == order.Cancelling
	result, err := o.tryPayment(ctx, "CapturePayment", "capture "+in.Amount.String()+" before the parcel leaves", payments.CapturePayment, in)
	if err != nil {
		workflow.GetLogger(ctx).Warn("a capture without an answer", "error", err)
		result.State = payment.CaptureUnknown
	}
	o.captured(ctx, result.State, result.Captured, result.Code)
}

// captured takes what became of a capture.
func (o *orderRun) captured(ctx workflow.Context, state payment.State, amount int64, code string) {
	h := o.hold()
	summary := o.state.Attempts[h.AttemptID]
	summary.State = string(state)
	o.state.Attempts[h.AttemptID] = summary
	o.lookAt = workflow.Now(ctx)
	switch {
	case state.Settled():
		h.State, h.Captured, h.Code = order.HoldCaptured, amount, ""
		o.clear(ctx, order.ReasonCaptureFailed)
		o.clear(ctx, order.ReasonCaptureUnknown)
		o.note(ctx, order.EntryCaptured, h.CaptureOp, "")
		captured := money.Of(amount, o.in.Total.Currency)
		o.entries[len(o.entries)-1].Amount = &captured
	case state == payment.CaptureFailed:
		if h.State != order.HoldFailed || h.Code != code {
			o.note(ctx, order.EntryCaptureFailed, h.CaptureOp+"-"+itoa(int(o.state.Rev)), code)
		}
		h.State, h.Code = order.HoldFailed, code
		o.clear(ctx, order.ReasonCaptureUnknown)
		o.attendTo(ctx, order.ReasonCaptureFailed, code)
	case state == payment.Expired, state == payment.Voided:
		o.holdLost(ctx, "lapsed")
	case state == payment.Authorized && o.state.Status == order.Cancelling:
		h.State = order.HoldStands
	default:
		if h.State != order.HoldUnknown {
			o.note(ctx, order.EntryCaptureUnknown, h.CaptureOp, "")
		}
		h.State = order.HoldUnknown
		if workflow.Now(ctx).Sub(h.Since) >= o.policy.AttentionAfter {
			o.attend(ctx, order.ReasonCaptureUnknown)
		}
	}
}

// captureDue is when a capture without an answer is looked at next.
func (o *orderRun) captureDue() time.Time {
	if o.state.Hold == nil || o.state.Hold.State != order.HoldUnknown {
		return time.Time{}
	}
	passed := o.lookAt.Sub(o.state.Hold.Since)
	return o.lookAt.Add(min(max(passed/2, o.policy.ResolveFirst), o.policy.ResolveMax))
}

// answerParcels tells parcels that wait what became of their share. A parcel that
// was told no is told again when the money is there.
func (o *orderRun) answerParcels(ctx workflow.Context) {
	h := o.hold()
	for _, id := range o.parcels() {
		p := o.state.Shipments[id]
		switch h.State {
		case order.HoldCaptured:
			if p.Wants || o.parcelState(id) == shipping.Blocked {
				o.answerParcel(ctx, id, shipping.FactCaptured)
			}
		case order.HoldFailed, order.HoldLost:
			if p.Wants {
				o.answerParcel(ctx, id, shipping.FactNotCaptured)
			}
		case order.HoldStands:
			if o.parcelState(id) == shipping.Blocked && !p.Wants && !p.Asked {
				// The money can be captured again: the parcel asks anew.
				o.answerParcel(ctx, id, shipping.FactCaptured)
			}
		}
	}
}

// answerParcel sends one answer; the parcel asks again should it not get there.
func (o *orderRun) answerParcel(ctx workflow.Context, id, kind string) {
	p := o.state.Shipments[id]
	p.Wants = false
	if o.parcelState(id) == shipping.Blocked {
		// Not blocked any more as far as the order is concerned: answered once.
		p.State = string(shipping.CapturePending)
	}
	o.state.Shipments[id] = p
	o.tellParcel(ctx, id, shipping.Fact{ID: o.hold().CaptureOp, Kind: kind})
}

// holdEnds is when a hold that nobody has captured is given up or captured early.
func (o *orderRun) holdEnds() time.Time {
	h := o.state.Hold
	if h == nil || h.State != order.HoldStands || h.CaptureBefore.IsZero() {
		return time.Time{}
	}
	return h.CaptureBefore.Add(-o.policy.HoldMargin)
}

// guardHold watches the end of the hold: captured early if a parcel is packed,
// else given up, so that the shopper's money is not held for nothing and no
// parcel leaves unpaid. The shopper is asked to pay again.
func (o *orderRun) guardHold(ctx workflow.Context) {
	ends := o.holdEnds()
	if ends.IsZero() || workflow.Now(ctx).Before(ends) || o.stopping() {
		o.remindOfPayment(ctx)
		return
	}
	if len(o.wanting()) > 0 {
		return
	}
	for _, id := range o.parcels() {
		if s := o.parcelState(id); s == shipping.Blocked || s == shipping.Ready {
			o.beginCapture(ctx, "guardian")
			return
		}
	}
	in := o.paymentInput(o.hold().AttemptID, "guardian")
	in.Ending = true
	result := o.insistPayment(ctx, order.ReasonCompensationStuck, "VoidPayment", "the hold is about to run out: give it up", payments.VoidPayment, in)
	if result.State.Settled() {
		o.captured(ctx, result.State, result.Captured, "")
		o.attend(ctx, order.ReasonMoneyMoved)
		return
	}
	o.note(ctx, order.EntryHoldGivenUp, "guardian", "")
	summary := o.state.Attempts[o.hold().AttemptID]
	summary.State = string(result.State)
	o.state.Attempts[o.hold().AttemptID] = summary
	o.holdLost(ctx, "given_up")
}

// holdLost blocks the hand-over and asks the shopper to pay again.
func (o *orderRun) holdLost(ctx workflow.Context, why string) {
	h := o.hold()
	if h.State == order.HoldLost {
		return
	}
	h.State, h.Since, h.CaptureOp, h.Code = order.HoldLost, workflow.Now(ctx).UTC(), "", why
	o.clear(ctx, order.ReasonCaptureFailed)
	o.clear(ctx, order.ReasonCaptureUnknown)
	attempt := o.attemptName(h.AttemptID)
	o.note(ctx, order.EntryHoldLost, attempt, why)
	o.mail(order.MailPaymentProblem, attempt)
}

// repayEnds is until when the shopper has to pay again before a person is asked.
func (o *orderRun) repayEnds() time.Time {
	h := o.state.Hold
	if h == nil || h.State != order.HoldLost || o.state.Attention.Has(order.ReasonHoldLost) {
		return time.Time{}
	}
	return h.Since.Add(o.policy.RepayWithin)
}

func (o *orderRun) remindOfPayment(ctx workflow.Context) {
	if ends := o.repayEnds(); !ends.IsZero() && !workflow.Now(ctx).Before(ends) {
		o.attend(ctx, order.ReasonHoldLost)
	}
}
