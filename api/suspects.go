package api

import (
	"sync"
	"time"

	"github.com/bedesten/bedesten/internal/clock"
)

// How long a wrong password is remembered of an address, and of how many addresses at
// most in each of two generations.
const (
	suspectFor  = 5 * time.Minute
	maxSuspects = 50_000
)

// suspects are the addresses whose last passwords were wrong, by what stands for them.
// They are this process's alone: what it protects are its own processors.
type suspects struct {
	clock      clock.Clock
	mu         sync.Mutex
	young, old map[string]time.Time
}

func newSuspects(c clock.Clock) *suspects { return &suspects{clock: c, young: map[string]time.Time{}} }

func (s *suspects) add(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.young) >= maxSuspects {
		s.young, s.old = map[string]time.Time{}, s.young
	}
	s.young[address] = s.clock()
}

func (s *suspects) has(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, there := s.young[address]
	if !there {
		at, there = s.old[address]
	}
	return there && s.clock().Sub(at) < suspectFor
}
