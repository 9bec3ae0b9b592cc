package workflows

import (
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

// listen registers the parcel's handlers. Each leaves the reach of a cancel
// request, queues its command and waits; none calls an activity.
func (s *shipmentRun) listen(ctx workflow.Context) error {
	handlers := []struct {
		name     string
		validate func(ParcelCommand) error
	}{
		{UpdatePack, s.mayPack}, {UpdateHandOver, s.mayHandOver}, {UpdateScan, s.mayScan}, {UpdateGiveUp, s.mayGiveUp},
	}
	for _, h := range handlers {
		handle := func(ctx workflow.Context, in ParcelCommand) (ParcelAnswer, error) {
			return s.ask(ctx, h.name, in, h.validate)
		}
		validate := func(in ParcelCommand) error {
			if s.busy && in.By != "" {
				// The row may be a step further than the run knows: the command is
				// judged when the parcel stands still.
				return nil
			}
			return h.validate(in)
		}
		if err := workflow.SetUpdateHandlerWithOptions(ctx, h.name, handle, workflow.UpdateHandlerOptions{Validator: named(validate)}); err != nil {
			return err
		}
	}
	news := workflow.GetSignalChannel(ctx, SignalShipment)
	workflow.Go(ctx, func(ctx workflow.Context) {
		ctx, _ = workflow.NewDisconnectedContext(ctx)
		for {
			var f shipping.Fact
			news.Receive(ctx, &f)
			s.hear(f)
		}
	})
	workflow.Go(ctx, func(ctx workflow.Context) {
		ctx.Done().Receive(ctx, nil)
		s.cancelled = true
	})
	return nil
}

func (s *shipmentRun) hear(f shipping.Fact) {
	switch f.Kind {
	case shipping.FactCaptured:
		s.captured = true
	case shipping.FactNotCaptured:
		s.refused = true
	case shipping.FactCancel:
		s.cancelled = true
	case shipping.FactMend:
		if s.state == shipping.LabelFailed {
			s.mend = f.ID
		}
		s.retry++
	case shipping.FactHeard:
		s.acknowledged = s.acknowledged || f.ID == string(s.state)
	default:
		s.carrierNews = true
	}
}

// ask queues a command and waits until it was taken and the parcel stands still
// again.
func (s *shipmentRun) ask(ctx workflow.Context, kind string, in ParcelCommand, validate func(ParcelCommand) error) (ParcelAnswer, error) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	if err := workflow.Await(ctx, func() bool { return !s.busy }); err != nil {
		return ParcelAnswer{}, err
	}
	if err := validate(in); err != nil {
		return ParcelAnswer{State: s.state}, err
	}
	if s.already(kind) {
		return ParcelAnswer{State: s.state}, nil
	}
	id := updateID(ctx)
	if kind == UpdateGiveUp {
		s.cancelled, s.by = true, in.By
	} else {
		s.queue = append(s.queue, parcelCommand{ID: id, Kind: kind, By: in.By, Scan: in.State})
	}
	s.settled = false
	err := workflow.Await(ctx, func() bool { return s.settled && (kind == UpdateGiveUp || s.taken[id]) })
	return ParcelAnswer{State: s.state}, err
}

// already reports whether the parcel has done what is asked: asked twice is
// answered twice.
func (s *shipmentRun) already(kind string) bool {
	switch kind {
	case UpdatePack:
		return s.state == shipping.Packed || s.state == shipping.CapturePending || s.state == shipping.Blocked || s.state == shipping.Ready || s.state.Left()
	case UpdateHandOver:
		return s.state.Left()
	case UpdateGiveUp:
		return s.state == shipping.Cancelling || s.state == shipping.Cancelled
	}
	return false
}

func (s *shipmentRun) mayPack(in ParcelCommand) error {
	switch {
	case in.By == "":
		return refuse(fault.Invalid, "who packed it is missing: by")
	case s.state == shipping.LabelCreated || s.already(UpdatePack):
		return nil
	}
	return refuseParcel(s.state, "cannot be packed: it needs a label first")
}

func (s *shipmentRun) mayHandOver(in ParcelCommand) error {
	switch {
	case in.By == "":
		return refuse(fault.Invalid, "who handed it over is missing: by")
	case s.cancelled:
		return refuse(fault.Conflict, "the order is being cancelled: keep the parcel in the house")
	case s.state == shipping.Ready || s.already(UpdateHandOver):
		return nil
	case s.state == shipping.CapturePending || s.state == shipping.Blocked:
		return refuseParcel(s.state, "cannot be handed over: its share is not captured yet")
	}
	return refuseParcel(s.state, "cannot be handed over: pack it first")
}

