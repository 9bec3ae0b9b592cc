package activities

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
)

// DeliverParcelFacts tells parcels what carriers' webhooks brought and nobody
// passed on yet.
func (s *Sweeper) DeliverParcelFacts(ctx context.Context, _ SweepInput) (SweepResult, error) {
	var result SweepResult
	letters, err := s.ShippingInbox.Waiting(ctx, 200)
	if err != nil {
		return result, forTemporal(err)
	}
	var errs []error
	for _, l := range letters {
		activity.RecordHeartbeat(ctx, l.ID)
		if err := s.deliverToParcel(ctx, l); err != nil {
			// The others do not wait for it: it stays, and is tried again.
			s.Log.WarnContext(ctx, "a carrier's webhook could not be passed on", "event", l.ID, "error", err)
			errs = append(errs, err)
			continue
		}
		result.Told++
	}
	return result, forTemporal(errors.Join(errs...))
}

func (s *Sweeper) deliverToParcel(ctx context.Context, l shipping.Letter) error {
	row, err := s.Shipments.ByRef(ctx, l.Carrier, l.Ref, l.TrackingCode)
	if fault.Is(err, fault.NotFound) {
		s.Log.WarnContext(ctx, "a carrier's webhook names no parcel of ours", "event", l.ID)
		return s.ShippingInbox.Delivered(ctx, l, shipping.LetterUnknown)
	}
	if err != nil {
		return err
	}
	err = s.ShipmentRuns.TellShipment(ctx, row.ID, shipping.Fact{ID: l.EventID, Kind: shipping.FactCarrier})
	if fault.Is(err, fault.NotFound) {
		err = s.lateScan(ctx, row)
	}
	if err != nil {
		return err
	}
	return s.ShippingInbox.Delivered(ctx, l, shipping.LetterTold)
}

// lateScan follows a parcel whose workflow is over: one that was given up for
// lost may still be delivered, and the order is told.
func (s *Sweeper) lateScan(ctx context.Context, row shipping.Shipment) error {
	if row.State == shipping.Cancelled {
		return s.scannedCancelled(ctx, row)
	}
	if row.State != shipping.Lost {
		return nil
	}
	follower := &Shipments{Orders: s.Orders, Store: s.Shipments, Ledger: s.Ledger, Carriers: s.Carriers, Clock: s.Clock, Log: s.Log}
	row, err := follower.follow(ctx, row)
	if err != nil || row.State == shipping.Lost {
		return err
	}
	o, err := s.Orders.Find(ctx, row.OrderID)
	if err != nil {
		return err
	}
	return s.Runs.Tell(ctx, o, order.Fact{
		ID: row.ID + "-" + string(row.State), Kind: order.FactShipment, ShipmentID: row.ID, State: string(row.State),
	}, true)
}

// scannedCancelled asks for a person when a carrier travels with a parcel that was
// cancelled: its share went back, and the goods did not stay.
func (s *Sweeper) scannedCancelled(ctx context.Context, row shipping.Shipment) error {
	carrier, ok := s.Carriers[row.Carrier]
	if !ok || row.Ref == "" {
		return nil
	}
	answer := carrier.Lookup(ctx, row.Ref)
	if answer.Outcome != outcome.Yes || shipping.Newest(answer.Picture.Scans, s.Clock()).IsZero() {
		return nil
	}
	o, err := s.Orders.Find(ctx, row.OrderID)
	if err != nil {
		return err
	}
	return s.Runs.Tell(ctx, o, order.Fact{
		ID: row.ID + "-scanned", Kind: order.FactShipment, ShipmentID: row.ID, State: string(row.State), Trouble: order.ReasonFoundAgain,
	}, true)
}

// CatchUpParcels compares the carriers' own event lists with the inbox: what a
// lost webhook would have told is told now.
func (s *Sweeper) CatchUpParcels(ctx context.Context, in SweepInput) (SweepResult, error) {
	var result SweepResult
	var errs []error
	for name, carrier := range s.Carriers {
		if !carrier.Tracks() {
			continue
		}
		found, err := s.catchUpCarrier(ctx, name, carrier, in.CatchUpEvery)
		errs = append(errs, err)
		result.Found += found
	}
	return result, forTemporal(errors.Join(errs...))
}

func (s *Sweeper) catchUpCarrier(ctx context.Context, name string, carrier shipping.Carrier, every time.Duration) (int, error) {
	now, walk := s.Clock(), "parcel-events/"+name
	last, err := s.lastTime(ctx, walk, now)
	if err != nil || now.Sub(last) < every {
		return 0, err
	}
	events, err := carrier.Events(ctx, last.Add(-overlap))
	if err != nil {
		return 0, fault.Wrap(err, fault.Unavailable, "the events of %s cannot be listed", name)
	}
	found := 0
	for _, e := range events {
		activity.RecordHeartbeat(ctx, e.ID)
		if e.Ref == "" && e.TrackingCode == "" {
			continue
		}
		fresh, err := s.ShippingInbox.Put(ctx, name, e, now)
		if err != nil {
			return found, err
		}
		if fresh {
			found++
		}
	}
	return found, s.Cursors.SetCursor(ctx, walk, now.Format(time.RFC3339Nano))
}

