package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
)

func TestCustomers_AreFoundByStaffWithTheWholeMailAddressOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ayse, clerk, packer := r.register(t, ayseEmail), r.staff(t, identity.Support, identity.ByPasskey), r.staff(t, identity.Orders, identity.ByPasskey)
	search := func(email string) answer {
		return r.do(t, clerk.as("POST", "/v1/staff/customers/search", `{"email":"`+email+`"}`))
	}
	a := search("  AYSE.Yilmaz@example.com")
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	require.Len(t, a.json["customers"], 1, a.raw)
	require.Equal(t, ayse.id, a.json["customers"].([]any)[0].(map[string]any)["id"])
	require.Empty(t, search("yse.yilmaz@example.com").json["customers"])
	require.Empty(t, search(clerk.email).json["customers"], "colleagues are no customers")
	requireProblem(t, search("nobody at all"), 422, "invalid")
	requireProblem(t, r.do(t, packer.as("POST", "/v1/staff/customers/search", `{"email":"`+ayseEmail+`"}`)), 403, "forbidden")

	found, err := r.deps.AuditLog.Find(t.Context(), auditlog.Search{What: "find-customers", Phase: auditlog.Done, Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 3)
	require.Contains(t, found[2].After, ayse.id)
	require.Equal(t, ayse.id, found[2].Target, "who looked at somebody is found by whom they found")
	require.Empty(t, found[0].Target)
	for _, e := range found {
		require.NotContains(t, e.After+e.Before+e.Target, "yilmaz", "who looked is kept, not for whom they asked in words")
	}
}

func TestCustomers_WhoBoughtAsGuestsAreFoundByTheirOrders(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, order.Projection{Status: order.Processing, Open: true})
	clerk := w.staff(t, identity.Support, identity.ByPasskey)
	write := func(email string, minute int, customer string) order.Order {
		o := w.order
		at := noon.Add(time.Duration(minute) * time.Minute)
		o.ID, o.Number, o.AcceptedAt, o.CustomerID = id.New(id.Order, at), id.Number(), at, customer
		o.Contact, o.EmailKey = order.Contact{Name: "Gülşah Çağlayan", Email: email}, identity.OrderEmail(lookup, email)
		_, err := w.deps.Orders.Create(t.Context(), o)
		require.NoError(t, err)
		return o
	}
	first, second := write("gulsah@example.com", 1, order.Guest), write("gulsah@example.com", 2, "usr_01k3v8m4w0f3q2x9y6z7a1b2c3")
	write("isil@example.com", 3, order.Guest)
	search := func() answer {
		return w.do(t, clerk.as("POST", "/v1/staff/customers/search", `{"email":" Gulsah@Example.com"}`))
	}
	a := search()
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	require.Equal(t, []any{}, a.json["customers"])
	shown := func(o order.Order) map[string]any {
		return map[string]any{
			"id": o.ID, "number": o.Number, "status": "processing", "customer_id": o.CustomerID, "created_at": o.AcceptedAt.Format(time.RFC3339),
		}
	}
	require.Equal(t, []any{shown(second), shown(first)}, a.json["orders"], "the newest first")
	looked, err := w.deps.AuditLog.Find(t.Context(), auditlog.Search{What: "find-customers", Phase: auditlog.Done, Limit: 10})
	require.NoError(t, err)
	require.Len(t, looked, 1)
	require.JSONEq(t, `{"orders":["`+second.ID+`","`+first.ID+`"]}`, looked[0].After)

	require.NoError(t, w.deps.Orders.ForgetEmails(t.Context(), []string{first.ID, second.ID}))
	require.Equal(t, []any{}, search().json["orders"], "no address leads to who was forgotten")
}

func TestCustomers_AreShownToStaffUntilTheyAreForgotten(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, order.Projection{Status: order.Placed, Open: true})
	clerk := w.staff(t, identity.Support, identity.ByPasskey)
	ayse := identity.Account{
		ID: "usr_01k3v8m4w0f3q2x9y6z7a1b2c3", Personal: identity.Person{Email: ayseEmail, Name: ayseName, Phone: "+905321112233"}, Language: "tr", Rev: 1, CreatedAt: noon,
	}
	require.NoError(t, w.deps.Accounts.Create(t.Context(), ayse))
	look := func(more string) answer {
		return w.do(t, clerk.as("GET", "/v1/staff/customers/"+ayse.ID+more, ""))
	}
	a := look("")
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	require.Equal(t, ayseName, a.json["name"])
	require.Equal(t, []any{}, a.json["consents"])
	require.Equal(t, []any{}, look("/orders").json["orders"])

	require.NoError(t, w.deps.Accounts.Erase(t.Context(), ayse.ID, noon))
	requireProblem(t, look(""), 404, "not_found")
	require.Equal(t, http.StatusOK, look("/orders").StatusCode, "what was bought stays")
	requireProblem(t, w.do(t, clerk.as("GET", "/v1/staff/customers/"+clerk.id, "")), 404, "not_found")
	requireProblem(t, w.do(t, clerk.as("GET", "/v1/staff/customers/x/orders", "")), 404, "not_found")
}
