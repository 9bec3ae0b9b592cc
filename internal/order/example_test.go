package order_test

import (
	"fmt"
	"time"

	"github.com/bedesten/bedesten/internal/order"
)

func ExampleQuote_Check() {
	q := tea()
	q.Hash, _ = q.Fingerprint()
	fmt.Println(q.Check())

	q.Lines[0].Title = "Altın çaydanlık"
	fmt.Println(q.Check())

	q.Total = lira(1)
	fmt.Println(q.Check())
	// Output:
	// <nil>
	// quote_stale: the quote was changed after it was frozen
	// invalid: the quote does not add up
}

func ExamplePolicy_CheckFloors() {
	p := order.Production()
	fmt.Println(p.CheckFloors())
	p.Lease, p.Heartbeat = 15*time.Second, time.Second
	fmt.Println(p.CheckFloors())
	// Output:
	// <nil>
	// policy production: lease is 15s, production needs at least 2m0s
	// policy production: heartbeat is 1s, production needs at least 2s
}

func ExampleStatus_FreesCart() {
	fmt.Println(order.Placed.FreesCart(), order.Expired.FreesCart(), order.Completed.FreesCart())
	// Output: false true false
}

func ExampleSave_MayWrite() {
	successor := order.Save{Run: "run-2", Over: "run-1"}
	fmt.Println(successor.MayWrite("run-1"), successor.MayWrite("run-3"))
	// Output: true false
}
