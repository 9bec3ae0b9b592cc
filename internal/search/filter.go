package search

import (
	"slices"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
)

// condition is one thing that a product must fulfil. Where it belongs to a facet,
// the facet counts what fulfils all others.
type condition struct {
	kind catalog.FacetKind // empty for those that no facet is about
	key  string
	pass func(n int, r *row) bool
}

// What narrow says of a product instead of the condition that it missed.
const (
	passesAll = -1
	// fails is for more conditions than one, or one that no facet is about.
	fails = -2
)

// narrow returns passesAll, the index of the one condition of a facet that a
// product fails, or fails.
func narrow(conditions []condition, n int, r *row) int {
	missed := passesAll
	for i := range conditions {
		if conditions[i].pass(n, r) {
			continue
		}
		if missed != passesAll || conditions[i].kind == "" {
			return fails
		}
		missed = i
	}
	return missed
}

// conditionsOf returns what a filter asks for. A rule's conditions belong to no
// facet: they stand, whatever a shopper picks.
func (ix *Index) conditionsOf(f catalog.Filter, who catalog.Buyer, now time.Time, rule bool) []condition {
	var all []condition
	add := func(kind catalog.FacetKind, key string, pass func(n int, r *row) bool) {
		if rule {
			kind = ""
		}
		all = append(all, condition{kind, key, pass})
	}
	if len(f.Categories) > 0 {
		within := ix.within(f.Categories)
		add(catalog.CategoryFacet, "", func(_ int, r *row) bool { return anyOf(r.shelves, within) })
	}
	if len(f.Brands) > 0 {
		wanted := ix.brands.wanted(f.Brands)
		add(catalog.BrandFacet, "", func(_ int, r *row) bool { return r.brand >= 0 && wanted[r.brand] })
	}
	if len(f.Tags) > 0 {
		wanted := ix.tags.wanted(f.Tags)
		add("", "", func(_ int, r *row) bool { return anyOf(r.tags, wanted) })
	}
	for _, a := range f.Attributes {
		chosen := ix.values.chosen(a)
		add(catalog.AttributeFacet, a.Key, func(_ int, r *row) bool { return anyOf(r.values, chosen) })
	}
	if f.Currency != "" {
		who.Currency = f.Currency
	}
	if f.PriceMin > 0 || f.PriceMax > 0 {
		add(catalog.PriceFacet, "", costs(ix.money.of(who), f.PriceMin, f.PriceMax))
	}
	if f.OnSale {
		c := ix.money.of(who)
		add("", "", func(n int, _ *row) bool { return c != nil && c.sale[n] })
	}
	if f.NewerThanDays > 0 {
		since := now.Add(-time.Duration(f.NewerThanDays) * 24 * time.Hour).UnixMilli()
		add("", "", func(_ int, r *row) bool { return r.created >= since })
	}
	return all
}

func costs(c *column, least, most int64) func(n int, r *row) bool {
	return func(n int, _ *row) bool {
		return c != nil && c.from[n] >= least && (most == 0 || c.from[n] <= most)
	}
}

func anyOf(numbers []int32, wanted []bool) bool {
	return slices.ContainsFunc(numbers, func(i int32) bool { return wanted[i] })
}

// wanted returns, for every name, whether it is one of those given.
func (n *names) wanted(list []string) []bool {
	wanted := make([]bool, len(n.list))
	for _, name := range list {
		if i := n.find(name); i >= 0 {
			wanted[i] = true
		}
	}
	return wanted
}
