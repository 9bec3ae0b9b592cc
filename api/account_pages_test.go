package api_test

import (
	"encoding/base64"
	"encoding/json"
	"image/png"
	"net/http"
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
	"/account/details": {"Bilgileriniz", "Your details"}, "/account/addresses": {"Adresleriniz", "Your addresses"},
	"/account/security": {"Hesap güvenliği", "Account security"}, "/account/privacy": {"Gizliliğiniz", "Your privacy"},
	"/account/export": {"Verileriniz hazır", "Your data is ready"},
}

// ownPages are those of whoever is signed in, in the order of their tabs.
var ownPages = []string{"/account", "/account/details", "/account/addresses", "/account/security", "/account/privacy"}

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
			require.True(t, strings.HasPrefix(input, "<select") || regexp.MustCompile(`autocomplete="[a-z0-9 -]+"`).MatchString(input), input)
		}
		for _, form := range regexp.MustCompile(`(?s)<form .*?</form>`).FindAllString(body, -1) {
			require.Contains(t, form, `method="post"`, "a password never lands in an address")
			require.Contains(t, form, `role="alert"`)
		}
		require.Contains(t, body, `<noscript>`)
	}
}

// wordsOf are the words that a page's script is given.
func wordsOf(t *testing.T, body string) map[string]string {
	t.Helper()
	raw := regexp.MustCompile(`(?s)id="words">(.*?)</script>`).FindStringSubmatch(body)[1]
	var words map[string]string
	require.NoError(t, json.Unmarshal([]byte(raw), &words))
	return words
}

func TestAccountPages_SayEveryStateOfAnOrderAndOfItsParcels(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, language := range []string{"tr", "en"} {
		words := wordsOf(t, r.browse(t, "/account?lang="+language, nil).body)
		for _, row := range order.Machine.Rows {
			if row.To != machine.Same && row.To != order.New {
				require.NotEmpty(t, words["status."+string(row.To)], "%s", row.To)
			}
		}
		require.Contains(t, words, "fulfilment.none", "nothing to tell of, and known")
		for _, state := range []string{
			"unfulfilled", "partially_shipped", "shipped", "partially_delivered", "delivered", "returned", "undelivered", "cancelled",
		} {
			require.NotEmpty(t, words["fulfilment."+state], state)
		}
	}
}

func TestAccountPages_HaveWordsForWhateverTheirScriptsSay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path := range accountPages {
		for _, language := range []string{"tr", "en"} {
			body := r.browse(t, path+"?lang="+language, nil).body
			words := wordsOf(t, body)
			for _, m := range regexp.MustCompile(`\bsay\([^)]*?"([a-z-]+(?:\.[a-z-]+)*)"`).FindAllStringSubmatch(body, -1) {
				require.NotEmpty(t, words[m[1]], "%s says %s", path, m[1])
			}
			for _, kind := range []string{"privacy", "marketing"} {
				for _, key := range []string{"terms." + kind, "terms." + kind + ".says", "consent.give." + kind, "consent.again." + kind} {
					require.NotEmpty(t, words[key], key)
				}
			}
			for _, key := range []string{"invoice.personal", "invoice.company", "passkey.not", "passkey.there", "passkey.failed"} {
				require.NotEmpty(t, words[key], key)
			}
		}
	}
}

func TestAccountPages_OfWhoIsSignedInLeadToEachOther(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, path := range ownPages {
		body := r.browse(t, path+"?lang=en", nil).body
		tabs := regexp.MustCompile(`(?s)<nav class="tabs".*?</nav>`).FindString(body)
		require.Equal(t, 1, strings.Count(tabs, "aria-current"), path)
		require.Contains(t, tabs, `href="`+path+`?lang=en" aria-current="page"`)
		var linked []string
		for _, m := range regexp.MustCompile(`href="([^"?]+)\?lang=en"`).FindAllStringSubmatch(tabs, -1) {
			linked = append(linked, m[1])
		}
		require.Equal(t, ownPages, linked)
	}
	for _, path := range []string{"/account/sign-in", "/account/export", "/account/register"} {
		require.NotContains(t, r.browse(t, path, nil).body, `class="tabs"`, path)
	}
}

func TestAccountPages_AreTheSameForWhoIsSignedInAndForAnybody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	me := r.register(t, ayseEmail)
	nonces := regexp.MustCompile(`nonce="[^"]+"`)
	for path := range accountPages {
		mine := r.browse(t, path, map[string]string{"Cookie": "bedesten_access=" + me.access}).body
		require.Equal(t, nonces.ReplaceAllString(r.browse(t, path, nil).body, ""), nonces.ReplaceAllString(mine, ""), path)
		for _, personal := range []string{me.id, me.access, ayseEmail} {
			require.NotContains(t, mine, personal, path)
		}
	}
}

func TestAccountPages_OfferPasskeysWhereOneSignsInOnceTheBrowserHasThem(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path := range accountPages {
		body := r.browse(t, path, nil).body
		require.Equal(t, path == "/account/sign-in", strings.Contains(body, `autocomplete="username webauthn"`), path)
		require.Equal(t, path == "/account/sign-in" || path == "/account/security", strings.Contains(body, "navigator.credentials"), path)
	}
	require.Contains(t, r.browse(t, "/account/sign-in", nil).body, `<div id="by-passkey" hidden>`)
	require.Contains(t, r.browse(t, "/account/security", nil).body, `id="passkeys" aria-labelledby="passkeys-title" hidden>`)
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
		"no T.C. number":    {me.as("POST", "/v1/account/addresses", strings.Replace(kadikoy, "10000000146", "10000000147", 1)), "T.C. kimlik numarası değil"},
		"no tax number":     {me.as("POST", "/v1/account/addresses", strings.Replace(kadikoy, `"personal","name":"Ayşe Yılmaz","identity_number":"10000000146"`, `"company","title":"Gül Çay Ltd.","tax_number":"12345","tax_office":"Kadıköy"`, 1)), "vergi kimlik numarası"},
		"no passkey":        {me.as("PATCH", "/v1/account/passkeys/abc", `{"name":"Telefonum"}`), "böyle bir geçiş anahtarı yok"},
		"an old challenge":  {me.as("POST", "/v1/account/passkeys", `{"challenge":"pkc_01k3v8m4w0f3q2x9y6z7a1b2c3","credential":{},"name":"Telefonum"}`), "baştan başlayın"},
		"no erasure":        {me.as("DELETE", "/v1/account/erasure", ""), "silinmesi istenmemiş"},
		"another text":      {me.as("POST", "/v1/account/consents", `{"kind":"marketing","hash":"eski"}`), "Metin bu arada yenilendi"},
	} {
		a := r.do(t, tt.c)
		require.Contains(t, a.json["detail"], tt.contains, name)
	}
	require.Equal(t, identity.MinPassword, 10)
	require.Equal(t, time.Hour, identity.TicketLife[identity.Reset], "the page says so")
}
