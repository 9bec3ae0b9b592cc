package api_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

// silentAccounts is a store of accounts that finds none by its id once it is out.
type silentAccounts struct {
	identity.Accounts
	out atomic.Bool
}

func (s *silentAccounts) Find(ctx context.Context, accountID string) (identity.Account, error) {
	if s.out.Load() {
		return identity.Account{}, fault.New(fault.Unavailable, "the store does not answer")
	}
	return s.Accounts.Find(ctx, accountID)
}

func TestOutage_OfTheAccountsIsToldAsOneAndNotAsAWrongPassword(t *testing.T) {
	t.Parallel()
	accounts := &silentAccounts{}
	r := newRig(t, func(d *api.Deps) { accounts.Accounts, d.Accounts = d.Accounts, accounts })
	me, boss := r.register(t, ayseEmail), r.staff(t, identity.Administrator, identity.ByPasskey)
	read, list := me.as("GET", "/v1/account", ""), boss.as("GET", "/v1/staff/accounts", "")
	accounts.out.Store(true)
	requireProblem(t, r.do(t, read), 503, "unavailable")
	requireProblem(t, r.do(t, list), 503, "unavailable")
	requireProblem(t, r.login(t, ayseEmail, aysePassword, ""), 503, "unavailable")

	accounts.out.Store(false)
	require.Equal(t, http.StatusOK, r.do(t, read).StatusCode)
	require.Equal(t, http.StatusOK, r.do(t, list).StatusCode)
	sessions, err := r.deps.Sessions.All(t.Context(), me.id)
	require.NoError(t, err)
	require.Len(t, sessions, 2)
	require.Equal(t, identity.EndedUnused, sessions[0].Why, "nobody has its tokens, and nobody changed the password")
	require.Empty(t, sessions[1].Why)
}

// silentSessions is a store of sessions that finds none by its id once it is out.
type silentSessions struct {
	identity.Sessions
	out atomic.Bool
}

func (s *silentSessions) Find(ctx context.Context, sessionID string) (identity.Session, error) {
	if s.out.Load() {
		return identity.Session{}, fault.New(fault.Unavailable, "the store does not answer")
	}
	return s.Sessions.Find(ctx, sessionID)
}

func TestOutage_OfTheSessionsTakesNobodysCartAway(t *testing.T) {
	t.Parallel()
	sessions := &silentSessions{}
	r := newRig(t, func(d *api.Deps) { sessions.Sessions, d.Sessions = d.Sessions, sessions })
	me := r.register(t, ayseEmail)
	guest, own := r.cartWith(t, "CAY-06", 1), r.cartWith(t, "CAY-06", 1)
	require.Equal(t, http.StatusCreated, r.bring(t, own).StatusCode)
	sessions.out.Store(true)
	requireProblem(t, r.do(t, me.as("GET", "/v1/carts/"+own.id, "")), 503, "unavailable")
	require.Equal(t, http.StatusOK, r.do(t, guest.in("GET", "", "")).StatusCode, "a secret asks for no session")
}
