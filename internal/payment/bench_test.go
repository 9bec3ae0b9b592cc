package payment_test

import (
	"testing"

	"github.com/bedesten/bedesten/internal/payment"
)

func BenchmarkAttempt_Answered(b *testing.B) {
	a, answer := at(payment.Submitting), saw(payment.StandsHeld)
	for b.Loop() {
		if _, err := a.Answered(payment.OpAuthorize, answer, noon); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMachine_Next(b *testing.B) {
	for b.Loop() {
		// The last row of the table that is served.
		if _, err := payment.Machine.Next(payment.Authorized, payment.FoundCaptured); err != nil {
			b.Fatal(err)
		}
	}
}
