package redis

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
)

// A process believes copies for a lease after it has asked which epoch it is, and
// asks often enough that the lease never ends while the store answers. Whoever
// begins another epoch waits for a whole lease before it acknowledges its write:
// by then nobody reads copies of the old one.
const epochLease = 600 * time.Millisecond

// epochs knows in which epoch copies may be believed.
type epochs struct {
	source catalog.Epochs
	log    *slog.Logger
	// lease is how long an answer is good for.
	lease time.Duration

	// ending is held by who begins another epoch.
	ending sync.Mutex

	mu sync.Mutex
	// epoch was current when asked for at asked, and had been since since.
	epoch        int64
	asked, since time.Time
	known        bool
}

// now returns the epoch while the lease lasts.
func (e *epochs) now() (int64, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.epoch, e.known && time.Since(e.asked) < e.lease
}

// ask reads the epoch from the store.
func (e *epochs) ask(ctx context.Context) error {
	asked := time.Now()
	epoch, err := e.source.Epoch(ctx)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if asked.Before(e.asked) {
		return nil // a later answer is there already
	}
	if !e.known || epoch != e.epoch {
		e.since = time.Now()
	}
	e.epoch, e.asked, e.known = epoch, asked, true
	return nil
}

// settled returns the epoch that is current now, once nobody believes copies of the
// one before it any more.
func (e *epochs) settled(ctx context.Context) (int64, error) {
	if err := e.ask(ctx); err != nil {
		return 0, err
	}
	e.mu.Lock()
	epoch, rest := e.epoch, e.lease-time.Since(e.since)
	e.mu.Unlock()
	return epoch, pause(ctx, rest)
}

// next returns once nobody believes copies of the epoch past any more. Of writers that
// want it over one begins another; it is after the store's write of each, for they
// asked after it when past was current.
func (e *epochs) next(ctx context.Context, past int64) error {
	if err := e.end(ctx, past); err != nil {
		return err
	}
	_, err := e.settled(ctx)
	return err
}

// end begins another epoch if past is the present one.
func (e *epochs) end(ctx context.Context, past int64) error {
	e.ending.Lock()
	defer e.ending.Unlock()
	present, err := e.source.Epoch(ctx)
	if err != nil || present != past {
		return err
	}
	return e.source.NextEpoch(ctx)
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// follow asks for the epoch until ctx is done.
func (e *epochs) follow(ctx context.Context) {
	tick := time.NewTicker(e.lease / 4)
	defer tick.Stop()
	for {
		if err := e.askOnce(ctx); err != nil && ctx.Err() == nil {
			e.log.WarnContext(ctx, "the cache is not read: nobody knows whether it may be believed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (e *epochs) askOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, e.lease)
	defer cancel()
	return e.ask(ctx)
}
