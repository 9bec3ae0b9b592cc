package redis_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	store "github.com/bedesten/bedesten/internal/redis"
	"github.com/bedesten/bedesten/internal/redis/redistest"
)

func server(t *testing.T) *redis.Client {
	t.Helper()
	return redistest.Server(t)
}

func TestLimiter_LetsABurstThroughAndThenSaysHowLongToWait(t *testing.T) {
	t.Parallel()
	l := store.NewLimiter(server(t))
	for range 3 {
		count, err := l.Take(t.Context(), "checkouts:kadikoy", 3600, 3)
		require.NoError(t, err)
		require.Zero(t, count.Wait)
	}
	count, err := l.Take(t.Context(), "checkouts:kadikoy", 3600, 3)
	require.NoError(t, err)
	require.Positive(t, count.Wait)
	require.LessOrEqual(t, count.Wait, time.Second)

	count, err = l.Take(t.Context(), "checkouts:besiktas", 3600, 3)
	require.NoError(t, err)
	require.Zero(t, count.Wait, "another key has a count of its own")
}

func TestLimiter_SaysSoWhenRedisDoesNotAnswer(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	_, err := store.NewLimiter(client).Take(t.Context(), "checkouts:kadikoy", 3600, 3)
	require.Error(t, err)
}
