package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/identity"
)

func TestCategories_AreCreatedMovedAndRemoved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	made := r.do(t, as("POST", "/v1/staff/categories", `{"id":"cay","place":{"parent":"kitchen","position":2},"category":{"name":{"tr":"Çay ve Kahve","en":"Tea and Coffee"}}}`))
	require.Equal(t, http.StatusCreated, made.StatusCode, "%s", made.raw)
	require.Equal(t, map[string]any{"tr": "cay-ve-kahve", "en": "tea-and-coffee"}, made.json["slugs"])
	requireProblem(t, r.do(t, as("POST", "/v1/staff/categories", `{"id":"cay","category":{"name":{"tr":"Çay"}}}`)), 409, "conflict")

	tree := r.do(t, as("GET", "/v1/staff/categories", ""))
	requireProblem(t, r.do(t, as("PUT", "/v1/staff/categories/kitchen/place", `{"parent":"cay"}`, "If-Match", tree.Header.Get("ETag"))), 422, "invalid")
	requireProblem(t, r.do(t, as("PUT", "/v1/staff/categories/cay/place", `{"parent":"groceries"}`)), 428, "revision_missing")
	moved := r.do(t, as("PUT", "/v1/staff/categories/cay/place", `{"parent":"groceries"}`, "If-Match", tree.Header.Get("ETag")))
	require.Equal(t, http.StatusOK, moved.StatusCode, "%s", moved.raw)
	requireProblem(t, r.do(t, as("PUT", "/v1/staff/categories/cay/place", `{}`, "If-Match", tree.Header.Get("ETag"))), 412, "revision_stale")
	shown := r.do(t, call{method: "GET", path: "/v1/categories"}).json["items"].([]any)
	require.Equal(t, map[string]any{"id": "cay", "parent": "groceries", "depth": 1.0, "slug": "cay-ve-kahve", "name": "Çay ve Kahve"}, shown[3])

	requireProblem(t, r.do(t, as("DELETE", "/v1/staff/categories/groceries", "", "If-Match", `"1"`)), 409, "conflict")
	requireProblem(t, r.do(t, as("DELETE", "/v1/staff/categories/cay", "", "If-Match", `"9"`)), 412, "revision_stale")
	require.Equal(t, http.StatusNoContent, r.do(t, as("DELETE", "/v1/staff/categories/cay", "", "If-Match", `"1"`)).StatusCode)
	requireProblem(t, r.do(t, as("GET", "/v1/staff/categories/cay", "")), 404, "not_found")
}

