package rediswire_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/devstack/internal/rediswire"
)

func setup(t *testing.T) *redis.Client {
	t.Helper()
	s, err := rediswire.Start("127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	c := redis.NewClient(&redis.Options{Addr: s.Addr()})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestServer_KeysExpireWhenTheirTimeIsOver(t *testing.T) {
	t.Parallel()
	const ttl = 400 * time.Millisecond
	c := setup(t)

	began := time.Now()
	require.NoError(t, c.Set(t.Context(), "sepet:c_1", "kilim", ttl).Err())
	require.NoError(t, c.Set(t.Context(), "katalog", "halı", 0).Err())
	require.Eventually(t, func() bool {
		return errors.Is(c.Get(t.Context(), "sepet:c_1").Err(), redis.Nil)
	}, 10*time.Second, 5*time.Millisecond)

	// The clock moves in steps of 100 ms, and one may have been under way.
	require.GreaterOrEqual(t, time.Since(began), ttl-100*time.Millisecond)
	require.NoError(t, c.Get(t.Context(), "katalog").Err(), "a key without a time to live stays")
}

func TestServer_CountsATimeToLiveDown(t *testing.T) {
	t.Parallel()
	c := setup(t)
	require.NoError(t, c.Set(t.Context(), "sepet:c_1", "kilim", time.Hour).Err())

	require.Eventually(t, func() bool {
		left, err := c.PTTL(t.Context(), "sepet:c_1").Result()
		return err == nil && left < time.Hour-300*time.Millisecond
	}, 10*time.Second, 5*time.Millisecond)
}

func TestServer_SaysThatItsPortIsTaken(t *testing.T) {
	t.Parallel()
	s, err := rediswire.Start("127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(s.Stop)

	_, err = rediswire.Start(s.Addr())
	require.ErrorContains(t, err, "address already in use")
}
