package stock_test

import (
	"fmt"

	"github.com/bedesten/bedesten/internal/stock"
)

func Example() {
	state, err := stock.Machine.Next(stock.Absent, stock.Reserve)
	fmt.Println(state, err)
	state, err = stock.Machine.Next(state, stock.Commit)
	fmt.Println(state, err)
	// What is sold is not released; it comes back under an op of its own.
	_, err = stock.Machine.Next(state, stock.Release)
	fmt.Println(err)
	// Output:
	// r <nil>
	// c <nil>
	// conflict: stock entry: release cannot happen in c
}
