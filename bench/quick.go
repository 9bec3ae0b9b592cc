package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/workflows"
)

// size is how many checkouts each measurement takes.
type size struct {
	warm, single, many, clients int
}

// side is the shopper's path beside the bare workflow on one rig.
type side struct {
	// fulfils says that parcels and mails are served on the same cores.
	fulfils bool
	single  latency
	// checkout and bare are rates, a second.
	checkout, bare float64
	// checkoutCPU and bareCPU are the processor time of so many each, until what
	// follows the placing is done too.
	checkoutCPU, bareCPU cpu
	counted              int
	// late is how many checkouts were answered before they were placed.
	late int
	// ours and theirs are the events of one of each.
	ours, theirs pair
	rush         rush
}

// pair are the events of an order and of its parcel.
type pair struct{ order, parcel events }

// parcelStates is how many states a parcel has had when it waits to be packed:
// planned and label_created.
const parcelStates = 2

// target is what of the bare workflow's rate checkouts should reach.
const target = 0.70

// measure compares checkouts with bare workflows on a rig of its own.
func measure(ctx context.Context, n size, fulfils, telemetry bool) (s side, err error) {
	o := lab.Options{Child: os.Stderr}
	if telemetry {
		var stop func()
		o, stop = watched(o)
		defer stop()
	}
	if !fulfils {
		o.Queues = []string{workflows.OrderQueue, workflows.SweepQueue}
	}
	l, err := lab.Start(ctx, o)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, l.Stop()) }()
	if err := errors.Join(l.StartWorker(ctx), l.StartAPI(ctx)); err != nil {
		return s, err
	}
	b, err := newBare(ctx, l, fulfils)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(b.stop(), err) }()
	s.fulfils = fulfils
	if err := s.compare(ctx, l, b, n); err != nil || !fulfils {
		return s, err
	}
	fmt.Println("200 buyers for 50 units …")
	s.rush, err = rushFor(ctx, l, 200, 50)
	return s, err
}

func (s *side) compare(ctx context.Context, l *lab.Lab, b *bare, n size) error {
	fmt.Println("warming up …")
	if _, _, err := checkouts(ctx, l, n.warm, n.clients); err != nil {
		return err
	}
	if _, err := b.run(ctx, n.warm, n.clients); err != nil {
		return err
	}
	fmt.Println("checkouts, 1 client …")
	times, _, err := checkouts(ctx, l, n.single, 1)
	if err != nil {
		return err
	}
	s.single = times.latency()
	// In turn, so that a machine whose speed drifts drifts for both.
	for round := range 2 {
		fmt.Printf("bare workflow and checkouts, %d clients, round %d …\n", n.clients, round+1)
		bare, err := b.run(ctx, n.many/2, n.clients)
		if err != nil {
			return err
		}
		if s.theirs, err = s.pairOf(ctx, l, b.last, bareParcelOf(b.last)); err != nil {
			return err
		}
		whole, orderID, err := checkouts(ctx, l, n.many/2, n.clients)
		if err != nil {
			return err
		}
		parcels, err := l.Warehouse().Parcels(ctx, orderID)
		if err != nil || len(parcels) != 1 {
			return errors.Join(err, fmt.Errorf("order %s has %d parcels", orderID, len(parcels)))
		}
		if s.ours, err = s.pairOf(ctx, l, workflows.OrderID(orderID), workflows.ShipmentID(parcels[0].ID)); err != nil {
			return err
		}
		s.bare += bare.rate() / 2
		s.checkout += whole.rate() / 2
		s.late += whole.late
		s.bareCPU, s.checkoutCPU, s.counted = s.bareCPU.plus(bare.cpu), s.checkoutCPU.plus(whole.cpu), s.counted+n.many/2
	}
	return nil
}

