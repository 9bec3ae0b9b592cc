package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/stock"
)

// registerUndos puts the compensations on the stack that belong to what the
// order has done or is about to do. Each is harmless where nothing was done.
func (o *orderRun) registerUndos() {
	if !o.state.Reservation.Released {
		o.undo.push("stock", o.giveStockBack)
	}
	for _, id := range sortedAttempts(o.state.Attempts) {
		switch payment.State(o.state.Attempts[id].State) {
		case payment.Authorized, payment.Captured, payment.CaptureFailed, payment.Expiring, payment.Voiding, payment.VoidUnknown:
			o.undo.push("hold "+id, func(ctx workflow.Context) { o.giveHoldBack(ctx, id) })
		}
	}
}

// giveStockBack releases what is held, or uncommits what was sold.
func (o *orderRun) giveStockBack(ctx workflow.Context) {
	if o.state.Reservation.Released {
		return
	}
	held := o.state.Reservation
	if held.Committed || held.Partly {
		o.uncommit(ctx)
	}
	if !held.Committed {
		o.insistStock(ctx, "ReleaseStock", "give the held units back", stocks.ReleaseStock, o.stockInput())
	}
	o.state.Reservation.Released = true
	if o.state.Status != order.Rejected {
		o.note(ctx, order.EntryReleased, "end", "")
	}
}

// insistStock runs a step of the ledger until it is done. Where the document is
// further than this run, it does not return.
func (o *orderRun) insistStock(ctx workflow.Context, name, summary string, step any, in activities.StockInput) activities.StockResult {
	var result activities.StockResult
	o.insist(ctx, order.ReasonCompensationStuck, func(ctx workflow.Context) error {
		ctx = options(ctx, o.policy, name, summary)
		return workflow.ExecuteActivity(ctx, step, in).Get(ctx, &result)
	})
	if result.Ahead != nil {
		o.adopt(ctx)
	}
	return result
}

// uncommit gives sold units back under an op of its own, which is written down
// before it is used: a run that begins again must find the same op.
func (o *orderRun) uncommit(ctx workflow.Context) {
	for k := 1; ; k++ {
		if o.state.Reservation.UndoOp == "" || k > 1 {
			o.state.Reservation.UndoOp = o.in.OrderID + "-uncommit-" + o.state.CancelWanted.Command + suffix(k)
			o.state.Reservation.UndoAt = workflow.Now(ctx).UTC().Truncate(1e6)
			o.save(ctx)
		}
		in := o.stockInput()
		in.Sold, in.SoldAt, in.Op, in.At = in.Op, in.At, o.state.Reservation.UndoOp, o.state.Reservation.UndoAt
		result := o.insistStock(ctx, "UncommitStock", "put the sold units back on sale", stocks.UncommitStock, in)
		if result.Verdict != stock.TooOld {
			return
		}
	}
}

func suffix(k int) string {
	if k == 1 {
		return ""
	}
	return "-" + itoa(k)
}

// giveHoldBack voids one attempt's hold.
func (o *orderRun) giveHoldBack(ctx workflow.Context, attemptID string) {
	if len(o.state.Shipments) > 0 && payment.State(o.state.Attempts[attemptID].State).Settled() {
		// What was captured is refunded, not voided: see settleMoney.
		return
	}
	command := "end"
	if o.state.CancelWanted != nil {
		command = o.state.CancelWanted.Command
	}
	result := o.insistPayment(ctx, order.ReasonCompensationStuck, "VoidPayment", "give the hold of "+o.in.Total.String()+" back",
		payments.VoidPayment, o.paymentInput(attemptID, command))
	summary := o.state.Attempts[attemptID]
	summary.State = string(result.State)
	o.state.Attempts[attemptID] = summary
	if len(o.state.Shipments) > 0 && result.State.Settled() {
		// A capture of ours was faster: what it took is given back next.
		h := o.hold()
		h.AttemptID, h.State, h.Captured = attemptID, order.HoldCaptured, result.Captured
		return
	}
	if result.State == payment.Captured {
		o.note(ctx, order.EntryMoneyMoved, attemptID, "captured at the provider before it could be voided")
		o.attend(ctx, order.ReasonMoneyMoved)
		return
	}
	o.note(ctx, order.EntryVoided, attemptID, "")
}

