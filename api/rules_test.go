package api_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/identity/argon"
)

// withPassword gives somebody of the staff a password.
func (r *rig) withPassword(t *testing.T, s signedIn) signedIn {
	t.Helper()
	account, err := r.deps.Accounts.Find(t.Context(), s.id)
	require.NoError(t, err)
	account.PasswordHash, err = r.deps.Hasher.Hash(t.Context(), aysePassword)
	require.NoError(t, err)
	_, err = r.deps.Accounts.Save(t.Context(), account)
	require.NoError(t, err)
	s.password = aysePassword
	return s
}

func TestSecondFactor_OfStaffIsNotRemovedByAnything(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	clerk := r.withPassword(t, r.staff(t, identity.Orders, identity.ByPassword, identity.ByOTP))
	_, recovery := r.enrol(t, clerk)
	remove := clerk.as("POST", "/v1/account/second-factor/remove", `{"password":"`+aysePassword+`","code":"`+recovery[0]+`"}`)
	requireProblem(t, r.do(t, remove), 409, "conflict")
	require.Equal(t, true, r.do(t, clerk.as("GET", "/v1/account", "")).json["second_factor"])
}

func TestSecondFactor_EndsTheSessionsOfBeforeIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	before := signedInOf(r.login(t, ayseEmail, aysePassword, ""), ayseEmail, aysePassword)
	require.Equal(t, http.StatusOK, r.do(t, before.as("GET", "/v1/account", "")).StatusCode)
	r.enrol(t, me)
	requireProblem(t, r.do(t, before.as("GET", "/v1/account", "")), 401, "unauthenticated")
	require.Equal(t, http.StatusOK, r.do(t, me.as("GET", "/v1/account", "")).StatusCode, "in which it was set up")
}

func TestStaff_AreManagedAndShoppersAreNot(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	boss, shopper := r.staff(t, identity.Administrator, identity.ByPasskey), r.register(t, ayseEmail)
	requireProblem(t, r.do(t, boss.as("PATCH", "/v1/staff/accounts/"+shopper.id, `{"role":"orders"}`)), 404, "not_found")
	requireProblem(t, r.do(t, boss.as("DELETE", "/v1/staff/accounts/"+shopper.id, "")), 404, "not_found")
	a := r.do(t, shopper.as("GET", "/v1/account", ""))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	require.Empty(t, a.json["role"])
}

func TestToken_ThatWasStolenHasFewTriesAtThePasswordAndTheCode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	a := r.do(t, me.as("POST", "/v1/account/second-factor", `{"password":"`+aysePassword+`"}`))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	right := code(t, a.json["secret"].(string), r.deps.Clock())
	r.deps.Rates = map[string]api.Rate{api.LimitLoginDevices: {PerHour: 1, Burst: 3}}
	for name, guess := range map[string]func(right bool) call{
		"the password": func(good bool) call {
			password := map[bool]string{true: aysePassword, false: "yanlış parola bu"}[good]
			return me.as("POST", "/v1/account/second-factor", `{"password":"`+password+`"}`)
		},
		"the code": func(good bool) call {
			return me.as("POST", "/v1/account/second-factor/confirm", `{"code":"`+map[bool]string{true: right, false: "000000"}[good]+`"}`)
		},
	} {
		r.serve(t)
		for range 3 {
			requireProblem(t, r.do(t, guess(false)), 422, "invalid")
		}
		slow := r.do(t, guess(true))
		require.Equal(t, http.StatusTooManyRequests, slow.StatusCode, "%s: %s", name, slow.raw)
	}
}

func TestSignIn_BringsAnOldHashToTodaysCost(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	before, err := r.deps.Accounts.Find(t.Context(), me.id)
	require.NoError(t, err)
	require.Contains(t, before.PasswordHash, "m=64,t=1,p=1")
	r.deps.Hasher, err = argon.New(argon.Cost{MemoryKiB: 128, Iterations: 2, Parallelism: 1})
	require.NoError(t, err)
	r.serve(t)
	requireProblem(t, r.login(t, ayseEmail, "yanlış parola bu", ""), 401, "unauthenticated")
	require.Equal(t, http.StatusCreated, r.login(t, ayseEmail, aysePassword, "").StatusCode)
	after, err := r.deps.Accounts.Find(t.Context(), me.id)
	require.NoError(t, err)
	require.Contains(t, after.PasswordHash, "m=128,t=2,p=1")
	require.Equal(t, before.PasswordAt, after.PasswordAt, "it is the same password: no session ends, no link dies")
	require.Equal(t, http.StatusCreated, r.login(t, ayseEmail, aysePassword, "").StatusCode)
	require.Equal(t, http.StatusOK, r.do(t, me.as("GET", "/v1/account", "")).StatusCode)
}