// pairOf reads what Temporal has written of an order and its parcel once both are
// through: few of them load a quick machine too little for rest to see that their
// parcels still wait for their labels.
func (s *side) pairOf(ctx context.Context, l *lab.Lab, order, parcel string) (p pair, err error) {
	for before := 0; ; {
		if p.order, err = eventsOf(ctx, l.App.Temporal, order); err != nil {
			return p, err
		}
		if p.parcel, err = eventsOf(ctx, l.App.Temporal, parcel); err != nil {
			return p, err
		}
		now := p.order.total() + p.parcel.total()
		if (!s.fulfils || p.parcel.kinds["UpsertWorkflowSearchAttributes"] >= parcelStates) && now == before {
			return p, nil
		}
		before = now
		select {
		case <-ctx.Done():
			return p, fmt.Errorf("waiting for %s to be labelled: %w", parcel, ctx.Err())
		case <-time.After(restLook):
		}
	}
}

// String is what the terminal and the record show.
func (s side) String() string {
	var b strings.Builder
	title := "fulfilment on the same cores"
	if !s.fulfils {
		title = "the queues of parcels and mails unpolled"
	}
	fmt.Fprintf(&b, "%s\n", title)
	fmt.Fprintf(&b, "  latency    p50 %.1f ms, p95 %.1f ms at 1 client (target: p50 under 60 ms)\n", ms(s.single.p50), ms(s.single.p95))
	fmt.Fprintf(&b, "  checkout   %.1f/s at 16 clients (three times Vendure's 15/s: 45/s)\n", s.checkout)
	if s.late > 0 {
		fmt.Fprintf(&b, "             %d of %d answered 202 after 5 s; they are counted until they were placed\n", s.late, s.counted)
	}
	fmt.Fprintf(&b, "  bare       %.1f/s at 16 clients\n", s.bare)
	fmt.Fprintf(&b, "  ratio      %.2f (target: at least %.2f) %s\n", s.checkout/s.bare, target, verdict(s.checkout/s.bare >= target))
	fmt.Fprintf(&b, "  processor  a checkout and what follows %s\n", s.checkoutCPU.each(s.counted))
	fmt.Fprintf(&b, "             a bare one and what follows %s\n", s.bareCPU.each(s.counted))
	fmt.Fprintf(&b, "  events     order %d and parcel %d (%d and %d transitions), bare %d and %d (%d and %d)\n",
		s.ours.order.total(), s.ours.parcel.total(), s.ours.order.transitions, s.ours.parcel.transitions,
		s.theirs.order.total(), s.theirs.parcel.total(), s.theirs.order.transitions, s.theirs.parcel.transitions)
	for _, d := range s.unlike() {
		fmt.Fprintf(&b, "             unlike: %s\n", d)
	}
	if s.fulfils {
		fmt.Fprintf(&b, "  rush       200 buyers for 50 units in %.1f s: %d placed, %d refused by 409, %d rejected after 202; ledger: %d committed, %d available\n",
			s.rush.took.Seconds(), s.rush.placed, s.rush.refused, s.rush.rejected, s.rush.level.Committed, s.rush.level.Available)
	}
	return b.String()
}

// unlike names the kinds of events of which the product and the bare workflow
// have different numbers, so that nobody has to believe that they do the same.
func (s side) unlike() []string {
	var found []string
	for _, of := range []struct {
		name         string
		ours, theirs map[string]int
	}{{"order", s.ours.order.kinds, s.theirs.order.kinds}, {"parcel", s.ours.parcel.kinds, s.theirs.parcel.kinds}} {
		all := map[string]int{}
		for _, kinds := range []map[string]int{of.ours, of.theirs} {
			for kind := range kinds {
				all[kind] = 1
			}
		}
		for _, kind := range byCount(all) {
			if of.ours[kind] != of.theirs[kind] {
				found = append(found, fmt.Sprintf("%s %s %d, bare %d", of.name, kind, of.ours[kind], of.theirs[kind]))
			}
		}
	}
	return found
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "MISSED"
}
