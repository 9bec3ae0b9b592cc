package redis_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	store "github.com/bedesten/bedesten/internal/redis"
)

func TestStories_TellWhoListensThatAnOrderWasSaved(t *testing.T) {
	t.Parallel()
	client := server(t)
	s := store.NewStories(client, slog.New(slog.DiscardHandler))
	heard, ended := make(chan string, 100), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- s.Listen(ctx, func(id string) { heard <- id }) }()
	require.Eventually(t, func() bool {
		s.Saved(t.Context(), "ord_moda")
		return len(heard) > 0
	}, 5*time.Second, 20*time.Millisecond)
	require.Equal(t, "ord_moda", <-heard)
	cancel()
	require.NoError(t, <-ended)
}

func TestStories_NobodyWaitsForAHintThatCannotBeGiven(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	began := time.Now()
	store.NewStories(client, slog.New(slog.DiscardHandler)).Saved(t.Context(), "ord_moda")
	require.Less(t, time.Since(began), 2*time.Second)
}
