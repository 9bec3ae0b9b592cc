package catalog

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
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

var barcodeForm = regexp.MustCompile(`^([0-9]{8}|[0-9]{12,14})?$`)

// Rules are what a product is held against beside itself.
type Rules struct {
	Tree       Tree
	Categories map[string]Category
	Book       Book
}

// Declared returns what attributes a product in the given categories may have:
// those of the categories and of all above them. Of two with one key the nearer
// category's counts.
func (r Rules) Declared(categories []string) map[string]Declaration {
	declared := map[string]Declaration{}
	for _, id := range categories {
		for _, shelf := range r.Tree.Path(id) {
			for _, d := range r.Categories[shelf].Attributes {
				declared[d.Key] = d
			}
		}
	}
	return declared
}

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

// Check returns an Invalid fault that names every flaw of the product, or nil.
func (r Rules) Check(p Product) error {
	var f flaws
	p.checkTexts(&f)
	p.checkLinks(&f)
	p.checkOptions(&f)
	p.checkVariants(&f)
	r.checkPrices(p, &f)
	r.checkAttributes(p, &f)
	for i, id := range p.Categories {
		if _, there := r.Categories[id]; !there {
			f.add(at("categories", i), "is no category of the shop")
		}
	}
	if p.Status == Active {
		r.checkActive(p, &f)
	}
	return fault.Flawed(f)
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

func (r Rules) checkPrices(p Product, f *flaws) {
	for i, v := range p.Variants {
		field := at("variants", i) + ".prices"
		if len(v.Prices) > maxPrices {
			f.add(field, saidTooMany)
		}
		seen := map[string]bool{}
		for k, price := range v.Prices {
			r.checkPrice(at(field, k), price, f)
			moment := price.List + price.From.UTC().Format(time.RFC3339Nano)
			if seen[moment] {
				f.add(at(field, k), "its list has another price from the same moment on")
			}
			seen[moment] = true
		}
	}
}

func (r Rules) checkPrice(field string, p Price, f *flaws) {
	list, there := r.Book.Lists[p.List]
	switch {
	case !there:
		f.add(field+".list", "is no price list of the shop: %s", r.Book.known())
	case p.Amount.Currency != list.Currency:
		f.add(field+".amount.currency", "must be the list's, %s", list.Currency)
	}
	if p.Amount.Minor <= 0 || p.Amount.Minor > maxPrice || !money.Known(p.Amount.Currency) {
		f.add(field+".amount", "must be more than nothing, and an amount that can be asked")
	}
	if !p.CompareAt.IsZero() && (p.CompareAt.Currency != p.Amount.Currency || p.CompareAt.Minor <= p.Amount.Minor || p.CompareAt.Minor > maxPrice) {
		f.add(field+".compare_at", "must be more than the price, in the same currency")
	}
}

// maxPrice keeps sums of many lines far from the end of the numbers.
const maxPrice = 1_000_000_000_000

// known names the lists that there are, as far as a message has room.
func (b Book) known() string {
	ids := slices.Sorted(maps.Keys(b.Lists))
	if len(ids) > 5 {
		ids = append(ids[:5], "…")
	}
	return "there are " + strings.Join(ids, ", ")
}

func (r Rules) checkAttributes(p Product, f *flaws) {
	declared := r.Declared(p.Categories)
	seen := map[string]bool{}
	for i, a := range p.Attributes {
		field := at("attributes", i)
		d, there := declared[a.Key]
		if !there {
			f.add(field+".key", "is declared by none of the product's categories")
			continue
		}
		if said := d.refuses(a); said != "" {
			f.add(field, "%s", said)
		}
		if seen[a.Key] {
			f.add(field+".key", saidTwice)
		}
		seen[a.Key] = true
	}
}

// checkActive holds a product that shoppers see against what they need.
func (r Rules) checkActive(p Product, f *flaws) {
	if len(p.Categories) == 0 {
		f.add("categories", "an active product stands in at least one category")
	}
	for i, v := range p.Variants {
		based := slices.ContainsFunc(v.Prices, func(price Price) bool { return r.Book.Lists[price.List].IsBase() })
		if !based {
			f.add(at("variants", i)+".prices", "an active product needs a base price: %s", r.Book.known())
		}
	}
	has := map[string]bool{}
	for _, a := range p.Attributes {
		has[a.Key] = true
	}
	declared := r.Declared(p.Categories)
	for _, key := range slices.Sorted(maps.Keys(declared)) {
		if declared[key].Required && !has[key] {
			f.add("attributes", "an active product of its categories needs the attribute %s", key)
		}
	}
}

// Check returns an Invalid fault that names every flaw of the category.
func (c Category) Check() error {
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
	f.text("seo.title", c.SEO.Title, maxShort)
	f.text("seo.description", c.SEO.Description, maxShort)
	checkDeclarations(c.Attributes, &f)
	return fault.Flawed(f)
}

func checkDeclarations(all []Declaration, f *flaws) {
	if len(all) > maxLinks {
		f.add("attributes", saidTooMany)
	}
	seen := map[string]bool{}
	for i, d := range all {
		field := at("attributes", i)
		if !keyForm.MatchString(d.Key) {
			f.add(field+".key", saidKey)
		}
		if seen[d.Key] {
			f.add(field+".key", saidTwice)
		}
		seen[d.Key] = true
		d.check(field, f)
	}
}

func (d Declaration) check(field string, f *flaws) {
	if d.Name.IsZero() {
		f.add(field+".name", "needs a name in Turkish or English")
	}
	f.text(field+".name", d.Name, maxShort)
	f.text(field+".unit", d.Unit, maxShort)
	if !slices.Contains(AttributeTypes, d.Type) {
		f.add(field+".type", "must be text, number, choice or boolean")
	}
	if d.Type == ChoiceAttribute {
		checkValues(field+".choices", d.Choices, f)
	} else if len(d.Choices) > 0 || d.Multiple {
		f.add(field+".choices", "only an attribute of type choice has choices")
	}
	if !d.Unit.IsZero() && d.Type != NumberAttribute {
		f.add(field+".unit", "only a number has a unit")
	}
	if d.Filterable && d.Type == TextAttribute {
		f.add(field+".filterable", "a text cannot be filtered by: make it a choice")
	}
}

// Keeps returns a Conflict fault where a category would give an attribute another
// type: products have values of the old one.
func (c Category) Keeps(next Category) error {
	for _, d := range c.Attributes {
		for _, n := range next.Attributes {
			if n.Key == d.Key && n.Type != d.Type {
				return fault.New(fault.Conflict, "attribute %s keeps its type %s: declare another key", d.Key, d.Type)
			}
		}
	}
	return nil
}

// at names an item of a list.
func at(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }

// CheckFilter returns an Invalid fault where a filter names what there is not in
// the shop: it would find nothing, or less than was meant, in silence.
func (r Rules) CheckFilter(field string, filter Filter) error {
	var f flaws
	for i, id := range filter.Categories {
		if _, there := r.Categories[id]; !there {
			f.add(at(field+".categories", i), "is no category of the shop")
		}
	}
	if filter.Currency != "" && !r.Book.Sells(filter.Currency) {
		f.add(field+".currency", "is no currency that the shop sells in: %s", r.Book.known())
	}
	declared := r.filterable()
	for i, a := range filter.Attributes {
		d, there := declared[a.Key]
		switch {
		case !there:
			f.add(at(field+".attributes", i)+".key", "is no attribute that can be filtered by")
		case !d.takes(a):
			f.add(at(field+".attributes", i), "does not fit an attribute of type %s", d.Type)
		}
	}
	return fault.Flawed(f)
}

// filterable are all attributes that any category lets be filtered by.
func (r Rules) filterable() map[string]Declaration {
	all := map[string]Declaration{}
	for _, id := range slices.Sorted(maps.Keys(r.Categories)) {
		for _, d := range r.Categories[id].Attributes {
			if d.Filterable {
				all[d.Key] = d
			}
		}
	}
	return all
}

// takes reports whether a filter is of the kind that the attribute's type has.
func (d Declaration) takes(a AttributeFilter) bool {
	switch d.Type {
	case NumberAttribute:
		return a.Min != nil || a.Max != nil
	case ChoiceAttribute:
		return a.Choices != nil
	case BooleanAttribute:
		return a.Boolean != nil
	case TextAttribute:
	}
	return false
}
