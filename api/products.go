package api

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/pricing"
	"github.com/bedesten/bedesten/internal/stock"
)

type productView struct {
	ID          string              `json:"id"`
	Slug        string              `json:"slug" doc:"In the language of the answer."`
	Slugs       TextView            `json:"slugs" doc:"In each language, for links between them."`
	Title       string              `json:"title"`
	Description string              `json:"description"`
	SEO         seoView             `json:"seo"`
	Brand       string              `json:"brand,omitempty"`
	Category    string              `json:"category" doc:"The main one."`
	Categories  []string            `json:"categories" nullable:"false"`
	Path        []categoryRef       `json:"path" nullable:"false" doc:"From the top of the shop down to the main category."`
	Options     []productOptionView `json:"options" nullable:"false" doc:"What there is to choose from."`
	Attributes  []attributeView     `json:"attributes" nullable:"false"`
	Variants    []variantView       `json:"variants" nullable:"false"`
	Pictures    []pictureView       `json:"pictures" nullable:"false"`
	Related     []string            `json:"related" nullable:"false" doc:"Ids of products that go with it."`
}

// TextView is a text by its language. One of them may be missing.
type TextView struct {
	TR string `json:"tr,omitempty"`
	EN string `json:"en,omitempty"`
}

type seoView struct {
	Title       string `json:"title" doc:"What it is called where nobody wrote a title for search engines."`
	Description string `json:"description"`
}

type categoryRef struct {
	ID   string `json:"id" example:"smartphones"`
	Slug string `json:"slug" example:"akilli-telefonlar"`
	Name string `json:"name" example:"Akıllı Telefonlar"`
}

type productOptionView struct {
	Key    string      `json:"key" example:"size"`
	Name   string      `json:"name" example:"Beden"`
	Values []valueView `json:"values" nullable:"false"`
}

type valueView struct {
	Key  string `json:"key" example:"m"`
	Name string `json:"name" example:"M"`
}

type attributeView struct {
	Key     string                `json:"key" example:"screen"`
	Name    string                `json:"name" example:"Ekran"`
	Type    catalog.AttributeType `json:"type" enum:"text,number,choice,boolean"`
	Text    string                `json:"text,omitempty"`
	Number  *float64              `json:"number,omitempty" example:"6.1"`
	Unit    string                `json:"unit,omitempty" example:"inç"`
	Choices []valueView           `json:"choices,omitempty"`
	Boolean *bool                 `json:"boolean,omitempty"`
}

type variantView struct {
	ID          string        `json:"id"`
	SKU         string        `json:"sku" doc:"What is put into a cart."`
	Options     []optionView  `json:"options" nullable:"false" doc:"The variant's value of each option."`
	Price       *money.Amount `json:"price,omitempty" doc:"KDV included. Missing where the variant is not sold in this currency."`
	CompareAt   *money.Amount `json:"compare_at,omitempty" doc:"The price that is struck through."`
	TaxPercent  int64         `json:"tax_percent" doc:"The KDV rate: 0, 1, 10 or 20."`
	Tax         *money.Amount `json:"tax,omitempty" doc:"The KDV inside the price."`
	WeightGrams int64         `json:"weight_grams"`
	Dimensions  *SizeView     `json:"dimensions,omitempty" doc:"Of the packed variant, in millimetres."`
	Barcode     string        `json:"barcode,omitempty"`
	Stock       stockView     `json:"stock"`
}

// SizeView are the sides of a packed variant in millimetres.
type SizeView struct {
	Length int64 `json:"length" minimum:"0" maximum:"20000"`
	Width  int64 `json:"width" minimum:"0" maximum:"20000"`
	Height int64 `json:"height" minimum:"0" maximum:"20000"`
}

type optionView struct {
	Key   string `json:"key" example:"size"`
	Name  string `json:"name" example:"Beden"`
	Value string `json:"value" example:"M"`
}

// CurrencyQuery says in what currency prices are shown.
type CurrencyQuery struct {
	Currency string `query:"currency" pattern:"^[A-Z]{3}$" doc:"One that the shop sells in; without it the shop's own." example:"TRY"`
}

type productInput struct {
	CurrencyQuery
	IDOrSlug string `path:"product" doc:"The product's id, or a slug of any language." example:"iphone-13-pro"`
}

type productOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     *productView
}

func (a *API) productRoutes() {
	handle(a, Route{
		ID: "get-product", Method: http.MethodGet, Path: "/v1/products/{product}", Tag: "catalogue", Access: Public,
		Summary: "Show a product with its variants", Caching: CacheProduct, Codes: []fault.Code{fault.NotFound},
		Answers: map[int]string{http.StatusOK: "The product.", http.StatusMovedPermanently: "A slug that the product had before: Location has the present one."},
	}, a.getProduct)
}

