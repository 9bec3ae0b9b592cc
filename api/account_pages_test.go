package api_test

import (
	"encoding/base64"
	"encoding/json"
	"image/png"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/machine"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

// accountPages are the pages about accounts and their headings.
var accountPages = map[string][2]string{
	"/account": {"Hesabınız", "Your account"}, "/account/register": {"Hesap açın", "Open an account"}, "/account/sign-in": {"Giriş yapın", "Sign in"},
	"/account/forgot": {"Yeni parola belirleyin", "Choose a new password"}, "/account/reset": {"Yeni parolanız", "Your new password"},
	"/account/confirm": {"Hesabınızı onaylayın", "Confirm your account"}, "/account/email": {"Yeni e-posta adresinizi onaylayın", "Confirm your new mail address"},
}

func TestAccountPages_LoadNothingFromElsewhereAndRunTheirOwnScriptAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path := range accountPages {
		shown := r.browse(t, path, nil)
		require.Equal(t, http.StatusOK, shown.status, path)
		require.Equal(t, "text/html; charset=utf-8", shown.header.Get("Content-Type"))
		require.Equal(t, "no-referrer", shown.header.Get("Referrer-Policy"))
		require.Equal(t, "no-store", shown.header.Get("Cache-Control"))
		require.Equal(t, "DENY", shown.header.Get("X-Frame-Options"))
		require.Empty(t, shown.header.Get("Set-Cookie"), path)
		policy := shown.header.Get("Content-Security-Policy")
		nonce := regexp.MustCompile(`script-src 'nonce-([A-Z2-7]{20,})'`).FindStringSubmatch(policy)
		require.Len(t, nonce, 2, policy)
		require.NotContains(t, r.browse(t, path, nil).header.Get("Content-Security-Policy"), nonce[1], "each answer has a nonce of its own")
		for _, part := range []string{"default-src 'none'", "connect-src 'self'", "form-action 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
			require.Contains(t, policy, part)
		}
		require.NotContains(t, policy, "unsafe")
		for _, tag := range regexp.MustCompile(`<(script|style)[^>]*>`).FindAllString(shown.body, -1) {
			require.Contains(t, tag, `nonce="`+nonce[1]+`"`)
		}
		require.NotRegexp(t, regexp.MustCompile(`(?i)(src|@import|url\()\s*=?\s*["']?https?:`), shown.body)
		require.NotRegexp(t, regexp.MustCompile(`(?i)<[^>]*\s(on\w+|style)="`), shown.body, "nothing that the policy would stop")
		require.NotContains(t, shown.body, "innerHTML", "what somebody typed is never read as HTML")
	}
}

func TestAccountPages_AreInTheReadersLanguageAndInTheOneThatIsChosen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	english := map[string]string{"Accept-Language": "en-GB"}
	for path, title := range accountPages {
		for i, shown := range []shownPage{r.browse(t, path, nil), r.browse(t, path, english), r.browse(t, path+"?lang=tr", english), r.browse(t, path+"?lang=de", nil)} {
			language, heading := "tr", title[0]
			if i == 1 {
				language, heading = "en", title[1]
			}
			require.Equal(t, language, shown.header.Get("Content-Language"), path)
			require.Contains(t, shown.body, `<html lang="`+language+`">`)
			require.Contains(t, shown.body, `<h1 id="title">`+heading+`</h1>`)
		}
		require.NotContains(t, r.browse(t, path, nil).body, "?lang=tr\"", "the reader's own language is not carried along")
	}
	require.Contains(t, r.browse(t, "/account/sign-in?lang=en", nil).body, `href="/account/forgot?lang=en"`, "a chosen language goes along")
}

