package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/auditlog"
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
	for _, e := range found {
		require.NotContains(t, e.After+e.Before+e.Target, "yilmaz", "who looked is kept, not for whom they asked in words")
	}
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
