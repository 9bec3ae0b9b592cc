package mongo_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/stock"
)

// insist repeats a move that the store did not answer, as Temporal would.
func insist(move func() error) (err error) {
	for range 5 {
		if err = move(); !fault.Is(err, fault.Unavailable) {
			break
		}
	}
	return err
}

func (d *depot) insistReserve(op stock.Op, lines []stock.Line) (v stock.Verdict, err error) {
	err = insist(func() (err error) { v, _, err = d.Reserve(d.t.Context(), op, lines); return err })
	return v, err
}

func TestStock_SixteenHundredTakersOfAThousandUnits(t *testing.T) {
	units, takers := int64(1_000), int64(1_600)
	if testing.Short() {
		units, takers = 100, 160
	}
	d := newDepot(t, map[string]int64{"ÇEYREK-ALTIN": units})
	var held, short, other atomic.Int64
	var wg sync.WaitGroup
	for i := range takers {
		wg.Go(func() {
			op := stock.Op{ID: fmt.Sprintf("ord_%d-stock-checkout", i), At: opening.Add(time.Second)}
			v, err := d.insistReserve(op, []stock.Line{line("ÇEYREK-ALTIN", 1)})
			switch {
			case err == nil && v == stock.Held:
				held.Add(1)
			case err == nil && v == stock.Short:
				short.Add(1)
			default:
				other.Add(1)
			}
		})
	}
	wg.Wait()
	require.Equal(t, [3]int64{units, takers - units, 0}, [3]int64{held.Load(), short.Load(), other.Load()})
	require.Equal(t, stock.Level{OnHand: units, Reserved: units}, d.level("ÇEYREK-ALTIN"))
}

// TestStock_OrdersOfSeveralLinesHoldAllOrNothing lets orders fight for the same
// goods in opposite orders of their lines.
func TestStock_OrdersOfSeveralLinesHoldAllOrNothing(t *testing.T) {
	t.Parallel()

	goods := map[string]int64{"BARDAK": 30, "KAŞIK": 20, "TABAK": 25}
	lines := []stock.Line{line("BARDAK", 1), line("KAŞIK", 1), line("TABAK", 1)}
	d := newDepot(t, goods)
	var held atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, 60)
	for i := range 60 {
		wg.Go(func() {
			mine := []stock.Line{lines[i%3], lines[(i+1)%3], lines[(i+2)%3]}
			v, err := d.insistReserve(opAt(fmt.Sprintf("ord_%d-stock-checkout", i), 1), mine)
			if v == stock.Held {
				held.Add(1)
			}
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	n := held.Load()
	require.LessOrEqual(t, n, int64(20))
	require.Positive(t, n)
	for sku, units := range goods {
		require.Equal(t, stock.Level{OnHand: units, Reserved: n, Available: units - n}, d.level(sku), "held by whole orders only")
	}
}

// hotOrders is how many orders of one SKU the next test takes: 20,000 in the
// long tier.
func hotOrders() int {
	switch {
	case os.Getenv("BEDESTEN_CRASH") == "all":
		return 20_000
	case testing.Short():
		return 300
	}
	return 2_000
}

// maxDocument is the size at which a stock document becomes too slow.
const maxDocument = 64 << 10

// TestStock_AHotSKUStaysSmallAndExact is a sale of one article: 32 buyers at
// once, every fifth order given up, while the relay runs beside them.
func TestStock_AHotSKUStaysSmallAndExact(t *testing.T) {
	const sku, buyers, prune = "TELEFON-128", 32, 2 * time.Second
	orders := hotOrders()
	d := newDepot(t, map[string]int64{sku: int64(orders)})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	largest := make(chan int, 1)
	go func() { largest <- relayUntil(ctx, d, sku, prune) }()

	started := time.Now()
	var next, tooOld atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, buyers)
	for range buyers {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(orders); n = next.Add(1) {
				if err := d.buy(n, sku, &tooOld); err != nil {
					errs <- fmt.Errorf("order %d: %w", n, err)
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	took := time.Since(started)
	stop()
	size := <-largest
	require.Positive(t, size)
	require.Less(t, size, maxDocument)
	t.Logf("%d orders, %.0f a second, document at most %d bytes, %d ops too old", orders, float64(orders)/took.Seconds(), size, tooOld.Load())

	left := int64(orders / 5)
	sold := int64(orders) - left
	require.Equal(t, stock.Level{OnHand: int64(orders), Committed: sold, Available: left}, d.level(sku))
	_, err := d.Relay(t.Context(), time.Now().Add(time.Minute), 0)
	require.NoError(t, err)
	counts := map[string]int64{}
	for _, m := range d.movements() {
		counts[m.Kind] += m.Quantity
	}
	// An order may pass from reserved to its end between two relays: then only
	// its end is recorded.
	require.LessOrEqual(t, counts["r"], int64(orders))
	delete(counts, "r")
	require.Equal(t, map[string]int64{"i": int64(orders), "c": sold, "x": left}, counts)
	require.False(t, d.document(sku).Lookup("dirty").Boolean())
}

// buy takes one unit through an order: held, then sold or given up.
func (d *depot) buy(n int64, sku string, tooOld *atomic.Int64) error {
	ctx, one := d.t.Context(), []stock.Line{line(sku, 1)}
	for k := 1; ; k++ {
		op := stock.Op{ID: fmt.Sprintf("ord_%d-stock-checkout-%d", n, k), At: time.Now().Truncate(time.Millisecond)}
		v, err := d.insistReserve(op, one)
		if err != nil {
			return err
		}
		switch {
		case v == stock.TooOld:
			tooOld.Add(1)
			continue
		case v != stock.Held:
			return fmt.Errorf("the last unit was never reached, yet the verdict is %s", v)
		case n%5 == 0:
			return insist(func() error { return d.Release(ctx, op, one) })
		}
		return insist(func() error { return d.Commit(ctx, op, one) })
	}
}

// relayUntil relays again and again until ctx ends, and returns the largest
// size of the document that it saw, or -1 when a relay failed.
func relayUntil(ctx context.Context, d *depot, sku string, prune time.Duration) int {
	largest := 0
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		raw, err := d.db.Collection("stock").FindOne(ctx, bson.D{{Key: "_id", Value: "main/" + sku}}).Raw()
		if err == nil {
			largest = max(largest, len(raw))
			_, err = d.Relay(ctx, time.Now(), prune)
		}
		if err != nil && ctx.Err() == nil && !fault.Is(err, fault.Unavailable) {
			return -1
		}
		select {
		case <-ctx.Done():
			return largest
		case <-tick.C:
		}
	}
}
