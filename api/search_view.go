package api

import (
	"context"
	"maps"
	"slices"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

type pieceView struct {
	Text  string `json:"text"`
	Match bool   `json:"match,omitempty" doc:"The search found it."`
}

type facetView struct {
	Kind   string           `json:"kind" enum:"category,brand,price,attribute"`
	Key    string           `json:"key,omitempty" doc:"The attribute's; narrow by attr.<key>." example:"color"`
	Name   string           `json:"name,omitempty" doc:"The attribute's." example:"Renk"`
	Unit   string           `json:"unit,omitempty" doc:"What its numbers count."`
	Values []facetValueView `json:"values" nullable:"false" doc:"At most 50; the commonest first, ranges by their numbers."`
}

type facetValueView struct {
	Key   string   `json:"key,omitempty" doc:"What to narrow by." example:"red"`
	Name  string   `json:"name,omitempty" example:"Kırmızı"`
	Min   *float64 `json:"min,omitempty" doc:"Of a range, included; missing without a bound. Prices are in minor units."`
	Max   *float64 `json:"max,omitempty" doc:"Of a range, included."`
	Count int64    `json:"count" doc:"Products that this value would leave, with every other filter as it is."`
}

type suggestionView struct {
	Text       string `json:"text" example:"çay bardağı"`
	ProductID  string `json:"product_id,omitempty" doc:"The product that it leads to."`
	CategoryID string `json:"category_id,omitempty" doc:"The category that it leads to."`
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// showFound returns what an index found as shoppers see it: products as they are in
// the store now.
func (a *API) showFound(ctx context.Context, s catalog.Search, found catalog.Found, book catalog.Book, shelves catalog.Shelves) (*listProductsOutput, error) {
	ids := make([]string, len(found.Hits))
	titles := make(map[string][]catalog.Piece, len(found.Hits))
	for i, hit := range found.Hits {
		ids[i], titles[hit.ProductID] = hit.ProductID, hit.Title
	}
	products, err := a.Products.Many(ctx, ids)
	if err != nil {
		return nil, err
	}
	out, err := a.summaries(ctx, products, book, s.Buyer)
	if err != nil {
		return nil, err
	}
	if s.Text != "" {
		for i := range out.Body.Items {
			out.Body.Items[i].Highlight = viewPieces(titles[out.Body.Items[i].ID])
		}
	}
	out.Body.NextCursor, out.Body.Total, out.Body.DidYouMean = found.Next, found.Total, found.DidYouMean
	out.Body.Facets = viewFacets(found.Facets, shelves, s.Language)
	return out, nil
}

func viewPieces(pieces []catalog.Piece) []pieceView {
	views := make([]pieceView, len(pieces))
	for i, p := range pieces {
		views[i] = pieceView(p)
	}
	return views
}

// viewFacets gives facets the names of a language. Attributes that the shop declares
// no more are left out: the index may not have heard of it yet.
func viewFacets(facets []catalog.Facet, shelves catalog.Shelves, language string) []facetView {
	var views []facetView
	declared := catalog.Filterables(shelves.Categories)
	for _, f := range facets {
		d, there := declared[f.Key]
		if f.Kind == catalog.AttributeFacet && !there {
			continue
		}
		views = append(views, viewFacet(f, d, shelves, language))
	}
	return views
}

// viewFacet leaves out choices that have no name: a shopper could not read them.
func viewFacet(f catalog.Facet, d catalog.Declaration, shelves catalog.Shelves, language string) facetView {
	v := facetView{Kind: string(f.Kind), Key: f.Key, Name: d.Name.In(language), Unit: d.Unit.In(language), Values: []facetValueView{}}
	for _, value := range f.Values {
		name := valueName(f, d, value.Key, shelves, language)
		if d.Type == catalog.ChoiceAttribute && name == "" {
			continue
		}
		v.Values = append(v.Values, facetValueView{Key: value.Key, Name: name, Min: value.Min, Max: value.Max, Count: value.Count})
	}
	return v
}

func valueName(f catalog.Facet, d catalog.Declaration, key string, shelves catalog.Shelves, language string) string {
	switch f.Kind {
	case catalog.CategoryFacet:
		return shelves.Categories[key].Name.In(language)
	case catalog.BrandFacet:
		return key
	case catalog.AttributeFacet:
		if names := d.ChoiceNames(catalog.Attribute{Choices: []string{key}}); len(names) > 0 {
			return names[0].In(language)
		}
	case catalog.PriceFacet:
	}
	return ""
}

// found asks the index, and says of a cursor that it refuses where that stood.
func (a *API) found(ctx context.Context, s catalog.Search) (catalog.Found, error) {
	if a.Index == nil {
		return catalog.Found{}, fault.New(fault.Unavailable, "the shop's search is away")
	}
	found, err := a.Index.Search(ctx, s)
	return found, inField(err, "query.cursor") // the rest was checked
}
