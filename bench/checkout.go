package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/stock"
)

// times are the durations of single runs, and of all of them together.
type times struct {
	each  []time.Duration
	total time.Duration
	cpu   cpu
	// late is how many were answered before they were done.
	late int
}

type latency struct{ p50, p95 time.Duration }

func (t times) latency() latency {
	sorted := slices.Sorted(slices.Values(t.each))
	return latency{sorted[len(sorted)/2], sorted[len(sorted)*95/100]}
}

func (t times) rate() float64 { return float64(len(t.each)) / t.total.Seconds() }

// timed runs fn n times from so many clients; pid is devstack's. The processor's
// time is that of everything that this began, until the rig is at rest again.
func timed(ctx context.Context, pid, n, clients int, fn func(context.Context, int) error) (times, error) {
	before, err := cpuOf(pid)
	if err != nil {
		return times{}, err
	}
	t, err := repeated(ctx, n, clients, fn)
	if err != nil {
		return t, err
	}
	after, err := rest(ctx, pid)
	t.cpu = after.since(before)
	return t, err
}

// repeated runs fn n times from so many clients.
func repeated(ctx context.Context, n, clients int, fn func(context.Context, int) error) (times, error) {
	var mu sync.Mutex
	var t times
	var next atomic.Int64
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	for range clients {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				start := time.Now()
				if err := fn(ctx, i); err != nil {
					return err
				}
				mu.Lock()
				t.each = append(t.each, time.Since(start))
				mu.Unlock()
			}
		})
	}
	err := g.Wait()
	t.total = time.Since(began)
	return t, err
}

// baskets fills n carts of one SKU each, outside of what is measured.
func baskets(ctx context.Context, l *lab.Lab, n int, skus []string) ([]*lab.Shopper, error) {
	shop, shoppers := l.Shop(), make([]*lab.Shopper, n)
	_, err := repeated(ctx, n, 8, func(ctx context.Context, i int) (err error) {
		shoppers[i], err = shop.Fill(ctx, lab.Line{SKU: skus[i%len(skus)], Quantity: 1})
		return err
	})
	return shoppers, err
}

// articles is over how many SKUs the checkouts are spread.
const articles = 20

// checkouts measures POST /v1/checkouts until placed, and returns the first of
// the orders.
func checkouts(ctx context.Context, l *lab.Lab, n, clients int) (times, string, error) {
	skus := make([]string, articles)
	for i := range skus {
		var err error
		if skus[i], err = l.FreshSKU(ctx, int64(n)); err != nil {
			return times{}, "", err
		}
	}
	shoppers, err := baskets(ctx, l, n, skus)
	if err != nil {
		return times{}, "", err
	}
	var late atomic.Int64
	t, err := timed(ctx, l.Devstack.Pid(), n, clients, func(ctx context.Context, i int) error {
		pending, err := buy(ctx, shoppers[i])
		if pending {
			late.Add(1)
		}
		return err
	})
	t.late = int(late.Load())
	return t, shoppers[0].OrderID, err
}

// buy checks out and returns when the order is placed. It reports whether the
// API had answered before.
func buy(ctx context.Context, p *lab.Shopper) (pending bool, err error) {
	r, err := p.Checkout(ctx, lab.Key(), "pm_card_visa")
	switch {
	case err != nil:
		return false, err
	case r.Status == http.StatusCreated:
		return false, nil
	case r.Status != http.StatusAccepted:
		return false, fmt.Errorf("a checkout answered %d: %s", r.Status, r.Raw)
	}
	_, err = p.Await(ctx, order.Placed)
	return true, err
}

// rush is what came of many buyers for few units.
type rush struct {
	placed, refused, rejected int
	took                      time.Duration
	level                     stock.Level
}

func rushFor(ctx context.Context, l *lab.Lab, buyers int, units int64) (rush, error) {
	sku, err := l.FreshSKU(ctx, units)
	if err != nil {
		return rush{}, err
	}
	shoppers, err := baskets(ctx, l, buyers, []string{sku})
	if err != nil {
		return rush{}, err
	}
	var mu sync.Mutex
	var r rush
	t, err := repeated(ctx, buyers, buyers, func(ctx context.Context, i int) error {
		reply, err := shoppers[i].Checkout(ctx, lab.Key(), "pm_card_visa")
		if err != nil {
			return err
		}
		state := reply.State
		if reply.Status == http.StatusAccepted {
			settled, err := shoppers[i].Await(ctx, order.Placed, order.Rejected)
			if err != nil {
				return err
			}
			state = settled.State
		}
		mu.Lock()
		defer mu.Unlock()
		switch {
		case state == order.Placed:
			r.placed++
		case reply.Status == http.StatusConflict:
			r.refused++
		case state == order.Rejected:
			r.rejected++
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	r.took = t.total
	levels, err := l.App.Ledger.Levels(ctx, stock.DefaultLocation, []string{sku})
	r.level = levels[sku]
	return r, err
}
