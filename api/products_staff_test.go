package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/payment/stripe"
)

// pot is a product as a merchandiser writes it.
const pot = `{"status":"active","title":{"tr":"Bakır Çaydanlık","en":"Copper Teapot"},"categories":["kitchen"],"brand":"Gürmetal","tags":["bakır"],
	"options":[{"key":"size","name":{"tr":"Boy","en":"Size"},"values":[{"key":"s","name":{"tr":"Küçük","en":"Small"}},{"key":"l","name":{"tr":"Büyük","en":"Large"}}]}],
	"variants":[
		{"sku":"CAYDANLIK-S","choices":{"size":"s"},"tax_percent":20,"weight_grams":900,"barcode":"8690000000111","prices":[{"amount":{"amount":149990,"currency":"TRY"}}]},
		{"sku":"CAYDANLIK-L","choices":{"size":"l"},"tax_percent":20,"weight_grams":1400,"dimensions":{"length":250,"width":180,"height":220},
		 "prices":[{"list":"try","amount":{"amount":189990,"currency":"TRY"},"compare_at":{"amount":219990,"currency":"TRY"}},{"amount":{"amount":5490,"currency":"EUR"}}]}]}`

// merchandiser signs in somebody who keeps the catalogue.
func (r *rig) merchandiser(t *testing.T) func(method, path, body string, headers ...string) call {
	t.Helper()
	token := r.staff(t, identity.Catalogue, "pwd", "otp").access
	return func(method, path, body string, headers ...string) call {
		c := call{method: method, path: path, body: body, headers: map[string]string{"Authorization": "Bearer " + token}}
		for i := 0; i+1 < len(headers); i += 2 {
			c.headers[headers[i]] = headers[i+1]
		}
		return c
	}
}

// createPot creates the product and returns the answer.
func (r *rig) createPot(t *testing.T, as func(string, string, string, ...string) call, body, key string) answer {
	t.Helper()
	a := r.do(t, as("POST", "/v1/staff/products", body, "Idempotency-Key", key))
	require.Equal(t, http.StatusCreated, a.StatusCode, "%s", a.raw)
	return a
}

const firstKey, secondKey = "6f1c2b0e-4f0a-4e0e-9a55-8f0c1e5b7a01", "6f1c2b0e-4f0a-4e0e-9a55-8f0c1e5b7a02"

func TestProducts_AreCreatedOnceAndShownToShoppersAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	made := r.createPot(t, as, pot, firstKey)
	require.Equal(t, `"1"`, made.Header.Get("ETag"))
	require.Equal(t, made.json["id"], r.createPot(t, as, pot, firstKey).json["id"], "the same key is the same product")
	requireProblem(t, r.do(t, as("POST", "/v1/staff/products", pot, "Idempotency-Key", secondKey)), 409, "conflict")

	shown := r.do(t, call{method: "GET", path: "/v1/products/bakir-caydanlik"})
	require.Equal(t, http.StatusOK, shown.StatusCode, "%s", shown.raw)
	require.Equal(t, map[string]any{"tr": "bakir-caydanlik", "en": "copper-teapot"}, shown.json["slugs"])
	require.Equal(t, []any{map[string]any{"id": "kitchen", "slug": "mutfak", "name": "Mutfak"}}, shown.json["path"])
	large := shown.json["variants"].([]any)[1].(map[string]any)
	require.Equal(t, lira(189_990), large["price"])
	require.Equal(t, lira(219_990), large["compare_at"])
	require.Equal(t, map[string]any{"length": 250.0, "width": 180.0, "height": 220.0}, large["dimensions"])
	euro := r.do(t, call{method: "GET", path: "/v1/products/copper-teapot?currency=EUR"})
	variants := euro.json["variants"].([]any)
	require.NotContains(t, variants[0], "price", "the small one is not sold in euros")
	require.Equal(t, map[string]any{"amount": 5490.0, "currency": "EUR"}, variants[1].(map[string]any)["price"])
	requireProblem(t, r.do(t, call{method: "GET", path: "/v1/products/copper-teapot?currency=USD"}), 422, "invalid")
}

