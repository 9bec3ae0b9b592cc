package api

import (
	"context"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/stock"
)

// picturesPath is where pictures are served.
const picturesPath = "/v1/pictures/"

type stockView struct {
	State   string `json:"state" enum:"in_stock,last_units,sold_out"`
	AtLeast int64  `json:"at_least" doc:"How many units there are at least: 0, 1, 5, 10, 50 or 100. The exact number is nobody's business."`
}

type pictureView struct {
	URL   string                 `json:"url" example:"/v1/pictures/iphone-13-pro.svg" doc:"The largest there is."`
	Alt   string                 `json:"alt" doc:"What it shows, for who cannot see it."`
	Sizes map[string]pictureSize `json:"sizes,omitempty" doc:"thumbnail, card and full. A picture that the shop draws itself has one size."`
}

type pictureSize struct {
	URL    string `json:"url" example:"/v1/media/med_01k3v8m4w0f3q2x9y6z7a1b2c3/card"`
	Width  int64  `json:"width" example:"480"`
	Height int64  `json:"height" example:"360"`
}

type productSummary struct {
	ID        string        `json:"id" example:"prd_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	Slug      string        `json:"slug" example:"iphone-13-pro"`
	Title     string        `json:"title"`
	Brand     string        `json:"brand,omitempty"`
	Category  string        `json:"category" example:"smartphones" doc:"The main one."`
	PriceFrom money.Amount  `json:"price_from" doc:"The price of the cheapest variant, KDV included."`
	CompareAt *money.Amount `json:"compare_at,omitempty" doc:"The price that is struck through beside it."`
	Stock     stockView     `json:"stock" doc:"Over all variants."`
	Picture   *pictureView  `json:"picture,omitempty"`
	Highlight []pieceView   `json:"highlight,omitempty" doc:"The title in pieces, where words were asked for."`
}

type categoryView struct {
	ID          string `json:"id" example:"smartphones"`
	Parent      string `json:"parent,omitempty" doc:"Missing at the top." example:"electronics"`
	Depth       int    `json:"depth" doc:"0 at the top."`
	Slug        string `json:"slug" example:"akilli-telefonlar"`
	Name        string `json:"name" example:"Akıllı Telefonlar"`
	Description string `json:"description,omitempty"`
}

type categoriesOutput struct {
	Body struct {
		Items []categoryView `json:"items" nullable:"false" doc:"Parents before their children, siblings in their order."`
	}
}

func (a *API) catalogRoutes() {
	a.searchRoutes()
	handle(a, Route{
		ID: "list-categories", Method: http.MethodGet, Path: "/v1/categories", Tag: "catalogue", Access: Public,
		Summary: "List the categories", Caching: CacheList,
	}, a.listCategories)
	a.collectionRoutes()
	a.productRoutes()
}

// plain reports whether s is text that a store can be asked about.
func plain(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

func (a *API) summaries(ctx context.Context, products []catalog.Product, book catalog.Book, who catalog.Buyer) (*listProductsOutput, error) {
	var skus []string
	for _, p := range products {
		skus = append(skus, p.SKUs()...)
	}
	levels, err := a.listedLevels(ctx, skus)
	if err != nil {
		return nil, err
	}
	album, err := a.album(ctx, products)
	if err != nil {
		return nil, err
	}
	out := &listProductsOutput{}
	out.Body.Items = []productSummary{}
	for _, p := range products {
		if from, sold := p.From(book, who, a.Clock()); sold && p.Status == catalog.Active {
			out.Body.Items = append(out.Body.Items, summaryOf(p, from, levels, album, requestOf(ctx).language))
		}
	}
	return out, nil
}

func (a *API) levels(ctx context.Context, skus []string) (map[string]stock.Level, error) {
	if len(skus) == 0 {
		return map[string]stock.Level{}, nil
	}
	return a.Ledger.Levels(ctx, stock.DefaultLocation, skus)
}

func summaryOf(p catalog.Product, from catalog.Quoted, levels map[string]stock.Level, in album, language string) productSummary {
	var available int64
	for _, sku := range p.SKUs() {
		available += max(0, levels[sku].Available)
	}
	s := productSummary{
		ID: p.ID, Slug: p.Slugs.In(language), Title: p.Title.In(language), Brand: p.Brand, Category: p.MainCategory(),
		PriceFrom: from.Amount, CompareAt: amountOrNone(from.CompareAt), Stock: stockOf(available),
	}
	if pictures := in.of(p, language); len(pictures) > 0 {
		s.Picture = &pictures[0]
	}
	return s
}

// buckets are the numbers of units that are told, largest first.
var buckets = []int64{100, 50, 10, 5, 1}

func stockOf(available int64) stockView {
	for _, least := range buckets {
		if available >= least {
			state := "in_stock"
			if least == 1 {
				state = "last_units"
			}
			return stockView{State: state, AtLeast: least}
		}
	}
	return stockView{State: "sold_out"}
}

func (a *API) listCategories(ctx context.Context, _ *struct{}) (*categoriesOutput, error) {
	shelves, err := a.Products.Shelves(ctx)
	if err != nil {
		return nil, err
	}
	language := requestOf(ctx).language
	out := &categoriesOutput{}
	out.Body.Items = []categoryView{}
	for _, id := range shelves.Tree.Walk() {
		c, there := shelves.Categories[id]
		if !there {
			continue
		}
		out.Body.Items = append(out.Body.Items, categoryView{
			ID: id, Parent: shelves.Tree.Nodes[id].Parent, Depth: len(shelves.Tree.Above(id)), Slug: c.Slugs.In(language),
			Name: c.Name.In(language), Description: c.Description.In(language),
		})
	}
	return out, nil
}
