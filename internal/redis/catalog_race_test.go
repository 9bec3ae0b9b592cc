package redis_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

// subject is a document that the race writes and reads, by its revisions.
type subject struct {
	name string
	// reads are the ways to read it.
	reads []func(context.Context, process) (int64, error)
	write func(context.Context, process) (int64, error)
	// acknowledged is the highest revision of which a writer knows.
	acknowledged atomic.Int64
	read         atomic.Int64
	written      atomic.Int64
}

func (s *subject) acknowledge(revision int64) {
	s.written.Add(1)
	for {
		seen := s.acknowledged.Load()
		if seen >= revision || s.acknowledged.CompareAndSwap(seen, revision) {
			return
		}
	}
}

func productSubject(t *testing.T, p process, n int) *subject {
	t.Helper()
	made, err := p.Create(t.Context(), lokum(n))
	require.NoError(t, err)
	find := func(key string) func(context.Context, process) (int64, error) {
		return func(ctx context.Context, p process) (int64, error) {
			found, err := p.Find(ctx, key)
			return found.Revision, err
		}
	}
	only := func(found []catalog.Product, err error) (int64, error) {
		if err == nil && len(found) != 1 {
			err = fmt.Errorf("%d products were found", len(found))
		}
		if err != nil {
			return 0, err
		}
		return found[0].Revision, nil
	}
	return &subject{
		name: made.ID,
		reads: []func(context.Context, process) (int64, error){
			find(made.ID), find(made.Slugs.TR),
			func(ctx context.Context, p process) (int64, error) { return only(p.Many(ctx, []string{made.ID})) },
			func(ctx context.Context, p process) (int64, error) {
				return only(p.OfSKUs(ctx, []string{made.Variants[0].SKU}))
			},
		},
		write: func(ctx context.Context, p process) (int64, error) {
			product, err := p.Find(ctx, made.ID)
			if err != nil {
				return 0, err
			}
			product.Variants[0].Prices[0].Amount.Minor++
			written, err := p.Replace(ctx, product)
			return written.Revision, err
		},
	}
}

func bookSubject(t *testing.T, p process) *subject {
	t.Helper()
	_, err := p.SaveBook(t.Context(), catalog.NewBook("TRY"))
	require.NoError(t, err)
	return &subject{
		name: "the price book",
		reads: []func(context.Context, process) (int64, error){func(ctx context.Context, p process) (int64, error) {
			book, err := p.Book(ctx)
			return book.Revision, err
		}},
		write: func(ctx context.Context, p process) (int64, error) {
			book, err := p.Book(ctx)
			if err != nil {
				return 0, err
			}
			written, err := p.SaveBook(ctx, book)
			return written.Revision, err
		},
	}
}

func shelvesSubject(t *testing.T, p process) *subject {
	t.Helper()
	_, err := p.SaveCategory(t.Context(), catalog.Category{ID: "lokum", Slugs: catalog.Text{TR: "lokum"}, Name: catalog.Text{TR: "Lokum"}})
	require.NoError(t, err)
	read := func(ctx context.Context, p process) (int64, error) {
		shelves, err := p.Shelves(ctx)
		return shelves.Categories["lokum"].Revision, err
	}
	return &subject{
		name: "the shelves", reads: []func(context.Context, process) (int64, error){read},
		write: func(ctx context.Context, p process) (int64, error) {
			shelves, err := p.Shelves(ctx)
			if err != nil {
				return 0, err
			}
			written, err := p.SaveCategory(ctx, shelves.Categories["lokum"])
			return written.Revision, err
		},
	}
}

