package catalog

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
)

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

// Check returns an Invalid fault that names every flaw of a new product, or nil.
func (r Rules) Check(p Product) error { return r.CheckChange(Product{}, p) }

// CheckChange is Check for a product that was there before. What it had already, and
// what the rules know no more since a price list was removed or a category declares
// its attributes otherwise, may stay: it is shown to nobody, and stands in the way of
// no other change.
func (r Rules) CheckChange(before, p Product) error {
	var f flaws
	p.checkTexts(&f)
	p.checkLinks(&f)
	p.checkOptions(&f)
	p.checkVariants(&f)
	r.checkPrices(before, p, &f)
	r.checkAttributes(before, p, &f)
	for i, id := range p.Categories {
		if _, there := r.Categories[id]; !there {
			f.add(at("categories", i), "is no category of the shop")
		}
	}
	if p.Status == Active {
		r.checkActive(before, p, &f)
	}
	return fault.Flawed(f)
}

func (r Rules) checkPrices(before, p Product, f *flaws) {
	had := before.pricedBy()
	for i, v := range p.Variants {
		field := at("variants", i) + ".prices"
		if len(v.Prices) > maxPrices {
			f.add(field, saidTooMany)
		}
		seen := map[string]bool{}
		for k, price := range v.Prices {
			r.checkPrice(at(field, k), price, had, f)
			moment := price.List + price.From.UTC().Format(time.RFC3339Nano)
			if seen[moment] {
				f.add(at(field, k), "its list has another price from the same moment on")
			}
			seen[moment] = true
		}
	}
}

// pricedBy returns the price lists that the product has prices of.
func (p Product) pricedBy() map[string]bool {
	lists := map[string]bool{}
	for _, v := range p.Variants {
		for _, price := range v.Prices {
			lists[price.List] = true
		}
	}
	return lists
}

// checkMoment holds a moment from which, or until which, a price counts.
func checkMoment(field string, t time.Time, f *flaws) {
	if t.IsZero() {
		return
	}
	if year := t.UTC().Year(); year < firstYear || year > lastYear {
		f.add(field, "must be in the years from %d to %d", firstYear, lastYear)
	}
}

// Years in which prices begin and end.
const (
	firstYear = 2000
	lastYear  = 2999
)

func (r Rules) checkPrice(field string, p Price, had map[string]bool, f *flaws) {
	checkMoment(field+".from", p.From, f)
	list, there := r.Book.Lists[p.List]
	switch {
	case !there && had[p.List]:
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

func (r Rules) checkAttributes(before, p Product, f *flaws) {
	declared := r.Declared(p.Categories)
	seen := map[string]bool{}
	for i, a := range p.Attributes {
		field := at("attributes", i)
		d, there := declared[a.Key]
		said := d.refuses(a)
		switch {
		case (!there || said != "") && before.hasAttribute(a):
		case !there:
			f.add(field+".key", "is declared by none of the product's categories")
		case said != "":
			f.add(field, "%s", said)
		}
		if seen[a.Key] {
			f.add(field+".key", saidTwice)
		}
		seen[a.Key] = true
	}
}

// hasAttribute reports whether the product has the very same value.
func (p Product) hasAttribute(a Attribute) bool {
	return slices.ContainsFunc(p.Attributes, func(has Attribute) bool { return reflect.DeepEqual(has, a) })
}

// checkActive holds a product that shoppers see against what they need. An attribute
// that was made a must while it was seen is asked for when it is given the next time.
func (r Rules) checkActive(before, p Product, f *flaws) {
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
	had := map[string]bool{}
	for _, a := range before.Attributes {
		had[a.Key] = true
	}
	stays := before.Status == Active && slices.Equal(before.Categories, p.Categories)
	declared := r.Declared(p.Categories)
	for _, key := range slices.Sorted(maps.Keys(declared)) {
		if declared[key].Required && !has[key] && (!stays || had[key]) {
			f.add("attributes", "an active product of its categories needs the attribute %s", key)
		}
	}
}
