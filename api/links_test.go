package api_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
)

// door is a route that a link of a mail opens, and the body that it takes beside it.
type door struct{ path, more string }

var doors = map[identity.TicketKind]door{
	identity.Register:    {"/v1/accounts/confirm", `,"password":"` + aysePassword + `"`},
	identity.Reset:       {"/v1/password-resets/confirm", `,"password":"uyanık kadife kedi"`},
	identity.ChangeEmail: {"/v1/accounts/email/confirm", ""},
}

// fitting is a ticket that fits the door in everything but perhaps its kind and its age.
func (r *rig) fitting(t *testing.T, door identity.TicketKind, n int) identity.Ticket {
	t.Helper()
	hash, err := r.deps.Hasher.Hash(t.Context(), aysePassword)
	require.NoError(t, err)
	now := r.deps.Clock().UTC()
	ticket := identity.Ticket{
		ID: id.New(identity.TicketPrefix, now), Kind: door, Language: "tr", CreatedAt: now, PasswordHash: hash,
		Personal: identity.Person{Email: "yeni-" + string(door) + strconv.Itoa(n) + "@example.com", Name: ayseName},
	}
	if door == identity.Register {
		return ticket
	}
	account, err := r.deps.Accounts.Find(t.Context(), r.register(t, "ayse-"+string(door)+strconv.Itoa(n)+"@example.com").id)
	require.NoError(t, err)
	ticket.AccountID, ticket.PasswordAt, ticket.Previous = account.ID, account.PasswordAt, account.Personal.Email
	if door == identity.Reset {
		ticket.Personal = account.Personal
	}
	return ticket
}

// follow issues the ticket and follows its link to a door.
func (r *rig) follow(t *testing.T, ticket identity.Ticket, to identity.TicketKind) answer {
	t.Helper()
	require.NoError(t, r.deps.Tickets.Issue(t.Context(), ticket))
	return r.do(t, call{method: "POST", path: doors[to].path, body: `{"ticket":"` + r.link(ticket.ID) + `"` + doors[to].more + `}`})
}

func TestLink_OpensTheDoorThatItWasSentForAndNoOther(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for to := range doors {
		for n, kind := range []identity.TicketKind{identity.Register, identity.Reset, identity.ChangeEmail, identity.FetchExport} {
			ticket := r.fitting(t, to, n)
			ticket.Kind = kind
			a := r.follow(t, ticket, to)
			if kind == to {
				require.Less(t, a.StatusCode, http.StatusBadRequest, "%s: %s", to, a.raw)
				continue
			}
			requireProblem(t, a, 401, "unauthenticated")
		}
	}
}

func TestLink_IsGoodForAsLongAsItsKindIsAndNoLonger(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for to := range doors {
		old, young := r.fitting(t, to, 1), r.fitting(t, to, 2)
		old.CreatedAt = old.CreatedAt.Add(-identity.TicketLife[to])
		young.CreatedAt = young.CreatedAt.Add(time.Minute - identity.TicketLife[to])
		requireProblem(t, r.follow(t, old, to), 401, "unauthenticated")
		a := r.follow(t, young, to)
		require.Less(t, a.StatusCode, http.StatusBadRequest, "%s: %s", to, a.raw)
	}
}

func TestEmail_LinkThatAThiefAskedForDiesWithThePassword(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	r.post.take()
	a := r.do(t, me.as("POST", "/v1/account/email", `{"email":"hirsiz@example.com","password":"`+aysePassword+`"}`))
	require.Equal(t, http.StatusAccepted, a.StatusCode, a.raw)
	link := r.link(r.post.take()[0].TicketID)
	a = r.do(t, me.as("PUT", "/v1/account/password", `{"current_password":"`+aysePassword+`","password":"uyanık kadife kedi"}`))
	require.Equal(t, http.StatusNoContent, a.StatusCode, a.raw)
	requireProblem(t, r.do(t, call{method: "POST", path: "/v1/accounts/email/confirm", body: `{"ticket":"` + link + `"}`}), 401, "unauthenticated")
	require.Equal(t, ayseEmail, r.do(t, me.as("GET", "/v1/account", "")).json["email"])
}

func TestLetters_ToOneAddressAreSoManyOfAKindWhoeverAsks(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(d *api.Deps) { d.Rates = map[string]api.Rate{api.LimitLetters: {PerHour: 1, Burst: 2}} })
	me := r.register(t, "mehmet@example.com")
	r.post.take()
	for way, ask := range map[string]func(email string) answer{
		"registration": func(email string) answer {
			return r.do(t, call{method: "POST", path: "/v1/accounts", body: `{"email":"` + email + `","password":"` + aysePassword + `","name":"` + ayseName + `"}`})
		},
		"reset": func(email string) answer {
			return r.do(t, call{method: "POST", path: "/v1/password-resets", body: `{"email":"` + email + `"}`})
		},
		"move": func(email string) answer {
			return r.do(t, me.as("POST", "/v1/account/email", `{"email":"`+email+`","password":"`+aysePassword+`"}`))
		},
	} {
		for range 2 {
			require.Equal(t, http.StatusAccepted, ask(ayseEmail).StatusCode, way)
		}
		require.NotEmpty(t, r.post.take())
		requireProblem(t, ask("AYSE.Yilmaz@Example.com"), 429, "rate_limited")
		require.Empty(t, r.post.take(), way)
		require.Equal(t, http.StatusAccepted, ask("kimse@example.com").StatusCode, "%s: others have theirs", way)
	}
}
