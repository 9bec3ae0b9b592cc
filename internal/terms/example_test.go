package terms_test

import (
	"fmt"

	"github.com/bedesten/bedesten/internal/terms"
)

func ExampleShop_Fill() {
	text, err := terms.Shop{Name: "Bedesten"}.Fill("Satıcı: {{shop_name}}")
	fmt.Println(text, err)
	// Output: Satıcı: Bedesten <nil>
}