func TestAccountPages_HaveALabelAndAPlaceForWhatIsWrongForEveryEntry(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path := range accountPages {
		body := r.browse(t, path, nil).body
		ids := map[string]int{}
		for _, m := range regexp.MustCompile(`\sid="([^"]+)"`).FindAllStringSubmatch(body, -1) {
			ids[m[1]]++
		}
		for id, n := range ids {
			require.Equal(t, 1, n, "%s has %q more than once", path, id)
		}
		for _, input := range regexp.MustCompile(`<(?:input|select) [^>]*>`).FindAllString(body, -1) {
			if strings.Contains(input, `aria-hidden="true"`) {
				continue
			}
			id := regexp.MustCompile(`\sid="([^"]+)"`).FindStringSubmatch(input)[1]
			require.Contains(t, body, `<label for="`+id+`">`, path)
			for _, described := range strings.Fields(regexp.MustCompile(`aria-describedby="([^"]*)"`).FindStringSubmatch(input)[1]) {
				require.Contains(t, ids, described, path)
			}
			require.True(t, strings.HasPrefix(input, "<select") || regexp.MustCompile(`autocomplete="[a-z-]+"`).MatchString(input), input)
		}
		for _, form := range regexp.MustCompile(`(?s)<form .*?</form>`).FindAllString(body, -1) {
			require.Contains(t, form, `method="post"`, "a password never lands in an address")
			require.Contains(t, form, `role="alert"`)
		}
		require.Contains(t, body, `<noscript>`)
	}
}

func TestAccountPages_SayEveryStateOfAnOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, language := range []string{"tr", "en"} {
		body := r.browse(t, "/account?lang="+language, nil).body
		raw := regexp.MustCompile(`(?s)id="words">(.*?)</script>`).FindStringSubmatch(body)[1]
		var words map[string]string
		require.NoError(t, json.Unmarshal([]byte(raw), &words))
		for _, row := range order.Machine.Rows {
			if row.To != machine.Same && row.To != order.New {
				require.NotEmpty(t, words["status."+string(row.To)], "%s", row.To)
			}
		}
		for _, m := range regexp.MustCompile(`\bsay\("([a-z.-]+)"`).FindAllStringSubmatch(body, -1) {
			if !strings.HasSuffix(m[1], ".") {
				require.NotEmpty(t, words[m[1]], m[1])
			}
		}
	}
}

func TestAccountPages_CountAgainstTheShopsGeneralRate(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(d *api.Deps) { d.Rates = map[string]api.Rate{api.LimitShop: {PerMinute: 1, Burst: 2}} })
	for range 2 {
		require.Equal(t, http.StatusOK, r.browse(t, "/account/sign-in", nil).status)
	}
	requireProblem(t, r.do(t, call{method: "GET", path: "/account/sign-in"}), 429, "rate_limited")
}

func TestPage_OpensForWhoIsSignedInToItsAccountAndForNoOther(t *testing.T) {
	t.Parallel()
	p := openPage(t, shipping.InTransit)
	me, other := p.register(t, ayseEmail), p.register(t, "mehmet@example.com")
	p.set(t, bson.D{{Key: "customer_id", Value: me.id}})
	with := func(token string) map[string]string { return map[string]string{"Cookie": "bedesten_access=" + token} }
	shown := p.browse(t, p.path(), with(me.access))
	require.Equal(t, http.StatusOK, shown.status)
	require.Contains(t, shown.body, "Siparişiniz yolda")
	require.Empty(t, shown.header.Get("Set-Cookie"), "signing out closes it again")
	unknown := p.browse(t, p.path(), nil)
	for name, token := range map[string]string{"another": other.access, "made up": me.access[:len(me.access)-2] + "xx", "empty": ""} {
		refused := p.browse(t, p.path(), with(token))
		require.Equal(t, http.StatusNotFound, refused.status, name)
		require.Equal(t, unknown.body, refused.body, name)
	}
	require.Equal(t, http.StatusOK, p.browse(t, p.path(), p.cookie()).status, "the order's own secret opens it as before")
}

func TestSecondFactor_IsShownAsACodeToScan(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	a := r.do(t, me.as("POST", "/v1/account/second-factor", `{"password":"`+me.password+`"}`))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	picture, err := png.Decode(base64.NewDecoder(base64.StdEncoding, strings.NewReader(a.json["qr_png"].(string))))
	require.NoError(t, err)
	require.Equal(t, picture.Bounds().Dx(), picture.Bounds().Dy())
	require.Greater(t, picture.Bounds().Dx(), 200)
}

