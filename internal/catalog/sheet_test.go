package catalog_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/seeds"
)

// merger reads a table whose first line is the heading; cells are divided by bars that
// are doubled.
func merger(t testing.TB, table string) (catalog.Merger, []catalog.Row) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(table), "\n")
	cut := func(line string) []string {
		cells := strings.Split(line, "‖")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		return cells
	}
	m := catalog.Merger{Rules: rules(), Columns: cut(lines[0]), Now: noon, Since: noon}
	require.Empty(t, m.Rules.CheckColumns(m.Columns))
	var rows []catalog.Row
	for i, line := range lines[1:] {
		rows = append(rows, catalog.Row{Line: i + 2, Cells: cut(line)})
	}
	return m, rows
}

// sheetOf writes products as a file would have them.
func sheetOf(book catalog.Book, products ...catalog.Product) (columns []string, sheets [][]catalog.Row) {
	used := map[string]bool{}
	for _, p := range products {
		for _, row := range catalog.RowsOf(p, book, noon) {
			for column := range row {
				used[column] = true
			}
		}
	}
	columns = catalog.SheetColumns(used)
	line := 1
	for _, p := range products {
		var rows []catalog.Row
		for _, row := range catalog.RowsOf(p, book, noon) {
			line++
			r := catalog.Row{Line: line}
			for _, column := range columns {
				r.Cells = append(r.Cells, row[column])
			}
			rows = append(rows, r)
		}
		sheets = append(sheets, rows)
	}
	return columns, sheets
}

func TestSheet_OfTheDemoCatalogueChangesNothing(t *testing.T) {
	t.Parallel()
	demo, err := seeds.Read(noon)
	require.NoError(t, err)
	r := catalog.Rules{Tree: catalog.Tree{Nodes: demo.Places}, Categories: map[string]catalog.Category{}, Book: catalog.NewBook("TRY")}
	for _, c := range demo.Categories {
		r.Categories[c.ID] = c
	}
	columns, sheets := sheetOf(r.Book, demo.Products...)
	require.Empty(t, r.CheckColumns(columns))
	m := catalog.Merger{Rules: r, Columns: columns, Now: noon, Since: noon}
	for i, p := range demo.Products {
		after, flaws := m.Merge(sheets[i], p)
		require.Empty(t, flaws)
		require.True(t, catalog.Same(p, after), "%s", p.Slugs.TR)

		made, flaws := m.Merge(sheets[i], catalog.Product{ID: p.ID, CreatedAt: p.CreatedAt})
		require.Empty(t, flaws, "a shop that has none of them takes the file too")
		for k := range made.Variants {
			made.Variants[k].ID = p.Variants[k].ID
		}
		made.Pictures = p.Pictures
		require.Equal(t, fitting(p), fitting(made), "%s", p.Slugs.TR)
	}
}

// fitting is a product as a file can bring it into an empty shop: with the values that
// its variants have.
func fitting(p catalog.Product) map[string]any {
	return map[string]any{"rows": catalog.RowsOf(p, catalog.NewBook("TRY"), noon), "pictures": p.Pictures, "status": p.Status}
}

// anyText draws what people and spreadsheets write.
func anyText() *rapid.Generator[string] {
	words := []string{"Çay", "bardağı", "=1+1", "-5", "+90", "@", "'", "''=", "\"", "|", ";", "\\", ",", "\n", " ", "  ", "\t", "é", "日本", "🫖", "1.499,90", "\u00a0"}
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 6).Draw(t, "words"), "")
	})
}

// anyProduct draws a product that the rules have nothing against beside its texts.
func anyProduct(t *rapid.T) catalog.Product {
	text := func(label string) catalog.Text {
		return catalog.Text{TR: anyText().Draw(t, label), EN: anyText().Draw(t, label)}
	}
	p := shirt()
	p.Title, p.Description, p.Brand = text("title"), text("description"), anyText().Draw(t, "brand")
	p.SEO = catalog.SEO{Title: text("seo"), Description: text("seo")}
	p.Tags = slices.DeleteFunc(rapid.SliceOfN(anyText(), 0, 4).Draw(t, "tags"), func(s string) bool { return s == "" })
	p.Options[0].Name = text("option")
	p.Options[0].Values = []catalog.Value{{Key: "m", Name: text("value")}, {Key: "l", Name: text("value")}, {Key: "xl", Name: text("value")}}
	number, yes := rapid.Float64Range(-1e15, 1e15).Draw(t, "number"), rapid.Bool().Draw(t, "yes")
	care := text("care")
	p.Attributes = []catalog.Attribute{{Key: "collar", Number: &number}, {Key: "ironing", Boolean: &yes}, {Key: "fabric", Choices: []string{"linen"}}}
	if !care.IsZero() {
		p.Attributes = append(p.Attributes, catalog.Attribute{Key: "care", Text: &care})
	}
	for i := range p.Variants {
		v := &p.Variants[i]
		v.WeightGrams, v.Dimensions.Width = rapid.Int64Range(0, 10_000_000).Draw(t, "weight"), rapid.Int64Range(0, 20_000).Draw(t, "width")
		v.Prices = []catalog.Price{
			{List: "try", Amount: money.Of(rapid.Int64Range(1, 1e12).Draw(t, "price"), "TRY"), From: noon.Add(-time.Hour)},
			{List: "try", Amount: money.Of(1, "TRY"), From: noon.Add(time.Hour)},
		}
		v.Prices[0].CompareAt = money.Of(v.Prices[0].Amount.Minor+rapid.Int64Range(0, 1e6).Draw(t, "compare"), "TRY")
	}
	return p
}

func TestSheet_RowsOfAnyProductChangeNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := anyProduct(rt)
		r := rules()
		columns, sheets := sheetOf(r.Book, p)
		if wrong := r.CheckColumns(columns); len(wrong) > 0 {
			rt.Fatalf("%v", wrong)
		}
		after, flaws := catalog.Merger{Rules: r, Columns: columns, Now: noon, Since: noon}.Merge(sheets[0], p)
		if len(flaws) > 0 || !catalog.Same(p, after) {
			rt.Fatalf("%v\n%#v\n%#v", flaws, p, after)
		}
	})
}

func TestSheet_LeavesWhatItDoesNotName(t *testing.T) {
	t.Parallel()
	m, rows := merger(t, `
product‖sku‖price.try
prd_1‖GOMLEK-M‖1.099,90`)
	after, flaws := m.Merge(rows, shirt())
	require.Empty(t, flaws)
	want := shirt()
	want.Variants[1].Prices[0].Amount = money.Of(109_990, "TRY")
	require.Equal(t, want, after)
}

func TestSheet_MakesAProductWithItsOptions(t *testing.T) {
	t.Parallel()
	m, rows := merger(t, `
product‖sku‖title_tr‖categories‖tags‖tax_percent‖option_name.boy.tr‖option.boy‖price.try‖compare_at.try‖attr.fabric‖attr.collar‖attr.ironing‖attr.care.tr‖barcode
ipek-sal‖SAL-S‖İpek Şal‖mens-shirts‖yazlık; hediye \; özel‖10‖Boy‖s|Küçük|Small‖899,90‖1099.9‖linen‖13,5‖evet‖Elde yıkayın‖8.690000000111E12
ipek-sal‖SAL-L‖‖‖‖%10‖‖l|Büyük‖999.8999999999999‖‖‖‖‖‖`)
	after, flaws := m.Merge(rows, catalog.Product{ID: "prd_9", Status: catalog.Draft})
	require.Empty(t, flaws)
	require.Equal(t, catalog.Text{TR: "ipek-sal"}, after.Slugs)
	require.Equal(t, []string{"yazlık", "hediye ; özel"}, after.Tags)
	require.Equal(t, []catalog.Option{{Key: "boy", Name: catalog.Text{TR: "Boy"}, Values: []catalog.Value{
		{Key: "s", Name: catalog.Text{TR: "Küçük", EN: "Small"}}, {Key: "l", Name: catalog.Text{TR: "Büyük"}},
	}}}, after.Options)
	require.Equal(t, []catalog.Price{{List: "try", Amount: money.Of(89_990, "TRY"), CompareAt: money.Of(109_990, "TRY")}}, after.Variants[0].Prices)
	require.Equal(t, []catalog.Price{{List: "try", Amount: money.Of(99_990, "TRY")}}, after.Variants[1].Prices)
	require.Equal(t, "8690000000111", after.Variants[0].Barcode)
	require.Equal(t, map[string]string{"boy": "l"}, after.Variants[1].Choices)
	require.Len(t, after.Attributes, 4)
	require.Equal(t, 13.5, *after.Attributes[1].Number) //nolint:testifylint // 13,5 is exact
	require.True(t, *after.Attributes[2].Boolean)

	again, _ := m.Merge(rows, catalog.Product{ID: "prd_9", Status: catalog.Draft})
	require.Equal(t, after, again, "the ids of its variants too")
}

