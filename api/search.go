package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

type listProductsInput struct {
	ListQuery
	Text       string   `query:"q" maxLength:"100" doc:"Words, all of which a product is found by: as they are, in another form, the last as a beginning, with a mistake where nothing else is found. Without regard to case and Turkish letters; SKUs and barcodes too." example:"telefon"`
	Categories []string `query:"category,explode" maxItems:"50" doc:"Ids or slugs of categories, with all that hangs below them. Any of several, each as a parameter of its own." example:"[\"smartphones\"]"`
}

type listProductsOutput struct {
	Body struct {
		Items      []productSummary `json:"items" nullable:"false"`
		Total      int64            `json:"total" doc:"On all pages."`
		NextCursor string           `json:"next_cursor,omitempty" doc:"Missing on the last page."`
		DidYouMean string           `json:"did_you_mean,omitempty" doc:"Words that the shop knows, where one that was asked for is not."`
		Facets     []facetView      `json:"facets,omitempty" doc:"With facets=true. Each leaves its own filter out."`
	}
}

type collectionProductsInput struct {
	ListQuery
	IDOrSlug string `path:"collection" maxLength:"120" doc:"The collection's id or slug." example:"yaz-indirimi"`
}

type suggestInput struct {
	CurrencyQuery
	Text  string `query:"q" required:"true" minLength:"1" maxLength:"100" doc:"What was typed up to now." example:"akıllı te"`
	Limit int    `query:"limit" minimum:"1" maximum:"20" default:"8"`
}

type suggestOutput struct {
	Body struct {
		Items []suggestionView `json:"items" nullable:"false" doc:"Categories, texts to search for, and products, in this order."`
	}
}

func (a *API) searchRoutes() {
	handle(a, Route{
		ID: "list-products", Method: http.MethodGet, Path: "/v1/products", Tag: "catalogue", Access: Public, AnyQuery: true, Caching: CacheList,
		Summary: "List and search products", Description: aboutAttributes, Codes: []fault.Code{fault.Invalid, fault.Unavailable},
	}, a.listProducts)
	handle(a, Route{
		ID: "list-collection-products", Method: http.MethodGet, Path: "/v1/collections/{collection}/products", Tag: "catalogue", Access: Public, AnyQuery: true, Caching: CacheList,
		Summary: "List the products of a collection", Description: aboutAttributes, Codes: []fault.Code{fault.Invalid, fault.NotFound, fault.Unavailable},
	}, a.listCollectionProducts)
	handle(a, Route{
		ID: "suggest", Method: http.MethodGet, Path: "/v1/search/suggestions", Tag: "catalogue", Access: Public, Caching: CacheList,
		Summary: "Complete what a shopper types", Codes: []fault.Code{fault.Invalid, fault.Unavailable},
	}, a.suggest)
}

func (a *API) listProducts(ctx context.Context, in *listProductsInput) (*listProductsOutput, error) {
	texts := map[string]string{"q": in.Text}
	for _, id := range in.Categories {
		texts["category"] += id
	}
	if err := in.check(texts); err != nil {
		return nil, err
	}
	categories, err := a.categoryIDs(ctx, in.Categories)
	if err != nil {
		return nil, err
	}
	s := catalog.Search{Text: in.Text, Filter: catalog.Filter{Categories: categories}}
	suits := catalog.Newest
	if len(categories) == 1 {
		s.Shelf, suits = categories[0], catalog.Relevance
	}
	if in.Text != "" {
		suits = catalog.Relevance
	}
	s.Sort = in.sortOf(suits)
	return a.list(ctx, &in.ListQuery, s, "q", "category")
}

// categoryIDs returns the ids of categories that were asked for by id or by slug. One
// that the shop does not have is Invalid: an empty list would look as if it were sold
// out.
func (a *API) categoryIDs(ctx context.Context, asked []string) ([]string, error) {
	if len(asked) == 0 {
		return nil, nil
	}
	shelves, err := a.Products.Shelves(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(asked))
	for i, name := range asked {
		c, there := shelves.Find(name)
		if !there {
			return nil, fault.New(fault.Invalid, "is no category of the shop: take an id or a slug of /v1/categories").With(detailField, "query.category")
		}
		ids[i] = c.ID
	}
	return ids, nil
}

func (a *API) listCollectionProducts(ctx context.Context, in *collectionProductsInput) (*listProductsOutput, error) {
	if err := in.check(map[string]string{}); err != nil {
		return nil, err
	}
	missing := fault.New(fault.NotFound, "no such collection")
	if !plain(in.IDOrSlug) {
		return nil, missing
	}
	c, err := a.collection(ctx, in.IDOrSlug)
	if err != nil {
		return nil, err
	}
	if c.Hidden {
		return nil, missing
	}
	return a.list(ctx, &in.ListQuery, catalog.Search{Rule: c.Rule, Sort: in.sortOf(c.Sort)})
}

// list answers a search with what every list can be narrowed by. Beside those, known
// are the parameters of the route.
func (a *API) list(ctx context.Context, q *ListQuery, s catalog.Search, known ...string) (*listProductsOutput, error) {
	given := requestOf(ctx).http.URL.Query()
	book, err := a.Products.Book(ctx)
	if err != nil {
		return nil, err
	}
	if s.Buyer, err = a.buyer(ctx, book, q.Currency); err != nil {
		return nil, err
	}
	shelves, err := a.shelvesFor(ctx, q, given)
	if err != nil {
		return nil, err
	}
	narrowed, err := q.filter(given, shelves, known...)
	if err != nil {
		return nil, err
	}
	narrowed.Categories = s.Categories
	s.Filter, s.Language = narrowed, requestOf(ctx).language
	s.Limit, s.Cursor, s.Facets = q.Limit, q.Cursor, q.Facets
	if err := s.Check(); err != nil {
		return nil, inField(err, "query")
	}
	found, err := a.found(ctx, s)
	if err != nil {
		return nil, err
	}
	if found.Total == 0 && s.Text != "" && s.IsZero() && requestOf(ctx).http.Method == http.MethodGet {
		a.misses.Note(s.Text, s.Language, a.Clock())
	}
	return a.showFound(ctx, s, found, book, shelves)
}

// shelvesFor reads the categories where names of facets or attributes are needed.
func (a *API) shelvesFor(ctx context.Context, q *ListQuery, given url.Values) (catalog.Shelves, error) {
	if !q.Facets && !asksForAttributes(given) {
		return catalog.Shelves{}, nil
	}
	return a.Products.Shelves(ctx)
}

func (a *API) suggest(ctx context.Context, in *suggestInput) (*suggestOutput, error) {
	q := ListQuery{}
	if err := q.check(map[string]string{"q": in.Text}); err != nil {
		return nil, err
	}
	book, err := a.Products.Book(ctx)
	if err != nil {
		return nil, err
	}
	who, err := a.buyer(ctx, book, in.Currency)
	if err != nil {
		return nil, err
	}
	if a.Index == nil {
		return nil, fault.New(fault.Unavailable, "the shop's search is away")
	}
	tips, err := a.Index.Suggest(ctx, in.Text, requestOf(ctx).language, who, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &suggestOutput{}
	out.Body.Items = []suggestionView{}
	for _, tip := range tips {
		out.Body.Items = append(out.Body.Items, suggestionView(tip))
	}
	return out, nil
}

// FlushMisses writes down the searches that found nothing since the last time.
func (a *API) FlushMisses(ctx context.Context) error {
	misses := a.misses.Take()
	if a.Misses == nil || len(misses) == 0 {
		return nil
	}
	return a.Misses.Add(ctx, misses)
}
