package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/lab"
)

// twoShops are the shared API and another process of it beside.
func twoShops(t *testing.T, l *lab.Lab) (one, other *lab.Shop) {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "api")
	require.NoError(t, lab.GoBuild(t.Context(), "..", "./cmd/api", bin))
	cfg := l.Config
	cfg.APIAddr = freePort(t)
	process, err := lab.Supervise(bin, nil, lab.Environment(cfg), io.Discard)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, process.Stop()) })
	other = lab.NewShop("http://"+cfg.APIAddr, "")
	require.Eventually(t, func() bool {
		r, err := other.Call(t.Context(), http.MethodGet, "/readyz", nil, nil)
		return err == nil && r.Status == http.StatusOK
	}, 30*time.Second, 50*time.Millisecond)
	return l.Shop(), other
}

// quoted is what a cart asks for its only line.
func quoted(t *testing.T, p *lab.Shopper) int64 {
	t.Helper()
	r, err := p.Shop.Call(t.Context(), http.MethodGet, "/v1/carts/"+p.CartID, map[string]string{"X-Cart-Secret": p.Secret}, nil)
	require.NoError(t, err)
	var cart struct {
		Lines []struct {
			Price struct {
				Amount int64 `json:"amount"`
			} `json:"unit_price"`
		} `json:"lines"`
	}
	require.NoError(t, json.Unmarshal(r.Raw, &cart))
	require.Len(t, cart.Lines, 1)
	return cart.Lines[0].Price.Amount
}

// seen is what a process shows of a SKU's price: on its product's page and in a list.
func seen(t *testing.T, shop *lab.Shop, sku string) (page, list int64) {
	t.Helper()
	amount := func(path string) json.RawMessage {
		r, err := shop.Call(t.Context(), http.MethodGet, path, nil, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, r.Status, "%s", r.Raw)
		return json.RawMessage(r.Raw)
	}
	var product struct {
		Variants []struct {
			SKU   string `json:"sku"`
			Price struct {
				Amount int64 `json:"amount"`
			} `json:"price"`
		} `json:"variants"`
	}
	require.NoError(t, json.Unmarshal(amount("/v1/products/"+strings.ToLower(sku)), &product))
	require.Len(t, product.Variants, 1)
	var found struct {
		Items []struct {
			From struct {
				Amount int64 `json:"amount"`
			} `json:"price_from"`
		} `json:"items"`
	}
	require.NoError(t, json.Unmarshal(amount("/v1/products?q="+strings.ReplaceAll(sku, "-", "")), &found))
	if len(found.Items) == 1 {
		list = found.Items[0].From.Amount
	}
	return product.Variants[0].Price.Amount, list
}

// It measures, so that nothing else runs beside it.
func TestCatalogue_AChangedPriceIsSeenInEveryProcessWithinASecond(t *testing.T) {
	l := rig(t)
	sku, err := l.FreshSKU(t.Context(), 5)
	require.NoError(t, err)
	one, other := twoShops(t, l)
	for _, shop := range []*lab.Shop{one, other} {
		require.Eventually(t, func() bool {
			_, list := seen(t, shop, sku)
			return list > 0
		}, 10*time.Second, 20*time.Millisecond, "it is listed")
	}
	staff := map[string]string{"Authorization": "Bearer " + lab.StaffToken}
	var carts []*lab.Shopper
	for _, shop := range []*lab.Shop{one, other} {
		p, err := shop.Fill(t.Context(), lab.Line{SKU: sku, Quantity: 1})
		require.NoError(t, err)
		carts = append(carts, p)
	}
	var took []time.Duration
	for n := range int64(5) {
		price := 50_000 + n
		body := []byte(fmt.Sprintf(`{"prices":[{"sku":%q,"amount":{"amount":%d,"currency":"TRY"}}]}`, sku, price))
		changed, err := one.Send(t.Context(), http.MethodPost, "/v1/staff/prices", staff, body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, changed.Status, "%s", changed.Raw)
		require.Contains(t, string(changed.Raw), `"changed":1`)
		began := time.Now()
		for _, shop := range []*lab.Shop{one, other} {
			page, _ := seen(t, shop, sku)
			require.Equal(t, price, page, "a product's page is never old")
		}
		for _, p := range carts {
			require.Equal(t, price, quoted(t, p), "nor is a quote")
		}
		for _, shop := range []*lab.Shop{one, other} {
			require.Eventually(t, func() bool {
				_, list := seen(t, shop, sku)
				return list == price
			}, 5*time.Second, 10*time.Millisecond)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("changed prices were in every list after %s", took)
	require.Less(t, took[len(took)/2], time.Second, "as a rule: a machine may have halted once")
}
