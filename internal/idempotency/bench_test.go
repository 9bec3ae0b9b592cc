package idempotency_test

import (
	"testing"

	"github.com/bedesten/bedesten/internal/idempotency"
)

func BenchmarkBodyHash(b *testing.B) {
	body := []byte(`{"cart_id":"crt_1","quote_hash":"d7287b1f","payment":{"provider":"stripe","payment_method":"pm_card_visa"}}`)
	for b.Loop() {
		if _, err := idempotency.BodyHash(body); err != nil {
			b.Fatal(err)
		}
	}
}
