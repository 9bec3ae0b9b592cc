package search

import (
	"container/heap"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
)

// prices are what every product costs every kind of buyer now.
type prices struct {
	book catalog.Book
	// columns have a row for each product. A group that no list is for pays what
	// everybody pays.
	columns map[catalog.Buyer]*column
	// due are the products whose prices may change by the clock.
	due dueHeap
	// kept are the names of lists and currencies, each once.
	kept map[string]string
}

// column is what products cost one kind of buyer.
type column struct {
	from []int64 // of the cheapest variant; -1 where none is sold to them
	sale []bool
}

func newPrices(book catalog.Book) prices {
	m := prices{book: book, columns: map[catalog.Buyer]*column{}, kept: map[string]string{}}
	for _, l := range book.Lists {
		m.columns[catalog.Buyer{Currency: l.Currency}] = &column{}
		m.columns[catalog.Buyer{Currency: l.Currency, Group: l.Group}] = &column{}
	}
	return m
}

// of returns the column of a buyer, nil where nothing is sold in their currency.
func (m *prices) of(who catalog.Buyer) *column {
	if c := m.columns[who]; c != nil {
		return c
	}
	return m.columns[catalog.Buyer{Currency: who.Currency}]
}

// fit makes the columns as long as there are products.
func (m *prices) fit(products int) {
	for _, c := range m.columns {
		for len(c.from) < products {
			c.from, c.sale = append(c.from, -1), append(c.sale, false)
		}
	}
}

// forget says that a product is sold to nobody.
func (m *prices) forget(product uint32) {
	for _, c := range m.columns {
		c.from[product], c.sale[product] = -1, false
	}
}

// keep returns prices whose names are kept once for all products.
func (m *prices) keep(all [][]catalog.Price) [][]catalog.Price {
	once := func(s *string) {
		if kept, there := m.kept[*s]; there {
			*s = kept
			return
		}
		m.kept[*s] = *s
	}
	kept := make([][]catalog.Price, len(all))
	for i, prices := range all {
		kept[i] = append([]catalog.Price(nil), prices...)
		for j := range kept[i] {
			p := &kept[i][j]
			once(&p.List)
			once(&p.Amount.Currency)
			once(&p.CompareAt.Currency)
		}
	}
	return kept
}

// work works out what a product costs at a moment, and returns when to do it again:
// in milliseconds, 0 for never.
func (m *prices) work(product uint32, all [][]catalog.Price, now time.Time) int64 {
	variants := make([]catalog.Variant, len(all))
	for i, prices := range all {
		variants[i].Prices = prices
	}
	for who, c := range m.columns {
		c.from[product], c.sale[product] = cheapest(m.book, variants, who, now)
	}
	next := m.book.NextChange(catalog.Product{Variants: variants}, now)
	if next.IsZero() {
		return 0
	}
	d := due{at: milliseconds(next), product: product}
	heap.Push(&m.due, d)
	return d.at
}

// milliseconds rounds up: what begins within a millisecond has begun at its end.
func milliseconds(t time.Time) int64 {
	ms := t.UnixMilli()
	if time.UnixMilli(ms).Before(t) {
		ms++
	}
	return ms
}

// cheapest returns the lowest price that a buyer is offered, -1 for none, and
// whether any is struck through.
func cheapest(book catalog.Book, variants []catalog.Variant, who catalog.Buyer, at time.Time) (from int64, sale bool) {
	from = -1
	for _, v := range variants {
		quoted, priced := book.Quote(v, who, at)
		if !priced {
			continue
		}
		if from < 0 || quoted.Amount.Minor < from {
			from = quoted.Amount.Minor
		}
		sale = sale || quoted.CompareAt.Minor > 0
	}
	return from, sale
}

// SetBook says what price lists there are. Every price is worked out again, while
// searches go on with the old ones.
func (ix *Index) SetBook(book catalog.Book) {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	m := newPrices(book)
	m.kept = ix.money.kept
	m.fit(len(ix.rows))
	now, next := ix.clock(), make([]int64, len(ix.rows))
	for n, r := range ix.rows {
		if r.live {
			next[n] = m.work(uint32(n), r.prices, now)
		}
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.money = m
	for n := range ix.rows {
		ix.rows[n].next = next[n]
	}
	ix.generation.Add(1)
}

// Tick works out again what has come to change by the clock. Where somebody writes
// just now, the next call does it.
func (ix *Index) Tick() {
	now := ix.clock()
	ix.mu.RLock()
	passed := ix.money.due.passed(now)
	ix.mu.RUnlock()
	if !passed || !ix.writing.TryLock() {
		return
	}
	defer ix.writing.Unlock()
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for ix.money.due.passed(now) {
		d, _ := heap.Pop(&ix.money.due).(due)
		if r := &ix.rows[d.product]; r.live && r.next == d.at {
			r.next = ix.money.work(d.product, r.prices, now)
		}
	}
	ix.generation.Add(1)
}

// due says that a product's price may change at a moment.
type due struct {
	at      int64
	product uint32
}

// dueHeap holds the earliest first. A product may be in it several times: only the
// moment that its row names counts.
type dueHeap []due

func (h dueHeap) passed(now time.Time) bool { return len(h) > 0 && h[0].at <= now.UnixMilli() }

// Len is for heap.
func (h dueHeap) Len() int { return len(h) }

// Less is for heap.
func (h dueHeap) Less(i, j int) bool { return h[i].at < h[j].at }

// Swap is for heap.
func (h dueHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push is for heap.
func (h *dueHeap) Push(x any) {
	if d, ok := x.(due); ok {
		*h = append(*h, d)
	}
}

// Pop is for heap.
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	d := (*h)[last]
	*h = (*h)[:last]
	return d
}
