package mongo_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/stock"
)

// opening is when the shop of these tests opened; ops follow it second by second.
var opening = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// depot is a ledger with goods in it.
type depot struct {
	*mongo.Stock
	t  testing.TB
	db *driver.Database
}

func newDepot(t testing.TB, goods map[string]int64) *depot {
	t.Helper()
	db := mongotest.Database(t)
	d := &depot{mongo.NewStock(db), t, db}
	for sku, units := range goods {
		require.NoError(t, d.Receive(t.Context(), opAt("receive", 0), line(sku, units)))
	}
	return d
}

// opAt names an op that was fixed some seconds after opening.
func opAt(id string, second int) stock.Op {
	return stock.Op{ID: id, At: opening.Add(time.Duration(second) * time.Second)}
}

func line(sku string, n int64) stock.Line {
	return stock.Line{Location: stock.DefaultLocation, SKU: sku, Quantity: n}
}

func (d *depot) level(sku string) stock.Level {
	d.t.Helper()
	levels, err := d.Levels(d.t.Context(), stock.DefaultLocation, []string{sku})
	require.NoError(d.t, err)
	l := levels[sku]
	require.Equal(d.t, l.OnHand-l.Reserved-l.Committed, l.Available, "available is what is left")
	return l
}

func (d *depot) reserve(op stock.Op, lines ...stock.Line) stock.Verdict {
	d.t.Helper()
	v, _, err := d.Reserve(d.t.Context(), op, lines)
	require.NoError(d.t, err)
	return v
}

// prune records everything and takes out what is settled, whatever its age.
func (d *depot) prune() int {
	d.t.Helper()
	n, err := d.Relay(d.t.Context(), opening.Add(time.Hour), 0)
	require.NoError(d.t, err)
	return n
}

func (d *depot) document(sku string) (raw bson.Raw) {
	d.t.Helper()
	raw, err := d.db.Collection("stock").FindOne(d.t.Context(), bson.D{{Key: "_id", Value: "main/" + sku}}).Raw()
	require.NoError(d.t, err)
	return raw
}

type row struct {
	Kind     string `bson:"kind"`
	Quantity int64  `bson:"quantity"`
}

func (d *depot) movements() []row {
	d.t.Helper()
	rows := []row{}
	require.NoError(d.t, mongo.NewRaw(d.db).All(d.t.Context(), "stock_movements", &rows))
	return rows
}

var (
	held = opAt("ord_1-stock-checkout", 1)
	sold = opAt("ord_2-stock-checkout", 2)
	two  = []stock.Line{line("FİNCAN-06", 2)}
)

// moves are all that can be done with stock, each with what has to be done
// before and the level that it leads to.
var moves = []struct {
	name   string
	before func(context.Context, *depot) error
	move   func(context.Context, *depot) error
	want   stock.Level
}{
	{name: "reserve", want: stock.Level{OnHand: 10, Reserved: 2, Available: 8},
		move: func(ctx context.Context, d *depot) error { _, _, err := d.Reserve(ctx, held, two); return err }},
	{name: "commit", want: stock.Level{OnHand: 10, Committed: 2, Available: 8},
		before: func(ctx context.Context, d *depot) error { _, _, err := d.Reserve(ctx, held, two); return err },
		move:   func(ctx context.Context, d *depot) error { return d.Commit(ctx, held, two) }},
	{name: "release", want: stock.Level{OnHand: 10, Available: 10},
		before: func(ctx context.Context, d *depot) error { _, _, err := d.Reserve(ctx, held, two); return err },
		move:   func(ctx context.Context, d *depot) error { return d.Release(ctx, held, two) }},
	{name: "tombstone", want: stock.Level{OnHand: 10, Available: 10},
		move: func(ctx context.Context, d *depot) error { return d.Release(ctx, held, two) }},
	{name: "uncommit", want: stock.Level{OnHand: 10, Committed: 2, Available: 8},
		before: func(ctx context.Context, d *depot) error {
			for _, op := range []stock.Op{held, sold} {
				if _, _, err := d.Reserve(ctx, op, two); err != nil {
					return err
				}
				if err := d.Commit(ctx, op, two); err != nil {
					return err
				}
			}
			return nil
		},
		move: func(ctx context.Context, d *depot) error {
			_, err := d.Uncommit(ctx, opAt("ord_1-uncommit-cancel", 3), two)
			return err
		}},
	{name: "receive", want: stock.Level{OnHand: 17, Available: 17},
		move: func(ctx context.Context, d *depot) error {
			return d.Receive(ctx, opAt("receive-2", 1), line("FİNCAN-06", 7))
		}},
	{name: "adjust", want: stock.Level{OnHand: 7, Available: 7},
		move: func(ctx context.Context, d *depot) error {
			return d.Adjust(ctx, opAt("count-1", 1), line("FİNCAN-06", -3))
		}},
	{name: "adjust below zero", want: stock.Level{OnHand: 1, Committed: 2, Available: -1},
		before: func(ctx context.Context, d *depot) error {
			if _, _, err := d.Reserve(ctx, held, two); err != nil {
				return err
			}
			return d.Commit(ctx, held, two)
		},
		move: func(ctx context.Context, d *depot) error {
			return d.Adjust(ctx, opAt("count-1", 1), line("FİNCAN-06", -9))
		}},
}

