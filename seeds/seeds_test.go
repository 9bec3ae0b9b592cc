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
	require.Len(t, c.Categories, 24)

	categories := map[string]bool{}
	for _, category := range c.Categories {
		categories[category.ID] = true
		require.NotEmpty(t, category.Name.TR)
		require.NotEmpty(t, category.Name.EN)
	}
	slugs, skus, withVariants := map[string]bool{}, map[string]bool{}, 0
	for _, p := range c.Products {
		require.NoError(t, p.Check())
		require.True(t, id.Valid(id.Product, p.ID), p.ID)
		require.False(t, slugs[p.Slug], "slug %s is there twice", p.Slug)
		slugs[p.Slug] = true
		require.True(t, categories[p.Category], "%s stands in no category", p.Slug)
		require.NotEmpty(t, p.Title.TR)
		require.NotEmpty(t, p.Description.TR)
		if len(p.Variants) > 1 {
			withVariants++
		}
		for _, v := range p.Variants {
			require.True(t, id.Valid(id.Variant, v.ID), v.ID)
			require.False(t, skus[v.SKU], "SKU %s is there twice", v.SKU)
			skus[v.SKU] = true
			require.Equal(t, int64(90), v.Price.Minor%100, "prices end in ,90")
			require.Contains(t, []int64{1, 10, 20}, v.TaxPercent)
			require.Positive(t, v.WeightGrams)
			require.Equal(t, len(p.Variants) > 1, len(v.Options) > 0, "%s: variants differ by their options", v.SKU)
		}
	}
	require.GreaterOrEqual(t, withVariants, 50)
	require.Equal(t, opening, c.Products[193].CreatedAt)
}

func TestRead_PricesFollowTheStatedRule(t *testing.T) {
	t.Parallel()
	c, err := seeds.Read(opening)
	require.NoError(t, err)
	prices := map[string]int64{}
	for _, p := range c.Products {
		for _, v := range p.Variants {
			prices[v.SKU] = v.Price.Minor
		}
	}
	require.Equal(t, int64(39_990), prices["BEA-ESS-ESS-001"], "9.99 USD")
	require.Equal(t, int64(4_399_990), prices["SMA-APP-IPH-123-128"], "1099.99 USD is 43.999,60: 43.999,90")
}

func TestLoad_TwiceAddsNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	products, ledger := mongo.NewCatalog(db), mongo.NewStock(db)
	require.NoError(t, seeds.Load(t.Context(), products, ledger, opening))

	sku := "SMA-APP-IPH-123-128"
	before, err := ledger.Levels(t.Context(), stock.DefaultLocation, []string{sku})
	require.NoError(t, err)
	require.Positive(t, before[sku].Available)
	changed, err := products.Find(t.Context(), "iphone-13-pro")
	require.NoError(t, err)
	changed.Variants[0].Price.Minor = 3_999_990
	require.NoError(t, products.Put(t.Context(), changed))

	require.NoError(t, seeds.Load(t.Context(), products, ledger, opening.Add(time.Hour)))

	after, err := ledger.Levels(t.Context(), stock.DefaultLocation, []string{sku})
	require.NoError(t, err)
	require.Equal(t, before, after)
	found, err := products.Find(t.Context(), "iphone-13-pro")
	require.NoError(t, err)
	require.Equal(t, changed, found, "what a merchandiser changed stays changed")
	categories, err := products.Categories(t.Context())
	require.NoError(t, err)
	require.Len(t, categories, 24)
	page, err := products.List(t.Context(), catalog.Query{Text: "aifon iphone 13"})
	require.NoError(t, err)
	require.Empty(t, page.Items)
	page, err = products.List(t.Context(), catalog.Query{Text: "IPHONE 13"})
	require.NoError(t, err)
	require.NotEmpty(t, page.Items)
}

func TestDraw_EveryProductHasAPictureOfItsOwnThatIsSoundXML(t *testing.T) {
	t.Parallel()
	c, err := seeds.Read(opening)
	require.NoError(t, err)
	for _, p := range c.Products {
		picture := string(catalog.Draw(p))
		require.True(t, strings.HasPrefix(picture, "<svg "), p.Slug)
		decoder := xml.NewDecoder(strings.NewReader(picture))
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, p.Slug)
		}
		require.Equal(t, picture, string(catalog.Draw(p)), "drawn the same every time")
	}
}
