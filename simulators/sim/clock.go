package sim

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"
)

// Clock tells a simulator's time. It runs beside the wall clock and can be
// moved on; the provider's own durations (a hold of seven days, keys kept for
// 24 hours) are divided by its scale, so that they fit a product that runs with
// scaled business durations. Time stamps stay comparable with the product's
// wall clock as long as nobody moves the clock.
//
// A Clock is safe for concurrent use.
type Clock struct {
	scale float64

	mu     sync.Mutex
	moved  time.Duration
	timers map[*alarm]struct{}
}

// alarm is one function waiting for its time.
type alarm struct {
	due  time.Time
	run  func()
	wall *time.Timer
}

// NewClock returns a clock on which a provider's hour lasts an hour divided by
// scale. A scale of zero or less means 1.
func NewClock(scale float64) *Clock {
	if scale <= 0 {
		scale = 1
	}
	return &Clock{scale: scale, timers: map[*alarm]struct{}{}}
}

// Scale returns how many times shorter than in life the provider's durations
// are.
func (c *Clock) Scale() float64 { return c.scale }

// Now returns the simulated time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time { return time.Now().Add(c.moved) }

// Moved returns how far the clock stands ahead of the wall clock.
func (c *Clock) Moved() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moved
}

// Scaled returns how long d, a duration of the provider's documentation, lasts
// on this clock.
func (c *Clock) Scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / c.scale)
}

// AfterFunc runs f once d has passed on this clock, d being clock time and not
// a provider's duration. stop takes f back and reports whether it was in time.
func (c *Clock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()

	a := &alarm{due: c.now().Add(d), run: f}
	c.timers[a] = struct{}{}
	a.wall = time.AfterFunc(d, func() {
		if c.take(a) {
			f()
		}
	})
	return func() bool { return c.take(a) }
}

// take removes a and reports whether the caller is the one who may run it.
func (c *Clock) take(a *alarm) bool {
	c.mu.Lock()
	defer c.mu.Unlock()

	_, waiting := c.timers[a]
	delete(c.timers, a)
	a.wall.Stop()
	return waiting
}

// Advance moves the clock on by d and returns after everything that fell due
// has run, the earliest first. The clock never goes back: a negative d is
// refused.
func (c *Clock) Advance(d time.Duration) error {
	if d < 0 {
		return errors.New("a clock can only be moved on")
	}
	for _, a := range c.move(d) {
		if c.take(a) {
			a.run()
		}
	}
	return nil
}

// move shifts the clock, winds every alarm anew and returns those that are due.
func (c *Clock) move(d time.Duration) []*alarm {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.moved += d
	now := c.now()
	var due []*alarm
	for a := range c.timers {
		left := a.due.Sub(now)
		if left > 0 {
			a.wall.Reset(left)
			continue
		}
		due = append(due, a)
	}
	slices.SortFunc(due, func(a, b *alarm) int { return cmp.Compare(a.due.UnixNano(), b.due.UnixNano()) })
	return due
}

// Reset puts the clock back to wall time and forgets every function that waits.
func (c *Clock) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.moved = 0
	for a := range c.timers {
		a.wall.Stop()
	}
	clear(c.timers)
}
