package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/secret"
)

const moda = `{"name":"Ayşe  Yılmaz","email":"ayse.yilmaz@example.com","phone":"0532 123 45 67",
	"address":{"line1":"Moda Caddesi No: 12 D: 4","district":"Kadıköy","province":"istanbul","postcode":"34710"}}`

func lira(minor float64) map[string]any { return map[string]any{"amount": minor, "currency": "TRY"} }

func TestCarts_ArePricedWithTheKDVOfEachLine(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)

	a := r.do(t, c.in("POST", "/lines", `{"sku":"CAY-06","quantity":3}`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	a = r.do(t, c.in("POST", "/lines", `{"sku":"GOMLEK-L","quantity":1}`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)

	lines := a.json["lines"].([]any)
	require.Len(t, lines, 2)
	tea, shirt := lines[0].(map[string]any), lines[1].(map[string]any)
	require.Equal(t, "Çay Bardağı", tea["title"])
	require.Equal(t, lira(74_970), tea["total"])
	require.Equal(t, lira(12_495), tea["tax"], "20% KDV inside 749,70")
	require.Equal(t, map[string]any{"state": "in_stock", "at_least": 100.0}, tea["stock"])
	require.Equal(t, "Keten Gömlek — L", shirt["title"])
	require.Equal(t, lira(11_817), shirt["tax"], "10% KDV inside 1.299,90")
	totals := a.json["totals"].(map[string]any)
	require.Equal(t, lira(204_960), totals["total"])
	require.Equal(t, lira(24_312), totals["tax"])
	require.Equal(t, lira(0), totals["shipping"])
	require.Len(t, a.json["quote_hash"], 64)
}

func TestCarts_AreChangedAndEmptiedLineByLine(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	a := r.do(t, c.in("POST", "/lines", `{"sku":"CAY-06","quantity":3}`))
	line := "/lines/" + a.json["lines"].([]any)[0].(map[string]any)["id"].(string)
	hash := a.json["quote_hash"]

	a = r.do(t, c.in("PATCH", line, `{"quantity":5}`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Equal(t, lira(124_950), a.json["totals"].(map[string]any)["total"])
	require.NotEqual(t, hash, a.json["quote_hash"])

	a = r.do(t, c.in("PATCH", line, `{"quantity":3}`))
	require.Equal(t, hash, a.json["quote_hash"], "the same cart has the same hash again")
	shown := r.do(t, c.in("GET", "", "").with("Accept-Language", "en"))
	require.Equal(t, hash, shown.json["quote_hash"], "in whatever language it is shown")
	require.Equal(t, "Tea Glass", shown.json["lines"].([]any)[0].(map[string]any)["title"])

	a = r.do(t, c.in("DELETE", line, ""))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Empty(t, a.json["lines"])
	require.NotContains(t, a.json, "quote_hash")
	requireProblem(t, r.do(t, c.in("DELETE", line, "")), 404, "not_found")
	requireProblem(t, r.do(t, c.in("PATCH", line, `{"quantity":1}`)), 404, "not_found")
}

func TestCarts_KeepTheAddressInOneForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	a := r.do(t, c.in("PUT", "/address", moda))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	contact := a.json["contact"].(map[string]any)
	require.Equal(t, "Ayşe Yılmaz", contact["name"])
	require.Equal(t, "+905321234567", contact["phone"])
	require.Equal(t, "İstanbul", contact["address"].(map[string]any)["province"])
	require.NotContains(t, r.log.String(), "Ayşe", "the log holds nothing personal")
	require.NotContains(t, r.log.String(), "ayse.yilmaz")
}

func TestCarts_OpenWithTheirSecretOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mine, other := r.newCart(t), r.newCart(t)
	for name, c := range map[string]call{
		"no secret":              mine.in("GET", "", "").with("X-Cart-Secret", ""),
		"another cart's secret":  mine.in("GET", "", "").with("X-Cart-Secret", other.secret),
		"an unknown key's":       mine.in("GET", "", "").with("X-Cart-Secret", "k9."+strings.SplitN(mine.secret, ".", 2)[1]),
		"a cut secret":           mine.in("GET", "", "").with("X-Cart-Secret", mine.secret[:len(mine.secret)-2]),
		"an unknown cart":        openedCart{id: "crt_01k3v8m4w00000000000000000", secret: mine.secret}.in("GET", "", ""),
		"an id of another shape": openedCart{id: "crt_1", secret: mine.secret}.in("GET", "", ""),
		"an order's id":          openedCart{id: "ord_01k3v8m4w00000000000000000", secret: mine.secret}.in("GET", "", ""),
		"a change":               mine.in("POST", "/lines", `{"sku":"CAY-06","quantity":1}`).with("X-Cart-Secret", other.secret),
		"an address":             mine.in("PUT", "/address", moda).with("X-Cart-Secret", other.secret),
	} {
		a := r.do(t, c)
		requireProblem(t, a, 404, "not_found")
		require.Equal(t, "Böyle bir sepet yok.", a.json["detail"], name)
	}
	require.Empty(t, r.do(t, mine.in("GET", "", "")).json["lines"], "nothing was changed")
}

func TestCarts_OpenWithSecretsOfOlderServerKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	old := r.newCart(t)
	ring, err := secret.NewKeyring(
		secret.Key{ID: "k2", Bytes: bytes.Repeat([]byte("b"), secret.MinKeyBytes)},
		secret.Key{ID: "k1", Bytes: bytes.Repeat([]byte("a"), secret.MinKeyBytes)})
	require.NoError(t, err)
	r.deps.Secrets = ring
	r.serve(t)
	require.Equal(t, http.StatusOK, r.do(t, old.in("GET", "", "")).StatusCode)
	require.True(t, strings.HasPrefix(r.newCart(t).secret, "k2."), "new secrets are made with the first key")
}

func TestCarts_CookiesOpenThemForPagesOfTheSameOriginOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(d *api.Deps) { d.PublicURL = "https://api.vitrin.example" })
	a := r.do(t, call{method: "POST", path: "/v1/carts"})
	require.Len(t, a.Cookies(), 1)
	cookie := a.Cookies()[0]
	require.Equal(t, "bedesten_cart", cookie.Name)
	require.True(t, cookie.HttpOnly)
	require.True(t, cookie.Secure)
	require.Equal(t, http.SameSiteLaxMode, cookie.SameSite)

	browser := openedCart{id: a.json["id"].(string)}
	line := browser.in("POST", "/lines", `{"sku":"CAY-06","quantity":1}`).with("X-Cart-Secret", "").with("Cookie", cookie.Name+"="+cookie.Value)
	requireProblem(t, r.do(t, line), 403, "cross_site_refused")
	requireProblem(t, r.do(t, line.with("Sec-Fetch-Site", "cross-site")), 403, "cross_site_refused")
	requireProblem(t, r.do(t, line.with("Sec-Fetch-Site", "same-site")), 403, "cross_site_refused")
	requireProblem(t, r.do(t, line.with("Sec-Fetch-Site", "same-origin").with("Content-Type", "text/plain")), 415, "unsupported_media_type")
	require.Equal(t, http.StatusOK, r.do(t, line.with("Sec-Fetch-Site", "same-origin")).StatusCode)
	show := browser.in("GET", "", "").with("X-Cart-Secret", "").with("Cookie", cookie.Name+"="+cookie.Value)
	require.Equal(t, http.StatusOK, r.do(t, show).StatusCode, "reading is safe")
}

