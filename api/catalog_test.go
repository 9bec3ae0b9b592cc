package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func slugs(t *testing.T, a answer) []string {
	t.Helper()
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	found := []string{}
	for _, item := range a.json["items"].([]any) {
		found = append(found, item.(map[string]any)["slug"].(string))
	}
	return found
}

func TestCatalogue_IsListedByCategoryWordsPriceAndOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, tt := range []struct {
		name  string
		query string
		want  []string
	}{
		{"newest first", "", []string{"ayva-receli", "ispanak", "cezve", "keten-gomlek", "cay-bardagi"}},
		{"a category", "category=kitchen", []string{"cezve", "cay-bardagi"}},
		{"a category by its slug", "category=mutfak", []string{"cezve", "cay-bardagi"}},
		{"cheapest first", "category=kitchen&sort=price_asc", []string{"cay-bardagi", "cezve"}},
		{"dearest first", "sort=price_desc&limit=2", []string{"keten-gomlek", "cezve"}},
		{"by the Turkish alphabet", "sort=title", []string{"ayva-receli", "cezve", "cay-bardagi", "ispanak", "keten-gomlek"}},
		{"a word without Turkish letters", "q=cay", []string{"cay-bardagi"}},
		{"a word in capitals with a dotless I", "q=ISPANAK", []string{"ispanak"}},
		{"a word in capitals with a dotted I", "q=" + url.QueryEscape("İSPANAK"), []string{"ispanak"}},
		{"two words, of which one is English", "q=" + url.QueryEscape("çay glass"), []string{"cay-bardagi"}},
		{"the beginning of a word", "q=isp", []string{"ispanak"}},
		{"what is sold in euros", "currency=EUR", []string{"zeytinyagi"}},
		{"the middle of a word", "q=ytin", []string{}},
		{"a pattern, which is only text here", "q=" + url.QueryEscape(".*"), []string{}},
		{"a price range", "price_min=20000&price_max=90000", []string{"cezve", "cay-bardagi"}},
		{"a barcode that passes for a card number", "q=4242424242424242", []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, slugs(t, r.do(t, call{method: "GET", path: "/v1/products?" + tt.query})))
		})
	}
	requireProblem(t, r.do(t, call{method: "GET", path: "/v1/products?category=kitchen&category=yok"}), 422, "invalid")
	english := call{method: "GET", path: "/v1/products?sort=title", headers: map[string]string{"Accept-Language": "en"}}
	require.Equal(t, []string{"cezve", "keten-gomlek", "ayva-receli", "ispanak", "cay-bardagi"}, slugs(t, r.do(t, english)))
}

func TestCatalogue_IsPagedToItsEndInEveryOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, sort := range []string{"newest", "price_asc", "price_desc", "title"} {
		whole := slugs(t, r.do(t, call{method: "GET", path: "/v1/products?sort=" + sort}))
		require.Len(t, whole, 5)
		paged, cursor := []string{}, ""
		for range 3 {
			a := r.do(t, call{method: "GET", path: "/v1/products?limit=2&sort=" + sort + "&cursor=" + cursor})
			paged = append(paged, slugs(t, a)...)
			cursor, _ = a.json["next_cursor"].(string)
		}
		require.Equal(t, whole, paged, sort)
		require.Empty(t, cursor, "the last page has no next one")
	}
}

func TestCatalogue_RefusesBadQuestions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	cursor, _ := r.do(t, call{method: "GET", path: "/v1/products?limit=1&sort=title"}).json["next_cursor"].(string)
	require.NotEmpty(t, cursor)
	for name, query := range map[string]string{
		"limit of nothing":             "limit=0",
		"limit that is huge":           "limit=101",
		"limit that is no number":      "limit=on",
		"unknown order":                "sort=rating",
		"negative price":               "price_min=-1",
		"price beyond every number":    "price_min=99999999999999999999999",
		"range upside down":            "price_min=200&price_max=100",
		"cursor of another order":      "sort=newest&cursor=" + cursor,
		"cursor that is not ours":      "cursor=abc",
		"cursor of another shape":      "cursor=" + "W10",
		"text that is too long":        "q=" + strings.Repeat("a", 101),
		"parameter of no attribute":    "attr.renk=mavi",
		"parameter with a NUL":         "attr.%00=1",
		"fifty-one brands":             strings.Repeat("brand=a&", 51),
		"order of an injection":        "sort=" + url.QueryEscape("title'; drop table"),
		"text with a NUL":              "q=%00",
		"text with a control":          "q=a%0ab",
		"text that is no UTF-8":        "q=%ff%fe",
		"order with a NUL":             "sort=title%00",
		"cursor with a NUL":            "cursor=%00",
		"cursor that is no UTF-8":      "cursor=%ff",
		"category with a NUL":          "category=%00",
		"category that is no UTF-8":    "category=%c3%28",
		"parameter that is not ours":   "page=2",
		"currency that is not sold in": "currency=USD",
		"currency that is none":        "currency=lira",
	} {
		requireProblem(t, r.do(t, call{method: "GET", path: "/v1/products?" + query}), 422, "invalid")
		_ = name
	}
	for _, path := range []string{"/v1/products/yok", "/v1/products/prd_01k3v8m4w00000000000009999", "/v1/products/%24gt", "/v1/products/%00", "/v1/products/%ff", "/v1/pictures/%ff.svg", "/v1/pictures/yok.svg", "/v1/pictures/cezve.png", "/v1/pictures/..%2f..%2fetc"} {
		requireProblem(t, r.do(t, call{method: "GET", path: path}), 404, "not_found")
	}
}

