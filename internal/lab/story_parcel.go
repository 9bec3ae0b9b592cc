package lab

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/simulators/sim"
)

// How orders go on after they were placed: what the warehouse, the carrier, the
// bank and the shopper do with them.

// nothing is done: what happens by itself is the story.
func nothing(context.Context, *Lab, *Shopper) error { return nil }

// sendOne packs the order's only parcel and hands it over; the carrier brings it
// in its own time.
func sendOne(ctx context.Context, l *Lab, p *Shopper) error {
	if _, err := p.Await(ctx, order.Placed); err != nil {
		return err
	}
	_, err := l.Warehouse().Send(ctx, p.OrderID, 1)
	return err
}

// sendAfterBounce sends once it is known that the shopper reads no mail.
func sendAfterBounce(ctx context.Context, l *Lab, p *Shopper) error {
	if err := p.tells(ctx, order.EntryMailFailed); err != nil {
		return err
	}
	return sendOne(ctx, l, p)
}

// sendOneWithLostLabel has the carrier's answer to the purchase get lost.
func sendOneWithLostLabel(ctx context.Context, l *Lab, p *Shopper) error {
	reference := p.OrderID + "-parcel-1-open"
	_, err := l.EasyPost.AddFault(sim.Fault{
		Kind: sim.TimeoutAfter, Times: 1, DelayMS: 20_000,
		Match: sim.Match{Operation: "shipment.buy", Metadata: map[string]string{"reference": reference}},
	})
	if err != nil {
		return err
	}
	if err := sendOne(ctx, l, p); err != nil {
		return err
	}
	if n := l.EasyPost.LabelsOf(reference); n != 1 {
		return fmt.Errorf("%d labels were bought for %s", n, reference)
	}
	return nil
}

// cancelInTheHouse cancels once there is a label to give back.
func cancelInTheHouse(ctx context.Context, l *Lab, p *Shopper) error {
	if _, err := l.Warehouse().Await(ctx, p.OrderID, 1, shipping.LabelCreated); err != nil {
		return err
	}
	_, err := p.Cancel(ctx, Key())
	return err
}

// cancelTheRest sends the first of two parcels and lets the shopper cancel before
// the second is packed. The carrier brings the first when all that is done.
func cancelTheRest(ctx context.Context, l *Lab, p *Shopper) error {
	w := l.Warehouse()
	if _, err := w.Await(ctx, p.OrderID, 2, shipping.LabelCreated); err != nil {
		return err
	}
	first, err := w.Pack(ctx, p.OrderID, 1, shipping.Ready)
	if err != nil {
		return err
	}
	if err := errors.Join(l.EasyPost.SetJourney(first.TrackingCode, "stalled"), w.HandOver(ctx, first)); err != nil {
		return err
	}
	if _, err := w.Await(ctx, p.OrderID, 1, shipping.InTransit); err != nil {
		return err
	}
	if _, err := p.Cancel(ctx, Key()); err != nil {
		return err
	}
	if err := p.tells(ctx, order.EntryRefunded); err != nil {
		return err
	}
	return l.EasyPost.Track(first.TrackingCode, easypost.Update{Status: easypost.StatusDelivered})
}

// repairCapture packs a parcel whose share the bank refuses, and sends it after an
// operator had it asked again.
func repairCapture(ctx context.Context, l *Lab, p *Shopper) error {
	_, err := l.Stripe.AddFault(sim.Fault{
		Kind: sim.Decline, Code: "generic_decline", Times: 1,
		Match: sim.Match{Operation: "payment_intent.capture", Metadata: map[string]string{"order_id": p.OrderID}},
	})
	if err != nil {
		return err
	}
	w := l.Warehouse()
	if _, err := w.Pack(ctx, p.OrderID, 1, shipping.Blocked); err != nil {
		return err
	}
	if err := p.tells(ctx, order.EntryCaptureFailed); err != nil {
		return err
	}
	if err := l.Repair(ctx, p.OrderID, "Zeynep"); err != nil {
		return err
	}
	ready, err := w.Await(ctx, p.OrderID, 1, shipping.Ready)
	if err != nil {
		return err
	}
	return w.HandOver(ctx, ready)
}

// payAgain packs a parcel whose hold is lost, which stays in the house until the
// shopper has paid with another card.
func payAgain(ctx context.Context, l *Lab, p *Shopper) error {
	if err := p.tells(ctx, order.EntryHoldLost); err != nil {
		return err
	}
	w := l.Warehouse()
	if _, err := w.Pack(ctx, p.OrderID, 1, shipping.Blocked); err != nil {
		return err
	}
	if _, err := p.PayAgain(ctx, Key(), "pm_card_mastercard"); err != nil {
		return err
	}
	ready, err := w.Await(ctx, p.OrderID, 1, shipping.Ready)
	if err != nil {
		return err
	}
	return w.HandOver(ctx, ready)
}

// disputeLater lets the shopper's bank dispute a payment whose order is over.
func disputeLater(ctx context.Context, l *Lab, p *Shopper) error {
	if err := sendOne(ctx, l, p); err != nil {
		return err
	}
	if err := l.rests(ctx, p, order.Completed); err != nil {
		return err
	}
	for _, intent := range l.Stripe.IntentsOf("order_id", p.OrderID) {
		if err := l.Stripe.OpenDispute(intent, "product_not_received"); err != nil {
			return err
		}
	}
	return p.tells(ctx, order.EntryDispute)
}

// sendWorldly sends the parcel, and looks how the shopper was called in each mail.
func sendWorldly(ctx context.Context, l *Lab, p *Shopper) error {
	if err := sendOne(ctx, l, p); err != nil {
		return err
	}
	if err := l.rests(ctx, p, order.Completed); err != nil {
		return err
	}
	mails := 0
	for _, m := range l.SendGrid.Sent() {
		if !strings.HasPrefix(m.CustomArgs["send_key"], p.OrderID+"-") {
			continue
		}
		mails++
		if len(m.To) != 1 || m.To[0].Name != worldly || !strings.Contains(m.Text, worldly) || !strings.Contains(m.HTML, worldly) {
			return fmt.Errorf("mail %d calls the shopper otherwise than %s: %v", m.Number, worldly, m.To)
		}
	}
	if mails != 3 {
		return fmt.Errorf("%d mails were sent, not placed, shipped and delivered", mails)
	}
	return nil
}

// tells waits until the order's story has a line of the given kind.
func (p *Shopper) tells(ctx context.Context, kind order.EntryKind) error {
	for {
		entries, err := p.Timeline(ctx)
		for _, e := range entries {
			if err == nil && e.Kind == kind {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for order %s to tell of %s: %w", p.OrderID, kind, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
