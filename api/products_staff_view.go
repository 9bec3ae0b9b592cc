package api

import (
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/money"
)

// StaffProduct is a product as staff read and write it: what was read can be
// changed and sent back. Fields that only the shop sets are ignored in a write.
type StaffProduct struct {
	ID        string    `json:"id,omitempty" readOnly:"true"`
	Revision  int64     `json:"revision,omitempty" readOnly:"true" doc:"The ETag."`
	CreatedAt time.Time `json:"created_at,omitzero" readOnly:"true"`
	UpdatedAt time.Time `json:"updated_at,omitzero" readOnly:"true"`

	Status      catalog.Status   `json:"status" enum:"draft,active,archived" doc:"Shoppers see and buy active products only."`
	Slugs       TextView         `json:"slugs,omitempty" doc:"Made of the titles where they are left out. Old ones lead to the product for ever, or until another takes them."`
	Title       TextView         `json:"title"`
	Description TextView         `json:"description,omitempty"`
	SEO         StaffSEO         `json:"seo,omitempty"`
	Brand       string           `json:"brand,omitempty" maxLength:"200"`
	Categories  []string         `json:"categories" required:"false" nullable:"false" maxItems:"50" doc:"Ids. The first is the main one."`
	Tags        []string         `json:"tags" required:"false" nullable:"false" maxItems:"50"`
	Options     []StaffOption    `json:"options" required:"false" nullable:"false" maxItems:"5"`
	Variants    []StaffVariant   `json:"variants" nullable:"false" minItems:"1" maxItems:"2000"`
	Attributes  []StaffAttribute `json:"attributes" required:"false" nullable:"false" maxItems:"100" doc:"Values of what the categories declare."`
	Related     []string         `json:"related" required:"false" nullable:"false" maxItems:"50" doc:"Ids of products that go with it."`
	Pictures    []StaffPicture   `json:"pictures" required:"false" nullable:"false" maxItems:"50"`
}

// StaffSEO is what search engines are told where it differs.
type StaffSEO struct {
	Title       TextView `json:"title,omitempty"`
	Description TextView `json:"description,omitempty"`
}

// StaffOption is a way in which variants differ.
type StaffOption struct {
	Key    string       `json:"key" example:"size"`
	Name   TextView     `json:"name"`
	Values []StaffValue `json:"values" nullable:"false"`
}

// StaffValue is a value of an option, or a choice of an attribute.
type StaffValue struct {
	Key  string   `json:"key" example:"m"`
	Name TextView `json:"name"`
}

// StaffVariant is a variant with all its prices.
type StaffVariant struct {
	ID          string            `json:"id,omitempty" doc:"Given by the shop; a variant with the SKU of one that is there keeps it."`
	SKU         string            `json:"sku" example:"GOMLEK-KETEN-M"`
	Barcode     string            `json:"barcode,omitempty" example:"8690000000012"`
	Choices     map[string]string `json:"choices,omitempty" doc:"One value's key for each option's." example:"{\"size\":\"m\"}"`
	Prices      []StaffPrice      `json:"prices" required:"false" nullable:"false" maxItems:"60"`
	TaxPercent  int64             `json:"tax_percent" doc:"The KDV rate: 0, 1, 10 or 20."`
	WeightGrams int64             `json:"weight_grams,omitempty"`
	Dimensions  SizeView          `json:"dimensions,omitzero" doc:"Of the packed variant, in millimetres."`
}

// StaffPrice is a price by a list, from a moment on.
type StaffPrice struct {
	List      string        `json:"list,omitempty" doc:"A price list's id; without it the base list of the amount's currency." example:"try"`
	Amount    money.Amount  `json:"amount" doc:"KDV included."`
	CompareAt *money.Amount `json:"compare_at,omitempty" doc:"The price that is struck through."`
	From      time.Time     `json:"from,omitzero" doc:"When it begins to count; in the future it is a price change that is scheduled."`
}

// StaffAttribute is a value of a declared attribute: exactly one of the four.
type StaffAttribute struct {
	Key     string    `json:"key" example:"screen"`
	Text    *TextView `json:"text,omitempty"`
	Number  *float64  `json:"number,omitempty"`
	Choices []string  `json:"choices,omitempty" nullable:"false"`
	Boolean *bool     `json:"boolean,omitempty"`
}

