package argon

import (
	"context"
	"slices"
	"sync"

	"github.com/bedesten/bedesten/internal/identity"
)

// turns gives as many passwords at once a turn as there are processors. Whoever
// stands best goes first, and of those the one that came last: in a flood the one
// person who is not of it is served at once, and the flood waits for itself. Suspects
// never have all processors.
type turns struct {
	mu       sync.Mutex
	free     int
	suspects int
	most     int
	waiting  [identity.Standings][]chan struct{}
}

func newTurns(processors int) *turns {
	return &turns{free: processors, most: max(1, processors-1)}
}

// take waits for a turn. It reports false when ctx was done before.
func (t *turns) take(ctx context.Context, s identity.Standing) bool {
	t.mu.Lock()
	if t.may(s) {
		t.begin(s)
		t.mu.Unlock()
		return true
	}
	called := make(chan struct{})
	t.waiting[s] = append(t.waiting[s], called)
	t.mu.Unlock()
	select {
	case <-called:
		return true
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.Index(t.waiting[s], called)
	if at < 0 {
		return true // called at the same moment
	}
	t.waiting[s] = slices.Delete(t.waiting[s], at, at+1)
	return false
}

// done gives the turn back and calls who is next.
func (t *turns) done(s identity.Standing) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.free++
	if s == identity.Suspect {
		t.suspects--
	}
	for next := range t.waiting {
		standing, queue := identity.Standing(next), t.waiting[next]
		if len(queue) == 0 || !t.may(standing) {
			continue
		}
		last := len(queue) - 1
		called := queue[last]
		t.waiting[next] = queue[:last]
		t.begin(standing)
		close(called)
		return
	}
}

func (t *turns) may(s identity.Standing) bool {
	return t.free > 0 && (s != identity.Suspect || t.suspects < t.most)
}

func (t *turns) begin(s identity.Standing) {
	t.free--
	if s == identity.Suspect {
		t.suspects++
	}
}
