package quote_test

import (
	"fmt"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/pricing"
	"github.com/bedesten/bedesten/internal/quote"
)

// glasses is a cart with six tea glasses.
func glasses() cart.Cart {
	c, err := cart.New("crt_1", "TRY", "tr", noon)
	if err != nil {
		panic(err)
	}
	if err := c.Add("op-1", cart.Item{VariantID: "var_CAY", SKU: "CAY", Currency: "TRY", Quantity: 6}, noon); err != nil {
		panic(err)
	}
	return c
}

func ExampleFreeze() {
	q, err := quote.Freeze(glasses(), offers, pricing.Tariff{Shipping: money.Of(4_990, "TRY"), TaxPercent: 20}, noon)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(q.Lines[0].Quantity, q.Lines[0].Title, q.Lines[0].Total)
	fmt.Println(q.Total, "with KDV", q.Tax)
	fmt.Println(q.Check())
	// Output:
	// 6 Çay Bardağı 1499.40 TRY
	// 1549.30 TRY with KDV 258.22 TRY
	// <nil>
}

func ExampleGone() {
	fmt.Println(quote.Gone(glasses(), offers))
	fmt.Println(quote.Gone(glasses(), map[string]catalog.Offer{}))
	// Output:
	// []
	// [CAY]
}
