package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
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