func TestSheet_NamesEveryFlawByItsLineAndColumn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, table string
		want        []catalog.RowFlaw
	}{
		{"a rule that its product breaks", "product‖sku‖tax_percent‖barcode\nprd_1‖GOMLEK-L‖10‖\nprd_1‖GOMLEK-M‖18‖abc", []catalog.RowFlaw{
			{3, "barcode", "must be 8, 12, 13 or 14 digits"}, {3, "tax_percent", "must be a KDV rate: 0, 1, 10 or 20"},
		}},
		{"rows that say different things of one product", "product‖sku‖brand\nprd_1‖GOMLEK-L‖Sarar\nprd_1‖GOMLEK-M‖Vakko", []catalog.RowFlaw{
			{3, "brand", "is another on line 2: what is said of the whole product may stand in its first row only"},
		}},
		{"a variant that is there twice", "product‖sku\nprd_1‖GOMLEK-L\nprd_1‖GOMLEK-L", []catalog.RowFlaw{{3, "sku", "is on line 2 already"}}},
		{"a price that may be one or another", "product‖sku‖price.try\nprd_1‖GOMLEK-L‖1.499", []catalog.RowFlaw{
			{2, "price.try", "may be thousands or decimals: write 1499, 1499,00 or 1.499,00"},
		}},
		{"a price with too many decimals", "product‖sku‖price.try\nprd_1‖GOMLEK-L‖14,9999", []catalog.RowFlaw{{2, "price.try", "has more decimals than TRY has"}}},
		{"no price", "product‖sku‖price.try\nprd_1‖GOMLEK-L‖", []catalog.RowFlaw{{2, "price.try", ""}}},
		{"a price of nothing", "product‖sku‖price.try\nprd_1‖GOMLEK-L‖0", []catalog.RowFlaw{{2, "price.try", "must be more than nothing, and an amount that can be asked"}}},
		{"a value that is not there yet", "product‖sku‖option.size\nprd_1‖GOMLEK-L‖xxl", []catalog.RowFlaw{
			{2, "option.size", "is no value of the option yet: write key|name in Turkish|name in English"},
		}},
		{"two variants with the same values", "product‖sku‖option.size\nprd_1‖GOMLEK-L‖m", []catalog.RowFlaw{{3, "option", ""}}},
		{"a new variant without its rate", "product‖sku‖option.size\nprd_1‖GOMLEK-XS‖xs|XS", []catalog.RowFlaw{{2, "tax_percent", "a new variant needs its KDV rate: 0, 1, 10 or 20"}}},
		{"a category that is none", "product‖sku‖categories\nprd_1‖GOMLEK-L‖yok", []catalog.RowFlaw{{2, "categories", "is no category of the shop"}}},
		{"a state that is none", "product‖sku‖status\nprd_1‖GOMLEK-L‖satışta", []catalog.RowFlaw{{2, "status", "must be draft, active or archived"}}},
		{"an attribute that is no number", "product‖sku‖attr.collar\nprd_1‖GOMLEK-L‖geniş", []catalog.RowFlaw{{2, "attr.collar", "is not a number: write 1499,90 or 1499.90"}}},
		{"a choice that is none", "product‖sku‖attr.fabric\nprd_1‖GOMLEK-L‖ipek", []catalog.RowFlaw{{2, "attr.fabric", "names what is no choice of it, or names one twice"}}},
		{"a weight of half a gram", "product‖sku‖weight_grams\nprd_1‖GOMLEK-L‖2,5", []catalog.RowFlaw{{2, "weight_grams", "must be a whole number"}}},
		{"too few cells", "product‖sku‖brand\nprd_1‖GOMLEK-L", []catalog.RowFlaw{{2, "", "has 2 cells where the heading has 3"}}},
		{"letters that are none", "product‖sku‖brand\nprd_1‖GOMLEK-L‖\xff", []catalog.RowFlaw{{2, "brand", "may hold no control characters beside line breaks, and must be UTF-8"}}},
		{"a NUL", "product‖sku‖brand\nprd_1‖GOMLEK-L‖a\x00b", []catalog.RowFlaw{{2, "brand", "may hold no control characters beside line breaks, and must be UTF-8"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, rows := merger(t, tt.table)
			_, flaws := m.Merge(rows, shirt())
			for i := range tt.want {
				if tt.want[i].Message == "" && i < len(flaws) {
					tt.want[i].Line, tt.want[i].Column, tt.want[i].Message = flaws[i].Line, flaws[i].Column, flaws[i].Message
					require.NotEmpty(t, flaws[i].Message)
				}
			}
			require.Equal(t, tt.want, flaws)
		})
	}
}

func TestSheet_RefusesColumnsByTheirNames(t *testing.T) {
	t.Parallel()
	columns := []string{"sku", "renk", "sku", "price.eur", "option.Büyük", "option_name.boy", "attr.care", "attr.yok", "", strings.Repeat("ş", 300), "barcode.x"}
	said := map[string]string{}
	for _, f := range rules().CheckColumns(columns) {
		said[f.Column] = f.Message
	}
	require.Equal(t, []string{
		"", "attr.care", "attr.yok", "barcode.x", "option.Büyük", "option_name.boy", "price.eur", "product", "renk", "sku", strings.Repeat("ş", 80) + "…",
	}, slices.Sorted(maps.Keys(said)))
	require.Equal(t, "this column is there twice", said["sku"])
	require.Equal(t, "this column is missing", said["product"])
	require.Equal(t, "is no price list of the shop: there are try", said["price.eur"])
}

func TestSheet_KeepsPriceChangesThatAreScheduled(t *testing.T) {
	t.Parallel()
	p := shirt()
	scheduled := catalog.Price{List: "try", Amount: money.Of(99_990, "TRY"), From: noon.Add(time.Hour)}
	p.Variants[0].Prices = append(p.Variants[0].Prices, scheduled)
	m, rows := merger(t, "product‖sku‖price.try‖compare_at.try\nprd_1‖GOMLEK-L‖1399‖1499")
	after, flaws := m.Merge(rows, p)
	require.Empty(t, flaws)
	require.Equal(t, []catalog.Price{scheduled, {List: "try", Amount: money.Of(139_900, "TRY"), CompareAt: money.Of(149_900, "TRY")}}, after.Variants[0].Prices)
}