// TestStock_EveryMoveCountsOnce does each move three times: the second and the
// third time are a worker that did not hear of the first.
func TestStock_EveryMoveCountsOnce(t *testing.T) {
	t.Parallel()

	for _, tt := range moves {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			d := newDepot(t, map[string]int64{"FİNCAN-06": 10})
			if tt.before != nil {
				require.NoError(t, tt.before(t.Context(), d))
			}
			for range 3 {
				require.NoError(t, tt.move(t.Context(), d))
				require.Equal(t, tt.want, d.level("FİNCAN-06"))
			}
			d.prune()
			require.NoError(t, tt.move(t.Context(), d), "and once more after its entry was pruned")
			require.Equal(t, tt.want, d.level("FİNCAN-06"))
		})
	}
}

func TestStock_CommitAndReleaseExcludeEachOther(t *testing.T) {
	t.Parallel()

	ctx, two := t.Context(), []stock.Line{line("ÇAYDANLIK", 2)}
	for _, pruned := range []bool{false, true} {
		d := newDepot(t, map[string]int64{"ÇAYDANLIK": 5})
		sold, gone := opAt("ord_1-stock-checkout", 1), opAt("ord_2-stock-checkout", 2)
		require.Equal(t, stock.Held, d.reserve(sold, two...))
		require.Equal(t, stock.Held, d.reserve(gone, two...))
		require.NoError(t, d.Commit(ctx, sold, two))
		require.NoError(t, d.Release(ctx, gone, two))
		if pruned {
			d.prune()
		}
		require.Equal(t, fault.Conflict, fault.CodeOf(d.Release(ctx, sold, two)))
		require.Equal(t, fault.Conflict, fault.CodeOf(d.Commit(ctx, gone, two)))
		require.Equal(t, fault.Conflict, fault.CodeOf(d.Commit(ctx, opAt("ord_3-stock-checkout", 9), two)), "never held")
		require.Equal(t, stock.Level{OnHand: 5, Committed: 2, Available: 3}, d.level("ÇAYDANLIK"))
	}
}

func TestStock_AReserveThatComesAfterItsReleaseIsRefused(t *testing.T) {
	t.Parallel()

	d := newDepot(t, map[string]int64{"HALI-01": 3})
	op := opAt("ord_1-stock-checkout", 1)
	require.NoError(t, d.Release(t.Context(), op, []stock.Line{line("HALI-01", 1)}))
	require.Equal(t, stock.Gone, d.reserve(op, line("HALI-01", 1)))
	d.prune()
	require.Equal(t, stock.Gone, d.reserve(op, line("HALI-01", 1)), "its movement tells of it")
	require.Equal(t, stock.Level{OnHand: 3, Available: 3}, d.level("HALI-01"))
}

func TestStock_AnOpFromBeforeThePruneIsTooOld(t *testing.T) {
	t.Parallel()

	d := newDepot(t, map[string]int64{"HALI-01": 3})
	later := opAt("ord_2-stock-checkout", 5)
	later.At = later.At.Add(700 * time.Microsecond)
	require.Equal(t, stock.Held, d.reserve(later, line("HALI-01", 1)))
	require.NoError(t, d.Release(t.Context(), later, []stock.Line{line("HALI-01", 1)}))
	d.prune()

	straggler := opAt("ord_1-stock-checkout", 1)
	require.Equal(t, stock.TooOld, d.reserve(straggler, line("HALI-01", 1)))
	require.NoError(t, d.Release(t.Context(), straggler, []stock.Line{line("HALI-01", 1)}), "nothing is held, nothing will be")
	sameMoment := stock.Op{ID: "ord_3-stock-checkout", At: later.At}
	require.Equal(t, stock.TooOld, d.reserve(sameMoment, line("HALI-01", 1)), "within one millisecond nobody can tell")
	require.Equal(t, stock.Held, d.reserve(opAt("ord_1-stock-checkout-2", 6), line("HALI-01", 1)), "a new op goes on")
}