func collectionsSubject(t *testing.T, p process) *subject {
	t.Helper()
	_, err := p.SaveCollection(t.Context(), catalog.Collection{ID: "bayram", Slugs: catalog.Text{TR: "bayram"}, Name: catalog.Text{TR: "Bayram"}, Sort: catalog.Newest, Rule: catalog.Filter{Brands: []string{"Hacı Bekir"}}})
	require.NoError(t, err)
	find := func(ctx context.Context, p process) (catalog.Collection, error) {
		all, err := p.Collections(ctx)
		if err == nil && len(all) != 1 {
			err = fmt.Errorf("%d collections were found", len(all))
		}
		if err != nil {
			return catalog.Collection{}, err
		}
		return all[0], nil
	}
	return &subject{
		name: "the collections",
		reads: []func(context.Context, process) (int64, error){func(ctx context.Context, p process) (int64, error) {
			collection, err := find(ctx, p)
			return collection.Revision, err
		}},
		write: func(ctx context.Context, p process) (int64, error) {
			collection, err := find(ctx, p)
			if err != nil {
				return 0, err
			}
			written, err := p.SaveCollection(ctx, collection)
			return written.Revision, err
		},
	}
}

// Writers, readers, copies that are evicted and a Redis that comes and goes, for each
// process by itself: whoever asks after a write was acknowledged sees it, or a later
// one. The store answers late, so that its readers meet writes.
func TestCatalog_NobodyEverSeesWhatIsOlderThanAnAcknowledgedWrite(t *testing.T) {
	t.Parallel()
	p := processes(t, 3)
	subjects := []*subject{productSubject(t, p[0], 0), productSubject(t, p[0], 1), bookSubject(t, p[0]), shelvesSubject(t, p[0]), collectionsSubject(t, p[0])}
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for _, one := range p {
		one.counted.slow.Store(40)
		for _, s := range subjects {
			all.Go(func() { one.write(ctx, t, s) })
			for range 3 {
				all.Go(func() { one.check(ctx, t, s) })
			}
		}
		all.Go(func() { one.comeAndGo(ctx, began.Add(4*time.Second)) })
	}
	all.Go(func() {
		for ctx.Err() == nil {
			flush(t, p[0])
			rest(ctx, 30)
		}
	})
	all.Wait()
	var finds int64
	for _, one := range p {
		finds += one.counted.finds.Load()
	}
	for _, s := range subjects {
		t.Logf("%s: %d reads, %d writes", s.name, s.read.Load(), s.written.Load())
		require.Greater(t, s.read.Load(), int64(200), s.name)
		require.Greater(t, s.written.Load(), int64(5), s.name)
	}
	products := subjects[0].read.Load() + subjects[1].read.Load()
	t.Logf("%d products were read from the store", finds)
	require.Greater(t, products, finds, "copies were read as well")
}

func rest(ctx context.Context, most int) {
	select {
	case <-time.After(time.Duration(rand.IntN(most)) * time.Millisecond):
	case <-ctx.Done():
	}
}

// comeAndGo cuts the process's wire now and then, from a moment on: writes that wait
// for another epoch meet few readers.
func (p process) comeAndGo(ctx context.Context, from time.Time) {
	select {
	case <-time.After(time.Until(from)):
	case <-ctx.Done():
	}
	for ctx.Err() == nil {
		p.wire.set(rand.IntN(3) == 0)
		rest(ctx, 600)
	}
	p.wire.set(false)
}

func (p process) write(ctx context.Context, t *testing.T, s *subject) {
	for ctx.Err() == nil {
		revision, err := s.write(context.WithoutCancel(ctx), p)
		if fault.Is(err, fault.Stale) {
			continue
		}
		if err != nil {
			t.Errorf("writing %s: %v", s.name, err)
			return
		}
		s.acknowledge(revision)
	}
}

func (p process) check(ctx context.Context, t *testing.T, s *subject) {
	for ctx.Err() == nil {
		way, least := rand.IntN(len(s.reads)), s.acknowledged.Load()
		revision, err := s.reads[way](context.WithoutCancel(ctx), p)
		if err != nil {
			t.Errorf("reading %s: %v", s.name, err)
			return
		}
		if revision < least {
			t.Errorf("revision %d of %s was seen, the %d. way, after %d had been acknowledged", revision, s.name, way+1, least)
			return
		}
		s.read.Add(1)
	}
}
