package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/identity"
)

func TestRegister_MakesTheAccountOnceTheMailWasAnswered(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, "Ayse.Yilmaz@Example.com")
	a := r.do(t, me.as("GET", "/v1/account", ""))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	require.Equal(t, ayseEmail, a.json["email"])
	require.Equal(t, ayseName, a.json["name"])
	require.Empty(t, a.json["role"])
	require.Equal(t, http.StatusCreated, r.login(t, "AYSE.YILMAZ@example.com", aysePassword, "").StatusCode)
}

func TestSignIn_AnswersTheSameWhateverIsWrong(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.register(t, ayseEmail)
	wrong, unknown := r.login(t, ayseEmail, "kadife kedi uyumaz", ""), r.login(t, "kimse@example.com", aysePassword, "")
	requireProblem(t, wrong, 401, "unauthenticated")
	requireProblem(t, unknown, 401, "unauthenticated")
	require.Equal(t, wrong.json["detail"], unknown.json["detail"])
}

func TestRefresh_GivesTheNextTokensAndForgivesALostAnswer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	refresh := func(token string) answer {
		return r.do(t, call{method: "POST", path: "/v1/sessions/refresh", body: `{"refresh_token":"` + token + `"}`})
	}
	next := refresh(me.refresh)
	require.Equal(t, http.StatusOK, next.StatusCode, next.raw)
	again := refresh(me.refresh)
	require.Equal(t, http.StatusOK, again.StatusCode, again.raw)
	require.Equal(t, next.json["refresh_token"], again.json["refresh_token"], "the same successor: nobody forks a session")
	require.NotEqual(t, me.refresh, next.json["refresh_token"])
}

func TestRefresh_EndsTheSessionWhenAnOldTokenComesBack(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	r := newRig(t, func(d *api.Deps) { d.Clock = func() time.Time { return now } })
	me := r.register(t, ayseEmail)
	refresh := func(token string) answer {
		return r.do(t, call{method: "POST", path: "/v1/sessions/refresh", body: `{"refresh_token":"` + token + `"}`})
	}
	next := refresh(me.refresh).json["refresh_token"].(string)
	now = now.Add(identity.RefreshGrace)
	r.post.take()
	requireProblem(t, refresh(me.refresh), 401, "unauthenticated")
	requireProblem(t, refresh(next), 401, "unauthenticated")
	require.Equal(t, []identity.NoticeKind{identity.NoticeTokenReused}, kinds(r.post.take()))
}

func TestRefresh_TakesNoTokenThatWasMadeUp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	for _, forged := range []string{"", "bdr", "bdr." + me.session + ".1.k1.AAAA", "bdr." + me.session + ".2" + me.refresh[len("bdr."+me.session+".1"):]} {
		requireProblem(t, r.do(t, call{method: "POST", path: "/v1/sessions/refresh", body: `{"refresh_token":"` + forged + `"}`}), 401, "unauthenticated")
	}
	a := r.do(t, call{method: "POST", path: "/v1/sessions/refresh", body: `{"refresh_token":"` + me.refresh + `"}`})
	require.Equal(t, http.StatusOK, a.StatusCode, "what was made up ends nobody's session")
}

func TestSessions_AreListedAndEndedByTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me, other := r.register(t, ayseEmail), r.register(t, "mehmet.ozturk@example.com")
	second := signedInOf(r.login(t, ayseEmail, aysePassword, ""), ayseEmail, aysePassword)
	list := r.do(t, me.as("GET", "/v1/sessions", ""))
	require.Len(t, list.json["sessions"], 2)
	requireProblem(t, r.do(t, other.as("DELETE", "/v1/sessions/"+second.session, "")), 404, "not_found")
	require.Equal(t, http.StatusNoContent, r.do(t, me.as("DELETE", "/v1/sessions/"+second.session, "")).StatusCode)
	requireProblem(t, r.do(t, call{method: "POST", path: "/v1/sessions/refresh", body: `{"refresh_token":"` + second.refresh + `"}`}), 401, "unauthenticated")
	require.Equal(t, http.StatusNoContent, r.do(t, me.as("DELETE", "/v1/sessions", "")).StatusCode)
	requireProblem(t, r.do(t, me.as("GET", "/v1/account", "")), 401, "unauthenticated")
}

func TestPassword_ResetWorksOnceAndEndsEverySession(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	ticket := func() string {
		r.post.take()
		a := r.do(t, call{method: "POST", path: "/v1/password-resets", body: `{"email":"` + ayseEmail + `"}`})
		require.Equal(t, http.StatusAccepted, a.StatusCode, a.raw)
		letter := r.post.take()[0]
		account, err := r.deps.Accounts.Find(t.Context(), me.id)
		require.NoError(t, err)
		// What whoever sends the mail does, in activities/letter.go.
		require.NoError(t, r.deps.Tickets.Bind(t.Context(), letter.TicketID, me.id, account.PasswordAt))
		return r.link(letter.TicketID)
	}
	set := func(ticket, password string) answer {
		return r.do(t, call{method: "POST", path: "/v1/password-resets/confirm", body: `{"ticket":"` + ticket + `","password":"` + password + `"}`})
	}
	first, second := ticket(), ticket()
	requireProblem(t, set(first, "password123"), 422, "invalid")
	require.Equal(t, http.StatusOK, set(first, "uyanık kadife kedi").StatusCode, "a refused password leaves the link good")
	requireProblem(t, set(first, "uyanık kadife kedi"), 401, "unauthenticated")
	requireProblem(t, set(second, "uyuyan kadife kedi"), 401, "unauthenticated")
	requireProblem(t, r.do(t, me.as("GET", "/v1/account", "")), 401, "unauthenticated")
	requireProblem(t, r.login(t, ayseEmail, aysePassword, ""), 401, "unauthenticated")
	require.Equal(t, http.StatusCreated, r.login(t, ayseEmail, "uyanık kadife kedi", "").StatusCode)
}
