package api_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

// armed is somebody of the staff with everything that an account may hold.
func (r *rig) armed(t *testing.T) signedIn {
	t.Helper()
	clerk := r.withPassword(t, r.staff(t, identity.Orders, identity.ByPassword, identity.ByOTP))
	r.enrol(t, clerk)
	r.pair(t, clerk, newDevice())
	account, err := r.deps.Accounts.Find(t.Context(), clerk.id)
	require.NoError(t, err)
	account.Personal.Phone = "+905321234567"
	account.Personal.Addresses = map[string]identity.Address{"adr_1": {Label: "Ev", Name: "Zeynep Çelik", Line1: "Moda Caddesi No: 3", District: "Kadıköy"}}
	_, err = r.deps.Accounts.Save(t.Context(), account)
	require.NoError(t, err)
	return clerk
}

func TestStaff_WhoWasDismissedIsKeptByHandleAndMailAddressOnly(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	boss, clerk := r.staff(t, identity.Administrator, identity.ByPasskey), r.armed(t)
	before, err := r.deps.Accounts.Find(t.Context(), clerk.id)
	require.NoError(t, err)
	require.Len(t, before.Passkeys, 1)
	require.Equal(t, http.StatusNoContent, r.do(t, boss.as("DELETE", "/v1/staff/accounts/"+clerk.id, "")).StatusCode)
	left, err := r.deps.Accounts.Find(t.Context(), clerk.id)
	require.NoError(t, err)
	require.Equal(t, identity.Person{Email: clerk.email}, left.Personal)
	require.Equal(t, identity.Account{
		ID: clerk.id, Personal: left.Personal, Language: "tr", Role: identity.Orders, Handle: "orders-1", Rev: left.Rev,
		PasswordAt: left.PasswordAt, Closed: left.Closed, CreatedAt: left.CreatedAt, UpdatedAt: left.UpdatedAt,
	}, left)
	require.True(t, left.PasswordAt.After(before.PasswordAt), "links of before are good for nothing")
	for passkeyID := range before.Passkeys {
		_, err := r.deps.PasskeyOwners.Owner(t.Context(), passkeyID)
		require.True(t, fault.Is(err, fault.NotFound))
	}
	require.Equal(t, http.StatusNoContent, r.do(t, boss.as("DELETE", "/v1/staff/accounts/"+clerk.id, "")).StatusCode)
	again, err := r.deps.Accounts.Find(t.Context(), clerk.id)
	require.NoError(t, err)
	require.Equal(t, left.Closed, again.Closed, "repeated, it stays the day that they left")
}

