package activities

import (
	"context"
	"log/slog"
	"time"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/stock"
)

// Shipments runs the steps of parcels. A parcel's row decides: each step moves it
// on from where it stands, and who finds it further along returns that. None of
// them touches money.
type Shipments struct {
	Orders order.Store
	Store  shipping.Store
	Ledger stock.Ledger
	// Carriers are those that parcels may be with, Carrier the one for new ones.
	Carriers shipping.Carriers
	Carrier  string
	// From is where parcels leave from.
	From  shipping.Address
	Clock clock.Clock
	Log   *slog.Logger
}

// ShipmentInput names a parcel and, where the step has one, the command that
// asks for it and who gave it.
type ShipmentInput struct {
	OrderID    string `json:"order_id"`
	ShipmentID string `json:"shipment_id"`
	Command    string `json:"command,omitempty"`
	By         string `json:"by,omitempty"`
	// Trigger is what a MoveShipment does.
	Trigger shipping.Trigger `json:"trigger,omitempty"`
	// Scan is what staff saw of a parcel.
	Scan shipping.State `json:"scan,omitempty"`
	// NotFoundAfter is from when on "no such shipment" may be believed.
	NotFoundAfter time.Duration `json:"not_found_after,omitempty"`
}

// ShipmentResult is where a parcel stands after a step.
type ShipmentResult struct {
	State shipping.State `json:"state"`
	// LeftUnpaid says that the carrier had it before its share was captured.
	LeftUnpaid bool `json:"left_unpaid,omitempty"`
	// Heard is the time of the newest scan.
	Heard time.Time `json:"heard,omitzero"`
	// Code is the carrier's own word about what went wrong.
	Code string `json:"code,omitempty"`
	// Refused says that the parcel could not take the step where it stands.
	Refused bool `json:"refused,omitempty"`
}

func resultOf(row shipping.Shipment) ShipmentResult {
	r := ShipmentResult{State: row.State, LeftUnpaid: row.LeftUnpaid, Heard: row.Heard}
	for _, kind := range []shipping.Kind{shipping.OpOpen, shipping.OpBuy, shipping.OpVoid} {
		op := row.Op(kind)
		unread := row.State == shipping.LabelUnknown && op.Code != ""
		if op.State == shipping.OpNo || op.State == shipping.OpUnanswered || unread {
			r.Code = op.Code
		}
	}
	return r
}

// ReadShipment returns where a parcel stands, for a run that begins again.
func (s *Shipments) ReadShipment(ctx context.Context, in ShipmentInput) (ShipmentResult, error) {
	row, err := s.Store.Find(ctx, in.ShipmentID)
	if err == nil && row.State.Left() {
		// Whoever wrote that it left may have died before its units did.
		err = s.ship(ctx, row.ID)
	}
	return resultOf(row), forTemporal(err)
}

// ReadShipments returns the parcels of an order as facts, for an order whose run
// begins again and may have missed some.
func (s *Shipments) ReadShipments(ctx context.Context, in ShipmentInput) ([]order.Fact, error) {
	rows, err := s.Store.OfOrder(ctx, in.OrderID)
	facts := make([]order.Fact, len(rows))
	for i, row := range rows {
		facts[i] = order.Fact{
			ID: row.ID + "-read-" + string(row.State), Kind: order.FactShipment, ShipmentID: row.ID, State: string(row.State), LeftUnpaid: row.LeftUnpaid,
		}
	}
	return facts, forTemporal(err)
}

// MoveShipment takes a parcel one step that needs nobody outside: a click of
// staff, or a word of the order.
func (s *Shipments) MoveShipment(ctx context.Context, in ShipmentInput) (ShipmentResult, error) {
	for range maxSteps {
		row, err := s.Store.Find(ctx, in.ShipmentID)
		if err != nil {
			return ShipmentResult{}, forTemporal(err)
		}
		to, refused := shipping.Machine.Next(row.State, in.Trigger)
		if refused != nil {
			result := resultOf(row)
			result.Refused = true
			return result, nil //nolint:nilerr // a refused step is the answer here, not a failure
		}
		crashpoint.Here("parcel.move")
		row, moved, err := s.Store.Apply(ctx, shipping.Change{
			ShipmentID: in.ShipmentID, From: []shipping.State{row.State}, State: to, At: s.now(), By: in.By,
		})
		if err != nil {
			return ShipmentResult{}, forTemporal(err)
		}
		if moved {
			return resultOf(row), nil
		}
	}
	return ShipmentResult{}, forTemporal(fault.New(fault.Unavailable, "shipment %s is being written by others", in.ShipmentID))
}

// now is the time as MongoDB keeps it.
func (s *Shipments) now() time.Time { return s.Clock().UTC().Truncate(time.Millisecond) }

