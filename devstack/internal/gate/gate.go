// Package gate lets one write at a time through to a MongoDB-wire server.
//
// FerretDB reads the documents of an update, changes them and writes them back
// without a lock, so that of two concurrent updates one is lost though both are
// acknowledged. The gate stands in front of it as a TCP proxy: a write is sent
// only when the one before it was answered. MongoDB itself needs no gate.
package gate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
)

// Dial opens a connection to the server behind the gate.
type Dial func(ctx context.Context) (net.Conn, error)

// Gate is a proxy with one lock for the writes of all its clients.
type Gate struct {
	dial Dial
	log  *slog.Logger

	write sync.Mutex // held from sending a write to the end of its answer

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
	wg     sync.WaitGroup
}

// New returns a gate in front of the server that dial reaches.
func New(dial Dial, log *slog.Logger) *Gate {
	return &Gate{dial: dial, log: log, conns: map[net.Conn]struct{}{}}
}

// Serve accepts clients until ln is closed or ctx is done. It closes ln and
// every connection, and returns nil when it was ctx that ended it.
func (g *Gate) Serve(ctx context.Context, ln net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	defer g.wg.Wait()
	defer g.closeAll()

	for {
		client, err := ln.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accepting a client: %w", err)
		}
		g.wg.Go(func() { g.serve(ctx, client) })
	}
}

// serve relays one client until either side closes.
func (g *Gate) serve(ctx context.Context, client net.Conn) {
	defer g.forget(client)
	if !g.remember(client) {
		return
	}
	server, err := g.dial(ctx)
	if err != nil {
		g.log.Error("the server behind the gate cannot be reached", "error", err)
		return
	}
	defer g.forget(server)
	if !g.remember(server) {
		return
	}
	if err := g.relay(client, server); err != nil && ctx.Err() == nil {
		g.log.Debug("connection ended", "client", client.RemoteAddr(), "error", err)
	}
}

// relay takes one message after the other: the next one is read only when the
// answer to the one before was written.
func (g *Gate) relay(client, server net.Conn) error {
	fromClient, fromServer := bufio.NewReader(client), bufio.NewReader(server)
	for {
		request, err := readMessage(fromClient)
		if err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		answer, err := g.exchange(server, fromServer, request)
		if err != nil {
			return err
		}
		if request.wantsNoAnswer() {
			continue // FerretDB answers also then
		}
		// The lock is free again: a client that does not read blocks nobody.
		if _, err := client.Write(answer); err != nil {
			return fmt.Errorf("writing an answer: %w", err)
		}
	}
}

// exchange sends a request and reads the whole answer, one write at a time. It
// does not look at the client meanwhile: if the lock were given up because the
// client went away, the write would go on beside the next one.
func (g *Gate) exchange(server net.Conn, fromServer *bufio.Reader, request message) (message, error) {
	if request.isWrite() {
		g.write.Lock()
		defer g.write.Unlock()
	}
	if _, err := server.Write(request); err != nil {
		return nil, fmt.Errorf("sending a request on: %w", err)
	}
	answer, err := readMessage(fromServer)
	if err != nil {
		return nil, fmt.Errorf("reading the server's answer: %w", err)
	}
	return answer, nil
}

// remember keeps a connection for closeAll; false means that it came too late.
func (g *Gate) remember(c net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.closed {
		return false
	}
	g.conns[c] = struct{}{}
	return true
}

func (g *Gate) forget(c net.Conn) {
	g.mu.Lock()
	delete(g.conns, c)
	g.mu.Unlock()

	if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		g.log.Debug("closing a connection", "error", err)
	}
}

func (g *Gate) closeAll() {
	g.mu.Lock()
	defer g.mu.Unlock()

	g.closed = true
	for c := range g.conns {
		_ = c.Close()
	}
}
