package shipping_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/shipping"
)

func lira(kurus int64) money.Amount { return money.Of(kurus, "TRY") }

// of is an item of so many units, each of so many grams.
func of(sku string, quantity, grams int64) shipping.Item {
	return shipping.Item{SKU: sku, Quantity: quantity, UnitGrams: grams, Total: lira(10_000 * quantity), ShippingShare: lira(100 * quantity)}
}

func holds(sku string, quantity int64) shipping.Line {
	return shipping.Line{SKU: sku, Quantity: quantity}
}

func boxes(parcels []shipping.Parcel) [][]shipping.Line {
	var all [][]shipping.Line
	for _, p := range parcels {
		all = append(all, p.Lines)
	}
	return all
}

func TestPack_FillsOneParcelAfterTheOther(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name  string
		items []shipping.Item
		want  [][]shipping.Line
	}{
		{"everything fits into one", []shipping.Item{of("CEZVE", 2, 600), of("LOKUM", 3, 500)}, [][]shipping.Line{{holds("CEZVE", 2), holds("LOKUM", 3)}}},
		{"the limit itself still fits", []shipping.Item{of("CEZVE", 1, 5_000)}, [][]shipping.Line{{holds("CEZVE", 1)}}},
		{"a line is divided where the parcel is full", []shipping.Item{of("FİNCAN", 7, 2_000)}, [][]shipping.Line{{holds("FİNCAN", 2)}, {holds("FİNCAN", 2)}, {holds("FİNCAN", 2)}, {holds("FİNCAN", 1)}}},
		{"what is left of a parcel takes the next line", []shipping.Item{of("FİNCAN", 2, 2_000), of("LOKUM", 3, 500)}, [][]shipping.Line{{holds("FİNCAN", 2), holds("LOKUM", 2)}, {holds("LOKUM", 1)}}},
		{"a unit heavier than the limit goes alone", []shipping.Item{of("LOKUM", 1, 500), of("HALI", 2, 9_000), of("CEZVE", 1, 600)}, [][]shipping.Line{{holds("LOKUM", 1)}, {holds("HALI", 1)}, {holds("HALI", 1)}, {holds("CEZVE", 1)}}},
		{"what weighs nothing never opens a parcel", []shipping.Item{of("CEZVE", 1, 5_000), of("KART", 40, 0)}, [][]shipping.Line{{holds("CEZVE", 1), holds("KART", 40)}}},
		{"nor does it need one of its own", []shipping.Item{of("KART", 40, 0)}, [][]shipping.Line{{holds("KART", 40)}}},
		{"a line of no units is in none", []shipping.Item{of("CEZVE", 0, 600), of("LOKUM", 1, 500)}, [][]shipping.Line{{holds("LOKUM", 1)}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			parcels, err := shipping.Pack(tt.items, 5_000)
			require.NoError(t, err)
			require.Equal(t, tt.want, boxes(parcels))
		})
	}
}

func TestPack_WeighsAndPricesEachParcelToTheLastUnit(t *testing.T) {
	t.Parallel()

	// 100.00 lira over three units: the first parcel carries what is rounded.
	parcels, err := shipping.Pack([]shipping.Item{{SKU: "HALI", Quantity: 3, UnitGrams: 9_000, Total: lira(9_000), ShippingShare: lira(1_000)}}, 10_000)
	require.NoError(t, err)
	require.Len(t, parcels, 3)
	for i, want := range []int64{3_334, 3_333, 3_333} {
		require.Equal(t, lira(want), parcels[i].Share)
		require.Equal(t, int64(9_000), parcels[i].Grams)
	}
}

func TestPack_WhatCostsNothingHasAShareOfNothing(t *testing.T) {
	t.Parallel()

	parcels, err := shipping.Pack([]shipping.Item{{SKU: "KART", Quantity: 1, Total: lira(0), ShippingShare: lira(0)}}, 1_000)
	require.NoError(t, err)
	require.Equal(t, lira(0), parcels[0].Share)
	parcels, err = shipping.Pack(nil, 1_000)
	require.NoError(t, err)
	require.Empty(t, parcels)
}

func TestPack_RefusesWhatCannotBeAdded(t *testing.T) {
	t.Parallel()

	for name, item := range map[string]shipping.Item{
		"two currencies": {SKU: "HALI", Quantity: 1, Total: lira(9_000), ShippingShare: money.Of(1_000, "EUR")},
		"too much money": {SKU: "HALI", Quantity: 1, Total: lira(math.MaxInt64), ShippingShare: lira(1)},
	} {
		_, err := shipping.Pack([]shipping.Item{item}, 1_000)
		require.Error(t, err, name)
	}
}

