package api_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/payment/stripe"
	simulator "github.com/bedesten/bedesten/simulators/stripe"
)

func TestEdge_RefusesABodyThatSaysOneThingTwice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	for body, member := range map[string]string{
		`{"sku":"CAY-06","quantity":1,"Quantity":7}`:    "Quantity",
		`{"sku":"CAY-06","quantity":1,"quantity":7}`:    "quantity",
		`{"sku":"CAY-06","SKU":"AYVA-01","quantity":1}`: "SKU",
	} {
		a := r.do(t, c.in("POST", "/lines", body))
		requireProblem(t, a, 422, "invalid")
		require.Equal(t, "body."+member, a.json["errors"].([]any)[0].(map[string]any)["field"])
	}
	smuggled := strings.Replace(moda, `"address":`, `"address":{"line1":"4242424242424242"},"address":`, 1)
	requireProblem(t, r.do(t, c.in("PUT", "/address", smuggled)), 422, "invalid")

	other := strings.Replace(moda, `"name"`, `"Name"`, 1)
	requireProblem(t, r.do(t, c.in("PUT", "/address", other)), 422, "invalid")
	require.NotContains(t, r.do(t, c.in("GET", "", "")).json, "contact")
	require.Empty(t, r.do(t, c.in("GET", "", "")).json["lines"])
}

func TestEdge_NamesTenWrongFieldsAtMost(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	members := strings.Builder{}
	for n := range 200 {
		members.WriteString(`,"f` + strconv.Itoa(n) + `":1`)
	}
	a := r.do(t, c.in("POST", "/lines", `{"sku":"CAY-06","quantity":1`+members.String()+`}`))
	requireProblem(t, a, 422, "invalid")
	require.Len(t, a.json["errors"], 10)
}

func TestEdge_ParsesNothingForAStranger(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	for _, body := range []string{`{`, `{"sku":"4242424242424242"}`, strings.Repeat("x", 1<<20)} {
		requireProblem(t, r.do(t, c.in("POST", "/lines", body).with("X-Cart-Secret", "k1.yok")), 404, "not_found")
		requireProblem(t, r.do(t, call{method: "POST", path: "/v1/checkouts", body: body}), 404, "not_found")
		requireProblem(t, r.do(t, call{method: "POST", path: "/v1/orders/ord_01k3v8m4w00000000000000000/cancel", body: body}), 404, "not_found")
	}
}

func TestEdge_CountsEveryShopperRouteButNoHealthCheck(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(d *api.Deps) { d.Rates = map[string]api.Rate{api.LimitShop: {PerMinute: 1, Burst: 2}} })
	for _, path := range []string{"/v1/products", "/v1/categories"} {
		require.Equal(t, http.StatusOK, r.do(t, call{method: "GET", path: path}).StatusCode)
	}
	requireProblem(t, r.do(t, call{method: "GET", path: "/v1/products/cezve"}), 429, "rate_limited")
	requireProblem(t, r.do(t, call{method: "POST", path: "/v1/carts"}), 429, "rate_limited")
	require.Equal(t, http.StatusOK, r.do(t, call{method: "GET", path: "/healthz"}).StatusCode)
}

func TestEdge_BelievesItsOwnProxyAboutOneHeaderOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(d *api.Deps) {
		d.TrustedProxies = []string{"127.0.0.1/32"}
		d.Rates = map[string]api.Rate{api.LimitCarts: {PerMinute: 1, Burst: 1}}
	})
	from := func(header, address string) int {
		return r.do(t, call{method: "POST", path: "/v1/carts", headers: map[string]string{header: address}}).StatusCode
	}
	require.Equal(t, http.StatusCreated, from("X-Forwarded-For", "2001:db8:1:2::1"))
	require.Equal(t, http.StatusTooManyRequests, from("X-Forwarded-For", "2001:db8:1:2::2"), "one network is one shopper")
	require.Equal(t, http.StatusCreated, from("X-Forwarded-For", "2001:db8:1:3::1"))
	require.Equal(t, http.StatusCreated, from("X-Real-IP", "203.0.113.1"), "counted as the proxy itself")
	require.Equal(t, http.StatusTooManyRequests, from("X-Real-IP", "203.0.113.2"))
}

