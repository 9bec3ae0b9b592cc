package api_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/identity"
)

func TestRegister_TellsNobodyWhetherAnAddressIsKnown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.register(t, ayseEmail)
	ask := func(path, body string) answer { return r.do(t, call{method: "POST", path: path, body: body}) }
	for _, path := range []string{"/v1/accounts", "/v1/password-resets"} {
		more := ""
		if path == "/v1/accounts" {
			more = `,"password":"` + aysePassword + `","name":"` + ayseName + `"`
		}
		known, unknown := ask(path, `{"email":"`+ayseEmail+`"`+more+`}`), ask(path, `{"email":"kimse@example.com"`+more+`}`)
		require.Equal(t, http.StatusAccepted, known.StatusCode, known.raw)
		require.Equal(t, known.raw, unknown.raw)
		require.Len(t, r.post.take(), 2, "both have a letter of one form: whoever sends it finds out")
	}
}

func TestConfirm_TakesThePasswordThatWasChosenAndNoLinkTwice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.do(t, call{method: "POST", path: "/v1/accounts", body: `{"email":"` + ayseEmail + `","password":"` + aysePassword + `","name":"` + ayseName + `"}`})
	require.Equal(t, http.StatusAccepted, a.StatusCode)
	link := r.link(r.post.take()[0].TicketID)
	confirm := func(link, password string) answer {
		return r.do(t, call{method: "POST", path: "/v1/accounts/confirm", body: `{"ticket":"` + link + `","password":"` + password + `"}`})
	}
	requireProblem(t, confirm(link, "baskasinin parolasi"), 401, "unauthenticated")
	requireProblem(t, confirm(link[:len(link)-2]+"xx", aysePassword), 401, "unauthenticated")
	requireProblem(t, confirm("tkt_01k3v8m4w0f3q2x9y6z7a1b2c3~k1.AAAA", aysePassword), 401, "unauthenticated")
	require.Equal(t, http.StatusCreated, confirm(link, aysePassword).StatusCode)
	requireProblem(t, confirm(link, aysePassword), 401, "unauthenticated")
}

func TestRegister_RefusesWhatMustNotBe(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	register := func(email, password, name, more string) answer {
		return r.do(t, call{method: "POST", path: "/v1/accounts", body: `{"email":"` + email + `","password":"` + password + `","name":"` + name + `"` + more + `}`})
	}
	for field, a := range map[string]answer{
		"body.email":    register("аyse@example.com", aysePassword, ayseName, ""), // a Cyrillic а
		"body.password": register(ayseEmail, "ayse.yilmaz.2026", ayseName, ""),
		"body.name":     register(ayseEmail, aysePassword, `Ayşe\r\nBcc: kurban@example.com\u0007`, ""),
		"body.role":     register(ayseEmail, aysePassword, ayseName, `,"role":"administrator"`),
	} {
		requireProblem(t, a, 422, "invalid")
		require.Equal(t, field, a.json["errors"].([]any)[0].(map[string]any)["field"], a.raw)
	}
	requireProblem(t, register(ayseEmail, strings.Repeat("a", 1<<20), ayseName, ""), 413, "too_large")
	require.Empty(t, r.post.take())
}

func TestAccount_TakesNoRoleFromItsOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	for _, body := range []string{`{"role":"administrator"}`, `{"name":"Ayşe","handle":"ayse"}`, `{"email":"baska@example.com"}`, `{"id":"usr_1"}`} {
		requireProblem(t, r.do(t, me.as("PATCH", "/v1/account", body)), 422, "invalid")
	}
	a := r.do(t, me.as("PATCH", "/v1/account", `{"name":"Ayşe Öztürk","phone":"0532 123 45 67","language":"en"}`))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	require.Equal(t, "+905321234567", a.json["phone"])
	require.Empty(t, a.json["role"])
}

