package workflows

import (
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
)

// parcels returns the ids of the order's parcels in an order that every replay
// has.
func (o *orderRun) parcels() []string { return workflow.DeterministicKeys(o.state.Shipments) }

// parcelState is where a parcel stands as far as the order has heard.
func (o *orderRun) parcelState(id string) shipping.State {
	return shipping.State(o.state.Shipments[id].State)
}

// process is where an order stands from its placing until its last parcel has
// come to its end: parcels, commands, news from the provider and the end of the
// hold all wake it.
func (o *orderRun) process(ctx workflow.Context) {
	o.startParcels(ctx)
	o.takeNews(ctx)
	o.drivePacking(ctx)
	if ids := o.asked(); len(ids) > 0 {
		o.stop(ctx, ids)
	}
	o.settleParcels(ctx)
	o.guardHold(ctx)
	o.driveCapture(ctx)
	o.drivePayment(ctx)
	if o.allOver(ctx) {
		return
	}
	o.flush(ctx)
	o.acknowledge(ctx)
	if len(o.news) > 0 {
		return
	}
	o.wait(ctx, o.untilNext(ctx), "until the order looks again: hold, capture or payment")
	if c, ok := o.take(commandCancel); ok {
		o.cancelPlaced(ctx, c)
		return
	}
	if c, ok := o.take(commandParcels); ok {
		o.packAnew(ctx, c)
		return
	}
	o.takeAttempt(ctx)
	o.takeRepair(ctx)
	if o.newFacts() {
		o.readAgain(ctx)
	}
}

