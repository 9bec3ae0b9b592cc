package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
)

// pay asks for the hold, or waits for the shopper's next card until the lease
// is over.
func (o *orderRun) pay(ctx workflow.Context) {
	if o.closeIfCancelled(ctx) {
		return
	}
	if o.paying() {
		o.authorize(ctx)
		return
	}
	o.flush(ctx)
	left := o.leaseLeft(ctx)
	if left <= 0 {
		o.beginClosing(ctx, order.LeaseOver, order.Closing{Why: order.WhyLeaseOver, Command: "lease"})
		return
	}
	o.wait(ctx, left, "the lease: stock is held for the shopper until then")
	if c, ok := o.take(commandCancel); ok {
		o.wantCancel(ctx, c)
		o.beginClosing(ctx, order.CustomerAborted, order.Closing{Why: order.WhyCancelled, Command: c.ID})
		return
	}
	if c, ok := o.take(commandAttempt); ok {
		o.followWith(ctx, c)
		return
	}
	refused := payment.State(o.attempt().State) == payment.Refused
	o.takeCommon(ctx)
	if o.newFacts() && refused {
		o.mend(ctx)
	}
}

// closeIfCancelled begins to close for a cancel that an earlier state could only
// keep: this is the first one that can take it.
func (o *orderRun) closeIfCancelled(ctx workflow.Context) bool {
	want := o.state.CancelWanted
	if want == nil {
		return false
	}
	o.beginClosing(ctx, order.CustomerAborted, order.Closing{Why: order.WhyCancelled, Command: want.Command})
	return true
}

// followWith makes c's attempt the next one. An attempt that the provider
// refused may still stand there and is closed first.
func (o *orderRun) followWith(ctx workflow.Context, c command) {
	if payment.State(o.attempt().State) != payment.Refused {
		o.startAttempt(ctx, c.AttemptID, c.Provider)
		return
	}
	o.beginClosing(ctx, order.AnotherCardAsked, order.Closing{
		Why: order.WhyAnotherCard, Command: c.ID, NextAttempt: c.AttemptID, Provider: c.Provider,
	})
}

func (o *orderRun) leaseLeft(ctx workflow.Context) time.Duration {
	return o.state.LeaseUntil.Sub(workflow.Now(ctx))
}

// startAttempt makes another attempt the current one. Its row is there.
func (o *orderRun) startAttempt(ctx workflow.Context, attemptID, provider string) {
	o.state.AttemptID = attemptID
	o.state.Attempts[attemptID] = order.AttemptSummary{Provider: provider, State: string(payment.Created), Amount: o.in.Total}
	o.state.Closing = nil
	o.clear(ctx, order.ReasonPaymentRefused)
	o.note(ctx, order.EntryAttempt, attemptID, provider)
	o.save(ctx)
}

func (o *orderRun) authorize(ctx workflow.Context) {
	o.registerUndos()
	result, err := o.tryPayment(ctx, "AuthorizePayment", "ask "+o.attempt().Provider+" to hold "+o.in.Total.String(),
		payments.AuthorizePayment, o.paymentInput(o.state.AttemptID, ""))
	o.apply(ctx, result, err)
}

// mend sends a refused request again under a new op, after an operator put
// right what the provider had refused.
func (o *orderRun) mend(ctx workflow.Context) {
	result, err := o.tryPayment(ctx, "MendPayment", "ask again under a new op, after a repair",
		payments.MendPayment, o.paymentInput(o.state.AttemptID, o.repair))
	o.apply(ctx, result, err)
}

// tryPayment runs a step of a payment attempt. Where the document is further than
// this run, it does not return.
func (o *orderRun) tryPayment(
	ctx workflow.Context, name, summary string, step any, in activities.PaymentInput,
) (activities.PaymentResult, error) {
	var result activities.PaymentResult
	ctx = options(ctx, o.policy, name, summary)
	err := workflow.ExecuteActivity(ctx, step, in).Get(ctx, &result)
	if err == nil && result.Ahead != nil {
		o.adopt(ctx)
	}
	return result, err
}

// insistPayment is tryPayment, insisted upon.
func (o *orderRun) insistPayment(
	ctx workflow.Context, reason order.Reason, name, summary string, step any, in activities.PaymentInput,
) activities.PaymentResult {
	var result activities.PaymentResult
	o.insist(ctx, reason, func(ctx workflow.Context) (err error) {
		result, err = o.tryPayment(ctx, name, summary, step, in)
		return err
	})
	return result
}

