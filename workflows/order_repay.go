package workflows

import (
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
)

// attemptName is an attempt's id without its order's.
func (o *orderRun) attemptName(id string) string {
	return strings.TrimPrefix(id, payment.AttemptID(o.in.OrderID, ""))
}

// takeAttempt takes another payment for a hold that was lost. Where nothing is to
// be paid it is refused and its row barred.
func (o *orderRun) takeAttempt(ctx workflow.Context) {
	if o.hold().State != order.HoldLost {
		o.refuseAttempts(ctx)
		return
	}
	c, ok := o.take(commandAttempt)
	if !ok {
		return
	}
	if o.asking() && !o.closeAsked(ctx) {
		o.state.Commands[c.ID] = order.CommandResult{Code: string(fault.AttemptOpen), Message: "the last payment has no certain answer yet"}
		o.state.Attempts[c.AttemptID] = order.AttemptSummary{Provider: c.Provider, State: string(payment.Created), Amount: o.due()}
		o.barUnused(ctx)
		return
	}
	o.state.AttemptID = c.AttemptID
	o.state.Attempts[c.AttemptID] = order.AttemptSummary{Provider: c.Provider, State: string(payment.Created), Amount: o.due()}
	o.lookAt = workflow.Now(ctx)
	o.note(ctx, order.EntryAttempt, c.AttemptID, c.Provider)
	o.save(ctx)
	o.drivePayment(ctx)
}

// due is what is to be paid for the parcels that go on.
func (o *orderRun) due() money.Amount { return money.Of(o.openAmount(), o.in.Total.Currency) }

// asking reports whether a payment for a lost hold is on its way.
func (o *orderRun) asking() bool {
	if o.state.Hold == nil || o.state.Hold.State != order.HoldLost || o.state.AttemptID == o.state.Hold.AttemptID {
		return false
	}
	switch payment.State(o.attempt().State) {
	case payment.Created, payment.Submitting, payment.ActionRequired, payment.Unknown, payment.PendingReview, payment.ManualReview, payment.Closing, payment.Refused:
		return true
	}
	return false
}

// closeAsked ends the payment that is on its way, so that another can begin. It
// reports false where the money may still come of it.
func (o *orderRun) closeAsked(ctx workflow.Context) bool {
	result, err := o.tryPayment(ctx, "ClosePayment", "end the payment attempt: another card", payments.ClosePayment,
		o.paymentInput(o.state.AttemptID, "replaced"))
	if err != nil {
		return false
	}
	o.paidAgain(ctx, result.State, result.Code, result.CaptureBefore)
	if result.Leftover {
		o.cleanUp(ctx, o.state.AttemptID)
	}
	return !o.asking() && o.hold().State == order.HoldLost
}

// drivePayment takes a payment for a lost hold further: asks for the hold, or
// looks what became of it.
func (o *orderRun) drivePayment(ctx workflow.Context) {
	if !o.asking() || workflow.Now(ctx).Before(o.paymentDue()) {
		return
	}
	o.lookAt = workflow.Now(ctx)
	name, summary, step := "ReadPayment", "what became of the payment?", any(payments.ReadPayment)
	command := ""
	if o.attempt().State == string(payment.Refused) {
		if o.repair == "" || o.repair == o.mended {
			return
		}
		o.mended, command = o.repair, o.repair
		name, summary, step = "MendPayment", "ask again under a new op, after a repair", payments.MendPayment
	}
	if o.paying() {
		name, summary, step = "AuthorizePayment", "ask "+o.attempt().Provider+" to hold "+o.due().String()+" again", payments.AuthorizePayment
	}
	result, err := o.tryPayment(ctx, name, summary, step, o.paymentInput(o.state.AttemptID, command))
	if err == nil && result.CameBack && result.State == payment.ActionRequired {
		result, err = o.tryPayment(ctx, "FinalizePayment", "the shopper confirmed: ask for the hold", payments.FinalizePayment,
			o.paymentInput(o.state.AttemptID, ""))
	}
	if err != nil {
		workflow.GetLogger(ctx).Warn("payment step without an answer", "error", err)
		if o.attempt().State == string(payment.ActionRequired) {
			return
		}
		result.State = payment.Unknown
	}
	o.paidAgain(ctx, result.State, result.Code, result.CaptureBefore)
	if result.Leftover {
		o.cleanUp(ctx, o.state.AttemptID)
	}
}

// paidAgain takes what became of a payment for a lost hold.
func (o *orderRun) paidAgain(ctx workflow.Context, state payment.State, code string, before time.Time) {
	summary := o.attempt()
	was := summary.State
	summary.State, summary.Decline = string(state), code
	o.state.Attempts[o.state.AttemptID] = summary
	name := o.attemptName(o.state.AttemptID)
	switch state {
	case payment.Captured:
		// Taken at the provider, and not by us: it pays for the parcels all the same.
		o.holdStarts(ctx, before)
		o.captured(ctx, state, o.due().Minor, "")
		o.clear(ctx, order.ReasonHoldLost)
		o.attend(ctx, order.ReasonMoneyMoved)
	case payment.Authorized:
		o.holdStarts(ctx, before)
		o.clear(ctx, order.ReasonHoldLost)
		o.clear(ctx, order.ReasonPaymentUnknown)
		o.clear(ctx, order.ReasonPaymentRefused)
		o.note(ctx, order.EntryPaidAgain, name, summary.Provider)
	case payment.Declined, payment.Closed:
		o.note(ctx, order.EntryDeclined, name, code)
	case payment.ActionRequired:
		if was != string(state) {
			o.note(ctx, order.EntryActionRequired, name, "")
		}
	case payment.Refused:
		if was != string(state) {
			o.note(ctx, order.EntryRefused, name, code)
		}
		o.attend(ctx, order.ReasonPaymentRefused)
	default:
		if was != string(state) {
			o.note(ctx, order.EntryUnknown, name, "")
		}
		if workflow.Now(ctx).Sub(o.hold().Since) >= o.policy.AttentionAfter {
			o.attend(ctx, order.ReasonPaymentUnknown)
		}
	}
}

// paymentDue is when the payment for a lost hold is looked at next.
func (o *orderRun) paymentDue() time.Time {
	if !o.asking() {
		return time.Time{}
	}
	switch payment.State(o.attempt().State) {
	case payment.Created, payment.Submitting:
		return o.lookAt
	case payment.ActionRequired:
		return o.lookAt.Add(o.policy.PollEvery)
	case payment.Refused:
		return time.Time{}
	}
	return o.lookAt.Add(o.policy.ResolveMax)
}

// mayPayAgain refuses a payment that a placed order has no use for.
func (o *orderRun) mayPayAgain() error {
	switch {
	case o.state.Hold == nil || o.state.Hold.State != order.HoldLost:
		return refuse(fault.Conflict, "an order that is "+string(o.state.Status)+" takes no further payment")
	case o.asking() && o.attempt().State != string(payment.ActionRequired) && o.attempt().State != string(payment.Refused):
		return refuse(fault.AttemptOpen, "the last payment has no certain answer yet: wait for it")
	}
	return nil
}
