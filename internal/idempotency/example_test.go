package idempotency_test

import (
	"fmt"

	"github.com/bedesten/bedesten/internal/idempotency"
)

func ExampleID() {
	first := idempotency.ID("crt_1", "POST /v1/checkouts", "6f1c2b0e")
	again := idempotency.ID("crt_1", "POST /v1/checkouts", "6f1c2b0e")
	other := idempotency.ID("crt_2", "POST /v1/checkouts", "6f1c2b0e")
	fmt.Println(first == again, first == other)
	// Output: true false
}

func ExampleCheckKey() {
	fmt.Println(idempotency.CheckKey("6f1c2b0e-4f0a-4e0e-9a55-8f0c1e5b7a01"))
	fmt.Println(idempotency.CheckKey("iki kelime"))
	// Output:
	// <nil>
	// invalid: the Idempotency-Key may hold visible ASCII characters only
}

func ExampleBodyHash() {
	first, _ := idempotency.BodyHash([]byte(`{"sku":"CAY","quantity":1}`))
	again, _ := idempotency.BodyHash([]byte(`{ "quantity": 1, "sku": "CAY" }`))
	fmt.Println(first == again)
	// Output: true
}
