package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/workflows"
)

// one is what a single order with one parcel costs, from the checkout to the end
// of its run, on a rig that does nothing else.
type one struct {
	order, parcel events
	ops           ops
}

// oneOrder has a first order warm everything up and counts the second. Nobody
// sweeps, so that what is counted is the order's alone.
func oneOrder(ctx context.Context) (o one, err error) {
	traces := collect()
	defer traces.server.Close()
	l, err := lab.Start(ctx, lab.Options{
		Child: os.Stderr, Change: lab.Watched("", traces.server.URL),
		Queues: []string{workflows.OrderQueue, workflows.ShipmentQueue, workflows.MailQueue},
	})
	if err != nil {
		return o, err
	}
	stopped := false
	defer func() {
		if !stopped {
			err = errors.Join(err, l.Stop())
		}
	}()
	if err := errors.Join(l.StartWorker(ctx), l.StartAPI(ctx)); err != nil {
		return o, err
	}
	sku, err := l.FreshSKU(ctx, 10)
	if err != nil {
		return o, err
	}
	var shopper *lab.Shopper
	var began time.Time
	for range 2 {
		if shopper, err = l.Shop().Fill(ctx, lab.Line{SKU: sku, Quantity: 1}); err != nil {
			return o, err
		}
		began = time.Now()
		if err := through(ctx, l, shopper); err != nil {
			return o, err
		}
		if err := overOf(ctx, l, shopper); err != nil {
			return o, err
		}
	}
	ended := time.Now()
	o.order, err = eventsOf(ctx, l.App.Temporal, workflows.OrderID(shopper.OrderID))
	if err != nil {
		return o, err
	}
	parcels, err := l.Warehouse().Parcels(ctx, shopper.OrderID)
	if err != nil || len(parcels) != 1 {
		return o, errors.Join(err, fmt.Errorf("order %s has %d parcels", shopper.OrderID, len(parcels)))
	}
	if o.parcel, err = eventsOf(ctx, l.App.Temporal, workflows.ShipmentID(parcels[0].ID)); err != nil {
		return o, err
	}
	// Stopping sends the last traces.
	stopped = true
	if err := l.Stop(); err != nil {
		return o, err
	}
	o.ops, err = traces.since(began, ended)
	return o, err
}

// through takes a filled basket to the door of who bought it: the warehouse clicks
// over HTTP, and the carrier delivers at once.
func through(ctx context.Context, l *lab.Lab, p *lab.Shopper) error {
	if _, err := buy(ctx, p); err != nil {
		return err
	}
	w := l.Warehouse()
	parcel, err := w.Pack(ctx, p.OrderID, 1, shipping.Ready)
	if err != nil {
		return err
	}
	// Nothing comes by the carrier's clock after the first scan.
	if err := errors.Join(l.EasyPost.SetJourney(parcel.TrackingCode, "stalled"), w.HandOver(ctx, parcel)); err != nil {
		return err
	}
	return l.EasyPost.Track(parcel.TrackingCode, easypost.Update{Status: easypost.StatusDelivered})
}

// overOf waits until an order is completed and its run is over.
func overOf(ctx context.Context, l *lab.Lab, p *lab.Shopper) error {
	if _, err := p.Await(ctx, order.Completed); err != nil {
		return err
	}
	for {
		o, err := l.App.Orders.Find(ctx, p.OrderID)
		if err == nil && !o.State.Open {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for order %s to leave its run: %w", p.OrderID, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// String renders the counts.
func (o one) String() string {
	var b strings.Builder
	b.WriteString("### One order and its parcel, from the checkout to the end of both runs\n\n")
	b.WriteString("| workflow | history events | state transitions | activities |\n|---|---|---|---|\n")
	fmt.Fprintf(&b, "| order | %d | %d | %s |\n", o.order.total(), o.order.transitions, listed(o.order.activities))
	fmt.Fprintf(&b, "| parcel | %d | %d | %s |\n", o.parcel.total(), o.parcel.transitions, listed(o.parcel.activities))
	fmt.Fprintf(&b, "\nEvents of the order: %s.\n\nEvents of the parcel: %s.\n", listed(o.order.kinds), listed(o.parcel.kinds))
	doing, waiting := o.ops.total()
	fmt.Fprintf(&b, "\n%d commands to MongoDB for the order itself: %s. Who waited for it read %d times more.\n", doing, listed(o.ops.commands()), waiting)
	b.WriteString("\n| step | commands | which |\n|---|---|---|\n")
	for _, step := range o.ops.steps() {
		fmt.Fprintf(&b, "| %s | %d | %s |\n", step, sum(o.ops[step]), listed(o.ops[step]))
	}
	return b.String()
}
