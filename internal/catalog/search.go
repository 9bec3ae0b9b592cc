package catalog

import (
	"context"
	"time"
)

// Search is what a shopper asks of the shop's index. Without a text it is a
// listing.
type Search struct {
	Text string
	Filter
	// Rule narrows like the filter does; it is a collection's.
	Rule Filter
	// Shelf is the category whose page this is: its pins and boosts count where there
	// is no text. It does not narrow; the filter does.
	Shelf string
	// Buyer decides whose prices are sorted and narrowed by.
	Buyer    Buyer
	Language string
	Sort     Sort
	Limit    int
	Cursor   string
	// Facets are counted only where they are asked for: they cost more than the hits.
	Facets bool
}

// Hit is a product that was found.
type Hit struct {
	ProductID string
	// Title is the title in the asked language, in pieces: those that the text matched
	// are marked.
	Title []Piece
}

// Piece is part of a text; Match says that the search found it.
type Piece struct {
	Text  string
	Match bool
}

// Found is the answer to a search.
type Found struct {
	Hits  []Hit
	Total int64
	// Next is the cursor of the next page; empty on the last one.
	Next   string
	Facets []Facet
	// DidYouMean is a text of words that the shop knows, where one that was asked for
	// is not; empty where nothing comes to mind.
	DidYouMean string
}

// FacetKind says what a facet counts.
type FacetKind string

// Kinds of facets.
const (
	CategoryFacet  FacetKind = "category"
	BrandFacet     FacetKind = "brand"
	PriceFacet     FacetKind = "price"
	AttributeFacet FacetKind = "attribute"
)

// Facet counts how many of the products that were found have each value. Its own
// filter is left out of the count, so that other values can be added to it.
type Facet struct {
	Kind FacetKind
	// Key is the attribute's, for facets of attributes.
	Key    string
	Values []FacetValue
}

// FacetValue is one value of a facet. A category, brand or choice has a Key, a
// range of prices or numbers its bounds, both of which are in it, as they are in a
// filter; nil is no bound.
type FacetValue struct {
	Key      string
	Min, Max *float64
	Count    int64
}

// Suggestion completes what somebody has begun to type.
type Suggestion struct {
	Text string
	// ProductID or CategoryID is where it leads; a text alone is searched for.
	ProductID  string
	CategoryID string
}

// Index answers shoppers' searches. It is a read model: what it says follows the
// store within a second.
type Index interface {
	// Search returns what was found. A cursor of another search is an Invalid
	// fault; an index that is still being built is an Unavailable one.
	Search(ctx context.Context, s Search) (Found, error)

	// Suggest completes the beginning of a search.
	Suggest(ctx context.Context, beginning, language string, who Buyer, limit int) ([]Suggestion, error)

	// Standing says how far the index is behind the store.
	Standing() Standing
}

// Standing is how an index stands.
type Standing struct {
	// Ready reports whether the index has been built.
	Ready    bool
	Products int64
	// Watermark is the moment up to which every change is in it.
	Watermark time.Time
	// Generation grows with each change of the index.
	Generation int64
}

// Merchandising is what merchandisers tell the index beside the products.
type Merchandising struct {
	Revision int64        `bson:"revision" json:"revision"`
	Synonyms []SynonymSet `bson:"synonyms" json:"synonyms"`
	Pins     []Pinned     `bson:"pins" json:"pins"`
	Boosts   []Boosted    `bson:"boosts" json:"boosts"`
	At       time.Time    `bson:"updated_at" json:"updated_at"`
}

// SynonymSet are words that mean the same, in one language.
type SynonymSet struct {
	Language string   `bson:"language" json:"language"`
	Words    []string `bson:"words" json:"words"`
	// From, where it is given, makes the set one way: who searches for it finds the
	// words, not the other way round.
	From string `bson:"from" json:"from"`
}

// Pinned puts products at the head of a search or of a category, in their order.
type Pinned struct {
	Text     string   `bson:"text" json:"text"`
	Category string   `bson:"category" json:"category"`
	Products []string `bson:"products" json:"products"`
}

// Boosted moves products, or all products of a brand or with a tag, forward. Text
// and Category both empty boost everywhere.
type Boosted struct {
	Text     string   `bson:"text" json:"text"`
	Category string   `bson:"category" json:"category"`
	Products []string `bson:"products" json:"products"`
	Brand    string   `bson:"brand" json:"brand"`
	Tag      string   `bson:"tag" json:"tag"`
	// Percent is how much their score grows: 50 makes it half as much again.
	Percent int64 `bson:"percent" json:"percent"`
}

// Entry is a product as the index knows it: with what is not in its document.
type Entry struct {
	Product Product
	// Sold is how many units were sold lately.
	Sold int64
}
