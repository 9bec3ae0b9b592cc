package search

import (
	"context"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
)

// Keeping makes the follower keep a snapshot in a file, from which the next process
// begins: it reads from the store only what has changed since. An empty path keeps
// none.
func (f *Follower) Keeping(path string) *Follower {
	if path != "" {
		f.snapshot = &snapshot{path: path}
	}
	return f
}

// restore fills the index from the snapshot, and reports whether it could. One that
// is older than the changes that the store still knows, or holds everything several
// times over, is made anew.
func (f *Follower) restore(ctx context.Context, sold map[string]int64) bool {
	if f.snapshot == nil {
		return false
	}
	shop, err := f.source.Shop(ctx)
	if err != nil {
		f.log.WarnContext(ctx, "whose the search's snapshot is cannot be asked: it is made anew", "error", err)
		return false
	}
	f.snapshot.shop = shop
	watermark, err := f.snapshot.restore(ctx, func(part frame) { f.index.Load(entries(part.Products, sold)) })
	if err != nil {
		f.log.WarnContext(ctx, "the search's snapshot cannot be read: it is made anew", "error", err)
		return false
	}
	known := f.index.known()
	if watermark.IsZero() || f.through.Sub(watermark) > catalog.KeepChanges/2 || f.snapshot.written > 2*known+walked {
		return false
	}
	f.through = watermark
	return true
}

// known returns how many products the index knows, those that shoppers do not see
// included.
func (ix *Index) known() int64 {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.live + int64(len(ix.idle))
}

// keep appends products to the snapshot. One that cannot be written is given up: the
// next start reads the store.
func (f *Follower) keep(ctx context.Context, products []catalog.Product) {
	if f.snapshot == nil || f.snapshot.file == nil {
		return
	}
	if err := f.snapshot.add(products, f.through); err != nil {
		f.giveUp(ctx, err)
		return
	}
	f.marked = f.through
}

func (f *Follower) giveUp(ctx context.Context, why error) {
	f.log.WarnContext(ctx, "the search's snapshot is given up", "error", why, "closing", f.snapshot.close())
	f.snapshot = nil
}

// mark tells the snapshot from time to time that nothing has changed.
func (f *Follower) mark(ctx context.Context) {
	if f.through.Sub(f.marked) >= markEvery {
		f.keep(ctx, nil)
	}
}

// beginSnapshot and endSnapshot are around the walk that a snapshot is made of.
func (f *Follower) beginSnapshot(ctx context.Context) {
	if f.snapshot == nil {
		return
	}
	if err := f.snapshot.begin(); err != nil {
		f.giveUp(ctx, err)
	}
}

func (f *Follower) endSnapshot(ctx context.Context) {
	if f.snapshot == nil || f.snapshot.file == nil {
		return
	}
	if err := f.snapshot.complete(); err != nil {
		f.giveUp(ctx, err)
		return
	}
	f.marked = time.Time{}
}

// Close closes the snapshot.
func (f *Follower) Close() error {
	if f.snapshot == nil {
		return nil
	}
	return f.snapshot.close()
}
