package catalog

import "slices"

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