// buyer returns whose prices a request is about: those of the shopper's customer
// group, where somebody is signed in. A currency that the shop does not sell in is
// Invalid.
func (a *API) buyer(ctx context.Context, book catalog.Book, currency string) (catalog.Buyer, error) {
	if currency == "" {
		currency = a.Currency
	}
	if !book.Sells(currency) {
		return catalog.Buyer{}, fault.New(fault.Invalid, "is no currency that the shop sells in").With(detailField, "query.currency")
	}
	group, err := a.group(ctx, a.shopper(ctx), book)
	return catalog.Buyer{Currency: currency, Group: group}, err
}

// shopper returns the account of who asks; empty for a guest, and for whoever brings
// a token that is not good (any more): what everybody may see is shown to them too.
func (a *API) shopper(ctx context.Context) string {
	p, err := a.whoAsks(ctx)
	if err != nil {
		return ""
	}
	return p.accountID
}

// group returns an account's customer group. Where no price list is for a group
// nobody needs to be asked.
func (a *API) group(ctx context.Context, accountID string, book catalog.Book) (string, error) {
	if accountID == "" || !book.Grouped() {
		return "", nil
	}
	return a.Accounts.Group(ctx, accountID)
}

// offers returns what the owner of a cart is offered of some SKUs, at the prices
// that a checkout would charge. Somebody who is signed in and fills a guest's cart is
// offered what their pages show them.
func (a *API) offers(ctx context.Context, c cart.Cart, skus []string) (map[string]catalog.Offer, error) {
	book, err := a.Products.Book(ctx)
	if err != nil {
		return nil, err
	}
	group, err := a.group(ctx, cmp.Or(c.CustomerID, a.shopper(ctx)), book)
	if err != nil {
		return nil, err
	}
	return catalog.Offers(ctx, a.Products, skus, catalog.Buyer{Currency: c.Currency, Group: group}, a.Clock())
}

// findProduct returns a product that shoppers may see, or a NotFound fault in the
// words given.
func (a *API) findProduct(ctx context.Context, idOrSlug, missing string) (catalog.Product, error) {
	if !plain(idOrSlug) {
		return catalog.Product{}, fault.New(fault.NotFound, "%s", missing)
	}
	p, err := a.Products.Find(ctx, idOrSlug)
	if fault.Is(err, fault.NotFound) || err == nil && p.Status != catalog.Active {
		return catalog.Product{}, fault.New(fault.NotFound, "%s", missing)
	}
	return p, err
}

func (a *API) getProduct(ctx context.Context, in *productInput) (*productOutput, error) {
	p, err := a.findProduct(ctx, in.IDOrSlug, "no such product")
	if err != nil {
		return nil, err
	}
	language := requestOf(ctx).language
	if in.IDOrSlug != p.ID && in.IDOrSlug != p.Slugs.TR && in.IDOrSlug != p.Slugs.EN {
		to := url.URL{Path: "/v1/products/" + p.Slugs.In(language), RawQuery: requestOf(ctx).http.URL.RawQuery}
		return &productOutput{Status: http.StatusMovedPermanently, Location: to.String()}, nil
	}
	rules, err := catalog.RulesOf(ctx, a.Products)
	if err != nil {
		return nil, err
	}
	who, err := a.buyer(ctx, rules.Book, in.Currency)
	if err != nil {
		return nil, err
	}
	levels, err := a.levels(ctx, p.SKUs())
	if err != nil {
		return nil, err
	}
	album, err := a.album(ctx, []catalog.Product{p})
	if err != nil {
		return nil, err
	}
	v := viewProduct(p, rules, language)
	v.Pictures = album.of(p, language)
	if v.Related, err = a.seen(ctx, p.Related); err != nil {
		return nil, err
	}
	now := a.Clock()
	for i, variant := range p.Variants {
		quoted, sold := rules.Book.Quote(variant, who, now)
		if v.Variants[i], err = variantOf(p, variant, quoted, sold, levels[variant.SKU], language); err != nil {
			return nil, err
		}
	}
	requestOf(ctx).page = &pageOf{productID: p.ID, revision: p.Revision, slugs: p.Slugs, until: a.goodUntil(p, rules.Book, now)}
	return &productOutput{Status: http.StatusOK, Body: &v}, nil
}

// seen returns those products that shoppers see.
func (a *API) seen(ctx context.Context, ids []string) ([]string, error) {
	products, err := a.Products.Many(ctx, ids)
	shown := make([]string, 0, len(ids))
	for _, p := range products {
		if p.Status == catalog.Active {
			shown = append(shown, p.ID)
		}
	}
	return shown, err
}

