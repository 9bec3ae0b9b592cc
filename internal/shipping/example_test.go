package shipping_test

import (
	"fmt"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/shipping"
)

func ExamplePack() {
	items := []shipping.Item{
		{SKU: "CEZVE-03", Quantity: 2, UnitGrams: 900, Total: money.Of(97_980, "TRY"), ShippingShare: money.Of(3_000, "TRY")},
		{SKU: "LOKUM-500", Quantity: 3, UnitGrams: 500, Total: money.Of(65_970, "TRY"), ShippingShare: money.Of(1_990, "TRY")},
	}
	parcels, err := shipping.Pack(items, 2_500)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range parcels {
		fmt.Println(p.Lines, p.Grams, "g", p.Share)
	}
	// Output:
	// [{CEZVE-03 2} {LOKUM-500 1}] 2300 g 1236.33 TRY
	// [{LOKUM-500 2}] 1000 g 453.07 TRY
}