func TestEmail_MovesOnceTheNewAddressWasProvedAndBothAreTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	r.post.take()
	requireProblem(t, r.do(t, me.as("POST", "/v1/account/email", `{"email":"yeni@example.com","password":"yanlış parola bu"}`)), 422, "invalid")
	a := r.do(t, me.as("POST", "/v1/account/email", `{"email":"Yeni@example.com","password":"`+aysePassword+`"}`))
	require.Equal(t, http.StatusAccepted, a.StatusCode, a.raw)
	letters := r.post.take()
	require.Equal(t, []identity.NoticeKind{identity.NoticeEmailConfirm, identity.NoticeEmailChanging}, kinds(letters))
	confirm := func() answer {
		return r.do(t, call{method: "POST", path: "/v1/accounts/email/confirm", body: `{"ticket":"` + r.link(letters[0].TicketID) + `"}`})
	}
	require.Equal(t, http.StatusNoContent, confirm().StatusCode)
	require.Equal(t, []identity.NoticeKind{identity.NoticeEmailChanged, identity.NoticeEmailMoved}, kinds(r.post.take()))
	requireProblem(t, confirm(), 401, "unauthenticated")
	requireProblem(t, r.login(t, ayseEmail, aysePassword, ""), 401, "unauthenticated")
	require.Equal(t, http.StatusCreated, r.login(t, "yeni@example.com", aysePassword, "").StatusCode)
}

func TestEmail_OfSomebodyElseIsNotToBeHad(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	r.register(t, "mehmet@example.com")
	r.post.take()
	a := r.do(t, me.as("POST", "/v1/account/email", `{"email":"mehmet@example.com","password":"`+aysePassword+`"}`))
	require.Equal(t, http.StatusAccepted, a.StatusCode, "the answer tells nothing")
	ticket := r.post.take()[0].TicketID
	requireProblem(t, r.do(t, call{method: "POST", path: "/v1/accounts/email/confirm", body: `{"ticket":"` + r.link(ticket) + `"}`}), 409, "conflict")
}

// enrol sets up an authenticator and returns its secret and the recovery codes.
func (r *rig) enrol(t *testing.T, me signedIn) (secret string, recovery []string) {
	t.Helper()
	a := r.do(t, me.as("POST", "/v1/account/second-factor", `{"password":"`+me.password+`"}`))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	secret = a.json["secret"].(string)
	requireProblem(t, r.do(t, me.as("POST", "/v1/account/second-factor/confirm", `{"code":"000000"}`)), 422, "invalid")
	a = r.do(t, me.as("POST", "/v1/account/second-factor/confirm", `{"code":"`+code(t, secret, r.deps.Clock())+`"}`))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	for _, c := range a.json["recovery_codes"].([]any) {
		recovery = append(recovery, c.(string))
	}
	return secret, recovery
}

func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, at)
	require.NoError(t, err)
	return c
}

func TestSecondFactor_IsAskedForAndTakesACodeOnce(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	r := newRig(t, func(d *api.Deps) { d.Clock = func() time.Time { return now } })
	me := r.register(t, ayseEmail)
	secret, recovery := r.enrol(t, me)
	with := func(code string) answer { return r.login(t, ayseEmail, aysePassword, `,"code":"`+code+`"`) }
	requireProblem(t, r.login(t, ayseEmail, aysePassword, ""), 401, "second_factor_required")
	requireProblem(t, r.login(t, ayseEmail, "yanlış parola bu", `,"code":"`+code(t, secret, now)+`"`), 401, "unauthenticated")
	requireProblem(t, with(code(t, secret, now)), 401, "second_factor_required") // it confirmed the authenticator
	now = now.Add(30 * time.Second)
	a := with(code(t, secret, now))
	require.Equal(t, http.StatusCreated, a.StatusCode, a.raw)
	require.Equal(t, true, a.json["second_factor"])
	requireProblem(t, with(code(t, secret, now)), 401, "second_factor_required")

	r.post.take()
	require.Equal(t, http.StatusCreated, with(strings.ToUpper(recovery[0])).StatusCode)
	require.Contains(t, kinds(r.post.take()), identity.NoticeRecoveryUsed)
	requireProblem(t, with(recovery[0]), 401, "second_factor_required")
	left := r.do(t, signedInOf(with(recovery[1]), ayseEmail, aysePassword).as("GET", "/v1/account", ""))
	require.InDelta(t, 8, left.json["recovery_codes_left"], 0)
}

