// Package mongotest gives tests a MongoDB over the wire: devstack's server,
// started once for a test binary, and a fresh database for each test.
package mongotest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/event"
	mongodriver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/seal"
)

// callTimeout bounds every call: one that hangs must not hang the tests.
const callTimeout = 20 * time.Second

var (
	address  = sync.OnceValues(launch)
	client   = sync.OnceValues(start)
	database atomic.Int64
)

// Database returns a database that nothing else uses. It is dropped when the
// test ends.
func Database(t testing.TB) *mongodriver.Database {
	t.Helper()
	c, err := client()
	require.NoError(t, err)
	return fresh(t, c)
}

// Watched is Database by a connection of its own, whose commands monitor is told
// of.
func Watched(t testing.TB, monitor *event.CommandMonitor) *mongodriver.Database {
	t.Helper()
	uri, err := address()
	require.NoError(t, err)
	c, err := connect(uri, monitor)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
		defer cancel()
		require.NoError(t, c.Disconnect(ctx))
	})
	return fresh(t, c)
}

func fresh(t testing.TB, c *mongodriver.Client) *mongodriver.Database {
	t.Helper()
	db := c.Database(fmt.Sprintf("test_%d", database.Add(1)))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
		defer cancel()
		require.NoError(t, db.Drop(ctx))
	})
	return db
}

// Vault returns a vault on db, each time with the same master key and an empty
// memory.
func Vault(t testing.TB, db *mongodriver.Database) *mongo.Vault {
	t.Helper()
	ring, err := seal.NewKeyring(seal.Key{ID: "d1", Bytes: bytes.Repeat([]byte("d"), seal.KeyBytes)})
	require.NoError(t, err)
	return mongo.NewVault(db, ring, clock.System)
}

func start() (*mongodriver.Client, error) {
	uri, err := address()
	if err != nil {
		return nil, err
	}
	return connect(uri, nil)
}

func connect(uri string, monitor *event.CommandMonitor) (*mongodriver.Client, error) {
	c, err := mongodriver.Connect(options.Client().ApplyURI(uri).SetTimeout(callTimeout).SetRetryWrites(false).SetMonitor(monitor))
	if err != nil {
		return nil, fmt.Errorf("connecting to the test's MongoDB: %w", err)
	}
	return c, nil
}

// launch starts the server as a child. It ends with this process, which is when
// its standard input closes.
func launch() (string, error) {
	bin, err := find()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(context.Background(), bin, "mongo", "--ephemeral", "--exit-with-parent")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return "", fmt.Errorf("starting devstack: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", fmt.Errorf("starting devstack: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("starting devstack: %w", err)
	}
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		return "", errors.New("devstack ended before it was ready")
	}
	var ready struct {
		Mongo string `json:"mongo"`
	}
	if err := json.Unmarshal(lines.Bytes(), &ready); err != nil || ready.Mongo == "" {
		return "", fmt.Errorf("devstack said %q instead of its address", lines.Text())
	}
	// Held for as long as the child runs: were it collected, it would close.
	go func() { _ = errors.Join(cmd.Wait(), stdin.Close()) }()
	return ready.Mongo, nil
}

// find returns BEDESTEN_DEVSTACK, or bin/devstack beside the nearest go.mod
// above the working folder.
func find() (string, error) {
	if bin := os.Getenv("BEDESTEN_DEVSTACK"); bin != "" {
		return bin, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding devstack: %w", err)
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			bin := filepath.Join(dir, "bin", "devstack")
			if _, err := os.Stat(bin); err == nil {
				return bin, nil
			}
			break
		}
		dir = filepath.Dir(dir)
	}
	return "", errors.New("bin/devstack is missing: run `make bin/devstack` (the first build takes some minutes)")
}
