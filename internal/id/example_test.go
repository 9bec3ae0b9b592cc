package id_test

import (
	"fmt"
	"time"

	"github.com/bedesten/bedesten/internal/id"
)

func ExampleNew() {
	fresh := id.New(id.Order, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	fmt.Println(fresh[:len("ord_")+10], id.Valid(id.Order, fresh))
	// Output: ord_01m86ptpg0 true
}

func ExampleValid() {
	fmt.Println(id.Valid(id.Cart, "crt_01jd7v3q9v5m8f2k6n4p0r1s2t"))
	fmt.Println(id.Valid(id.Order, "crt_01jd7v3q9v5m8f2k6n4p0r1s2t"))
	fmt.Println(id.Valid(id.Order, "ord_../../etc/passwd"))
	// Output:
	// true
	// false
	// false
}

func ExampleValidNumber() {
	fmt.Println(id.ValidNumber("7KXM-92QD"), id.ValidNumber("7KXM-92Q0"))
	// Output: true false
}
