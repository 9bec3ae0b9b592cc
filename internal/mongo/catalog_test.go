package mongo_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
)

func product(n int, title string, skus ...string) catalog.Product {
	p := catalog.Product{
		ID: fmt.Sprintf("prd_%02d", n), Slug: fmt.Sprintf("urun-%d", n), Category: "market", Brand: "Koska",
		Title: catalog.Text{TR: title, EN: title}, CreatedAt: time.Date(2026, 3, 1, 9, n, 0, 0, time.UTC),
	}
	for i, sku := range skus {
		p.Variants = append(p.Variants, catalog.Variant{ID: fmt.Sprintf("var_%02d%d", n, i), SKU: sku, Price: money.Of(int64(1000*n+90), "TRY"), TaxPercent: 1, WeightGrams: 500})
	}
	return p
}

func TestCatalog_KeepsAProductAsAWhole(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t))
	p := product(1, "Tahin Helvası", "HELVA-250", "HELVA-500")
	require.NoError(t, s.Put(t.Context(), p))
	for _, key := range []string{p.ID, p.Slug} {
		found, err := s.Find(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, p, normal(found))
	}
	_, err := s.Find(t.Context(), "yok")
	require.True(t, fault.Is(err, fault.NotFound))

	p.Slug, p.Variants = "helva", p.Variants[1:]
	require.NoError(t, s.Put(t.Context(), p))
	_, err = s.Find(t.Context(), "urun-1")
	require.True(t, fault.Is(err, fault.NotFound), "an old slug is given up")
	offers, err := s.Offers(t.Context(), []string{"HELVA-250", "HELVA-500", "YOK"})
	require.NoError(t, err)
	require.Len(t, offers, 1)
	require.Equal(t, "Tahin Helvası", offers["HELVA-500"].Title.TR)
	require.NoError(t, s.Put(t.Context(), product(2, "Sade Helva", "HELVA-250")), "and a SKU that was given up is free")
}

func normal(p catalog.Product) catalog.Product {
	p.CreatedAt = p.CreatedAt.UTC()
	for i := range p.Variants {
		if len(p.Variants[i].Options) == 0 {
			p.Variants[i].Options = nil
		}
	}
	return p
}

func TestCatalog_GivesASlugAndASKUToOneProductOnly(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t))
	require.NoError(t, s.Put(t.Context(), product(1, "Lokum", "LOKUM-1")))

	sameSKU := product(2, "Güllü Lokum", "LOKUM-1")
	require.True(t, fault.Is(s.Put(t.Context(), sameSKU), fault.Conflict))
	_, err := s.Find(t.Context(), sameSKU.ID)
	require.True(t, fault.Is(err, fault.NotFound), "it was not written")
	sameSlug := product(3, "Fıstıklı Lokum", "LOKUM-3")
	sameSlug.Slug = "urun-1"
	require.True(t, fault.Is(s.Put(t.Context(), sameSlug), fault.Conflict))
	require.True(t, fault.Is(s.Import(t.Context(), []catalog.Product{product(4, "A", "X"), product(5, "B", "X")}), fault.Conflict))
}

func TestCatalog_ImportsWhatIsNotThereYet(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t))
	kept := product(1, "Pişmaniye", "PISMANIYE")
	require.NoError(t, s.Put(t.Context(), kept))
	require.NoError(t, s.Import(t.Context(), []catalog.Product{product(1, "Başka", "PISMANIYE"), product(2, "Cezerye", "CEZERYE")}))
	require.NoError(t, s.Import(t.Context(), []catalog.Product{product(1, "Başka", "PISMANIYE"), product(2, "Cezerye", "CEZERYE")}))
	found, err := s.Find(t.Context(), kept.ID)
	require.NoError(t, err)
	require.Equal(t, "Pişmaniye", found.Title.TR)
	page, err := s.List(t.Context(), catalog.Query{})
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
}

func TestCatalog_SortsTitlesByTheAlphabetOfTheLanguage(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t))
	titles := []string{"Zonguldak Simidi", "ayva", "Çay", "cezve", "İncir", "ıhlamur", "Şeker", "sumak", "Ğ", "gül"}
	for i, title := range titles {
		require.NoError(t, s.Put(t.Context(), product(i, title, fmt.Sprint("S", i))))
	}
	listed := func(language string) []string {
		page, err := s.List(t.Context(), catalog.Query{Sort: catalog.ByTitle, Language: language})
		require.NoError(t, err)
		found := []string{}
		for _, p := range page.Items {
			found = append(found, p.Title.TR)
		}
		return found
	}
	require.Equal(t, []string{"ayva", "cezve", "Çay", "gül", "Ğ", "ıhlamur", "İncir", "sumak", "Şeker", "Zonguldak Simidi"}, listed("tr"))
	require.Equal(t, "Çay", listed("en")[1], "to English ç is a c, and a goes before e")
}

func TestCatalog_PagesThroughEqualPricesWithoutLosingOne(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t))
	for i := range 7 {
		p := product(i, "Lokum", fmt.Sprint("L", i))
		p.Variants[0].Price.Minor = 5_000
		require.NoError(t, s.Put(t.Context(), p))
	}
	for _, sort := range []catalog.Sort{catalog.PriceAsc, catalog.PriceDesc, catalog.ByTitle, catalog.Newest} {
		seen, cursor := map[string]bool{}, ""
		for range 4 {
			page, err := s.List(t.Context(), catalog.Query{Sort: sort, Limit: 2, Cursor: cursor})
			require.NoError(t, err)
			for _, p := range page.Items {
				require.False(t, seen[p.ID], "%s shows %s twice", sort, p.ID)
				seen[p.ID] = true
			}
			cursor = page.Next
		}
		require.Empty(t, cursor)
		require.Len(t, seen, 7, "%s", sort)
	}
}

func TestCatalog_KeepsCategoriesInTheirOrder(t *testing.T) {
	t.Parallel()
	s := mongo.NewCatalog(mongotest.Database(t))
	a, b := catalog.Category{ID: "a", Name: catalog.Text{TR: "A"}, Position: 2}, catalog.Category{ID: "b", Name: catalog.Text{TR: "B"}, Position: 1}
	require.NoError(t, s.PutCategories(t.Context(), []catalog.Category{a, b}))
	a.Name.TR = "Ana"
	require.NoError(t, s.PutCategories(t.Context(), []catalog.Category{a}))
	found, err := s.Categories(t.Context())
	require.NoError(t, err)
	require.Equal(t, []catalog.Category{b, a}, found)
	require.True(t, fault.Is(s.PutCategories(t.Context(), []catalog.Category{{ID: "a/b"}}), fault.Invalid))
}

func BenchmarkCatalog_List(b *testing.B) {
	s := mongo.NewCatalog(mongotest.Database(b))
	products := make([]catalog.Product, 200)
	for i := range products {
		products[i] = product(i, "Lokum", fmt.Sprint("L", i))
	}
	require.NoError(b, s.Import(b.Context(), products))
	for b.Loop() {
		_, err := s.List(b.Context(), catalog.Query{Sort: catalog.PriceAsc})
		require.NoError(b, err)
	}
}
