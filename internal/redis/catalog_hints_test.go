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

func TestCatalogHints_TellWhoListensWhatWasWritten(t *testing.T) {
	t.Parallel()

	h := store.NewCatalogHints(server(t), slog.New(slog.DiscardHandler))
	heard, ended := make(chan string, 2000), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- h.Listen(ctx, func(id string) { heard <- id }) }()
	require.Eventually(t, func() bool {
		h.Changed(t.Context(), "prd_hazir")
		return len(heard) > 0
	}, 5*time.Second, 20*time.Millisecond)
	ids := make([]string, 1200)
	for i := range ids {
		ids[i] = "prd_kilim"
	}
	h.Changed(t.Context(), append(ids, "", "prd_son")...)
	kilims, last := 0, ""
	for last != "prd_son" {
		if last = <-heard; last == "prd_kilim" {
			kilims++
		}
	}
	require.Equal(t, 1200, kilims)
	cancel()
	require.NoError(t, <-ended)
}

func TestCatalogHints_NobodyWaitsForAHintThatCannotBeGiven(t *testing.T) {
	t.Parallel()

	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	began := time.Now()
	store.NewCatalogHints(client, slog.New(slog.DiscardHandler)).Changed(t.Context(), "prd_kilim")
	require.Less(t, time.Since(began), 2*time.Second)
}
