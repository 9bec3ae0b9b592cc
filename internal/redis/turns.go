package redis

import (
	"context"
	"sync"
	"time"
)

// turns let one of a process's requests make a page, while others wait.
type turns struct {
	mu sync.Mutex
	of map[string]chan struct{}
}

// enter returns at once to who makes the page, with what to call after it; to all
// others when that was called.
func (t *turns) enter(ctx context.Context, key string) (left func(), first bool) {
	t.mu.Lock()
	if made, there := t.of[key]; there {
		t.mu.Unlock()
		select {
		case <-made:
		case <-ctx.Done():
		}
		return func() {}, false
	}
	defer t.mu.Unlock()
	made := make(chan struct{})
	if t.of == nil {
		t.of = map[string]chan struct{}{}
	}
	t.of[key] = made
	return func() {
		t.mu.Lock()
		delete(t.of, key)
		t.mu.Unlock()
		close(made)
	}, true
}

// Turn returns true to the one caller, of all processes, that makes the page with the
// key now. To others it returns when that one has called ended, or is slow. Only what
// was kept is shared: who waited looks for a page as everybody does, so that nobody
// gets one that was made before a write of which they know.
func (c *Catalog) Turn(ctx context.Context, key string) (ended func(), mine bool) {
	epoch, ok := c.copies.epochs.now()
	if !ok {
		return func() {}, true
	}
	left, first := c.turns.enter(ctx, name(epoch, key))
	if !first {
		return left, false
	}
	token, err := c.copies.take(ctx, epoch, key)
	if err != nil {
		left() // nothing can be kept for others: nobody waits for it
		return func() {}, true
	}
	if token == "" {
		c.copies.released(ctx, epoch, key)
		return left, false
	}
	return func() {
		defer left()
		c.copies.release(ctx, epoch, key, token)
	}, true
}

// released waits until nobody has the right to fill a key, but not long.
func (c *copies) released(ctx context.Context, epoch int64, key string) {
	held := lock(name(epoch, key))
	for deadline := time.Now().Add(fillWait); time.Now().Before(deadline); {
		if pause(ctx, fillPoll) != nil {
			return
		}
		got, err := c.call(ctx, func(ctx context.Context) (any, error) {
			return c.client.Exists(ctx, held).Result() //nolint:wrapcheck // call does
		})
		if there, _ := got.(int64); err != nil || there == 0 {
			return
		}
	}
}