// untilNext is how long the order may stand still; 0 means until it is woken.
func (o *orderRun) untilNext(ctx workflow.Context) time.Duration {
	var next time.Time
	for _, t := range []time.Time{o.holdEnds(), o.captureDue(), o.paymentDue(), o.repayEnds()} {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	if next.IsZero() {
		return 0
	}
	return max(next.Sub(workflow.Now(ctx)), time.Millisecond)
}

// takeNews takes what parcels have told of themselves.
func (o *orderRun) takeNews(ctx workflow.Context) {
	for len(o.news) > 0 {
		f := o.news[0]
		o.news = o.news[1:]
		o.takeNewsOf(ctx, f)
	}
}

func (o *orderRun) takeNewsOf(ctx workflow.Context, f order.Fact) {
	p, known := o.state.Shipments[f.ShipmentID]
	if !known {
		workflow.GetLogger(ctx).Warn("news of a parcel that the order does not have", "shipment", f.ShipmentID)
		return
	}
	before, now := shipping.State(p.State), shipping.State(f.State)
	p.State, p.Wants, p.TooLate = f.State, f.Wants, p.TooLate || f.TooLate
	if now.Left() && p.Asked && !f.TooLate {
		p.TooLate = true
	}
	unpaid := f.LeftUnpaid && !p.LeftUnpaid
	p.LeftUnpaid = p.LeftUnpaid || f.LeftUnpaid
	o.state.Shipments[f.ShipmentID] = p
	name := o.parcelName(f.ShipmentID)
	if before != now {
		o.note(ctx, order.EntryParcel, o.parcelStep(name, now), itoa(p.Number)+" "+o.toldAs(f.ShipmentID, now))
		entry := &o.entries[len(o.entries)-1]
		entry.Ref, entry.By = f.ShipmentID, f.By
	}
	o.takeTroubles(ctx, f, name)
	if unpaid {
		o.note(ctx, order.EntryLeftUnpaid, name, itoa(p.Number))
		o.attendTo(ctx, order.ReasonLeftUnpaid, name)
	}
	if before != now {
		o.parcelMoved(ctx, f.ShipmentID, before, now)
	}
	if now.Ended() {
		o.acks = append(o.acks, f)
	}
}

// toldAs is what a parcel has come to, in the word of the story: one that was
// stopped for a wish to pack otherwise was not cancelled for its shopper.
func (o *orderRun) toldAs(id string, s shipping.State) string {
	if s == shipping.Cancelled && o.state.Packing != nil && slices.Contains(o.state.Packing.Replaces, id) {
		return order.ParcelReplaced
	}
	return string(s)
}

// parcelStep names a parcel's step in the story. A parcel may be tried at the door
// more than once.
func (o *orderRun) parcelStep(name string, s shipping.State) string {
	switch s {
	case shipping.InTransit, shipping.OutForDelivery, shipping.DeliveryFailed, shipping.Exception, shipping.Blocked, shipping.LabelFailed, shipping.LabelUnknown:
		return name + "-" + string(s) + "-" + itoa(int(o.state.Rev))
	}
	return name + "-" + string(s)
}

func (o *orderRun) takeTroubles(ctx workflow.Context, f order.Fact, name string) {
	p := o.state.Shipments[f.ShipmentID]
	if f.Trouble != "" {
		o.attendTo(ctx, f.Trouble, strings.TrimSpace(name+" "+f.Code))
		if !slices.Contains(p.Troubles, f.Trouble) {
			p.Troubles = append(p.Troubles, f.Trouble)
		}
	}
	if f.Calm != "" {
		p.Troubles = without(p.Troubles, f.Calm)
		if !o.troubled(f.Calm, f.ShipmentID) {
			o.clear(ctx, f.Calm)
		}
	}
	o.state.Shipments[f.ShipmentID] = p
}

func without(reasons []order.Reason, r order.Reason) []order.Reason {
	var rest []order.Reason
	for _, each := range reasons {
		if each != r {
			rest = append(rest, each)
		}
	}
	return rest
}

// troubled reports whether another parcel than one has the same trouble.
func (o *orderRun) troubled(r order.Reason, but string) bool {
	for _, id := range o.parcels() {
		for _, each := range o.state.Shipments[id].Troubles {
			if each == r && id != but {
				return true
			}
		}
	}
	return false
}

// parcelMoved does what a parcel's new state means for the shopper and for the
// staff.
func (o *orderRun) parcelMoved(ctx workflow.Context, id string, before, now shipping.State) {
	if now.Left() && !before.Left() {
		o.mail(order.MailShipped, o.parcelName(id))
	}
	switch now {
	case shipping.Delivered:
		o.mail(order.MailDelivered, o.parcelName(id))
		if before == shipping.Lost {
			o.attendTo(ctx, order.ReasonFoundAgain, o.parcelName(id))
		}
	case shipping.Lost, shipping.Damaged:
		o.attendTo(ctx, order.ReasonParcelLost, o.parcelName(id))
	case shipping.ReturnedToSender:
		o.attendTo(ctx, order.ReasonParcelReturned, o.parcelName(id))
	}
}

// parcelName is a parcel's id without its order's, for ids of what it causes.
func (o *orderRun) parcelName(id string) string { return strings.TrimPrefix(id, o.in.OrderID+"-") }

// acknowledge tells parcels that their last word is written down.
func (o *orderRun) acknowledge(ctx workflow.Context) {
	for _, f := range o.acks {
		o.tellParcel(ctx, f.ShipmentID, shipping.Fact{ID: f.State, Kind: shipping.FactHeard})
	}
	o.acks = nil
}

// tellParcel sends a word to a parcel. One whose run is over needs no word.
func (o *orderRun) tellParcel(ctx workflow.Context, id string, f shipping.Fact) {
	if err := workflow.SignalExternalWorkflow(ctx, ShipmentID(id), "", SignalShipment, f).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Info("a parcel could not be told", "shipment", id, "kind", f.Kind, "error", err)
	}
}

// allOver ends processing when every parcel has come to its end and what that
// means is done.
func (o *orderRun) allOver(ctx workflow.Context) bool {
	delivered := false
	for _, id := range o.parcels() {
		p := o.state.Shipments[id]
		if !o.parcelState(id).Ended() || !p.Settled && o.parcelState(id) != shipping.Delivered {
			return false
		}
		delivered = delivered || o.parcelState(id) == shipping.Delivered
	}
	if len(o.state.Shipments) == 0 || o.refundsOpen() || o.capturing() || o.leftUnpaid() {
		return false
	}
	if !delivered {
		o.to(order.NothingDelivered)
		o.state.CancelWanted = &order.CancelWanted{By: "system", Command: "nothing-delivered", At: workflow.Now(ctx).UTC()}
		o.state.Reason = "nothing_delivered"
		return true
	}
	o.to(order.AllDelivered)
	o.state.FulfilledAt = workflow.Now(ctx).UTC()
	o.note(ctx, order.EntryFulfilled, "parcels", "")
	o.events = append(o.events, order.Event{Kind: order.EventFulfilled, OpID: "parcels"})
	return true
}

// leftUnpaid reports whether a parcel has left without its share, which is still
// to be captured, or to be given up by a person.
func (o *orderRun) leftUnpaid() bool {
	for _, id := range o.parcels() {
		if o.state.Shipments[id].LeftUnpaid && o.hold().State != order.HoldCaptured && o.state.Attention.Has(order.ReasonLeftUnpaid) {
			return true
		}
	}
	return false
}

