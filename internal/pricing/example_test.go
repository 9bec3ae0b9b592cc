package pricing_test

import (
	"fmt"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/pricing"
)

func ExamplePrice() {
	items := []pricing.Item{
		{UnitPrice: money.Of(89_990, "TRY"), Quantity: 1, Discount: money.Of(9_990, "TRY"), TaxPercent: 20},
		{UnitPrice: money.Of(31_990, "TRY"), Quantity: 2, Discount: money.Of(0, "TRY"), TaxPercent: 1},
	}
	priced, totals, err := pricing.Price("TRY", items, pricing.Tariff{Shipping: money.Of(4_990, "TRY"), TaxPercent: 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range priced {
		fmt.Println(p.Total, "with KDV", p.Tax, "and shipping", p.ShippingShare)
	}
	fmt.Println(totals.Total, "with KDV", totals.Tax)
	// Output:
	// 800.00 TRY with KDV 133.33 TRY and shipping 27.73 TRY
	// 639.80 TRY with KDV 6.33 TRY and shipping 22.17 TRY
	// 1489.70 TRY with KDV 147.98 TRY
}

func ExampleIncludedTax_refused() {
	_, err := pricing.IncludedTax(money.Of(120_000, "TRY"), 101)
	fmt.Println(err)
	// Output: invalid: there is no KDV of 101%
}
