package catalog_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
)

func lira(minor int64) money.Amount { return money.Of(minor, "TRY") }

// book has a base list, one for wholesalers and one for the days of a sale.
func book(t require.TestingT) catalog.Book {
	b := catalog.NewBook("TRY")
	for _, l := range []catalog.PriceList{
		{ID: "toptan", Name: catalog.Text{TR: "Toptan"}, Currency: "TRY", Group: "toptan", Priority: 10},
		{ID: "efsane-cuma", Name: catalog.Text{TR: "Efsane Cuma"}, Currency: "TRY", Priority: 5, From: noon, Until: noon.Add(72 * time.Hour)},
	} {
		var err error
		b, err = b.With(l)
		require.NoError(t, err)
	}
	return b
}

func TestBook_QuotesByGroupDateAndPriority(t *testing.T) {
	t.Parallel()
	v := catalog.Variant{Prices: []catalog.Price{
		{List: "try", Amount: lira(100_000)}, {List: "toptan", Amount: lira(70_000)}, {List: "efsane-cuma", Amount: lira(80_000)},
	}}
	wholesaler := catalog.Buyer{Currency: "TRY", Group: "toptan"}
	for _, tt := range []struct {
		name      string
		who       catalog.Buyer
		at        time.Time
		pays      int64
		compareAt int64
	}{
		{"before the sale", inTRY, noon.Add(-time.Millisecond), 100_000, 0},
		{"when the sale begins", inTRY, noon, 80_000, 100_000},
		{"in the last moment of the sale", inTRY, noon.Add(72*time.Hour - time.Millisecond), 80_000, 100_000},
		{"when the sale is over", inTRY, noon.Add(72 * time.Hour), 100_000, 0},
		{"a wholesaler, sale or not", wholesaler, noon, 70_000, 100_000},
	} {
		got, sold := book(t).Quote(v, tt.who, tt.at)
		require.True(t, sold, tt.name)
		require.Equal(t, lira(tt.pays), got.Amount, tt.name)
		require.Equal(t, tt.compareAt, got.CompareAt.Minor, tt.name)
	}
	_, sold := book(t).Quote(v, catalog.Buyer{Currency: "EUR"}, noon)
	require.False(t, sold)
}

func TestBook_AScheduledPriceCountsFromItsMomentOn(t *testing.T) {
	t.Parallel()
	v := catalog.Variant{Prices: []catalog.Price{{List: "try", Amount: lira(90_000), From: noon}, {List: "try", Amount: lira(100_000)}}}
	b := catalog.NewBook("TRY")
	before, _ := b.Quote(v, inTRY, noon.Add(-time.Millisecond))
	after, _ := b.Quote(v, inTRY, noon)
	require.Equal(t, lira(100_000), before.Amount)
	require.Equal(t, lira(90_000), after.Amount)
	p := catalog.Product{Variants: []catalog.Variant{v}}
	require.Equal(t, noon, b.NextChange(p, noon.Add(-time.Hour)))
	require.True(t, b.NextChange(p, noon).IsZero())
	require.Equal(t, v.Prices[:1], catalog.Trim(v.Prices, noon), "a price whose time is over is not kept")
	require.Equal(t, v.Prices, catalog.Trim(v.Prices, noon.Add(-time.Hour)))
}

