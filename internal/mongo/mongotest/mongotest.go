// Package mongotest gives tests a MongoDB over the wire: devstack's server,
// started once for a test binary, and a fresh database for each test.
package mongotest

import (
	"bufio"
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
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// callTimeout bounds every call: one that hangs must not hang the tests.
const callTimeout = 20 * time.Second

var (
	client   = sync.OnceValues(start)
	database atomic.Int64
)

// Database returns a database that nothing else uses. It is dropped when the
// test ends.
func Database(t testing.TB) *mongo.Database {
	t.Helper()
	c, err := client()
	require.NoError(t, err)
	db := c.Database(fmt.Sprintf("test_%d", database.Add(1)))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
		defer cancel()
		require.NoError(t, db.Drop(ctx))
	})
	return db
}

// start starts the server as a child. It ends with this process, which is when
// its standard input closes.
func start() (*mongo.Client, error) {
	uri, err := launch()
	if err != nil {
		return nil, err
	}
	c, err := mongo.Connect(options.Client().ApplyURI(uri).SetTimeout(callTimeout).SetRetryWrites(false))
	if err != nil {
		return nil, fmt.Errorf("connecting to the test's MongoDB: %w", err)
	}
	return c, nil
}

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