//nolint:tparallel // each compares the one cart before and after
func TestCarts_RefuseBadInputAndStayAsTheyAre(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	a := r.do(t, c.in("POST", "/lines", `{"sku":"CAY-06","quantity":98}`))
	line := "/lines/" + a.json["lines"].([]any)[0].(map[string]any)["id"].(string)
	before := r.do(t, c.in("GET", "", "")).raw

	tests := []struct {
		name   string
		call   call
		status int
		code   string
	}{
		{"unknown SKU", c.in("POST", "/lines", `{"sku":"YOK-01","quantity":1}`), 404, "not_found"},
		{"negative quantity", c.in("POST", "/lines", `{"sku":"CEZVE-01","quantity":-1}`), 422, "invalid"},
		{"quantity of nothing", c.in("POST", "/lines", `{"sku":"CEZVE-01","quantity":0}`), 422, "invalid"},
		{"huge quantity", c.in("POST", "/lines", `{"sku":"CEZVE-01","quantity":9223372036854775807}`), 422, "invalid"},
		{"quantity beyond every number", c.in("POST", "/lines", `{"sku":"CEZVE-01","quantity":1e400}`), 400, "malformed"},
		{"half a unit", c.in("POST", "/lines", `{"sku":"CEZVE-01","quantity":1.5}`), 422, "invalid"},
		{"quantity as text", c.in("POST", "/lines", `{"sku":"CEZVE-01","quantity":"1"}`), 422, "invalid"},
		{"more than 99 in two steps", c.in("POST", "/lines", `{"sku":"CAY-06","quantity":2}`), 422, "invalid"},
		{"huge quantity of a line", c.in("PATCH", line, `{"quantity":100}`), 422, "invalid"},
		{"negative quantity of a line", c.in("PATCH", line, `{"quantity":-5}`), 422, "invalid"},
		{"what is not sold in its currency", c.in("POST", "/lines", `{"sku":"ZEYTIN-5L","quantity":1}`), 404, "not_found"},
		{"malformed JSON", c.in("POST", "/lines", `{"sku":"CAY-06","quantity":1`), 400, "malformed"},
		{"two bodies in one", c.in("POST", "/lines", `{"sku":"CAY-06","quantity":1}{}`), 400, "malformed"},
		{"no body", c.in("POST", "/lines", ""), 400, "malformed"},
		{"null", c.in("POST", "/lines", "null"), 422, "invalid"},
		{"an array", c.in("POST", "/lines", `[1]`), 422, "invalid"},
		{"unknown field", c.in("POST", "/lines", `{"sku":"CAY-06","quantity":1,"price":1}`), 422, "invalid"},
		{"missing field", c.in("POST", "/lines", `{"sku":"CAY-06"}`), 422, "invalid"},
		{"unknown query parameter", c.in("POST", "/lines?coupon=BAYRAM", `{"sku":"CAY-06","quantity":1}`), 422, "invalid"},
		{"not JSON", c.in("POST", "/lines", `sku=CAY-06`).with("Content-Type", "application/x-www-form-urlencoded"), 415, "unsupported_media_type"},
		{"body over 1 MiB", c.in("POST", "/lines", `{"sku":"`+strings.Repeat("A", 1<<20)+`","quantity":1}`), 413, "too_large"},
		{"missing idempotency key", c.in("POST", "/lines", `{"sku":"CAY-06","quantity":1}`).with("Idempotency-Key", ""), 400, "idempotency_key_missing"},
		{"idempotency key that is too long", c.in("POST", "/lines", `{"sku":"CAY-06","quantity":1}`).with("Idempotency-Key", strings.Repeat("k", 256)), 422, "invalid"},
		{"card number as a SKU", c.in("POST", "/lines", `{"sku":"4242 4242 4242 4242","quantity":1}`), 422, "card_number_refused"},
		{"card number as a quantity", c.in("PATCH", line, `{"quantity":4242424242424242}`), 422, "card_number_refused"},
		{"card number in an address", c.in("PUT", "/address", strings.Replace(moda, "Moda Caddesi", "5555-5555-5555-4444", 1)), 422, "card_number_refused"},
		{"card number as a phone", c.in("PUT", "/address", strings.Replace(moda, "0532 123 45 67", "4000 0566 5566 5556", 1)), 422, "card_number_refused"},
		{"card number in an unknown field", c.in("PUT", "/address", strings.Replace(moda, `"name"`, `"kart":"378282246310005","name"`, 1)), 422, "card_number_refused"},
		{"unknown province", c.in("PUT", "/address", strings.Replace(moda, "istanbul", "Bavyera", 1)), 422, "invalid"},
		{"district of another province", c.in("PUT", "/address", strings.Replace(moda, "Kadıköy", "Çankaya", 1)), 422, "invalid"},
		{"postcode of another province", c.in("PUT", "/address", strings.Replace(moda, "34710", "06710", 1)), 422, "invalid"},
		{"postcode of four digits", c.in("PUT", "/address", strings.Replace(moda, "34710", "3471", 1)), 422, "invalid"},
		{"postcode of no province", c.in("PUT", "/address", strings.Replace(moda, "34710", "99710", 1)), 422, "invalid"},
		{"foreign phone", c.in("PUT", "/address", strings.Replace(moda, "0532 123 45 67", "+49 30 901820", 1)), 422, "invalid"},
		{"mail address that is none", c.in("PUT", "/address", strings.Replace(moda, "ayse.yilmaz@example.com", "ayse.yilmaz", 1)), 422, "invalid"},
		{"address outside Turkey", c.in("PUT", "/address", strings.Replace(moda, `"postcode"`, `"country":"DE","postcode"`, 1)), 422, "invalid"},
		{"unknown currency of a cart", call{method: "POST", path: "/v1/carts", body: `{"currency":"XAU"}`}, 422, "invalid"},
		{"unknown field of a cart", call{method: "POST", path: "/v1/carts", body: `{"id":"crt_1"}`}, 422, "invalid"},
		{"method that the address does not take", c.in("PUT", "", `{}`), 405, "method_not_allowed"},
		{"address that is none", call{method: "GET", path: "/v1/cart"}, 404, "not_found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := r.do(t, tt.call)
			requireProblem(t, a, tt.status, tt.code)
			require.NotContains(t, a.raw, "4242", "a value is never repeated")
			require.True(t, before == r.do(t, c.in("GET", "", "")).raw, "nothing was changed")
		})
	}
}

