package search

import "context"

// take takes in what was hinted at. What fails here the next look finds.
func (f *Follower) take(ctx context.Context) error {
	f.mu.Lock()
	hinted := f.hinted
	f.hinted = map[string]bool{}
	f.mu.Unlock()
	ids := make([]string, 0, len(hinted))
	for id := range hinted {
		if id == "" {
			if err := f.surround(ctx); err != nil {
				return err
			}
			continue
		}
		ids = append(ids, id)
	}
	return f.fetch(ctx, ids)
}

// maxHinted is how many products are read for hints at once: more, such as an
// import's, the next look finds.
const maxHinted = 1000

// listen gathers hints until ctx is done.
func (f *Follower) listen(ctx context.Context) {
	for {
		err := f.source.Hints.Listen(ctx, f.hint)
		if !f.rest(ctx, "nobody hears of changes in the catalogue at once", err) {
			return
		}
	}
}

func (f *Follower) hint(productID string) {
	f.mu.Lock()
	if len(f.hinted) < maxHinted {
		f.hinted[productID] = true
	}
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default: // it is awake
	}
}