func TestStock_AHeldEntryOutlivesThePrune(t *testing.T) {
	t.Parallel()

	d := newDepot(t, map[string]int64{"HALI-01": 3})
	old := opAt("ord_1-stock-checkout", 1)
	require.Equal(t, stock.Held, d.reserve(old, line("HALI-01", 1)))
	young := opAt("ord_2-stock-checkout", 9)
	require.Equal(t, stock.Held, d.reserve(young, line("HALI-01", 1)))
	require.NoError(t, d.Commit(t.Context(), young, []stock.Line{line("HALI-01", 1)}))
	d.prune()
	require.Equal(t, stock.Held, d.reserve(old, line("HALI-01", 1)))
	require.NoError(t, d.Commit(t.Context(), old, []stock.Line{line("HALI-01", 1)}), "a lease may be older than what was pruned")
	require.Equal(t, stock.Level{OnHand: 3, Committed: 2, Available: 1}, d.level("HALI-01"))
}

func TestStock_NamesEverySKUThatIsShortAndHoldsNothing(t *testing.T) {
	t.Parallel()

	d := newDepot(t, map[string]int64{"BARDAK": 5, "KAŞIK": 1, "TABAK": 9})
	lines := []stock.Line{line("TABAK", 2), line("KAŞIK", 3), line("BARDAK", 4), line("BARDAK", 2), line("YOK-01", 1)}
	v, short, err := d.Reserve(t.Context(), opAt("ord_1-stock-checkout", 1), lines)
	require.NoError(t, err)
	require.Equal(t, stock.Short, v)
	require.ElementsMatch(t, []string{"BARDAK", "KAŞIK", "YOK-01"}, short, "two lines of glasses are one wish of six")
	for sku, units := range map[string]int64{"BARDAK": 5, "KAŞIK": 1, "TABAK": 9} {
		require.Equal(t, stock.Level{OnHand: units, Available: units}, d.level(sku))
	}
}

func TestStock_AnOpIsForItsOwnQuantityOnly(t *testing.T) {
	t.Parallel()

	ctx, d := t.Context(), newDepot(t, map[string]int64{"HALI-01": 9})
	op := opAt("ord_1-stock-checkout", 1)
	require.Equal(t, stock.Held, d.reserve(op, line("HALI-01", 2)))
	three := []stock.Line{line("HALI-01", 3)}
	_, _, err := d.Reserve(ctx, op, three)
	require.Equal(t, fault.Conflict, fault.CodeOf(err))
	require.Equal(t, fault.Conflict, fault.CodeOf(d.Commit(ctx, op, three)))
	require.Equal(t, fault.Conflict, fault.CodeOf(d.Release(ctx, op, three)))
	require.Equal(t, fault.Conflict, fault.CodeOf(d.Receive(ctx, opAt("receive", 0), line("HALI-01", 8))))
	require.Equal(t, stock.Level{OnHand: 9, Reserved: 2, Available: 7}, d.level("HALI-01"))
}

func TestStock_RefusesQuantitiesAndIdsThatMakeNoSense(t *testing.T) {
	t.Parallel()

	ctx, d := t.Context(), newDepot(t, map[string]int64{"HALI-01": 9})
	for _, n := range []int64{0, -1, -1 << 62} {
		_, _, err := d.Reserve(ctx, opAt("ord_1-stock-checkout", 1), []stock.Line{line("HALI-01", n)})
		require.Equal(t, fault.Invalid, fault.CodeOf(err))
		require.Equal(t, fault.Invalid, fault.CodeOf(d.Receive(ctx, opAt("receive-2", 1), line("HALI-01", n))))
	}
	for _, op := range []string{"", "a.b", "$set", "ord 1", "ürün"} {
		_, _, err := d.Reserve(ctx, opAt(op, 1), []stock.Line{line("HALI-01", 1)})
		require.Equal(t, fault.Internal, fault.CodeOf(err), op)
	}
	require.Equal(t, stock.Level{OnHand: 9, Available: 9}, d.level("HALI-01"))
}