func TestProblem_SaysInTheShoppersLanguageWhatIsWrongWithAnAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	for name, tt := range map[string]struct {
		c        call
		contains string
	}{
		"a short password":  {call{method: "POST", path: "/v1/accounts", body: `{"email":"a@example.com","password":"kısa","name":"Ayşe"}`}, "10 ile 128 karakter"},
		"a known password":  {call{method: "POST", path: "/v1/accounts", body: `{"email":"a@example.com","password":"password123","name":"Ayşe"}`}, "ilk denenenlerin"},
		"their own address": {call{method: "POST", path: "/v1/accounts", body: `{"email":"kadife@example.com","password":"kadife kedi uyur","name":"Ayşe"}`}, "geçmemeli"},
		"no mail address":   {call{method: "POST", path: "/v1/accounts", body: `{"email":"ayse@yok","password":"` + aysePassword + `","name":"Ayşe"}`}, "e-posta adresi değil"},
		"a short name":      {call{method: "POST", path: "/v1/accounts", body: `{"email":"a@example.com","password":"` + aysePassword + `","name":"  A  "}`}, "2 ile 100 karakter"},
		"a web address":     {call{method: "POST", path: "/v1/accounts", body: `{"email":"a@example.com","password":"` + aysePassword + `","name":"www.ucuz.example"}`}, "web adresi"},
		"a wrong password":  {me.as("POST", "/v1/account/second-factor", `{"password":"yanlış parola bu"}`), "parolası bu değil"},
		"a wrong phone":     {me.as("PATCH", "/v1/account", `{"phone":"1234567890"}`), "Türkiye telefon numarası"},
		"no second factor":  {me.as("POST", "/v1/account/second-factor/confirm", `{"code":"123456"}`), "baştan başlayın"},
	} {
		a := r.do(t, tt.c)
		require.Contains(t, a.json["detail"], tt.contains, name)
	}
	require.Equal(t, identity.MinPassword, 10)
	require.Equal(t, time.Hour, identity.TicketLife[identity.Reset], "the page says so")
}

// formBrowser is as much of a browser as account.js needs to say where it leads.
const formBrowser = `
const fs = require("node:fs"), assert = require("node:assert");
const element = () => ({ textContent: "{}", lang: "en", dataset: {}, addEventListener() {} });
globalThis.document = { documentElement: { lang: "tr" }, body: element(), getElementById: element, querySelectorAll: () => [] };
globalThis.history = { replaceState: (state, title, url) => { globalThis.left = url; } };
const code = fs.readFileSync("pages/account.js", "utf8");
const at = (search, hash, then) => {
  globalThis.location = { origin: "https://dukkan.example", pathname: "/account/sign-in", search, hash };
  return eval(code + ";account." + then);
};
const next = (given, more = "") => at("?next=" + encodeURIComponent(given) + more, "", "next()");

assert.equal(next("/orders/7KXM-92QD?x=1#y"), "/orders/7KXM-92QD?x=1#y");
for (const elsewhere of [
  "", "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", " //evil.example",
  "javascript:alert(1)", "data:text/html,x", "evil.example", "http:evil.example", "https://dukkan.example@evil.example/",
]) assert.equal(next(elsewhere), "/account", JSON.stringify(elsewhere));
assert.equal(next("//evil.example", "&lang=tr"), "/account?lang=tr");
assert.ok(next("/%2f/evil.example").startsWith("/"), "what is encoded stays a path");

assert.equal(at("?lang=tr", "#tkt_01k3~k1.AbC", "ticket()"), "tkt_01k3~k1.AbC");
assert.equal(globalThis.left, "/account/sign-in?lang=tr", "the ticket has left the address");
assert.equal(at("", "#main", "ticket()"), "", "what is no ticket is none");
`

func TestAccountPages_LeadNowhereButToPagesOfTheirOwn(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: the script of the pages runs in nothing else here")
	}
	said, err := exec.CommandContext(t.Context(), node, "-e", formBrowser).CombinedOutput()
	require.NoError(t, err, "%s", said)
}
