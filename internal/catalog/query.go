package catalog

import (
	"slices"
	"strings"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/page"
)

// Sort is an order of a product list.
type Sort string

// Orders of a product list.
const (
	Newest    Sort = "newest"
	PriceAsc  Sort = "price_asc"
	PriceDesc Sort = "price_desc"
	ByTitle   Sort = "title"
	// Relevance sorts by how well a text fits, and what merchandisers moved forward.
	Relevance Sort = "relevance"
	// BestSelling sorts by units that were sold lately.
	BestSelling Sort = "best_selling"
)

// Sorts are all of them.
var Sorts = []Sort{Relevance, Newest, PriceAsc, PriceDesc, ByTitle, BestSelling}

// Known reports whether it is one of them.
func (s Sort) Known() bool { return slices.Contains(Sorts, s) }

// MaxText is the longest text, in bytes, that is searched for.
const MaxText = 100

// Query asks for a page of products. The zero value asks for the newest.
// Prices are minor units of the shop's currency, of the cheapest variant; 0
// means no bound.
type Query struct {
	Category string
	Text     string
	PriceMin int64
	PriceMax int64
	Sort     Sort
	// Language decides the alphabet by which titles are sorted.
	Language string
	Limit    int
	Cursor   string
}

// Position is what a cursor names: the last item's place in its order. A
// cursor of another order or alphabet is refused.
type Position struct {
	Sort     Sort   `json:"s"`
	Language string `json:"l"`
	After    string `json:"a"`
}

// Complete returns the query with its defaults, or an Invalid fault.
func (q Query) Complete() (Query, error) {
	if q.Sort == "" {
		q.Sort = Newest
	}
	if q.Language != English {
		q.Language = Turkish
	}
	if q.Limit == 0 {
		q.Limit = page.DefaultLimit
	}
	switch q.Sort {
	case Newest, PriceAsc, PriceDesc, ByTitle:
	default:
		return q, fault.New(fault.Invalid, "%q is not an order of products", q.Sort)
	}
	switch {
	case q.Limit < 1 || q.Limit > page.MaxLimit:
		return q, fault.New(fault.Invalid, "limit must be between 1 and %d", page.MaxLimit)
	case q.PriceMin < 0 || q.PriceMax < 0:
		return q, fault.New(fault.Invalid, "a price cannot be negative")
	case q.PriceMax != 0 && q.PriceMax < q.PriceMin:
		return q, fault.New(fault.Invalid, "price_max is less than price_min")
	case len(q.Text) > MaxText:
		return q, fault.New(fault.Invalid, "the text is longer than %d bytes", MaxText)
	}
	return q, nil
}

// After returns the position that the query's cursor names, empty at the
// beginning; a cursor that was not made for this order is Invalid.
func (q Query) After() (string, error) {
	if q.Cursor == "" {
		return "", nil
	}
	var at Position
	if err := page.Decode(q.Cursor, &at); err != nil {
		return "", err
	}
	if at.Sort != q.Sort || at.Language != q.Language || at.After == "" {
		return "", fault.New(fault.Invalid, "the cursor belongs to a list in another order: leave it out to start again")
	}
	return at.After, nil
}

// Words returns the folded words of the query's text.
func (q Query) Words() []string { return strings.Fields(Fold(q.Text)) }

// Searchable returns everything by which the product is found, folded.
func (p Product) Searchable() string {
	parts := []string{p.Title.TR, p.Title.EN, p.Brand}
	parts = append(parts, p.Categories...)
	parts = append(parts, p.Tags...)
	for _, sku := range p.SKUs() {
		parts = append(parts, strings.ReplaceAll(sku, "-", ""))
	}
	return Fold(strings.Join(parts, " "))
}
