package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/shipping"
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

func TestOrders_OfAGuestComeToTheAccountOfTheirAddress(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	guest, shown := w.filled(t)
	a := w.do(t, wish(t, guest, shown))
	require.Contains(t, []int{http.StatusAccepted, http.StatusCreated}, a.StatusCode, a.raw)
	orderID := a.json["id"].(string)
	email := a.json["contact"].(map[string]any)["email"].(string)

	other, me := w.register(t, "mehmet@example.com"), w.register(t, email)
	list := w.do(t, me.as("GET", "/v1/account/orders", ""))
	require.Len(t, list.json["orders"], 1, list.raw)
	require.Equal(t, orderID, list.json["orders"].([]any)[0].(map[string]any)["id"])
	require.Empty(t, w.do(t, other.as("GET", "/v1/account/orders", "")).json["orders"])
	open := w.do(t, me.as("GET", "/v1/orders/"+orderID, ""))
	require.Equal(t, http.StatusOK, open.StatusCode, open.raw)
	require.Equal(t, email, open.json["contact"].(map[string]any)["email"])
	for _, c := range []call{
		other.as("GET", "/v1/orders/"+orderID, ""), other.as("GET", "/v1/orders/"+orderID+"/timeline", ""),
		other.as("POST", "/v1/orders/"+orderID+"/cancel", "").with("Idempotency-Key", freshKey()),
	} {
		requireProblem(t, w.do(t, c), 404, "not_found")
	}

	again, shownAgain := w.filled(t)
	later := w.do(t, wish(t, again, shownAgain)).json["id"].(string)
	claim := w.do(t, me.as("POST", "/v1/account/orders/claim", ""))
	require.InDelta(t, 1, claim.json["claimed"], 0, claim.raw)
	require.Equal(t, later, w.do(t, me.as("GET", "/v1/account/orders?limit=1", "")).json["orders"].([]any)[0].(map[string]any)["id"])
	require.InDelta(t, 0, w.do(t, other.as("POST", "/v1/account/orders/claim", "")).json["claimed"], 0)
}

func TestOrders_OfAnAccountSayHowFarTheParcelsOfEachHaveCome(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.Delivered, shipping.InTransit, shipping.Cancelled)
	me := p.register(t, ayseEmail)
	orders := p.db.Collection("orders")
	_, err := orders.UpdateByID(t.Context(), p.order.ID, bson.D{{Key: "$set", Value: bson.D{{Key: "customer_id", Value: me.id}}}})
	require.NoError(t, err)
	var another bson.M
	require.NoError(t, orders.FindOne(t.Context(), bson.D{{Key: "_id", Value: p.order.ID}}).Decode(&another))
	another["_id"] = id.New(id.Order, time.Now().Add(time.Minute))
	_, err = orders.InsertOne(t.Context(), another)
	require.NoError(t, err)
	_, err = orders.UpdateByID(t.Context(), another["_id"], bson.D{{Key: "$unset", Value: bson.D{{Key: "state.fulfilment", Value: ""}}}})
	require.NoError(t, err)

	said := func() map[string]any {
		list, byID := p.do(t, me.as("GET", "/v1/account/orders", "")), map[string]any{}
		require.Equal(t, http.StatusOK, list.StatusCode, list.raw)
		for _, each := range list.json["orders"].([]any) {
			byID[each.(map[string]any)["id"].(string)] = each.(map[string]any)["fulfilment_status"]
		}
		return byID
	}
	require.Equal(t, map[string]any{p.order.ID: "partially_delivered", another["_id"].(string): "unfulfilled"}, said())
	require.Equal(t, p.look(t).json["fulfilment_status"], said()[p.order.ID])
	p.replace(t, 1)
	require.Equal(t, "delivered", said()[p.order.ID], "a parcel that was packed into others counts in no list")
}
