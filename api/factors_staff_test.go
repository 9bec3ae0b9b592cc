package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/identity"
)

func TestStaff_LetACustomerBackInWhoLostTheSecondFactor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ayse := r.register(t, ayseEmail)
	boss, clerk := r.staff(t, identity.Administrator, identity.ByPasskey), r.staff(t, identity.Support, identity.ByPasskey)
	path := "/v1/staff/customers/" + ayse.id + "/second-factor/remove"
	requireProblem(t, r.do(t, boss.as("POST", path, "")), 409, "conflict")
	account, err := r.deps.Accounts.Find(t.Context(), ayse.id)
	require.NoError(t, err)
	_, account.Recovery = identity.NewRecoveryCodes()
	account.TOTP = &identity.TOTP{Secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", ConfirmedAt: time.Now()}
	_, err = r.deps.Accounts.Save(t.Context(), account)
	require.NoError(t, err)
	requireProblem(t, r.login(t, ayseEmail, aysePassword, ""), 401, "second_factor_required")
	requireProblem(t, r.do(t, clerk.as("POST", path, "")), 403, "forbidden")

	r.post.take()
	require.Equal(t, http.StatusNoContent, r.do(t, boss.as("POST", path, "")).StatusCode)
	require.Equal(t, []identity.NoticeKind{identity.NoticeFactorOff}, kinds(r.post.take()), "its owner is told")
	requireProblem(t, r.do(t, ayse.as("GET", "/v1/account", "")), 401, "unauthenticated")
	requireProblem(t, r.login(t, ayseEmail, "baska bir parola", ""), 401, "unauthenticated")
	require.Equal(t, http.StatusCreated, r.login(t, ayseEmail, aysePassword, "").StatusCode)
	requireProblem(t, r.do(t, boss.as("POST", "/v1/staff/customers/"+clerk.id+"/second-factor/remove", "")), 404, "not_found")
}
