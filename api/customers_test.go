package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

const kadikoy = `{"label":"Ev","name":"Ayşe Yılmaz","phone":"0532 123 45 67","address":{"line1":"Moda Caddesi No: 12 D: 4","district":"kadikoy","province":"ISTANBUL","postcode":"34710"},` +
	`"invoice":{"kind":"personal","name":"Ayşe Yılmaz","identity_number":"10000000146"}}`

func TestAddresses_AreCheckedKeptAndTheirOwnersAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me, other := r.register(t, ayseEmail), r.register(t, "mehmet@example.com")
	a := r.do(t, me.as("POST", "/v1/account/addresses", kadikoy))
	require.Equal(t, http.StatusCreated, a.StatusCode, a.raw)
	require.Equal(t, "Kadıköy", a.json["address"].(map[string]any)["district"])
	path := "/v1/account/addresses/" + a.json["id"].(string)
	requireProblem(t, r.do(t, other.as("PUT", path, kadikoy)), 404, "not_found")
	requireProblem(t, r.do(t, other.as("DELETE", path, "")), 404, "not_found")
	require.Empty(t, r.do(t, other.as("GET", "/v1/account/addresses", "")).json["addresses"])
	for name, body := range map[string]string{
		"a district of another province": `{"label":"Ev","name":"Ayşe Yılmaz","phone":"05321234567","address":{"line1":"Moda Cad. 12","district":"Çankaya","province":"İstanbul","postcode":"34710"}}`,
		"a wrong identity number":        `{"label":"Ev","name":"Ayşe Yılmaz","phone":"05321234567","address":{"line1":"Moda Cad. 12","district":"Kadıköy","province":"İstanbul","postcode":"34710"},"invoice":{"kind":"personal","name":"Ayşe Yılmaz","identity_number":"10000000147"}}`,
	} {
		a := r.do(t, me.as("PUT", path, body))
		requireProblem(t, a, 422, "invalid")
		require.NotContains(t, a.raw, "10000000147", name)
	}
	require.Equal(t, http.StatusNoContent, r.do(t, me.as("DELETE", path, "")).StatusCode)
	require.Empty(t, r.do(t, me.as("GET", "/v1/account/addresses", "")).json["addresses"])
}

func TestCart_OfAnAccountOpensWithItsToken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me, other := r.register(t, ayseEmail), r.register(t, "mehmet@example.com")
	requireProblem(t, r.do(t, me.as("GET", "/v1/account/cart", "")), 404, "not_found")
	guest := r.newCart(t)
	require.Equal(t, http.StatusOK, r.do(t, guest.in("POST", "/lines", `{"sku":"CAY-06","quantity":2}`)).StatusCode)
	put := call{method: "PUT", path: "/v1/account/cart", body: `{"cart_id":"` + guest.id + `"}`}
	requireProblem(t, r.do(t, put.with("Authorization", "Bearer "+other.access)), 404, "not_found")
	a := r.do(t, put.with("Authorization", "Bearer "+me.access).with("X-Cart-Secret", guest.secret))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	require.Equal(t, guest.id, r.do(t, me.as("GET", "/v1/account/cart", "")).json["id"])
	more := me.as("POST", "/v1/carts/"+guest.id+"/lines", `{"sku":"AYVA-01","quantity":1}`)
	require.Equal(t, http.StatusOK, r.do(t, more.with("Idempotency-Key", freshKey())).StatusCode)
	more.headers["Authorization"] = "Bearer " + other.access
	requireProblem(t, r.do(t, more.with("Idempotency-Key", freshKey())), 404, "not_found")
}
