package mongowire_test

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/devstack/internal/mongowire"
	"github.com/bedesten/bedesten/devstack/internal/wiretest"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// patience is how long a test waits for what must happen.
const patience = 60 * time.Second

// setup starts a server on a fresh folder.
func setup(t *testing.T) *mongowire.Server {
	t.Helper()
	return start(t, filepath.Join(t.TempDir(), "mongo data"), "normal")
}

func start(t *testing.T, dir, synchronous string) *mongowire.Server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s, err := mongowire.Start(mongowire.Config{
		Listener:    ln,
		Dir:         dir,
		Synchronous: synchronous,
		Log:         slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, s.Stop(ctx))
	})
	return s
}

// connect returns the database "shop" behind an address.
func connect(t *testing.T, uri string) *mongo.Database {
	t.Helper()
	c, err := mongo.Connect(options.Client().ApplyURI(uri).SetTimeout(patience))
	require.NoError(t, err)
	t.Cleanup(func() {
		// The test's own context has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, c.Disconnect(ctx))
	})
	return c.Database("shop")
}

// dial returns a bare connection to the gate.
func dial(t *testing.T, s *mongowire.Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.URI()[len("mongodb://"):])
	require.NoError(t, err)
	require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func send(t *testing.T, c net.Conn, id, flags uint32, command bson.D) {
	t.Helper()
	m, err := wiretest.Request(id, flags, command)
	require.NoError(t, err)
	_, err = c.Write(m)
	require.NoError(t, err)
}
