package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

// ShipmentQueue is the task queue of parcels: a slow carrier starves nobody else.
const ShipmentQueue = "shipments"

// ShipmentID is the workflow id of a parcel. One parcel has one workflow.
func ShipmentID(shipmentID string) string { return "shipment/" + shipmentID }

// The updates and signals of a parcel.
const (
	// UpdatePack says that the parcel is packed.
	UpdatePack = "pack"
	// UpdateHandOver says that the carrier has the parcel.
	UpdateHandOver = "hand_over"
	// UpdateScan says what staff saw of a parcel that has left.
	UpdateScan = "scan"
	// UpdateGiveUp stops a parcel that has not left: its share goes back.
	UpdateGiveUp = "give_up"
	// SignalShipment brings news: a hint to look, or a word of the order.
	SignalShipment = "news"
)

// ShipmentInput starts a parcel's workflow. It holds nothing personal.
type ShipmentInput struct {
	OrderID    string       `json:"order_id"`
	Number     string       `json:"number"`
	ShipmentID string       `json:"shipment_id"`
	Parcel     int          `json:"parcel"`
	Carrier    string       `json:"carrier"`
	PlannedAt  time.Time    `json:"planned_at"`
	Policy     order.Policy `json:"policy"`
	// Resume makes the run begin from the parcel's row; Troubles are those that
	// the order was told of by the run before.
	Resume   bool           `json:"resume,omitempty"`
	Troubles []order.Reason `json:"troubles,omitempty"`
}

// ParcelCommand is what staff ask of a parcel. State is what a scan saw.
type ParcelCommand struct {
	By    string         `json:"by"`
	State shipping.State `json:"state,omitempty"`
}

// ParcelAnswer is where a parcel stands when a command was taken.
type ParcelAnswer struct {
	State shipping.State `json:"state"`
}

// AttrParcel is the search attribute by which operators find parcels.
var AttrParcel = temporal.NewSearchAttributeKeyKeyword("ParcelState")

// Shipment is the life of one parcel, from its planning until it is over. It owns
// label, packing and tracking; money is the order's, which it asks. It tells the
// order each step, and ends when the order has heard the last one.
func Shipment(ctx workflow.Context, in ShipmentInput) error {
	s := &shipmentRun{in: in, policy: in.Policy, state: shipping.Planned, heard: in.PlannedAt, taken: map[string]bool{}, troubles: in.Troubles, busy: in.Resume}
	if err := s.listen(ctx); err != nil {
		return err
	}
	// The order decides about a parcel's end by a word of its own, so a cancel
	// request of the run is a wish to give the parcel up: see listen.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	if in.Resume {
		s.do(ctx, "ReadShipment", "read the parcel's row, to go on from there", shipments.ReadShipment, "")
	}
	for !s.done {
		if s.turnsOver(ctx) {
			in.Resume, in.Troubles = true, s.troubles
			return workflow.NewContinueAsNewError(ctx, Shipment, in)
		}
		s.step(ctx)
	}
	return s.leave(ctx)
}

// shipmentRun is the state of one parcel's workflow.
type shipmentRun struct {
	in     ShipmentInput
	policy order.Policy
	state  shipping.State
	// told is the last state that the order was told of.
	told       shipping.State
	leftUnpaid bool
	code       string
	// heard is when the carrier last told something; since is when this state
	// began.
	heard, since time.Time
	// asking is since when a label is asked for; by is who of the staff said what
	// the order is told next.
	asking time.Time
	by     string

	queue []parcelCommand
	// captured and refused are the order's words about the share.
	captured, refused bool
	cancelled         bool
	mend              string
	carrierNews       bool
	acknowledged      bool
	retry             int
	settled           bool
	// busy says that a step is on its way: the row may be further than the run.
	busy  bool
	taken map[string]bool
	// troubles are those that the order was told of.
	troubles []order.Reason
	upserted shipping.State
	done     bool
}

var shipments *activities.Shipments

type parcelCommand struct {
	ID, Kind, By string
	Scan         shipping.State
}

// step does what the parcel's state asks for, or waits.
func (s *shipmentRun) step(ctx workflow.Context) {
	s.tellState(ctx)
	switch s.state {
	case shipping.Planned:
		s.hold(ctx)
	case shipping.Allocated, shipping.LabelRequested, shipping.LabelUnknown:
		s.label(ctx)
	case shipping.LabelFailed:
		s.labelFailed(ctx)
	case shipping.LabelCreated:
		s.waitForPacking(ctx)
	case shipping.Packed:
		s.move(ctx, shipping.CaptureAsked, "", "ask the order for this parcel's share")
	case shipping.CapturePending:
		s.waitForCapture(ctx)
	case shipping.Blocked:
		s.waitForRepair(ctx)
	case shipping.Ready:
		s.waitForHandOver(ctx)
	case shipping.Cancelling:
		s.do(ctx, "VoidLabel", "give the label back", shipments.VoidLabel, "")
	default:
		if s.state.Ended() {
			s.finish(ctx)
			return
		}
		s.track(ctx)
	}
}

