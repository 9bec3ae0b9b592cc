package api

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
)

// How many stories are followed at a time. An address may be that of a whole
// office; a browser opens one stream for each page of an order.
const (
	maxStreams        = 2000
	maxStreamsAddress = 20
	maxStreamsOrder   = 10
)

// lookEvery is how often the followed orders are looked at, all by one query: what
// a lost hint costs at most.
const lookEvery = 500 * time.Millisecond

// looksAtOnce bounds how many orders one query names.
const looksAtOnce = 500

// stories follows the orders that somebody listens to, once for the whole
// process: one query for all of them at a time, one subscription to the hints,
// and neither while nobody listens.
type stories struct {
	store order.Stories
	hints order.Hints
	log   *slog.Logger

	mu        sync.Mutex
	followed  map[string]*followed
	addresses map[string]int
	open      int
	hinted    map[string]bool
	// kick wakes the look for what was hinted at.
	kick chan struct{}
	// stop ends the look; nil while nobody listens.
	stop context.CancelFunc
	// running are the look and the subscription.
	running sync.WaitGroup
	// drained is closed when every stream is to end.
	drained chan struct{}
	ending  sync.Once
}

// followed is an order that somebody listens to. Its lines are never changed, only
// replaced.
type followed struct {
	mark      string
	lines     []order.Entry
	listeners map[*listener]bool
}

// listener is one stream. changed holds a word that there are other lines; a slow
// stream finds the newest ones when it gets to it.
type listener struct {
	orderID, address string
	changed          chan struct{}
}

func newStories(store order.Stories, hints order.Hints, log *slog.Logger) *stories {
	return &stories{
		store: store, hints: hints, log: log, followed: map[string]*followed{}, addresses: map[string]int{}, hinted: map[string]bool{},
		kick: make(chan struct{}, 1), drained: make(chan struct{}),
	}
}

// join begins to follow an order for one stream, which leaves when it ends.
func (s *stories) join(orderID, address string) (*listener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.followed[orderID]
	switch {
	case s.isDrained():
		return nil, fault.New(fault.Unavailable, "this server is being stopped: connect again")
	case s.addresses[address] >= maxStreamsAddress, f != nil && len(f.listeners) >= maxStreamsOrder:
		return nil, rateLimited(time.Minute)
	case s.open >= maxStreams:
		return nil, fault.New(fault.Unavailable, "too many orders are being followed: look at the order instead").With("retry_after", 10)
	}
	l := &listener{orderID: orderID, address: address, changed: make(chan struct{}, 1)}
	if f == nil {
		f = &followed{listeners: map[*listener]bool{}}
		s.followed[orderID] = f
	}
	f.listeners[l] = true
	s.open++
	s.addresses[address]++
	if s.stop == nil {
		s.start()
	}
	return l, nil
}

func (s *stories) leave(l *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.followed[l.orderID]
	delete(f.listeners, l)
	if len(f.listeners) == 0 {
		delete(s.followed, l.orderID)
	}
	s.open--
	if s.addresses[l.address]--; s.addresses[l.address] == 0 {
		delete(s.addresses, l.address)
	}
	if s.open == 0 {
		s.stop()
		s.stop = nil
	}
}

// drain ends every stream, now and from now on.
func (s *stories) drain() { s.ending.Do(func() { close(s.drained) }) }

func (s *stories) isDrained() bool {
	select {
	case <-s.drained:
		return true
	default:
		return false
	}
}

// start begins to look; the caller holds the lock.
func (s *stories) start() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.running.Go(func() { s.look(ctx) })
	if s.hints != nil {
		s.running.Go(func() { s.listen(ctx) })
	}
}

// listen keeps the one subscription to the hints. Without it the look alone tells.
func (s *stories) listen(ctx context.Context) {
	for ctx.Err() == nil {
		if err := s.hints.Listen(ctx, s.hint); err != nil {
			s.log.WarnContext(ctx, "hints about orders do not come; looking alone", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// hint has an order looked at right away, if anybody listens to it.
func (s *stories) hint(orderID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.followed[orderID] == nil {
		return
	}
	s.hinted[orderID] = true
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

func (s *stories) look(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	failing := false
	for {
		var ids []string
		select {
		case <-ctx.Done():
			return
		case <-s.kick:
			ids = s.takeHinted()
		case <-tick.C:
			ids = s.allFollowed()
		}
		err := s.lookAt(ctx, ids)
		if err != nil && !failing && ctx.Err() == nil {
			s.log.WarnContext(ctx, "the followed orders cannot be looked at; trying again", "orders", len(ids), "error", err)
		}
		failing = err != nil
	}
}

func (s *stories) takeHinted() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := slices.Collect(maps.Keys(s.hinted))
	clear(s.hinted)
	return ids
}

func (s *stories) allFollowed() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.followed))
}

// lookAt reads the stories of those orders that were written since the last look.
func (s *stories) lookAt(ctx context.Context, ids []string) error {
	for some := range slices.Chunk(ids, looksAtOnce) {
		marks, err := s.store.Revisions(ctx, some)
		if err != nil {
			return err
		}
		for orderID, mark := range marks {
			if !s.isNews(orderID, mark) {
				continue
			}
			lines, err := s.store.Timeline(ctx, orderID)
			if err != nil {
				return err
			}
			s.tell(orderID, mark, lines)
		}
	}
	return nil
}

func (s *stories) isNews(orderID, mark string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.followed[orderID]
	return f != nil && f.mark != mark
}

func (s *stories) tell(orderID, mark string, lines []order.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.followed[orderID]
	if f == nil {
		return
	}
	f.mark, f.lines = mark, lines
	for l := range f.listeners {
		select {
		case l.changed <- struct{}{}:
		default:
		}
	}
}

// lines returns the story that a listener was told of last.
func (s *stories) lines(l *listener) []order.Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.followed[l.orderID].lines
}
