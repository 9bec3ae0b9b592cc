package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
)

func TestStaffOrders_TellWhyAnOrderNeedsAPersonSinceWhenAndWhatToDo(t *testing.T) {
	t.Parallel()
	needs := order.NewAttention(order.ReasonLabelFailed, noon).With(order.ReasonMailRefused, "order_placed", noon)
	w := writeOrder(t, order.Projection{Status: order.Processing, Open: true, PlacedAt: noon, Attention: needs})
	_, err := w.deps.Claims.Claim(t.Context(), order.NumberKey(w.order.Number), w.order.ID)
	require.NoError(t, err)
	packer, marketer := w.staff(t, identity.Orders, identity.ByPasskey), w.staff(t, identity.Marketing, identity.ByPasskey)

	for _, name := range []string{w.order.ID, w.order.Number} {
		a := w.do(t, packer.as("GET", "/v1/staff/orders/"+name, ""))
		require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
		require.Equal(t, w.order.ID, a.json["id"])
		require.Equal(t, "guest", a.json["customer_id"])
		reasons := a.json["attention"].([]any)
		require.Len(t, reasons, 2)
		first := reasons[0].(map[string]any)
		require.Equal(t, "label_failed", first["reason"])
		require.NotEmpty(t, first["next"])
		require.NotEmpty(t, first["owner"])
		require.Equal(t, "2026-11-25T12:00:00Z", first["since"])
		require.Contains(t, a.json["attempts"], w.attempt.ID)
	}
	for _, name := range []string{"7KXM-92QD", "ord_01k3v8m4w0f3q2x9y6z7a1b2c3", "x", "ord_"} {
		requireProblem(t, w.do(t, packer.as("GET", "/v1/staff/orders/"+name, "")), 404, "not_found")
	}
	requireProblem(t, w.do(t, marketer.as("GET", "/v1/staff/orders/"+w.order.ID, "")), 403, "forbidden")

	list := w.do(t, packer.as("GET", "/v1/staff/attention", ""))
	require.Equal(t, http.StatusOK, list.StatusCode, list.raw)
	orders := list.json["orders"].([]any)
	require.Len(t, orders, 2, "one for each reason")
	require.Equal(t, w.order.Number, orders[0].(map[string]any)["number"])
	require.Empty(t, list.json["others"])
}

func TestAttention_ListsWhatStandsStillBesideOrders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	packer, old := r.staff(t, identity.Orders, identity.ByPasskey), time.Now().UTC().Add(-time.Hour)
	i, err := r.deps.Imports.Begin(t.Context(), catalog.Import{ID: id.New(catalog.ImportPrefix, old), State: catalog.ImportApplying, CreatedAt: old}, nil)
	require.NoError(t, err)
	shopper := r.register(t, "ibrahim.golbasi@example.com")
	wanted := identity.Export{ID: id.New(identity.ExportPrefix, old), AccountID: shopper.id, AskedAt: old.Add(time.Minute)}
	require.NoError(t, r.deps.Exports.Ask(t.Context(), wanted))
	list := r.do(t, packer.as("GET", "/v1/staff/attention", ""))
	require.Equal(t, http.StatusOK, list.StatusCode, list.raw)
	require.Len(t, list.json["others"], 2, list.raw)
	second := list.json["others"].([]any)[1].(map[string]any)
	require.Equal(t, "privacy_export", second["kind"])
	require.Equal(t, "privacy_stuck", second["reason"])
	require.Contains(t, second["next"], "privacy-export/"+shopper.id+"/"+wanted.ID)
	first := list.json["others"].([]any)[0].(map[string]any)
	require.Equal(t, i.ID, first["id"])
	require.Equal(t, "import", first["kind"])
	require.Equal(t, "catalogue_stuck", first["reason"])
	require.Equal(t, "applying", first["state"])
	require.Contains(t, first["next"], "catalogue-import/"+i.ID)
}

func TestStaffOrders_ForgetAGuestOnceTheOrderIsOver(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, order.Projection{Status: order.Expired})
	boss, packer := w.staff(t, identity.Administrator, identity.ByPasskey), w.staff(t, identity.Orders, identity.ByPasskey)
	write := func(change func(*order.Order)) order.Order {
		o := w.order
		o.ID, o.Number, o.Contact, o.EmailKey = id.New(id.Order, noon), id.Number(), order.Contact{Name: "Gülşah Çağlayan"}, "anahtar"
		o.Invoice = &order.Invoice{Name: "Gülşah Çağlayan"}
		change(&o)
		_, err := w.deps.Orders.Create(t.Context(), o)
		require.NoError(t, err)
		return o
	}
	over, runs := write(func(*order.Order) {}), write(func(o *order.Order) { o.State.Open = true })
	owned := write(func(o *order.Order) { o.CustomerID = "usr_01k3v8m4w0f3q2x9y6z7a1b2c3" })
	path := func(o order.Order) string { return "/v1/staff/orders/" + o.ID + "/erasure" }
	requireProblem(t, w.do(t, packer.as("POST", path(over), "")), 403, "forbidden")
	requireProblem(t, w.do(t, boss.as("POST", path(runs), "")), 409, "conflict")
	requireProblem(t, w.do(t, boss.as("POST", path(owned), "")), 409, "conflict")
	for range 2 {
		require.Equal(t, http.StatusNoContent, w.do(t, boss.as("POST", path(over), "")).StatusCode)
	}
	left, err := w.deps.Orders.Find(t.Context(), over.ID)
	require.NoError(t, err)
	require.True(t, left.Erased)
	require.Nil(t, left.Invoice, "nothing was paid")
	require.Empty(t, left.EmailKey)
	for _, o := range []order.Order{runs, owned} {
		kept, err := w.deps.Orders.Find(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, "Gülşah Çağlayan", kept.Contact.Name)
	}
}
