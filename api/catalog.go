package api

import (
	"context"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/page"
	"github.com/bedesten/bedesten/internal/pricing"
	"github.com/bedesten/bedesten/internal/stock"
)

// picturesPath is where pictures are served.
const picturesPath = "/v1/pictures/"

type stockView struct {
	State   string `json:"state" enum:"in_stock,last_units,sold_out"`
	AtLeast int64  `json:"at_least" doc:"How many units there are at least: 0, 1, 5, 10, 50 or 100. The exact number is nobody's business."`
}

type pictureView struct {
	URL string `json:"url" example:"/v1/pictures/iphone-13-pro.svg"`
	Alt string `json:"alt"`
}

type productSummary struct {
	ID        string       `json:"id" example:"prd_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	Slug      string       `json:"slug" example:"iphone-13-pro"`
	Title     string       `json:"title"`
	Brand     string       `json:"brand,omitempty"`
	Category  string       `json:"category" example:"smartphones"`
	PriceFrom money.Amount `json:"price_from" doc:"The price of the cheapest variant, KDV included."`
	Stock     stockView    `json:"stock" doc:"Over all variants."`
	Picture   *pictureView `json:"picture,omitempty"`
}

type productView struct {
	ID          string        `json:"id"`
	Slug        string        `json:"slug"`
	Title       string        `json:"title"`
	Description string        `json:"description"`
	Brand       string        `json:"brand,omitempty"`
	Category    string        `json:"category"`
	Variants    []variantView `json:"variants"`
	Pictures    []pictureView `json:"pictures"`
}

type variantView struct {
	ID          string       `json:"id"`
	SKU         string       `json:"sku" doc:"What is put into a cart."`
	Options     []optionView `json:"options"`
	Price       money.Amount `json:"price" doc:"KDV included."`
	TaxPercent  int64        `json:"tax_percent" doc:"The KDV rate: 1, 10 or 20."`
	Tax         money.Amount `json:"tax" doc:"The KDV inside the price."`
	WeightGrams int64        `json:"weight_grams"`
	Barcode     string       `json:"barcode,omitempty"`
	Stock       stockView    `json:"stock"`
}

type optionView struct {
	Key   string `json:"key" example:"size"`
	Name  string `json:"name" example:"Beden"`
	Value string `json:"value" example:"M"`
}

type listProductsInput struct {
	Category string       `query:"category" maxLength:"100" doc:"A category's id." example:"smartphones"`
	Text     string       `query:"q" maxLength:"100" doc:"Words that the product is found by, without regard to case and Turkish letters." example:"telefon"`
	PriceMin int64        `query:"price_min" minimum:"0" maximum:"1000000000000" doc:"In minor units, of the cheapest variant."`
	PriceMax int64        `query:"price_max" minimum:"0" maximum:"1000000000000" doc:"In minor units, of the cheapest variant; 0 means no bound."`
	Sort     catalog.Sort `query:"sort" enum:"newest,price_asc,price_desc,title" default:"newest"`
	Limit    int          `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor   string       `query:"cursor" maxLength:"1000" doc:"next_cursor of the page before, with the same sort and language."`
}

type listProductsOutput struct {
	Body struct {
		Items      []productSummary `json:"items"`
		NextCursor string           `json:"next_cursor,omitempty" doc:"Missing on the last page."`
	}
}

type productInput struct {
	IDOrSlug string `path:"product" doc:"The product's id or slug." example:"iphone-13-pro"`
}

type productOutput struct{ Body productView }

type categoryView struct {
	ID   string `json:"id" example:"smartphones"`
	Name string `json:"name" example:"Akıllı Telefonlar"`
}

type categoriesOutput struct {
	Body struct {
		Items []categoryView `json:"items"`
	}
}

func (a *API) catalogRoutes() {
	handle(a, Route{
		ID: "list-products", Method: http.MethodGet, Path: "/v1/products", Tag: "catalogue", Access: Public,
		Summary: "List products", Codes: []fault.Code{fault.Invalid},
	}, a.listProducts)
	handle(a, Route{
		ID: "get-product", Method: http.MethodGet, Path: "/v1/products/{product}", Tag: "catalogue", Access: Public,
		Summary: "Show a product with its variants", Codes: []fault.Code{fault.NotFound},
	}, a.getProduct)
	handle(a, Route{
		ID: "list-categories", Method: http.MethodGet, Path: "/v1/categories", Tag: "catalogue", Access: Public,
		Summary: "List the categories",
	}, a.listCategories)
}

func (a *API) listProducts(ctx context.Context, in *listProductsInput) (*listProductsOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	found, err := a.Products.List(ctx, catalog.Query{
		Category: in.Category, Text: in.Text, PriceMin: in.PriceMin, PriceMax: in.PriceMax,
		Sort: in.Sort, Language: requestOf(ctx).language, Limit: in.Limit, Cursor: in.Cursor,
	})
	if err != nil {
		return nil, inField(err, "query.cursor") // the rest was checked
	}
	return a.summaries(ctx, found)
}

// maxWords is how many words a search may have: each one is looked for in
// every product.
const maxWords = 5

