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
}

type latency struct{ p50, p95 time.Duration }

func (t times) latency() latency {
	sorted := slices.Sorted(slices.Values(t.each))
	return latency{sorted[len(sorted)/2], sorted[len(sorted)*95/100]}
}

func (t times) rate() float64 { return float64(len(t.each)) / t.total.Seconds() }

// timed runs fn n times from so many clients; pid is devstack's.
func timed(ctx context.Context, pid, n, clients int, fn func(context.Context, int) error) (times, error) {
	var mu sync.Mutex
	var t times
	var next atomic.Int64
	before, err := cpuOf(pid)
	if err != nil {
		return t, err
	}
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
	if err := g.Wait(); err != nil {
		return t, err
	}
	t.total = time.Since(began)
	after, err := cpuOf(pid)
	t.cpu = after.since(before)
	return t, err
}

// baskets fills n carts of one SKU each, outside of what is measured.
func baskets(ctx context.Context, l *lab.Lab, n int, skus []string) ([]*lab.Shopper, error) {
	shop, shoppers := l.Shop(), make([]*lab.Shopper, n)
	_, err := timed(ctx, l.Devstack.Pid(), n, 8, func(ctx context.Context, i int) (err error) {
		shoppers[i], err = shop.Fill(ctx, lab.Line{SKU: skus[i%len(skus)], Quantity: 1})
		return err
	})
	return shoppers, err
}

// articles is over how many SKUs the checkouts are spread.
const articles = 20

// checkouts measures POST /v1/checkouts until placed.
func checkouts(ctx context.Context, l *lab.Lab, n, clients int) (times, error) {
	skus := make([]string, articles)
	for i := range skus {
		var err error
		if skus[i], err = l.FreshSKU(ctx, int64(n)); err != nil {
			return times{}, err
		}
	}
	shoppers, err := baskets(ctx, l, n, skus)
	if err != nil {
		return times{}, err
	}
	return timed(ctx, l.Devstack.Pid(), n, clients, func(ctx context.Context, i int) error {
		r, err := shoppers[i].Checkout(ctx, lab.Key(), "pm_card_visa")
		if err == nil && r.Status != http.StatusCreated {
			err = fmt.Errorf("a checkout answered %d: %s", r.Status, r.Raw)
		}
		return err
	})
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
	t, err := timed(ctx, l.Devstack.Pid(), buyers, buyers, func(ctx context.Context, i int) error {
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
