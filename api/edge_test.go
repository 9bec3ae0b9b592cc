package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

// brokenCatalog fails as a store does whose words nobody outside may read.
type brokenCatalog struct {
	catalog.Store
	panics bool
}

func (b brokenCatalog) Book(context.Context) (catalog.Book, error) {
	if b.panics {
		panic("index out of range [3] at 10.0.0.7")
	}
	return catalog.Book{}, errors.New("mongo: socket at 10.0.0.7 closed")
}

func TestEdge_HidesWhatWentWrongOnOurSide(t *testing.T) {
	t.Parallel()
	for _, panics := range []bool{false, true} {
		r := newRig(t)
		r.deps.Products = brokenCatalog{Store: r.deps.Products, panics: panics}
		r.serve(t)
		a := r.do(t, call{method: "GET", path: "/v1/products"})
		requireProblem(t, a, 500, "internal")
		require.NotContains(t, a.raw, "10.0.0.7")
		require.Contains(t, r.log.String(), "10.0.0.7", "the cause is in the log")
		require.Contains(t, r.log.String(), a.Header.Get("X-Request-Id"))
		require.Equal(t, http.StatusOK, r.do(t, call{method: "GET", path: "/healthz"}).StatusCode, "the process goes on")
	}
}

// brokenOrders fails as the store does, whose words name what was asked for.
type brokenOrders struct{ order.Store }

func (brokenOrders) Find(_ context.Context, orderID string) (order.Order, error) {
	return order.Order{}, fault.Wrap(errors.New("socket at 10.0.0.7 closed"), fault.Unavailable, "the store did not answer while reading order %s", orderID)
}

func TestEdge_SaysOfAStoreThatIsAwayOnlyWhatToDoNext(t *testing.T) {
	t.Parallel()
	p := openPage(t, shipping.InTransit)
	p.deps.Orders = brokenOrders{p.deps.Orders}
	p.serve(t)
	for language, want := range map[string]string{
		"tr": "Şu anda yanıt veremiyoruz: birazdan yeniden deneyin; istekte Idempotency-Key varsa aynısıyla.",
		"en": "we cannot answer right now: try again in a moment, with the same Idempotency-Key if there is one",
	} {
		details := map[string]any{}
		for _, path := range []string{p.path(), "/orders/" + id.Number(), "/v1/orders/" + p.order.ID} {
			a := p.do(t, call{method: "GET", path: path, headers: map[string]string{"Accept-Language": language}})
			requireProblem(t, a, 503, "unavailable")
			require.Equal(t, want, a.json["detail"], path)
			require.NotEmpty(t, a.Header.Get("Retry-After"))
			delete(a.json, "request_id")
			details[path] = a.json
		}
		require.Equal(t, details["/v1/orders/"+p.order.ID], details[p.path()], "it does not tell whether there is such a number")
	}
	require.Contains(t, p.log.String(), "reading order "+p.order.ID, "the log says which")
	require.Contains(t, p.log.String(), "10.0.0.7")
}

func TestEdge_SetsTheHeadersThatBrowsersNeed(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(d *api.Deps) { d.PublicURL = "https://api.vitrin.example" })
	for _, path := range []string{"/v1/products", "/yok", "/openapi.json"} {
		h := r.do(t, call{method: "GET", path: path}).Header
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
		require.Equal(t, "DENY", h.Get("X-Frame-Options"))
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"))
		require.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'")
		require.NotEmpty(t, h.Get("Strict-Transport-Security"))
	}
	require.Equal(t, "no-store", r.do(t, call{method: "POST", path: "/v1/carts"}).Header.Get("Cache-Control"))
}

func TestEdge_WritesOneAccessLineWithTheRouteAndNothingPersonal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newCart(t)
	a := r.do(t, c.in("GET", "", ""))
	r.do(t, call{method: "GET", path: "/v1/products?q=ayse.yilmaz@example.com"})
	var line map[string]any
	for _, l := range strings.Split(r.log.String(), "\n") {
		if strings.Contains(l, a.Header.Get("X-Request-Id")) {
			require.NoError(t, json.Unmarshal([]byte(l), &line))
		}
	}
	require.Equal(t, "/v1/carts/:cart_id", line["route"])
	require.InDelta(t, 200, line["status"], 0)
	require.Contains(t, line, "duration")
	require.NotContains(t, r.log.String(), c.id)
	require.NotContains(t, r.log.String(), c.secret)
	require.NotContains(t, r.log.String(), "ayse")
}

func TestEdge_LetsConfiguredStorefrontsCallFromABrowser(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	preflight := func(origin string) answer {
		return r.do(t, call{method: "OPTIONS", path: "/v1/carts", headers: map[string]string{"Origin": origin, "Access-Control-Request-Method": "POST"}})
	}
	a := preflight(storefront)
	require.Equal(t, http.StatusNoContent, a.StatusCode)
	require.Equal(t, storefront, a.Header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, a.Header.Get("Access-Control-Allow-Headers"), "X-Cart-Secret")
	require.Contains(t, a.Header.Get("Access-Control-Allow-Headers"), "Authorization", "shoppers who are signed in send a bearer")
	require.Empty(t, a.Header.Get("Access-Control-Allow-Credentials"), "cookies stay within one origin")

	for _, stranger := range []string{"https://vitrin.example.evil.example", "http://vitrin.example", "null"} {
		require.Empty(t, preflight(stranger).Header.Get("Access-Control-Allow-Origin"), stranger)
	}
}