func (o *orderRun) paymentInput(attempt, command string) activities.PaymentInput {
	o.pauses++
	return activities.PaymentInput{
		OrderID: o.in.OrderID, Over: o.over, AttemptID: attempt, Command: command, KeyWindow: o.policy.KeyWindow,
		NotFoundAfter: 4*o.policy.ProviderCall + o.policy.StoreCall + o.policy.ProviderDelay,
	}
}

// apply takes what became of the current attempt. An activity that gave no
// answer leaves the outcome unknown, never decided.
func (o *orderRun) apply(ctx workflow.Context, result activities.PaymentResult, err error) {
	if err != nil {
		workflow.GetLogger(ctx).Warn("payment step without an answer", "error", err)
		result = activities.PaymentResult{State: payment.Unknown}
	}
	before := o.attempt().State
	summary := o.attempt()
	summary.State, summary.Decline = string(result.State), result.Code
	o.state.Attempts[o.state.AttemptID] = summary
	if result.Leftover {
		o.cleanUp(ctx, o.state.AttemptID)
	}
	switch result.State {
	case payment.Authorized, payment.Captured:
		o.authorized(ctx, result)
	case payment.ActionRequired:
		if o.state.Status != order.AwaitingCustomer {
			o.known(ctx)
			o.to(order.ActionRequired)
			o.note(ctx, order.EntryActionRequired, o.state.AttemptID, "")
		}
	case payment.Declined, payment.Closed:
		o.declined(ctx, result)
	case payment.Refused:
		o.refused(ctx, result, before)
	case payment.PendingReview:
		o.reviewed(ctx, before)
	case payment.Voided, payment.Expired:
		o.gone(ctx, result)
	default:
		o.unknown(ctx)
	}
}

func (o *orderRun) authorized(ctx workflow.Context, result activities.PaymentResult) {
	o.known(ctx)
	o.to(order.PaymentAuthorized)
	o.note(ctx, order.EntryAuthorized, o.state.AttemptID, o.attempt().Provider)
	o.holdStarts(ctx, result.CaptureBefore)
	o.registerUndos()
	if result.State == payment.Captured {
		o.attend(ctx, order.ReasonMoneyMoved)
	}
}

func (o *orderRun) declined(ctx workflow.Context, result activities.PaymentResult) {
	o.known(ctx)
	if result.State == payment.Declined && !result.NotFound {
		o.state.Tries++
	}
	o.note(ctx, order.EntryDeclined, o.state.AttemptID, result.Code)
	if o.state.Tries >= o.policy.MaxTries {
		o.to(order.DeclinedForGood)
		o.note(ctx, order.EntryPaymentFailed, o.state.AttemptID, "")
		return
	}
	o.to(order.DeclinedTriesLeft)
}

// gone means that a hold was given back, or lapsed, before this run knew of it.
// If the run was reset, the document knows more; else nobody paid.
func (o *orderRun) gone(ctx workflow.Context, result activities.PaymentResult) {
	o.save(ctx)
	o.declined(ctx, result)
}

// refused means that our request was wrong, not the card: a person is asked,
// no try is used up, and the lease runs on.
func (o *orderRun) refused(ctx workflow.Context, result activities.PaymentResult, before string) {
	o.known(ctx)
	if o.state.Status != order.Reserved {
		o.to(order.DeclinedTriesLeft)
	}
	if before != string(payment.Refused) || !o.state.Attention.Has(order.ReasonPaymentRefused) {
		o.note(ctx, order.EntryRefused, o.state.AttemptID+"-"+itoa(o.pauses), result.Code)
		o.attend(ctx, order.ReasonPaymentRefused)
	}
}

// reviewed means that the provider is still thinking: the lease is extended
// once, to the Policy's patience.
func (o *orderRun) reviewed(ctx workflow.Context, before string) {
	o.to(order.ProviderReview)
	if before == string(payment.PendingReview) {
		return
	}
	o.state.LeaseUntil = workflow.Now(ctx).Add(o.policy.ProviderReview)
	o.note(ctx, order.EntryReview, o.state.AttemptID, "")
}

func (o *orderRun) unknown(ctx workflow.Context) {
	if o.state.Status == order.PaymentUnknown {
		return
	}
	if o.state.Status == order.ClosingPayment {
		o.to(order.CloseUnanswered)
	} else {
		o.to(order.OutcomeUnknown)
	}
	if o.state.UnknownSince.IsZero() {
		o.state.UnknownSince = workflow.Now(ctx).UTC()
		o.note(ctx, order.EntryUnknown, o.state.AttemptID, "")
	}
}

// known ends a time of not knowing.
func (o *orderRun) known(ctx workflow.Context) {
	o.state.UnknownSince = time.Time{}
	o.clear(ctx, order.ReasonPaymentUnknown)
	o.clear(ctx, order.ReasonManualReview)
	if payment.State(o.attempt().State) != payment.Refused {
		o.clear(ctx, order.ReasonPaymentRefused)
	}
}

