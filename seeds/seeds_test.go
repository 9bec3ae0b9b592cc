package seeds_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/seeds"
)

var opening = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func TestRead_IsACatalogueThatCanBeSold(t *testing.T) {
	t.Parallel()
	c, err := seeds.Read(opening)
	require.NoError(t, err)
	require.Len(t, c.Products, 194)
	require.Len(t, c.Categories, 30)

	rules := catalog.Rules{Categories: map[string]catalog.Category{}, Book: catalog.NewBook("TRY"), Tree: catalog.Tree{Nodes: c.Places}}
	for _, category := range c.Categories {
		require.NoError(t, category.Check())
		rules.Categories[category.ID] = category
		require.NotEmpty(t, category.Name.TR)
		require.NotEmpty(t, category.Name.EN)
	}
	slugs, skus, withVariants := map[string]bool{}, map[string]bool{}, 0
	for _, p := range c.Products {
		require.NoError(t, rules.Check(p))
		require.True(t, id.Valid(id.Product, p.ID), p.ID)
		require.False(t, slugs[p.Slugs.TR] || slugs[p.Slugs.EN], "slug %s is there twice", p.Slugs.TR)
		slugs[p.Slugs.TR], slugs[p.Slugs.EN] = true, true
		require.NotEmpty(t, p.Title.TR)
		require.NotEmpty(t, p.Description.TR)
		if len(p.Variants) > 1 {
			withVariants++
		}
		for _, v := range p.Variants {
			require.True(t, id.Valid(id.Variant, v.ID), v.ID)
			require.False(t, skus[v.SKU], "SKU %s is there twice", v.SKU)
			skus[v.SKU] = true
			require.Equal(t, int64(90), v.Prices[0].Amount.Minor%100, "prices end in ,90")
			require.Contains(t, []int64{1, 10, 20}, v.TaxPercent)
			require.Positive(t, v.WeightGrams)
			require.Equal(t, len(p.Variants) > 1, len(v.Choices) > 0, "%s: variants differ by their options", v.SKU)
		}
	}
	require.GreaterOrEqual(t, withVariants, 50)
	require.Equal(t, opening, c.Products[193].CreatedAt)
}

func TestRead_ShoppersCanFilterByEveryOption(t *testing.T) {
	t.Parallel()
	c, err := seeds.Read(opening)
	require.NoError(t, err)
	rules := catalog.Rules{Categories: map[string]catalog.Category{}, Tree: catalog.Tree{Nodes: c.Places}}
	for _, category := range c.Categories {
		rules.Categories[category.ID] = category
	}
	for _, p := range c.Products {
		for _, o := range p.Options {
			d := rules.Declared(p.Categories)[o.Key]
			require.True(t, d.Filterable, "%s of %s", o.Key, p.Slugs.TR)
			require.Subset(t, d.Choices, o.Values, p.Slugs.TR)
			all, _ := catalog.Filterable(rules.Categories, o.Key)
			require.Equal(t, o.Name, all.Name, "the facet is called as the option of %s is", p.Slugs.TR)
		}
	}
}

func TestRead_PricesFollowTheStatedRule(t *testing.T) {
	t.Parallel()
	c, err := seeds.Read(opening)
	require.NoError(t, err)
	prices := map[string]int64{}
	for _, p := range c.Products {
		for _, v := range p.Variants {
			prices[v.SKU] = v.Prices[0].Amount.Minor
		}
	}
	require.Equal(t, int64(39_990), prices["BEA-ESS-ESS-001"], "9.99 USD")
	require.Equal(t, int64(4_399_990), prices["SMA-APP-IPH-123-128"], "1099.99 USD is 43.999,60: 43.999,90")
}

func TestLoad_TwiceAddsNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	products, ledger := mongo.NewCatalog(db, clock.System), mongo.NewStock(db)
	require.NoError(t, seeds.Load(t.Context(), products, ledger, opening))

	sku := "SMA-APP-IPH-123-128"
	before, err := ledger.Levels(t.Context(), stock.DefaultLocation, []string{sku})
	require.NoError(t, err)
	require.Positive(t, before[sku].Available)
	changed, err := products.Find(t.Context(), "iphone-13-pro")
	require.NoError(t, err)
	changed.Variants[0].Prices[0].Amount.Minor = 3_999_990
	changed, err = products.Replace(t.Context(), changed)
	require.NoError(t, err)

	require.NoError(t, seeds.Load(t.Context(), products, ledger, opening.Add(time.Hour)))

	after, err := ledger.Levels(t.Context(), stock.DefaultLocation, []string{sku})
	require.NoError(t, err)
	require.Equal(t, before, after)
	found, err := products.Find(t.Context(), "iphone-13-pro")
	require.NoError(t, err)
	require.Equal(t, changed, found, "what a merchandiser changed stays changed")
	shelves, err := products.Shelves(t.Context())
	require.NoError(t, err)
	require.Len(t, shelves.Categories, 30)
	require.Equal(t, []string{"electronics", "smartphones"}, shelves.Tree.Path("smartphones"))
}

func TestDraw_EveryProductHasAPictureOfItsOwnThatIsSoundXML(t *testing.T) {
	t.Parallel()
	c, err := seeds.Read(opening)
	require.NoError(t, err)
	for _, p := range c.Products {
		picture := string(catalog.Draw(p))
		require.True(t, strings.HasPrefix(picture, "<svg "), p.Slugs.TR)
		decoder := xml.NewDecoder(strings.NewReader(picture))
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, p.Slugs.TR)
		}
		require.Equal(t, picture, string(catalog.Draw(p)), "drawn the same every time")
	}
}
