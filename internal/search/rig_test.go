package search_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/search"
)

// noon is when the tests take place.
var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

var shopper = catalog.Buyer{Currency: "TRY"}

// shop is an index whose clock stands still, with two currencies.
type shop struct {
	*search.Index
	now time.Time
}

func newShop(t testing.TB) *shop {
	t.Helper()
	s := &shop{now: noon}
	s.Index = search.New(func() time.Time { return s.now })
	s.SetBook(catalog.NewBook("TRY", "EUR"))
	s.SetShelves(shelves())
	s.Finish(noon)
	return s
}

// shelves are giyim > erkek > gomlek and elektronik > telefon, with attributes.
func shelves() catalog.Shelves {
	s := catalog.Shelves{Categories: map[string]catalog.Category{}, Tree: catalog.Tree{Nodes: map[string]catalog.Node{}}}
	put := func(id, parent, tr, en string, attributes ...catalog.Declaration) {
		s.Tree.Nodes[id] = catalog.Node{Parent: parent}
		s.Categories[id] = catalog.Category{ID: id, Name: catalog.Text{TR: tr, EN: en}, Attributes: attributes}
	}
	choices := func(pairs ...string) []catalog.Value {
		var all []catalog.Value
		for _, pair := range pairs {
			key, name, _ := strings.Cut(pair, "=")
			all = append(all, catalog.Value{Key: key, Name: catalog.Text{TR: name}})
		}
		return all
	}
	put("giyim", "", "Giyim", "Clothing",
		catalog.Declaration{Key: "renk", Type: catalog.ChoiceAttribute, Filterable: true, Multiple: true, Name: catalog.Text{TR: "Renk"}, Choices: choices("kirmizi=Kırmızı", "mavi=Mavi")},
		catalog.Declaration{Key: "beden", Type: catalog.ChoiceAttribute, Filterable: true, Multiple: true, Name: catalog.Text{TR: "Beden"}, Choices: choices("s=Küçük", "m=Orta", "l=Büyük")},
		catalog.Declaration{Key: "dokuma", Type: catalog.TextAttribute, Name: catalog.Text{TR: "Dokuma"}})
	put("erkek", "giyim", "Erkek", "Men")
	put("gomlek", "erkek", "Gömlekler", "Shirts")
	put("elektronik", "", "Elektronik", "Electronics")
	put("telefon", "elektronik", "Akıllı Telefonlar", "Smartphones",
		catalog.Declaration{Key: "ekran", Type: catalog.NumberAttribute, Filterable: true, Name: catalog.Text{TR: "Ekran"}},
		catalog.Declaration{Key: "nfc", Type: catalog.BooleanAttribute, Filterable: true, Name: catalog.Text{TR: "Temassız ödeme"}})
	return s
}

// product is an active product of revision 1 that costs 100 lira.
func product(id, title string, change ...func(*catalog.Product)) catalog.Entry {
	p := catalog.Product{
		ID: id, Revision: 1, Status: catalog.Active, Title: catalog.Text{TR: title}, CreatedAt: noon.Add(-time.Hour),
		Variants: []catalog.Variant{{ID: "v", SKU: strings.ToUpper(id) + "-01", Prices: []catalog.Price{price("try", 10_000)}}},
	}
	for _, c := range change {
		c(&p)
	}
	return catalog.Entry{Product: p}
}

func price(list string, minor int64) catalog.Price {
	currency := "TRY"
	if strings.HasPrefix(list, "eur") {
		currency = "EUR"
	}
	return catalog.Price{List: list, Amount: money.Of(minor, currency)}
}

func costs(prices ...catalog.Price) func(*catalog.Product) {
	return func(p *catalog.Product) { p.Variants[0].Prices = prices }
}

func on(shelves ...string) func(*catalog.Product) {
	return func(p *catalog.Product) { p.Categories = shelves }
}

func by(brand string) func(*catalog.Product) {
	return func(p *catalog.Product) { p.Brand = brand }
}

func tagged(tags ...string) func(*catalog.Product) {
	return func(p *catalog.Product) { p.Tags = tags }
}

func described(tr string) func(*catalog.Product) {
	return func(p *catalog.Product) { p.Description.TR = tr }
}

func english(title string) func(*catalog.Product) {
	return func(p *catalog.Product) { p.Title.EN = title }
}

func coloured(keys ...string) func(*catalog.Product) {
	return func(p *catalog.Product) {
		p.Attributes = append(p.Attributes, catalog.Attribute{Key: "renk", Choices: keys})
	}
}

// varied gives the product an option, and a variant for each of its values that has
// one.
func varied(option string, values, withVariant []string) func(*catalog.Product) {
	return func(p *catalog.Product) {
		o := catalog.Option{Key: option, Name: catalog.Text{TR: "Seçenek"}}
		for _, key := range values {
			o.Values = append(o.Values, catalog.Value{Key: key, Name: catalog.Text{TR: strings.ToUpper(key)}})
		}
		first := p.Variants[0]
		p.Options, p.Variants = append(p.Options, o), nil
		for _, key := range withVariant {
			v := first
			v.ID, v.SKU, v.Choices = "v"+key, first.SKU+"-"+strings.ToUpper(key), map[string]string{option: key}
			p.Variants = append(p.Variants, v)
		}
	}
}

// sized gives the product a variant in each of some sizes.
func sized(keys ...string) func(*catalog.Product) { return varied("beden", keys, keys) }

func wide(inches float64) func(*catalog.Product) {
	return func(p *catalog.Product) {
		p.Attributes = append(p.Attributes, catalog.Attribute{Key: "ekran", Number: &inches})
	}
}

func made(at time.Time) func(*catalog.Product) {
	return func(p *catalog.Product) { p.CreatedAt = at }
}

// ask returns what a search finds.
func (s *shop) ask(t testing.TB, q catalog.Search) catalog.Found {
	t.Helper()
	if q.Buyer == (catalog.Buyer{}) {
		q.Buyer = shopper
	}
	found, err := s.Search(t.Context(), q)
	require.NoError(t, err)
	return found
}

// ids returns the ids of what a search finds, in their order.
func (s *shop) ids(t testing.TB, q catalog.Search) []string {
	t.Helper()
	return idsOf(s.ask(t, q))
}

func idsOf(found catalog.Found) []string {
	ids := []string{}
	for _, hit := range found.Hits {
		ids = append(ids, hit.ProductID)
	}
	return ids
}

func (s *shop) text(t testing.TB, text string) []string {
	t.Helper()
	return s.ids(t, catalog.Search{Text: text})
}

// marked returns a title with what was found in brackets.
func marked(pieces []catalog.Piece) string {
	var title strings.Builder
	for _, p := range pieces {
		if p.Match {
			fmt.Fprintf(&title, "[%s]", p.Text)
			continue
		}
		title.WriteString(p.Text)
	}
	return title.String()
}

// counted returns the counts of a facet by their keys or bounds.
func counted(t testing.TB, found catalog.Found, kind catalog.FacetKind, key string) map[string]int64 {
	t.Helper()
	for _, f := range found.Facets {
		if f.Kind != kind || f.Key != key {
			continue
		}
		counts := map[string]int64{}
		for _, v := range f.Values {
			name := v.Key
			if name == "" {
				name = bound(v.Min) + ".." + bound(v.Max)
			}
			counts[name] = v.Count
		}
		return counts
	}
	return nil
}

func bound(f *float64) string {
	if f == nil {
		return ""
	}
	return fmt.Sprint(*f)
}