func TestHealth_NamesEachPartAndFailsOnlyForWhatIsNeeded(t *testing.T) {
	t.Parallel()
	up := func(context.Context) error { return nil }
	down := func(context.Context) error { return errors.New("connection to 10.0.0.7 refused") }
	checks := func(mongo, redis func(context.Context) error) func(*api.Deps) {
		return func(d *api.Deps) {
			d.Checks = []api.Check{{Name: "mongo", Needed: true, Probe: mongo}, {Name: "redis", Probe: redis}}
		}
	}
	for _, tt := range []struct {
		name         string
		mongo, redis func(context.Context) error
		status       int
		word         string
	}{
		{"all up", up, up, 200, "ready"},
		{"redis down", up, down, 200, "degraded"},
		{"mongo down", down, up, 503, "not_ready"},
		{"both down", down, down, 503, "not_ready"},
	} {
		r := newRig(t, checks(tt.mongo, tt.redis))
		a := r.do(t, call{method: "GET", path: "/readyz"})
		require.Equal(t, tt.status, a.StatusCode, tt.name)
		require.Equal(t, tt.word, a.json["status"], tt.name)
		require.Len(t, a.json["parts"], 2)
		require.NotContains(t, a.raw, "10.0.0.7")
		require.Equal(t, http.StatusOK, r.do(t, call{method: "GET", path: "/healthz"}).StatusCode)
	}
}

func TestDocument_SaysOfEveryRouteWhoMayCallItAndWhatItCanRefuse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.do(t, call{method: "GET", path: "/openapi.json"})
	require.Equal(t, "3.1.0", a.json["openapi"])
	access := map[string]string{}
	for path, methods := range a.json["paths"].(map[string]any) {
		for method, operation := range methods.(map[string]any) {
			name := strings.ToUpper(method) + " " + path
			op := operation.(map[string]any)
			access[name], _ = op["x-access"].(string)
			require.NotEmpty(t, op["x-problem-codes"], name)
			require.NotEmpty(t, op["summary"], name)
			for status, response := range op["responses"].(map[string]any) {
				if status >= "4" {
					require.Contains(t, response.(map[string]any)["content"], "application/problem+json", "%s %s", name, status)
				}
			}
		}
	}
	for name, want := range map[string]string{
		"GET /healthz": "public", "GET /readyz": "public",
		"GET /v1/products": "public", "GET /v1/products/{product}": "public", "GET /v1/categories": "public", "GET /v1/collections": "public", "GET /v1/pictures/{name}": "public",
		"POST /v1/carts": "public", "GET /v1/carts/{cart_id}": "cart-secret", "POST /v1/carts/{cart_id}/lines": "cart-secret",
		"PATCH /v1/carts/{cart_id}/lines/{line_id}": "cart-secret", "DELETE /v1/carts/{cart_id}/lines/{line_id}": "cart-secret",
		"PUT /v1/carts/{cart_id}/address": "cart-secret",
	} {
		require.Equal(t, want, access[name], name)
	}
	for name, who := range access {
		require.Contains(t, []string{"public", "cart-secret", "order-secret", "signed-in", "staff", "upload-ticket", "provider-signature"}, who, name)
	}
	schemas := a.json["components"].(map[string]any)["schemas"].(map[string]any)
	require.Contains(t, schemas["NewCartView"].(map[string]any)["properties"], "quote_hash")
	require.Contains(t, schemas["NewCartView"].(map[string]any)["properties"], "secret")
	require.Equal(t, true, schemas["Problem"].(map[string]any)["additionalProperties"], "details stand beside the members")
}

// outside finds what a browser would load from elsewhere: addresses in
// attributes, style sheets and imports. Texts that merely name an address, as
// a licence does, load nothing.
var outside = regexp.MustCompile(`(?i)(src|href)\s*=\s*["']?(https?:)?//|url\(\s*["']?(https?:)?//|@import|importScripts\(`)

func TestDocs_AreWhereTheRootLeads(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	once := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/", nil)
	require.NoError(t, err)
	res, err := once.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusFound, res.StatusCode)
	require.Equal(t, "/docs", res.Header.Get("Location"))
}

func TestDocs_AreServedWithoutTheInternet(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	files := map[string]string{"/docs": "text/html", "/docs/start.js": "text/javascript", "/docs/swagger-ui.css": "text/css", "/docs/swagger-ui-bundle.js": "text/javascript"}
	for path, kind := range files {
		a := r.do(t, call{method: "GET", path: path})
		require.Equal(t, http.StatusOK, a.StatusCode, path)
		require.Contains(t, a.Header.Get("Content-Type"), kind)
		require.NotRegexp(t, regexp.MustCompile(`https?:|\*`), a.Header.Get("Content-Security-Policy"), "the page may load from here only")
		if path != "/docs/swagger-ui-bundle.js" {
			require.False(t, outside.MatchString(a.raw), path)
		}
	}
	page, err := os.ReadFile("docs/index.html")
	require.NoError(t, err)
	for _, match := range regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllSubmatch(page, -1) {
		address := string(match[1])
		require.True(t, strings.HasPrefix(address, "/docs/") || address == "data:,", address)
	}
	start, err := os.ReadFile("docs/start.js")
	require.NoError(t, err)
	require.Contains(t, string(start), "validatorUrl: null", "the badge of an online validator is off")
	requireProblem(t, r.do(t, call{method: "GET", path: "/docs/yok.js"}), 404, "not_found")
	requireProblem(t, r.do(t, call{method: "GET", path: "/docs/..%2fapi.go"}), 404, "not_found")
}
