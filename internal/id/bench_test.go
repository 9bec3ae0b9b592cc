package id_test

import (
	"testing"
	"time"

	"github.com/bedesten/bedesten/internal/id"
)

func BenchmarkNew(b *testing.B) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for b.Loop() {
		if id.New(id.Order, now) == "" {
			b.Fatal("no id")
		}
	}
}

func BenchmarkValid(b *testing.B) {
	for b.Loop() {
		if !id.Valid(id.Order, "ord_01jd7v3q9v5m8f2k6n4p0r1s2t") {
			b.Fatal("it is one")
		}
	}
}

func BenchmarkNumber(b *testing.B) {
	for b.Loop() {
		if id.Number() == "" {
			b.Fatal("no number")
		}
	}
}