// hold is the time in which a change of mind costs nothing.
func (s *shipmentRun) hold(ctx workflow.Context) {
	left := s.policy.LabelAfter - workflow.Now(ctx).Sub(s.in.PlannedAt)
	if left > 0 {
		s.wait(ctx, left, "the time in which a change of mind costs nothing", func() bool { return s.cancelled })
	}
	if s.cancelled {
		s.move(ctx, shipping.CancelAsked, "", "the order is being cancelled")
		return
	}
	s.label(ctx)
}

// label buys the label, and asks again while nobody knows.
func (s *shipmentRun) label(ctx workflow.Context) {
	if s.cancelled {
		s.move(ctx, shipping.CancelAsked, "", "the order is being cancelled")
		return
	}
	if s.asking.IsZero() {
		s.asking = workflow.Now(ctx)
	}
	for n := 0; ; n++ {
		s.do(ctx, "LabelShipment", "buy the label from "+s.in.Carrier, shipments.LabelShipment, "")
		s.tellState(ctx)
		unasked := s.state == shipping.Planned || s.state == shipping.Allocated
		if !unasked && s.state != shipping.LabelUnknown && s.state != shipping.LabelRequested {
			s.asking = time.Time{}
			s.calm(ctx, order.ReasonLabelUnknown)
			return
		}
		if workflow.Now(ctx).Sub(s.asking) >= s.policy.AttentionAfter {
			s.trouble(ctx, order.ReasonLabelUnknown)
		}
		if unasked {
			// The step itself fails: it was paused for, and begins again.
			return
		}
		retry := s.retry
		s.wait(ctx, min(s.policy.ResolveFirst<<min(n, 16), s.policy.ResolveMax), "pause before the next look-up of the label",
			func() bool { return s.cancelled || s.retry != retry })
		if s.cancelled {
			s.move(ctx, shipping.CancelAsked, "", "the order is being cancelled")
			return
		}
		if s.turnsOver(ctx) {
			return
		}
	}
}

// labelFailed waits for a person: the carrier has refused for certain.
func (s *shipmentRun) labelFailed(ctx workflow.Context) {
	s.trouble(ctx, order.ReasonLabelFailed)
	s.wait(ctx, 0, "", func() bool { return s.cancelled || s.mend != "" })
	switch {
	case s.cancelled:
		s.calm(ctx, order.ReasonLabelFailed)
		s.move(ctx, shipping.CancelAsked, "", "the parcel is given up")
	case s.mend != "":
		command := s.mend
		s.mend = ""
		s.do(ctx, "MendLabel", "ask again under a new op, after a repair", shipments.MendLabel, command)
		if s.state != shipping.LabelFailed {
			s.calm(ctx, order.ReasonLabelFailed)
		}
	}
}

func (s *shipmentRun) waitForPacking(ctx workflow.Context) {
	s.waitInHouse(ctx)
	switch {
	case s.cancelled:
		s.move(ctx, shipping.CancelAsked, "", "the order is being cancelled")
	case s.carrierNews:
		s.look(ctx)
	default:
		if c, ok := s.take(UpdatePack); ok {
			s.move(ctx, shipping.PackedByStaff, c.By, "packed by the warehouse")
		}
	}
}

// waitForCapture asks the order for this parcel's share: the gate before the
// hand-over.
func (s *shipmentRun) waitForCapture(ctx workflow.Context) {
	s.captured, s.refused = false, false
	for n := 0; ; n++ {
		s.tell(ctx, order.Fact{ID: s.in.ShipmentID + "-wants", State: string(s.state), Wants: true})
		pause := s.policy.ResolveMax
		s.wait(ctx, pause, "the order is capturing this parcel's share; asked again after", func() bool {
			return s.captured || s.refused || s.cancelled || s.carrierNews
		})
		switch {
		case s.captured:
			s.move(ctx, shipping.ShareCaptured, "", "the share is captured")
			return
		case s.cancelled:
			s.move(ctx, shipping.CancelAsked, "", "the order is being cancelled")
			return
		case s.carrierNews:
			s.look(ctx)
			if s.state != shipping.CapturePending {
				return
			}
		case s.refused:
			s.move(ctx, shipping.CaptureStopped, "", "the share could not be captured: the parcel stays in the house")
			return
		case s.turnsOver(ctx):
			return
		}
	}
}

// waitForRepair keeps a parcel whose share could not be captured in the house.
func (s *shipmentRun) waitForRepair(ctx workflow.Context) {
	s.wait(ctx, 0, "", func() bool { return s.captured || s.cancelled || s.carrierNews })
	switch {
	case s.cancelled:
		s.move(ctx, shipping.CancelAsked, "", "the parcel is given up")
	case s.captured:
		// Asked for once more, so that the answer is about this parcel's share now.
		s.move(ctx, shipping.CaptureRepaired, "", "the share can be captured now")
	case s.carrierNews:
		s.look(ctx)
	}
}

