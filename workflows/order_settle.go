package workflows

import (
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/stock"
)

// settleParcels does what the end of a parcel means for stock and money: units of
// a cancelled one go back on sale, those of a returned one too; the share of
// every one that was not delivered is refunded, if it was captured.
func (o *orderRun) settleParcels(ctx workflow.Context) {
	for _, id := range o.parcels() {
		p := o.state.Shipments[id]
		state := o.parcelState(id)
		if p.Settled || !notGot(state) {
			continue
		}
		if o.capturing() {
			// Whether its share is part of what is being captured shows soon.
			continue
		}
		o.settleStock(ctx, id)
		o.refundShare(ctx, id)
		p = o.state.Shipments[id]
		p.Settled = true
		o.state.Shipments[id] = p
		o.save(ctx)
	}
}

// settleStock moves the units of a parcel that came to its end in the house, or
// came back to it. The op's time is written down before it is used.
func (o *orderRun) settleStock(ctx workflow.Context, id string) {
	p := o.state.Shipments[id]
	state := o.parcelState(id)
	if state != shipping.Cancelled && state != shipping.ReturnedToSender {
		return
	}
	if p.SettleAt.IsZero() {
		p.SettleAt = workflow.Now(ctx).UTC().Truncate(time.Millisecond)
		o.state.Shipments[id] = p
		o.save(ctx)
	}
	in := o.stockInput()
	in.ShipmentID, in.At = id, p.SettleAt
	name := o.parcelName(id)
	if state == shipping.ReturnedToSender {
		in.Op = o.in.OrderID + "-return-" + name
		o.insistStock(ctx, "TakeBackStock", "put the returned units back on sale", stocks.TakeBackStock, in)
	} else {
		in.Op, in.Sold, in.SoldAt = o.in.OrderID+"-uncommit-"+name, o.state.Reservation.Op, o.state.Reservation.At
		for o.insistStock(ctx, "UncommitStock", "put the units of the cancelled parcel back on sale", stocks.UncommitStock, in).Verdict == stock.TooOld {
			// Nothing was done: the document was pruned past the op's time.
			p.SettleAt = workflow.Now(ctx).UTC().Truncate(time.Millisecond)
			o.state.Shipments[id], in.At = p, p.SettleAt
			o.save(ctx)
		}
	}
	o.note(ctx, order.EntryUncommitted, name, itoa(p.Number))
}

// refundShare gives back what was captured for a parcel that the shopper does not
// get.
func (o *orderRun) refundShare(ctx workflow.Context, id string) {
	h := o.hold()
	p := o.state.Shipments[id]
	if h.State != order.HoldCaptured || p.Replaced {
		return
	}
	amount := min(p.Share, h.Captured-o.refunded(h.AttemptID))
	o.wantRefund(ctx, o.parcelName(id), h.AttemptID, amount)
}

// refunded is what was or is being given back of an attempt, in minor units.
func (o *orderRun) refunded(attemptID string) int64 {
	var sum int64
	for _, id := range workflow.DeterministicKeys(o.state.Refunds) {
		if r := o.state.Refunds[id]; r.AttemptID == attemptID {
			sum += r.Amount
		}
	}
	return sum
}

// wantRefund writes a refund down; giveBack does it, beside the loop.
func (o *orderRun) wantRefund(ctx workflow.Context, why, attemptID string, amount int64) {
	if _, there := o.state.Refunds[why]; there || amount <= 0 {
		return
	}
	if o.state.Refunds == nil {
		o.state.Refunds = map[string]order.RefundSummary{}
	}
	o.state.Refunds[why] = order.RefundSummary{AttemptID: attemptID, Amount: amount, Why: why}
	o.note(ctx, order.EntryRefundAsked, why, "")
	back := money.Of(amount, o.in.Total.Currency)
	o.entries[len(o.entries)-1].Amount = &back
	o.save(ctx)
	o.giveBack(ctx)
}

// refundsOpen reports whether money is on its way back.
func (o *orderRun) refundsOpen() bool {
	for _, id := range workflow.DeterministicKeys(o.state.Refunds) {
		if !o.state.Refunds[id].Done {
			return true
		}
	}
	return false
}

