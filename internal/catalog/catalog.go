// Package catalog is the noun of what can be bought: products with their
// variants, the categories they stand in, and the questions that shoppers ask
// of them. How many units there are is the stock noun's business.
package catalog

import (
	"context"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/page"
)

// Languages that texts are kept in.
const (
	Turkish = "tr"
	English = "en"
)

// Text is a text in both languages of the shop.
type Text struct {
	TR string `bson:"tr" json:"tr"`
	EN string `bson:"en" json:"en"`
}

// In returns the text in a language; where it is missing, in the other one.
func (t Text) In(language string) string {
	if language == English && t.EN != "" || t.TR == "" {
		return t.EN
	}
	return t.TR
}

// Product is something sold in one or several variants. It is always written
// as a whole.
type Product struct {
	ID          string    `bson:"_id" json:"id"`
	Slug        string    `bson:"slug" json:"slug"`
	Title       Text      `bson:"title" json:"title"`
	Description Text      `bson:"description" json:"description"`
	Brand       string    `bson:"brand" json:"brand"`
	Category    string    `bson:"category" json:"category"`
	Tags        []string  `bson:"tags" json:"tags"`
	Variants    []Variant `bson:"variants" json:"variants"`
	Pictures    []Picture `bson:"pictures" json:"pictures"`
	CreatedAt   time.Time `bson:"created_at" json:"created_at"`
}

// Variant is one thing that can be put into a cart. Price includes KDV.
type Variant struct {
	ID          string       `bson:"id" json:"id"`
	SKU         string       `bson:"sku" json:"sku"`
	Options     []Option     `bson:"options" json:"options"`
	Price       money.Amount `bson:"price" json:"price"`
	TaxPercent  int64        `bson:"tax_percent" json:"tax_percent"`
	WeightGrams int64        `bson:"weight_grams" json:"weight_grams"`
	Barcode     string       `bson:"barcode" json:"barcode"`
}

// Option is one way in which a variant differs from its siblings, such as its
// size.
type Option struct {
	Key   string `bson:"key" json:"key"`
	Name  Text   `bson:"name" json:"name"`
	Value Text   `bson:"value" json:"value"`
}

// Picture is a picture of a product, by the name it is served under.
type Picture struct {
	Name string `bson:"name" json:"name"`
	Alt  Text   `bson:"alt" json:"alt"`
}

// Category is a shelf of the shop. Its id is its slug.
type Category struct {
	ID       string `bson:"_id" json:"id"`
	Name     Text   `bson:"name" json:"name"`
	Position int    `bson:"position" json:"position"`
}

// From returns the price of the cheapest variant.
func (p Product) From() money.Amount {
	var from money.Amount
	for i, v := range p.Variants {
		if i == 0 || v.Price.Minor < from.Minor {
			from = v.Price
		}
	}
	return from
}

// SKUs returns the SKU of each variant.
func (p Product) SKUs() []string {
	skus := make([]string, len(p.Variants))
	for i, v := range p.Variants {
		skus[i] = v.SKU
	}
	return skus
}

// Offer is a variant with what a cart needs to know of its product.
type Offer struct {
	Variant
	ProductID string
	Slug      string
	Title     Text
}

// Name returns what the offer is called: the product's title and the values of
// the variant's options.
func (o Offer) Name(language string) string {
	name := o.Title.In(language)
	for i, option := range o.Options {
		separator := ", "
		if i == 0 {
			separator = " — "
		}
		name += separator + option.Value.In(language)
	}
	return name
}

// Offers returns the product's variants as offers.
func (p Product) Offers() []Offer {
	offers := make([]Offer, len(p.Variants))
	for i, v := range p.Variants {
		offers[i] = Offer{Variant: v, ProductID: p.ID, Slug: p.Slug, Title: p.Title}
	}
	return offers
}

// Store keeps the catalogue.
type Store interface {
	// Put writes a product as a whole. A slug or SKU that belongs to another
	// product is a Conflict fault, and the product is not written.
	Put(ctx context.Context, p Product) error

	// Import inserts many products at once; those whose id is there already
	// stay as they are. A slug or SKU of another product is a Conflict fault.
	Import(ctx context.Context, products []Product) error

	// Find returns the product by its id or its slug, or a NotFound fault.
	Find(ctx context.Context, idOrSlug string) (Product, error)

	// Offers returns the offers of the given SKUs; unknown ones are left out.
	Offers(ctx context.Context, skus []string) (map[string]Offer, error)

	// List returns one page of products.
	List(ctx context.Context, q Query) (page.Page[Product], error)

	// PutCategories writes categories, each as a whole.
	PutCategories(ctx context.Context, categories []Category) error

	// Categories returns all categories by their position.
	Categories(ctx context.Context) ([]Category, error)
}

// Check returns an Invalid fault that names what is wrong with the product.
func (p Product) Check() error {
	switch {
	case p.ID == "" || p.Slug == "" || p.Category == "":
		return fault.New(fault.Invalid, "a product needs an id, a slug and a category")
	case p.Title.In(Turkish) == "":
		return fault.New(fault.Invalid, "product %s has no title", p.Slug)
	case len(p.Variants) == 0:
		return fault.New(fault.Invalid, "product %s has no variant", p.Slug)
	}
	for _, v := range p.Variants {
		if err := v.check(p.From().Currency); err != nil {
			return err
		}
	}
	return nil
}

func (v Variant) check(currency string) error {
	switch {
	case v.ID == "" || v.SKU == "":
		return fault.New(fault.Invalid, "a variant needs an id and a SKU")
	case v.Price.Minor <= 0 || !money.Known(v.Price.Currency):
		return fault.New(fault.Invalid, "%s has no price that can be asked", v.SKU)
	case v.Price.Currency != currency:
		return fault.New(fault.Invalid, "%s is priced in another currency than its siblings", v.SKU)
	case v.TaxPercent < 0 || v.TaxPercent > 100:
		return fault.New(fault.Invalid, "%s has a KDV of %d%%", v.SKU, v.TaxPercent)
	case v.WeightGrams < 0:
		return fault.New(fault.Invalid, "%s weighs less than nothing", v.SKU)
	}
	return nil
}
