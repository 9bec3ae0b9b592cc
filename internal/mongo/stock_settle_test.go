package mongo_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/stock"
)

// sellBoth sells what two orders want, both lines of each.
func (d *depot) sellBoth(lines []stock.Line) {
	d.t.Helper()
	for i, order := range []string{"ord_1", "ord_2"} {
		op := opAt(order+"-stock-checkout", 1+i)
		require.Equal(d.t, stock.Held, d.reserve(op, lines...))
		require.NoError(d.t, d.Commit(d.t.Context(), op, lines))
	}
}

// moveOn lets the documents of both SKUs go on to a time long after the ops of a
// test were fixed, and prunes them.
func (d *depot) moveOn(id string, second int) {
	d.t.Helper()
	for _, sku := range []string{"BARDAK", "TABAK"} {
		require.NoError(d.t, d.Receive(d.t.Context(), opAt(id, second), line(sku, 1)))
	}
	d.prune()
}

func TestStock_AParcelLeavesTheHouseAndComesBackAtMostOnce(t *testing.T) {
	t.Parallel()

	ctx, d := t.Context(), newDepot(t, map[string]int64{"BARDAK": 9, "TABAK": 9})
	lines := []stock.Line{line("BARDAK", 2), line("TABAK", 3)}
	d.sellBoth(lines)
	ship, back := opAt("ord_1-parcel-1-ship", 10), opAt("ord_1-parcel-1-return", 20)
	for range 3 {
		require.NoError(t, d.Ship(ctx, ship, lines))
		require.Equal(t, stock.Level{OnHand: 7, Committed: 2, Available: 5}, d.level("BARDAK"))
		require.Equal(t, stock.Level{OnHand: 6, Committed: 3, Available: 3}, d.level("TABAK"))
	}
	for range 3 {
		require.NoError(t, d.TakeBack(ctx, back, lines))
		require.Equal(t, stock.Level{OnHand: 9, Committed: 2, Available: 7}, d.level("BARDAK"))
		require.Equal(t, stock.Level{OnHand: 9, Committed: 3, Available: 6}, d.level("TABAK"))
	}
	require.NoError(t, d.Ship(ctx, ship, lines), "nor does it leave again after it came back")
	require.Equal(t, stock.Level{OnHand: 9, Committed: 2, Available: 7}, d.level("BARDAK"))
}

func TestStock_ShipAndTakeBackHappenOnceAlsoLongAfterThePrune(t *testing.T) {
	t.Parallel()

	ctx, d := t.Context(), newDepot(t, map[string]int64{"BARDAK": 9, "TABAK": 9})
	lines := []stock.Line{line("BARDAK", 2), line("TABAK", 3)}
	d.sellBoth(lines)
	ship, back := opAt("ord_1-parcel-1-ship", 10), opAt("ord_1-parcel-1-return", 20)

	// A worker shipped the first line and died; both documents moved on.
	require.NoError(t, d.Ship(ctx, ship, lines[:1]))
	d.moveOn("receive-2", 100)
	for range 3 {
		require.NoError(t, d.Ship(ctx, ship, lines), "however late, under the same op")
		require.Equal(t, stock.Level{OnHand: 8, Committed: 2, Available: 6}, d.level("BARDAK"))
		require.Equal(t, stock.Level{OnHand: 7, Committed: 3, Available: 4}, d.level("TABAK"))
		d.prune()
	}
	d.moveOn("receive-3", 200)
	for range 3 {
		require.NoError(t, d.TakeBack(ctx, back, lines))
		require.Equal(t, stock.Level{OnHand: 11, Committed: 2, Available: 9}, d.level("BARDAK"))
		require.Equal(t, stock.Level{OnHand: 11, Committed: 3, Available: 8}, d.level("TABAK"))
		d.prune()
	}
	require.NoError(t, d.Ship(ctx, ship, lines))
	require.Equal(t, stock.Level{OnHand: 11, Committed: 2, Available: 9}, d.level("BARDAK"))
}

func TestStock_TenWorkersShipAParcelOnce(t *testing.T) {
	t.Parallel()

	d := newDepot(t, map[string]int64{"BARDAK": 9, "TABAK": 9})
	lines := []stock.Line{line("BARDAK", 2), line("TABAK", 3)}
	d.sellBoth(lines)
	d.moveOn("receive-2", 100)
	errs := make(chan error, 10)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			errs <- insist(func() error { return d.Ship(t.Context(), opAt("ord_1-parcel-1-ship", 10), lines) })
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.Equal(t, stock.Level{OnHand: 8, Committed: 2, Available: 6}, d.level("BARDAK"))
	require.Equal(t, stock.Level{OnHand: 7, Committed: 3, Available: 4}, d.level("TABAK"))
}

func TestStock_ShipsNoMoreThanWasSold(t *testing.T) {
	t.Parallel()

	ctx, d := t.Context(), newDepot(t, map[string]int64{"BARDAK": 9})
	op := opAt("ord_1-stock-checkout", 1)
	require.Equal(t, stock.Held, d.reserve(op, line("BARDAK", 2)))
	require.Equal(t, fault.Conflict, fault.CodeOf(d.Ship(ctx, opAt("ord_1-parcel-1-ship", 2), []stock.Line{line("BARDAK", 2)})), "held is not sold")
	require.NoError(t, d.Commit(ctx, op, []stock.Line{line("BARDAK", 2)}))
	require.Equal(t, fault.Conflict, fault.CodeOf(d.Ship(ctx, opAt("ord_1-parcel-1-ship", 2), []stock.Line{line("BARDAK", 3)})))
	require.NoError(t, d.Ship(ctx, opAt("ord_1-parcel-1-ship", 2), []stock.Line{line("BARDAK", 1)}))
	require.Equal(t, fault.Conflict, fault.CodeOf(d.Ship(ctx, opAt("ord_1-parcel-1-ship", 2), []stock.Line{line("BARDAK", 2)})), "an op is for its own quantity")
	require.Equal(t, stock.Level{OnHand: 8, Committed: 1, Available: 7}, d.level("BARDAK"))
}

func TestStock_TheLedgerTellsOfAParcelThatLeftAndCameBack(t *testing.T) {
	t.Parallel()

	ctx, d := t.Context(), newDepot(t, map[string]int64{"BARDAK": 9, "TABAK": 9})
	lines := []stock.Line{line("BARDAK", 2)}
	d.sellBoth(lines)
	require.NoError(t, d.Ship(ctx, opAt("ord_1-parcel-1-ship", 10), lines))
	require.NoError(t, d.TakeBack(ctx, opAt("ord_1-parcel-1-return", 20), lines))
	d.prune()
	require.Contains(t, d.movements(), row{Kind: string(stock.Shipped), Quantity: 2})
	require.Contains(t, d.movements(), row{Kind: string(stock.ReturnIn), Quantity: 2})
	_, err := d.Relay(ctx, opening.Add(time.Hour), 0)
	require.NoError(t, err)
	require.Len(t, d.movements(), 6, "two receipts, two sales, one way out and one back")
}