func (s *shipmentRun) waitForHandOver(ctx workflow.Context) {
	s.waitInHouse(ctx)
	switch {
	case s.cancelled:
		s.move(ctx, shipping.CancelAsked, "", "the order is being cancelled")
	case s.carrierNews:
		s.look(ctx)
	default:
		if c, ok := s.take(UpdateHandOver); ok {
			s.doBy(ctx, "HandOverShipment", "the carrier has the parcel: its units leave the house", shipments.HandOverShipment, c.ID, c.By)
		}
	}
}

// waitInHouse waits for a click of staff, and asks for a person when none comes.
func (s *shipmentRun) waitInHouse(ctx workflow.Context) {
	woken := func() bool { return s.cancelled || s.carrierNews || len(s.queue) > 0 }
	reason := order.ReasonParcelWaiting
	s.refuseCommands()
	s.wait(ctx, s.policy.ParcelWait, "how long a parcel may wait in the house", woken)
	if woken() {
		s.calm(ctx, reason)
		return
	}
	if s.turnsOver(ctx) {
		return
	}
	s.trouble(ctx, reason)
	s.wait(ctx, 0, "", woken)
	s.calm(ctx, reason)
}

// track follows a parcel that has left: by the carrier's webhooks, which are
// hints to look, and by looking.
func (s *shipmentRun) track(ctx workflow.Context) {
	s.answerTooLate(ctx)
	s.refuseCommands()
	woken := func() bool { return s.carrierNews || s.cancelled || len(s.queue) > 0 }
	s.wait(ctx, s.policy.TrackEvery, "the carrier is asked when its webhooks tell nothing", woken)
	s.answerTooLate(ctx)
	if c, ok := s.take(UpdateScan); ok {
		s.scan(ctx, c)
		return
	}
	if len(s.queue) > 0 {
		return
	}
	s.look(ctx)
	s.watchForStall(ctx)
}

func (s *shipmentRun) scan(ctx workflow.Context, c parcelCommand) {
	in := s.input(c.ID, c.By)
	in.Scan = c.Scan
	s.run(ctx, "ScanShipment", "staff saw the parcel: "+string(c.Scan), shipments.ScanShipment, in)
}

// watchForStall asks for a person when a parcel is not heard of any more.
func (s *shipmentRun) watchForStall(ctx workflow.Context) {
	since := s.since
	if s.heard.After(since) {
		since = s.heard
	}
	if workflow.Now(ctx).Sub(since) >= s.policy.StallAfter {
		s.trouble(ctx, order.ReasonParcelStalled)
	} else {
		s.calm(ctx, order.ReasonParcelStalled)
	}
}

// look asks the carrier.
func (s *shipmentRun) look(ctx workflow.Context) {
	s.carrierNews = false
	s.do(ctx, "TrackShipment", "ask the carrier how far the parcel has come", shipments.TrackShipment, "")
}

// answerTooLate tells an order that wanted to stop a parcel that it has left.
func (s *shipmentRun) answerTooLate(ctx workflow.Context) {
	if !s.cancelled {
		return
	}
	s.cancelled = false
	s.tell(ctx, order.Fact{ID: s.in.ShipmentID + "-too-late", State: string(s.state), TooLate: true})
}

// finish tells the last state until the order has written it down.
func (s *shipmentRun) finish(ctx workflow.Context) {
	for _, r := range slices.Clone(s.troubles) {
		s.calm(ctx, r)
	}
	s.refuseCommands()
	for !s.acknowledged {
		if s.turnsOver(ctx) {
			return
		}
		s.answerTooLate(ctx)
		s.wait(ctx, s.policy.ResolveMax, "until the order has heard the last word", func() bool { return s.acknowledged || s.cancelled })
		if !s.acknowledged {
			s.tell(ctx, s.stateFact())
		}
	}
	s.done = true
}

// leave ends the run once nobody waits for it any more.
func (s *shipmentRun) leave(ctx workflow.Context) error {
	s.settled = true
	s.refuseCommands()
	return workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

// turnsOver reports that the run should, and may, go on as a new one.
func (s *shipmentRun) turnsOver(ctx workflow.Context) bool {
	limit := s.policy.HistoryLimit
	if limit == 0 {
		limit = order.Production().HistoryLimit
	}
	info := workflow.GetInfo(ctx)
	long := info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() > limit
	return long && len(s.queue) == 0 && !s.cancelled && !s.carrierNews && s.mend == "" && workflow.AllHandlersFinished(ctx)
}

// refuseParcel is what a command gets that the parcel cannot take.
func refuseParcel(state shipping.State, what string) error {
	return refuse(fault.Conflict, "a parcel that is "+string(state)+" "+what)
}
