package api_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
)

// accessTable is the table of who may call what. It is written by hand, from what
// the test says is missing: a change in it is a decision.
const accessTable = "testdata/access.md"

// nothingHere is what everybody hears at an address with nothing behind it.
const nothingHere = "Bu adreste bir şey yok."

// route is one route of the document.
type route struct{ id, method, path, access, permission string }

func (r *rig) routes(t *testing.T) []route {
	t.Helper()
	var all []route
	for path, ways := range at(t, r.document(t), "paths") {
		for method, way := range ways.(map[string]any) {
			op := way.(map[string]any)
			permission, _ := op["x-permission"].(string)
			all = append(all, route{op["operationId"].(string), strings.ToUpper(method), path, op["x-access"].(string), permission})
		}
	}
	slices.SortFunc(all, func(a, b route) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return all
}

var parameter = regexp.MustCompile(`\{[a-z_]+\}`)

// ask tries the route with nothing right but who asks.
func (r *rig) try(t *testing.T, way route, access string) string {
	t.Helper()
	c := call{method: way.method, path: parameter.ReplaceAllString(way.path, "yok"), headers: map[string]string{"Idempotency-Key": freshKey()}}
	if access != "" {
		c.headers["Authorization"] = "Bearer " + access
	}
	if slices.Contains([]string{"POST", "PUT", "PATCH"}, way.method) {
		c.body = `{"yok":1}`
	}
	a := r.ask(t, c)
	switch {
	case a.StatusCode == http.StatusForbidden:
		return "403"
	case a.StatusCode == http.StatusUnauthorized:
		return "401"
	case a.StatusCode == http.StatusNotFound && a.json["detail"] == nothingHere:
		return "404"
	}
	return "·"
}

func TestAccess_OfEveryRouteIsWhatTheTableSays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	columns := []string{"anonymous", "shopper"}
	callers := map[string]string{"anonymous": "", "shopper": r.register(t, ayseEmail).access}
	for _, role := range identity.Roles {
		columns = append(columns, string(role))
		callers[string(role)] = r.staff(t, role, identity.ByPassword, identity.ByOTP).access
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| route | access | %s |\n|---|---|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for _, way := range r.routes(t) {
		access := way.access
		if way.permission != "" {
			access = way.permission
		}
		if way.access != "staff" && way.access != "signed-in" {
			fmt.Fprintf(&b, "| %s %s | %s |%s\n", way.method, way.path, access, strings.Repeat(" · |", len(columns)))
			continue
		}
		if way.id == "sign-out" || way.id == "sign-out-everywhere" {
			fmt.Fprintf(&b, "| %s %s | %s | %s |%s\n", way.method, way.path, access, r.try(t, way, ""), strings.Repeat(" · |", len(columns)-1))
			continue
		}
		fmt.Fprintf(&b, "| %s %s | %s |", way.method, way.path, access)
		for _, who := range columns {
			fmt.Fprintf(&b, " %s |", r.try(t, way, callers[who]))
		}
		b.WriteString("\n")
	}
	table, err := os.ReadFile(accessTable)
	require.NoError(t, err)
	_, rows, found := strings.Cut(string(table), "\n\n")
	require.True(t, found)
	require.Equal(t, strings.TrimSpace(rows), strings.TrimSpace(b.String()), "who may call what has changed: if that was meant, change %s", accessTable)
}

func TestStaff_WithoutASecondFactorCanDoNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	weak := r.staff(t, identity.Administrator, identity.ByPassword)
	for _, way := range r.routes(t) {
		if way.access == "staff" {
			require.Equal(t, "403", r.try(t, way, weak.access), way.id)
		}
	}
	require.Equal(t, http.StatusOK, r.do(t, weak.as("GET", "/v1/account", "")).StatusCode, "where the second factor is set up")
}

func TestStaff_WhoWasDismissedIsOutAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	boss, clerk := r.staff(t, identity.Administrator, identity.ByPasskey), r.staff(t, identity.Orders, identity.ByPassword, identity.ByOTP)
	list := clerk.as("GET", "/v1/orders/ord_01k3v8m4w0f3q2x9y6z7a1b2c3/shipments", "")
	require.NotEqual(t, nothingHere, r.do(t, list).json["detail"])
	requireProblem(t, r.do(t, boss.as("DELETE", "/v1/staff/accounts/"+boss.id, "")), 409, "conflict")
	require.Equal(t, http.StatusNoContent, r.do(t, boss.as("DELETE", "/v1/staff/accounts/"+clerk.id, "")).StatusCode)
	require.Equal(t, nothingHere, r.do(t, list).json["detail"])
}

func TestAuditLog_HoldsWhatWasDoneAndWhatWasRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	boss, clerk := r.staff(t, identity.Administrator, identity.ByPasskey), r.staff(t, identity.Support, identity.ByPasskey)
	a := r.do(t, boss.as("PATCH", "/v1/staff/accounts/"+clerk.id, `{"role":"finance"}`))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	requireProblem(t, r.do(t, clerk.as("PATCH", "/v1/staff/accounts/"+boss.id, `{"role":"support"}`)), 403, "forbidden")

	found, err := r.deps.AuditLog.Find(t.Context(), auditlog.Search{What: "change-role", Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 3)
	refused, done, begun := found[0], found[1], found[2]
	require.Equal(t, []auditlog.Phase{auditlog.Refused, auditlog.Done, auditlog.Begun}, []auditlog.Phase{refused.Phase, done.Phase, begun.Phase})
	require.Equal(t, clerk.id, refused.WhoID)
	require.Equal(t, boss.id, refused.Target)
	require.Equal(t, begun.ActionID, done.ActionID)
	require.JSONEq(t, `{"role":"support"}`, done.Before)
	require.JSONEq(t, `{"role":"finance"}`, done.After)

	a = r.do(t, clerk.as("GET", "/v1/staff/audit-log?what=change-role&phase=done", ""))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	require.Len(t, a.json["entries"], 1)
	for _, e := range found {
		require.NotContains(t, fmt.Sprint(e), "dukkan.example", "nothing personal is in the log")
	}
}

func TestAuditLog_NamesWhatAnActionMadeAndHowAKeyWasBefore(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	boss := r.staff(t, identity.Administrator, identity.ByPasskey)
	person := r.do(t, boss.as("POST", "/v1/staff/accounts", `{"email":"kemal@dukkan.example","name":"Kemal Şahin","handle":"depo-2","role":"orders"}`))
	require.Equal(t, http.StatusCreated, person.StatusCode, person.raw)
	key := r.do(t, boss.as("POST", "/v1/staff/keys", `{"name":"vitrin","scopes":["orders:read"],"expires_at":"`+r.deps.Clock().AddDate(0, 6, 0).UTC().Format("2006-01-02T15:04:05Z")+`"}`))
	require.Equal(t, http.StatusCreated, key.StatusCode, key.raw)
	prefix := key.json["prefix"].(string)
	require.Equal(t, http.StatusNoContent, r.do(t, boss.as("DELETE", "/v1/staff/keys/"+prefix, "")).StatusCode)
	done := func(what, target string) auditlog.Entry {
		found, err := r.deps.AuditLog.Find(t.Context(), auditlog.Search{What: what, Target: target, Phase: auditlog.Done, Limit: 10})
		require.NoError(t, err)
		require.Len(t, found, 1, what)
		return found[0]
	}
	done("create-staff", person.json["id"].(string))
	done("create-key", prefix)
	revoked := done("revoke-key", prefix)
	require.Contains(t, revoked.Before, `"name":"vitrin"`)
	require.NotContains(t, revoked.Before, "revoked_at")
	require.Contains(t, revoked.After, `"revoked_by":"administrator-1"`)
}

