package search_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/page"
	"github.com/bedesten/bedesten/internal/search"
)

func TestSearch_ShowsActiveProductsThatAreSoldToTheBuyerOnly(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{
		product("active", "Kilim"), product("euro", "Kilim", costs(price("eur", 900))),
		product("draft", "Kilim", func(p *catalog.Product) { p.Status = catalog.Draft }),
		product("archived", "Kilim", func(p *catalog.Product) { p.Status = catalog.Archived }),
	})
	require.Equal(t, []string{"active"}, s.text(t, "kilim"))
	require.Equal(t, []string{"euro"}, s.ids(t, catalog.Search{Text: "kilim", Buyer: catalog.Buyer{Currency: "EUR"}}))
	require.Empty(t, s.ids(t, catalog.Search{Facets: true, Buyer: catalog.Buyer{Currency: "USD"}}), "the shop does not sell in dollars")
	require.Equal(t, int64(2), s.Standing().Products)
}

func TestSearch_FiltersByEverythingAtOnce(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	sale := price("try", 5_000)
	sale.CompareAt = price("try", 8_000).Amount
	s.Put([]catalog.Entry{
		product("a", "Gömlek A", on("gomlek"), by("Sarar"), tagged("yeni"), coloured("kirmizi", "mavi"), costs(sale)),
		product("b", "Gömlek B", on("gomlek"), by("Kiğılı"), coloured("mavi")),
		product("c", "Telefon C", on("telefon"), wide(6.1)),
		product("d", "Telefon D", on("telefon"), wide(6.7), made(noon.AddDate(0, 0, -40))),
	})
	low, high := 6.1, 6.5
	yes := true
	for name, f := range map[string]struct {
		filter catalog.Filter
		want   []string
	}{
		"a category and what is below":  {catalog.Filter{Categories: []string{"giyim"}}, []string{"a", "b"}},
		"any of two categories":         {catalog.Filter{Categories: []string{"gomlek", "telefon"}}, []string{"a", "b", "c", "d"}},
		"a category that there is not":  {catalog.Filter{Categories: []string{"yok"}}, []string{}},
		"a brand":                       {catalog.Filter{Brands: []string{"Kiğılı"}}, []string{"b"}},
		"a tag":                         {catalog.Filter{Tags: []string{"yeni"}}, []string{"a"}},
		"a choice":                      {catalog.Filter{Attributes: []catalog.AttributeFilter{{Key: "renk", Choices: []string{"kirmizi"}}}}, []string{"a"}},
		"a range with both ends":        {catalog.Filter{Attributes: []catalog.AttributeFilter{{Key: "ekran", Min: &low, Max: &high}}}, []string{"c"}},
		"yes, where nobody said so":     {catalog.Filter{Attributes: []catalog.AttributeFilter{{Key: "nfc", Boolean: &yes}}}, []string{}},
		"a choice of another attribute": {catalog.Filter{Attributes: []catalog.AttributeFilter{{Key: "ekran", Choices: []string{"kirmizi"}}}}, []string{}},
		"a price":                       {catalog.Filter{PriceMin: 5_000, PriceMax: 9_999}, []string{"a"}},
		"what is on sale":               {catalog.Filter{OnSale: true}, []string{"a"}},
		"what is new":                   {catalog.Filter{NewerThanDays: 30}, []string{"a", "b", "c"}},
		"all of them":                   {catalog.Filter{Categories: []string{"erkek"}, Brands: []string{"Sarar", "Kiğılı"}, PriceMax: 6_000}, []string{"a"}},
	} {
		require.ElementsMatch(t, f.want, s.ids(t, catalog.Search{Filter: f.filter}), name)
		require.ElementsMatch(t, f.want, s.ids(t, catalog.Search{Rule: f.filter}), "%s, as a rule", name)
	}
}