func TestBook_NeverChangesBetweenWhatNextChangeSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := book(t)
		var v catalog.Variant
		for range rapid.IntRange(1, 5).Draw(t, "prices") {
			from := time.Time{}
			if rapid.Bool().Draw(t, "dated") {
				from = noon.Add(time.Duration(rapid.IntRange(-100, 100).Draw(t, "from")) * time.Hour)
			}
			list := rapid.SampledFrom([]string{"try", "toptan", "efsane-cuma"}).Draw(t, "list")
			v.Prices = catalog.SetPrice(v.Prices, catalog.Price{List: list, Amount: lira(rapid.Int64Range(1, 1000).Draw(t, "amount")), From: from}, time.Time{})
		}
		who := catalog.Buyer{Currency: "TRY", Group: rapid.SampledFrom([]string{"", "toptan"}).Draw(t, "group")}
		at := noon.Add(time.Duration(rapid.IntRange(-150, 150).Draw(t, "at")) * time.Hour)
		next := b.NextChange(catalog.Product{Variants: []catalog.Variant{v}}, at)
		if next.IsZero() {
			next = at.Add(1000 * time.Hour)
		}
		now, sold := b.Quote(v, who, at)
		later, still := b.Quote(v, who, next.Add(-time.Millisecond))
		require.Equal(t, sold, still)
		require.Equal(t, now, later)
		trimmed, stillSold := b.Quote(catalog.Variant{Prices: catalog.Trim(v.Prices, at)}, who, at)
		require.Equal(t, sold, stillSold)
		require.Equal(t, now, trimmed, "trimming changes no price")
	})
}

func TestBook_RefusesListsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	good := catalog.PriceList{ID: "bayi", Name: catalog.Text{TR: "Bayi"}, Currency: "TRY", Priority: 1}
	for name, spoil := range map[string]func(*catalog.PriceList){
		"an id with a capital":             func(l *catalog.PriceList) { l.ID = "Bayi" },
		"no name":                          func(l *catalog.PriceList) { l.Name = catalog.Text{} },
		"a currency that is none":          func(l *catalog.PriceList) { l.Currency = "XXX" },
		"a currency that has no base list": func(l *catalog.PriceList) { l.Currency = "EUR" },
		"the priority of a base list":      func(l *catalog.PriceList) { l.Priority = 0 },
		"over before it begins":            func(l *catalog.PriceList) { l.From, l.Until = noon, noon },
		"a base list with dates":           func(l *catalog.PriceList) { *l = catalog.Base("TRY"); l.From = noon },
		"a base list for a group":          func(l *catalog.PriceList) { *l = catalog.Base("TRY"); l.Group = "toptan" },
	} {
		l := good
		spoil(&l)
		_, err := book(t).With(l)
		require.True(t, fault.Is(err, fault.Invalid), "%s: %v", name, err)
	}
	b, err := book(t).With(good)
	require.NoError(t, err)
	moved := good
	moved.Currency = "EUR"
	b, err = b.With(catalog.Base("EUR"))
	require.NoError(t, err)
	_, err = b.With(moved)
	require.True(t, fault.Is(err, fault.Invalid), "a list keeps its currency")
	_, err = b.Without("try")
	require.True(t, fault.Is(err, fault.Conflict))
	_, err = b.Without("yok")
	require.True(t, fault.Is(err, fault.NotFound))
	b, err = b.Without("bayi")
	require.NoError(t, err)
	require.NotContains(t, b.Lists, "bayi")
}

// Whoever sets a price without a moment wants it to be asked from now on, whatever was
// scheduled before.
func TestSetPrice_OfNowCountsNowWhateverHasBegun(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var prices []catalog.Price
		for range rapid.IntRange(0, 5).Draw(t, "prices") {
			from := noon.Add(time.Duration(rapid.IntRange(-100, 100).Draw(t, "from")) * time.Hour)
			set := noon.Add(time.Duration(rapid.IntRange(-100, 0).Draw(t, "set")) * time.Hour)
			prices = catalog.SetPrice(prices, catalog.Price{List: "try", Amount: lira(rapid.Int64Range(1, 1000).Draw(t, "amount")), From: from}, set)
		}
		var begun time.Time
		if rapid.Bool().Draw(t, "dated") {
			begun = noon.Add(time.Duration(rapid.IntRange(-200, 0).Draw(t, "begun")) * time.Hour)
		}
		wanted := catalog.Price{List: "try", Amount: lira(2000), From: begun}
		v := catalog.Variant{Prices: catalog.Trim(catalog.SetPrice(prices, wanted, noon), noon)}
		quoted, sold := book(t).Quote(v, catalog.Buyer{Currency: "TRY"}, noon)
		require.True(t, sold)
		require.Equal(t, wanted.Amount, quoted.Amount)
	})
}
