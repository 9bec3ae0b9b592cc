package catalog

import (
	"time"

	"github.com/bedesten/bedesten/internal/money"
)

// Status says who sees a product.
type Status string

// States of a product. Staff see all of them; shoppers see and buy Active ones
// only.
const (
	Draft    Status = "draft"
	Active   Status = "active"
	Archived Status = "archived"
)

// Statuses are all of them.
var Statuses = []Status{Draft, Active, Archived}

// Product is something sold in one or several variants. It is always written
// as a whole; Revision grows by one with each write.
type Product struct {
	ID       string `bson:"_id" json:"id"`
	Revision int64  `bson:"revision" json:"revision"`
	Status   Status `bson:"status" json:"status"`
	// Slugs are the product's names in addresses, one a language.
	Slugs       Text   `bson:"slugs" json:"slugs"`
	Title       Text   `bson:"title" json:"title"`
	Description Text   `bson:"description" json:"description"`
	SEO         SEO    `bson:"seo" json:"seo"`
	Brand       string `bson:"brand" json:"brand"`
	// Categories are ids. The first is the main one, which the product's path
	// leads through.
	Categories []string    `bson:"categories" json:"categories"`
	Tags       []string    `bson:"tags" json:"tags"`
	Options    []Option    `bson:"options" json:"options"`
	Variants   []Variant   `bson:"variants" json:"variants"`
	Attributes []Attribute `bson:"attributes" json:"attributes"`
	// Related are ids of products that go with it.
	Related  []string  `bson:"related" json:"related"`
	Pictures []Picture `bson:"pictures" json:"pictures"`
	// LastImport is the file that wrote the product last: a step of an import that is
	// taken again knows by it what was done.
	LastImport string `bson:"last_import,omitempty" json:"last_import,omitempty"`
	// CreatedAt and UpdatedAt are exact to the millisecond.
	CreatedAt time.Time `bson:"created_at" json:"created_at"`
	UpdatedAt time.Time `bson:"updated_at" json:"updated_at"`
}

// Option is one way in which variants differ, such as the size, with the values
// that there are, in the order in which they are shown.
type Option struct {
	Key    string  `bson:"key" json:"key"`
	Name   Text    `bson:"name" json:"name"`
	Values []Value `bson:"values" json:"values"`
}

// Value is one value of an option or choice of an attribute.
type Value struct {
	Key  string `bson:"key" json:"key"`
	Name Text   `bson:"name" json:"name"`
}

// Variant is one thing that can be put into a cart.
type Variant struct {
	ID      string `bson:"id" json:"id"`
	SKU     string `bson:"sku" json:"sku"`
	Barcode string `bson:"barcode" json:"barcode"`
	// Choices name one value for each option of the product.
	Choices map[string]string `bson:"choices" json:"choices"`
	Prices  []Price           `bson:"prices" json:"prices"`
	// TaxPercent is the KDV rate, which is inside the price.
	TaxPercent  int64      `bson:"tax_percent" json:"tax_percent"`
	WeightGrams int64      `bson:"weight_grams" json:"weight_grams"`
	Dimensions  Dimensions `bson:"dimensions" json:"dimensions"`
}

// Dimensions are those of the packed variant in millimetres; zero where nobody
// measured.
type Dimensions struct {
	Length int64 `bson:"length" json:"length"`
	Width  int64 `bson:"width" json:"width"`
	Height int64 `bson:"height" json:"height"`
}

// Picture is a picture of a product: a media asset, or, under Name, what the
// shop draws itself.
type Picture struct {
	Media string `bson:"media,omitempty" json:"media,omitempty"`
	Name  string `bson:"name,omitempty" json:"name,omitempty"`
	Alt   Text   `bson:"alt" json:"alt"`
}

// SKUs returns the SKU of each variant.
func (p Product) SKUs() []string {
	skus := make([]string, len(p.Variants))
	for i, v := range p.Variants {
		skus[i] = v.SKU
	}
	return skus
}

// Media returns the ids of the product's assets, each once.
func (p Product) Media() []string {
	var ids []string
	seen := map[string]bool{}
	for _, picture := range p.Pictures {
		if picture.Media != "" && !seen[picture.Media] {
			seen[picture.Media] = true
			ids = append(ids, picture.Media)
		}
	}
	return ids
}

// MainCategory is the category that the product's path leads through; empty
// without one.
func (p Product) MainCategory() string {
	if len(p.Categories) == 0 {
		return ""
	}
	return p.Categories[0]
}

// Varied returns what there is to choose between, as attributes: of each option the
// values that some variant has.
func (p Product) Varied() []Attribute {
	varied := make([]Attribute, len(p.Options))
	for i, o := range p.Options {
		had := map[string]bool{}
		for _, v := range p.Variants {
			had[v.Choices[o.Key]] = true
		}
		varied[i].Key = o.Key
		for _, value := range o.Values {
			if had[value.Key] {
				varied[i].Choices = append(varied[i].Choices, value.Key)
			}
		}
	}
	return varied
}

// Chosen is a variant's value of one option, in words.
type Chosen struct {
	Key   string
	Name  Text
	Value Text
}

// Chosen returns the variant's values in the order of the product's options.
func (p Product) Chosen(v Variant) []Chosen {
	chosen := make([]Chosen, 0, len(p.Options))
	for _, o := range p.Options {
		for _, value := range o.Values {
			if value.Key == v.Choices[o.Key] {
				chosen = append(chosen, Chosen{Key: o.Key, Name: o.Name, Value: value.Name})
			}
		}
	}
	return chosen
}

// Offer is a variant with what a cart needs to know of its product, at the price
// that its buyer pays.
type Offer struct {
	Variant
	ProductID string
	Slugs     Text
	Title     Text
	Chosen    []Chosen
	// Price includes KDV; CompareAt is zero where nothing is struck through.
	Price     money.Amount
	CompareAt money.Amount
}

// Name returns what the offer is called: the product's title and the values of
// the variant's options.
func (o Offer) Name(language string) string {
	name := o.Title.In(language)
	for i, chosen := range o.Chosen {
		separator := ", "
		if i == 0 {
			separator = " — "
		}
		name += separator + chosen.Value.In(language)
	}
	return name
}

// Offers returns what a buyer is offered of the product: variants that have a
// price for them at that moment. A product that is not active offers nothing.
func (p Product) Offers(book Book, who Buyer, at time.Time) []Offer {
	if p.Status != Active {
		return nil
	}
	offers := make([]Offer, 0, len(p.Variants))
	for _, v := range p.Variants {
		quoted, priced := book.Quote(v, who, at)
		if !priced {
			continue
		}
		offers = append(offers, Offer{
			Variant: v, ProductID: p.ID, Slugs: p.Slugs, Title: p.Title, Chosen: p.Chosen(v),
			Price: quoted.Amount, CompareAt: quoted.CompareAt,
		})
	}
	return offers
}

// From returns the lowest price that a buyer is offered, and whether there is
// one.
func (p Product) From(book Book, who Buyer, at time.Time) (Quoted, bool) {
	var from Quoted
	found := false
	for _, v := range p.Variants {
		quoted, priced := book.Quote(v, who, at)
		if priced && (!found || quoted.Amount.Minor < from.Amount.Minor) {
			from, found = quoted, true
		}
	}
	return from, found
}
