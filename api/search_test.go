package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

// declare gives the kitchen a colour that shoppers filter by and a volume, and the
// pot and the glass values of them.
func declare(t *testing.T, r *rig) {
	t.Helper()
	shelves, err := r.deps.Products.Shelves(t.Context())
	require.NoError(t, err)
	kitchen := shelves.Categories["kitchen"]
	kitchen.Attributes = []catalog.Declaration{
		{Key: "color", Name: catalog.Text{TR: "Renk", EN: "Colour"}, Type: catalog.ChoiceAttribute, Filterable: true, Choices: []catalog.Value{
			{Key: "red", Name: catalog.Text{TR: "Kırmızı", EN: "Red"}}, {Key: "copper", Name: catalog.Text{TR: "Bakır", EN: "Copper"}},
		}},
		{Key: "volume", Name: catalog.Text{TR: "Hacim", EN: "Volume"}, Unit: catalog.Text{TR: "ml", EN: "ml"}, Type: catalog.NumberAttribute, Filterable: true},
		{Key: "oven", Name: catalog.Text{TR: "Fırına girer", EN: "Oven proof"}, Type: catalog.BooleanAttribute, Filterable: true},
	}
	_, err = r.deps.Products.SaveCategory(t.Context(), kitchen)
	require.NoError(t, err)
	for slug, of := range map[string]struct {
		color  string
		volume float64
		oven   bool
	}{"cezve": {"copper", 300, true}, "cay-bardagi": {"red", 120, false}} {
		p, err := r.deps.Products.Find(t.Context(), slug)
		require.NoError(t, err)
		p.Attributes = []catalog.Attribute{{Key: "color", Choices: []string{of.color}}, {Key: "volume", Number: &of.volume}, {Key: "oven", Boolean: &of.oven}}
		_, err = r.deps.Products.Replace(t.Context(), p)
		require.NoError(t, err)
	}
	r.catch(t)
}

func TestSearch_CountsFacetsInTheLanguageOfTheRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	declare(t, r)
	a := r.do(t, call{method: "GET", path: "/v1/products?facets=true&category=kitchen&attr.color=red"})
	require.Equal(t, []string{"cay-bardagi"}, slugs(t, a))
	require.InDelta(t, 1, a.json["total"], 0)
	facets := map[string]map[string]any{}
	for _, f := range a.json["facets"].([]any) {
		f := f.(map[string]any)
		key, _ := f["key"].(string)
		facets[f["kind"].(string)+key] = f
	}
	require.Equal(t, map[string]any{"kind": "attribute", "key": "color", "name": "Renk", "values": []any{
		map[string]any{"key": "copper", "name": "Bakır", "count": 1.0}, map[string]any{"key": "red", "name": "Kırmızı", "count": 1.0},
	}}, facets["attributecolor"], "its own filter is left out")
	require.Equal(t, []any{map[string]any{"min": 120.0, "max": 120.0, "count": 1.0}}, facets["attributevolume"]["values"])
	require.Equal(t, []any{map[string]any{"key": "kitchen", "name": "Mutfak", "count": 1.0}}, facets["category"]["values"])
	require.Equal(t, []any{map[string]any{"key": "Paşabahçe", "name": "Paşabahçe", "count": 1.0}}, facets["brand"]["values"])

	english := r.do(t, call{method: "GET", path: "/v1/products?facets=true&category=kitchen", headers: map[string]string{"Accept-Language": "en"}})
	require.Contains(t, english.raw, `"name":"Colour"`)
	require.NotContains(t, r.do(t, call{method: "GET", path: "/v1/products"}).raw, "facets")
}