func TestCarts_TakeABodyOfExactly16KiB(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	body := `{"sku":"CAY-06","quantity":1}`
	a := r.do(t, c.in("POST", "/lines", strings.Repeat(" ", 16<<10-len(body))+body))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	for _, size := range []int{16<<10 + 1, 1 << 20, 2 << 20} {
		a := r.do(t, c.in("POST", "/lines", strings.Repeat(" ", size-len(body))+body))
		requireProblem(t, a, 413, "too_large")
	}
}

func TestCarts_AddOnceUnderOneKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c, other := r.newCart(t), r.newCart(t)
	add := c.in("POST", "/lines", `{"sku":"CAY-06","quantity":2}`)

	for _, body := range []string{add.body, `{ "quantity": 2, "sku": "CAY-06" }`} {
		add.body = body
		a := r.do(t, add)
		require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
		require.InDelta(t, 2, a.json["lines"].([]any)[0].(map[string]any)["quantity"], 0)
	}
	add.body = `{"sku":"CAY-06","quantity":3}`
	requireProblem(t, r.do(t, add), 422, "idempotency_key_reused")

	theirs := other.in("POST", "/lines", add.body).with("Idempotency-Key", add.headers["Idempotency-Key"])
	require.Equal(t, http.StatusOK, r.do(t, theirs).StatusCode, "another shopper's key is another key")
}

