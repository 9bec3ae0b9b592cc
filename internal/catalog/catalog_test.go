package catalog_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
)

func shirt() catalog.Product {
	size := func(id, sku, key string, price int64) catalog.Variant {
		return catalog.Variant{
			ID: id, SKU: sku, TaxPercent: 10, WeightGrams: 250, Choices: map[string]string{"size": key},
			Prices: []catalog.Price{{List: "try", Amount: money.Of(price, "TRY")}},
		}
	}
	return catalog.Product{
		ID: "prd_1", Status: catalog.Active, Slugs: catalog.Text{TR: "keten-gomlek", EN: "linen-shirt"}, Categories: []string{"mens-shirts"},
		Brand: "Sarar", Tags: []string{"yazlık"}, Title: catalog.Text{TR: "Keten Gömlek", EN: "Linen Shirt"},
		Options: []catalog.Option{{Key: "size", Name: catalog.Text{TR: "Beden", EN: "Size"}, Values: []catalog.Value{
			{Key: "m", Name: catalog.Text{TR: "M"}}, {Key: "l", Name: catalog.Text{TR: "L"}},
		}}},
		Variants: []catalog.Variant{size("var_l", "GOMLEK-L", "l", 129_990), size("var_m", "GOMLEK-M", "m", 119_990)},
	}
}

func rules() catalog.Rules {
	return catalog.Rules{
		Tree: catalog.Tree{Nodes: map[string]catalog.Node{"men": {}, "mens-shirts": {Parent: "men"}}},
		Categories: map[string]catalog.Category{
			"men": {ID: "men", Attributes: []catalog.Declaration{
				{Key: "fabric", Name: catalog.Text{TR: "Kumaş"}, Type: catalog.ChoiceAttribute, Filterable: true, Choices: []catalog.Value{{Key: "linen", Name: catalog.Text{TR: "Keten"}}, {Key: "cotton", Name: catalog.Text{TR: "Pamuk"}}}},
				{Key: "collar", Name: catalog.Text{TR: "Yaka"}, Type: catalog.NumberAttribute, Unit: catalog.Text{TR: "cm"}},
			}},
			"mens-shirts": {ID: "mens-shirts", Attributes: []catalog.Declaration{
				{Key: "ironing", Name: catalog.Text{TR: "Ütü ister"}, Type: catalog.BooleanAttribute},
				{Key: "care", Name: catalog.Text{TR: "Bakım"}, Type: catalog.TextAttribute},
			}},
		},
		Book: catalog.NewBook("TRY"),
	}
}

var (
	noon  = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	inTRY = catalog.Buyer{Currency: "TRY"}
)

func TestText_FallsBackToTheOtherLanguage(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Linen", catalog.Text{TR: "Keten", EN: "Linen"}.In("en"))
	require.Equal(t, "Keten", catalog.Text{TR: "Keten", EN: "Linen"}.In("tr"))
	require.Equal(t, "Keten", catalog.Text{TR: "Keten"}.In("en"))
	require.Equal(t, "Linen", catalog.Text{EN: "Linen"}.In("tr"))
}

func TestProduct_IsOfferedAtItsPricesUnderItsName(t *testing.T) {
	t.Parallel()
	p := shirt()
	from, sold := p.From(rules().Book, inTRY, noon)
	require.True(t, sold)
	require.Equal(t, money.Of(119_990, "TRY"), from.Amount)
	offers := p.Offers(rules().Book, inTRY, noon)
	require.Len(t, offers, 2)
	require.Equal(t, "Keten Gömlek — L", offers[0].Name("tr"))
	require.Equal(t, "Linen Shirt — L", offers[0].Name("en"))
	require.Empty(t, p.Offers(rules().Book, catalog.Buyer{Currency: "EUR"}, noon), "nothing is sold without a price")
	for _, status := range []catalog.Status{catalog.Draft, catalog.Archived} {
		p.Status = status
		require.Empty(t, p.Offers(rules().Book, inTRY, noon), "%s", status)
	}
}