func TestSecondFactor_OfOneCodeSentTwiceAtOnceLetsOneIn(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	r := newRig(t, func(d *api.Deps) { d.Clock = func() time.Time { return now } })
	secret, _ := r.enrol(t, r.register(t, ayseEmail))
	now = now.Add(30 * time.Second)
	again := code(t, secret, now)
	var wg sync.WaitGroup
	let := make(chan int, 8)
	for range 8 {
		wg.Go(func() { let <- r.login(t, ayseEmail, aysePassword, `,"code":"`+again+`"`).StatusCode })
	}
	wg.Wait()
	close(let)
	in := 0
	for status := range let {
		if status == http.StatusCreated {
			in++
		}
	}
	require.Equal(t, 1, in)
}

func TestSecondFactor_IsRemovedByWhoHasItOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	_, recovery := r.enrol(t, me)
	requireProblem(t, r.do(t, me.as("POST", "/v1/account/second-factor/remove", `{"password":"`+aysePassword+`","code":"123456"}`)), 401, "second_factor_required")
	require.Equal(t, http.StatusNoContent, r.do(t, me.as("POST", "/v1/account/second-factor/remove", `{"password":"`+aysePassword+`","code":"`+recovery[2]+`"}`)).StatusCode)
	require.Equal(t, http.StatusCreated, r.login(t, ayseEmail, aysePassword, "").StatusCode)
}

func TestSignIn_SlowsGuessersDownAndNotTheOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	r.deps.Rates = map[string]api.Rate{
		api.LimitLoginPairs: {PerHour: 1, Burst: 3}, api.LimitLoginTargets: {PerHour: 1, Burst: 100}, api.LimitLoginDevices: {PerHour: 1, Burst: 3},
		api.LimitLogins: {PerMinute: 600, Burst: 100},
	}
	r.serve(t)
	for range 3 {
		requireProblem(t, r.login(t, ayseEmail, "yanlış parola bu", ""), 401, "unauthenticated")
	}
	slow := r.login(t, ayseEmail, aysePassword, "")
	requireProblem(t, slow, 429, "rate_limited")
	require.NotEmpty(t, slow.Header.Get("Retry-After"))
	require.Equal(t, http.StatusCreated, r.login(t, ayseEmail, aysePassword, `,"device_token":"`+me.device+`"`).StatusCode, "the owner's device has a count of its own")
	for range 3 {
		requireProblem(t, r.login(t, "kimse@example.com", "yanlış parola bu", ""), 401, "unauthenticated")
	}
	requireProblem(t, r.login(t, "kimse@example.com", "yanlış parola bu", ""), 429, "rate_limited")
	requireProblem(t, r.login(t, ayseEmail, aysePassword, `,"device_token":"`+me.device[:len(me.device)-2]+`xx"`), 429, "rate_limited")
	require.Equal(t, http.StatusAccepted, r.do(t, call{method: "POST", path: "/v1/password-resets", body: `{"email":"` + ayseEmail + `"}`}).StatusCode, "the way back is open")
}

func TestSignIn_HasTheOwnerToldOfManyTriesOnceADayWhetherThereIsOneOrNot(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(24 * time.Hour).Add(9 * time.Hour)
	r := newRig(t, func(d *api.Deps) { d.Clock = func() time.Time { return now } })
	me := r.register(t, ayseEmail)
	r.deps.Rates = map[string]api.Rate{
		api.LimitLoginTargets: {PerHour: 1, Burst: 2}, api.LimitTryNotices: {PerHour: 1, Burst: 1}, api.LimitLoginDevices: {PerHour: 10, Burst: 10},
	}
	r.serve(t)
	r.post.take()
	storm := func(email string) []identity.Letter {
		for range 4 {
			r.login(t, email, "yanlış parola bu", "")
		}
		requireProblem(t, r.login(t, email, aysePassword, ""), 429, "rate_limited")
		return r.post.take()
	}
	known, unknown := storm(ayseEmail), storm("kimse@example.com")
	require.Equal(t, []identity.NoticeKind{identity.NoticeManyTries}, kinds(known))
	require.Equal(t, kinds(known), kinds(unknown), "whoever sends it finds out")
	require.NotEqual(t, known[0].ID, unknown[0].ID)
	require.Empty(t, known[0].AccountID)

	now = now.Add(2 * time.Hour)
	later := storm(ayseEmail)
	require.Equal(t, known[0].ID, later[0].ID, "of one day it is the same letter, which is sent once")
	now = now.Add(24 * time.Hour)
	require.NotEqual(t, known[0].ID, storm(ayseEmail)[0].ID)

	ticket, err := r.deps.Tickets.Find(t.Context(), known[0].TicketID)
	require.NoError(t, err)
	require.Equal(t, identity.Reset, ticket.Kind)
	require.Equal(t, ayseEmail, ticket.Personal.Email)
	require.Equal(t, http.StatusCreated, r.login(t, ayseEmail, aysePassword, `,"device_token":"`+me.device+`"`).StatusCode)
}

