// Package rediswire runs a Redis-wire server in memory: miniredis, with a clock
// that runs. It starts empty; nothing that must last belongs into Redis.
package rediswire

import (
	"fmt"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// tick is how often the clock of the keys' expiry is moved on.
const tick = 100 * time.Millisecond

// Server is a running server.
type Server struct {
	redis *miniredis.Miniredis
	stop  chan struct{}
	wg    sync.WaitGroup
}

// Start listens on addr, a host and a port.
func Start(addr string) (*Server, error) {
	s := &Server{redis: miniredis.NewMiniRedis(), stop: make(chan struct{})}
	if err := s.redis.StartAddr(addr); err != nil {
		return nil, fmt.Errorf("starting the Redis-wire server: %w", err)
	}
	s.wg.Go(s.runClock)
	return s, nil
}

// runClock lets keys expire: miniredis counts their time only when it is told.
func (s *Server) runClock() {
	t := time.NewTicker(tick)
	defer t.Stop()

	last := time.Now()
	for {
		select {
		case <-s.stop:
			return
		case <-t.C:
			now := time.Now()
			s.redis.FastForward(now.Sub(last))
			last = now
		}
	}
}

// Addr returns the host and port that clients connect to.
func (s *Server) Addr() string { return s.redis.Addr() }

// Stop closes the server and its connections.
func (s *Server) Stop() {
	close(s.stop)
	s.wg.Wait()
	s.redis.Close()
}
