package seal_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/seal"
)

func BenchmarkSealAndOpen(b *testing.B) {
	key := dataKey(b)
	for b.Loop() {
		_, err := seal.Open(key, "orders|contact|ord_1", seal.Seal(key, "orders|contact|ord_1", []byte(resident)))
		require.NoError(b, err)
	}
}

func BenchmarkUnwrap(b *testing.B) {
	ring := ringOf(b, "k1")
	_, wrapped, err := ring.NewKey("ord_1")
	require.NoError(b, err)
	for b.Loop() {
		_, err := ring.Unwrap("ord_1", wrapped)
		require.NoError(b, err)
	}
}

func BenchmarkLookup(b *testing.B) {
	lookup, err := seal.NewLookup(bytesOf('l'))
	require.NoError(b, err)
	for b.Loop() {
		lookup.Key("email", "isil.ozgur@example.com")
	}
}
