package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

type storyCmd struct {
	atShop
	Order string `arg:"" help:"The order's id, ord_…, or its number."`
}

// Run prints where the order stands and its whole story, with who of the staff did
// what, which no shopper is shown.
func (c storyCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	o, err := a.Order(ctx, c.Order)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	parcels, err := a.Shipments.OfOrder(ctx, o.ID)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	lines, err := a.Orders.Timeline(ctx, o.ID)
	if err == nil {
		err = printStory(out, o, parcels, lines)
	}
	return errors.Join(err, a.Close())
}

// printStory writes an order down for who is on call. It holds nothing personal of
// the shopper's.
func printStory(out io.Writer, o order.Order, parcels []shipping.Shipment, lines []order.Entry) error {
	fmt.Fprintf(out, "%s  %s  %s  %s\n", o.Number, o.ID, o.State.Status, o.Quote.Total)
	if o.State.Attention != nil {
		fmt.Fprintln(out)
		printReasons(out, o)
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, id := range slices.Sorted(maps.Keys(o.State.Attempts)) {
		t := o.State.Attempts[id]
		fmt.Fprintf(w, "payment\t%s\t%s\t%s\t%s\n", id, t.Provider, t.State, strings.TrimSpace(t.Decline+" "+t.Dispute))
	}
	for _, p := range parcels {
		fmt.Fprintf(w, "parcel %d\t%s\t%s\t%s\t%s\n", p.Number, p.ID, p.Carrier, p.State, p.TrackingCode)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("printing the story: %w", err)
	}
	fmt.Fprintln(out)
	for _, e := range lines {
		by := ""
		if e.By != "" {
			by = "by " + e.By
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", e.At.UTC().Format(time.DateTime+" MST"), e.Status, e.Kind, e.Detail, by)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("printing the story: %w", err)
	}
	return nil
}
