// Package search is the shop's search index: a read model of the catalogue in the
// memory of each process that answers shoppers. Words lead to products by postings;
// everything else that is filtered, counted or sorted by stands in a row for each
// product, which one walk looks at. So a price that begins by the clock, a category
// that moves or a name that changes needs no new postings, and every process gives
// every product the same points, whatever order its writes came in.
package search

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
)

var _ catalog.Index = (*Index)(nil)

// Index is the index. New makes an empty one; a Follower fills it.
type Index struct {
	clock   clock.Clock
	lexicon lexicon

	// writing is held by whoever writes; mu only while what they made changes hands.
	writing sync.Mutex
	mu      sync.RWMutex

	numbers map[string]uint32 // of products, by their ids
	rows    []row
	words   *vocabulary
	codes   map[string][]posting

	brands, tags, categories names
	values                   values
	onShelf, withValue       members
	shelves                  shelves
	merchandising            merchandising
	money                    prices

	// idle holds the revision of each product that shoppers do not see.
	idle map[string]int64
	live int64

	ready      atomic.Bool
	watermark  atomic.Int64 // milliseconds
	generation atomic.Int64
}

// row is what the index keeps of a product beside its words.
type row struct {
	id       string
	revision int64
	live     bool
	title    catalog.Text
	created  int64 // milliseconds
	sold     int64
	brand    int32 // -1 for none
	// shelves, tags and values are numbers.
	shelves, tags, values []int32
	titleWords            [2]uint8
	titleKeys             [2]string
	// terms and codes lead back to what leads here.
	terms  []uint32
	codes  []string
	prices [][]catalog.Price
	// next is when a price may change by the clock, in milliseconds; 0 for never.
	next int64
}

// New returns an empty index, which answers nothing before it is built.
func New(now clock.Clock) *Index {
	return &Index{
		clock: now, numbers: map[string]uint32{}, words: newVocabulary(), codes: map[string][]posting{}, idle: map[string]int64{},
		shelves: newShelves(catalog.Shelves{}), money: newPrices(catalog.Book{}),
	}
}

// Standing says how the index stands.
func (ix *Index) Standing() catalog.Standing {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	s := catalog.Standing{Ready: ix.ready.Load(), Products: ix.live, Generation: ix.generation.Load()}
	if ms := ix.watermark.Load(); ms != 0 {
		s.Watermark = time.UnixMilli(ms).UTC()
	}
	return s
}

// chunk is how many products change hands at once: searches wait that long.
const chunk = 100

// Put puts products into the index, each in place of an older revision of itself;
// one that the index knows a newer revision of stays as it is.
func (ix *Index) Put(entries []catalog.Entry) { ix.put(entries, false) }

func (ix *Index) put(entries []catalog.Entry, bulk bool) {
	documents := make([]*document, len(entries))
	var readers sync.WaitGroup
	share := max(chunk, len(entries)/runtime.GOMAXPROCS(0)+1)
	for from := 0; from < len(entries); from += share {
		readers.Go(func() {
			for i := from; i < min(from+share, len(entries)); i++ {
				documents[i] = ix.prepare(entries[i])
			}
		})
	}
	readers.Wait()
	for len(documents) > 0 {
		n := min(chunk, len(documents))
		ix.install(documents[:n], bulk)
		documents = documents[n:]
	}
}

// write takes the locks of a writer, and returns how to give them back.
func (ix *Index) write() (done func()) {
	ix.writing.Lock()
	ix.mu.Lock()
	return func() {
		ix.generation.Add(1)
		ix.mu.Unlock()
		ix.writing.Unlock()
	}
}

func (ix *Index) install(documents []*document, bulk bool) {
	defer ix.write()()
	now := ix.clock()
	for _, d := range documents {
		if known, there := ix.revision(d.entry.Product.ID); there && known >= d.entry.Product.Revision {
			continue
		}
		ix.place(d, now, bulk)
	}
}

// revision returns the revision of a product that the index holds.
func (ix *Index) revision(productID string) (int64, bool) {
	if n, there := ix.numbers[productID]; there && ix.rows[n].live {
		return ix.rows[n].revision, true
	}
	revision, there := ix.idle[productID]
	return revision, there
}