func (s *shipmentRun) mayScan(in ParcelCommand) error {
	switch {
	case in.By == "":
		return refuse(fault.Invalid, "who saw it is missing: by")
	case !s.state.Left():
		return refuseParcel(s.state, "has not left the house yet")
	case s.state == in.State:
		return nil
	case shipping.Follow(s.state, []shipping.Scan{{State: in.State, At: time.Unix(1, 0)}}, time.Unix(1, 0)) != in.State:
		return refuseParcel(s.state, "cannot become "+string(in.State))
	}
	return nil
}

func (s *shipmentRun) mayGiveUp(in ParcelCommand) error {
	switch {
	case in.By == "":
		return refuse(fault.Invalid, "who gives it up is missing: by")
	case s.state.Cancellable() || s.already(UpdateGiveUp):
		return nil
	}
	return refuseParcel(s.state, "has left the house: it can only come back")
}

// take removes the first command of a kind from the queue.
func (s *shipmentRun) take(kind string) (parcelCommand, bool) {
	i := slices.IndexFunc(s.queue, func(c parcelCommand) bool { return c.Kind == kind })
	if i < 0 {
		return parcelCommand{}, false
	}
	c := s.queue[i]
	s.queue = slices.Delete(s.queue, i, i+1)
	s.taken[c.ID], s.by = true, c.By
	return c, true
}

// refuseCommands answers commands that this state does not take: the answer
// shows where the parcel stands.
func (s *shipmentRun) refuseCommands() {
	s.queue = slices.DeleteFunc(s.queue, func(c parcelCommand) bool {
		if s.takes(c.Kind) {
			return false
		}
		s.taken[c.ID] = true
		return true
	})
}

func (s *shipmentRun) takes(kind string) bool {
	switch kind {
	case UpdatePack:
		return s.state == shipping.LabelCreated
	case UpdateHandOver:
		return s.state == shipping.Ready
	case UpdateScan:
		return s.state.Left() && !s.state.Ended()
	}
	return false
}

// wait stands still until cond or, when d is above zero, at most that long.
func (s *shipmentRun) wait(ctx workflow.Context, d time.Duration, summary string, cond func() bool) {
	s.upsert(ctx)
	s.settled = true
	await(ctx, d, summary, func() bool { return cond() || s.turnsOver(ctx) })
	s.settled = false
}

func (s *shipmentRun) input(command, by string) activities.ShipmentInput {
	return activities.ShipmentInput{
		OrderID: s.in.OrderID, ShipmentID: s.in.ShipmentID, Command: command, By: by,
		NotFoundAfter: 4*s.policy.ProviderCall + s.policy.StoreCall + s.policy.ProviderDelay,
	}
}

func (s *shipmentRun) move(ctx workflow.Context, t shipping.Trigger, by, summary string) {
	in := s.input("", by)
	in.Trigger = t
	s.run(ctx, "MoveShipment", summary, shipments.MoveShipment, in)
}

func (s *shipmentRun) do(ctx workflow.Context, name, summary string, step any, command string) {
	s.doBy(ctx, name, summary, step, command, "")
}

func (s *shipmentRun) doBy(ctx workflow.Context, name, summary string, step any, command, by string) {
	s.run(ctx, name, summary, step, s.input(command, by))
}

// run does a step and takes what the row says after it. Steps that must succeed
// are tried until they do, and a person is asked; one that only looks is not.
func (s *shipmentRun) run(ctx workflow.Context, name, summary string, step any, in activities.ShipmentInput) {
	actx := optionsOn(ctx, ShipmentQueue, s.policy, name, summary)
	for n := 0; ; n++ {
		var result activities.ShipmentResult
		s.busy = true
		err := workflow.ExecuteActivity(actx, step, in).Get(ctx, &result)
		s.busy = false
		if err == nil {
			s.calm(ctx, order.ReasonCompensationStuck)
			s.apply(ctx, result)
			return
		}
		workflow.GetLogger(ctx).Warn("a parcel's step is tried again", "step", name, "error", err)
		if name == "TrackShipment" {
			return
		}
		if name != "LabelShipment" {
			s.trouble(ctx, order.ReasonCompensationStuck)
		}
		retry := s.retry
		await(ctx, min(s.policy.ResolveFirst<<min(n, 16), s.policy.ResolveMax), "pause before the next try", func() bool { return s.retry != retry })
		if name == "LabelShipment" {
			return
		}
	}
}

