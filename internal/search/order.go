package search

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/page"
)

// place is where a product stands in an order: whatever is less comes first.
type place struct {
	// Pin is the product's place among those that merchandisers put first.
	Pin int `json:"n"`
	// First, Then and Last are numbers, Title is its place in the alphabet, as the order
	// needs them.
	First int64  `json:"f"`
	Then  int64  `json:"t"`
	Last  int64  `json:"l,omitempty"`
	Title string `json:"a,omitempty"`
	ID    string `json:"i"`
}

// unpinned is the place of products that nobody pinned: behind all that are.
const unpinned = 1 << 20

func (p place) compare(q place) int {
	switch {
	case p.Pin != q.Pin:
		return cmp.Compare(p.Pin, q.Pin)
	case p.First != q.First:
		return cmp.Compare(p.First, q.First)
	case p.Then != q.Then:
		return cmp.Compare(p.Then, q.Then)
	case p.Last != q.Last:
		return cmp.Compare(p.Last, q.Last)
	case p.Title != q.Title:
		return strings.Compare(p.Title, q.Title)
	}
	return strings.Compare(p.ID, q.ID)
}

// cursor names the last product of a page, and the search that it belongs to.
type cursor struct {
	Search string `json:"s"`
	After  place  `json:"p"`
}

// fingerprint names a search, whatever page of it is asked for.
func fingerprint(s catalog.Search) (string, error) {
	s.Cursor, s.Limit, s.Facets = "", 0, false
	raw, err := json.Marshal(s)
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "the filter holds what is no number")
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8]), nil
}

// after returns the place that a search's cursor names, or nil.
func after(s catalog.Search, name string) (*place, error) {
	if s.Cursor == "" {
		return nil, nil //nolint:nilnil // no cursor is the first page
	}
	var c cursor
	if err := page.Decode(s.Cursor, &c); err != nil {
		return nil, err
	}
	if c.Search != name || c.After.ID == "" {
		return nil, fault.New(fault.Invalid, "the cursor belongs to another search: leave it out to start again")
	}
	return &c.After, nil
}

// found is a product that a search found.
type found struct {
	n  uint32
	at place
}

// shortlist keeps the first products of an order, sorted.
type shortlist struct {
	most int
	list []found
}

func (s *shortlist) add(f found) {
	full := len(s.list) == s.most
	if full && f.at.compare(s.list[s.most-1].at) >= 0 {
		return
	}
	i, _ := slices.BinarySearchFunc(s.list, f, func(a, b found) int { return a.at.compare(b.at) })
	if full {
		s.list = s.list[:s.most-1]
	}
	s.list = slices.Insert(s.list, i, f)
}

// placed returns where a product stands in the order of a search.
func (w *walk) placed(n int, r *row) place {
	p := place{Pin: unpinned, ID: r.id}
	switch w.search.Sort {
	case catalog.Newest:
		p.First = -r.created
	case catalog.PriceAsc:
		p.First = w.column.from[n]
	case catalog.PriceDesc:
		p.First = -w.column.from[n]
	case catalog.ByTitle:
		p.Title = r.titleKeys[w.language]
	case catalog.BestSelling:
		p.First, p.Then = -r.sold, -r.created
	case catalog.Relevance:
		if pin, pinned := w.promotion.pins[r.id]; pinned {
			p.Pin = pin
		}
		p.First, p.Then, p.Last = -w.points(n, r), -r.sold, -r.created
	}
	return p
}
