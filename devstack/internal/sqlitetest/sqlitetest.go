// Package sqlitetest tells tests which pragmas are in force on the connections
// that servers in the test's process open to their SQLite databases. Asking the
// address instead would prove nothing: a misspelt pragma is ignored.
package sqlitetest

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
	"sync"

	"modernc.org/sqlite"
)

// Pragmas are what was in force on a connection when it was opened.
type Pragmas struct {
	Journal     string // "wal", "delete", ...
	Synchronous string // "off", "normal", "full" or "extra"
}

var (
	mu   sync.Mutex
	seen = map[string][]Pragmas{} // by the address of the database
)

// The driver calls its hooks after it has applied the address's pragmas.
func init() { sqlite.RegisterConnectionHook(note) }

// Seen returns the pragmas of every connection to a file whose path begins with
// prefix.
func Seen(prefix string) []Pragmas {
	mu.Lock()
	defer mu.Unlock()

	var res []Pragmas
	for dsn, p := range seen {
		if strings.HasPrefix(dsn, "file:"+prefix) {
			res = append(res, p...)
		}
	}
	return res
}

func note(conn sqlite.ExecQuerierContext, dsn string) error {
	journal, err := ask(conn, "journal_mode")
	if err != nil {
		return err
	}
	synchronous, err := ask(conn, "synchronous")
	if err != nil {
		return err
	}
	mu.Lock()
	defer mu.Unlock()

	seen[dsn] = append(seen[dsn], Pragmas{Journal: journal, Synchronous: synchronous})
	return nil
}

// ask returns a pragma as text; SQLite gives the name of some and the number of
// others.
func ask(conn sqlite.ExecQuerierContext, pragma string) (string, error) {
	rows, err := conn.QueryContext(context.Background(), "PRAGMA "+pragma, nil)
	if err != nil {
		return "", fmt.Errorf("asking for %s: %w", pragma, err)
	}
	defer rows.Close()

	row := make([]driver.Value, 1)
	if err := rows.Next(row); err != nil {
		return "", fmt.Errorf("reading %s: %w", pragma, err)
	}
	levels := []string{"off", "normal", "full", "extra"}
	if n, ok := row[0].(int64); ok && n >= 0 && int(n) < len(levels) {
		return levels[n], nil
	}
	return fmt.Sprint(row[0]), nil
}