func TestSignIn_OnANewDeviceIsToldToTheOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	r.post.take()
	stranger := signedInOf(r.login(t, ayseEmail, aysePassword, ""), ayseEmail, aysePassword)
	letters := r.post.take()
	require.Equal(t, []identity.NoticeKind{identity.NoticeNewDevice}, kinds(letters))
	require.Equal(t, me.id, letters[0].AccountID)
	require.Equal(t, stranger.session, letters[0].SessionID)
	require.Equal(t, http.StatusCreated, r.login(t, ayseEmail, aysePassword, `,"device_token":"`+me.device+`"`).StatusCode)
	require.Empty(t, r.post.take(), "it is known")
}

// standings is a hasher that notes how those stand who bring a password.
type standings struct {
	identity.Hasher
	mu   sync.Mutex
	seen []identity.Standing
}

func (h *standings) Check(ctx context.Context, password, hash string) (ok, stale bool, err error) {
	h.mu.Lock()
	h.seen = append(h.seen, identity.StandingIn(ctx))
	h.mu.Unlock()
	return h.Hasher.Check(ctx, password, hash)
}

func (h *standings) take() []identity.Standing {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := h.seen
	h.seen = nil
	return seen
}

func TestSignIn_LetsWhoBroughtAWrongPasswordWaitBehindTheOthers(t *testing.T) {
	t.Parallel()
	hasher := &standings{}
	r := newRig(t, func(d *api.Deps) { hasher.Hasher, d.Hasher = d.Hasher, hasher })
	me := r.register(t, ayseEmail)
	hasher.take()
	r.login(t, ayseEmail, aysePassword, "")
	r.login(t, ayseEmail, "yanlış parola bu", "")
	r.login(t, ayseEmail, aysePassword, "")
	r.login(t, ayseEmail, aysePassword, `,"device_token":"`+me.device+`"`)
	require.Equal(t, []identity.Standing{identity.Fresh, identity.Fresh, identity.Suspect, identity.Known}, hasher.take())
}

// fullLog is an audit log that takes no more once it is full.
type fullLog struct {
	auditlog.Store
	full atomic.Bool
}

func (l *fullLog) Append(ctx context.Context, e auditlog.Entry) error {
	if l.full.Load() {
		return fault.New(fault.Unavailable, "the audit log does not answer")
	}
	return l.Store.Append(ctx, e)
}

func TestAuditLog_ThatTakesNothingLetsNothingBeDone(t *testing.T) {
	t.Parallel()
	log := &fullLog{}
	r := newRig(t, func(d *api.Deps) { log.Store, d.AuditLog = d.AuditLog, log })
	boss, clerk := r.staff(t, identity.Administrator, identity.ByPasskey), r.staff(t, identity.Support, identity.ByPasskey)
	log.full.Store(true)
	requireProblem(t, r.do(t, boss.as("PATCH", "/v1/staff/accounts/"+clerk.id, `{"role":"finance"}`)), 503, "unavailable")
	requireProblem(t, r.do(t, boss.as("DELETE", "/v1/staff/accounts/"+clerk.id, "")), 503, "unavailable")
	requireProblem(t, r.do(t, clerk.as("GET", "/v1/staff/accounts", "")), 503, "unavailable")
	account, err := r.deps.Accounts.Find(t.Context(), clerk.id)
	require.NoError(t, err)
	require.Equal(t, identity.Support, account.Role)
	require.True(t, account.Open())
	require.Equal(t, http.StatusOK, r.do(t, boss.as("GET", "/v1/staff/accounts", "")).StatusCode, "who may look may look")
}