// giveBack refunds what was asked for, one after the other, until each is done.
func (o *orderRun) giveBack(ctx workflow.Context) {
	if o.refunding || !o.refundsOpen() {
		return
	}
	o.refunding = true
	o.leftovers++
	workflow.Go(ctx, func(ctx workflow.Context) {
		for _, id := range workflow.DeterministicKeys(o.state.Refunds) {
			if !o.state.Refunds[id].Done {
				o.refund(ctx, id)
			}
		}
		o.refunding = false
		o.leftovers--
		o.giveBack(ctx)
		o.facts++
	})
}

// refund gives one amount back. A definite no waits for a person's repair.
func (o *orderRun) refund(ctx workflow.Context, id string) {
	r := o.state.Refunds[id]
	for mend := false; ; mend = true {
		if r.Failed {
			// It was refused, or came back: a person looks before it goes out again.
			retry := o.retry
			await(ctx, 0, "", func() bool { return o.retry != retry })
			mend = true
		}
		in := o.paymentInput(r.AttemptID, id)
		in.Amount, in.Mend = money.Of(r.Amount, o.in.Total.Currency), mend
		result := o.insistPayment(ctx, order.ReasonCompensationStuck, "RefundPayment", "give "+in.Amount.String()+" back", payments.RefundPayment, in)
		summary := o.state.Attempts[r.AttemptID]
		summary.State = string(result.State)
		o.state.Attempts[r.AttemptID] = summary
		if result.Done || result.State == payment.ChargedBack {
			// Given back, or taken back by the bank.
			break
		}
		r.Failed = true
		o.state.Refunds[id] = r
		o.note(ctx, order.EntryRefundFailed, id+"-"+itoa(int(o.state.Rev)), result.Code)
		o.attendTo(ctx, order.ReasonRefundFailed, strings.TrimSpace(id+" "+result.Code))
		o.facts++
	}
	r.Done, r.Failed = true, false
	o.state.Refunds[id] = r
	if !o.refundFailed() {
		o.clear(ctx, order.ReasonRefundFailed)
	}
	o.note(ctx, order.EntryRefunded, id, "")
	back := money.Of(r.Amount, o.in.Total.Currency)
	o.entries[len(o.entries)-1].Amount = &back
}

// refundFailed reports whether a refund waits for a person.
func (o *orderRun) refundFailed() bool {
	for _, id := range workflow.DeterministicKeys(o.state.Refunds) {
		if o.state.Refunds[id].Failed {
			return true
		}
	}
	return false
}

// refundsCameBack takes refunds that the provider had promised and could not do:
// they are owed again.
func (o *orderRun) refundsCameBack(ctx workflow.Context, ops []string) {
	for _, id := range workflow.DeterministicKeys(o.state.Refunds) {
		r := o.state.Refunds[id]
		base := payment.OpID(o.in.OrderID, payment.OpRefund, id)
		for _, op := range ops {
			if r.Done && (op == base || strings.HasPrefix(op, base+"-")) {
				r.Done, r.Failed = false, true
				o.state.Refunds[id] = r
			}
		}
	}
	o.save(ctx)
	o.giveBack(ctx)
}

// cancelPlaced takes a cancel of an order whose parcels are planned. Where nothing
// has left it ends the order; where a part has, it stops the rest.
func (o *orderRun) cancelPlaced(ctx workflow.Context, c command) {
	left, live := false, []string{}
	for _, id := range o.parcels() {
		left = left || o.parcelState(id).Left()
		if o.parcelState(id).Cancellable() {
			live = append(live, id)
		}
	}
	switch {
	case left && len(live) == 0 && o.restStopped(c):
		o.restCancelled()
	case left && len(live) == 0:
		o.state.Commands[c.ID] = order.CommandResult{Code: string(fault.Conflict), Message: "everything was handed over: send it back instead"}
	case left:
		o.wantCancel(ctx, c)
		o.to(order.CancelRestAsked)
		o.note(ctx, order.EntryCancelRest, c.ID, c.By)
		o.save(ctx)
		o.stop(ctx, live)
		o.restCancelled()
		o.settleParcels(ctx)
	default:
		o.wantCancel(ctx, c)
		o.to(order.CancelAsked)
	}
}

