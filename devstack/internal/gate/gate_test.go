package gate_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/devstack/internal/gate"
	"github.com/bedesten/bedesten/devstack/internal/wiretest"
)

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

// server is what stands behind the gate in these tests: it hands each request
// to the test, which answers when it likes.
type server struct {
	requests chan request
}

type request struct {
	id   uint32
	conn net.Conn
}

// answer sends {ok: 1}.
func (r request) answer(t *testing.T) {
	t.Helper()
	m, err := wiretest.Request(0, 0, bson.D{{Key: "ok", Value: 1}})
	require.NoError(t, err)
	copy(m[8:12], []byte{byte(r.id), 0, 0, 0}) // responseTo
	_, err = r.conn.Write(m)
	require.NoError(t, err)
}

func (s *server) serve(conn net.Conn) {
	for {
		head := make([]byte, 16)
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		n := int(head[0]) | int(head[1])<<8 | int(head[2])<<16
		if _, err := io.CopyN(io.Discard, conn, int64(n-16)); err != nil {
			return
		}
		s.requests <- request{id: uint32(head[4]), conn: conn}
	}
}

// next returns the next request that reaches the server.
func (s *server) next(t *testing.T) request {
	t.Helper()
	select {
	case r := <-s.requests:
		return r
	case <-time.After(patience):
		require.FailNow(t, "no request reached the server")
		return request{}
	}
}

// nothing checks that no request reaches the server for a while.
func (s *server) nothing(t *testing.T) {
	t.Helper()
	select {
	case r := <-s.requests:
		require.FailNow(t, "a request got through", "id %d", r.id)
	case <-time.After(100 * time.Millisecond):
	}
}

// setup starts a server behind a gate and returns it with the gate's address.
func setup(t *testing.T) (*server, string) {
	t.Helper()
	s := &server{requests: make(chan request, 100)}
	dial := func(context.Context) (net.Conn, error) {
		near, far := net.Pipe()
		go s.serve(far)
		return near, nil
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	g := gate.New(dial, slog.New(slog.DiscardHandler))
	go func() { done <- g.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	return s, ln.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	require.NoError(t, c.SetDeadline(time.Now().Add(2*patience)))
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

func requireAnswer(t *testing.T, c net.Conn, id uint32) {
	t.Helper()
	got, _, err := wiretest.Answer(c)
	require.NoError(t, err)
	require.Equal(t, id, got)
}

func update() bson.D { return bson.D{{Key: "update", Value: "stock"}} }

func find() bson.D { return bson.D{{Key: "find", Value: "stock"}} }

func TestGate_OneWriteAtATime(t *testing.T) {
	t.Parallel()
	s, addr := setup(t)
	first, second := dial(t, addr), dial(t, addr)

	send(t, first, 1, 0, update())
	held := s.next(t)
	send(t, second, 2, 0, update())
	s.nothing(t)

	held.answer(t)
	requireAnswer(t, first, 1)
	s.next(t).answer(t)
	requireAnswer(t, second, 2)
}

func TestGate_ReadsPassAWrite(t *testing.T) {
	t.Parallel()
	s, addr := setup(t)
	writer, reader := dial(t, addr), dial(t, addr)

	send(t, writer, 1, 0, update())
	held := s.next(t)
	send(t, reader, 2, 0, find())
	s.next(t).answer(t)
	requireAnswer(t, reader, 2)

	held.answer(t)
	requireAnswer(t, writer, 1)
}

func TestGate_AClientThatHangsUpKeepsTheLockUntilTheAnswer(t *testing.T) {
	t.Parallel()
	s, addr := setup(t)
	gone, next := dial(t, addr), dial(t, addr)

	send(t, gone, 1, 0, update())
	held := s.next(t)
	require.NoError(t, gone.Close())
	send(t, next, 2, 0, update())
	s.nothing(t)

	held.answer(t)
	s.next(t).answer(t)
	requireAnswer(t, next, 2)
}

func TestGate_AServerThatHangsUpFreesTheLock(t *testing.T) {
	t.Parallel()
	s, addr := setup(t)
	first, second := dial(t, addr), dial(t, addr)

	send(t, first, 1, 0, update())
	require.NoError(t, s.next(t).conn.Close())
	send(t, second, 2, 0, update())
	s.next(t).answer(t)
	requireAnswer(t, second, 2)

	_, _, err := wiretest.Answer(first)
	require.ErrorIs(t, err, io.EOF, "the client must see that its server is gone")
}

func TestGate_SwallowsTheAnswerThatNobodyWants(t *testing.T) {
	t.Parallel()
	s, addr := setup(t)
	c := dial(t, addr)

	send(t, c, 1, wiretest.MoreToCome, bson.D{{Key: "insert", Value: "stock"}})
	send(t, c, 2, 0, find())
	s.next(t).answer(t)
	s.next(t).answer(t)
	requireAnswer(t, c, 2)
}

func TestGate_RefusesLengthsThatNoMessageHas(t *testing.T) {
	t.Parallel()

	for name, head := range map[string][]byte{
		"shorter than any message":  {20, 0, 0, 0},
		"longer than the limit":     {0x01, 0x6c, 0xdc, 0x02}, // 48,000,001
		"negative as a signed word": {0xff, 0xff, 0xff, 0xff},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, addr := setup(t)
			c := dial(t, addr)

			_, err := c.Write(head)
			require.NoError(t, err)
			_, err = c.Read(make([]byte, 1))
			require.ErrorIs(t, err, io.EOF)
			s.nothing(t)
		})
	}
}