func TestCarts_AddOnceWhenTheSameRequestComesManyTimesAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	same := c.in("POST", "/lines", `{"sku":"CAY-06","quantity":2}`)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { r.do(t, same) })
		wg.Go(func() { r.do(t, c.in("POST", "/lines", `{"sku":"AYVA-01","quantity":1}`)) })
	}
	wg.Wait()
	lines := r.do(t, c.in("GET", "", "")).json["lines"].([]any)
	require.Len(t, lines, 2)
	require.InDelta(t, 4, lines[0].(map[string]any)["quantity"], 0, "four requests, four keys: jam")
	require.InDelta(t, 2, lines[1].(map[string]any)["quantity"], 0, "four requests, one key: tea glasses")
}

func TestCarts_RefuseChangesOnceTheyAreAnOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	a := r.do(t, c.in("POST", "/lines", `{"sku":"CAY-06","quantity":2}`))
	line := "/lines/" + a.json["lines"].([]any)[0].(map[string]any)["id"].(string)
	_, err := r.deps.Claims.Claim(t.Context(), order.CartKey(c.id), "ord_bir")
	require.NoError(t, err)

	for _, change := range []call{
		c.in("POST", "/lines", `{"sku":"CEZVE-01","quantity":1}`),
		c.in("PATCH", line, `{"quantity":1}`),
		c.in("DELETE", line, ""),
		c.in("PUT", "/address", moda),
	} {
		a := r.do(t, change)
		requireProblem(t, a, 409, "cart_checked_out")
		require.Equal(t, "ord_bir", a.json["order_id"])
	}
	require.Equal(t, "ord_bir", r.do(t, c.in("GET", "", "")).json["order_id"])

	require.NoError(t, r.deps.Claims.Release(t.Context(), order.CartKey(c.id), "ord_bir"))
	require.Equal(t, http.StatusOK, r.do(t, c.in("DELETE", line, "")).StatusCode, "an order that ended without a sale gives its cart back")
}

