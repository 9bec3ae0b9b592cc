package api_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/redis"
	"github.com/bedesten/bedesten/internal/redis/redistest"
	"github.com/bedesten/bedesten/internal/stock"
)

// cachedRig is an API that reads through copies and keeps pages.
func cachedRig(t *testing.T, around ...func(catalog.Pages) catalog.Pages) *rig {
	t.Helper()
	return newRig(t, func(d *api.Deps) {
		plain := d.Products.(interface {
			catalog.Store
			catalog.Epochs
		})
		c := redis.NewCatalog(plain, plain, redistest.Server(t), slog.New(slog.DiscardHandler))
		d.Products, d.Pages = c, c
		for _, wrap := range around {
			d.Pages = wrap(d.Pages)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			c.Follow(ctx)
		}()
		t.Cleanup(func() {
			cancel()
			<-ended
		})
	})
}

// crowd lets nobody know what is kept until all of a number of requests have asked,
// and nobody make a page until all have asked for their turn. It counts what is kept.
type crowd struct {
	catalog.Pages
	asked, turned sync.WaitGroup
	asks, turns   atomic.Int64
	kept          atomic.Int64
}

func crowded(pages catalog.Pages, n int) *crowd {
	c := &crowd{Pages: pages}
	c.asked.Add(n)
	c.turned.Add(n)
	c.asks.Store(int64(n))
	c.turns.Store(int64(n))
	return c
}

// gather waits for all of the crowd; who comes after it goes on.
func gather(all *sync.WaitGroup, left *atomic.Int64) {
	if left.Add(-1) >= 0 {
		all.Done()
		all.Wait()
	}
}

func (c *crowd) ListPage(ctx context.Context, key string) (catalog.Page, bool) {
	page, kept := c.Pages.ListPage(ctx, key)
	gather(&c.asked, &c.asks)
	return page, kept
}

func (c *crowd) ProductPage(ctx context.Context, productID, form string) (catalog.Page, bool, catalog.Stamp) {
	page, kept, stamp := c.Pages.ProductPage(ctx, productID, form)
	gather(&c.asked, &c.asks)
	return page, kept, stamp
}

func (c *crowd) Turn(ctx context.Context, key string) (func(), bool) {
	among := c.turns.Add(-1) >= 0
	if among {
		c.turned.Done()
	}
	ended, mine := c.Pages.Turn(ctx, key)
	if among && mine {
		c.turned.Wait()
	}
	return ended, mine
}

func (c *crowd) KeepListPage(ctx context.Context, key string, page catalog.Page) {
	c.kept.Add(1)
	c.Pages.KeepListPage(ctx, key, page)
}

func (c *crowd) KeepProductPage(ctx context.Context, form string, stamp catalog.Stamp, page catalog.Page) {
	c.kept.Add(1)
	c.Pages.KeepProductPage(ctx, form, stamp, page)
}

func TestPageCache_OneRequestOfACrowdMakesThePage(t *testing.T) {
	t.Parallel()
	const n = 20
	for _, path := range []string{"/v1/products?category=kitchen", "/v1/products/cezve"} {
		var all *crowd
		r := cachedRig(t, func(pages catalog.Pages) catalog.Pages {
			all = crowded(pages, n)
			return all
		})
		// One request makes the stamp and remembers the slug; its page is of another form.
		all.asks.Store(0)
		all.turns.Store(0)
		r.do(t, call{method: "GET", path: strings.Split(path, "?")[0], headers: map[string]string{"Accept-Language": "en"}})
		all.kept.Store(0)
		all.asks.Store(n)
		all.turns.Store(n)
		var done sync.WaitGroup
		for range n {
			done.Go(func() {
				if a := r.do(t, call{method: "GET", path: path}); a.StatusCode != http.StatusOK {
					t.Errorf("%s: %d", path, a.StatusCode)
				}
			})
		}
		done.Wait()
		require.LessOrEqual(t, all.kept.Load(), int64(3), "%s: one, and at most a few that came while it was kept", path)
	}
}