func TestCookies_KeepTokensFromScriptsAndFromOtherSites(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	body := `{"email":"` + ayseEmail + `","password":"` + aysePassword + `","cookies":true}`
	in := call{method: "POST", path: "/v1/sessions", body: body}
	requireProblem(t, r.do(t, in), 403, "cross_site_refused")
	requireProblem(t, r.do(t, in.with("Sec-Fetch-Site", "cross-site")), 403, "cross_site_refused")
	a := r.do(t, in.with("Sec-Fetch-Site", "same-origin"))
	require.Equal(t, http.StatusCreated, a.StatusCode, a.raw)
	require.NotContains(t, a.json, "access_token")
	jar := map[string]string{}
	for _, c := range a.Cookies() {
		require.True(t, c.HttpOnly, c.Name)
		require.NotEqual(t, http.SameSiteNoneMode, c.SameSite)
		jar[c.Name] = c.Name + "=" + c.Value
	}
	require.Len(t, jar, 3)
	read := call{method: "GET", path: "/v1/account"}.with("Cookie", jar["bedesten_access"])
	require.Equal(t, http.StatusOK, r.do(t, read).StatusCode)
	write := call{method: "PATCH", path: "/v1/account", body: `{"name":"Ayşe Öztürk"}`}.with("Cookie", jar["bedesten_access"])
	requireProblem(t, r.do(t, write), 403, "cross_site_refused")
	requireProblem(t, r.do(t, write.with("Sec-Fetch-Site", "same-site")), 403, "cross_site_refused")
	require.Equal(t, http.StatusOK, r.do(t, write.with("Sec-Fetch-Site", "same-origin")).StatusCode)
	refresh := call{method: "POST", path: "/v1/sessions/refresh"}.with("Cookie", jar["bedesten_refresh"])
	requireProblem(t, r.do(t, refresh), 403, "cross_site_refused")
	require.Equal(t, http.StatusOK, r.do(t, refresh.with("Sec-Fetch-Site", "same-origin")).StatusCode)
	require.NotEmpty(t, me.access)
}

func TestCart_FollowsTheShopperAndTakesTheGuestsAlong(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.register(t, ayseEmail)
	first := r.newCart(t)
	require.Equal(t, http.StatusOK, r.do(t, first.in("POST", "/lines", `{"sku":"CAY-06","quantity":2}`)).StatusCode)
	join := func(c openedCart) signedIn {
		a := r.do(t, call{method: "POST", path: "/v1/sessions", body: `{"email":"` + ayseEmail + `","password":"` + aysePassword + `","cart_id":"` + c.id + `"}`,
			headers: map[string]string{"X-Cart-Secret": c.secret}})
		require.Equal(t, http.StatusCreated, a.StatusCode, a.raw)
		require.Equal(t, first.id, a.json["cart_id"])
		return signedInOf(a, ayseEmail, aysePassword)
	}
	join(first)
	second := r.newCart(t)
	require.Equal(t, http.StatusOK, r.do(t, second.in("POST", "/lines", `{"sku":"CAY-06","quantity":3}`)).StatusCode)
	require.Equal(t, http.StatusOK, r.do(t, second.in("POST", "/lines", `{"sku":"AYVA-01","quantity":1}`)).StatusCode)
	join(second)
	me := join(second) // once more: a cart is put into another once
	shown := r.do(t, me.as("GET", "/v1/carts/"+first.id, ""))
	require.Equal(t, http.StatusOK, shown.StatusCode, shown.raw)
	quantities := map[string]float64{}
	for _, l := range shown.json["lines"].([]any) {
		line := l.(map[string]any)
		quantities[line["sku"].(string)] = line["quantity"].(float64)
	}
	require.Equal(t, map[string]float64{"CAY-06": 5, "AYVA-01": 1}, quantities)
	stranger := r.register(t, "mehmet@example.com")
	requireProblem(t, r.do(t, stranger.as("GET", "/v1/carts/"+first.id, "")), 404, "not_found")
}
