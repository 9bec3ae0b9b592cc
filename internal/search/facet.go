package search

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/bedesten/bedesten/internal/catalog"
)

// Limits of what is told of the facets.
const (
	maxFacets      = 30 // of attributes
	maxFacetValues = 50
	maxRanges      = 6
)

// tally counts facets while the products are walked through.
type tally struct {
	ix         *Index
	conditions []condition
	// category, brand and price are the indexes of their conditions, -1 for none; own
	// are those of each value's attribute.
	category, brand, price int
	own                    []int

	categories, brands, values []int64
	prices                     []int64 // by ladder
	column                     *column
	// lately is the last product that each category was counted for.
	lately []int
}

func (ix *Index) newTally(conditions []condition, c *column) *tally {
	t := &tally{
		ix: ix, conditions: conditions, category: -1, brand: -1, price: -1,
		categories: make([]int64, len(ix.categories.list)), brands: make([]int64, len(ix.brands.list)), values: make([]int64, len(ix.values.list)),
		prices: make([]int64, len(ladder)+1), column: c, lately: make([]int, len(ix.categories.list)), own: make([]int, len(ix.values.list)),
	}
	attributes := map[string]int{}
	for i, c := range conditions {
		switch c.kind {
		case catalog.CategoryFacet:
			t.category = i
		case catalog.BrandFacet:
			t.brand = i
		case catalog.PriceFacet:
			t.price = i
		case catalog.AttributeFacet:
			attributes[c.key] = i
		}
	}
	for i, v := range ix.values.list {
		t.own[i] = -1
		if at, filtered := attributes[v.key]; filtered {
			t.own[i] = at
		}
	}
	return t
}

// count notes a product that fulfils every condition but missed, which may be
// passesAll: then it counts everywhere, and otherwise for the one facet whose
// filter kept it out.
func (t *tally) count(n int, r *row, missed int) {
	if missed == passesAll || missed == t.category {
		t.countShelves(n, r)
	}
	if r.brand >= 0 && (missed == passesAll || missed == t.brand) {
		t.brands[r.brand]++
	}
	if missed == passesAll || missed == t.price {
		t.prices[rung(t.column.from[n])]++
	}
	if missed == passesAll || t.conditions[missed].kind == catalog.AttributeFacet {
		for _, v := range r.values {
			if missed == passesAll || missed == t.own[v] {
				t.values[v]++
			}
		}
	}
}

// countShelves counts a product once for each of its categories and those above.
func (t *tally) countShelves(n int, r *row) {
	for _, shelf := range r.shelves {
		for _, above := range t.ix.shelves.lineage[shelf] {
			if t.lately[above] != n+1 {
				t.lately[above] = n + 1
				t.categories[above]++
			}
		}
	}
}

// facets returns what was counted.
func (t *tally) facets() []catalog.Facet {
	facets := []catalog.Facet{
		{Kind: catalog.CategoryFacet, Values: named(t.ix.categories.list, t.categories)},
		{Kind: catalog.BrandFacet, Values: named(t.ix.brands.list, t.brands)},
		{Kind: catalog.PriceFacet, Values: priceRanges(t.prices)},
	}
	return append(facets, t.attributeFacets()...)
}

// named returns the names that were counted, the commonest first.
func named(list []string, counts []int64) []catalog.FacetValue {
	var values []catalog.FacetValue
	for i, count := range counts {
		if count > 0 {
			values = append(values, catalog.FacetValue{Key: list[i], Count: count})
		}
	}
	return commonest(values)
}

func commonest(values []catalog.FacetValue) []catalog.FacetValue {
	slices.SortFunc(values, func(a, b catalog.FacetValue) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Key, b.Key))
	})
	return values[:min(len(values), maxFacetValues)]
}

// attributeFacets returns a facet for each attribute that shoppers filter by and
// that some product has, those of most products first.
func (t *tally) attributeFacets() []catalog.Facet {
	var facets []catalog.Facet
	covered := map[string]int64{}
	for key, kind := range t.ix.shelves.filterable {
		var choices, numbers []catalog.FacetValue
		for _, i := range t.ix.values.byKey[key] {
			count := t.values[i]
			if count == 0 || !t.ix.offers(i, kind) {
				continue
			}
			covered[key] += count
			v := t.ix.values.list[i]
			if v.kind == catalog.NumberAttribute {
				numbers = append(numbers, catalog.FacetValue{Min: &v.number, Max: &v.number, Count: count})
				continue
			}
			choices = append(choices, catalog.FacetValue{Key: v.choice, Count: count})
		}
		if values := append(commonest(choices), numberRanges(numbers)...); len(values) > 0 {
			facets = append(facets, catalog.Facet{Kind: catalog.AttributeFacet, Key: key, Values: values})
		}
	}
	slices.SortFunc(facets, func(a, b catalog.Facet) int {
		return cmp.Or(cmp.Compare(covered[b.Key], covered[a.Key]), strings.Compare(a.Key, b.Key))
	})
	return facets[:min(len(facets), maxFacets)]
}

// numberRanges returns at most maxRanges ranges of about as many products each. Both
// ends are values that are there, so that a filter from one to the other, which
// includes both, finds as many as were counted.
func numberRanges(single []catalog.FacetValue) []catalog.FacetValue {
	slices.SortFunc(single, func(a, b catalog.FacetValue) int { return cmp.Compare(*a.Min, *b.Min) })
	if len(single) <= maxRanges {
		return single
	}
	var total int64
	for _, v := range single {
		total += v.Count
	}
	var ranges []catalog.FacetValue
	var open *catalog.FacetValue
	for _, v := range single {
		if open == nil {
			ranges = append(ranges, catalog.FacetValue{Min: v.Min})
			open = &ranges[len(ranges)-1]
		}
		open.Max, open.Count = v.Max, open.Count+v.Count
		if open.Count*maxRanges >= total && len(ranges) < maxRanges {
			open = nil
		}
	}
	return ranges
}

// ladder are the prices, in minor units, between which products are counted: round
// numbers in any currency.
var ladder = func() (steps []int64) {
	for base := int64(10); base <= 1e13; base *= 10 {
		for _, tenths := range []int64{10, 15, 20, 25, 30, 40, 50, 60, 75} {
			steps = append(steps, base*tenths/10)
		}
	}
	return steps
}()

// rung returns how many steps of the ladder a price has reached.
func rung(price int64) int {
	return sort.Search(len(ladder), func(i int) bool { return ladder[i] > price })
}

// priceRanges returns at most maxRanges ranges of about as many products each,
// between round prices. Both ends are in a range, as in a filter; the outer ones are
// open.
func priceRanges(counts []int64) []catalog.FacetValue {
	var total int64
	for _, count := range counts {
		total += count
	}
	if total == 0 {
		return nil
	}
	var ranges []catalog.FacetValue
	var from *float64
	var held, before int64
	for i, count := range counts {
		held += count
		last := before+held == total
		if held == 0 || !last && held*maxRanges < total {
			continue
		}
		r := catalog.FacetValue{Min: from, Count: held}
		if !last {
			most, next := float64(ladder[i]-1), float64(ladder[i])
			r.Max, from = &most, &next
		}
		ranges, before, held = append(ranges, r), before+held, 0
		if last {
			break
		}
	}
	return ranges
}