func TestProduct_ThatCannotBeSoldIsRefusedWithEveryFlawNamed(t *testing.T) {
	t.Parallel()
	require.NoError(t, rules().Check(shirt()))
	number, yes := 41.5, true
	for name, tt := range map[string]struct {
		spoil func(*catalog.Product)
		field string
	}{
		"no slug":                           {func(p *catalog.Product) { p.Slugs = catalog.Text{} }, "slugs"},
		"a slug with a Turkish letter":      {func(p *catalog.Product) { p.Slugs.TR = "gömlek" }, "slugs.tr"},
		"no title":                          {func(p *catalog.Product) { p.Title = catalog.Text{} }, "title"},
		"a title with a control character":  {func(p *catalog.Product) { p.Title.TR = "Keten\x00" }, "title.tr"},
		"a title that is no UTF-8":          {func(p *catalog.Product) { p.Title.TR = "Keten\xff" }, "title.tr"},
		"an unknown status":                 {func(p *catalog.Product) { p.Status = "sold" }, "status"},
		"no variant":                        {func(p *catalog.Product) { p.Variants = nil }, "variants"},
		"no SKU":                            {func(p *catalog.Product) { p.Variants[0].SKU = "" }, "variants[0].sku"},
		"a SKU that the ledger cannot hold": {func(p *catalog.Product) { p.Variants[0].SKU = "GOMLEK/L" }, "variants[0].sku"},
		"a SKU twice":                       {func(p *catalog.Product) { p.Variants[1].SKU = "GOMLEK-L" }, "variants[1].sku"},
		"a barcode of letters":              {func(p *catalog.Product) { p.Variants[0].Barcode = "869-GOMLEK" }, "variants[0].barcode"},
		"for nothing":                       {func(p *catalog.Product) { p.Variants[0].Prices[0].Amount.Minor = 0 }, "variants[0].prices[0].amount"},
		"for less than nothing":             {func(p *catalog.Product) { p.Variants[0].Prices[0].Amount.Minor = -1 }, "variants[0].prices[0].amount"},
		"in a currency without a list": {func(p *catalog.Product) {
			p.Variants[0].Prices[0] = catalog.Price{List: "usd", Amount: money.Of(100, "USD")}
		}, "variants[0].prices[0].list"},
		"in another currency than its list": {func(p *catalog.Product) { p.Variants[0].Prices[0].Amount.Currency = "EUR" }, "variants[0].prices[0].amount.currency"},
		"active without a price":            {func(p *catalog.Product) { p.Variants[0].Prices = nil }, "variants[0].prices"},
		"struck through below its price":    {func(p *catalog.Product) { p.Variants[0].Prices[0].CompareAt = money.Of(1, "TRY") }, "variants[0].prices[0].compare_at"},
		"two prices from one moment":        {func(p *catalog.Product) { p.Variants[0].Prices = append(p.Variants[0].Prices, p.Variants[0].Prices[0]) }, "variants[0].prices[1]"},
		"a KDV rate that there is not":      {func(p *catalog.Product) { p.Variants[0].TaxPercent = 18 }, "variants[0].tax_percent"},
		"lighter than weightless":           {func(p *catalog.Product) { p.Variants[0].WeightGrams = -1 }, "variants[0].weight_grams"},
		"longer than a lorry":               {func(p *catalog.Product) { p.Variants[0].Dimensions.Length = 20_001 }, "variants[0].dimensions"},
		"without a size":                    {func(p *catalog.Product) { p.Variants[0].Choices = nil }, "variants[0].choices.size"},
		"in a size that there is not":       {func(p *catalog.Product) { p.Variants[0].Choices = map[string]string{"size": "xl"} }, "variants[0].choices.size"},
		"with an option that there is not":  {func(p *catalog.Product) { p.Variants[0].Choices["colour"] = "blue" }, "variants[0].choices.colour"},
		"twice in one size":                 {func(p *catalog.Product) { p.Variants[1].Choices = map[string]string{"size": "l"} }, "variants[1].choices"},
		"in no category":                    {func(p *catalog.Product) { p.Categories = nil }, "categories"},
		"in a category that there is not":   {func(p *catalog.Product) { p.Categories = []string{"mens-shirts", "kaftan"} }, "categories[1]"},
		"related to itself":                 {func(p *catalog.Product) { p.Related = []string{"prd_1"} }, "related"},
		"an attribute that is not declared": {func(p *catalog.Product) { p.Attributes = []catalog.Attribute{{Key: "ram", Number: &number}} }, "attributes[0].key"},
		"a number where there is a choice":  {func(p *catalog.Product) { p.Attributes = []catalog.Attribute{{Key: "fabric", Number: &number}} }, "attributes[0]"},
		"a choice that there is not": {func(p *catalog.Product) {
			p.Attributes = []catalog.Attribute{{Key: "fabric", Choices: []string{"silk"}}}
		}, "attributes[0]"},
		"two choices where one is taken": {func(p *catalog.Product) {
			p.Attributes = []catalog.Attribute{{Key: "fabric", Choices: []string{"linen", "cotton"}}}
		}, "attributes[0]"},
		"an attribute with two values": {func(p *catalog.Product) {
			p.Attributes = []catalog.Attribute{{Key: "collar", Number: &number, Boolean: &yes}}
		}, "attributes[0]"},
		"an attribute twice": {func(p *catalog.Product) {
			p.Attributes = []catalog.Attribute{{Key: "ironing", Boolean: &yes}, {Key: "ironing", Boolean: &yes}}
		}, "attributes[1].key"},
		"a picture of nothing": {func(p *catalog.Product) { p.Pictures = []catalog.Picture{{}} }, "pictures[0].media"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := shirt()
			tt.spoil(&p)
			err := rules().Check(p)
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			var fields []string
			for _, flaw := range fault.FlawsOf(err) {
				fields = append(fields, flaw.Field)
			}
			require.Contains(t, fields, tt.field)
		})
	}
}