// HandOverShipment records that a parcel left and takes its units out of the
// house. A parcel that has not asked for its share, or has no answer yet, is
// refused: goods never leave unpaid by our hand.
func (s *Shipments) HandOverShipment(ctx context.Context, in ShipmentInput) (ShipmentResult, error) {
	in.Trigger = shipping.HandOver
	crashpoint.Here("handover.before")
	result, err := s.MoveShipment(ctx, in)
	if err != nil || result.Refused && !result.State.Left() {
		return result, err
	}
	crashpoint.Here("handover.moved")
	result.Refused = false
	return result, forTemporal(s.ship(ctx, in.ShipmentID))
}

// ship takes the parcel's units out of the house, once, at the time that the
// row keeps of its leaving.
func (s *Shipments) ship(ctx context.Context, shipmentID string) error {
	row, err := s.Store.Find(ctx, shipmentID)
	if err != nil {
		return err
	}
	err = s.Ledger.Ship(ctx, stock.Op{ID: row.ID + "-ship", At: row.HandedOverAt}, parcelLines(row))
	crashpoint.Here("handover.shipped")
	return err
}

// ScanShipment records what staff saw of a parcel that has left: for own
// delivery the only word there is, for a carrier's parcel a correction.
func (s *Shipments) ScanShipment(ctx context.Context, in ShipmentInput) (ShipmentResult, error) {
	row, err := s.Store.Find(ctx, in.ShipmentID)
	if err != nil {
		return ShipmentResult{}, forTemporal(err)
	}
	if row.State.Left() {
		// Whoever wrote that it left may have died before its units did.
		if err := s.ship(ctx, row.ID); err != nil {
			return ShipmentResult{}, forTemporal(err)
		}
	}
	now := s.now()
	to := shipping.Follow(row.State, []shipping.Scan{{State: in.Scan, At: now}}, now)
	if to != in.Scan {
		result := resultOf(row)
		result.Refused = true
		return result, nil
	}
	row, _, err = s.Store.Apply(ctx, shipping.Change{
		ShipmentID: row.ID, From: []shipping.State{row.State}, State: to, At: now, Heard: now, By: in.By,
	})
	return resultOf(row), forTemporal(err)
}

// TrackShipment asks the carrier how far a parcel has come, and follows it
// forward only. A parcel that the carrier scanned before we handed it over has
// left all the same.
func (s *Shipments) TrackShipment(ctx context.Context, in ShipmentInput) (ShipmentResult, error) {
	var result ShipmentResult
	err := beating(ctx, func(ctx context.Context) error {
		row, err := s.Store.Find(ctx, in.ShipmentID)
		if err != nil {
			return err
		}
		row, err = s.follow(ctx, row)
		result = resultOf(row)
		return err
	})
	return result, forTemporal(err)
}

func (s *Shipments) follow(ctx context.Context, row shipping.Shipment) (shipping.Shipment, error) {
	carrier, ok := s.Carriers[row.Carrier]
	if !ok {
		return row, fault.New(fault.Internal, "no adapter speaks to the carrier %q", row.Carrier)
	}
	if !carrier.Tracks() || row.Ref == "" || row.State.Ended() && row.State != shipping.Lost {
		return row, nil
	}
	answer := carrier.Lookup(ctx, row.Ref)
	if answer.Outcome != outcome.Yes {
		return row, fault.New(fault.Unavailable, "the carrier cannot be asked for the parcel now (%s)", answer.Code)
	}
	return s.heard(ctx, row, answer.Picture.Scans)
}

// heard moves the row by what the carrier has scanned.
func (s *Shipments) heard(ctx context.Context, row shipping.Shipment, scans []shipping.Scan) (shipping.Shipment, error) {
	now := s.now()
	if row.State == shipping.HandedOver {
		// Whoever wrote that it left may have died before its units did.
		if err := s.ship(ctx, row.ID); err != nil {
			return row, err
		}
	}
	if shipping.LeftUnseen(row.State, scans, now) {
		left, err := s.leftUnseen(ctx, row)
		if err != nil {
			return left, err
		}
		row = left
	}
	newest := shipping.Newest(scans, now)
	to := shipping.Follow(row.State, scans, now)
	if to == row.State && !newest.After(row.Heard) {
		return row, nil
	}
	change := shipping.Change{ShipmentID: row.ID, From: []shipping.State{row.State}, Heard: newest}
	if to != row.State {
		change.State, change.At = to, now
	}
	row, _, err := s.Store.Apply(ctx, change)
	return row, err
}

// leftUnseen records that the carrier has a parcel that we have not handed over:
// paid for, or not.
func (s *Shipments) leftUnseen(ctx context.Context, row shipping.Shipment) (shipping.Shipment, error) {
	trigger := shipping.HandOver
	if row.State.Unpaid() {
		trigger = shipping.ScannedUnpaid
	}
	to, err := shipping.Machine.Next(row.State, trigger)
	if err != nil {
		return row, err
	}
	row, _, err = s.Store.Apply(ctx, shipping.Change{
		ShipmentID: row.ID, From: []shipping.State{row.State}, State: to, At: s.now(), By: "carrier", LeftUnpaid: trigger == shipping.ScannedUnpaid,
	})
	if err != nil || !row.State.Left() {
		return row, err
	}
	// Also after somebody else, who may have died before its units left.
	return row, s.ship(ctx, row.ID)
}