func TestStaff_WhoWasDismissedLeavesTheirKeysInTheAuditLog(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	boss, clerk := r.staff(t, identity.Administrator, identity.ByPasskey), r.staff(t, identity.Orders, identity.ByPasskey)
	now := r.deps.Clock().UTC()
	for prefix, key := range map[string]struct {
		by      string
		expires time.Duration
		revoked bool
	}{
		"gecerli1": {"orders-1", time.Hour, false}, "gecerli2": {"orders-1", time.Hour, false}, "baskasin": {"administrator-1", time.Hour, false},
		"suresiyo": {"orders-1", -time.Minute, false}, "iptaledi": {"orders-1", time.Hour, true},
	} {
		row, _, err := identity.KeyOf(prefix, "depo-anahtari-0123456789abcdef012345", "depo-1", []identity.Permission{identity.ReadOrders}, key.by, now.Add(-time.Hour), now.Add(key.expires))
		require.NoError(t, err)
		require.NoError(t, r.deps.MachineKeys.Create(t.Context(), row))
		if key.revoked {
			require.NoError(t, r.deps.MachineKeys.Revoke(t.Context(), prefix, "test", now))
		}
	}
	require.Equal(t, http.StatusNoContent, r.do(t, boss.as("DELETE", "/v1/staff/accounts/"+clerk.id, "")).StatusCode)
	found, err := r.deps.AuditLog.Find(t.Context(), auditlog.Search{What: "dismiss-staff", Phase: auditlog.Done, Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	var after struct {
		Keys []string `json:"live_keys"`
	}
	require.NoError(t, json.Unmarshal([]byte(found[0].After), &after))
	require.Equal(t, []string{"gecerli1", "gecerli2"}, after.Keys)
}

func TestStaff_WhoWasDismissedComesBackByTheMailAddress(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	boss, clerk := r.staff(t, identity.Administrator, identity.ByPasskey), r.armed(t)
	path := "/v1/staff/accounts/" + clerk.id
	reopen := boss.as("POST", path+"/reopen", "")
	requireProblem(t, r.do(t, reopen), 409, "conflict")
	require.Equal(t, http.StatusNoContent, r.do(t, boss.as("DELETE", path, "")).StatusCode)
	again := `{"email":"` + clerk.email + `","name":"Zeynep Çelik","handle":"depo-9","role":"orders"}`
	requireProblem(t, r.do(t, boss.as("POST", "/v1/staff/accounts", again)), 409, "conflict")
	r.post.take()
	a := r.do(t, reopen)
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	require.NotContains(t, a.json, "closed_at")
	require.Equal(t, "orders", a.json["role"])
	require.Equal(t, false, a.json["second_factor"])

	letters := r.post.take()
	require.Equal(t, []identity.NoticeKind{identity.NoticeReset}, kinds(letters))
	account, err := r.deps.Accounts.ByEmail(t.Context(), clerk.email)
	require.NoError(t, err)
	require.NoError(t, r.deps.Tickets.Bind(t.Context(), letters[0].TicketID, account.ID, account.PasswordAt))
	requireProblem(t, r.login(t, clerk.email, clerk.password, ""), 401, "unauthenticated")
	a = r.do(t, call{method: "POST", path: "/v1/password-resets/confirm", body: `{"ticket":"` + r.link(letters[0].TicketID) + `","password":"uyanık kadife kedi"}`})
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	weak := signedInOf(r.login(t, clerk.email, "uyanık kadife kedi", ""), clerk.email, "uyanık kadife kedi")
	look := weak.as("GET", "/v1/orders/ord_01k3v8m4w0f3q2x9y6z7a1b2c3/shipments", "")
	requireProblem(t, r.do(t, look), 403, "forbidden") // until there is a second factor
	r.enrol(t, weak)

	done, err := r.deps.AuditLog.Find(t.Context(), auditlog.Search{What: "reopen-staff", Target: clerk.id, Phase: auditlog.Done, Limit: 10})
	require.NoError(t, err)
	require.Len(t, done, 1)
	require.Contains(t, done[0].Before, "closed_at")
	requireProblem(t, r.do(t, boss.as("POST", "/v1/staff/accounts/"+boss.id+"/reopen", "")), 409, "conflict")
	requireProblem(t, r.do(t, boss.as("POST", "/v1/staff/accounts/usr_yok/reopen", "")), 404, "not_found")
}

func TestStaff_AreInvitedLaterWhereNobodyTakesTheLetterNow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	boss, clerk := r.staff(t, identity.Administrator, identity.ByPasskey), r.staff(t, identity.Orders, identity.ByPasskey)
	require.Equal(t, http.StatusNoContent, r.do(t, boss.as("DELETE", "/v1/staff/accounts/"+clerk.id, "")).StatusCode)
	r.post.take()
	r.post.away = true
	made := r.do(t, boss.as("POST", "/v1/staff/accounts", `{"email":"kemal@dukkan.example","name":"Kemal Şahin","handle":"depo-2","role":"orders"}`))
	require.Equal(t, http.StatusCreated, made.StatusCode, made.raw)
	reopened := r.do(t, boss.as("POST", "/v1/staff/accounts/"+clerk.id+"/reopen", ""))
	require.Equal(t, http.StatusOK, reopened.StatusCode, reopened.raw)

	waiting, err := r.deps.LetterBox.Waiting(t.Context(), r.deps.Clock().Add(time.Minute), 10)
	require.NoError(t, err)
	require.Len(t, waiting, 2, "for the sweeper")
	require.ElementsMatch(t, []any{made.json["id"], clerk.id}, []any{waiting[0].AccountID, waiting[1].AccountID})
	for _, letter := range waiting {
		require.Equal(t, identity.NoticeReset, letter.Kind)
		ticket, err := r.deps.Tickets.Find(t.Context(), letter.TicketID)
		require.NoError(t, err)
		require.Equal(t, identity.Reset, ticket.Kind)
	}
	for _, what := range []string{"create-staff", "reopen-staff"} {
		refused, err := r.deps.AuditLog.Find(t.Context(), auditlog.Search{What: what, Phase: auditlog.Refused, Limit: 10})
		require.NoError(t, err)
		require.Empty(t, refused, "it was done")
	}
}