func TestCategories_DeclareWhatTheirProductsMayHave(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	body := `{"name":{"tr":"Mutfak","en":"Kitchen"},"slugs":{"tr":"mutfak","en":"kitchen"},"attributes":[
		{"key":"volume","name":{"tr":"Hacim","en":"Volume"},"type":"number","unit":{"tr":"ml","en":"ml"},"filterable":true},
		{"key":"material","name":{"tr":"Malzeme","en":"Material"},"type":"choice","multiple":true,"filterable":true,"choices":[{"key":"copper","name":{"tr":"Bakır","en":"Copper"}},{"key":"glass","name":{"tr":"Cam","en":"Glass"}}]},
		{"key":"dishwasher","name":{"tr":"Bulaşık makinesine girer","en":"Dishwasher safe"},"type":"boolean"}]}`
	requireProblem(t, r.do(t, as("PUT", "/v1/staff/categories/kitchen", body, "If-Match", `"3"`)), 412, "revision_stale")
	a := r.do(t, as("PUT", "/v1/staff/categories/kitchen", body, "If-Match", `"1"`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	product := "/v1/staff/products/" + r.products[2].ID
	a = r.do(t, as("PATCH", product, `{"attributes":[{"key":"volume","number":250},{"key":"material","choices":["copper"]},{"key":"dishwasher","boolean":false}]}`, "If-Match", `"1"`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	shown := r.do(t, call{method: "GET", path: "/v1/products/cezve", headers: map[string]string{"Accept-Language": "en"}})
	require.Equal(t, []any{
		map[string]any{"key": "volume", "name": "Volume", "type": "number", "number": 250.0, "unit": "ml"},
		map[string]any{"key": "material", "name": "Material", "type": "choice", "choices": []any{map[string]any{"key": "copper", "name": "Copper"}}},
		map[string]any{"key": "dishwasher", "name": "Dishwasher safe", "type": "boolean", "boolean": false},
	}, shown.json["attributes"])

	requireProblem(t, r.do(t, as("PATCH", product, `{"attributes":[{"key":"volume","boolean":true}]}`, "If-Match", `"2"`)), 422, "invalid")
	retyped := `{"name":{"tr":"Mutfak"},"attributes":[{"key":"volume","name":{"tr":"Hacim"},"type":"text"}]}`
	requireProblem(t, r.do(t, as("PUT", "/v1/staff/categories/kitchen", retyped, "If-Match", `"2"`)), 409, "conflict")
}

func TestCollections_AreRulesThatAreHeldAgainstTheShop(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	body := `{"id":"bayram","collection":{"name":{"tr":"Bayram Sofrası","en":"Festive Table"},"sort":"price_asc","rule":{"categories":["kitchen"],"price_max":50000,"currency":"TRY"}}}`
	made := r.do(t, as("POST", "/v1/staff/collections", body))
	require.Equal(t, http.StatusCreated, made.StatusCode, "%s", made.raw)
	requireProblem(t, r.do(t, as("POST", "/v1/staff/collections", body)), 409, "conflict")
	for name, rule := range map[string]string{
		"nothing": `{}`, "an unknown category": `{"categories":["bahce"]}`, "an unknown attribute": `{"attributes":[{"key":"ram","min":8}]}`,
		"bounds without a currency": `{"price_min":5}`, "a currency that nothing is sold in": `{"price_min":5,"currency":"USD"}`,
	} {
		a := r.do(t, as("PUT", "/v1/staff/collections/bayram", `{"name":{"tr":"Bayram"},"sort":"newest","rule":`+rule+`}`, "If-Match", `"1"`))
		requireProblem(t, a, 422, "invalid")
		require.Contains(t, a.raw, "body.rule", name)
	}
	a := r.do(t, as("PUT", "/v1/staff/collections/bayram", `{"name":{"tr":"Bayram"},"sort":"newest","rule":{"brands":["Paşabahçe"]}}`, "If-Match", `"1"`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Equal(t, `"2"`, a.Header.Get("ETag"))
	require.Len(t, r.do(t, as("GET", "/v1/staff/collections", "")).json["items"], 1)
	require.Equal(t, http.StatusNoContent, r.do(t, as("DELETE", "/v1/staff/collections/bayram", "", "If-Match", `"2"`)).StatusCode)
	requireProblem(t, r.do(t, as("GET", "/v1/staff/collections/bayram", "")), 404, "not_found")
}

func TestPriceLists_CountForTheirDaysInListsAndCartsAlike(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	lists := r.do(t, as("GET", "/v1/staff/price-lists", ""))
	require.Len(t, lists.json["items"], 2)
	etag := lists.Header.Get("ETag")
	sale := `{"name":{"tr":"Efsane Cuma"},"currency":"TRY","priority":5,"from":"2026-01-01T00:00:00Z","until":"` + time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + `"}`
	requireProblem(t, r.do(t, as("PUT", "/v1/staff/price-lists/efsane-cuma", sale)), 428, "revision_missing")
	a := r.do(t, as("PUT", "/v1/staff/price-lists/efsane-cuma", sale, "If-Match", etag))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	requireProblem(t, r.do(t, as("PUT", "/v1/staff/price-lists/efsane-cuma", sale, "If-Match", etag)), 412, "revision_stale")
	etag = a.Header.Get("ETag")
	for name, body := range map[string]string{
		"a currency without a base list": `{"name":{"tr":"Dolar"},"currency":"USD","priority":1}`,
		"the priority of a base list":    `{"name":{"tr":"Bayi"},"currency":"TRY"}`,
		"over before it begins":          `{"name":{"tr":"Bayi"},"currency":"TRY","priority":1,"from":"2026-02-01T00:00:00Z","until":"2026-01-01T00:00:00Z"}`,
	} {
		requireProblem(t, r.do(t, as("PUT", "/v1/staff/price-lists/bayi", body, "If-Match", etag)), 422, "invalid")
		_ = name
	}
	requireProblem(t, r.do(t, as("DELETE", "/v1/staff/price-lists/try", "", "If-Match", etag)), 409, "conflict")

	a = r.do(t, as("POST", "/v1/staff/prices", `{"prices":[{"sku":"CAY-06","list":"efsane-cuma","amount":{"amount":19990,"currency":"TRY"}}]}`))
	require.InDelta(t, 1, a.json["changed"], 0, "%s", a.raw)
	shown := r.do(t, call{method: "GET", path: "/v1/products/cay-bardagi"}).json["variants"].([]any)[0].(map[string]any)
	require.Equal(t, lira(19_990), shown["price"])
	require.Equal(t, lira(24_990), shown["compare_at"], "what it costs without the sale is struck through")
	r.catch(t)
	listed := r.do(t, call{method: "GET", path: "/v1/products?category=kitchen&sort=newest"}).json["items"].([]any)[1].(map[string]any)
	require.Equal(t, lira(19_990), listed["price_from"])
	c := r.newCart(t)
	cart := r.do(t, c.in("POST", "/lines", `{"sku":"CAY-06","quantity":2}`))
	require.Equal(t, lira(39_980), cart.json["totals"].(map[string]any)["subtotal"])

	a = r.do(t, as("DELETE", "/v1/staff/price-lists/efsane-cuma", "", "If-Match", etag))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	cart = r.do(t, c.in("GET", "", ""))
	require.Equal(t, lira(49_980), cart.json["totals"].(map[string]any)["subtotal"])
}

func TestCatalogue_IsReadByMarketingAndWrittenByWhoKeepsIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	reader := r.staff(t, identity.Marketing, identity.ByPasskey)
	require.Equal(t, http.StatusOK, r.do(t, reader.as("GET", "/v1/staff/products", "")).StatusCode)
	requireProblem(t, r.do(t, reader.as("POST", "/v1/staff/prices", `{"prices":[{"sku":"CAY-06","amount":{"amount":1,"currency":"TRY"}}]}`)), 403, "forbidden")
}

func TestPriceLists_OfAGroupCountForItsCustomersAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	etag := r.do(t, as("GET", "/v1/staff/price-lists", "")).Header.Get("ETag")
	a := r.do(t, as("PUT", "/v1/staff/price-lists/toptan", `{"name":{"tr":"Toptan"},"currency":"TRY","group":"toptan","priority":9}`, "If-Match", etag))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	a = r.do(t, as("POST", "/v1/staff/prices", `{"prices":[{"sku":"CAY-06","list":"toptan","amount":{"amount":9990,"currency":"TRY"}}]}`))
	require.InDelta(t, 1, a.json["changed"], 0, "%s", a.raw)
	shopper, guest := r.register(t, "isil.ozgur@example.com"), r.newCart(t)
	price := func(who signedIn) any {
		c := call{method: "GET", path: "/v1/products/cay-bardagi"}
		if who.access != "" {
			c = who.as("GET", "/v1/products/cay-bardagi", "")
		}
		return r.do(t, c).json["variants"].([]any)[0].(map[string]any)["price"]
	}
	require.Equal(t, lira(24_990), price(shopper))
	boss := r.staff(t, identity.Administrator, identity.ByPasskey)
	a = r.do(t, boss.as("PUT", "/v1/staff/customers/"+shopper.id+"/group", `{"group":"toptan"}`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Equal(t, "toptan", a.json["group"])
	require.Equal(t, lira(9_990), price(shopper))
	require.Equal(t, lira(24_990), price(signedIn{}), "everybody else pays what they paid")
	require.Equal(t, lira(24_990), r.do(t, guest.in("POST", "/lines", `{"sku":"CAY-06","quantity":1}`)).json["totals"].(map[string]any)["subtotal"])

	filled := r.do(t, guest.in("POST", "/lines", `{"sku":"CAY-06","quantity":1}`).with("Authorization", "Bearer "+shopper.access))
	require.Equal(t, lira(2*9_990), filled.json["totals"].(map[string]any)["subtotal"], "who fills a guest's cart is signed in, and pays what their pages show")

	basket := r.cartWith(t, "CAY-06", 1)
	own := r.do(t, shopper.as("PUT", "/v1/account/cart", `{"cart_id":"`+basket.id+`"}`).with("X-Cart-Secret", basket.secret))
	require.Equal(t, http.StatusOK, own.StatusCode, "%s", own.raw)
	require.Equal(t, lira(9_990), own.json["totals"].(map[string]any)["subtotal"], "what is shown is what is quoted")
	requireProblem(t, r.do(t, boss.as("PUT", "/v1/staff/customers/"+shopper.id+"/group", `{"group":"Toptan!"}`)), 422, "invalid")
}

// Twelve merchandisers create categories at once, each below the same one: nobody's
// is left hanging somewhere else.
func TestCategories_CreatedAtOnceAllHangWhereTheyShould(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	var all sync.WaitGroup
	for n := range 12 {
		all.Go(func() {
			body := fmt.Sprintf(`{"id":"raf-%d","place":{"parent":"kitchen","position":%d},"category":{"name":{"tr":"Raf %d"}}}`, n, n, n)
			a := r.do(t, as("POST", "/v1/staff/categories", body))
			again := r.do(t, as("POST", "/v1/staff/categories", body))
			if a.StatusCode != http.StatusCreated || again.StatusCode != http.StatusCreated {
				t.Errorf("%d was answered %s, and asked again, which is the same, %s", n, a.raw, again.raw)
			}
		})
	}
	all.Wait()
	hung := 0
	for _, item := range r.do(t, call{method: "GET", path: "/v1/categories"}).json["items"].([]any) {
		if shelf := item.(map[string]any); strings.HasPrefix(shelf["id"].(string), "raf-") {
			require.Equal(t, "kitchen", shelf["parent"])
			hung++
		}
	}
	require.Equal(t, 12, hung)
}

// What the rules know no more stays with its product, is shown to nobody, and stands
// in the way of no other change.
func TestProducts_OutliveThePriceListsAndAttributesThatTheyHave(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	lists := r.do(t, as("GET", "/v1/staff/price-lists", ""))
	made := r.do(t, as("PUT", "/v1/staff/price-lists/bayi", `{"name":{"tr":"Bayi"},"currency":"TRY","priority":5}`, "If-Match", lists.Header.Get("ETag")))
	require.Equal(t, http.StatusOK, made.StatusCode, "%s", made.raw)
	shelf := `{"name":{"tr":"Mutfak","en":"Kitchen"},"slugs":{"tr":"mutfak","en":"kitchen"},"attributes":[%s]}`
	volume := `{"key":"volume","name":{"tr":"Hacim","en":"Volume"},"type":"number","filterable":true}`
	require.Equal(t, http.StatusOK, r.do(t, as("PUT", "/v1/staff/categories/kitchen", fmt.Sprintf(shelf, volume), "If-Match", `"1"`)).StatusCode)
	product := "/v1/staff/products/" + r.products[2].ID
	sku := r.products[2].Variants[0].SKU
	a := r.do(t, as("PATCH", product, `{"attributes":[{"key":"volume","number":250}]}`, "If-Match", `"1"`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	price := func(list string, amount int) answer {
		return r.do(t, as("POST", "/v1/staff/prices", fmt.Sprintf(`{"prices":[{"sku":%q,"list":%q,"amount":{"amount":%d,"currency":"TRY"}}]}`, sku, list, amount)))
	}
	require.Contains(t, price("bayi", 9_900).raw, `"changed"`)

	require.Equal(t, http.StatusOK, r.do(t, as("DELETE", "/v1/staff/price-lists/bayi", "", "If-Match", made.Header.Get("ETag"))).StatusCode)
	must := strings.Replace(volume, `"key":"volume"`, `"required":true,"key":"weight"`, 1)
	require.Equal(t, http.StatusOK, r.do(t, as("PUT", "/v1/staff/categories/kitchen", fmt.Sprintf(shelf, must), "If-Match", `"2"`)).StatusCode)

	require.Contains(t, price("try", 12_345).raw, `"changed"`, "the price can still be changed")
	shown := r.do(t, call{method: "GET", path: "/v1/products/" + r.products[2].ID})
	require.Equal(t, []any{}, shown.json["attributes"])
	require.Contains(t, shown.raw, "12345")
	requireProblem(t, r.do(t, as("PATCH", product, `{"attributes":[{"key":"volume","number":300}]}`)), 428, "revision_missing")
	etag := r.do(t, as("GET", product, "")).Header.Get("ETag")
	requireProblem(t, r.do(t, as("PATCH", product, `{"attributes":[{"key":"volume","number":300}]}`, "If-Match", etag)), 422, "invalid")
	archived := r.do(t, as("PATCH", product, `{"status":"archived"}`, "If-Match", etag, "Content-Type", "application/merge-patch+json"))
	require.Equal(t, http.StatusOK, archived.StatusCode, "%s", archived.raw)
	again := r.do(t, as("PATCH", product, `{"status":"active"}`, "If-Match", archived.Header.Get("ETag")))
	requireProblem(t, again, 422, "invalid")
	require.Contains(t, again.raw, "weight", "who puts it on sale gives it what it needs")
}

func TestPriceLists_RefuseDatesThatNobodyCanRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	tag := r.do(t, as("GET", "/v1/staff/price-lists", "")).Header.Get("ETag")
	for _, field := range []string{"from", "until"} {
		body := `{"name":{"tr":"Yıl"},"currency":"TRY","priority":5,"` + field + `":"9999-12-31T23:59:59-23:59"}`
		a := r.do(t, as("PUT", "/v1/staff/price-lists/yil", body, "If-Match", tag))
		requireProblem(t, a, 422, "invalid")
		require.Contains(t, a.raw, `"field":"body.`+field+`"`)
	}
}

func TestProducts_AreRelatedToWhatShoppersSeeAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := r.merchandiser(t)
	draft := r.createPot(t, as, strings.Replace(pot, `"active"`, `"draft"`, 1), firstKey).json["id"].(string)
	related := `{"related":["` + draft + `","` + r.products[1].ID + `"]}`
	require.Equal(t, http.StatusOK, r.do(t, as("PATCH", "/v1/staff/products/"+r.products[2].ID, related, "If-Match", `"1"`)).StatusCode)
	shown := r.do(t, call{method: "GET", path: "/v1/products/" + r.products[2].ID})
	require.Equal(t, []any{r.products[1].ID}, shown.json["related"])
}

func TestProducts_AreNotListedWithAFilterThatCannotBeRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, query := range []string{"category=kitchen;brand=Apple", "category=%zz"} {
		requireProblem(t, r.do(t, call{method: "GET", path: "/v1/products?" + query}), 422, "invalid")
	}
}