func TestCarts_ShowWhatIsNoLongerSold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	r.do(t, c.in("POST", "/lines", `{"sku":"GOMLEK-M","quantity":1}`))
	shirt, err := r.deps.Products.Find(t.Context(), r.products[1].ID)
	require.NoError(t, err)
	shirt.Variants = shirt.Variants[1:]
	_, err = r.deps.Products.Replace(t.Context(), shirt)
	require.NoError(t, err)

	a := r.do(t, c.in("GET", "", ""))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Equal(t, false, a.json["lines"].([]any)[0].(map[string]any)["sold"])
	require.NotContains(t, a.json, "quote_hash")
	require.NotContains(t, a.json, "totals")
}

func TestCarts_AreCountedByAddressAgainstTheirRate(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(d *api.Deps) { d.Rates = map[string]api.Rate{api.LimitCarts: {PerMinute: 1, Burst: 2}} })
	r.newCart(t)
	r.newCart(t)
	// Nobody's word about where a request comes from is believed.
	a := r.do(t, call{method: "POST", path: "/v1/carts", headers: map[string]string{"X-Forwarded-For": "203.0.113.7"}})
	requireProblem(t, a, 429, "rate_limited")
	require.NotEmpty(t, a.Header.Get("Retry-After"))
	require.NotContains(t, r.log.String(), "127.0.0.1", "addresses are personal")
}

func TestCarts_AnswerEveryBodyWithoutAFailureOfOurs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	for _, body := range []string{
		"", "null", "true", `"x"`, "[]", "{}", `{"sku":null,"quantity":null}`, `{"sku":{},"quantity":[]}`, "{\"sku\":\"\x00\",\"quantity\":1}",
		"\xff\xfe", `{"sku":"\u0000","quantity":1}`, `{"sku":"$gt","quantity":1}`, `{"SKU":"CAY-06","quantity":1,"sku":"a.b"}`, strings.Repeat("[", 20_000), `{"sku":"a","quantity":-0}`,
	} {
		for _, target := range []call{c.in("POST", "/lines", body), c.in("PUT", "/address", body), c.in("PATCH", "/lines/x.$y", body), {method: "POST", path: "/v1/carts", body: body}} {
			a := r.do(t, target)
			require.Less(t, a.StatusCode, 500, "%s %s %q: %s", target.method, target.path, body, a.raw)
		}
	}
}

func TestProblem_IsWrittenInTheLanguageAskedFor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for header, title := range map[string]string{"": "Bulunamadı", "tr-TR,tr;q=0.9,en;q=0.5": "Bulunamadı", "en-GB": "Not found", "de": "Bulunamadı", "en;q=0.1, tr": "Bulunamadı", ";;;": "Bulunamadı"} {
		a := r.do(t, call{method: "GET", path: "/v1/products/yok", headers: map[string]string{"Accept-Language": header}})
		requireProblem(t, a, 404, "not_found")
		require.Equal(t, title, a.json["title"], header)
		var known struct{ Code string }
		require.NoError(t, json.Unmarshal([]byte(a.raw), &known))
	}
}

func TestCarts_ComeBackFromAnOrderThatWasNeverWritten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	claim := func(age time.Duration) string {
		ghost := id.New(id.Order, time.Now().Add(-age))
		owner, err := r.deps.Claims.Claim(t.Context(), order.CartKey(c.id), ghost)
		require.NoError(t, err)
		require.Equal(t, ghost, owner)
		return ghost
	}
	young := claim(time.Minute)
	requireProblem(t, r.do(t, c.in("POST", "/lines", `{"sku":"CAY-06","quantity":2}`)), 409, "cart_checked_out")
	require.NoError(t, r.deps.Claims.Release(t.Context(), order.CartKey(c.id), young))

	claim(11 * time.Minute)
	require.Equal(t, http.StatusOK, r.do(t, c.in("POST", "/lines", `{"sku":"CAY-06","quantity":2}`)).StatusCode)
}