// waitFulfilled is the return window.
func (o *orderRun) waitFulfilled(ctx workflow.Context) {
	o.takeNews(ctx)
	o.flush(ctx)
	o.acknowledge(ctx)
	if len(o.news) > 0 {
		return
	}
	left := o.state.FulfilledAt.Add(o.policy.ReturnWindow).Sub(workflow.Now(ctx))
	quiet := o.attempt().State != string(payment.Disputed) && !o.refundsOpen()
	if left <= 0 && quiet {
		o.to(order.ReturnWindowOver)
		o.state.CompletedAt = workflow.Now(ctx).UTC()
		o.note(ctx, order.EntryCompleted, "window", "")
		return
	}
	if left <= 0 {
		left = 0
	}
	o.wait(ctx, left, "the return window")
	o.refuseQueued(ctx)
	o.takeRepair(ctx)
	if o.newFacts() {
		o.readAgain(ctx)
	}
}

// takeRepair takes an operator's repair and passes it on to what waits for it.
func (o *orderRun) takeRepair(ctx workflow.Context) {
	before := o.repair
	o.takeCommon(ctx)
	if o.repair == before {
		return
	}
	o.mendCapture = true
	for _, id := range o.parcels() {
		if !o.parcelState(id).Left() && !o.parcelState(id).Ended() {
			o.tellParcel(ctx, id, shipping.Fact{ID: o.repair, Kind: shipping.FactMend})
		}
	}
}

// stop asks parcels to stop and waits for every answer. It returns those that
// did, and whether one had left or got its label before.
func (o *orderRun) stop(ctx workflow.Context, ids []string) (stopped []string, late bool) {
	for _, id := range ids {
		p := o.state.Shipments[id]
		p.Asked = true
		o.state.Shipments[id] = p
		if !o.parcelState(id).Ended() && !p.TooLate {
			o.tellParcel(ctx, id, shipping.Fact{ID: "stop", Kind: shipping.FactCancel})
		}
	}
	for !o.answered(ids) {
		o.flush(ctx)
		o.settled = true
		await(ctx, o.policy.ResolveMax, "until every parcel has answered; asked again after", func() bool {
			return len(o.news) > 0 || o.queued(commandRepair)
		})
		o.settled = false
		again := len(o.news) == 0 && !o.queued(commandRepair)
		o.takeNews(ctx)
		o.takeRepair(ctx)
		for _, id := range ids {
			if p := o.state.Shipments[id]; again && !p.TooLate && !o.parcelState(id).Ended() {
				// Its run may have been lost when it was asked.
				o.tellParcel(ctx, id, shipping.Fact{ID: "stop", Kind: shipping.FactCancel})
			}
		}
	}
	for _, id := range ids {
		if o.parcelState(id) == shipping.Cancelled {
			stopped = append(stopped, id)
			continue
		}
		late = true
	}
	return stopped, late
}

// asked returns the parcels that were asked to stop by a run before this one and
// have not answered.
func (o *orderRun) asked() []string {
	var ids []string
	for _, id := range o.parcels() {
		if p := o.state.Shipments[id]; p.Asked && !p.TooLate && !o.parcelState(id).Ended() {
			ids = append(ids, id)
		}
	}
	return ids
}

// answered reports whether every asked parcel has said cancelled or too late.
func (o *orderRun) answered(ids []string) bool {
	for _, id := range ids {
		if p := o.state.Shipments[id]; p.Asked && !p.TooLate && !o.parcelState(id).Ended() {
			return false
		}
	}
	return true
}

// resumeFulfilment brings back what ran beside the loop: mails, refunds, and what
// parcels told while nobody listened.
func (o *orderRun) resumeFulfilment(ctx workflow.Context) {
	o.sendMails(ctx)
	o.giveBack(ctx)
	if len(o.state.Shipments) == 0 || o.in.Carry != nil {
		return
	}
	var facts []order.Fact
	o.insist(ctx, order.ReasonStoreUnavailable, func(ctx workflow.Context) error {
		ctx = options(ctx, o.policy, "ReadShipments", "what have the parcels come to meanwhile?")
		return workflow.ExecuteActivity(ctx, shipments.ReadShipments, activities.ShipmentInput{OrderID: o.in.OrderID}).Get(ctx, &facts)
	})
	o.news = append(facts, o.news...)
}