func (s *shipmentRun) apply(ctx workflow.Context, r activities.ShipmentResult) {
	if r.State != s.state {
		s.since = workflow.Now(ctx)
	}
	s.state, s.leftUnpaid, s.code = r.State, r.LeftUnpaid, r.Code
	if r.Heard.After(s.heard) {
		s.heard = r.Heard
	}
}

// stateFact is what the parcel tells of where it stands.
func (s *shipmentRun) stateFact() order.Fact {
	return order.Fact{ID: s.in.ShipmentID + "-" + string(s.state), State: string(s.state), LeftUnpaid: s.leftUnpaid, Code: s.code, By: s.by}
}

// quiet are the states of which the order hears nothing of its own: they pass, or
// are told with what follows.
var quiet = []shipping.State{
	shipping.Planned, shipping.Allocated, shipping.LabelRequested, shipping.Packed, shipping.CapturePending, shipping.Cancelling,
}

// tellState tells the order where the parcel has come to.
func (s *shipmentRun) tellState(ctx workflow.Context) {
	if s.told == s.state || slices.Contains(quiet, s.state) {
		return
	}
	s.told = s.state
	f := s.stateFact()
	if !s.state.Ended() {
		// The last word is told until the order has written it down.
		s.by = ""
	}
	s.tell(ctx, f)
}

// trouble tells the order that the parcel needs a person.
func (s *shipmentRun) trouble(ctx workflow.Context, r order.Reason) {
	if slices.Contains(s.troubles, r) {
		return
	}
	s.troubles = append(s.troubles, r)
	s.tell(ctx, order.Fact{ID: s.in.ShipmentID + "-needs-" + string(r), State: string(s.state), Trouble: r, Code: s.code})
}

// calm tells the order that the trouble is over.
func (s *shipmentRun) calm(ctx workflow.Context, r order.Reason) {
	i := slices.Index(s.troubles, r)
	if i < 0 {
		return
	}
	s.troubles = slices.Delete(s.troubles, i, i+1)
	s.tell(ctx, order.Fact{ID: s.in.ShipmentID + "-calm-" + string(r), State: string(s.state), Calm: r})
}

// tell sends a word to the order until it gets there: one whose run is closed is
// begun again sooner or later.
func (s *shipmentRun) tell(ctx workflow.Context, f order.Fact) {
	f.Kind, f.ShipmentID = order.FactShipment, s.in.ShipmentID
	for n := 0; ; n++ {
		err := workflow.SignalExternalWorkflow(ctx, OrderID(s.in.OrderID), "", SignalFact, f).Get(ctx, nil)
		if err == nil {
			return
		}
		workflow.GetLogger(ctx).Warn("the order cannot be told; told again later", "error", err)
		await(ctx, min(s.policy.ResolveFirst<<min(n, 16), s.policy.ResolveMax), "the order's run is closed; told again after", func() bool { return false })
	}
}

// upsert writes the search attribute, and the details at the top of the page,
// where the parcel stands still.
func (s *shipmentRun) upsert(ctx workflow.Context) {
	if s.upserted == s.state {
		return
	}
	s.upserted = s.state
	workflow.SetCurrentDetails(ctx, parcelDetails(s))
	if err := workflow.UpsertTypedSearchAttributes(ctx, AttrParcel.ValueSet(string(s.state))); err != nil {
		workflow.GetLogger(ctx).Error("search attributes not written", "error", err)
	}
}

// parcelAttributes are a parcel's search attributes at its start.
func parcelAttributes(number string) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(AttrNumber.ValueSet(number), AttrParcel.ValueSet(string(shipping.Planned)))
}

// parcelDetails is what an operator reads at the top of the parcel's page.
func parcelDetails(s *shipmentRun) string {
	var b strings.Builder
	writef(&b, "**%s** · parcel %d of order %s · %s\n", s.state, s.in.Parcel, s.in.Number, s.in.Carrier)
	if s.code != "" {
		writef(&b, "\nThe carrier said: %s\n", s.code)
	}
	for _, r := range s.troubles {
		writef(&b, "\n### Needs a person: %s\n\n%s\n", r, order.NewAttention(r, s.since).Next)
	}
	return b.String()
}
