package temporaldev

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Namespace is the one that is made in a new database.
const Namespace = "default"

// retention is how long a closed workflow is kept, and with it the promise that
// its id is not used again: longer than the product keeps any idempotency
// record (30 days).
const retention = 40 * 24 * time.Hour

// prepare makes the database unless it is there. The namespace is the last
// thing to be written, so a file without it was left by a start that was killed:
// no server ever ran on it, and it is made anew.
func (c Config) prepare(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(c.File), 0o755); err != nil {
		return fmt.Errorf("making the folder for Temporal's data: %w", err)
	}
	done, err := hasNamespace(ctx, c.File)
	if err != nil {
		return fmt.Errorf("looking into Temporal's database: %w", err)
	}
	if done {
		return nil
	}
	if err := removeDatabase(c.File); err != nil {
		return err
	}
	conn := c.sqliteConfig()
	if err := sqlite.SetupSchema(conn); err != nil {
		return fmt.Errorf("creating Temporal's tables: %w", err)
	}
	return createNamespace(conn)
}

// hasNamespace is true if file is a database that was prepared to the end.
func hasNamespace(ctx context.Context, file string) (bool, error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	db, err := sql.Open("sqlite", "file:"+file+"?mode=rw&_pragma=busy_timeout(10000)")
	if err != nil {
		return false, err
	}
	defer db.Close()

	var n int
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'namespaces'").Scan(&n)
	if err != nil || n == 0 {
		return false, err
	}
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM namespaces WHERE name = ?", Namespace).Scan(&n)
	return n == 1, err
}

func createNamespace(conn *config.SQL) error {
	ns, err := sqlite.NewNamespaceConfig(clusterName, Namespace, false, nil)
	if err != nil {
		return fmt.Errorf("describing the namespace %s: %w", Namespace, err)
	}
	ns.Detail.Config.Retention = durationpb.New(retention)
	if err := sqlite.CreateNamespaces(conn, ns); err != nil {
		return fmt.Errorf("creating the namespace %s: %w", Namespace, err)
	}
	return nil
}

func removeDatabase(file string) error {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(file + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing an unfinished database: %w", err)
		}
	}
	return nil
}
