package api_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"
	"github.com/stretchr/testify/require"
)

// spoilt are devices of which something is wrong.
var spoilt = map[string]func(*device){
	"a foreign page":                 func(d *device) { d.party.Origin = "https://dukkan.example.tuzak.example" },
	"a storefront of another domain": func(d *device) { d.party.Origin = storefront },
	"another relying party":          func(d *device) { d.party.ID = "tuzak.example" },
	"nobody who was verified":        func(d *device) { d.auth.Options.UserNotVerified = true },
	"nobody who was there":           func(d *device) { d.auth.Options.UserNotPresent = true },
}

func TestPasskey_IsNotAddedFromAnotherPageOrByNobody(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	ayse := r.register(t, ayseEmail)
	for name, spoil := range spoilt {
		phone := newDevice()
		spoil(phone)
		challenge, options := r.offered(t, ayse)
		a := r.add(t, ayse, challenge, phone.made(t, options))
		requireProblem(t, a, 422, "invalid")
		require.Contains(t, a.raw, "body.credential", name)
	}
	require.Empty(t, r.do(t, ayse.as("GET", "/v1/account", "")).json["passkeys"])
}

func TestPasskey_DoesNotSignInFromAnotherPageOrForSomebodyElse(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	ayse, phone := r.register(t, ayseEmail), newDevice()
	mehmet := r.register(t, "mehmet@example.com")
	r.pair(t, ayse, phone)
	wrong := map[string]func(*device){
		"a passkey that was never added":           func(d *device) { d.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2) },
		"another key under the same id":            func(d *device) { d.cred.Key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2).Key },
		"the handle of somebody else":              func(d *device) { d.auth.Options.UserHandle = []byte(mehmet.id) },
		"no handle at all":                         func(d *device) { d.auth.Options.UserHandle = nil },
		"a passkey that can be copied all at once": func(d *device) { d.auth.Options.BackupEligible = true },
	}
	for name, spoil := range spoilt {
		wrong[name] = spoil
	}
	for name, spoil := range wrong {
		bad := *phone
		spoil(&bad)
		a := r.use(t, &bad)
		require.Equal(t, http.StatusUnauthorized, a.StatusCode, "%s: %s", name, a.raw)
		r.requireNoPasskey(t, a)
	}
	require.Equal(t, http.StatusCreated, r.use(t, phone).StatusCode, "the right one still does")
}

// Whatever a device, or who poses as one, answers: it is refused and nothing breaks.
func TestPasskey_AnswersThatAreBrokenAreRefusedAndNeverBreakAnything(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	ayse, phone := r.register(t, ayseEmail), newDevice()
	r.pair(t, ayse, phone)
	refused := func(c call, challenge, credential string) {
		c.body = `{"challenge":"` + challenge + `","credential":` + credential + c.body
		a := r.do(t, c)
		require.Contains(t, []int{400, 401, 422}, a.StatusCode, "%s: %s", credential, a.raw)
		require.NotContains(t, a.raw, "cbor")
	}
	adding, using := ayse.as("POST", passkeyRoute, `,"name":"telefon"}`), call{method: "POST", path: "/v1/sessions/passkey", body: `}`}
	for _, credential := range []string{
		`null`, `""`, `[]`, `{}`, `7`, `{"id":"AA","rawId":"AA","type":"public-key"}`, `{"id":"AA","rawId":"AA","type":"public-key","response":null}`,
	} {
		challenge, _ := r.offered(t, ayse)
		refused(adding, challenge, credential)
		challenge, _ = r.asked(t)
		refused(using, challenge, credential)
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		challenge, options := r.offered(t, ayse)
		refused(adding, challenge, bitten(dice, newDevice().made(t, options)))
		challenge, options = r.asked(t)
		refused(using, challenge, bitten(dice, phone.signed(t, options)))
	}
	require.NotContains(t, r.log.String(), "panicked")
}

// bitten is an answer with one byte of one of its parts changed, cut or grown.
func bitten(dice *rand.Rand, credential string) string {
	var read map[string]any
	if err := json.Unmarshal([]byte(credential), &read); err != nil {
		panic(err)
	}
	parts := read["response"].(map[string]any)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(parts)), func(name string) bool { return name == "transports" })
	name := names[dice.IntN(len(names))]
	raw, err := base64.RawURLEncoding.DecodeString(parts[name].(string))
	if err != nil {
		panic(err)
	}
	switch at := dice.IntN(len(raw)); dice.IntN(3) {
	case 0:
		raw[at] ^= byte(1 + dice.IntN(255))
	case 1:
		raw = raw[:at]
	default:
		raw = slices.Insert(raw, at, byte(dice.IntN(256)))
	}
	parts[name] = base64.RawURLEncoding.EncodeToString(raw)
	out, err := json.Marshal(read)
	if err != nil {
		panic(err)
	}
	return string(out)
}

func TestPasskey_TakesAnAnswerWithCertificatesAndNothingLarger(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	challenge, _ := r.asked(t)
	r.requireNoPasskey(t, r.useAnswer(t, challenge, `{"id":"`+strings.Repeat("A", 40<<10)+`"}`))
	requireProblem(t, r.useAnswer(t, challenge, `{"id":"`+strings.Repeat("A", 65<<10)+`"}`), 413, "too_large")
}