func TestProducts_AreReplacedAndPatchedOverTheRevisionThatWasRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	made := r.createPot(t, as, pot, firstKey)
	path := "/v1/staff/products/" + made.json["id"].(string)
	requireProblem(t, r.do(t, as("PATCH", path, `{"brand":"Bakırcı Ömer"}`)), 428, "revision_missing")
	requireProblem(t, r.do(t, as("PATCH", path, `{"brand":"Bakırcı Ömer"}`, "If-Match", `"7"`)), 412, "revision_stale")
	requireProblem(t, r.do(t, as("PATCH", path, `{"brand":"Bakırcı Ömer"}`, "If-Match", `W/"1"`)), 412, "revision_stale")

	patched := r.do(t, as("PATCH", path, `{"brand":"Bakırcı Ömer","seo":{"title":{"tr":"El yapımı çaydanlık"}},"tags":null}`, "If-Match", `"1"`))
	require.Equal(t, http.StatusOK, patched.StatusCode, "%s", patched.raw)
	require.Equal(t, `"2"`, patched.Header.Get("ETag"))
	require.Equal(t, "Bakırcı Ömer", patched.json["brand"])
	require.Equal(t, []any{}, patched.json["tags"])
	require.Equal(t, made.json["variants"], patched.json["variants"], "what is not named stays, variants' ids too")

	read := r.do(t, as("GET", path, ""))
	require.Equal(t, patched.raw, read.raw)
	again := r.do(t, as("PUT", path, read.raw, "If-Match", read.Header.Get("ETag")))
	require.Equal(t, http.StatusOK, again.StatusCode, "what was read can be sent back: %s", again.raw)
	require.Equal(t, `"3"`, again.Header.Get("ETag"))
	require.Equal(t, "El yapımı çaydanlık", r.do(t, call{method: "GET", path: "/v1/products/bakir-caydanlik"}).json["seo"].(map[string]any)["title"])

	entries := r.do(t, r.staff(t, identity.Administrator, "pwd", "otp").as("GET", "/v1/staff/audit-log?what=patch-product&phase=done", ""))
	require.Contains(t, entries.raw, "Bakırcı Ömer")
	require.NotContains(t, entries.raw, "CAYDANLIK-S", "only what changed is kept")
}