func TestStock_GivesSoldUnitsBackOnceEvenWhenOneDocumentWasPrunedInBetween(t *testing.T) {
	t.Parallel()

	ctx, d := t.Context(), newDepot(t, map[string]int64{"BARDAK": 9, "TABAK": 9})
	lines := []stock.Line{line("BARDAK", 2), line("TABAK", 3)}
	for i, order := range []string{"ord_1", "ord_2"} {
		op := opAt(order+"-stock-checkout", 1+i)
		require.Equal(t, stock.Held, d.reserve(op, lines...))
		require.NoError(t, d.Commit(ctx, op, lines))
	}
	undo := opAt("ord_1-uncommit-cancel", 3)
	// A worker gave the first line back and died; the second line's document
	// moved on meanwhile.
	v, err := d.Uncommit(ctx, undo, lines[:1])
	require.NoError(t, err)
	require.NotEqual(t, stock.TooOld, v)
	require.NoError(t, d.Receive(ctx, opAt("receive-2", 9), line("TABAK", 1)))
	d.prune()
	for range 2 {
		v, err = d.Uncommit(ctx, undo, lines)
		require.NoError(t, err)
		require.NotEqual(t, stock.TooOld, v, "a new op would give the first line back twice")
		require.Equal(t, stock.Level{OnHand: 9, Committed: 2, Available: 7}, d.level("BARDAK"))
		require.Equal(t, stock.Level{OnHand: 10, Committed: 3, Available: 7}, d.level("TABAK"))
		d.prune()
	}
}

func TestStock_AnUncommitOfWhichNothingWasDoneMayBeTooOld(t *testing.T) {
	t.Parallel()

	ctx, d := t.Context(), newDepot(t, map[string]int64{"TABAK": 9})
	op := opAt("ord_1-stock-checkout", 1)
	require.Equal(t, stock.Held, d.reserve(op, line("TABAK", 3)))
	require.NoError(t, d.Commit(ctx, op, []stock.Line{line("TABAK", 3)}))
	require.NoError(t, d.Receive(ctx, opAt("receive-2", 9), line("TABAK", 1)))
	d.prune()
	v, err := d.Uncommit(ctx, opAt("ord_1-uncommit-cancel", 2), []stock.Line{line("TABAK", 3)})
	require.NoError(t, err)
	require.Equal(t, stock.TooOld, v)
	_, err = d.Uncommit(ctx, opAt("ord_1-uncommit-cancel-2", 10), []stock.Line{line("TABAK", 4)})
	require.Equal(t, fault.Conflict, fault.CodeOf(err), "more than was sold")
	require.Equal(t, stock.Level{OnHand: 10, Committed: 3, Available: 7}, d.level("TABAK"))
}

func TestStock_LevelsLeaveOutWhatWasNeverStocked(t *testing.T) {
	t.Parallel()

	d := newDepot(t, map[string]int64{"BARDAK": 5})
	levels, err := d.Levels(t.Context(), stock.DefaultLocation, []string{"BARDAK", "YOK-" + id.Number()})
	require.NoError(t, err)
	require.Equal(t, map[string]stock.Level{"BARDAK": {OnHand: 5, Available: 5}}, levels)
}

func TestStock_RelayRecordsOncePrunesWhatIsSettledAndRests(t *testing.T) {
	t.Parallel()

	ctx, d := t.Context(), newDepot(t, map[string]int64{"BARDAK": 5})
	op := opAt("ord_1-stock-checkout", 10)
	require.Equal(t, stock.Held, d.reserve(op, line("BARDAK", 2)))

	first, err := d.Relay(ctx, opening.Add(15*time.Second), 10*time.Second)
	require.NoError(t, err)
	require.Equal(t, 2, first)
	again, err := d.Relay(ctx, opening.Add(15*time.Second), 10*time.Second)
	require.NoError(t, err)
	require.Zero(t, again, "what is recorded stays as it is")
	require.ElementsMatch(t, []row{{"i", 5}, {"r", 2}}, d.movements())
	require.True(t, d.document("BARDAK").Lookup("dirty").Boolean(), "a lease is open")

	require.NoError(t, d.Commit(ctx, op, []stock.Line{line("BARDAK", 2)}))
	young, err := d.Relay(ctx, opening.Add(15*time.Second), 10*time.Second)
	require.NoError(t, err)
	require.Equal(t, 1, young)
	require.True(t, d.document("BARDAK").Lookup("dirty").Boolean(), "settled, and too young to go")

	_, err = d.Relay(ctx, opening.Add(25*time.Second), 10*time.Second)
	require.NoError(t, err)
	doc := d.document("BARDAK")
	require.False(t, doc.Lookup("dirty").Boolean())
	require.Equal(t, op.At, doc.Lookup("pruned_to").Time().UTC())
	elements, err := doc.Lookup("ops").Document().Elements()
	require.NoError(t, err)
	require.Empty(t, elements)
	require.ElementsMatch(t, []row{{"i", 5}, {"r", 2}, {"c", 2}}, d.movements())
	idle, err := d.Relay(ctx, opening.Add(30*time.Second), 10*time.Second)
	require.NoError(t, err)
	require.Zero(t, idle)
}