func TestProduct_MayHaveAttributesOfTheCategoriesAbove(t *testing.T) {
	t.Parallel()
	p, yes, collar := shirt(), true, 41.5
	p.Attributes = []catalog.Attribute{
		{Key: "fabric", Choices: []string{"linen"}}, {Key: "collar", Number: &collar}, {Key: "ironing", Boolean: &yes}, {Key: "care", Text: &catalog.Text{TR: "30 derecede yıkayın"}},
	}
	require.NoError(t, rules().Check(p))
	p.Categories = []string{"men"}
	require.Error(t, rules().Check(p), "what a category below declares is not there above")
}

func TestProduct_NeedsARequiredAttributeOnlyWhenItIsActive(t *testing.T) {
	t.Parallel()
	r, p := rules(), shirt()
	r.Categories["men"].Attributes[0].Required = true
	require.Error(t, r.Check(p))
	p.Status = catalog.Draft
	require.NoError(t, r.Check(p))
}

func TestProduct_OfFiveHundredVariantsIsCheckedInNoTime(t *testing.T) {
	t.Parallel()
	p := shirt()
	p.Options = []catalog.Option{{Key: "size", Name: catalog.Text{TR: "Beden"}}, {Key: "colour", Name: catalog.Text{TR: "Renk"}}}
	p.Variants = nil
	for i := range 25 {
		p.Options[0].Values = append(p.Options[0].Values, catalog.Value{Key: fmt.Sprint("s", i), Name: catalog.Text{TR: fmt.Sprint(30 + i)}})
		p.Options[1].Values = append(p.Options[1].Values, catalog.Value{Key: fmt.Sprint("c", i), Name: catalog.Text{TR: fmt.Sprint("Renk ", i)}})
	}
	for n := range 500 {
		p.Variants = append(p.Variants, catalog.Variant{
			ID: fmt.Sprint("var_", n), SKU: fmt.Sprint("GOMLEK-", n), TaxPercent: 10, Choices: map[string]string{"size": fmt.Sprint("s", n%25), "colour": fmt.Sprint("c", n/25)},
			Prices: []catalog.Price{{List: "try", Amount: money.Of(119_990, "TRY")}},
		})
	}
	began := time.Now()
	require.NoError(t, rules().Check(p))
	require.Less(t, time.Since(began), 250*time.Millisecond)
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
