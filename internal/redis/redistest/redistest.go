// Package redistest gives tests a real server that speaks Redis.
package redistest

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// Server starts devstack's Redis for the test and returns a client of it. The binary
// is $BEDESTEN_DEVSTACK, or bin/devstack above the package under test.
func Server(t testing.TB) *redis.Client {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary(t), "redis", "--ephemeral")
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
	client := redis.NewClient(&redis.Options{Addr: ready.Redis, ContextTimeoutEnabled: true})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

func binary(t testing.TB) string {
	t.Helper()
	if named := os.Getenv("BEDESTEN_DEVSTACK"); named != "" {
		return named
	}
	for dir := "."; ; dir = filepath.Join(dir, "..") {
		bin := filepath.Join(dir, "bin", "devstack")
		if _, err := os.Stat(bin); err == nil {
			return bin
		}
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			require.FailNow(t, "bin/devstack is missing: run `make bin/devstack`")
		}
	}
}
