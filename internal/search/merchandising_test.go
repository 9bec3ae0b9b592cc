package search_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
)

func TestMerchandising_SynonymsFindEachOther(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{product("cep", "Tuşlu Cep Telefonu"), product("akilli", "Akıllı Telefon"), product("kilif", "Telefon Kılıfı"), product("sneaker", "Sneaker"), product("ayakkabi", "Ayakkabı")})
	s.SetMerchandising(catalog.Merchandising{Synonyms: []catalog.SynonymSet{
		{Language: "tr", Words: []string{"cep telefonu", "Akıllı Telefon"}}, {Language: "tr", From: "spor ayakkabı", Words: []string{"sneaker"}}, {Language: "en", Words: []string{"sneaker", "kılıf"}},
	}})
	require.Equal(t, []string{"cep", "akilli"}, s.text(t, "cep telefonu"))
	require.Equal(t, []string{"akilli", "cep"}, s.text(t, "akilli telefonlar"))
	require.Equal(t, []string{"sneaker"}, s.text(t, "spor ayakkabı"))
	require.Equal(t, []string{"sneaker"}, s.text(t, "sneaker"), "one way, and only in its language")
	require.ElementsMatch(t, []string{"sneaker", "kilif"}, s.ids(t, catalog.Search{Text: "sneaker", Language: "en"}))
}

func TestMerchandising_PinsStandFirstInTheirOrder(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{product("a", "Kilim A", on("giyim")), product("b", "Kilim B", on("giyim")), product("c", "Halı C", on("giyim"), by("Uşak")), product("d", "Kilim D")})
	s.SetMerchandising(catalog.Merchandising{Pins: []catalog.Pinned{
		{Text: "KİLİM", Products: []string{"c", "b", "yok"}}, {Category: "giyim", Products: []string{"b"}},
	}})
	require.Equal(t, []string{"c", "b", "a", "d"}, s.text(t, "kilim"))
	require.Equal(t, []string{"a", "b", "c", "d"}, s.ids(t, catalog.Search{Text: "kilim", Sort: catalog.PriceAsc}), "who sorts by price wants no pins")
	first := s.ask(t, catalog.Search{Text: "kilim", Limit: 1})
	require.Equal(t, []string{"b", "a", "d"}, s.ids(t, catalog.Search{Text: "kilim", Cursor: first.Next}))
	require.Equal(t, []string{"c"}, s.ids(t, catalog.Search{Text: "kilim", Filter: catalog.Filter{Brands: []string{"Uşak"}}}), "filters hold for pins too")
	require.Equal(t, "b", s.ids(t, catalog.Search{Shelf: "giyim", Filter: catalog.Filter{Categories: []string{"giyim"}}})[0])
	require.Equal(t, "a", s.ids(t, catalog.Search{Filter: catalog.Filter{Categories: []string{"giyim"}}})[0], "a filter is no category's page")
	require.Equal(t, []string{"a", "b", "d"}, s.ids(t, catalog.Search{Text: "kilim kilim"}), "another text")
}

func TestMerchandising_BoostsMoveForward(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{
		product("a", "Halı"), product("b", "Halı", by("Uşak")), product("c", "Yün Dokuma", tagged("halı", "yeni")), product("d", "Halı Altlığı"),
	})
	require.Equal(t, []string{"a", "b", "d", "c"}, s.text(t, "halı"))
	s.SetMerchandising(catalog.Merchandising{Boosts: []catalog.Boosted{{Brand: "Uşak", Percent: 10}, {Text: "halı", Tag: "yeni", Percent: 50}, {Text: "başka", Products: []string{"d"}, Percent: 900}}})
	require.Equal(t, []string{"c", "b", "a", "d"}, s.text(t, "halı"))
	require.Equal(t, "b", s.ids(t, catalog.Search{})[0], "boosts without text or category hold in lists too")
}
