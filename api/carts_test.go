package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCarts_AreFilledChangedEmptiedAndPriced(t *testing.T) {
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
	require.Equal(t, map[string]any{"amount": 74970.0, "currency": "TRY"}, tea["total"])
	require.Equal(t, map[string]any{"amount": 12495.0, "currency": "TRY"}, tea["tax"], "20% KDV inside 749,70")
	require.Equal(t, "Keten Gömlek — L", shirt["title"])
	require.Equal(t, map[string]any{"amount": 11817.0, "currency": "TRY"}, shirt["tax"], "10% KDV inside 1.299,90")
	totals := a.json["totals"].(map[string]any)
	require.Equal(t, map[string]any{"amount": 204960.0, "currency": "TRY"}, totals["total"])
	require.Equal(t, map[string]any{"amount": 24312.0, "currency": "TRY"}, totals["tax"])
	require.Len(t, a.json["quote_hash"], 64)
}