// resolve looks an unknown payment up until the provider says what became of
// it. Stock stays held; nothing is guessed.
func (o *orderRun) resolve(ctx workflow.Context) {
	for n := 0; o.state.Status == order.PaymentUnknown; n++ {
		o.askForHelp(ctx)
		o.flush(ctx)
		o.wait(ctx, o.resolvePause(ctx), "pause before the next look-up")
		o.takeCommon(ctx)
		o.keepCancel(ctx)
		o.newFacts()
		if o.turnsOver(ctx) {
			return
		}
		if o.leaseLeft(ctx) <= 0 && o.closable() {
			o.beginClosing(ctx, order.LeaseOver, order.Closing{Why: order.WhyLeaseOver, Command: "lease"})
			return
		}
		o.read(ctx, "look-up "+itoa(n+1)+": what became of the payment?")
	}
}

// resolvePause grows with the time that has passed, so that a run which comes
// back to the loop does not begin in haste again.
func (o *orderRun) resolvePause(ctx workflow.Context) time.Duration {
	if o.state.UnknownSince.IsZero() {
		return o.policy.ResolveMax
	}
	passed := workflow.Now(ctx).Sub(o.state.UnknownSince)
	return min(max(passed/2, o.policy.ResolveFirst), o.policy.ResolveMax)
}

// closable reports whether the attempt may be closed now. One that a person
// was handed is theirs to decide.
func (o *orderRun) closable() bool {
	return o.attempt().State != string(payment.ManualReview)
}

// askForHelp sets attention when the outcome has been unknown for long.
func (o *orderRun) askForHelp(ctx workflow.Context) {
	since := workflow.Now(ctx).Sub(o.state.UnknownSince)
	if o.state.UnknownSince.IsZero() || since < o.policy.AttentionAfter {
		return
	}
	if since < o.policy.ResolveBudget {
		o.attend(ctx, order.ReasonPaymentUnknown)
		return
	}
	if o.attempt().State != string(payment.Unknown) {
		if o.attempt().State == string(payment.ManualReview) {
			o.attend(ctx, order.ReasonManualReview)
		}
		return
	}
	o.insistPayment(ctx, order.ReasonStoreUnavailable, "ReviewPayment", "hand the payment to a person; the look-ups go on",
		payments.ReviewPayment, o.paymentInput(o.state.AttemptID, ""))
	summary := o.attempt()
	summary.State = string(payment.ManualReview)
	o.state.Attempts[o.state.AttemptID] = summary
	o.clear(ctx, order.ReasonPaymentUnknown)
	o.attend(ctx, order.ReasonManualReview)
}

// keepCancel remembers a cancel that this state cannot take.
func (o *orderRun) keepCancel(ctx workflow.Context) {
	if c, ok := o.take(commandCancel); ok {
		o.wantCancel(ctx, c)
	}
}

func (o *orderRun) read(ctx workflow.Context, summary string) {
	in := o.paymentInput(o.state.AttemptID, "")
	in.LookOnly = o.state.CancelWanted != nil
	result, err := o.tryPayment(ctx, "ReadPayment", summary, payments.ReadPayment, in)
	if err == nil && result.CameBack && result.State == payment.ActionRequired {
		o.finalize(ctx)
		return
	}
	if err != nil && o.state.Status == order.AwaitingCustomer {
		return
	}
	o.apply(ctx, result, err)
}

// finalize moves the money after the shopper came back, if what was promised
// still stands: the lease is re-checked here, the quote is frozen.
func (o *orderRun) finalize(ctx workflow.Context) {
	if o.leaseLeft(ctx) <= 0 || len(o.queue) > 0 {
		// The loop's next look at lease and queue decides.
		return
	}
	result, err := o.tryPayment(ctx, "FinalizePayment", "the shopper confirmed: ask for the hold",
		payments.FinalizePayment, o.paymentInput(o.state.AttemptID, ""))
	o.apply(ctx, result, err)
}

