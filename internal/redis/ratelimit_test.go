package redis_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	store "github.com/bedesten/bedesten/internal/redis"
)

// server starts devstack's Redis for the test and returns a client of it.
func server(t *testing.T) *redis.Client {
	t.Helper()
	bin := os.Getenv("BEDESTEN_DEVSTACK")
	if bin == "" {
		bin = filepath.Join("..", "..", "bin", "devstack")
	}
	_, err := os.Stat(bin)
	require.NoError(t, err, "bin/devstack is missing: run `make bin/devstack`")
	cmd := exec.CommandContext(t.Context(), bin, "redis", "--ephemeral")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait(), "it was killed")
	})
	lines := bufio.NewScanner(stdout)
	require.True(t, lines.Scan())
	var ready struct {
		Redis string `json:"redis"`
	}
	require.NoError(t, json.Unmarshal(lines.Bytes(), &ready))
	client := redis.NewClient(&redis.Options{Addr: ready.Redis})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
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
