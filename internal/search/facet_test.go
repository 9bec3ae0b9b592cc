package search_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
)

func TestFacets_LeaveTheirOwnFilterOut(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	s.Put([]catalog.Entry{
		product("a", "Gömlek A", on("gomlek", "erkek"), by("Sarar"), coloured("kirmizi", "mavi"), costs(price("try", 5_000))),
		product("b", "Gömlek B", on("gomlek"), by("Kiğılı"), coloured("mavi"), costs(price("try", 20_000))),
		product("c", "Telefon C", on("telefon"), by("Sarar"), wide(6.1), costs(price("try", 900_000))),
	})
	all := s.ask(t, catalog.Search{Facets: true})
	require.Equal(t, map[string]int64{"giyim": 2, "erkek": 2, "gomlek": 2, "elektronik": 1, "telefon": 1}, counted(t, all, catalog.CategoryFacet, ""))
	require.Equal(t, map[string]int64{"Sarar": 2, "Kiğılı": 1}, counted(t, all, catalog.BrandFacet, ""))
	require.Equal(t, map[string]int64{"mavi": 2, "kirmizi": 1}, counted(t, all, catalog.AttributeFacet, "renk"))
	require.Equal(t, map[string]int64{"6.1..6.1": 1}, counted(t, all, catalog.AttributeFacet, "ekran"))
	require.Equal(t, map[string]int64{"..5999": 1, "6000..24999": 1, "25000..": 1}, counted(t, all, catalog.PriceFacet, ""))

	red := s.ask(t, catalog.Search{Facets: true, Filter: catalog.Filter{
		Brands: []string{"Sarar"}, Attributes: []catalog.AttributeFilter{{Key: "renk", Choices: []string{"kirmizi"}}},
	}})
	require.Equal(t, []string{"a"}, idsOf(red))
	require.Equal(t, map[string]int64{"Sarar": 1}, counted(t, red, catalog.BrandFacet, ""), "Kiğılı has nothing red")
	require.Equal(t, map[string]int64{"mavi": 1, "kirmizi": 1}, counted(t, red, catalog.AttributeFacet, "renk"))
	require.Equal(t, map[string]int64{"giyim": 1, "erkek": 1, "gomlek": 1}, counted(t, red, catalog.CategoryFacet, ""))
	require.Nil(t, counted(t, red, catalog.AttributeFacet, "ekran"))
	require.Empty(t, s.ask(t, catalog.Search{}).Facets, "nobody asked")
}

func TestFacets_CountWhatTheirValueAsAFilterFinds(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	var all []catalog.Entry
	for i := range 200 {
		all = append(all, product(fmt.Sprintf("p%03d", i), "Telefon", on("telefon"), wide(float64(i%37)/4), costs(price("try", int64(i*i*7+100)))))
	}
	s.Put(all)
	found := s.ask(t, catalog.Search{Facets: true})
	for _, f := range found.Facets {
		require.LessOrEqual(t, len(f.Values), 50)
		var sum int64
		for _, v := range f.Values {
			sum += v.Count
			var filter catalog.Filter
			switch f.Kind {
			case catalog.PriceFacet:
				if v.Min != nil {
					filter.PriceMin = int64(*v.Min)
				}
				if v.Max != nil {
					filter.PriceMax = int64(*v.Max)
				}
			case catalog.AttributeFacet:
				filter.Attributes = []catalog.AttributeFilter{{Key: f.Key, Min: v.Min, Max: v.Max}}
			case catalog.CategoryFacet, catalog.BrandFacet:
				continue
			}
			require.Equal(t, v.Count, s.ask(t, catalog.Search{Filter: filter}).Total, "%s %s", f.Kind, f.Key)
		}
		if f.Kind == catalog.PriceFacet || f.Kind == catalog.AttributeFacet {
			require.Equal(t, int64(200), sum, "every product is in one range")
			require.GreaterOrEqual(t, len(f.Values), 4)
			require.LessOrEqual(t, len(f.Values), 6)
		}
	}
}

func TestFacets_TellTheCommonestValuesOnly(t *testing.T) {
	t.Parallel()

	s := newShop(t)
	for i := range 60 {
		for j := range 2 {
			if j == 0 || i == 59 {
				s.Put([]catalog.Entry{product(fmt.Sprintf("p%d-%d", i, j), "Kilim", by(fmt.Sprintf("Marka %02d", i)))})
			}
		}
	}
	for _, f := range s.ask(t, catalog.Search{Facets: true}).Facets {
		if f.Kind == catalog.BrandFacet {
			require.Len(t, f.Values, 50)
			require.Equal(t, catalog.FacetValue{Key: "Marka 59", Count: 2}, f.Values[0])
		}
	}
}