// awaitCustomer waits for the shopper at the bank's page. Return, webhook and
// poll all lead to the same thing: read the payment again.
func (o *orderRun) awaitCustomer(ctx workflow.Context) {
	for n := 0; o.state.Status == order.AwaitingCustomer; n++ {
		if o.closeIfCancelled(ctx) {
			return
		}
		o.flush(ctx)
		left := o.leaseLeft(ctx)
		if left <= 0 {
			o.beginClosing(ctx, order.LeaseOver, order.Closing{Why: order.WhyLeaseOver, Command: "lease"})
			return
		}
		pause := min(left, o.policy.PollEvery<<min(n/6, 3))
		o.wait(ctx, pause, "the shopper is at the bank's page; look again after")
		if o.turnsOver(ctx) {
			return
		}
		if c, ok := o.take(commandCancel); ok {
			o.wantCancel(ctx, c)
			o.beginClosing(ctx, order.CustomerAborted, order.Closing{Why: order.WhyCancelled, Command: c.ID})
			return
		}
		if c, ok := o.take(commandAttempt); ok {
			o.beginClosing(ctx, order.AnotherCardAsked, order.Closing{
				Why: order.WhyAnotherCard, Command: c.ID, NextAttempt: c.AttemptID, Provider: c.Provider,
			})
			return
		}
		o.takeCommon(ctx)
		o.newFacts()
		if o.leaseLeft(ctx) > 0 {
			o.read(ctx, "is the shopper back?")
		}
	}
}

// beginClosing writes down why the attempt is to be closed.
func (o *orderRun) beginClosing(ctx workflow.Context, t order.Trigger, c order.Closing) {
	o.to(t)
	if o.state.Closing != nil && c.Why != order.WhyAnotherCard {
		// It began before, and was not answered.
		return
	}
	o.state.Closing = &c
	o.note(ctx, order.EntryClosing, c.Command, c.Why)
}

// closePayment ends the attempt at the provider before stock is given back, or
// finds that the money was there first.
func (o *orderRun) closePayment(ctx workflow.Context) {
	closing := *o.state.Closing
	if closing.Why == order.WhyCancelled || !o.state.UnknownSince.IsZero() {
		o.save(ctx)
	}
	result, err := o.tryPayment(ctx, "ClosePayment", "end the payment attempt: "+closing.Why,
		payments.ClosePayment, o.paymentInput(o.state.AttemptID, closing.Command))
	if err == nil && (result.State == payment.Closed || result.State == payment.Declined || result.State == payment.Voided || result.State == payment.Expired) {
		o.closed(ctx, closing, result)
		return
	}
	if err != nil || result.State == payment.Authorized || result.State == payment.Captured {
		o.apply(ctx, result, err)
		o.dropNext(ctx, closing)
		return
	}
	o.unknown(ctx)
}

// dropNext bars the attempt that was to follow, when the money of the one
// before it won the race.
func (o *orderRun) dropNext(ctx workflow.Context, closing order.Closing) {
	if closing.NextAttempt == "" || o.state.Status != order.Authorized {
		return
	}
	o.state.Attempts[closing.NextAttempt] = order.AttemptSummary{
		Provider: closing.Provider, State: string(payment.Created), Amount: o.in.Total,
	}
	o.barUnused(ctx)
}

func (o *orderRun) closed(ctx workflow.Context, closing order.Closing, result activities.PaymentResult) {
	summary := o.attempt()
	summary.State, summary.Decline = string(result.State), result.Code
	o.state.Attempts[o.state.AttemptID] = summary
	o.known(ctx)
	if result.Leftover {
		o.cleanUp(ctx, o.state.AttemptID)
	}
	o.note(ctx, order.EntryClosed, closing.Command, closing.Why)
	o.state.Closing = nil
	if closing.Why == order.WhyAnotherCard && o.leaseLeft(ctx) > 0 {
		o.to(order.AttemptClosed)
		o.startAttempt(ctx, closing.NextAttempt, closing.Provider)
		return
	}
	o.to(order.AttemptClosedForGood)
	o.state.Reason = closing.Why
	if closing.Why == order.WhyAnotherCard {
		o.state.Reason = order.WhyLeaseOver
	}
	o.note(ctx, order.EntryExpired, closing.Command, o.state.Reason)
}

// cleanUp cancels, beside the loop, what an attempt left standing at the
// provider. It holds no stock and no shopper waits for it.
func (o *orderRun) cleanUp(ctx workflow.Context, attemptID string) {
	summary := o.state.Attempts[attemptID]
	summary.Leftover = true
	o.state.Attempts[attemptID] = summary
	o.leftovers++
	workflow.Go(ctx, func(ctx workflow.Context) {
		o.insistPayment(ctx, order.ReasonCompensationStuck, "CancelLeftover", "cancel what the closed attempt left at the provider",
			payments.CancelLeftover, o.paymentInput(attemptID, ""))
		summary := o.state.Attempts[attemptID]
		summary.Leftover = false
		o.state.Attempts[attemptID] = summary
		o.leftovers--
	})
}

func (o *orderRun) resumeLeftovers(ctx workflow.Context) {
	for _, id := range sortedAttempts(o.state.Attempts) {
		if o.state.Attempts[id].Leftover {
			o.cleanUp(ctx, id)
		}
	}
}
