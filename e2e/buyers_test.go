package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/stock"
)

// Numbers of the rush.
const (
	buyers = 200
	units  = 50
)

// fate is how a buyer fared: placed, or told which SKU was gone, and whether by
// the answer itself or by looking again.
type fate struct {
	placed bool
	polled bool
	err    error
}

//nolint:paralleltest // two hundred shoppers are company enough
func TestBuyers_TwoHundredAtOnceBuyFiftyUnits(t *testing.T) {
	l := rig(t)
	sku, err := l.FreshSKU(t.Context(), units)
	require.NoError(t, err)
	shoppers := queue(t, l, sku)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()

	ends := make([]fate, buyers)
	start, done := make(chan struct{}), sync.WaitGroup{}
	for i, p := range shoppers {
		done.Go(func() {
			<-start
			ends[i] = buy(ctx, p)
		})
	}
	began := time.Now()
	close(start)
	done.Wait()

	sold, by409, byPoll := tally(t, ends)
	t.Logf("%d buyers for %d units in %s: %d placed, %d told by 409, %d told by 202 and polling",
		buyers, units, time.Since(began).Round(time.Millisecond), sold, by409, byPoll)
	require.Equal(t, units, sold)
	require.Equal(t, buyers-units, by409+byPoll)
	levels, err := l.App.Ledger.Levels(t.Context(), stock.DefaultLocation, []string{sku})
	require.NoError(t, err)
	require.Equal(t, stock.Level{OnHand: units, Committed: units}, levels[sku])
}

// queue fills the buyers' carts, some at a time.
func queue(t *testing.T, l *lab.Lab, sku string) []*lab.Shopper {
	t.Helper()
	shop, shoppers, errs := l.Shop(), make([]*lab.Shopper, buyers), make([]error, buyers)
	var filling sync.WaitGroup
	turns := make(chan struct{}, 8)
	for i := range buyers {
		filling.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			shoppers[i], errs[i] = shop.Fill(t.Context(), lab.Line{SKU: sku, Quantity: 1})
		})
	}
	filling.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	return shoppers
}

// buy checks out, asks again under the same key while nobody can answer, and
// polls an order that is on its way.
func buy(ctx context.Context, p *lab.Shopper) fate {
	key := lab.Key()
	for {
		r, err := p.Checkout(ctx, key, "pm_card_visa")
		switch {
		case err == nil && r.Status == http.StatusCreated:
			return fate{placed: true}
		case err == nil && r.Status == http.StatusConflict && r.Code == "out_of_stock" && len(r.SKUs) == 1:
			return fate{}
		case err == nil && r.Status == http.StatusAccepted:
			return look(ctx, p, key)
		case err == nil && r.Status == http.StatusServiceUnavailable && r.Code == "unavailable":
			pause(ctx, 200*time.Millisecond)
		default:
			return fate{err: unexpected(r, err)}
		}
	}
}

// look polls an order once a second, as Retry-After asks for. Of a rejected one
// the checkout's own answer names what was short.
func look(ctx context.Context, p *lab.Shopper, key string) fate {
	var last order.Status
	for {
		pause(ctx, time.Second)
		r, err := p.Order(ctx)
		if err == nil {
			last = r.State
		}
		if err == nil && lab.GoesOn(r.State) {
			return fate{placed: true, polled: true}
		}
		if err == nil && r.State == order.Rejected {
			r, err = p.Checkout(ctx, key, "pm_card_visa")
			gone := err == nil && r.Code == "out_of_stock" && len(r.SKUs) == 1
			// One that waited too long for its first step is rather refused than charged
			// when nobody expects it any more: a slow machine's queue.
			late := err == nil && r.Code == "quote_stale"
			if gone || late {
				return fate{polled: true}
			}
			return fate{err: unexpected(r, err)}
		}
		if ctx.Err() != nil {
			return fate{err: fmt.Errorf("order %s still stands at %q: %w", p.OrderID, last, ctx.Err())}
		}
	}
}

func tally(t *testing.T, fates []fate) (sold, by409, byPoll int) {
	t.Helper()
	errs := []error{}
	for _, f := range fates {
		errs = append(errs, f.err)
	}
	require.NoError(t, errors.Join(errs...))
	for _, f := range fates {
		switch {
		case f.placed:
			sold++
		case f.polled:
			byPoll++
		default:
			by409++
		}
	}
	return sold, by409, byPoll
}