func TestParcels_RefuseBoxesThatDoNotHoldExactlyTheItems(t *testing.T) {
	t.Parallel()

	items := []shipping.Item{of("CEZVE", 2, 600), of("LOKUM", 3, 500)}
	for name, wrong := range map[string][][]shipping.Line{
		"no box at all":                  nil,
		"an empty box":                   {{holds("CEZVE", 2), holds("LOKUM", 3)}, {}},
		"a unit is missing":              {{holds("CEZVE", 2)}, {holds("LOKUM", 2)}},
		"a unit too many":                {{holds("CEZVE", 2), holds("LOKUM", 3)}, {holds("LOKUM", 1)}},
		"what was not bought":            {{holds("CEZVE", 2), holds("LOKUM", 3), holds("HALI", 1)}},
		"a line of no units":             {{holds("CEZVE", 2), holds("LOKUM", 3), holds("HALI", 0)}},
		"less than nothing, made up for": {{holds("CEZVE", 3), holds("LOKUM", 3)}, {holds("CEZVE", -1)}},
	} {
		_, err := shipping.Parcels(items, wrong)
		require.Equal(t, fault.Invalid, fault.CodeOf(err), name)
	}
	parcels, err := shipping.Parcels(items, [][]shipping.Line{{holds("LOKUM", 1), holds("CEZVE", 1), holds("LOKUM", 1)}, {holds("CEZVE", 1), holds("LOKUM", 1)}})
	require.NoError(t, err, "a line may stand in a box twice")
	require.Equal(t, []int64{1_600, 1_100}, []int64{parcels[0].Grams, parcels[1].Grams})
	require.Equal(t, []money.Amount{lira(30_300), lira(20_200)}, []money.Amount{parcels[0].Share, parcels[1].Share})
}

func TestPart_IsWhatIsPaidForTheUnitsThatAreHeld(t *testing.T) {
	t.Parallel()

	item := shipping.Item{SKU: "FİNCAN", Quantity: 3, UnitGrams: 250, Total: lira(10_000), ShippingShare: lira(1_000)}
	whole, err := shipping.Part([]shipping.Item{item}, map[string]int64{"FİNCAN": 3})
	require.NoError(t, err)
	require.Equal(t, []shipping.Item{item}, whole, "nothing is rounded")

	two, err := shipping.Part([]shipping.Item{item, of("LOKUM", 1, 500)}, map[string]int64{"FİNCAN": 2})
	require.NoError(t, err)
	require.Equal(t, []shipping.Item{{SKU: "FİNCAN", Quantity: 2, UnitGrams: 250, Total: lira(6_667), ShippingShare: lira(667)}}, two, "what is not held is not there")

	split, err := shipping.Part([]shipping.Item{of("LOKUM", 2, 500), of("LOKUM", 2, 500)}, map[string]int64{"LOKUM": 3})
	require.NoError(t, err)
	require.Equal(t, []int64{2, 1}, []int64{split[0].Quantity, split[1].Quantity}, "two lines of one SKU share what is held")

	more, err := shipping.Part([]shipping.Item{item}, map[string]int64{"FİNCAN": 9})
	require.NoError(t, err)
	require.Equal(t, []shipping.Item{item}, more, "more than was bought is no more than that")
}

func drawItems(t *rapid.T) (items []shipping.Item, paid int64) {
	for i := range rapid.IntRange(1, 6).Draw(t, "lines") {
		item := shipping.Item{
			SKU:      fmt.Sprintf("SKU-%d", i),
			Quantity: rapid.Int64Range(1, 12).Draw(t, "quantity"), UnitGrams: rapid.Int64Range(0, 40_000).Draw(t, "grams"),
			Total: lira(rapid.Int64Range(0, 50_000_000).Draw(t, "total")), ShippingShare: lira(rapid.Int64Range(0, 50_000).Draw(t, "shipping")),
		}
		items, paid = append(items, item), paid+item.Total.Minor+item.ShippingShare.Minor
	}
	return items, paid
}

func sum(parcels []shipping.Parcel) (shares int64) {
	for _, p := range parcels {
		shares += p.Share.Minor
	}
	return shares
}

func TestPack_SharesAlwaysSumToWhatTheItemsCost(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		items, paid := drawItems(t)
		limit := rapid.Int64Range(1, 30_000).Draw(t, "limit")
		parcels, err := shipping.Pack(items, limit)
		require.NoError(t, err)
		require.Equal(t, paid, sum(parcels))
		for _, p := range parcels {
			units := int64(0)
			for _, l := range p.Lines {
				units += l.Quantity
			}
			require.GreaterOrEqual(t, p.Share.Minor, int64(0))
			require.True(t, p.Grams <= limit || units-weightless(items, p) == 1, "only a unit that is too heavy by itself is over the limit")
		}
	})
}

// weightless counts the units of a parcel that weigh nothing.
func weightless(items []shipping.Item, p shipping.Parcel) (units int64) {
	for _, l := range p.Lines {
		for _, item := range items {
			if item.SKU == l.SKU && item.UnitGrams == 0 {
				units += l.Quantity
			}
		}
	}
	return units
}

func TestPart_AndWhatItLeavesSumToWhatTheItemsCost(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		items, paid := drawItems(t)
		held := map[string]int64{}
		for _, item := range items {
			held[item.SKU] = rapid.Int64Range(0, item.Quantity).Draw(t, "held")
		}
		left := map[string]int64{}
		for _, item := range items {
			left[item.SKU] = item.Quantity - held[item.SKU]
		}
		cost := func(quantities map[string]int64) (sum int64) {
			part, err := shipping.Part(items, quantities)
			require.NoError(t, err)
			for _, item := range part {
				sum += item.Total.Minor + item.ShippingShare.Minor
			}
			parcels, err := shipping.Pack(part, 5_000)
			require.NoError(t, err)
			total := int64(0)
			for _, p := range parcels {
				total += p.Share.Minor
			}
			require.Equal(t, sum, total, "packing a part neither makes nor loses money")
			return sum
		}
		// The first units carry the rounding, so a part and its complement may
		// both round up: by no more than one unit of each amount.
		over := cost(held) + cost(left) - paid
		require.GreaterOrEqual(t, over, int64(0))
		require.LessOrEqual(t, over, int64(2*len(items)))
	})
}
