package argon_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/identity/argon"
)

var small = argon.Cost{MemoryKiB: 64, Iterations: 1, Parallelism: 1}

func newHasher(t testing.TB, c argon.Cost) *argon.Hasher {
	t.Helper()
	h, err := argon.New(c)
	require.NoError(t, err)
	return h
}

func TestHasher_TakesTheRightPasswordAlone(t *testing.T) {
	t.Parallel()
	h := newHasher(t, small)
	hash, err := h.Hash(t.Context(), "kadife kedi uyur")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$"), "algorithm and cost stand with it")
	other, err := h.Hash(t.Context(), "kadife kedi uyur")
	require.NoError(t, err)
	require.NotEqual(t, hash, other, "each has a salt of its own")
	for password, right := range map[string]bool{"kadife kedi uyur": true, "kadife kedi uyu": false, "": false, "Kadife kedi uyur": false} {
		ok, stale, err := h.Check(t.Context(), password, hash)
		require.NoError(t, err)
		require.False(t, stale)
		require.Equal(t, right, ok, password)
	}
}

func TestHasher_SaysThatAHashIsOfAnotherCost(t *testing.T) {
	t.Parallel()
	hash, err := newHasher(t, small).Hash(t.Context(), "kadife kedi uyur")
	require.NoError(t, err)
	ok, stale, err := newHasher(t, argon.Cost{MemoryKiB: 128, Iterations: 1, Parallelism: 1}).Check(t.Context(), "kadife kedi uyur", hash)
	require.NoError(t, err)
	require.True(t, ok)
	require.True(t, stale)
}

func TestHasher_HoldsNobodysPasswordAgainstAHashToo(t *testing.T) {
	t.Parallel()
	h := newHasher(t, small)
	ok, _, err := h.Check(t.Context(), "nobody's password", "")
	require.NoError(t, err)
	require.False(t, ok, "even the right one is nobody's")
	_, _, err = h.Check(t.Context(), "x", "$2a$10$abc")
	require.Error(t, err)
}

func TestHasher_LetsNobodyWaitForEver(t *testing.T) {
	t.Parallel()
	h := newHasher(t, argon.Cost{MemoryKiB: 16 << 10, Iterations: 1, Parallelism: 1})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { _, _ = h.Hash(ctx, "kadife kedi uyur") })
	}
	over, end := context.WithCancel(t.Context())
	end()
	refused := 0
	for range 20 {
		if _, err := h.Hash(over, "kadife kedi uyur"); fault.Is(err, fault.Unavailable) {
			refused++
		}
	}
	require.Positive(t, refused, "who cannot wait is told so")
	cancel()
	wg.Wait()
}

func BenchmarkHash(b *testing.B) {
	h := newHasher(b, argon.Default)
	for b.Loop() {
		if _, err := h.Hash(b.Context(), "kadife kedi uyur"); err != nil {
			b.Fatal(err)
		}
	}
}

func TestHasher_ServesTheOneWhoIsNotOfTheFlood(t *testing.T) {
	t.Parallel()
	h := newHasher(t, argon.Cost{MemoryKiB: 8 << 10, Iterations: 1, Parallelism: 1})
	hash, err := h.Hash(t.Context(), "kadife kedi uyur")
	require.NoError(t, err)
	flood := identity.WithStanding(t.Context(), identity.Suspect)
	var left atomic.Int64
	var wg sync.WaitGroup
	crowd := int64(30 * runtime.GOMAXPROCS(0))
	for range crowd {
		left.Add(1)
		wg.Go(func() {
			defer left.Add(-1)
			_, _, _ = h.Check(flood, "yanlış parola", hash)
		})
	}
	require.Eventually(t, func() bool { return left.Load() < crowd }, 10*time.Second, time.Millisecond, "the flood is served too")
	for _, s := range []identity.Standing{identity.Known, identity.Fresh} {
		ok, _, err := h.Check(identity.WithStanding(t.Context(), s), "kadife kedi uyur", hash)
		require.NoError(t, err)
		require.True(t, ok)
	}
	require.Positive(t, left.Load(), "who is not of the flood did not wait for it")
	wg.Wait()
}
