package money_test

import (
	"fmt"

	"github.com/bedesten/bedesten/internal/money"
)

func ExampleAmount_Add() {
	sum, err := money.Of(124_990, "TRY").Add(money.Of(4_990, "TRY"))
	fmt.Println(sum, err)
	_, err = money.Of(124_990, "TRY").Add(money.Of(4_990, "EUR"))
	fmt.Println(err)
	// Output:
	// 1299.80 TRY <nil>
	// conflict: TRY and EUR cannot be added
}

func ExampleAmount_Times() {
	six, err := money.Of(12_495, "TRY").Times(6)
	fmt.Println(six, err)
	// Output: 749.70 TRY <nil>
}

func ExampleAmount_Portion() {
	// The KDV of 20 % inside ₺89,90: 8990 × 20 / 120 = 1498.33.
	tax, err := money.Of(8_990, "TRY").Portion(20, 120)
	fmt.Println(tax, err)
	// Output: 14.98 TRY <nil>
}

func ExampleAmount_Allocate() {
	// Shipping of ₺49,90 over a kettle of ₺800 and glasses of ₺374,85.
	shares, err := money.Of(4_990, "TRY").Allocate([]int64{80_000, 37_485})
	fmt.Println(shares, err)
	// Output: [33.98 TRY 15.92 TRY] <nil>
}

func ExampleKnown() {
	fmt.Println(money.Known("TRY"), money.Known("BTC"))
	// Output: true false
}