func TestSearch_RulesInAnotherCurrencyAskForItsPrices(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{product("a", "Kilim", costs(price("try", 10_000), price("eur", 300))), product("b", "Kilim", costs(price("try", 10_000), price("eur", 900)))})
	require.Equal(t, []string{"a"}, s.ids(t, catalog.Search{Rule: catalog.Filter{PriceMax: 500, Currency: "EUR"}}))
}

func TestSearch_SortsEveryWayAndPagesThroughAll(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	titles := []string{"Cezve", "Çaydanlık", "Dibek", "Ibrık", "İbrik", "Zembil"}
	sold := map[string]int64{}
	for i, title := range titles {
		id := fmt.Sprintf("p%d", i)
		s.Put([]catalog.Entry{product(id, title, costs(price("try", int64(100*(i%3+1)))), made(noon.Add(time.Duration(i)*time.Minute)))})
		sold[id] = int64(i % 2)
	}
	s.SetSold(sold)
	for sort, want := range map[catalog.Sort][]string{
		catalog.Newest:      {"p5", "p4", "p3", "p2", "p1", "p0"},
		catalog.PriceAsc:    {"p0", "p3", "p1", "p4", "p2", "p5"},
		catalog.PriceDesc:   {"p2", "p5", "p1", "p4", "p0", "p3"},
		catalog.ByTitle:     {"p0", "p1", "p2", "p3", "p4", "p5"},
		catalog.BestSelling: {"p5", "p3", "p1", "p4", "p2", "p0"},
		catalog.Relevance:   {"p5", "p3", "p1", "p4", "p2", "p0"},
	} {
		require.Equal(t, want, s.ids(t, catalog.Search{Sort: sort}), sort)
		q, paged := catalog.Search{Sort: sort, Limit: 4}, []string{}
		for {
			found := s.ask(t, q)
			require.Equal(t, int64(6), found.Total)
			paged = append(paged, idsOf(found)...)
			if q.Cursor = found.Next; q.Cursor == "" {
				break
			}
		}
		require.Equal(t, want, paged, sort)
	}
}

func TestSearch_RefusesTheCursorOfAnotherSearch(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{product("a", "Kilim"), product("b", "Kilim")})
	next := s.ask(t, catalog.Search{Text: "kilim", Limit: 1, Facets: true}).Next
	require.NotEmpty(t, next)
	require.Len(t, s.ids(t, catalog.Search{Text: "kilim", Limit: 20, Cursor: next}), 1, "size and facets may differ")
	for name, q := range map[string]catalog.Search{
		"text": {Text: "kilimler"}, "sort": {Text: "kilim", Sort: catalog.Newest}, "language": {Text: "kilim", Language: "en"},
		"filter": {Text: "kilim", Filter: catalog.Filter{OnSale: true}}, "shelf": {Text: "kilim", Shelf: "giyim"}, "buyer": {Text: "kilim", Buyer: catalog.Buyer{Currency: "EUR"}},
	} {
		q.Cursor = next
		if q.Buyer.Currency == "" {
			q.Buyer = shopper
		}
		_, err := s.Search(t.Context(), q)
		require.Equal(t, fault.Invalid, fault.CodeOf(err), name)
	}
	forged, err := page.Encode(map[string]string{"s": "x"})
	require.NoError(t, err)
	for _, bad := range []string{"sayfa-2", forged, strings.Repeat("A", 5000), "bnVsbA", "W10"} {
		_, err := s.Search(t.Context(), catalog.Search{Text: "kilim", Buyer: shopper, Cursor: bad})
		require.Equal(t, fault.Invalid, fault.CodeOf(err), bad)
	}
}

func TestSearch_RefusesWhatNobodyCanBeAskedFor(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	nan := math.NaN()
	for name, q := range map[string]catalog.Search{
		"sort":   {Sort: "'; drop"},
		"limit":  {Limit: 101},
		"key":    {Filter: catalog.Filter{Attributes: []catalog.AttributeFilter{{Key: "$where", Choices: []string{"a"}}}}},
		"number": {Filter: catalog.Filter{Attributes: []catalog.AttributeFilter{{Key: "ekran", Min: &nan}}}},
		"price":  {Filter: catalog.Filter{PriceMin: 5, PriceMax: 4}},
		"values": {Filter: catalog.Filter{Brands: make([]string, 51)}},
	} {
		_, err := s.Search(t.Context(), q)
		require.Equal(t, fault.Invalid, fault.CodeOf(err), name)
	}
}

func TestSearch_IsUnavailableUntilItIsBuilt(t *testing.T) {
	t.Parallel()

	ix := search.New(func() time.Time { return noon })
	_, err := ix.Search(t.Context(), catalog.Search{})
	require.Equal(t, fault.Unavailable, fault.CodeOf(err))
	_, err = ix.Suggest(t.Context(), "k", "tr", shopper, 5)
	require.Equal(t, fault.Unavailable, fault.CodeOf(err))
	require.False(t, ix.Standing().Ready)

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = newShop(t).Search(gone, catalog.Search{})
	require.Equal(t, fault.Unavailable, fault.CodeOf(err))
}

func TestSearch_MarksWhatItFoundInTitles(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{product("a", "Beyaz Keten Gömleği (Erkek) & Kravat"), product("b", "Kadın T-Shirt 128GB")})
	title := func(text string) string { return marked(s.ask(t, catalog.Search{Text: text}).Hits[0].Title) }
	require.Equal(t, "Beyaz [Keten] [Gömleği] (Erkek) & Kravat", title("gomlekler keten"))
	require.Equal(t, "Beyaz Keten Gömleği (Erkek) & [Kravat]", title("kra"))
	require.Equal(t, "Beyaz Keten Gömleği (Erkek) & [Kravat]", title("kravet "))
	require.Equal(t, "Kadın T-Shirt [128GB]", title("128 gb"))
}

func TestSearch_SaysWhatWasPerhapsMeant(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{
		product("a", "Mavi Gömlek"), product("b", "Beyaz Gömlek"), product("c", "Kol Saati"), product("d", "Gömme Dolap"), product("e", "Çanta", on("telefon")),
	})
	mean := func(text string) string { return s.ask(t, catalog.Search{Text: text}).DidYouMean }
	require.Equal(t, "mavi gömlek", mean("mavi gomlke"))
	require.Equal(t, "kol saati", mean("kolsaati"))
	require.Equal(t, "gömlek", mean("gömxxek "), "further than a search goes by itself")
	require.Empty(t, mean("gömlek"))
	require.Empty(t, mean("xyzwq"))
	require.Empty(t, mean("saati gomlke"), "what is proposed finds something")
	require.Empty(t, mean(""))
}

func TestSuggest_CompletesWithCategoriesTextsAndProducts(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{product("a", "Keten Gömlek", on("gomlek")), product("b", "Gömme Dolap"), product("c", "Mavi Gömlek")})
	s.SetSold(map[string]int64{"b": 3})
	suggest := func(beginning string, limit int) []catalog.Suggestion {
		all, err := s.Suggest(t.Context(), beginning, "tr", shopper, limit)
		require.NoError(t, err)
		return all
	}
	require.Equal(t, []catalog.Suggestion{
		{Text: "Gömlekler", CategoryID: "gomlek"}, {Text: "gömlek"}, {Text: "gömme"},
		{Text: "Gömme Dolap", ProductID: "b"}, {Text: "Keten Gömlek", ProductID: "a"}, {Text: "Mavi Gömlek", ProductID: "c"},
	}, suggest("GÖM", 10))
	require.Equal(t, []catalog.Suggestion{{Text: "mavi gömlek"}, {Text: "Mavi Gömlek", ProductID: "c"}}, suggest("mavi gom", 10))
	require.Len(t, suggest("g", 2), 2)
	require.Empty(t, suggest("  ", 10))
	require.Empty(t, suggest("zzz", 10))
}