func TestPageCache_AChangedPriceIsOnTheProductsPageAtOnce(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it races for seconds: make test does it")
	}
	r := cachedRig(t)
	as := r.merchandiser(t)
	price := func(query string) any {
		a := r.do(t, call{method: "GET", path: "/v1/products/cay-bardagi" + query})
		require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
		return a.json["variants"].([]any)[0].(map[string]any)["price"]
	}
	for n := range int64(20) {
		body := fmt.Sprintf(`{"prices":[{"sku":"CAY-06","amount":{"amount":%d,"currency":"TRY"}}]}`, 10_000+n%10)
		a := r.do(t, as("POST", "/v1/staff/prices", body))
		require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
		for range 3 {
			require.Equal(t, lira(float64(10_000+n%10)), price(""))
			require.Equal(t, lira(float64(10_000+n%10)), price("?currency=TRY"))
		}
	}
	etag := r.do(t, as("GET", "/v1/staff/price-lists", "")).Header.Get("ETag")
	a := r.do(t, as("PUT", "/v1/staff/price-lists/sok", `{"name":{"tr":"Şok"},"currency":"TRY","priority":9}`, "If-Match", etag))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	a = r.do(t, as("POST", "/v1/staff/prices", `{"prices":[{"sku":"CAY-06","list":"sok","amount":{"amount":5000,"currency":"TRY"}}]}`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Equal(t, lira(5_000), price(""))
	etag = r.do(t, as("GET", "/v1/staff/price-lists", "")).Header.Get("ETag")
	a = r.do(t, as("DELETE", "/v1/staff/price-lists/sok", "", "If-Match", etag))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Equal(t, lira(10_009), price(""), "the list is gone, and with it every page that had its prices")
	category := r.do(t, as("GET", "/v1/staff/categories/kitchen", ""))
	a = r.do(t, as("PUT", "/v1/staff/categories/kitchen", `{"name":{"tr":"Mutfak Eşyası","en":"Kitchenware"}}`, "If-Match", category.Header.Get("ETag")))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Contains(t, r.do(t, call{method: "GET", path: "/v1/products/cay-bardagi"}).raw, "Mutfak Eşyası")
}

func TestPageCache_WhoHasAnAnswerAlreadyIsToldSo(t *testing.T) {
	t.Parallel()
	r := cachedRig(t)
	for path, control := range map[string]string{"/v1/products/cezve": "public, no-cache", "/v1/products?category=kitchen": "public, no-cache", "/v1/categories": "public, no-cache"} {
		first := r.do(t, call{method: "GET", path: path})
		require.Equal(t, control, first.Header.Get("Cache-Control"), path)
		tag := first.Header.Get("ETag")
		require.NotEmpty(t, tag)
		for _, header := range []string{tag, "W/" + tag, `"yok", ` + tag, "*"} {
			again := r.do(t, call{method: "GET", path: path, headers: map[string]string{"If-None-Match": header}})
			require.Equal(t, http.StatusNotModified, again.StatusCode, "%s %s", path, header)
			require.Empty(t, again.raw)
			require.Equal(t, tag, again.Header.Get("ETag"))
		}
		english := r.do(t, call{method: "GET", path: path, headers: map[string]string{"If-None-Match": tag, "Accept-Language": "en"}})
		require.Equal(t, http.StatusOK, english.StatusCode, "another language is another answer")
		require.Equal(t, first.raw, r.do(t, call{method: "GET", path: path}).raw)
	}
	signedIn := r.register(t, "isil.ozgur@example.com")
	require.Equal(t, "private, no-cache", r.do(t, signedIn.as("GET", "/v1/products/cezve", "")).Header.Get("Cache-Control"))
}

// headAsked are the headers for which a HEAD is asked.
var headAsked = []string{"ETag", "Cache-Control", "Content-Type", "Content-Length", "Content-Language", "Vary", "Location"}

func TestPageCache_HeadIsAnsweredAsGetWithoutTheBody(t *testing.T) {
	t.Parallel()
	r := cachedRig(t)
	signedIn := r.register(t, "gulsah.cetin@example.com")
	for path, status := range map[string]int{
		"/v1/products/cezve": 200, "/v1/products": 200, "/v1/products?category=kitchen&facets=true": 200, "/v1/categories": 200, "/v1/collections": 200,
		"/v1/search/suggestions?q=cez": 200, "/v1/products/yok": 404, "/v1/products?limit=0": 422, "/v1/collections/yok/products": 404,
	} {
		for _, headers := range []map[string]string{nil, {"Accept-Language": "en"}, {"Authorization": "Bearer " + signedIn.access}} {
			before := r.do(t, call{method: "HEAD", path: path, headers: headers})
			get := r.do(t, call{method: "GET", path: path, headers: headers})
			after := r.do(t, call{method: "HEAD", path: path, headers: headers})
			require.Equal(t, status, get.StatusCode, "%s", get.raw)
			require.NotEmpty(t, get.raw, path)
			for _, head := range []answer{before, after} {
				require.Equal(t, status, head.StatusCode, path)
				require.Empty(t, head.raw, path)
				for _, name := range headAsked {
					require.Equal(t, get.Header.Values(name), head.Header.Values(name), "%s %s", path, name)
				}
			}
			if status == http.StatusOK {
				has := r.do(t, call{method: "HEAD", path: path, headers: headers}.with("If-None-Match", get.Header.Get("ETag")))
				require.Equal(t, http.StatusNotModified, has.StatusCode, path)
			}
		}
	}
	for _, path := range []string{"/v1/carts/crt_1", "/v1/account", "/readyz"} {
		require.Equal(t, http.StatusMethodNotAllowed, r.do(t, call{method: "HEAD", path: path}).StatusCode, "%s is nobody's to keep", path)
	}
}

func TestPageCache_KeepsNoRefusal(t *testing.T) {
	t.Parallel()
	r := cachedRig(t)
	as := r.merchandiser(t)
	for range 3 {
		requireProblem(t, r.do(t, call{method: "GET", path: "/v1/products/bakir-caydanlik"}), 404, "not_found")
		requireProblem(t, r.do(t, call{method: "GET", path: "/v1/products/cezve?page=2"}), 422, "invalid")
		requireProblem(t, r.do(t, call{method: "GET", path: "/v1/products?limit=0"}), 422, "invalid")
	}
	r.createPot(t, as, pot, firstKey)
	require.Equal(t, http.StatusOK, r.do(t, call{method: "GET", path: "/v1/products/bakir-caydanlik"}).StatusCode)
}

func TestLists_ShowUnitsThatAreSecondsOldAtMost(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	state := func() any {
		return r.do(t, call{method: "GET", path: "/v1/products?category=kitchen&sort=price_desc&limit=1"}).json["items"].([]any)[0].(map[string]any)["stock"].(map[string]any)["state"]
	}
	require.Equal(t, "sold_out", state())
	op := stock.Op{ID: "geldi-1", At: time.Now()}
	require.NoError(t, r.deps.Ledger.Receive(t.Context(), op, stock.Line{Location: stock.DefaultLocation, SKU: "CEZVE-01", Quantity: 50}))
	received := time.Now()
	require.Eventually(t, func() bool { return state() == "in_stock" }, 5*time.Second, 20*time.Millisecond)
	require.Less(t, time.Since(received), 4*time.Second)
}

func TestPageCache_UnitsOnAPageAreSecondsOldAtMost(t *testing.T) {
	t.Parallel()
	r := cachedRig(t)
	state := func() any {
		return r.do(t, call{method: "GET", path: "/v1/products/cezve"}).json["variants"].([]any)[0].(map[string]any)["stock"].(map[string]any)["state"]
	}
	require.Equal(t, "sold_out", state())
	op := stock.Op{ID: "geldi-1", At: time.Now()}
	require.NoError(t, r.deps.Ledger.Receive(t.Context(), op, stock.Line{Location: stock.DefaultLocation, SKU: "CEZVE-01", Quantity: 50}))
	require.Eventually(t, func() bool { return state() == "in_stock" }, 5*time.Second, 50*time.Millisecond)
}