// ReopenLostParcels finds parcels that should have a run and have none: by
// Temporal's own word for runs that ended otherwise than they should, also of
// parcels whose end nobody was told, and by slow walks over those that are not
// over and over open orders that have not heard of an end. Their run begins again
// from the row.
func (s *Sweeper) ReopenLostParcels(ctx context.Context, in SweepInput) (SweepResult, error) {
	var result SweepResult
	err := errors.Join(s.lookAtEndedParcels(ctx, &result), s.lookAtOpenParcels(ctx, in, &result), s.lookAtUnheardParcels(ctx, in, &result))
	return result, forTemporal(err)
}

func (s *Sweeper) lookAtEndedParcels(ctx context.Context, result *SweepResult) error {
	const walk = "sweep/ended-parcels"
	now := s.Clock()
	last, err := s.lastTime(ctx, walk, now)
	if err != nil {
		return err
	}
	ids, err := s.ShipmentRuns.LostShipments(ctx, last.Add(-lostOverlap))
	if err != nil {
		return err
	}
	rows := make([]shipping.Shipment, 0, len(ids))
	for _, id := range ids {
		row, err := s.Shipments.Find(ctx, id)
		switch {
		case fault.Is(err, fault.NotFound):
			s.Log.WarnContext(ctx, "a run ended that belongs to no parcel", "shipment", id)
		case err != nil:
			return err
		default:
			rows = append(rows, row)
		}
	}
	if err := s.reviveAll(ctx, rows, result); err != nil {
		return err
	}
	return s.Cursors.SetCursor(ctx, walk, now.Format(time.RFC3339Nano))
}

func (s *Sweeper) lookAtOpenParcels(ctx context.Context, in SweepInput, result *SweepResult) error {
	const walk = "sweep/parcels"
	after, err := s.Cursors.Cursor(ctx, walk)
	if err != nil {
		return err
	}
	rows, err := s.Shipments.Open(ctx, after, walkStep)
	if err != nil {
		return err
	}
	next := ""
	if len(rows) == walkStep {
		next = rows[len(rows)-1].ID
	}
	grown := slices.DeleteFunc(rows, func(row shipping.Shipment) bool { return s.Clock().Sub(row.CreatedAt) < in.Age })
	if err := s.reviveAll(ctx, grown, result); err != nil || next == after {
		return err
	}
	return s.Cursors.SetCursor(ctx, walk, next)
}

// lookAtUnheardParcels walks over open orders whose parcel has come to its end
// without their knowing: its run was lost before it told, and Temporal's word for
// that may have come too late for the look at ended runs.
func (s *Sweeper) lookAtUnheardParcels(ctx context.Context, in SweepInput, result *SweepResult) error {
	const walk = "sweep/unheard-parcels"
	after, err := s.Cursors.Cursor(ctx, walk)
	if err != nil {
		return err
	}
	orders, err := s.Orders.Open(ctx, after, walkStep)
	if err != nil {
		return err
	}
	next := ""
	if len(orders) == walkStep {
		next = orders[len(orders)-1].ID
	}
	var unheard []shipping.Shipment
	for _, o := range orders {
		if len(o.State.Shipments) == 0 {
			continue
		}
		rows, err := s.Shipments.OfOrder(ctx, o.ID)
		if err != nil {
			return err
		}
		for _, row := range rows {
			known, there := o.State.Shipments[row.ID]
			if there && row.State.Ended() && known.State != string(row.State) && s.Clock().Sub(row.EndedAt) >= in.Age {
				unheard = append(unheard, row)
			}
		}
	}
	if err := s.reviveAll(ctx, unheard, result); err != nil || next == after {
		return err
	}
	return s.Cursors.SetCursor(ctx, walk, next)
}

func (s *Sweeper) reviveAll(ctx context.Context, rows []shipping.Shipment, result *SweepResult) error {
	var errs []error
	for _, row := range rows {
		activity.RecordHeartbeat(ctx, row.ID)
		result.Looked++
		revived, err := s.revive(ctx, row)
		if err != nil {
			// The others do not wait for it.
			s.Log.WarnContext(ctx, "a parcel's run could not be looked at", "shipment", row.ID, "error", err)
			errs = append(errs, err)
		} else if revived {
			s.Log.WarnContext(ctx, "a parcel had no run", "shipment", row.ID, "state", row.State)
			result.Reopened++
		}
	}
	return errors.Join(errs...)
}

func (s *Sweeper) revive(ctx context.Context, row shipping.Shipment) (bool, error) {
	o, err := s.Orders.Find(ctx, row.OrderID)
	if _, known := o.State.Shipments[row.ID]; err != nil || !known {
		// A parcel that its order does not know was planned by a run that is gone.
		return false, err
	}
	return s.ShipmentRuns.ReviveShipment(ctx, row, o.Number, o.Policy)
}
