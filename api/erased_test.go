package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/secret"
)

func TestOrders_ShowAnOrderWhoseShopperWasErasedWithoutAContact(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, order.Projection{Status: order.Placed, Open: true})
	o := w.order
	o.Contact = order.Contact{Name: "Işıl Özgür", Email: "isil.ozgur@example.com", Address: order.Address{Line1: "Şair Nedim Caddesi 8", Country: "TR"}}
	_, err := w.db.Collection("orders").DeleteOne(t.Context(), bson.D{{Key: "_id", Value: o.ID}})
	require.NoError(t, err)
	created, err := w.deps.Orders.Create(t.Context(), o)
	require.NoError(t, err)
	require.True(t, created)
	_, err = w.deps.Claims.Claim(t.Context(), order.NumberKey(o.Number), o.ID)
	require.NoError(t, err)
	key := w.deps.Secrets.Derive(secret.Order, o.ID, o.SecretEpoch)
	look := call{method: "GET", path: "/v1/orders/" + o.ID, headers: map[string]string{"X-Order-Secret": key}}
	cookie := map[string]string{"Cookie": "bedesten_order_" + o.ID + "=" + key}

	shown := w.do(t, look)
	require.Equal(t, http.StatusOK, shown.StatusCode)
	require.Equal(t, "Işıl Özgür", shown.json["contact"].(map[string]any)["name"])
	require.Contains(t, w.browse(t, "/orders/"+o.Number, cookie).body, "Şair Nedim")

	require.NoError(t, w.vault.Destroy(t.Context(), o.ID))
	shown = w.do(t, look)
	require.Equal(t, http.StatusOK, shown.StatusCode)
	require.NotContains(t, shown.json, "contact")
	require.Equal(t, o.Number, shown.json["number"])
	page := w.browse(t, "/orders/"+o.Number, cookie)
	require.Equal(t, http.StatusOK, page.status)
	require.NotContains(t, page.body, "Şair Nedim")
	require.NotContains(t, page.body, "<address")
	require.NotContains(t, w.log.String(), "Nedim")
}