// StaffPicture is a picture of the product.
type StaffPicture struct {
	Media string   `json:"media,omitempty" doc:"The id of what was uploaded." example:"med_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	Name  string   `json:"name,omitempty" doc:"A picture that the shop draws itself."`
	Alt   TextView `json:"alt,omitempty" doc:"What the picture shows, for who cannot see it."`
}

func viewStaffProduct(p catalog.Product) StaffProduct {
	v := StaffProduct{
		ID: p.ID, Revision: p.Revision, CreatedAt: p.CreatedAt.UTC(), UpdatedAt: p.UpdatedAt.UTC(), Status: p.Status, Slugs: TextView(p.Slugs), Title: TextView(p.Title),
		Description: TextView(p.Description), SEO: StaffSEO{Title: TextView(p.SEO.Title), Description: TextView(p.SEO.Description)},
		Brand: p.Brand, Categories: listed(p.Categories), Tags: listed(p.Tags), Related: listed(p.Related),
		Options: []StaffOption{}, Variants: []StaffVariant{}, Attributes: []StaffAttribute{}, Pictures: []StaffPicture{},
	}
	for _, o := range p.Options {
		v.Options = append(v.Options, StaffOption{Key: o.Key, Name: TextView(o.Name), Values: viewStaffValues(o.Values)})
	}
	for _, variant := range p.Variants {
		v.Variants = append(v.Variants, viewStaffVariant(variant))
	}
	for _, a := range p.Attributes {
		v.Attributes = append(v.Attributes, StaffAttribute{Key: a.Key, Text: (*TextView)(a.Text), Number: a.Number, Choices: a.Choices, Boolean: a.Boolean})
	}
	for _, picture := range p.Pictures {
		v.Pictures = append(v.Pictures, StaffPicture{Media: picture.Media, Name: picture.Name, Alt: TextView(picture.Alt)})
	}
	return v
}

func viewStaffValues(values []catalog.Value) []StaffValue {
	views := make([]StaffValue, len(values))
	for i, v := range values {
		views[i] = StaffValue{Key: v.Key, Name: TextView(v.Name)}
	}
	return views
}

func viewStaffVariant(v catalog.Variant) StaffVariant {
	view := StaffVariant{
		ID: v.ID, SKU: v.SKU, Barcode: v.Barcode, Choices: v.Choices, TaxPercent: v.TaxPercent, WeightGrams: v.WeightGrams,
		Dimensions: SizeView(v.Dimensions), Prices: []StaffPrice{},
	}
	for _, p := range v.Prices {
		view.Prices = append(view.Prices, StaffPrice{List: p.List, Amount: p.Amount, CompareAt: amountOrNone(p.CompareAt), From: p.From})
	}
	return view
}

// product returns what was written, with the ids, pictures and dates of the
// product that it is written over.
func (v StaffProduct) product(before catalog.Product, now time.Time) catalog.Product {
	p := catalog.Product{
		ID: before.ID, Revision: before.Revision, CreatedAt: before.CreatedAt, UpdatedAt: now, Status: v.Status, Slugs: catalog.Text(v.Slugs), Title: catalog.Text(v.Title),
		Description: catalog.Text(v.Description), SEO: catalog.SEO{Title: catalog.Text(v.SEO.Title), Description: catalog.Text(v.SEO.Description)},
		Brand: v.Brand, Categories: v.Categories, Tags: v.Tags, Related: v.Related, LastImport: before.LastImport,
	}
	if p.Slugs.IsZero() {
		p.Slugs = catalog.Text{TR: catalog.Slugify(p.Title.TR), EN: catalog.Slugify(p.Title.EN)}
	}
	for _, o := range v.Options {
		p.Options = append(p.Options, catalog.Option{Key: o.Key, Name: catalog.Text(o.Name), Values: valuesFrom(o.Values)})
	}
	ids := map[string]string{}
	for _, variant := range before.Variants {
		ids[variant.SKU] = variant.ID
	}
	for _, variant := range v.Variants {
		p.Variants = append(p.Variants, variant.variant(before, ids, now))
	}
	for _, a := range v.Attributes {
		p.Attributes = append(p.Attributes, catalog.Attribute{Key: a.Key, Text: (*catalog.Text)(a.Text), Number: a.Number, Choices: a.Choices, Boolean: a.Boolean})
	}
	for _, picture := range v.Pictures {
		p.Pictures = append(p.Pictures, catalog.Picture{Media: picture.Media, Name: picture.Name, Alt: catalog.Text(picture.Alt)})
	}
	return p
}

func valuesFrom(views []StaffValue) []catalog.Value {
	values := make([]catalog.Value, len(views))
	for i, v := range views {
		values[i] = catalog.Value{Key: v.Key, Name: catalog.Text(v.Name)}
	}
	return values
}

// variant returns what was written. A variant keeps the id that it was read with,
// so that its SKU can be changed, or that of the one that has its SKU.
func (v StaffVariant) variant(before catalog.Product, ids map[string]string, now time.Time) catalog.Variant {
	variant := catalog.Variant{
		ID: ids[v.SKU], SKU: v.SKU, Barcode: v.Barcode, Choices: v.Choices, TaxPercent: v.TaxPercent, WeightGrams: v.WeightGrams,
		Dimensions: catalog.Dimensions(v.Dimensions),
	}
	for _, there := range before.Variants {
		if there.ID == v.ID {
			variant.ID = v.ID
		}
	}
	if variant.ID == "" {
		variant.ID = id.New(id.Variant, now)
	}
	for _, p := range v.Prices {
		variant.Prices = append(variant.Prices, p.price())
	}
	variant.Prices = catalog.Trim(variant.Prices, now)
	return variant
}

func (v StaffPrice) price() catalog.Price {
	p := catalog.Price{List: v.List, Amount: v.Amount}
	if p.List == "" {
		p.List = catalog.BaseList(v.Amount.Currency)
	}
	if v.CompareAt != nil {
		p.CompareAt = *v.CompareAt
	}
	if !v.From.IsZero() {
		p.From = v.From.UTC().Truncate(time.Millisecond)
	}
	return p
}
