package api_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/identity"
)

func TestStaff_WithThePasswordAlonePutNoOtherFactorInThePlaceOfAPasskey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	weak := r.staff(t, identity.Administrator, identity.ByPassword)
	account, err := r.deps.Accounts.Find(t.Context(), weak.id)
	require.NoError(t, err)
	account.PasswordHash, err = r.deps.Hasher.Hash(t.Context(), aysePassword)
	require.NoError(t, err)
	account.Passkeys = map[string]identity.Passkey{"anahtar": {Name: "Telefon"}}
	_, err = r.deps.Accounts.Save(t.Context(), account)
	require.NoError(t, err)
	for _, c := range []call{
		weak.as("POST", "/v1/account/second-factor", `{"password":"`+aysePassword+`"}`),
		weak.as("POST", "/v1/account/second-factor/confirm", `{"code":"123456"}`),
		weak.as("PUT", "/v1/account/password", `{"current_password":"`+aysePassword+`","password":"uyanık kadife kedi"}`),
		weak.as("POST", "/v1/account/email", `{"email":"baska@example.com","password":"`+aysePassword+`"}`),
		weak.as("POST", "/v1/account/passkeys/options", `{"password":"`+aysePassword+`"}`),
	} {
		requireProblem(t, r.do(t, c), 403, "forbidden")
	}
}

func TestPassword_LinkOfTheOldAddressIsGoodForNothingAfterTheMove(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	r.post.take()
	require.Equal(t, http.StatusAccepted, r.do(t, call{method: "POST", path: "/v1/password-resets", body: `{"email":"` + ayseEmail + `"}`}).StatusCode)
	reset := r.post.take()[0].TicketID
	account, err := r.deps.Accounts.Find(t.Context(), me.id)
	require.NoError(t, err)
	require.NoError(t, r.deps.Tickets.Bind(t.Context(), reset, me.id, account.PasswordAt))
	require.NoError(t, r.deps.Accounts.MoveEmail(t.Context(), me.id, "yeni@example.com", r.deps.Clock()))
	requireProblem(t, r.do(t, call{method: "POST", path: "/v1/password-resets/confirm", body: `{"ticket":"` + r.link(reset) + `","password":"uyanık kadife kedi"}`}), 401, "unauthenticated")
	require.Equal(t, http.StatusCreated, r.login(t, "yeni@example.com", aysePassword, "").StatusCode)
}

// passwordChanged is a hasher beside which the owner sets another password while a
// sign-in with the old one waits for its turn.
type passwordChanged struct {
	identity.Hasher
	meanwhile func()
}

func (h passwordChanged) Check(ctx context.Context, password, hash string) (ok, stale bool, err error) {
	ok, stale, err = h.Hasher.Check(ctx, password, hash)
	if ok {
		h.meanwhile()
	}
	return ok, stale, err
}

func TestSignIn_WithAPasswordThatIsChangedMeanwhileLeavesNoSession(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	r.deps.Hasher = passwordChanged{r.deps.Hasher, func() {
		account, err := r.deps.Accounts.Find(t.Context(), me.id)
		require.NoError(t, err)
		account.PasswordAt = r.deps.Clock().UTC()
		_, err = r.deps.Accounts.Save(t.Context(), account)
		require.NoError(t, err)
		require.NoError(t, r.deps.Sessions.EndAll(t.Context(), me.id, "", identity.EndedByPassword, r.deps.Clock()))
	}}
	r.serve(t)
	requireProblem(t, r.login(t, ayseEmail, aysePassword, ""), 401, "unauthenticated")
	open, err := r.deps.Sessions.Of(t.Context(), me.id)
	require.NoError(t, err)
	require.Empty(t, open)
}

func TestCart_OfAnAccountIsNobodyElsesWhoeverHadItsSecret(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me, other := r.register(t, ayseEmail), r.register(t, "mehmet@example.com")
	guest := r.newCart(t)
	put := call{method: "PUT", path: "/v1/account/cart", body: `{"cart_id":"` + guest.id + `"}`}.with("X-Cart-Secret", guest.secret)
	require.Equal(t, http.StatusOK, r.do(t, put.with("Authorization", "Bearer "+me.access)).StatusCode)
	requireProblem(t, r.do(t, guest.in("GET", "", "")), 404, "not_found")
	requireProblem(t, r.do(t, put.with("Authorization", "Bearer "+other.access)), 404, "not_found")
	require.Equal(t, guest.id, r.do(t, me.as("GET", "/v1/account/cart", "")).json["id"])

	signedIn := r.do(t, call{method: "POST", path: "/v1/sessions", body: `{"email":"mehmet@example.com","password":"` + aysePassword + `","cart_id":"` + guest.id + `"}`,
		headers: map[string]string{"X-Cart-Secret": guest.secret}})
	require.Equal(t, http.StatusCreated, signedIn.StatusCode, "a cart that is not theirs keeps nobody out")
	require.Nil(t, signedIn.json["cart_id"])
	require.Equal(t, http.StatusNoContent, r.do(t, me.as("DELETE", "/v1/sessions", "")).StatusCode)
	requireProblem(t, r.do(t, me.as("GET", "/v1/carts/"+guest.id, "")), 404, "not_found")
}

func TestCookies_AreNotReadBesideAHeaderThatIsNoToken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	write := call{method: "PATCH", path: "/v1/account", body: `{"name":"Ayşe Öztürk"}`}.with("Cookie", "bedesten_access="+me.access)
	requireProblem(t, r.do(t, write.with("Authorization", "Basic eDp5").with("Sec-Fetch-Site", "cross-site")), 403, "cross_site_refused")
}

func TestStaff_HandlesSayWhoDidSomething(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	boss := r.staff(t, identity.Administrator, identity.ByPasskey)
	create := func(email string) answer {
		return r.do(t, boss.as("POST", "/v1/staff/accounts", `{"email":"`+email+`","name":"Kemal Şahin","handle":"depo-2","role":"orders"}`))
	}
	require.Equal(t, http.StatusCreated, create("kemal@dukkan.example").StatusCode)
	taken := create("baskasi@dukkan.example")
	requireProblem(t, taken, 409, "conflict")
	require.Equal(t, "the handle depo-2 is somebody else's: it says who did something", taken.json["detail"])
	other := func(handle, email string) answer {
		return r.do(t, boss.as("POST", "/v1/staff/accounts", `{"email":"`+email+`","name":"Kemal Şahin","handle":"`+handle+`","role":"orders"}`))
	}
	requireProblem(t, other("depo-3", "kemal@dukkan.example"), 409, "conflict")
	require.Equal(t, http.StatusCreated, other("depo-3", "nazli@dukkan.example").StatusCode, "an address that is taken takes no handle")
	key := `{"name":"depo-2","scopes":["orders:read"],"expires_at":"` + r.deps.Clock().AddDate(0, 1, 0).UTC().Format("2006-01-02T15:04:05Z") + `"}`
	requireProblem(t, r.do(t, boss.as("POST", "/v1/staff/keys", key)), 409, "conflict")
}
