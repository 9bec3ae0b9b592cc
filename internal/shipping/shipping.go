// Package shipping is the noun of parcels: how the lines of an order are packed
// into shipments, what sending them costs the shopper, the states that each
// passes through on its way to the door, and the interface that every carrier's
// adapter serves.
package shipping

import (
	"slices"

	"github.com/bedesten/bedesten/internal/machine"
)

// State is where a shipment stands.
type State string

// The states of a shipment.
const (
	Planned           State = "planned"
	Allocated         State = "allocated"
	LabelRequested    State = "label_requested"
	LabelCreated      State = "label_created"
	LabelFailed       State = "label_failed"
	LabelUnknown      State = "label_unknown"
	Packed            State = "packed"
	CapturePending    State = "capture_pending"
	Ready             State = "ready"
	Blocked           State = "blocked"
	HandedOver        State = "handed_over"
	InTransit         State = "in_transit"
	OutForDelivery    State = "out_for_delivery"
	DeliveryFailed    State = "delivery_failed"
	Exception         State = "exception"
	Delivered         State = "delivered"
	ReturningToSender State = "returning_to_sender"
	ReturnedToSender  State = "returned_to_sender"
	Lost              State = "lost"
	Damaged           State = "damaged"
	Cancelling        State = "cancelling"
	Cancelled         State = "cancelled"
)

// Trigger moves a shipment from one state to the next.
type Trigger string

// The triggers of a shipment.
const (
	LocationChosen   Trigger = "location_chosen"
	LabelAsked       Trigger = "label_asked"
	LabelBought      Trigger = "label_bought"
	LabelRefused     Trigger = "label_refused"
	LabelUnanswered  Trigger = "label_unanswered"
	LabelNotExecuted Trigger = "label_not_executed"
	LabelMended      Trigger = "label_mended"
	PackedByStaff    Trigger = "packed_by_staff"
	CaptureAsked     Trigger = "capture_asked"
	ShareCaptured    Trigger = "share_captured"
	CaptureStopped   Trigger = "capture_stopped"
	CaptureRepaired  Trigger = "capture_repaired"
	HandOver         Trigger = "hand_over"
	ScannedUnpaid    Trigger = "scanned_unpaid"
	ScannedOnItsWay  Trigger = "scanned_on_its_way"
	ScannedAtDoor    Trigger = "scanned_out_for_delivery"
	ScannedFailed    Trigger = "scanned_delivery_failed"
	ScannedException Trigger = "scanned_exception"
	ScannedDelivered Trigger = "scanned_delivered"
	ScannedReturning Trigger = "scanned_returning"
	ScannedReturned  Trigger = "scanned_returned"
	ScannedLost      Trigger = "scanned_lost"
	ScannedDamaged   Trigger = "scanned_damaged"
	CancelAsked      Trigger = "cancel_asked"
	LabelGone        Trigger = "label_gone"
	LeftMeanwhile    Trigger = "left_meanwhile"
)

var (
	// cancellable are the states before anything left the house.
	cancellable = []State{
		Planned, Allocated, LabelRequested, LabelUnknown, LabelFailed, LabelCreated, Packed, CapturePending, Ready, Blocked,
	}
	// unpaid are the states in which a parcel has a label and its share is not
	// captured for certain.
	unpaid = []State{LabelCreated, Packed, CapturePending, Blocked}
	// away are the states after the hand-over in which more is to come.
	away = []State{HandedOver, InTransit, OutForDelivery, DeliveryFailed, Exception}
)