// goodUntil is how long a product's page may be shown: not past a price that changes,
// nor longer than what it says of units is worth.
func (a *API) goodUntil(p catalog.Product, book catalog.Book, now time.Time) time.Time {
	until := now.Add(min(stockLife, a.Policy.Lease))
	if next := book.NextChange(p, now); !next.IsZero() && next.Before(until) {
		return next
	}
	return until
}

// viewProduct is the product without its variants.
func viewProduct(p catalog.Product, rules catalog.Rules, language string) productView {
	return productView{
		ID: p.ID, Slug: p.Slugs.In(language), Slugs: TextView(p.Slugs), Title: p.Title.In(language), Description: p.Description.In(language),
		SEO: seoOf(p.SEO, p.Title, p.Description, language), Brand: p.Brand, Category: p.MainCategory(), Categories: listed(p.Categories), Path: pathTo(p.MainCategory(), rules, language),
		Options: productOptions(p, language), Attributes: attributesOf(p, rules, language), Variants: make([]variantView, len(p.Variants)),
	}
}

// seoOf is what search engines are told: what was written for them, or else what
// everybody reads.
func seoOf(seo catalog.SEO, title, description catalog.Text, language string) seoView {
	return seoView{
		Title:       cmp.Or(seo.Title.In(language), title.In(language)),
		Description: cmp.Or(seo.Description.In(language), description.In(language)),
	}
}

// listed is a list that is never null in JSON.
func listed[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

func pathTo(category string, rules catalog.Rules, language string) []categoryRef {
	path := []categoryRef{}
	if category == "" {
		return path
	}
	for _, id := range rules.Tree.Path(category) {
		if c, there := rules.Categories[id]; there {
			path = append(path, categoryRef{ID: id, Slug: c.Slugs.In(language), Name: c.Name.In(language)})
		}
	}
	return path
}

func productOptions(p catalog.Product, language string) []productOptionView {
	options := make([]productOptionView, len(p.Options))
	for i, o := range p.Options {
		options[i] = productOptionView{Key: o.Key, Name: o.Name.In(language), Values: valuesOf(o.Values, language)}
	}
	return options
}

func valuesOf(values []catalog.Value, language string) []valueView {
	views := make([]valueView, len(values))
	for i, v := range values {
		views[i] = valueView{Key: v.Key, Name: v.Name.In(language)}
	}
	return views
}

// attributesOf are the product's attributes that its categories declare.
func attributesOf(p catalog.Product, rules catalog.Rules, language string) []attributeView {
	declared := rules.Declared(p.Categories)
	views := []attributeView{}
	for _, attribute := range p.Attributes {
		d, there := declared[attribute.Key]
		if !there || attribute.Type() != d.Type {
			continue
		}
		v := attributeView{Key: d.Key, Name: d.Name.In(language), Type: d.Type, Number: attribute.Number, Boolean: attribute.Boolean, Unit: d.Unit.In(language)}
		if attribute.Text != nil {
			v.Text = attribute.Text.In(language)
		}
		for _, choice := range d.Choices {
			for _, key := range attribute.Choices {
				if key == choice.Key {
					v.Choices = append(v.Choices, valueView{Key: key, Name: choice.Name.In(language)})
				}
			}
		}
		views = append(views, v)
	}
	return views
}

func variantOf(p catalog.Product, v catalog.Variant, quoted catalog.Quoted, sold bool, level stock.Level, language string) (variantView, error) {
	view := variantView{
		ID: v.ID, SKU: v.SKU, Options: optionsOf(p, v, language), TaxPercent: v.TaxPercent,
		WeightGrams: v.WeightGrams, Barcode: v.Barcode, Stock: stockOf(level.Available),
	}
	if v.Dimensions != (catalog.Dimensions{}) {
		size := SizeView(v.Dimensions)
		view.Dimensions = &size
	}
	if !sold {
		return view, nil
	}
	tax, err := pricing.IncludedTax(quoted.Amount, v.TaxPercent)
	if err != nil {
		return variantView{}, err
	}
	view.Price, view.Tax, view.CompareAt = &quoted.Amount, &tax, amountOrNone(quoted.CompareAt)
	return view, nil
}

func amountOrNone(amount money.Amount) *money.Amount {
	if amount.IsZero() {
		return nil
	}
	return &amount
}

func optionsOf(p catalog.Product, v catalog.Variant, language string) []optionView {
	options := []optionView{}
	for _, chosen := range p.Chosen(v) {
		options = append(options, optionView{Key: chosen.Key, Name: chosen.Name.In(language), Value: chosen.Value.In(language)})
	}
	return options
}
