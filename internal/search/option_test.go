package search_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
)

// ofSize asks for products of any of some sizes.
func ofSize(keys ...string) catalog.Filter {
	return catalog.Filter{Attributes: []catalog.AttributeFilter{{Key: "beden", Choices: keys}}}
}

// sizes are the products of each size, as the facet counts them.
func (s *shop) sizes(t *testing.T) map[string]int64 {
	t.Helper()
	return counted(t, s.ask(t, catalog.Search{Facets: true}), catalog.AttributeFacet, "beden")
}

func TestOptions_AreFilteredAndCountedAsTheAttributeThatACategoryDeclares(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{
		product("a", "Gömlek A", on("gomlek"), sized("s", "m"), coloured("mavi")),
		product("b", "Gömlek B", on("gomlek"), sized("m", "l"), coloured("kirmizi")),
		product("c", "Telefon C", on("telefon"), wide(6.1)),
	})
	for name, f := range map[string]struct {
		filter catalog.Filter
		want   []string
	}{
		"one that both have":             {ofSize("m"), []string{"a", "b"}},
		"one that one has":               {ofSize("s"), []string{"a"}},
		"any of two":                     {ofSize("s", "l"), []string{"a", "b"}},
		"one that there is not":          {ofSize("xl"), []string{}},
		"together with a real attribute": {catalog.Filter{Attributes: append(ofSize("m").Attributes, catalog.AttributeFilter{Key: "renk", Choices: []string{"mavi"}})}, []string{"a"}},
	} {
		require.ElementsMatch(t, f.want, s.ids(t, catalog.Search{Filter: f.filter}), name)
		require.ElementsMatch(t, f.want, s.ids(t, catalog.Search{Rule: f.filter}), "%s, as a rule", name)
	}
	require.Equal(t, map[string]int64{"s": 1, "m": 2, "l": 1}, s.sizes(t))

	small := s.ask(t, catalog.Search{Facets: true, Filter: ofSize("s")})
	require.Equal(t, map[string]int64{"s": 1, "m": 2, "l": 1}, counted(t, small, catalog.AttributeFacet, "beden"), "its own filter is left out")
	require.Equal(t, map[string]int64{"mavi": 1}, counted(t, small, catalog.AttributeFacet, "renk"))
}

func TestOptions_CountOnceBesideTheAttributeItself(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	both := func(p *catalog.Product) {
		p.Attributes = append(p.Attributes, catalog.Attribute{Key: "beden", Choices: []string{"l", "m"}})
	}
	s.Put([]catalog.Entry{product("a", "Gömlek A", on("gomlek"), sized("s", "m"), both), product("b", "Gömlek B", on("gomlek"), both)})
	require.Equal(t, map[string]int64{"s": 1, "m": 2, "l": 2}, s.sizes(t))
	require.Equal(t, int64(2), s.ask(t, catalog.Search{Filter: ofSize("m", "l", "s")}).Total)
}

func TestOptions_CountNothingThatNoVariantHas(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{product("a", "Gömlek A", on("gomlek"), varied("beden", []string{"s", "m", "l"}, []string{"m"}))})
	require.Equal(t, map[string]int64{"m": 1}, s.sizes(t))
	require.Empty(t, s.ids(t, catalog.Search{Filter: ofSize("s", "l")}))
}

func TestFacets_TellOnlyWhatIsDeclaredAndOfItsType(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{
		product("a", "Gömlek A", on("gomlek"), sized("m", "xxl"), coloured("mavi", "haki")),
		product("b", "Telefon B", on("telefon"), wide(6.1), varied("ekran", []string{"mat", "parlak"}, []string{"mat", "parlak"})),
		product("c", "Telefon C", on("telefon"), varied("kayis", []string{"deri"}, []string{"deri"})),
	})
	found := s.ask(t, catalog.Search{Facets: true})
	require.Equal(t, map[string]int64{"m": 1}, counted(t, found, catalog.AttributeFacet, "beden"))
	require.Equal(t, map[string]int64{"mavi": 1}, counted(t, found, catalog.AttributeFacet, "renk"))
	require.Equal(t, map[string]int64{"6.1..6.1": 1}, counted(t, found, catalog.AttributeFacet, "ekran"), "an option is no number")
	require.Nil(t, counted(t, found, catalog.AttributeFacet, "kayis"), "no category declares it")
}

func TestOptions_FollowTheProductAsItChanges(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	change := func(revision int64, changes ...func(*catalog.Product)) {
		e := product("a", "Gömlek A", append(changes, on("gomlek"))...)
		e.Product.Revision = revision
		s.Put([]catalog.Entry{e})
	}
	s.Put([]catalog.Entry{product("b", "Gömlek B", on("gomlek"), sized("l"))})
	change(1, sized("s", "m"), func(p *catalog.Product) {
		p.Attributes = []catalog.Attribute{{Key: "beden", Choices: []string{"m"}}}
	})
	require.Equal(t, []string{"a"}, s.text(t, "orta"), "by the name that the category gives the size")
	change(2, sized("s", "l"))
	require.Equal(t, map[string]int64{"s": 1, "l": 2}, s.sizes(t))
	require.Empty(t, s.ids(t, catalog.Search{Filter: ofSize("m")}))
	require.Empty(t, s.text(t, "orta"))
	change(3, sized("s"), func(p *catalog.Product) { p.Status = catalog.Archived })
	require.Equal(t, map[string]int64{"l": 1}, s.sizes(t))
	require.Empty(t, s.text(t, "küçük"))
	change(4, sized("s"))
	require.Equal(t, map[string]int64{"s": 1, "l": 1}, s.sizes(t))
	require.Equal(t, []string{"a"}, s.text(t, "küçük"))
}

func TestOptions_FollowWhatCategoriesDeclare(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{product("a", "Gömlek A", on("gomlek"), sized("s", "xl"))})
	declare := func(change func(*catalog.Declaration)) {
		now := shelves()
		clothes := now.Categories["giyim"]
		for i := range clothes.Attributes {
			if clothes.Attributes[i].Key == "beden" {
				change(&clothes.Attributes[i])
			}
		}
		s.SetShelves(now)
	}
	require.Equal(t, map[string]int64{"s": 1}, s.sizes(t))
	declare(func(d *catalog.Declaration) {
		d.Choices = append(d.Choices, catalog.Value{Key: "xl", Name: catalog.Text{TR: "Çok büyük"}})
	})
	require.Equal(t, map[string]int64{"s": 1, "xl": 1}, s.sizes(t), "no product was touched")
	declare(func(d *catalog.Declaration) { d.Filterable = false })
	require.Nil(t, s.sizes(t))
}