func TestSearch_NamesTheChoicesOfEachCategoryThatDeclaresAnAttribute(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	declare(t, r)
	shelves, err := r.deps.Products.Shelves(t.Context())
	require.NoError(t, err)
	shirts := shelves.Categories["shirts"]
	shirts.Attributes = []catalog.Declaration{{Key: "color", Name: catalog.Text{TR: "Renk", EN: "Colour"}, Type: catalog.ChoiceAttribute, Filterable: true, Choices: []catalog.Value{
		{Key: "white", Name: catalog.Text{TR: "Beyaz", EN: "White"}},
	}}}
	_, err = r.deps.Products.SaveCategory(t.Context(), shirts)
	require.NoError(t, err)
	p, err := r.deps.Products.Find(t.Context(), "keten-gomlek")
	require.NoError(t, err)
	p.Attributes = []catalog.Attribute{{Key: "color", Choices: []string{"white"}}}
	_, err = r.deps.Products.Replace(t.Context(), p)
	require.NoError(t, err)
	r.catch(t)
	a := r.do(t, call{method: "GET", path: "/v1/products?facets=true&attr.color=white"})
	require.Equal(t, []string{"keten-gomlek"}, slugs(t, a))
	for _, name := range []string{"Beyaz", "Bakır", "Kırmızı"} {
		require.Contains(t, a.raw, `"name":"`+name+`"`)
	}
}

func TestSearch_NarrowsByAttributes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	declare(t, r)
	for query, want := range map[string][]string{
		"attr.color=red,copper&sort=title":    {"cezve", "cay-bardagi"},
		"attr.volume=200..":                   {"cezve"},
		"attr.volume=..120":                   {"cay-bardagi"},
		"attr.volume=120..300&attr.oven=true": {"cezve"},
		"attr.volume=300":                     {"cezve"},
		"attr.oven=false":                     {"cay-bardagi"},
		"q=k%C4%B1rm%C4%B1z%C4%B1":            {"cay-bardagi"},
		"on_sale=true":                        {},
		"brand=Yok&brand=Pa%C5%9Fabah%C3%A7e&category=kitchen&category=shirts&sort=title": {"cezve", "cay-bardagi", "keten-gomlek"},
	} {
		got := slugs(t, r.do(t, call{method: "GET", path: "/v1/products?" + query}))
		require.ElementsMatch(t, want, got, query)
	}
	for _, query := range []string{
		"attr.volume=on", "attr.volume=..", "attr.volume=300..100", "attr.volume=NaN", "attr.volume=1e999", "attr.oven=belki", "attr.color=%24ne", "attr.color=", "attr.yok=1", "attr.=1",
		"attr.color=" + strings.Repeat("a,", 60), "facets=evet", "%ff=1", "attr.color[$ne]=red",
	} {
		requireProblem(t, r.do(t, call{method: "GET", path: "/v1/products?" + query}), 422, "invalid")
	}
}

func TestSearch_MarksTitlesAndSaysWhatWasMeant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.do(t, call{method: "GET", path: "/v1/products?q=keten+gomlegi"})
	require.Equal(t, []any{map[string]any{"text": "Keten", "match": true}, map[string]any{"text": " "}, map[string]any{"text": "Gömlek", "match": true}}, a.json["items"].([]any)[0].(map[string]any)["highlight"])
	require.Equal(t, "keten gömlek", r.do(t, call{method: "GET", path: "/v1/products?q=ketem+gomlke"}).json["did_you_mean"])
}

func TestSearch_CompletesWhatIsTyped(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.do(t, call{method: "GET", path: "/v1/search/suggestions?q=" + url.QueryEscape("GÖM")})
	require.Equal(t, []any{
		map[string]any{"text": "Gömlekler", "category_id": "shirts"}, map[string]any{"text": "gömlek"}, map[string]any{"text": "Keten Gömlek", "product_id": r.products[1].ID},
	}, a.json["items"])
	for _, query := range []string{"", "q=", "q=" + strings.Repeat("a", 101), "q=%00", "q=a&limit=21", "q=a&currency=USD", "q=a&attr.color=red"} {
		requireProblem(t, r.do(t, call{method: "GET", path: "/v1/search/suggestions?" + query}), 422, "invalid")
	}
}

