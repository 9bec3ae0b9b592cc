// Package mongowire runs a MongoDB-wire server: FerretDB on SQLite, patched by
// ferretpatch, behind the write gate.
package mongowire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"

	"github.com/FerretDB/FerretDB/ferretdb"

	"github.com/bedesten/bedesten/devstack/internal/gate"
)

// Config says where the server listens and where its data lives.
type Config struct {
	Listener    net.Listener // taken over by the server
	Dir         string       // an absolute path; one SQLite file for each database
	Synchronous string       // SQLite's pragma: off, normal or full
	Log         *slog.Logger
}

// Server is a running server.
type Server struct {
	addr   string
	direct string
	cancel context.CancelFunc
	done   chan struct{}
	err    error // set before done is closed
}

// Start starts a server. Databases that are in cfg.Dir are served again.
func Start(cfg Config) (*Server, error) {
	if err := os.MkdirAll(cfg.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder for MongoDB's data: %w", err)
	}
	db, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:   "sqlite",
		SQLiteURL: sqliteURL(cfg),
		Logger:    cfg.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("starting FerretDB: %w", err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{addr: cfg.Listener.Addr().String(), cancel: cancel, done: make(chan struct{})}
	ferret := make(chan error, 1)
	go func() { ferret <- db.Run(ctx) }()

	// MongoDBURI waits until Run has opened the listener.
	u, err := url.Parse(db.MongoDBURI())
	if err != nil {
		cancel()
		return nil, errors.Join(fmt.Errorf("reading FerretDB's address: %w", err), <-ferret)
	}
	s.direct = u.Host
	g := gate.New(s.dial, cfg.Log)
	go func() {
		defer close(s.done)
		err := g.Serve(ctx, cfg.Listener)
		cancel()
		s.err = errors.Join(err, <-ferret)
	}()
	return s, nil
}

// sqliteURL returns FerretDB's SQLite address. Only this spelling of a pragma,
// with parentheses, reaches the driver; others are ignored without an error.
func sqliteURL(cfg Config) string {
	return fmt.Sprintf("file:%s/?_pragma=synchronous(%s)", cfg.Dir, cfg.Synchronous)
}

func (s *Server) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", s.direct)
}

// URI returns the address that drivers connect to.
func (s *Server) URI() string { return "mongodb://" + s.addr }

// UngatedURI returns FerretDB's own address, where concurrent updates lose
// writes. It is there to show what the gate is for.
func (s *Server) UngatedURI() string { return "mongodb://" + s.direct }

// Done is closed when the server has ended, after Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err returns why the server ended, nil after Stop. Valid once Done is closed.
func (s *Server) Err() error { return s.err }

// Stop closes all connections and databases, and waits for that until ctx ends.
func (s *Server) Stop(ctx context.Context) error {
	s.cancel()
	select {
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return fmt.Errorf("stopping the MongoDB-wire server: %w", ctx.Err())
	}
}