// check refuses what no catalogue can be asked for.
func (in *listProductsInput) check() error {
	for name, value := range map[string]string{
		"category": in.Category, "q": in.Text, "sort": string(in.Sort), "cursor": in.Cursor,
	} {
		if !plain(value) {
			return fault.New(fault.Invalid, "may hold no control characters and must be UTF-8").With(detailField, "query."+name)
		}
	}
	if len(strings.Fields(in.Text)) > maxWords {
		return fault.New(fault.Invalid, "may have at most %d words", maxWords).With(detailField, "query.q")
	}
	if len(in.Text) > catalog.MaxText {
		return fault.New(fault.Invalid, "may have at most %d bytes", catalog.MaxText).With(detailField, "query.q")
	}
	if in.PriceMax != 0 && in.PriceMax < in.PriceMin {
		return fault.New(fault.Invalid, "is less than price_min").With(detailField, "query.price_max")
	}
	return nil
}

// plain reports whether s is text that a store can be asked about.
func plain(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

func (a *API) summaries(ctx context.Context, found page.Page[catalog.Product]) (*listProductsOutput, error) {
	var skus []string
	for _, p := range found.Items {
		skus = append(skus, p.SKUs()...)
	}
	levels, err := a.levels(ctx, skus)
	if err != nil {
		return nil, err
	}
	out := &listProductsOutput{}
	out.Body.NextCursor = found.Next
	out.Body.Items = make([]productSummary, len(found.Items))
	for i, p := range found.Items {
		out.Body.Items[i] = summaryOf(p, levels, requestOf(ctx).language)
	}
	return out, nil
}

func (a *API) levels(ctx context.Context, skus []string) (map[string]stock.Level, error) {
	if len(skus) == 0 {
		return map[string]stock.Level{}, nil
	}
	return a.Ledger.Levels(ctx, stock.DefaultLocation, skus)
}

func summaryOf(p catalog.Product, levels map[string]stock.Level, language string) productSummary {
	var available int64
	for _, sku := range p.SKUs() {
		available += max(0, levels[sku].Available)
	}
	s := productSummary{
		ID: p.ID, Slug: p.Slug, Title: p.Title.In(language), Brand: p.Brand, Category: p.Category,
		PriceFrom: p.From(), Stock: stockOf(available),
	}
	if pictures := picturesOf(p, language); len(pictures) > 0 {
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

func picturesOf(p catalog.Product, language string) []pictureView {
	pictures := make([]pictureView, len(p.Pictures))
	for i, picture := range p.Pictures {
		pictures[i] = pictureView{URL: picturesPath + picture.Name, Alt: picture.Alt.In(language)}
	}
	return pictures
}

// findProduct returns a product, or a NotFound fault in the words given.
func (a *API) findProduct(ctx context.Context, idOrSlug, missing string) (catalog.Product, error) {
	if !plain(idOrSlug) {
		return catalog.Product{}, fault.New(fault.NotFound, "%s", missing)
	}
	p, err := a.Products.Find(ctx, idOrSlug)
	if fault.Is(err, fault.NotFound) {
		return catalog.Product{}, fault.New(fault.NotFound, "%s", missing)
	}
	return p, err
}

func (a *API) getProduct(ctx context.Context, in *productInput) (*productOutput, error) {
	p, err := a.findProduct(ctx, in.IDOrSlug, "no such product")
	if err != nil {
		return nil, err
	}
	levels, err := a.levels(ctx, p.SKUs())
	if err != nil {
		return nil, err
	}
	language := requestOf(ctx).language
	v := productView{
		ID: p.ID, Slug: p.Slug, Title: p.Title.In(language), Description: p.Description.In(language), Brand: p.Brand,
		Category: p.Category, Pictures: picturesOf(p, language), Variants: make([]variantView, len(p.Variants)),
	}
	for i, variant := range p.Variants {
		if v.Variants[i], err = variantOf(variant, levels[variant.SKU], language); err != nil {
			return nil, err
		}
	}
	return &productOutput{Body: v}, nil
}

func variantOf(v catalog.Variant, level stock.Level, language string) (variantView, error) {
	tax, err := pricing.IncludedTax(v.Price, v.TaxPercent)
	if err != nil {
		return variantView{}, err
	}
	return variantView{
		ID: v.ID, SKU: v.SKU, Options: optionsOf(v, language), Price: v.Price, TaxPercent: v.TaxPercent, Tax: tax,
		WeightGrams: v.WeightGrams, Barcode: v.Barcode, Stock: stockOf(level.Available),
	}, nil
}

func optionsOf(v catalog.Variant, language string) []optionView {
	options := make([]optionView, len(v.Options))
	for i, o := range v.Options {
		options[i] = optionView{Key: o.Key, Name: o.Name.In(language), Value: o.Value.In(language)}
	}
	return options
}

func (a *API) listCategories(ctx context.Context, _ *struct{}) (*categoriesOutput, error) {
	categories, err := a.Products.Categories(ctx)
	if err != nil {
		return nil, err
	}
	out := &categoriesOutput{}
	out.Body.Items = make([]categoryView, len(categories))
	for i, c := range categories {
		out.Body.Items[i] = categoryView{ID: c.ID, Name: c.Name.In(requestOf(ctx).language)}
	}
	return out, nil
}