// restStopped reports whether the cancel was begun by a run before this one.
func (o *orderRun) restStopped(c command) bool {
	want := o.state.CancelWanted
	return want != nil && !want.Taken && want.Command == c.ID
}

// restCancelled ends the cancel of a rest: what had left goes on. The shopper is
// told if anything could be stopped.
func (o *orderRun) restCancelled() {
	o.state.CancelWanted.Taken = true
	for _, id := range o.parcels() {
		if p := o.state.Shipments[id]; p.Asked && !p.Replaced && o.parcelState(id) == shipping.Cancelled {
			o.mail(order.MailCancelled, o.state.CancelWanted.Command)
			return
		}
	}
}

// stopParcels stops every parcel of an order that is being cancelled. It reports
// false when one had left: the order goes on with that part.
func (o *orderRun) stopParcels(ctx workflow.Context) bool {
	live := []string{}
	for _, id := range o.parcels() {
		if !o.parcelState(id).Ended() {
			live = append(live, id)
		}
	}
	o.startParcels(ctx)
	if _, late := o.stop(ctx, live); !late {
		o.acknowledge(ctx)
		return true
	}
	o.to(order.ShipmentTooLate)
	o.note(ctx, order.EntryTooLate, o.state.CancelWanted.Command, "")
	o.restCancelled()
	return false
}

// settleMoney brings a capture that is on its way to an answer before anything is
// given back, and gives back what was captured.
func (o *orderRun) settleMoney(ctx workflow.Context) {
	for n := 0; o.capturing(); n++ {
		o.capture(ctx, false)
		if o.capturing() {
			o.flush(ctx)
			retry := o.retry
			await(ctx, min(o.policy.ResolveFirst<<min(n, 16), o.policy.ResolveMax), "pause before the next look at the capture",
				func() bool { return o.retry != retry })
			o.takeRepair(ctx)
		}
	}
	if o.asking() {
		result := o.insistPayment(ctx, order.ReasonCompensationStuck, "ClosePayment", "end the payment attempt: cancelled",
			payments.ClosePayment, o.paymentInput(o.state.AttemptID, "cancelled"))
		o.paidAgain(ctx, result.State, result.Code, result.CaptureBefore)
		if result.Leftover {
			o.cleanUp(ctx, o.state.AttemptID)
		}
	}
	if h := o.state.Hold; h != nil && h.State == order.HoldCaptured {
		o.wantRefund(ctx, "rest", h.AttemptID, h.Captured-o.refunded(h.AttemptID))
	}
	for o.refundsOpen() {
		o.flush(ctx)
		o.settled = true
		await(ctx, 0, "", func() bool { return !o.refundsOpen() || o.facts != o.seen || o.queued(commandRepair) })
		o.settled = false
		o.takeRepair(ctx)
		o.newFacts()
	}
}

// settleStocks gives back the units of every parcel of a cancelled order that has
// not done so.
func (o *orderRun) settleStocks(ctx workflow.Context) {
	back := false
	for _, id := range o.parcels() {
		p := o.state.Shipments[id]
		back = back || o.parcelState(id) == shipping.Cancelled || o.parcelState(id) == shipping.ReturnedToSender
		if p.Settled {
			continue
		}
		o.settleStock(ctx, id)
		p = o.state.Shipments[id]
		p.Settled = true
		o.state.Shipments[id] = p
	}
	o.state.Reservation.Released = true
	if back {
		// What was lost on its way is not on sale again.
		o.note(ctx, order.EntryReleased, "end", "")
	}
}

// mailInput is what a mail's activity needs to know.
func (o *orderRun) mailInput(key string) activities.MailInput {
	m := o.state.Mails[key]
	return activities.MailInput{
		OrderID: o.in.OrderID, Kind: m.Kind, Subject: m.Subject, Resend: o.policy.MailResend,
		NotSentAfter: 2*o.policy.ProviderCall + o.policy.StoreCall,
	}
}
