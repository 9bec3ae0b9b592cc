package catalog

import (
	"math"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
)

// Filter narrows products down. What it leaves empty does not narrow; what it
// names must all hold, and of several values of one thing any will do.
type Filter struct {
	// Categories include all that hangs below them.
	Categories []string          `bson:"categories" json:"categories,omitempty"`
	Brands     []string          `bson:"brands" json:"brands,omitempty"`
	Tags       []string          `bson:"tags" json:"tags,omitempty"`
	Attributes []AttributeFilter `bson:"attributes" json:"attributes,omitempty"`
	// Price bounds are minor units of Currency, of the cheapest variant; 0 is no
	// bound. A shopper's question needs no currency: it is that of the shopper.
	PriceMin int64  `bson:"price_min" json:"price_min,omitempty"`
	PriceMax int64  `bson:"price_max" json:"price_max,omitempty"`
	Currency string `bson:"currency" json:"currency,omitempty"`
	// OnSale keeps what has a price struck through.
	OnSale bool `bson:"on_sale" json:"on_sale,omitempty"`
	// NewerThanDays keeps what was created within so many days.
	NewerThanDays int64 `bson:"newer_than_days" json:"newer_than_days,omitempty"`
}

// AttributeFilter narrows by one attribute: by any of some choices, by a range of
// numbers with both ends included, or by yes and no.
type AttributeFilter struct {
	Key     string   `bson:"key" json:"key"`
	Choices []string `bson:"choices,omitempty" json:"choices,omitempty"`
	Min     *float64 `bson:"min,omitempty" json:"min,omitempty"`
	Max     *float64 `bson:"max,omitempty" json:"max,omitempty"`
	Boolean *bool    `bson:"boolean,omitempty" json:"boolean,omitempty"`
}

// IsZero reports whether the filter narrows nothing.
func (f Filter) IsZero() bool {
	return len(f.Categories)+len(f.Brands)+len(f.Tags)+len(f.Attributes) == 0 && f.PriceMin == 0 && f.PriceMax == 0 && !f.OnSale && f.NewerThanDays == 0
}

// Limits of a filter: each value is a clause of a query.
const (
	maxFilterValues = 50
	maxFilterKeys   = 10
	maxDays         = 3650
)

// Check returns an Invalid fault that names every flaw of the filter.
func (f Filter) Check() error {
	var fl flaws
	for field, values := range map[string][]string{"categories": f.Categories, "brands": f.Brands, "tags": f.Tags} {
		if len(values) > maxFilterValues {
			fl.add(field, saidTooMany)
			continue
		}
		for i, v := range values {
			if v == "" || len(v) > maxShort || !readable(v) {
				fl.add(at(field, i), "is empty or too long")
			}
		}
	}
	if len(f.Attributes) > maxFilterKeys {
		fl.add("attributes", saidTooMany)
	}
	for i, a := range f.Attributes {
		a.check(at("attributes", i), &fl)
	}
	switch {
	case f.PriceMin < 0 || f.PriceMin > maxPrice:
		fl.add("price_min", "must be minor units from 0 on")
	case f.PriceMax < 0 || f.PriceMax > maxPrice:
		fl.add("price_max", "must be minor units from 0 on")
	case f.PriceMax != 0 && f.PriceMax < f.PriceMin:
		fl.add("price_max", "is less than price_min")
	}
	if f.NewerThanDays < 0 || f.NewerThanDays > maxDays {
		fl.add("newer_than_days", "must be from 0 to %d", maxDays)
	}
	return fault.Flawed(fl)
}

func (a AttributeFilter) check(field string, f *flaws) {
	if !keyForm.MatchString(a.Key) {
		f.add(field+".key", saidKey)
	}
	ways := 0
	for _, used := range []bool{a.Choices != nil, a.Min != nil || a.Max != nil, a.Boolean != nil} {
		if used {
			ways++
		}
	}
	if ways != 1 {
		f.add(field, "narrows by choices, by min and max, or by boolean: by exactly one of them")
	}
	if len(a.Choices) > maxFilterValues {
		f.add(field+".choices", saidTooMany)
	}
	for i, key := range a.Choices {
		if !keyForm.MatchString(key) {
			f.add(at(field+".choices", i), saidKey)
		}
	}
	for _, bound := range []*float64{a.Min, a.Max} {
		if bound != nil && (math.IsNaN(*bound) || math.Abs(*bound) > maxNumber) {
			f.add(field, "is not a number that can be compared")
		}
	}
	if a.Min != nil && a.Max != nil && *a.Max < *a.Min {
		f.add(field+".max", "is less than min")
	}
}

// Collection is a list of products by rule: whatever fits it now is in it.
type Collection struct {
	ID          string `bson:"_id" json:"id"`
	Revision    int64  `bson:"revision" json:"revision"`
	Slugs       Text   `bson:"slugs" json:"slugs"`
	Name        Text   `bson:"name" json:"name"`
	Description Text   `bson:"description" json:"description"`
	SEO         SEO    `bson:"seo" json:"seo"`
	Rule        Filter `bson:"rule" json:"rule"`
	// Sort is the order in which it is shown unless a shopper asks for another.
	Sort Sort `bson:"sort" json:"sort"`
	// Hidden collections are seen by staff only.
	Hidden    bool      `bson:"hidden" json:"hidden"`
	UpdatedAt time.Time `bson:"updated_at" json:"updated_at"`
}

// Check returns an Invalid fault that names every flaw of the collection.
func (c Collection) Check() error {
	var f flaws
	if !keyForm.MatchString(c.ID) {
		f.add("id", saidKey)
	}
	if c.Name.IsZero() {
		f.add("name", "needs a name in Turkish or English")
	}
	for language, slug := range c.Slugs.each() {
		if !IsSlug(slug) {
			f.add("slugs."+language, saidSlug)
		}
	}
	if c.Slugs.IsZero() {
		f.add("slugs", "needs a slug in Turkish or English")
	}
	f.text("name", c.Name, maxShort)
	f.text("description", c.Description, maxLong)
	if !c.Sort.Known() {
		f.add("sort", "is not an order of products")
	}
	if c.Rule.IsZero() {
		f.add("rule", "must narrow something: a rule without conditions is the whole shop")
	}
	if (c.Rule.PriceMin > 0 || c.Rule.PriceMax > 0) && c.Rule.Currency == "" {
		f.add("rule.currency", "is needed where prices are bounded")
	}
	for _, flaw := range fault.FlawsOf(c.Rule.Check()) {
		f.add("rule."+flaw.Field, "%s", flaw.Message)
	}
	return fault.Flawed(f)
}