func TestCatalogue_ShowsAProductByIDAndSlugInBothLanguages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bySlug := r.do(t, call{method: "GET", path: "/v1/products/keten-gomlek"})
	require.Equal(t, http.StatusOK, bySlug.StatusCode, "%s", bySlug.raw)
	byID := r.do(t, call{method: "GET", path: "/v1/products/" + bySlug.json["id"].(string)})
	require.Equal(t, bySlug.raw, byID.raw)
	require.Equal(t, "Keten Gömlek", bySlug.json["title"])

	medium := bySlug.json["variants"].([]any)[0].(map[string]any)
	require.Equal(t, "GOMLEK-M", medium["sku"])
	require.Equal(t, lira(119_990), medium["price"])
	require.Equal(t, lira(10_908), medium["tax"], "10% KDV inside 1.199,90")
	require.Equal(t, []any{map[string]any{"key": "size", "name": "Beden", "value": "M"}}, medium["options"])
	require.Equal(t, map[string]any{"state": "last_units", "at_least": 1.0}, medium["stock"], "three are left, and nobody hears that it is three")

	english := r.do(t, call{method: "GET", path: "/v1/products/keten-gomlek", headers: map[string]string{"Accept-Language": "en"}})
	require.Equal(t, "Linen Shirt", english.json["title"])
	require.Equal(t, "en", english.Header.Get("Content-Language"))
	require.Contains(t, english.Header.Values("Vary"), "Accept-Language")

	soldOut := r.do(t, call{method: "GET", path: "/v1/products/cezve"})
	require.Equal(t, map[string]any{"state": "sold_out", "at_least": 0.0}, soldOut.json["variants"].([]any)[0].(map[string]any)["stock"])
}

func TestCatalogue_ListsCategoriesInTheirOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.do(t, call{method: "GET", path: "/v1/categories"})
	require.Equal(t, []any{
		map[string]any{"id": "kitchen", "name": "Mutfak", "slug": "mutfak", "depth": 0.0},
		map[string]any{"id": "shirts", "name": "Gömlekler", "slug": "gomlekler", "depth": 0.0},
		map[string]any{"id": "groceries", "name": "Gıda", "slug": "gida", "depth": 0.0},
	}, a.json["items"])
}

func TestCatalogue_ListsTheCollectionsThatAreShown(t *testing.T) {
	t.Parallel()
	r := cachedRig(t)
	as := r.merchandiser(t)
	empty := r.do(t, call{method: "GET", path: "/v1/collections"})
	require.Equal(t, http.StatusOK, empty.StatusCode, "%s", empty.raw)
	require.JSONEq(t, `{"items":[]}`, empty.raw)
	for _, c := range []string{
		`{"id":"yaz-indirimi","collection":{"name":{"tr":"Yaz İndirimi","en":"Summer Sale"},"description":{"tr":"Işıl ışıl bir yaz için"},"rule":{"on_sale":true},"sort":"newest"}}`,
		`{"id":"bakir-isi","collection":{"name":{"tr":"Bakır İşi","en":"Copperware"},"seo":{"title":{"tr":"El yapımı bakır"}},"rule":{"tags":["bakır"]},"sort":"title"}}`,
		`{"id":"taslak","collection":{"name":{"tr":"Taslak"},"rule":{"brands":["Gürmetal"]},"sort":"newest","hidden":true}}`,
	} {
		a := r.do(t, as("POST", "/v1/staff/collections", c))
		require.Equal(t, http.StatusCreated, a.StatusCode, "%s", a.raw)
	}
	turkish := []any{
		map[string]any{
			"id": "bakir-isi", "slug": "bakir-isi", "slugs": map[string]any{"tr": "bakir-isi", "en": "copperware"}, "name": "Bakır İşi",
			"seo": map[string]any{"title": "El yapımı bakır", "description": ""},
		},
		map[string]any{
			"id": "yaz-indirimi", "slug": "yaz-indirimi", "slugs": map[string]any{"tr": "yaz-indirimi", "en": "summer-sale"}, "name": "Yaz İndirimi",
			"description": "Işıl ışıl bir yaz için", "seo": map[string]any{"title": "Yaz İndirimi", "description": "Işıl ışıl bir yaz için"},
		},
	}
	var shown answer
	require.Eventually(t, func() bool {
		shown = r.do(t, call{method: "GET", path: "/v1/collections"})
		return len(shown.json["items"].([]any)) == 2
	}, 5*time.Second, 20*time.Millisecond, "what is kept of a list is old for less than a second")
	require.Equal(t, turkish, shown.json["items"])
	require.NotEmpty(t, shown.Header.Get("ETag"))
	english := r.do(t, call{method: "GET", path: "/v1/collections", headers: map[string]string{"Accept-Language": "en"}}).json["items"].([]any)
	require.Equal(t, "summer-sale", english[1].(map[string]any)["slug"])
	require.Equal(t, "Summer Sale", english[1].(map[string]any)["name"])
	slug := english[0].(map[string]any)["slug"].(string)
	require.Equal(t, http.StatusOK, r.do(t, call{method: "GET", path: "/v1/collections/" + slug + "/products"}).StatusCode, "what is listed can be opened")
}

func TestCatalogue_DrawsThePictureOfEachProduct(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	product := r.do(t, call{method: "GET", path: "/v1/products/cezve"})
	address := product.json["pictures"].([]any)[0].(map[string]any)["url"].(string)
	a := r.do(t, call{method: "GET", path: address})
	require.Equal(t, http.StatusOK, a.StatusCode)
	require.Equal(t, "image/svg+xml", a.Header.Get("Content-Type"))
	require.True(t, strings.HasPrefix(a.raw, "<svg "))
	require.Contains(t, a.Header.Get("Content-Security-Policy"), "sandbox", "a picture that is opened as a page runs nothing")
	require.Equal(t, "cross-origin", a.Header.Get("Cross-Origin-Resource-Policy"))
}