// Machine is the life of a shipment; docs/order-states.md is generated from it.
var Machine = machine.Table[State, Trigger]{
	Noun: "shipment",
	Ends: []State{Delivered, ReturnedToSender, Lost, Damaged, Cancelled},
	Rows: []machine.Row[State, Trigger]{
		{From: []State{Planned}, To: Allocated, Trigger: LocationChosen, Effect: "the lines were committed when the order was placed"},
		{From: []State{Allocated}, To: LabelRequested, Trigger: LabelAsked, Effect: "op fixed first"},
		{From: []State{LabelRequested, LabelUnknown}, To: LabelCreated, Trigger: LabelBought},
		{From: []State{LabelRequested, LabelUnknown}, To: LabelFailed, Trigger: LabelRefused, Effect: "attention"},
		{From: []State{LabelRequested}, To: LabelUnknown, Trigger: LabelUnanswered, Effect: "looked up by our reference"},
		{From: []State{LabelUnknown}, To: LabelRequested, Trigger: LabelNotExecuted},
		{From: []State{LabelFailed}, To: LabelRequested, Trigger: LabelMended, Effect: "new op, after a definite no"},
		{From: []State{LabelCreated}, To: Packed, Trigger: PackedByStaff},
		{From: []State{Packed}, To: CapturePending, Trigger: CaptureAsked, Effect: "the order is asked for this share"},
		{From: []State{CapturePending}, To: Ready, Trigger: ShareCaptured},
		{From: []State{CapturePending}, To: Blocked, Trigger: CaptureStopped, Effect: "attention on the order"},
		{From: []State{Blocked}, To: CapturePending, Trigger: CaptureRepaired},
		{From: []State{Ready}, To: HandedOver, Trigger: HandOver, Effect: "stock leaves the house; also a carrier's scan before our click"},
		{From: unpaid, To: HandedOver, Trigger: ScannedUnpaid, Effect: "attention left_unpaid, captured at once"},
		{From: []State{HandedOver, Exception}, To: InTransit, Trigger: ScannedOnItsWay},
		{From: []State{HandedOver, InTransit, DeliveryFailed, Exception}, To: OutForDelivery, Trigger: ScannedAtDoor},
		{From: []State{HandedOver, InTransit, OutForDelivery, Exception}, To: DeliveryFailed, Trigger: ScannedFailed},
		{From: []State{HandedOver, InTransit, OutForDelivery, DeliveryFailed}, To: Exception, Trigger: ScannedException},
		{From: away, To: Delivered, Trigger: ScannedDelivered},
		{From: []State{Lost}, To: Delivered, Trigger: ScannedDelivered, Effect: "attention: its share was given back"},
		{From: away, To: ReturningToSender, Trigger: ScannedReturning},
		{From: []State{ReturningToSender}, To: ReturnedToSender, Trigger: ScannedReturned, Effect: "staff have it back: restock, refund policy"},
		{From: append([]State{ReturningToSender}, away...), To: Lost, Trigger: ScannedLost, Effect: "share refunded, nothing restocked"},
		{From: append([]State{ReturningToSender}, away...), To: Damaged, Trigger: ScannedDamaged, Effect: "share refunded, nothing restocked"},
		{From: cancellable, To: Cancelling, Trigger: CancelAsked, Effect: "label given back"},
		{From: []State{Cancelling}, To: Cancelled, Trigger: LabelGone},
		{From: []State{Cancelling}, To: HandedOver, Trigger: LeftMeanwhile, Effect: "the carrier had it first: the cancel is too late"},
	},
}

// Ended reports whether nothing more happens to a shipment in s. A lost one may
// still be delivered: it is looked at, and a person is told.
func (s State) Ended() bool { return Machine.Ended(s) }

// Left reports whether a shipment in s has been handed over.
func (s State) Left() bool {
	return slices.Contains(away, s) || slices.Contains([]State{Delivered, ReturningToSender, ReturnedToSender, Lost, Damaged}, s)
}

// Cancellable reports whether a shipment in s can still be stopped.
func (s State) Cancellable() bool { return slices.Contains(cancellable, s) }

// Unpaid reports whether a shipment in s has a label although its share is not
// captured for certain.
func (s State) Unpaid() bool { return slices.Contains(unpaid, s) }
