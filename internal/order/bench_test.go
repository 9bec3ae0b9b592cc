package order_test

import (
	"testing"

	"github.com/bedesten/bedesten/internal/order"
)

func BenchmarkQuote_Fingerprint(b *testing.B) {
	q := tea()
	for b.Loop() {
		if _, err := q.Fingerprint(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkQuote_Check(b *testing.B) {
	q := frozen(b, tea())
	for b.Loop() {
		if err := q.Check(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMachine_Next(b *testing.B) {
	for b.Loop() {
		if _, err := order.Machine.Next(order.Placed, order.CancelAsked); err != nil {
			b.Fatal(err)
		}
	}
}
