package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// dress comes in three sizes, of which no variant is small, and one that its category
// does not know.
const dress = `{"status":"active","title":{"tr":"Keten Elbise","en":"Linen Dress"},"slugs":{"tr":"keten-elbise","en":"linen-dress"},"categories":["elbise"],
	"options":[{"key":"size","name":{"tr":"Ölçü","en":"Measure"},"values":[{"key":"s","name":{"tr":"36"}},{"key":"m","name":{"tr":"38"}},{"key":"l","name":{"tr":"40"}},{"key":"dev","name":{"tr":"Dev"}}]}],
	"attributes":[{"key":"size","choices":["l"]}],
	"variants":[
		{"sku":"ELBISE-M","choices":{"size":"m"},"tax_percent":10,"weight_grams":300,"prices":[{"amount":{"amount":149990,"currency":"TRY"}}]},
		{"sku":"ELBISE-L","choices":{"size":"l"},"tax_percent":10,"weight_grams":320,"prices":[{"amount":{"amount":149990,"currency":"TRY"}}]},
		{"sku":"ELBISE-DEV","choices":{"size":"dev"},"tax_percent":10,"weight_grams":390,"prices":[{"amount":{"amount":149990,"currency":"TRY"}}]}]}`

// sizes declares the sizes that shoppers narrow by.
const sizes = `{"id":"elbise","place":{"parent":"shirts"},"category":{"name":{"tr":"Elbiseler","en":"Dresses"},"attributes":[
	{"key":"size","name":{"tr":"Beden","en":"Size"},"type":"choice","filterable":true,"choices":[
		{"key":"s","name":{"tr":"Küçük","en":"Small"}},{"key":"m","name":{"tr":"Orta","en":"Medium"}},{"key":"l","name":{"tr":"Büyük","en":"Large"}}]}]}}`

func TestSearch_NarrowsAndCountsByTheOptionsOfProducts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	a := r.do(t, as("POST", "/v1/staff/categories", sizes))
	require.Equal(t, http.StatusCreated, a.StatusCode, "%s", a.raw)
	made := r.createPot(t, as, dress, firstKey)
	a = r.do(t, as("POST", "/v1/staff/collections", `{"id":"orta-boy","collection":{"name":{"tr":"Orta Boy"},"sort":"title","rule":{"attributes":[{"key":"size","choices":["m"]}]}}}`))
	require.Equal(t, http.StatusCreated, a.StatusCode, "%s", a.raw)
	r.catch(t)

	for query, want := range map[string][]string{
		"products?attr.size=m":                 {"keten-elbise", "keten-gomlek"},
		"products?attr.size=m&category=elbise": {"keten-elbise"},
		"products?attr.size=s":                 {},
		"products?q=orta":                      {"keten-elbise", "keten-gomlek"},
		"collections/orta-boy/products":        {"keten-elbise", "keten-gomlek"},
		"collections/orta-boy/products?attr.size=l&brand=Pa%C5%9Fabah%C3%A7e": {"keten-gomlek"},
	} {
		require.ElementsMatch(t, want, slugs(t, r.do(t, call{method: "GET", path: "/v1/" + query})), query)
	}
	require.Equal(t, map[string]any{"kind": "attribute", "key": "size", "name": "Beden", "values": []any{
		map[string]any{"key": "l", "name": "Büyük", "count": 2.0}, map[string]any{"key": "m", "name": "Orta", "count": 2.0},
	}}, r.attributeFacet(t, "size"), "a product once, and only sizes that have a name")

	shown := r.do(t, call{method: "GET", path: "/v1/products/keten-elbise"})
	require.Equal(t, []any{map[string]any{"key": "size", "name": "Beden", "type": "choice", "choices": []any{map[string]any{"key": "l", "name": "Büyük"}}}}, shown.json["attributes"])
	option := shown.json["options"].([]any)[0].(map[string]any)
	require.Equal(t, "Ölçü", option["name"], "the page shows the option as the product names it")
	require.Len(t, option["values"], 4)

	a = r.do(t, as("PATCH", "/v1/staff/products/"+made.json["id"].(string), `{"status":"archived"}`, "If-Match", `"1"`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	r.catch(t)
	require.Equal(t, []any{map[string]any{"key": "l", "name": "Büyük", "count": 1.0}, map[string]any{"key": "m", "name": "Orta", "count": 1.0}}, r.attributeFacet(t, "size")["values"])
}

func TestSearch_ShowsNoFacetThatIsDeclaredNoMore(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	a := r.do(t, as("POST", "/v1/staff/categories", sizes))
	require.Equal(t, http.StatusCreated, a.StatusCode, "%s", a.raw)
	r.catch(t)
	require.NotNil(t, r.attributeFacet(t, "size"))
	fewer := `{"name":{"tr":"Elbiseler"},"attributes":[{"key":"size","name":{"tr":"Beden"},"type":"choice","filterable":true,"choices":[{"key":"m","name":{"tr":"Orta"}}]}]}`
	a = r.do(t, as("PUT", "/v1/staff/categories/elbise", fewer, "If-Match", `"1"`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Equal(t, []any{map[string]any{"key": "m", "name": "Orta", "count": 1.0}}, r.attributeFacet(t, "size")["values"], "the index has not heard of it")
	a = r.do(t, as("PUT", "/v1/staff/categories/elbise", `{"name":{"tr":"Elbiseler"}}`, "If-Match", `"2"`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Nil(t, r.attributeFacet(t, "size"))
	requireProblem(t, r.do(t, call{method: "GET", path: "/v1/products?attr.size=m"}), 422, "invalid")
}

// attributeFacet returns an attribute's facet in a list of the whole shop.
func (r *rig) attributeFacet(t *testing.T, key string) map[string]any {
	t.Helper()
	a := r.do(t, call{method: "GET", path: "/v1/products?facets=true"})
	for _, f := range a.json["facets"].([]any) {
		if f := f.(map[string]any); f["key"] == key {
			return f
		}
	}
	return nil
}