// cancel runs every compensation, newest first, and ends the order when all
// are confirmed.
func (o *orderRun) cancel(ctx workflow.Context) {
	if o.state.CancelWanted == nil {
		o.state.CancelWanted = &order.CancelWanted{By: "system", Command: "commit-impossible", At: workflow.Now(ctx).UTC()}
	}
	o.note(ctx, order.EntryCancelling, o.state.CancelWanted.Command, o.state.CancelWanted.By)
	o.save(ctx)
	if len(o.state.Shipments) > 0 {
		if !o.stopParcels(ctx) {
			return
		}
		o.settleMoney(ctx)
		o.settleStocks(ctx)
	}
	o.registerUndos()
	o.undo.run(ctx)
	if len(o.state.Shipments) > 0 {
		o.settleMoney(ctx)
	}
	o.to(order.CompensationsDone)
	if o.state.Reason == "" {
		o.state.Reason = cancelledBy(o.state.CancelWanted.By)
	}
	// What these asked a person for is over with the order.
	o.clear(ctx, order.ReasonHoldLost)
	o.clear(ctx, order.ReasonCaptureFailed)
	o.note(ctx, order.EntryCancelled, o.state.CancelWanted.Command, o.state.CancelWanted.By)
	o.events = append(o.events, order.Event{Kind: order.EventCancelled, OpID: o.state.CancelWanted.Command})
	if o.in.Fulfils {
		o.mail(order.MailCancelled, "")
	}
}

// cancelledBy says who cancelled as shoppers are told it: a name of the staff's
// stands on the story's entry alone.
func cancelledBy(by string) string {
	if by != "customer" && by != "system" {
		by = "operator"
	}
	return "cancelled_by_" + by
}

// finish closes an order that is over: what it held is given back, what it
// left at a provider is cleaned up, and late facts are looked at.
func (o *orderRun) finish(ctx workflow.Context) {
	if o.state.Status != order.Completed && !o.state.Reservation.Released {
		o.registerUndos()
		o.undo.run(ctx)
	}
	o.barUnused(ctx)
	if len(o.entries) > 0 || o.state.Open {
		o.save(ctx)
	}
	o.settled = len(o.queue) == 0
	await(ctx, 0, "", func() bool {
		return o.leftovers == 0 || o.facts != o.seen || len(o.queue) > 0 || len(o.news) > 0 || o.turnsOver(ctx)
	})
	o.takeNews(ctx)
	o.refuseQueued(ctx)
	o.takeCommon(ctx)
	o.takeBounces(ctx)
	if o.newFacts() {
		o.lookForLateMoney(ctx)
		return
	}
	if o.leftovers > 0 {
		return
	}
	if o.state.Open || len(o.entries) > 0 {
		o.state.Open = false
		o.save(ctx)
	}
	o.acknowledge(ctx)
	o.done = o.facts == o.seen && len(o.queue) == 0 && len(o.news) == 0
}

// barUnused closes attempts that were never sent as far as this run knows, so
// that they never are. One that holds money all the same gives it back.
func (o *orderRun) barUnused(ctx workflow.Context) {
	for _, id := range sortedAttempts(o.state.Attempts) {
		summary := o.state.Attempts[id]
		if summary.State != string(payment.Created) {
			continue
		}
		result := o.insistPayment(ctx, order.ReasonCompensationStuck, "ClosePayment", "bar the payment attempt that was never sent",
			payments.ClosePayment, o.paymentInput(id, "end"))
		summary.State = string(result.State)
		o.state.Attempts[id] = summary
		if result.State == payment.Authorized || result.State == payment.Captured {
			o.giveHoldBack(ctx, id)
		}
	}
}

// refuseAttempts answers further payments that no state will take any more,
// and bars their rows.
func (o *orderRun) refuseAttempts(ctx workflow.Context) {
	for {
		c, ok := o.take(commandAttempt)
		if !ok {
			return
		}
		o.state.Commands[c.ID] = order.CommandResult{Code: string(fault.Conflict), Message: "the order takes no further payment"}
		if _, used := o.state.Attempts[c.AttemptID]; used {
			continue
		}
		o.state.Attempts[c.AttemptID] = order.AttemptSummary{Provider: c.Provider, State: string(payment.Created), Amount: o.in.Total}
		o.barUnused(ctx)
	}
}

// refuseQueued answers commands that came too late.
func (o *orderRun) refuseQueued(ctx workflow.Context) {
	o.refuseAttempts(ctx)
	for ok := true; ok; {
		_, ok = o.take(commandCancel)
	}
	for c, ok := o.take(commandParcels); ok; c, ok = o.take(commandParcels) {
		o.state.Commands[c.ID] = order.CommandResult{Code: string(fault.Conflict), Message: "the order is not packed any more"}
	}
}

