package page_test

import (
	"fmt"

	"github.com/bedesten/bedesten/internal/page"
)

func ExampleEncode() {
	cursor, err := page.Encode(map[string]string{"t": "Çaydanlık"})
	fmt.Println(cursor, err)
	// Output: eyJ0Ijoiw4dheWRhbmzEsWsifQ <nil>
}

func ExampleDecode() {
	var after struct {
		Title string `json:"t"`
	}
	fmt.Println(page.Decode("eyJ0Ijoiw4dheWRhbmzEsWsifQ", &after), after.Title)
	fmt.Println(page.Decode("sayfa-2", &after) != nil)
	// Output:
	// <nil> Çaydanlık
	// true
}
