package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
)

// realPolicy gives owners the time that they have in a real shop.
func realPolicy(d *api.Deps) { d.Policy = order.Production() }

func TestErasure_TakesAProofAndSignsTheAccountOutEverywhere(t *testing.T) {
	t.Parallel()
	r := newRig(t, realPolicy)
	ayse := r.register(t, ayseEmail)
	other := signedInOf(r.login(t, ayseEmail, aysePassword, ""), ayseEmail, aysePassword)
	r.post.take()
	requireProblem(t, r.do(t, ayse.as("POST", "/v1/account/erasure", `{}`)), 422, "invalid")
	requireProblem(t, r.do(t, ayse.as("POST", "/v1/account/erasure", `{"password":"baska bir parola"}`)), 422, "invalid")
	require.Empty(t, r.told.take())

	a := r.do(t, ayse.as("POST", "/v1/account/erasure", `{"password":"`+aysePassword+`"}`))
	require.Equal(t, http.StatusAccepted, a.StatusCode, a.raw)
	due, err := time.Parse(time.RFC3339Nano, a.json["due_at"].(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(7*24*time.Hour), due, time.Minute)
	require.Equal(t, []string{ayse.id}, r.told.take())
	require.Empty(t, r.post.take(), "the owner is told by who carries it out, which lasts")
	for _, s := range []signedIn{ayse, other} {
		requireProblem(t, r.do(t, s.as("GET", "/v1/account", "")), 401, "unauthenticated")
		requireProblem(t, r.do(t, call{method: "POST", path: "/v1/sessions/refresh", body: `{"refresh_token":"` + s.refresh + `"}`}), 401, "unauthenticated")
	}
}

func TestErasure_CanBeWithdrawnUntilTheAccountIsClosed(t *testing.T) {
	t.Parallel()
	r := newRig(t, realPolicy)
	ayse := r.register(t, ayseEmail)
	requireProblem(t, r.do(t, ayse.as("DELETE", "/v1/account/erasure", "")), 404, "not_found")
	require.Equal(t, http.StatusAccepted, r.do(t, ayse.as("POST", "/v1/account/erasure", `{"password":"`+aysePassword+`"}`)).StatusCode)
	back := signedInOf(r.login(t, ayseEmail, aysePassword, ""), ayseEmail, aysePassword)
	shown := r.do(t, back.as("GET", "/v1/account", ""))
	require.NotEmpty(t, shown.json["erasure_due_at"], shown.raw)
	first := shown.json["erasure_due_at"]
	again := r.do(t, back.as("POST", "/v1/account/erasure", `{"password":"`+aysePassword+`"}`))
	require.Equal(t, first, again.json["due_at"], "asked for twice it is not put off")

	back = signedInOf(r.login(t, ayseEmail, aysePassword, ""), ayseEmail, aysePassword)
	r.told.take()
	require.Equal(t, http.StatusNoContent, r.do(t, back.as("DELETE", "/v1/account/erasure", "")).StatusCode)
	require.Equal(t, []string{ayse.id}, r.told.take())
	require.NotContains(t, r.do(t, back.as("GET", "/v1/account", "")).raw, "erasure_due_at")
}

func TestErasure_TakesTheSecondFactorToo(t *testing.T) {
	t.Parallel()
	r := newRig(t, realPolicy)
	ayse := r.register(t, ayseEmail)
	account, err := r.deps.Accounts.Find(t.Context(), ayse.id)
	require.NoError(t, err)
	codes, kept := identity.NewRecoveryCodes()
	account.TOTP, account.Recovery = &identity.TOTP{Secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", ConfirmedAt: time.Now()}, kept
	_, err = r.deps.Accounts.Save(t.Context(), account)
	require.NoError(t, err)
	requireProblem(t, r.do(t, ayse.as("POST", "/v1/account/erasure", `{"password":"`+aysePassword+`"}`)), 401, "second_factor_required")
	require.Empty(t, r.told.take())
	a := r.do(t, ayse.as("POST", "/v1/account/erasure", `{"password":"`+aysePassword+`","code":"`+codes[0]+`"}`))
	require.Equal(t, http.StatusAccepted, a.StatusCode, a.raw)
}

func TestErasure_IsStartedByStaffForWhoAsksOtherwise(t *testing.T) {
	t.Parallel()
	r := newRig(t, realPolicy)
	ayse, boss, clerk := r.register(t, ayseEmail), r.staff(t, identity.Administrator, identity.ByPasskey), r.staff(t, identity.Support, identity.ByPasskey)
	path := "/v1/staff/customers/" + ayse.id + "/erasure"
	requireProblem(t, r.do(t, clerk.as("POST", path, "")), 403, "forbidden")
	a := r.do(t, boss.as("POST", path, ""))
	require.Equal(t, http.StatusAccepted, a.StatusCode, a.raw)
	account, err := r.deps.Accounts.Find(t.Context(), ayse.id)
	require.NoError(t, err)
	require.Equal(t, "administrator-1", account.Erasure.By)
	found, err := r.deps.AuditLog.Find(t.Context(), auditlog.Search{What: "erase-customer", Target: ayse.id, Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 3)
	require.Contains(t, found[1].After+found[0].After, "due_at")
	requireProblem(t, r.do(t, boss.as("POST", "/v1/staff/customers/usr_01k3v8m4w0f3q2x9y6z7a1b2c3/erasure", "")), 404, "not_found")
	requireProblem(t, r.do(t, boss.as("POST", "/v1/staff/customers/"+clerk.id+"/erasure", "")), 409, "conflict")
}

func TestErasure_IsKeptWhereNobodyCanBeToldOfItNow(t *testing.T) {
	t.Parallel()
	r := newRig(t, realPolicy)
	ayse := r.register(t, ayseEmail)
	r.told.away = true
	a := r.do(t, ayse.as("POST", "/v1/account/erasure", `{"password":"`+aysePassword+`"}`))
	require.Equal(t, http.StatusAccepted, a.StatusCode, a.raw)
	waiting, err := r.deps.Accounts.Erasing(t.Context(), "", 10)
	require.NoError(t, err)
	require.Equal(t, []string{ayse.id}, waiting, "the sweeper finds it")

	back := signedInOf(r.login(t, ayseEmail, aysePassword, ""), ayseEmail, aysePassword)
	require.Equal(t, http.StatusNoContent, r.do(t, back.as("DELETE", "/v1/account/erasure", "")).StatusCode)
	waiting, err = r.deps.Accounts.Erasing(t.Context(), "", 10)
	require.NoError(t, err)
	require.Empty(t, waiting)
}

func TestLetters_AreKeptUntilSomebodyTakesThem(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ayse := r.register(t, ayseEmail)
	r.post.away = true
	change := ayse.as("PUT", "/v1/account/password", `{"current_password":"`+aysePassword+`","password":"mor menekse ruzgari"}`)
	require.Equal(t, http.StatusNoContent, r.do(t, change).StatusCode)
	waiting, err := r.deps.LetterBox.Waiting(t.Context(), r.deps.Clock().Add(time.Minute), 10)
	require.NoError(t, err)
	require.Equal(t, []identity.NoticeKind{identity.NoticePassword}, kinds(waiting))
	require.Equal(t, ayse.id, waiting[0].AccountID)

	r.post.away = false
	require.Equal(t, http.StatusCreated, r.login(t, ayseEmail, "mor menekse ruzgari", "").StatusCode)
	require.NotEmpty(t, r.post.take())
	waiting, err = r.deps.LetterBox.Waiting(t.Context(), r.deps.Clock().Add(time.Minute), 10)
	require.NoError(t, err)
	require.Len(t, waiting, 1, "what is handed over is not kept")
}

func TestErasure_IsWithdrawnByStaffForWhoCannotSignIn(t *testing.T) {
	t.Parallel()
	r := newRig(t, realPolicy)
	ayse, boss := r.register(t, ayseEmail), r.staff(t, identity.Administrator, identity.ByPasskey)
	path := "/v1/staff/customers/" + ayse.id + "/erasure"
	requireProblem(t, r.do(t, boss.as("DELETE", path, "")), 404, "not_found")
	require.Equal(t, http.StatusAccepted, r.do(t, boss.as("POST", path, "")).StatusCode)
	require.Equal(t, http.StatusNoContent, r.do(t, boss.as("DELETE", path, "")).StatusCode)
	account, err := r.deps.Accounts.Find(t.Context(), ayse.id)
	require.NoError(t, err)
	require.Nil(t, account.Erasure)

	require.Equal(t, http.StatusAccepted, r.do(t, boss.as("POST", path, "")).StatusCode)
	account, err = r.deps.Accounts.Find(t.Context(), ayse.id)
	require.NoError(t, err)
	account.Closed = time.Now()
	_, err = r.deps.Accounts.Save(t.Context(), account)
	require.NoError(t, err)
	requireProblem(t, r.do(t, boss.as("DELETE", path, "")), 409, "conflict")
}

func TestErasure_IsDoneAgainWhereABackupBroughtTheKeyBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ayse, boss := r.register(t, ayseEmail), r.staff(t, identity.Administrator, identity.ByPasskey)
	require.NoError(t, r.deps.Accounts.Erase(t.Context(), ayse.id, time.Now()))
	a := r.do(t, boss.as("POST", "/v1/staff/customers/"+ayse.id+"/erasure", ""))
	require.Equal(t, http.StatusAccepted, a.StatusCode, a.raw)
	opens, err := r.db.Collection("person_keys").CountDocuments(t.Context(), bson.D{{Key: "_id", Value: ayse.id}, {Key: "wrapped", Value: bson.D{{Key: "$exists", Value: true}}}})
	require.NoError(t, err)
	require.Zero(t, opens)
}
