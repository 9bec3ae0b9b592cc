package redis

import (
	"context"
	"errors"
	"sync"
)

// errNotLanded is what a flight ends with whose loader panicked.
var errNotLanded = errors.New("whoever loaded this never came to an end")

// flights make one loader of the many who want the same at once. It differs from
// golang.org/x/sync/singleflight in one thing: nobody gets what a loader loads that
// was under way when they came, for it may have read the store before a write that
// was acknowledged to them. They go together with the next flight, which starts when
// that one has landed.
type flights struct {
	mu sync.Mutex
	of map[string]*flight
}

// flight is one loading. What it brings is read once landed is closed.
type flight struct {
	landed chan struct{}
	next   *flight // who came while it was under way
	value  any
	err    error
}

func newFlight() *flight { return &flight{landed: make(chan struct{}), err: errNotLanded} }

// do returns what load returns, which runs after do was called: here, or for many who
// wait together. again tells load that a flight has landed meanwhile; led tells the
// caller that nobody loaded it for them.
func (f *flights) do(ctx context.Context, key string, load func(again bool) (any, error)) (v any, led bool, err error) {
	f.mu.Lock()
	under := f.of[key]
	if under == nil {
		mine := newFlight()
		if f.of == nil {
			f.of = map[string]*flight{}
		}
		f.of[key] = mine
		f.mu.Unlock()
		return f.fly(key, mine, func() (any, error) { return load(false) })
	}
	together, first := under.next, under.next == nil
	if first {
		together = newFlight()
		under.next = together
	}
	f.mu.Unlock()
	if first {
		// Others count on it: it starts even where its first passenger has gone.
		<-under.landed
		return f.fly(key, together, func() (any, error) { return load(true) })
	}
	select {
	case <-together.landed:
		return together.value, false, together.err
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
}

func (f *flights) fly(key string, mine *flight, load func() (any, error)) (any, bool, error) {
	defer func() {
		f.mu.Lock()
		if f.of[key] = mine.next; mine.next == nil {
			delete(f.of, key)
		}
		f.mu.Unlock()
		close(mine.landed)
	}()
	mine.value, mine.err = load()
	return mine.value, true, mine.err
}