func TestSearch_ListsACollectionByItsRule(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	collection := catalog.Collection{
		ID: "ucuz", Slugs: catalog.Text{TR: "uygun-fiyatlar"}, Name: catalog.Text{TR: "Uygun fiyatlar"}, Sort: catalog.PriceAsc, Rule: catalog.Filter{PriceMax: 30_000, Currency: "TRY"},
	}
	saved, err := r.deps.Products.SaveCollection(t.Context(), collection)
	require.NoError(t, err)
	for _, name := range []string{"ucuz", "uygun-fiyatlar"} {
		require.Equal(t, []string{"ispanak", "ayva-receli", "cay-bardagi"}, slugs(t, r.do(t, call{method: "GET", path: "/v1/collections/" + name + "/products"})))
	}
	require.Equal(t, []string{"cay-bardagi", "ayva-receli"}, slugs(t, r.do(t, call{method: "GET", path: "/v1/collections/ucuz/products?sort=price_desc&limit=2"})))
	requireProblem(t, r.do(t, call{method: "GET", path: "/v1/collections/ucuz/products?category=kitchen"}), 422, "invalid")
	saved.Hidden = true
	_, err = r.deps.Products.SaveCollection(t.Context(), saved)
	require.NoError(t, err)
	for _, name := range []string{"ucuz", "yok", "%00"} {
		requireProblem(t, r.do(t, call{method: "GET", path: "/v1/collections/" + name + "/products"}), 404, "not_found")
	}
}

func TestSearch_IsAwayUntilItIsBuilt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.deps.Index = nil
	r.serve(t)
	for _, path := range []string{"/v1/products", "/v1/search/suggestions?q=cay"} {
		requireProblem(t, r.do(t, call{method: "GET", path: path}), 503, string(fault.Unavailable))
	}
	require.Equal(t, http.StatusOK, r.do(t, call{method: "GET", path: "/v1/products/cezve"}).StatusCode, "a product is read from the store")
}

func TestMerchandising_IsWrittenOverItsETagAndFollowed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	staff := func(method, body, etag string) answer {
		return r.do(t, as(method, "/v1/staff/merchandising", body, "If-Match", etag))
	}
	first := staff("GET", "", "")
	require.Equal(t, `"0"`, first.Header.Get("ETag"))
	body := `{"synonyms":[{"language":"tr","words":["fincan","bardak"]}],"pins":[{"text":"bakır","products":["` + r.products[0].ID + `"]}],"boosts":[]}`
	requireProblem(t, staff("PUT", body, ""), 428, "revision_missing")
	requireProblem(t, staff("PUT", body, `"7"`), 412, "revision_stale")
	requireProblem(t, staff("PUT", `{"synonyms":[{"words":["tek"]}],"pins":[],"boosts":[]}`, `"0"`), 422, "invalid")
	require.Equal(t, `"1"`, staff("PUT", body, `"0"`).Header.Get("ETag"))
	r.catch(t)
	require.Equal(t, []string{"cay-bardagi"}, slugs(t, r.do(t, call{method: "GET", path: "/v1/products?q=fincan"})))
	require.Equal(t, []string{"cay-bardagi", "cezve"}, slugs(t, r.do(t, call{method: "GET", path: "/v1/products?q=BAKIR"})))
}

func TestSearch_TellsMerchandisersWhatWasNotFound(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, text := range []string{"uçan halı", "UÇAN HALI", "semaver", "ayse@example.com", "05321234567", "cay"} {
		r.do(t, call{method: "GET", path: "/v1/products?q=" + url.QueryEscape(text)})
	}
	r.do(t, call{method: "GET", path: "/v1/products?on_sale=true&q=cezve"})
	require.NoError(t, r.handler.FlushMisses(t.Context()))
	a := r.do(t, r.merchandiser(t)("GET", "/v1/staff/searches", ""))
	told := [][2]any{}
	for _, item := range a.json["items"].([]any) {
		item := item.(map[string]any)
		told = append(told, [2]any{item["text"], item["count"]})
	}
	require.Equal(t, [][2]any{{"ucan hali", 2.0}, {"semaver", 1.0}}, told)
	require.NoError(t, r.handler.FlushMisses(t.Context()), "nothing is written twice")
}
