package search

import (
	"context"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/page"
)

// listed is what a product counts where nothing was asked for but a list: boosts
// need something to make more of.
const listed = 100

// walk is one search on its way through the rows.
type walk struct {
	ix         *Index
	search     catalog.Search
	language   int
	conditions []condition
	column     *column
	promotion  promotion
	// scores are nil where there is no text.
	scores []int32
	after  *place
	list   shortlist
	total  int64
	tally  *tally
}

// Search answers a shopper's search.
func (ix *Index) Search(ctx context.Context, s catalog.Search) (catalog.Found, error) {
	if err := ix.open(ctx); err != nil {
		return catalog.Found{}, err
	}
	s, err := complete(s)
	if err != nil {
		return catalog.Found{}, err
	}
	name, err := fingerprint(s)
	if err != nil {
		return catalog.Found{}, err
	}
	from, err := after(s, name)
	if err != nil {
		return catalog.Found{}, err
	}
	ix.Tick()
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.answer(s, name, from, ix.clock())
}

// complete fills in defaults, or returns an Invalid fault.
func complete(s catalog.Search) (catalog.Search, error) {
	if s.Language != catalog.English {
		s.Language = catalog.Turkish
	}
	if s.Sort == "" {
		s.Sort = catalog.Relevance
	}
	if s.Limit == 0 {
		s.Limit = page.DefaultLimit
	}
	if s.Limit < 1 || s.Limit > page.MaxLimit {
		return s, fault.New(fault.Invalid, "limit must be between 1 and %d", page.MaxLimit)
	}
	if !s.Sort.Known() {
		return s, fault.New(fault.Invalid, "there is no such order of products").With("field", "sort")
	}
	s.Text = firstRunes(s.Text, maxRunes)
	if err := s.Check(); err != nil {
		return s, err
	}
	return s, s.Rule.Check()
}

func languageNumber(language string) int {
	if language == catalog.English {
		return 1
	}
	return 0
}

// answer goes through the products. The lock is held for reading.
func (ix *Index) answer(s catalog.Search, name string, from *place, now time.Time) (catalog.Found, error) {
	q := ix.parse(s.Text)
	r := ix.lookup()
	w := ix.walk(s, ix.widen(q, s.Language), r, now)
	w.after, w.list.most = from, s.Limit+1
	w.run()
	answer := catalog.Found{Total: w.total}
	if w.tally != nil {
		answer.Facets = w.tally.facets()
	}
	answer.DidYouMean = w.correct(q, r)
	more := len(w.list.list) > s.Limit
	if more {
		w.list.list = w.list.list[:s.Limit]
	}
	for _, f := range w.list.list {
		title := ix.rows[f.n].title.In(s.Language)
		answer.Hits = append(answer.Hits, catalog.Hit{ProductID: ix.rows[f.n].id, Title: r.pieces(title, s.Language)})
	}
	if !more {
		return answer, nil
	}
	var err error
	answer.Next, err = page.Encode(cursor{name, w.list.list[s.Limit-1].at})
	return answer, err
}

func (ix *Index) lookup() *lookup {
	return &lookup{ix: ix, touched: map[string]bool{}, guessed: map[string]bool{}}
}

func (ix *Index) walk(s catalog.Search, q question, r *lookup, now time.Time) *walk {
	w := &walk{ix: ix, search: s, language: languageNumber(s.Language), column: ix.money.of(s.Buyer)}
	w.conditions = append(ix.conditionsOf(s.Rule, s.Buyer, now, true), ix.conditionsOf(s.Filter, s.Buyer, now, false)...)
	w.promotion = ix.promote(s, q)
	w.scores = r.score(q, w.language)
	if s.Facets && w.column != nil {
		w.tally = ix.newTally(w.conditions, w.column)
	}
	return w
}

// run looks at every product once: it lists those that fulfil everything, and counts
// them, and those that only a facet's own filter keeps out.
func (w *walk) run() {
	if w.column == nil {
		return // nothing is sold in that currency
	}
	for n := range w.ix.rows {
		if w.column.from[n] < 0 { // gone, or not sold to the buyer
			continue
		}
		r := &w.ix.rows[n]
		if !w.answers(n, r) {
			continue
		}
		missed := narrow(w.conditions, n, r)
		if missed == fails {
			continue
		}
		if w.tally != nil {
			w.tally.count(n, r, missed)
		}
		if missed != passesAll {
			continue
		}
		w.total++
		w.consider(n, r)
	}
}

// answers reports whether a product fits the text, or was pinned to it.
func (w *walk) answers(n int, r *row) bool {
	if w.scores == nil || w.scores[n] > 0 {
		return true
	}
	if len(w.promotion.pins) == 0 {
		return false
	}
	_, pinned := w.promotion.pins[r.id]
	return pinned
}

func (w *walk) consider(n int, r *row) {
	if w.list.most == 0 {
		return
	}
	at := w.placed(n, r)
	if w.after == nil || at.compare(*w.after) > 0 {
		w.list.add(found{uint32(n), at})
	}
}

// points are how well a product fits, with what merchandisers make of it.
func (w *walk) points(n int, r *row) int64 {
	points := int64(listed)
	if w.scores != nil {
		points = int64(w.scores[n])
	}
	return points * (100 + w.promotion.percent(r)) / 100
}
