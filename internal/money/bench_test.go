package money_test

import (
	"testing"

	"github.com/bedesten/bedesten/internal/money"
)

func BenchmarkAmount_Times(b *testing.B) {
	price := money.Of(124_990, "TRY")
	for b.Loop() {
		if _, err := price.Times(3); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAmount_Portion(b *testing.B) {
	price := money.Of(124_990, "TRY")
	for b.Loop() {
		if _, err := price.Portion(20, 120); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAmount_Split(b *testing.B) {
	price := money.Of(124_990, "TRY")
	for b.Loop() {
		if parts := price.Split(12); len(parts) != 12 {
			b.Fatal(parts)
		}
	}
}

func BenchmarkAmount_Allocate(b *testing.B) {
	shipping, weights := money.Of(4_990, "TRY"), []int64{80_000, 37_485, 31_990, 24_990, 9_990}
	for b.Loop() {
		if _, err := shipping.Allocate(weights); err != nil {
			b.Fatal(err)
		}
	}
}
