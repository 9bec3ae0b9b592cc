package catalog_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/page"
)

func shirt() catalog.Product {
	size := func(id, sku, value string, price int64) catalog.Variant {
		return catalog.Variant{ID: id, SKU: sku, Price: money.Of(price, "TRY"), TaxPercent: 10, WeightGrams: 250,
			Options: []catalog.Option{{Key: "size", Name: catalog.Text{TR: "Beden", EN: "Size"}, Value: catalog.Text{TR: value, EN: value}}}}
	}
	return catalog.Product{
		ID: "prd_1", Slug: "keten-gomlek", Category: "mens-shirts", Brand: "Sarar", Tags: []string{"yazlık"},
		Title:    catalog.Text{TR: "Keten Gömlek", EN: "Linen Shirt"},
		Variants: []catalog.Variant{size("var_l", "GOMLEK-L", "L", 129_990), size("var_m", "GOMLEK-M", "M", 119_990)},
	}
}

func TestText_FallsBackToTheOtherLanguage(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Linen", catalog.Text{TR: "Keten", EN: "Linen"}.In("en"))
	require.Equal(t, "Keten", catalog.Text{TR: "Keten", EN: "Linen"}.In("tr"))
	require.Equal(t, "Keten", catalog.Text{TR: "Keten"}.In("en"))
	require.Equal(t, "Linen", catalog.Text{EN: "Linen"}.In("tr"))
}

func TestProduct_IsFoundByItsCheapestPriceAndItsWords(t *testing.T) {
	t.Parallel()
	p := shirt()
	require.Equal(t, money.Of(119_990, "TRY"), p.From())
	require.Equal(t, "keten gomlek linen shirt sarar mens shirts yazlik gomlekl gomlekm", p.Searchable())
	require.Equal(t, "Keten Gömlek — L", p.Offers()[0].Name("tr"))
}

func TestProduct_ThatCannotBeSoldIsRefused(t *testing.T) {
	t.Parallel()
	require.NoError(t, shirt().Check())
	for name, spoil := range map[string]func(*catalog.Product){
		"no slug":                 func(p *catalog.Product) { p.Slug = "" },
		"no title":                func(p *catalog.Product) { p.Title = catalog.Text{} },
		"no variant":              func(p *catalog.Product) { p.Variants = nil },
		"no SKU":                  func(p *catalog.Product) { p.Variants[0].SKU = "" },
		"for nothing":             func(p *catalog.Product) { p.Variants[0].Price.Minor = 0 },
		"for less than nothing":   func(p *catalog.Product) { p.Variants[0].Price.Minor = -1 },
		"in two currencies":       func(p *catalog.Product) { p.Variants[1].Price.Currency = "EUR" },
		"in no currency":          func(p *catalog.Product) { p.Variants[0].Price.Currency = "XXX"; p.Variants[1].Price.Currency = "XXX" },
		"with too much KDV":       func(p *catalog.Product) { p.Variants[0].TaxPercent = 101 },
		"lighter than weightless": func(p *catalog.Product) { p.Variants[0].WeightGrams = -1 },
	} {
		p := shirt()
		spoil(&p)
		require.True(t, fault.Is(p.Check(), fault.Invalid), name)
	}
}

func TestQuery_CompletesItselfAndRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	q, err := catalog.Query{}.Complete()
	require.NoError(t, err)
	require.Equal(t, catalog.Query{Sort: catalog.Newest, Language: "tr", Limit: page.DefaultLimit}, q)
	for _, bad := range []catalog.Query{{Sort: "rating"}, {Limit: -1}, {Limit: 101}, {PriceMin: -1}, {PriceMin: 2, PriceMax: 1}} {
		_, err := bad.Complete()
		require.True(t, fault.Is(err, fault.Invalid), "%+v", bad)
	}
}

func FuzzFold_IsStableAndNeverLongerInWords(f *testing.F) {
	f.Add("ISPANAK, ıspanak & İspanak")
	f.Add("Hakkâri'nin Balı")
	f.Fuzz(func(t *testing.T, s string) {
		once := catalog.Fold(s)
		require.Equal(t, once, catalog.Fold(once), "folding twice changes nothing")
	})
}

func ExampleFold() {
	fmt.Println(catalog.Fold("Iğdır'ın KAYISISI"))
	// Output: igdir in kayisisi
}
