package pricing_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/pricing"
)

func TestIncludedTax_IsTheKDVInsideThePrice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ total, percent, want int64 }{
		{12_000, 20, 2_000}, {11_000, 10, 1_000}, {10_100, 1, 100}, {24_990, 20, 4_165}, {1, 20, 0}, {3, 20, 1}, {0, 20, 0}, {9_990, 0, 0}, {-12_000, 20, -2_000},
	} {
		tax, err := pricing.IncludedTax(money.Of(tt.total, "TRY"), tt.percent)
		require.NoError(t, err)
		require.Equal(t, money.Of(tt.want, "TRY"), tax, "%d%% in %d", tt.percent, tt.total)
	}
	for _, percent := range []int64{-1, 101} {
		_, err := pricing.IncludedTax(money.Of(1, "TRY"), percent)
		require.True(t, fault.Is(err, fault.Invalid))
	}
}

func TestPrice_RefusesWhatCannotBeAsked(t *testing.T) {
	t.Parallel()
	item := pricing.Item{UnitPrice: money.Of(100, "TRY"), Quantity: 1, Discount: money.Of(0, "TRY"), TaxPercent: 20}
	for name, spoil := range map[string]func(*pricing.Item, *pricing.Tariff){
		"no quantity":                      func(i *pricing.Item, _ *pricing.Tariff) { i.Quantity = 0 },
		"a discount of more than it costs": func(i *pricing.Item, _ *pricing.Tariff) { i.Discount.Minor = 101 },
		"more than can be counted":         func(i *pricing.Item, _ *pricing.Tariff) { i.UnitPrice.Minor = 1 << 62; i.Quantity = 99 },
		"two currencies":                   func(i *pricing.Item, _ *pricing.Tariff) { i.UnitPrice.Currency = "EUR" },
		"shipping for less than nothing":   func(_ *pricing.Item, t *pricing.Tariff) { t.Shipping = money.Of(-1, "TRY") },
		"shipping in another currency":     func(_ *pricing.Item, t *pricing.Tariff) { t.Shipping = money.Of(5, "EUR") },
	} {
		i, tariff := item, pricing.Tariff{}
		spoil(&i, &tariff)
		_, _, err := pricing.Price("TRY", []pricing.Item{i}, tariff)
		require.Error(t, err, name)
	}
}

func TestPrice_AddsUpToTheLastKurus(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) pricing.Item {
			unit, quantity := rapid.Int64Range(0, 10_000_000).Draw(t, "unit"), rapid.Int64Range(1, 99).Draw(t, "quantity")
			return pricing.Item{
				UnitPrice: money.Of(unit, "TRY"), Quantity: quantity,
				Discount:   money.Of(rapid.Int64Range(0, unit*quantity).Draw(t, "discount"), "TRY"),
				TaxPercent: rapid.SampledFrom([]int64{0, 1, 10, 20}).Draw(t, "kdv"),
			}
		}), 1, 20).Draw(t, "items")
		tariff := pricing.Tariff{Shipping: money.Of(rapid.Int64Range(0, 100_000).Draw(t, "shipping"), "TRY"), TaxPercent: 20}
		priced, totals, err := pricing.Price("TRY", items, tariff)
		require.NoError(t, err)

		var total, tax, shares int64
		for _, p := range priced {
			total, tax, shares = total+p.Total.Minor, tax+p.Tax.Minor, shares+p.ShippingShare.Minor
			require.GreaterOrEqual(t, p.ShippingShare.Minor, int64(0))
			require.LessOrEqual(t, p.Tax.Minor, p.Total.Minor)
		}
		require.Equal(t, totals.Total.Minor, total+tariff.Shipping.Minor)
		require.Equal(t, totals.Total.Minor, totals.Subtotal.Minor-totals.Discount.Minor+totals.Shipping.Minor)
		require.Equal(t, tariff.Shipping.Minor, shares)
		shippingTax, err := pricing.IncludedTax(tariff.Shipping, 20)
		require.NoError(t, err)
		require.Equal(t, totals.Tax.Minor, tax+shippingTax.Minor)
	})
}

func ExampleIncludedTax() {
	tax, err := pricing.IncludedTax(money.Of(120_000, "TRY"), 20)
	fmt.Println(tax, err)
	// Output: 200.00 TRY <nil>
}
