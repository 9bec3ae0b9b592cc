package api

import (
	"net/url"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

// FuzzListQuery_IsReadOrRefused holds what any client can write behind a list's address.
func FuzzListQuery_IsReadOrRefused(f *testing.F) {
	shelves := catalog.Shelves{Categories: map[string]catalog.Category{"phones": {ID: "phones", Attributes: []catalog.Declaration{
		{Key: "color", Type: catalog.ChoiceAttribute, Filterable: true, Choices: []catalog.Value{{Key: "red"}, {Key: "blue"}}},
		{Key: "screen", Type: catalog.NumberAttribute, Filterable: true},
		{Key: "nfc", Type: catalog.BooleanAttribute, Filterable: true},
	}}}}
	for _, seed := range []string{
		"attr.color=red,blue&attr.screen=6..6.7&attr.nfc=true", "attr.screen=..&sort=price_asc", "attr.screen=0x1p-2", "attr.screen=NaN..1e999",
		"attr.color=&attr.color=kırmızı", "attr.=1&attr.nfc=%00", "cursor=%ff&sort=$ne&q=" + "x", "attr.screen=9..1", "attr.screen=-0..1_000",
	} {
		f.Add(seed, "relevance", "çay bardağı")
	}
	f.Fuzz(func(t *testing.T, raw, sort, text string) {
		given, err := url.ParseQuery(raw)
		if err != nil {
			t.Skip()
		}
		q := ListQuery{Brands: given["brand"], Tags: given["tag"], Sort: catalog.Sort(sort), Cursor: given.Get("cursor"), Limit: 20}
		if err := q.check(map[string]string{"q": text}); err != nil {
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			return
		}
		require.True(t, utf8.ValidString(text) && utf8.ValidString(q.Cursor))
		filter, err := q.filter(given, shelves, "q", "category")
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			return
		}
		require.NoError(t, filter.Check(), "what was taken can be asked for")
		for _, a := range filter.Attributes {
			_, there := catalog.Filterable(shelves.Categories, a.Key)
			require.True(t, there)
		}
	})
}