func TestProducts_LeadFromOldSlugsToNewOnes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	made := r.createPot(t, as, pot, firstKey)
	path := "/v1/staff/products/" + made.json["id"].(string)
	a := r.do(t, as("PATCH", path, `{"slugs":{"tr":"bakir-caydanlik-el-yapimi"}}`, "If-Match", `"1"`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	old := r.do(t, call{method: "GET", path: "/v1/products/bakir-caydanlik"})
	require.Equal(t, "/v1/products/bakir-caydanlik-el-yapimi", old.Request.URL.Path, "the client was led there")
	require.Equal(t, http.StatusMovedPermanently, old.Request.Response.StatusCode)
	require.Equal(t, http.StatusOK, r.do(t, call{method: "GET", path: "/v1/products/copper-teapot"}).StatusCode, "the English one is as it was")
}

func TestProducts_LeadFromOldSlugsInAnAnswerThatIsAskedForAgain(t *testing.T) {
	t.Parallel()
	r := cachedRig(t)
	as := r.merchandiser(t)
	made := r.createPot(t, as, pot, firstKey)
	a := r.do(t, as("PATCH", "/v1/staff/products/"+made.json["id"].(string), `{"slugs":{"tr":"bakir-caydanlik-el-yapimi"}}`, "If-Match", `"1"`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	signedIn := r.register(t, "ozlem.ilgaz@example.com")
	for _, tt := range []struct{ method, bearer, control string }{
		{"GET", "", "public, no-cache"}, {"HEAD", "", "public, no-cache"}, {"GET", "Bearer " + signedIn.access, "private, no-cache"},
	} {
		old := r.do(t, call{method: tt.method, path: "/v1/products/bakir-caydanlik?currency=TRY", headers: map[string]string{"Authorization": tt.bearer}})
		require.Equal(t, "/v1/products/bakir-caydanlik-el-yapimi?currency=TRY", old.Request.URL.RequestURI())
		first := old.Request.Response
		require.Equal(t, http.StatusMovedPermanently, first.StatusCode)
		require.Equal(t, tt.control, first.Header.Get("Cache-Control"))
		require.Contains(t, first.Header.Values("Vary"), "Authorization, Cookie")
		require.Equal(t, "0", first.Header.Get("Content-Length"))
		require.Empty(t, first.Header.Get("Content-Type"))
	}
	moved := at(t, r.document(t), "paths", "/v1/products/{product}", "get", "responses", "301")
	require.NotContains(t, moved, "content")
	require.ElementsMatch(t, []string{"Location", "Cache-Control", "Vary"}, slices.Collect(maps.Keys(at(t, moved, "headers"))))
}

func TestProducts_ThatAreNotActiveAreNobodysBusiness(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	made := r.createPot(t, as, strings.Replace(pot, `"active"`, `"draft"`, 1), firstKey)
	for _, path := range []string{"bakir-caydanlik", made.json["id"].(string)} {
		requireProblem(t, r.do(t, call{method: "GET", path: "/v1/products/" + path}), 404, "not_found")
	}
	require.NotContains(t, r.do(t, call{method: "GET", path: "/v1/products"}).raw, "bakir-caydanlik")
	c := r.newCart(t)
	requireProblem(t, r.do(t, c.in("POST", "/lines", `{"sku":"CAYDANLIK-S","quantity":1}`)), 404, "not_found")
	drafts := r.do(t, as("GET", "/v1/staff/products?status=draft", ""))
	require.Len(t, drafts.json["items"], 1)
}

func TestProducts_ArchivedInAnOpenCartAreSaidToBeNoLongerSold(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(d *api.Deps) {
		d.Gateways = payment.Gateways{stripe.Name: stripe.New(stripe.Config{SecretKey: "sk_test_1", CallTimeout: time.Second})}
	})
	as := r.merchandiser(t)
	r.publishTerms(t)
	made := r.createPot(t, as, pot, firstKey)
	c := r.newCart(t)
	require.Equal(t, http.StatusOK, r.do(t, c.in("POST", "/lines", `{"sku":"CAYDANLIK-S","quantity":1}`)).StatusCode)
	shown := r.do(t, c.in("PUT", "/address", moda))
	a := r.do(t, as("PATCH", "/v1/staff/products/"+made.json["id"].(string), `{"status":"archived"}`, "If-Match", `"1"`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	cart := r.do(t, c.in("GET", "", ""))
	require.Equal(t, false, cart.json["lines"].([]any)[0].(map[string]any)["sold"])
	refused := r.do(t, wish(t, c, shown.json))
	requireProblem(t, refused, 409, "quote_stale")
	require.Equal(t, []any{"CAYDANLIK-S"}, refused.json["lines"])
}

func TestProducts_RefuseBadInputAndChangeNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	made := r.createPot(t, as, pot, firstKey)
	path := "/v1/staff/products/" + made.json["id"].(string)
	before := r.do(t, as("GET", path, "")).raw
	with := func(old, new string) string {
		require.Contains(t, pot, old)
		return strings.Replace(pot, old, new, 1)
	}
	for name, tt := range map[string]struct {
		body   string
		status int
		code   string
		field  string
	}{
		"a SKU of another product":       {with(`"CAYDANLIK-S"`, `"CEZVE-01"`), 409, "conflict", ""},
		"a slug of another product":      {with(`"title"`, `"slugs":{"tr":"cezve"},"title"`), 409, "conflict", ""},
		"a slug with Turkish letters":    {with(`"title"`, `"slugs":{"tr":"çaydanlık"},"title"`), 422, "invalid", "body.slugs.tr"},
		"an attribute of no category":    {with(`"tags"`, `"attributes":[{"key":"ram","number":8}],"tags"`), 422, "invalid", "body.attributes[0].key"},
		"a text where there is a list":   {with(`["bakır"]`, `"bakır"`), 422, "invalid", "body.tags"},
		"a price without a list":         {with(`"currency":"EUR"`, `"currency":"USD"`), 422, "invalid", "body.variants[1].prices[1].list"},
		"a price in a currency of fun":   {with(`"currency":"EUR"`, `"currency":"XAU"`), 422, "invalid", "body.variants[1].prices[1].list"},
		"a price of nothing":             {with(`149990`, `0`), 422, "invalid", "body.variants[0].prices[0].amount"},
		"a price with a fraction":        {with(`149990`, `1499.9`), 422, "invalid", "body.variants[0].prices[0].amount.amount"},
		"a category that there is not":   {with(`["kitchen"]`, `["bahce"]`), 422, "invalid", "body.categories[0]"},
		"a status that there is not":     {with(`"active"`, `"sold"`), 422, "invalid", "body.status"},
		"a field that there is not":      {with(`"brand"`, `"colour":"red","brand"`), 422, "invalid", "body.colour"},
		"two variants in one size":       {with(`"size":"l"}`, `"size":"s"}`), 422, "invalid", "body.variants[1].choices"},
		"a variant of an unknown size":   {with(`"size":"l"}`, `"size":"xl"}`), 422, "invalid", "body.variants[1].choices.size"},
		"a KDV of eighteen":              {with(`"tax_percent":20`, `"tax_percent":18`), 422, "invalid", "body.variants[0].tax_percent"},
		"a barcode that is a name":       {with(`8690000000111`, `caydanlik`), 422, "invalid", "body.variants[0].barcode"},
		"a price from year ten thousand": {with(`{"list":"try","amount":{"amount":189990,"currency":"TRY"}`, `{"list":"try","from":"9999-12-31T23:59:59-23:59","amount":{"amount":189990,"currency":"TRY"}`), 422, "invalid", "body.variants[1].prices[0].from"},
		"a picture that nobody drew":     {with(`"tags"`, `"pictures":[{"name":"../../v1/staff/x?<script>"}],"tags"`), 422, "invalid", "body.pictures[0].name"},
		"what is not JSON":               {`{"status":`, 400, "malformed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := r.do(t, as("PUT", path, tt.body, "If-Match", `"1"`))
			requireProblem(t, a, tt.status, tt.code)
			if tt.field != "" {
				require.Contains(t, a.raw, `"field":"`+tt.field+`"`)
			}
			requireProblem(t, r.do(t, as("POST", "/v1/staff/products", strings.ReplaceAll(tt.body, "CAYDANLIK", "BASKA"), "Idempotency-Key", freshKey())), tt.status, tt.code)
			require.Equal(t, before, r.do(t, as("GET", path, "")).raw)
		})
	}
	for name, patch := range map[string]string{
		"null for what is needed": `{"title":null}`, "a wrong type": `{"brand":7}`, "what there is not": `{"renk":"kırmızı"}`, "a list as an object": `{"variants":{"0":{}}}`,
	} {
		requireProblem(t, r.do(t, as("PATCH", path, patch, "If-Match", `"1"`)), 422, "invalid")
		require.Equal(t, before, r.do(t, as("GET", path, "")).raw, name)
	}
}

func TestProducts_OfFiveHundredVariantsAreCreatedReadAndListed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	p := api.StaffProduct{
		Status: "active", Title: api.TextView{TR: "Beş Yüz Renk İplik", EN: "Yarn in Five Hundred Colours"}, Categories: []string{"kitchen"},
		Options: []api.StaffOption{{Key: "colour", Name: api.TextView{TR: "Renk", EN: "Colour"}}},
	}
	for n := range 500 {
		key := fmt.Sprint("renk-", n)
		p.Options[0].Values = append(p.Options[0].Values, api.StaffValue{Key: key, Name: api.TextView{TR: fmt.Sprint("Renk ", n), EN: fmt.Sprint("Colour ", n)}})
		v := api.StaffVariant{SKU: fmt.Sprint("IPLIK-", n), Choices: map[string]string{"colour": key}, TaxPercent: 10, WeightGrams: 100, Prices: []api.StaffPrice{{}}}
		v.Prices[0].Amount.Minor, v.Prices[0].Amount.Currency = 4_990, "TRY"
		p.Variants = append(p.Variants, v)
	}
	body, err := json.Marshal(p)
	require.NoError(t, err)
	r.createPot(t, as, string(body), firstKey)
	shown := r.do(t, call{method: "GET", path: "/v1/products/bes-yuz-renk-iplik"})
	require.Equal(t, http.StatusOK, shown.StatusCode)
	require.Len(t, shown.json["variants"], 500)
	r.catch(t)
	require.Contains(t, r.do(t, call{method: "GET", path: "/v1/products?category=kitchen"}).raw, "bes-yuz-renk-iplik")
}

func TestPrices_AreSetForManySKUsNowAndLater(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	r := newRig(t, func(d *api.Deps) { d.Clock = func() time.Time { return time.Now().Add(time.Duration(passed.Load())) } })
	as := r.merchandiser(t)
	r.createPot(t, as, pot, firstKey)
	later := time.Now().Add(15 * time.Hour).Truncate(time.Second)
	body := fmt.Sprintf(`{"prices":[
		{"sku":"CAYDANLIK-S","amount":{"amount":99990,"currency":"TRY"},"compare_at":{"amount":149990,"currency":"TRY"},"from":%q},
		{"sku":"CEZVE-01","amount":{"amount":79990,"currency":"TRY"}},
		{"sku":"YOK-01","amount":{"amount":79990,"currency":"TRY"}},
		{"sku":"AYVA-01","amount":{"amount":79990,"currency":"USD"}}]}`, later.Format(time.RFC3339))
	a := r.do(t, as("POST", "/v1/staff/prices", body))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.InDelta(t, 2, a.json["changed"], 0)
	require.InDelta(t, 2, a.json["refused"], 0)
	price := func(slug string) any {
		shown := r.do(t, call{method: "GET", path: "/v1/products/" + slug})
		return shown.json["variants"].([]any)[0].(map[string]any)["price"]
	}
	require.Equal(t, lira(79_990), price("cezve"), "at once")
	require.Equal(t, lira(149_990), price("bakir-caydanlik"), "not yet")
	require.Len(t, r.do(t, as("GET", "/v1/staff/products?scheduled_prices=true", "")).json["items"], 1)
	again := r.do(t, as("POST", "/v1/staff/prices", body))
	require.InDelta(t, 0, again.json["changed"], 0, "%s", again.raw)

	c := r.newCart(t)
	r.do(t, c.in("POST", "/lines", `{"sku":"CAYDANLIK-S","quantity":1}`))
	passed.Store(int64(15 * time.Hour))
	require.Equal(t, lira(99_990), price("bakir-caydanlik"), "from its moment on")
	cart := r.do(t, c.in("GET", "", ""))
	require.Equal(t, lira(99_990), cart.json["lines"].([]any)[0].(map[string]any)["unit_price"], "what is shown is what is quoted")

	as = r.merchandiser(t) // the session of yesterday is over
	now := r.do(t, as("POST", "/v1/staff/prices", `{"prices":[{"sku":"CAYDANLIK-S","amount":{"amount":159990,"currency":"TRY"}}]}`))
	require.InDelta(t, 1, now.json["changed"], 0, "%s", now.raw)
	require.Equal(t, lira(159_990), price("bakir-caydanlik"), "the sale is over because somebody says so")
}

func TestProducts_AreChangedManyAtOnceEachAsAWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	ids := []string{r.products[0].ID, r.products[2].ID, "prd_yok"}
	body, err := json.Marshal(map[string]any{"products": ids, "change": map[string]any{"add_tags": []string{"çeyizlik"}, "add_categories": []string{"groceries"}}})
	require.NoError(t, err)
	a := r.do(t, as("POST", "/v1/staff/products/changes", string(body)))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.InDelta(t, 2, a.json["changed"], 0)
	require.InDelta(t, 1, a.json["refused"], 0)
	shown := r.do(t, call{method: "GET", path: "/v1/products/cezve"})
	require.Equal(t, []any{"kitchen", "groceries"}, shown.json["categories"])
	again := r.do(t, as("POST", "/v1/staff/products/changes", string(body)))
	require.InDelta(t, 0, again.json["changed"], 0)

	a = r.do(t, as("POST", "/v1/staff/products/changes", fmt.Sprintf(`{"products":[%q],"change":{"add_categories":["bahce"]}}`, ids[0])))
	require.InDelta(t, 1, a.json["refused"], 0, "%s", a.raw)
	require.Contains(t, a.raw, "categories[2]")
}
