package quote_test

import (
	"testing"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/pricing"
	"github.com/bedesten/bedesten/internal/quote"
)

func BenchmarkFreeze(b *testing.B) {
	c, tariff := glasses(), pricing.Tariff{Shipping: money.Of(4_990, "TRY"), TaxPercent: 20}
	for b.Loop() {
		if _, err := quote.Freeze(c, offers, tariff, noon); err != nil {
			b.Fatal(err)
		}
	}
}