// Holds reports whether the index knows a revision of a product, or a later one.
func (ix *Index) Holds(productID string, revision int64) bool {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	known, there := ix.revision(productID)
	return there && known >= revision
}

// place puts one product into its row. The lock is held.
func (ix *Index) place(d *document, now time.Time, bulk bool) {
	p := d.entry.Product
	n, there := ix.numbers[p.ID]
	if there {
		ix.clear(n)
	}
	delete(ix.idle, p.ID)
	if p.Status != catalog.Active || !there && len(ix.rows) >= maxThings {
		ix.idle[p.ID] = p.Revision
		return
	}
	if !there {
		n = uint32(len(ix.rows))
		ix.rows = append(ix.rows, row{})
		ix.numbers[p.ID] = n
	}
	ix.rows[n] = ix.fill(d, n, bulk)
	ix.live++
	ix.money.fit(len(ix.rows))
	ix.rows[n].next = ix.money.work(n, ix.rows[n].prices, now)
}

func (ix *Index) fill(d *document, n uint32, bulk bool) row {
	p := d.entry.Product
	r := row{
		id: p.ID, revision: p.Revision, live: true, title: d.title, created: p.CreatedAt.UnixMilli(), sold: d.entry.Sold, brand: -1,
		titleWords: d.titleWords, titleKeys: d.titleKeys, prices: ix.money.keep(d.prices),
		terms: ix.words.add(n, d.words, bulk),
	}
	if p.Brand != "" {
		r.brand = ix.brands.number(p.Brand)
	}
	for _, id := range p.Categories {
		r.shelves = append(r.shelves, ix.shelf(id))
	}
	for _, tag := range p.Tags {
		r.tags = append(r.tags, ix.tags.number(tag))
	}
	r.values = ix.values.all(p.Attributes, d.varied)
	ix.onShelf.add(n, r.shelves)
	ix.withValue.add(n, r.values)
	for code, fields := range d.codes {
		ix.codes[code] = insert(ix.codes[code], newPosting(n, fields))
		r.codes = append(r.codes, code)
	}
	return r
}

// clear empties a row, and takes away what leads to it. The lock is held.
func (ix *Index) clear(n uint32) {
	r := &ix.rows[n]
	if !r.live {
		return
	}
	ix.words.settle()
	ix.words.remove(n, r.terms)
	for _, code := range r.codes {
		if left := without(ix.codes[code], n); len(left) > 0 {
			ix.codes[code] = left
		} else {
			delete(ix.codes, code)
		}
	}
	ix.onShelf.remove(n, r.shelves)
	ix.withValue.remove(n, r.values)
	ix.money.forget(n)
	*r = row{id: r.id}
	ix.live--
}

// SetSold says how many units of each product were sold lately; of those that are
// not named, none.
func (ix *Index) SetSold(sold map[string]int64) {
	defer ix.write()()
	for i := range ix.rows {
		ix.rows[i].sold = sold[ix.rows[i].id]
	}
}

// Load puts many products into an index that is being built. Finish ends it.
func (ix *Index) Load(entries []catalog.Entry) { ix.put(entries, true) }

// Finish says that the index has been built, and that it holds every change up to a
// moment.
func (ix *Index) Finish(watermark time.Time) {
	ix.settle()
	ix.seen(watermark)
	ix.ready.Store(true)
}

// settle ends a bulk of writes: others may follow.
func (ix *Index) settle() {
	defer ix.write()()
	ix.words.settle()
}

// sold returns how many units of a product were sold lately, as the index knows it.
func (ix *Index) sold(productID string) int64 {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if n, there := ix.numbers[productID]; there {
		return ix.rows[n].sold
	}
	return 0
}

// seen says that every change up to a moment is in the index. It never goes back.
func (ix *Index) seen(at time.Time) {
	for {
		before := ix.watermark.Load()
		if at.UnixMilli() <= before || ix.watermark.CompareAndSwap(before, at.UnixMilli()) {
			return
		}
	}
}

// open returns an Unavailable fault until the index has been built.
func (ix *Index) open(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(err, fault.Unavailable, "the search was given up")
	}
	if !ix.ready.Load() {
		return fault.New(fault.Unavailable, "the shop's search is being built: ask again in a moment")
	}
	return nil
}