func TestCarts_AreNotMadeForAnotherSitesPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, tt := range []struct {
		site, origin string
		status       int
	}{
		{"cross-site", "https://kotu.example", 403},
		{"cross-site", "null", 403},
		{"cross-site", "", 403},
		{"cross-site", storefront, 201},
		{"same-site", "", 201},
		{"same-origin", "", 201},
		{"none", "", 201},
		{"", "", 201},
	} {
		a := r.do(t, call{method: "POST", path: "/v1/carts", headers: map[string]string{"Sec-Fetch-Site": tt.site, "Origin": tt.origin}})
		require.Equal(t, tt.status, a.StatusCode, "%s %s: %s", tt.site, tt.origin, a.raw)
		if tt.status == 403 {
			requireProblem(t, a, 403, "cross_site_refused")
			require.Empty(t, a.Header.Get("Set-Cookie"))
		}
	}
}

func TestWebhook_SaysThatASignedOneCannotBeRead(t *testing.T) {
	t.Parallel()
	gateway := stripe.New(stripe.Config{SecretKey: "sk_test_1", WebhookSecrets: []string{simulator.DefaultWebhookSecret}, CallTimeout: time.Second})
	r := newRig(t, func(d *api.Deps) { d.Gateways = payment.Gateways{stripe.Name: gateway} })
	for _, body := range []string{`ödeme tamam`, `{"type":"charge.failed"}`, `{"id":"evt_1","type":"charge.failed","data":{"object":{"payment_intent":{}}}}`} {
		signature := simulator.Sign(simulator.DefaultWebhookSecret, []byte(body), time.Now())
		a := r.do(t, call{method: "POST", path: "/v1/webhooks/payments/stripe", body: body, headers: map[string]string{"Stripe-Signature": signature}})
		requireProblem(t, a, 400, "malformed")
		require.Contains(t, a.json["detail"], "cannot be read")
		require.Contains(t, r.log.String(), a.Header.Get("X-Request-Id"))
		require.Contains(t, r.log.String(), "a signed webhook cannot be read")

		forged := simulator.Sign("whsec_sahte", []byte(body), time.Now())
		a = r.do(t, call{method: "POST", path: "/v1/webhooks/payments/stripe", body: body, headers: map[string]string{"Stripe-Signature": forged}})
		requireProblem(t, a, 400, "malformed")
		require.Contains(t, a.json["detail"], "not signed")
	}
}

func TestLimits_CountAStorefrontsServerByItsKeyBesideTheShoppersToken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ayse := r.register(t, ayseEmail)
	now := time.Now().UTC()
	key := func(prefix string, scope identity.Permission) string {
		row, token, err := identity.KeyOf(prefix, ayseSecret, prefix, []identity.Permission{scope}, "test", now, now.Add(time.Hour))
		require.NoError(t, err)
		require.NoError(t, r.deps.MachineKeys.Create(t.Context(), row))
		return token
	}
	front, clerk := key("vitrin01", identity.ActForShoppers), key("depo0001", identity.ReadOrders)
	r.deps.Rates = map[string]api.Rate{api.LimitShop: {PerMinute: 1, Burst: 2}, api.LimitMachines: {PerMinute: 600, Burst: 100}}
	r.serve(t)
	asks := func(more string) int {
		return r.do(t, ayse.as("GET", "/v1/account", "").with("X-Api-Key", more)).StatusCode
	}
	for range 5 {
		require.Equal(t, http.StatusOK, asks(front))
	}
	require.Equal(t, http.StatusUnauthorized, r.do(t, call{method: "GET", path: "/v1/account", headers: map[string]string{"X-Api-Key": front}}).StatusCode, "it opens nothing of a shopper's")
	require.Equal(t, []int{200, 200, 429}, []int{asks(clerk), asks("bdk_vitrin01_wrong"), asks("")}, "any other is counted by the address")
}
