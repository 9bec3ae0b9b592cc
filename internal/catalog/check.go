package catalog

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/bedesten/bedesten/internal/fault"
)

// Limits of a product. They keep its document well under what a store takes.
const (
	MaxVariants = 2000
	maxOptions  = 5
	maxValues   = 500
	maxLinks    = 50 // categories, tags, related products and pictures
	maxPrices   = 60 // of one variant
	maxShort    = 500
	maxLong     = 20_000
)

const (
	saidKey     = "must be 1 to 40 small letters, digits, hyphens or underscores, beginning with a letter or digit"
	saidSlug    = "must be small letters without accents, digits and single hyphens, at most 120"
	saidTooLong = "is too long"
	saidTooMany = "are too many"
	saidTwice   = "is there twice"
)

// skuForm leaves out what the stock ledger's ids are put together with.
var skuForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// drawnForm is what pictures are called that the shop itself draws.
var drawnForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,119})\.svg$`)

var barcodeForm = regexp.MustCompile(`^([0-9]{8}|[0-9]{12,14})?$`)

// flaws gathers what is wrong.
type flaws []fault.Flaw

func (f *flaws) add(field, format string, args ...any) {
	*f = append(*f, fault.Flaw{Field: field, Message: fmt.Sprintf(format, args...)})
}

func (f *flaws) text(field string, t Text, most int) {
	for language, s := range t.each() {
		if len(s) > most {
			f.add(field+"."+language, saidTooLong)
		}
		if !readable(s) {
			f.add(field+"."+language, "may hold no control characters beside line breaks, and must be UTF-8")
		}
	}
}

// Check returns an Invalid fault that names what is wrong with the product by
// itself, whatever categories and price lists there are.
func (p Product) Check() error {
	var f flaws
	p.checkTexts(&f)
	p.checkLinks(&f)
	p.checkOptions(&f)
	p.checkVariants(&f)
	return fault.Flawed(f)
}

func (p Product) checkTexts(f *flaws) {
	if p.ID == "" {
		f.add("id", "is missing")
	}
	if !slices.Contains(Statuses, p.Status) {
		f.add("status", "must be draft, active or archived")
	}
	if p.Title.IsZero() {
		f.add("title", "needs a title in Turkish or English")
	}
	if p.Slugs.IsZero() {
		f.add("slugs", "needs a slug in Turkish or English")
	}
	for language, slug := range p.Slugs.each() {
		if !IsSlug(slug) {
			f.add("slugs."+language, saidSlug)
		}
	}
	f.text("title", p.Title, maxShort)
	f.text("description", p.Description, maxLong)
	f.text("seo.title", p.SEO.Title, maxShort)
	f.text("seo.description", p.SEO.Description, maxShort)
	if len(p.Brand) > maxShort || !readable(p.Brand) {
		f.add("brand", saidTooLong)
	}
}

func (p Product) checkLinks(f *flaws) {
	for field, links := range map[string][]string{"categories": p.Categories, "tags": p.Tags, "related": p.Related} {
		if len(links) > maxLinks {
			f.add(field, saidTooMany)
			continue
		}
		for i, link := range links {
			switch {
			case link == "" || len(link) > maxShort || !readable(link):
				f.add(at(field, i), "is empty or too long")
			case slices.Contains(links[:i], link):
				f.add(at(field, i), saidTwice)
			}
		}
	}
	if slices.Contains(p.Related, p.ID) {
		f.add("related", "a product is not related to itself")
	}
	if len(p.Pictures) > maxLinks {
		f.add("pictures", saidTooMany)
	}
	for i, picture := range p.Pictures {
		if (picture.Media == "") == (picture.Name == "") {
			f.add(at("pictures", i)+".media", "must name an uploaded picture")
		}
		if picture.Name != "" && !drawnForm.MatchString(picture.Name) {
			f.add(at("pictures", i)+".name", "must be a picture that came with the shop: upload yours, and name its media")
		}
		f.text(at("pictures", i)+".alt", picture.Alt, maxShort)
	}
}

func (p Product) checkOptions(f *flaws) {
	if len(p.Options) > maxOptions {
		f.add("options", "are more than %d: put what does not change the SKU into attributes", maxOptions)
	}
	seen := map[string]bool{}
	for i, o := range p.Options {
		field := at("options", i)
		if !keyForm.MatchString(o.Key) {
			f.add(field+".key", saidKey)
		}
		if seen[o.Key] {
			f.add(field+".key", saidTwice)
		}
		seen[o.Key] = true
		if o.Name.IsZero() {
			f.add(field+".name", "needs a name in Turkish or English")
		}
		f.text(field+".name", o.Name, maxShort)
		checkValues(field+".values", o.Values, f)
	}
}

// checkValues holds for an option's values and an attribute's choices.
func checkValues(field string, values []Value, f *flaws) {
	if len(values) == 0 || len(values) > maxValues {
		f.add(field, "must be 1 to %d", maxValues)
	}
	seen := map[string]bool{}
	for i, v := range values {
		if !keyForm.MatchString(v.Key) {
			f.add(at(field, i)+".key", saidKey)
		}
		if seen[v.Key] {
			f.add(at(field, i)+".key", saidTwice)
		}
		seen[v.Key] = true
		if v.Name.IsZero() {
			f.add(at(field, i)+".name", "needs a name in Turkish or English")
		}
		f.text(at(field, i)+".name", v.Name, maxShort)
	}
}

func (p Product) checkVariants(f *flaws) {
	if len(p.Variants) == 0 || len(p.Variants) > MaxVariants {
		f.add("variants", "must be 1 to %d", MaxVariants)
		return
	}
	known := map[string]map[string]bool{}
	for _, o := range p.Options {
		known[o.Key] = map[string]bool{}
		for _, v := range o.Values {
			known[o.Key][v.Key] = true
		}
	}
	ids, skus, combinations := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, v := range p.Variants {
		field := at("variants", i)
		v.check(field, f)
		if v.ID == "" || ids[v.ID] {
			f.add(field+".id", "is missing or there twice")
		}
		if skus[v.SKU] {
			f.add(field+".sku", saidTwice)
		}
		combination := p.combination(v, known, field, f)
		if combinations[combination] {
			f.add(field+".choices", "another variant has the same values")
		}
		ids[v.ID], skus[v.SKU], combinations[combination] = true, true, true
	}
}

func (v Variant) check(field string, f *flaws) {
	if !skuForm.MatchString(v.SKU) {
		f.add(field+".sku", "must be 1 to 64 letters without accents, digits, dots, hyphens or underscores, beginning with a letter or digit")
	}
	if !barcodeForm.MatchString(v.Barcode) {
		f.add(field+".barcode", "must be 8, 12, 13 or 14 digits")
	}
	if !slices.Contains(taxRates, v.TaxPercent) {
		f.add(field+".tax_percent", "must be a KDV rate: 0, 1, 10 or 20")
	}
	if v.WeightGrams < 0 || v.WeightGrams > maxGrams {
		f.add(field+".weight_grams", "must be from 0 to 10,000,000")
	}
	for _, side := range []int64{v.Dimensions.Length, v.Dimensions.Width, v.Dimensions.Height} {
		if side < 0 || side > maxMillimetres {
			f.add(field+".dimensions", "must be millimetres from 0 to 20,000")
			return
		}
	}
}

// taxRates are Turkey's KDV rates since 10 July 2023 (Cumhurbaşkanı Kararı 7346),
// and none for what is exempt.
var taxRates = []int64{0, 1, 10, 20}

const (
	maxGrams       = 10_000_000
	maxMillimetres = 20_000
)

// combination is the variant's values in the order of the options.
func (p Product) combination(v Variant, known map[string]map[string]bool, field string, f *flaws) string {
	var b strings.Builder
	for _, o := range p.Options {
		key := v.Choices[o.Key]
		if !known[o.Key][key] {
			f.add(field+".choices."+o.Key, "must name one of the option's values")
		}
		b.WriteString(key + "/")
	}
	for _, key := range slices.Sorted(maps.Keys(v.Choices)) {
		if known[key] == nil {
			f.add(field+".choices."+key, "is no option of the product")
		}
	}
	return b.String()
}

// at names an item of a list.
func at(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }
