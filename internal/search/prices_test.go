package search_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
)

func TestPrices_ChangeWhenTheClockSaysSo(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	cheaper := price("try", 5_000)
	cheaper.From = noon.Add(time.Hour)
	dearer := price("try", 90_000)
	dearer.From = noon.Add(2 * time.Hour)
	s.Put([]catalog.Entry{product("a", "Kilim", costs(price("try", 10_000), cheaper, dearer)), product("b", "Kilim", costs(price("try", 7_000)))})
	cheapest := catalog.Search{Sort: catalog.PriceAsc}
	require.Equal(t, []string{"b", "a"}, s.ids(t, cheapest))
	s.now = noon.Add(time.Hour - time.Millisecond)
	require.Equal(t, []string{"b", "a"}, s.ids(t, cheapest))
	s.now = noon.Add(time.Hour)
	require.Equal(t, []string{"a", "b"}, s.ids(t, cheapest))
	require.Equal(t, []string{"a"}, s.ids(t, catalog.Search{Filter: catalog.Filter{PriceMax: 5_000}}))
	s.now = noon.Add(2 * time.Hour)
	require.Equal(t, []string{"b", "a"}, s.ids(t, cheapest))
}

func TestPrices_AreThoseOfTheBuyersGroupWhileItsListCounts(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	book, err := catalog.NewBook("TRY", "EUR").With(catalog.PriceList{
		ID: "try-bayi", Name: catalog.Text{TR: "Bayi"}, Currency: "TRY", Group: "bayi", Priority: 5, From: noon.Add(time.Hour), Until: noon.Add(2 * time.Hour),
	})
	require.NoError(t, err)
	s.Put([]catalog.Entry{product("a", "Kilim", costs(price("try", 10_000), price("try-bayi", 1_000))), product("b", "Kilim", costs(price("try", 7_000)))})
	s.SetBook(book)
	dealer := catalog.Search{Sort: catalog.PriceAsc, Buyer: catalog.Buyer{Currency: "TRY", Group: "bayi"}}
	require.Equal(t, []string{"b", "a"}, s.ids(t, dealer))
	s.now = noon.Add(time.Hour)
	require.Equal(t, []string{"a", "b"}, s.ids(t, dealer))
	require.Equal(t, []string{"a"}, s.ids(t, catalog.Search{Buyer: dealer.Buyer, Filter: catalog.Filter{OnSale: true}}), "the list price is struck through")
	require.Equal(t, []string{"b", "a"}, s.ids(t, catalog.Search{Sort: catalog.PriceAsc}), "everybody else pays the same as before")
	require.Equal(t, []string{"b", "a"}, s.ids(t, catalog.Search{Sort: catalog.PriceAsc, Buyer: catalog.Buyer{Currency: "TRY", Group: "yok"}}), "a group without lists too")
	s.now = noon.Add(2 * time.Hour)
	require.Equal(t, []string{"b", "a"}, s.ids(t, dealer))
}

func TestPut_KeepsTheNewestRevision(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	second := product("a", "Mavi Halı", func(p *catalog.Product) { p.Revision = 2 })
	s.Put([]catalog.Entry{second})
	s.Put([]catalog.Entry{product("a", "Eski Kilim")})
	require.Equal(t, []string{"a"}, s.text(t, "halı"))
	require.Empty(t, s.text(t, "kilim"), "an older write came late")
	require.True(t, s.Holds("a", 1))
	require.False(t, s.Holds("a", 3))

	gone := product("a", "Mavi Halı", func(p *catalog.Product) { p.Revision, p.Status = 3, catalog.Archived })
	s.Put([]catalog.Entry{gone})
	s.Put([]catalog.Entry{second})
	require.Empty(t, s.text(t, "halı"), "archived since")
	require.True(t, s.Holds("a", 3))
	require.Zero(t, s.Standing().Products)

	s.Put([]catalog.Entry{product("a", "Yeşil Halı", func(p *catalog.Product) { p.Revision = 4 })})
	require.Equal(t, []string{"a"}, s.text(t, "yeşil"))
	require.Empty(t, s.text(t, "mavi "))
	require.Equal(t, int64(1), s.Standing().Products)
}
