package search

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/page"
)

// Times of a follower.
const (
	// every is how often it looks for changes by itself.
	every = 300 * time.Millisecond
	// window is how long before it the oldest change is that a look reads again: a
	// change is announced before the write, by the clock of another machine.
	window = 15 * time.Second
	// salesEvery is how often it asks what sells.
	salesEvery = 10 * time.Minute
)

// Limits of one read.
const (
	walked   = 500
	announce = 1000
)

// Follower keeps an index up to date with the store: by hints that come at once and
// may be lost, and by a look three times a second at the changes that were announced.
type Follower struct {
	index  *Index
	source Source
	log    *slog.Logger
	every  time.Duration

	// through is the moment up to which everything was looked at.
	through time.Time
	last    surroundings
	sold    time.Time
	// snapshot is what the next start begins with; nil for none. marked is the last
	// watermark in it.
	snapshot *snapshot
	marked   time.Time

	mu     sync.Mutex
	hinted map[string]bool
	wake   chan struct{}
}

// NewFollower returns who keeps index up to date with source.
func NewFollower(index *Index, source Source, log *slog.Logger) *Follower {
	return &Follower{index: index, source: source, log: log, every: every, hinted: map[string]bool{}, wake: make(chan struct{}, 1)}
}

// Run builds the index and follows the store until ctx is done. What fails is tried
// again.
func (f *Follower) Run(ctx context.Context) {
	var listening sync.WaitGroup
	defer listening.Wait()
	listening.Go(func() { f.listen(ctx) })
	for {
		began := time.Now()
		err := f.Build(ctx)
		if err == nil {
			f.log.InfoContext(ctx, "the shop's search is built", "products", f.index.Standing().Products, "took", time.Since(began))
			break
		}
		if !f.rest(ctx, "the shop's search could not be built", err) {
			return
		}
	}
	f.follow(ctx)
}

// rest waits before something is tried again; false when ctx is done.
func (f *Follower) rest(ctx context.Context, what string, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	f.log.WarnContext(ctx, what, "error", err)
	select {
	case <-ctx.Done():
		return false
	case <-time.After(f.every):
		return true
	}
}

// Build fills the index with everything that the store holds, and with what was
// written meanwhile.
func (f *Follower) Build(ctx context.Context) error {
	f.through = f.index.clock()
	if err := f.surround(ctx); err != nil {
		return err
	}
	sold, err := f.readSold(ctx)
	if err != nil {
		return err
	}
	if !f.restore(ctx, sold) {
		if err := f.walk(ctx, sold); err != nil {
			return err
		}
	}
	// Nobody is answered before what was written meanwhile, or since the snapshot, is
	// there too.
	f.index.settle()
	if err := f.Catch(ctx); err != nil {
		return err
	}
	f.index.Finish(f.through)
	return nil
}

// readPage is a page of products, or why there is none.
type readPage struct {
	page page.Page[catalog.Product]
	err  error
}

// walk reads all products, the next ones while the index takes in those before.
func (f *Follower) walk(ctx context.Context, sold map[string]int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pages := make(chan readPage, 1)
	go f.pages(ctx, pages)
	f.beginSnapshot(ctx)
	for p := range pages {
		if p.err != nil {
			return fmt.Errorf("reading all products: %w", p.err)
		}
		f.keep(ctx, p.page.Items)
		f.index.Load(entries(p.page.Items, sold))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	f.endSnapshot(ctx)
	return nil
}

func (f *Follower) pages(ctx context.Context, pages chan<- readPage) {
	defer close(pages)
	for q := (catalog.StaffQuery{Limit: walked}); ; {
		p, err := f.source.Products.List(ctx, q)
		select {
		case <-ctx.Done():
			return
		case pages <- readPage{p, err}:
		}
		if err != nil || p.Next == "" {
			return
		}
		q.Cursor = p.Next
	}
}

func entries(products []catalog.Product, sold map[string]int64) []catalog.Entry {
	all := make([]catalog.Entry, len(products))
	for i, p := range products {
		all[i] = catalog.Entry{Product: p, Sold: sold[p.ID]}
	}
	return all
}

// Catch looks at every change that was announced since the last look, and again at
// those of the window before it: their writes may have come after it.
func (f *Follower) Catch(ctx context.Context) error {
	now := f.index.clock()
	wanted, around, err := f.announced(ctx, f.through.Add(-window))
	if err != nil {
		return err
	}
	if around {
		if err := f.surround(ctx); err != nil {
			return err
		}
	}
	if err := f.fetch(ctx, wanted); err != nil {
		return err
	}
	f.index.Tick()
	f.through = now
	f.mark(ctx)
	f.index.seen(now)
	return nil
}

// announced returns the products that were to be written since a moment and that the
// index does not hold in that revision, and whether anything else was.
func (f *Follower) announced(ctx context.Context, since time.Time) (wanted []string, around bool, err error) {
	seen := map[string]bool{}
	for from := catalog.ChangesFrom(since); ; {
		changes, err := f.source.Changes.Since(ctx, from, announce)
		if err != nil {
			return nil, false, fmt.Errorf("reading what has changed: %w", err)
		}
		for _, c := range changes {
			switch {
			case c.ProductID == "":
				around = true
			case !seen[c.ProductID] && !f.index.Holds(c.ProductID, c.Revision):
				seen[c.ProductID] = true
				wanted = append(wanted, c.ProductID)
			}
		}
		if len(changes) < announce {
			return wanted, around, nil
		}
		from = changes[len(changes)-1].ID
	}
}

// fetch reads products and puts them into the index.
func (f *Follower) fetch(ctx context.Context, ids []string) error {
	for len(ids) > 0 {
		n := min(chunk, len(ids))
		products, err := f.source.Products.Many(ctx, ids[:n])
		if err != nil {
			return fmt.Errorf("reading %d changed products: %w", n, err)
		}
		all := entries(products, nil)
		for i := range all {
			all[i].Sold = f.index.sold(all[i].Product.ID)
		}
		f.index.Put(all)
		f.keep(ctx, products)
		ids = ids[n:]
	}
	return nil
}

// follow takes in hints as they come, and looks by itself.
func (f *Follower) follow(ctx context.Context) {
	ticker := time.NewTicker(f.every)
	defer ticker.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
			err = f.take(ctx)
		case <-ticker.C:
			err = f.look(ctx)
		}
		if err != nil && ctx.Err() == nil {
			f.log.WarnContext(ctx, "the shop's search is behind", "error", err, "watermark", f.index.Standing().Watermark)
		}
	}
}

func (f *Follower) look(ctx context.Context) error {
	if err := f.Catch(ctx); err != nil {
		return err
	}
	if f.index.clock().Sub(f.sold) < salesEvery {
		return nil
	}
	sold, err := f.readSold(ctx)
	if err != nil {
		return err
	}
	f.index.SetSold(sold)
	return nil
}

// readSold asks what was sold lately.
func (f *Follower) readSold(ctx context.Context) (map[string]int64, error) {
	now := f.index.clock()
	sold, err := f.source.Sales.Sold(ctx, now.UTC().AddDate(0, 0, -catalog.SalesDays).Format(time.DateOnly))
	if err != nil {
		return nil, fmt.Errorf("reading what sells: %w", err)
	}
	f.sold = now
	return sold, nil
}
