package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

// ListQuery is what a list of products can be asked for beside its place.
type ListQuery struct {
	CurrencyQuery
	Brands   []string     `query:"brand,explode" maxItems:"50" doc:"Any of several, each as a parameter of its own." example:"[\"Paşabahçe\"]"`
	Tags     []string     `query:"tag,explode" maxItems:"50" doc:"Any of several, each as a parameter of its own."`
	PriceMin int64        `query:"price_min" minimum:"0" maximum:"1000000000000" doc:"In minor units, of the cheapest variant."`
	PriceMax int64        `query:"price_max" minimum:"0" maximum:"1000000000000" doc:"In minor units, of the cheapest variant; 0 means no bound."`
	OnSale   bool         `query:"on_sale" doc:"Only what has a price struck through."`
	Sort     catalog.Sort `query:"sort" enum:"relevance,newest,price_asc,price_desc,title,best_selling" doc:"Without it relevance where there are words or one category, otherwise newest."`
	Facets   bool         `query:"facets" doc:"Count how many products each value of a filter would leave."`
	Limit    int          `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor   string       `query:"cursor" maxLength:"1000" doc:"next_cursor of the page before, with everything else as it was."`
}

// listParameters are what a list knows beside attributes.
var listParameters = []string{"currency", "brand", "tag", "price_min", "price_max", "on_sale", "sort", "facets", "limit", "cursor"}

// attributePrefix begins the names of parameters that narrow by an attribute.
const attributePrefix = "attr."

// aboutAttributes documents the parameters whose names follow from the shop.
const aboutAttributes = "Attributes that the shop filters by have parameters of their own, `attr.<key>`: choices by their keys (`attr.color=red,blue`), " +
	"a range of numbers with both ends (`attr.screen=6..6.7`, `attr.screen=6..`), yes and no (`attr.nfc=true`). " +
	"An option has the parameter and the facet of a choice attribute with its key: `attr.size=m` finds products that have a variant in it."

// filter returns what the query narrows by. Parameters of attributes are read against
// what is declared.
func (q *ListQuery) filter(given url.Values, shelves catalog.Shelves, known ...string) (catalog.Filter, error) {
	f := catalog.Filter{Brands: q.Brands, Tags: q.Tags, PriceMin: q.PriceMin, PriceMax: q.PriceMax, OnSale: q.OnSale}
	known = append(known, listParameters...)
	for name, values := range given {
		if slices.Contains(known, name) {
			continue
		}
		key, isAttribute := strings.CutPrefix(name, attributePrefix)
		declared, there := catalog.Filterable(shelves.Categories, key)
		if !isAttribute || !there {
			return f, fault.New(fault.Invalid, "is no parameter of this list").With(detailField, "query."+nameOf(name))
		}
		a, err := attributeFilter(declared, strings.Join(values, ","))
		if err != nil {
			return f, inField(err, "query."+nameOf(name))
		}
		f.Attributes = append(f.Attributes, a)
	}
	slices.SortFunc(f.Attributes, func(a, b catalog.AttributeFilter) int { return strings.Compare(a.Key, b.Key) })
	return f, inField(f.Check(), "query")
}

// nameOf returns the name of a parameter as an answer repeats it.
func nameOf(name string) string {
	if len(name) > 60 || !plain(name) {
		return "?"
	}
	return name
}

// asksForAttributes reports whether any parameter narrows by an attribute.
func asksForAttributes(given url.Values) bool {
	for name := range given {
		if strings.HasPrefix(name, attributePrefix) {
			return true
		}
	}
	return false
}

func attributeFilter(d catalog.Declaration, value string) (catalog.AttributeFilter, error) {
	f := catalog.AttributeFilter{Key: d.Key}
	switch d.Type {
	case catalog.NumberAttribute:
		least, most, ranged := strings.Cut(value, "..")
		if !ranged {
			most = least
		}
		var err error
		if f.Min, err = number(least); err == nil {
			f.Max, err = number(most)
		}
		if err != nil || f.Min == nil && f.Max == nil {
			return f, fault.New(fault.Invalid, "must be a number or a range, such as 6..6.7")
		}
	case catalog.BooleanAttribute:
		yes := value == "true"
		if !yes && value != "false" {
			return f, fault.New(fault.Invalid, "must be true or false")
		}
		f.Boolean = &yes
	case catalog.ChoiceAttribute, catalog.TextAttribute:
		f.Choices = strings.Split(value, ",")
	}
	return f, nil
}

// number reads one end of a range; an empty one is open.
func number(s string) (*float64, error) {
	if s == "" {
		return nil, nil //nolint:nilnil // an open end
	}
	n, err := strconv.ParseFloat(s, 64)
	if err == nil && strings.Trim(s, "-0123456789.") != "" {
		err = strconv.ErrSyntax // Go's own ways to write one: 0x1p-2, 1_000, NaN
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "is no number")
	}
	return &n, nil
}

// sortOf returns the order of a list: as it was asked for, or what suits it.
func (q *ListQuery) sortOf(suits catalog.Sort) catalog.Sort {
	if q.Sort != "" {
		return q.Sort
	}
	return suits
}

// check refuses text that no index can be asked for.
func (q *ListQuery) check(texts map[string]string) error {
	texts["sort"], texts["cursor"] = string(q.Sort), q.Cursor
	for _, name := range sortedKeys(texts) {
		if !plain(texts[name]) {
			return fault.New(fault.Invalid, "may hold no control characters and must be UTF-8").With(detailField, "query."+name)
		}
	}
	if len(texts["q"]) > catalog.MaxText {
		return fault.New(fault.Invalid, "may have at most %d bytes", catalog.MaxText).With(detailField, "query.q")
	}
	return nil
}