func TestKeys_AreShownOnceScopedAndRevocable(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	boss := r.staff(t, identity.Administrator, identity.ByPasskey)
	create := func(by signedIn, scopes string) answer {
		return r.do(t, by.as("POST", "/v1/staff/keys", `{"name":"vitrin","scopes":[`+scopes+`],"expires_at":"`+r.deps.Clock().AddDate(0, 6, 0).UTC().Format("2006-01-02T15:04:05Z")+`"}`))
	}
	a := create(boss, `"orders:read"`)
	require.Equal(t, http.StatusCreated, a.StatusCode, a.raw)
	key, prefix := a.json["key"].(string), a.json["prefix"].(string)
	require.True(t, strings.HasPrefix(key, "bdk_"+prefix+"_"))
	machine := signedIn{access: key}
	shipments := "/v1/orders/ord_01k3v8m4w0f3q2x9y6z7a1b2c3/shipments"
	require.NotEqual(t, nothingHere, r.do(t, machine.as("GET", shipments, "")).json["detail"])
	requireProblem(t, r.do(t, machine.as("GET", "/v1/staff/keys", "")), 403, "forbidden")
	requireProblem(t, r.do(t, machine.as("GET", "/v1/account", "")), 403, "forbidden")

	list := r.do(t, boss.as("GET", "/v1/staff/keys", ""))
	require.NotContains(t, list.raw, key)
	used := slices.ContainsFunc(list.json["keys"].([]any), func(k any) bool {
		row := k.(map[string]any)
		return row["prefix"] == prefix && row["last_used_at"] != nil
	})
	require.True(t, used)
	requireProblem(t, create(signedIn{access: ayseKey}, `"orders:read"`), 403, "forbidden")
	for _, people := range []string{`"staff:manage"`, `"keys:manage"`} {
		requireProblem(t, create(boss, people), 422, "invalid")
	}
	require.Equal(t, http.StatusNoContent, r.do(t, boss.as("DELETE", "/v1/staff/keys/"+prefix, "")).StatusCode)
	require.Equal(t, nothingHere, r.do(t, machine.as("GET", shipments, "")).json["detail"])
}

func TestAuditLog_FindsByAnOrderWhatWasDoneToItAndToItsParcels(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, order.Projection{Status: order.Processing, Open: true})
	_, err := w.deps.Claims.Claim(t.Context(), order.NumberKey(w.order.Number), w.order.ID)
	require.NoError(t, err)
	boss, marketer := w.staff(t, identity.Administrator, identity.ByPasskey), w.staff(t, identity.Marketing, identity.ByPasskey)
	require.Equal(t, http.StatusOK, w.do(t, boss.as("GET", "/v1/staff/orders/"+w.order.Number, "")).StatusCode)
	requireProblem(t, w.do(t, marketer.as("GET", "/v1/staff/orders/"+w.order.Number, "")), 403, "forbidden")
	requireProblem(t, w.do(t, boss.as("POST", "/v1/staff/orders/"+w.order.Number+"/erasure", "")), 409, "conflict")
	for n, target := range []string{w.order.ID + "-parcel-1", w.order.ID + "0", "ord_01k3v8m4w0f3q2x9y6z7a1b2c3-parcel-1"} {
		at := noon.Add(time.Duration(n) * time.Minute)
		e := auditlog.Entry{ID: id.New(auditlog.Prefix, at), Who: "depo-1", WhoID: "aysedepo", What: "pack-shipment", Target: target, Phase: auditlog.Done, At: at}
		require.NoError(t, w.deps.AuditLog.Append(t.Context(), e))
	}
	search := func(query string) []string {
		a := w.do(t, boss.as("GET", "/v1/staff/audit-log?"+query, ""))
		require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
		all := []string{}
		for _, e := range a.json["entries"].([]any) {
			entry := e.(map[string]any)
			all = append(all, fmt.Sprint(entry["what"], " ", entry["phase"], " ", entry["target"]))
		}
		return all
	}
	of := []string{
		"get-staff-order done " + w.order.ID, "get-staff-order refused " + w.order.Number,
		"erase-order begun " + w.order.Number, "erase-order refused " + w.order.ID, "pack-shipment done " + w.order.ID + "-parcel-1",
	}
	require.ElementsMatch(t, of, search("target="+w.order.ID))
	require.ElementsMatch(t, of, search("target="+w.order.Number))
	require.Equal(t, []string{"get-staff-order refused " + w.order.Number}, search("target="+w.order.ID+"&who_id="+marketer.id))
	require.Len(t, search("who_id=aysedepo"), 3)
	require.Empty(t, search("target=ZZZZ-ZZZZ"))
}
