package pricing_test

import (
	"testing"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/pricing"
)

func BenchmarkPrice(b *testing.B) {
	items := make([]pricing.Item, 10)
	for i := range items {
		items[i] = pricing.Item{UnitPrice: money.Of(12_495+int64(i), "TRY"), Quantity: 3, Discount: money.Of(0, "TRY"), TaxPercent: 20}
	}
	tariff := pricing.Tariff{Shipping: money.Of(4_990, "TRY"), TaxPercent: 20}
	for b.Loop() {
		if _, _, err := pricing.Price("TRY", items, tariff); err != nil {
			b.Fatal(err)
		}
	}
}