// lookForLateMoney reads every attempt of an order that is over: money that
// turned up late is given back, never dropped in silence. An attempt whose money
// was taken may be disputed years later.
func (o *orderRun) lookForLateMoney(ctx workflow.Context) {
	for _, id := range sortedAttempts(o.state.Attempts) {
		if payment.State(o.state.Attempts[id].State).Settled() {
			o.readSettled(ctx, id)
			continue
		}
		result := o.insistPayment(ctx, order.ReasonCompensationStuck, "FindLateMoney", "late news: does the closed attempt hold money?",
			payments.FindLateMoney, o.paymentInput(id, ""))
		switch result.State {
		case payment.Authorized:
			o.to(order.LateSuccess)
			o.note(ctx, order.EntryLateSuccess, id, "")
			o.giveHoldBack(ctx, id)
			o.attend(ctx, order.ReasonLateSuccess)
		case payment.Captured:
			o.to(order.MoneyMovedAtProvider)
			o.note(ctx, order.EntryMoneyMoved, id, "")
			o.attend(ctx, order.ReasonMoneyMoved)
		}
	}
}

// readAgain reads the payment of a placed order and reports what was moved at
// the provider and not by us.
func (o *orderRun) readAgain(ctx workflow.Context) {
	o.takeBounces(ctx)
	id := o.state.AttemptID
	if h := o.state.Hold; h != nil {
		id = h.AttemptID
	}
	state := payment.State(o.state.Attempts[id].State)
	switch {
	case state.Settled():
		o.readSettled(ctx, id)
		return
	case o.capturing() || o.asking() || o.state.Hold != nil && o.state.Hold.State == order.HoldLost:
		// Whoever drives the capture, or the payment that replaces it, looks anyway:
		// now rather than after its pause.
		o.lookAt = time.Time{}
		return
	}
	result, err := o.tryPayment(ctx, "ReadPayment", "news from the provider: read the payment again",
		payments.ReadPayment, o.paymentInput(id, ""))
	if err != nil {
		workflow.GetLogger(ctx).Warn("the payment could not be read; its next event or the sweeper asks again", "error", err)
		return
	}
	summary := o.state.Attempts[id]
	if string(result.State) == summary.State {
		return
	}
	summary.State = string(result.State)
	o.state.Attempts[id] = summary
	o.to(order.MoneyMovedAtProvider)
	o.note(ctx, order.EntryMoneyMoved, id+"-"+string(result.State), string(result.State))
	o.attend(ctx, order.ReasonMoneyMoved)
	o.movedAtProvider(ctx, result)
}

// movedAtProvider takes what was done at the provider as the order's own money:
// captured there, it pays for the parcels; given up there, it does not.
func (o *orderRun) movedAtProvider(ctx workflow.Context, result activities.PaymentResult) {
	if o.state.Hold == nil || !o.in.Fulfils {
		return
	}
	switch {
	case result.State.Settled():
		o.state.Hold.State, o.state.Hold.Captured = order.HoldCaptured, result.Captured
	case result.State == payment.Voided || result.State == payment.Expired:
		o.holdLost(ctx, "gone_at_provider")
	}
}

// readSettled reads a captured payment again: disputes, refunds that were made at
// the provider, refunds of ours that came back.
func (o *orderRun) readSettled(ctx workflow.Context, id string) {
	result, err := o.tryPayment(ctx, "ReadPayment", "news from the provider: read the captured payment again",
		payments.ReadPayment, o.paymentInput(id, ""))
	if err != nil {
		workflow.GetLogger(ctx).Warn("the payment could not be read; its next event or the sweeper asks again", "error", err)
		return
	}
	summary := o.state.Attempts[id]
	before := payment.State(summary.State)
	if result.State == before && string(result.Dispute) == summary.Dispute {
		return
	}
	command := o.attemptName(id) + "-" + string(result.State)
	if string(result.Dispute) != summary.Dispute {
		o.to(order.DisputeOrRefundFound)
		o.note(ctx, order.EntryDispute, command+"-"+string(result.Dispute), string(result.Dispute))
		o.attend(ctx, order.ReasonDisputed)
	}
	summary.State, summary.Dispute = string(result.State), string(result.Dispute)
	o.state.Attempts[id] = summary
	switch {
	case result.State == before:
	case result.State == payment.Refunded || result.State == payment.PartiallyRefunded:
		o.to(order.DisputeOrRefundFound)
		o.note(ctx, order.EntryMoneyMoved, command, string(result.State))
		o.attend(ctx, order.ReasonMoneyMoved)
	case result.State == payment.Captured && result.Dispute == "" && before != payment.Disputed:
		// A refund of ours came back: the shopper has nothing yet.
		o.to(order.DisputeOrRefundFound)
		o.note(ctx, order.EntryRefundFailed, command+"-"+itoa(int(o.state.Rev)), "came_back")
		o.attend(ctx, order.ReasonRefundFailed)
		o.refundsCameBack(ctx, result.CameBackOps)
	}
}
