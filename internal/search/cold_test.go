package search_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/page"
	"github.com/bedesten/bedesten/internal/search"
)

// BenchmarkFollower_Build is the cold start of a process: reading every product over
// the wire and building the index of them.
func BenchmarkFollower_Build(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newStall(b, silence{})
			for from, all := 0, assortment(n); from < n; from += 1000 {
				var products []catalog.Product
				for i, e := range all[from : from+1000] {
					e.Product.Slugs = catalog.Text{TR: fmt.Sprint("urun-", from+i)}
					products = append(products, e.Product)
				}
				require.NoError(b, s.Import(b.Context(), products))
			}
			for b.Loop() {
				began := time.Now()
				index := search.New(clock.System)
				require.NoError(b, search.NewFollower(index, s.source, slog.New(slog.DiscardHandler)).Build(b.Context()))
				b.ReportMetric(time.Since(began).Seconds(), "s/start")
				require.Equal(b, int64(n), index.Standing().Products)
			}
		})
	}
}

// all are products that are listed from memory: what is measured is the snapshot.
type all struct {
	search.Products
	products []catalog.Product
}

func (a all) List(_ context.Context, q catalog.StaffQuery) (page.Page[catalog.Product], error) {
	from := sort.Search(len(a.products), func(i int) bool { return a.products[i].ID > q.Cursor })
	to := min(from+q.Limit, len(a.products))
	p := page.Page[catalog.Product]{Items: a.products[from:to]}
	if to < len(a.products) {
		p.Next = a.products[to-1].ID
	}
	return p, nil
}

// BenchmarkFollower_Restore is the cold start of a process that has a snapshot.
func BenchmarkFollower_Restore(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newStall(b, silence{})
			path := filepath.Join(b.TempDir(), "arama")
			build := func(source search.Source) {
				index := search.New(clock.System)
				f := search.NewFollower(index, source, slog.New(slog.DiscardHandler)).Keeping(path)
				require.NoError(b, f.Build(b.Context()))
				require.NoError(b, f.Close())
				require.Equal(b, int64(n), index.Standing().Products)
			}
			first := s.source
			entries := assortment(n)
			listed := all{Products: s.Catalog}
			for _, e := range entries {
				listed.products = append(listed.products, e.Product)
			}
			first.Products = listed
			build(first)
			second := s.source
			second.Products = unlisted{s.Catalog}
			for b.Loop() {
				build(second)
			}
		})
	}
}
