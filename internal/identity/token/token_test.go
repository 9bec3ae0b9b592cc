package token_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/identity/token"
)

const shop = "https://api.dukkan.example"

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func seed(letter string) []byte { return bytes.Repeat([]byte(letter), token.SeedBytes) }

func newTokens(t testing.TB, keys ...token.Key) *token.Tokens {
	t.Helper()
	tokens, err := token.New(shop, shop, keys...)
	require.NoError(t, err)
	return tokens
}

func claims() identity.Claims {
	return identity.Claims{
		AccountID: "usr_01k3v8m4w0f3q2x9y6z7a1b2c3", SessionID: "ses_01k3v8m4w0f3q2x9y6z7a1b2c3", Staff: true, Methods: []string{"pwd", "otp"},
		SignedIn: noon.Add(-time.Hour), IssuedAt: noon, ExpiresAt: noon.Add(identity.AccessLife),
	}
}

func TestTokens_SayWhatTheyWereIssuedWith(t *testing.T) {
	t.Parallel()
	tokens := newTokens(t, token.Key{ID: "t1", Seed: seed("a")})
	raw, err := tokens.Issue(claims())
	require.NoError(t, err)
	got, err := tokens.Verify(raw, noon.Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, claims(), got)
	for _, personal := range []string{"@", "Ayşe", "name", "email"} {
		_, payload, _ := strings.Cut(raw, ".")
		payload, _, _ = strings.Cut(payload, ".")
		decoded, err := base64.RawURLEncoding.DecodeString(payload)
		require.NoError(t, err)
		require.NotContains(t, string(decoded), personal)
	}
}

func TestTokens_OfAnOlderKeyAreTakenWhileItIsListed(t *testing.T) {
	t.Parallel()
	old, fresh := token.Key{ID: "t1", Seed: seed("a")}, token.Key{ID: "t2", Seed: seed("b")}
	raw, err := newTokens(t, old).Issue(claims())
	require.NoError(t, err)
	_, err = newTokens(t, fresh, old).Verify(raw, noon)
	require.NoError(t, err)
	_, err = newTokens(t, fresh).Verify(raw, noon)
	require.True(t, fault.Is(err, fault.Unauthenticated))

	published, err := newTokens(t, fresh, old).PublicKeys()
	require.NoError(t, err)
	var set struct{ Keys []map[string]string }
	require.NoError(t, json.Unmarshal(published, &set))
	require.Len(t, set.Keys, 2)
	require.Equal(t, "t2", set.Keys[0]["kid"])
	require.NotContains(t, string(published), base64.RawURLEncoding.EncodeToString(seed("b")), "the seed stays here")
}

// forge signs claims as an attacker would.
func forge(t *testing.T, method jwt.SigningMethod, key any, kid string, change func(jwt.MapClaims)) string {
	t.Helper()
	c := jwt.MapClaims{
		"iss": shop, "aud": shop, "sub": "usr_01k3v8m4w0f3q2x9y6z7a1b2c3", "sid": "ses_01k3v8m4w0f3q2x9y6z7a1b2c3", "amr": []string{"pwd"},
		"iat": noon.Unix(), "nbf": noon.Unix(), "exp": noon.Add(time.Minute).Unix(), "auth_time": noon.Unix(),
	}
	if change != nil {
		change(c)
	}
	made := jwt.NewWithClaims(method, c)
	made.Header["kid"] = kid
	raw, err := made.SignedString(key)
	require.NoError(t, err)
	return raw
}

func TestTokens_RefuseWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	tokens := newTokens(t, token.Key{ID: "t1", Seed: seed("a")}, token.Key{ID: "t2", Seed: seed("b")})
	ours, theirs := ed25519.NewKeyFromSeed(seed("a")), ed25519.NewKeyFromSeed(seed("x"))
	public := ours.Public().(ed25519.PublicKey)
	good := forge(t, jwt.SigningMethodEdDSA, ours, "t1", nil)
	_, err := tokens.Verify(good, noon)
	require.NoError(t, err, "the forger's tools make what is taken where nothing is wrong")
	parts := strings.Split(good, ".")
	sign := func(change func(jwt.MapClaims)) string { return forge(t, jwt.SigningMethodEdDSA, ours, "t1", change) }
	set := func(name string, value any) string { return sign(func(c jwt.MapClaims) { c[name] = value }) }
	drop := func(name string) string { return sign(func(c jwt.MapClaims) { delete(c, name) }) }
	for name, raw := range map[string]string{
		"nothing":                                "",
		"no token":                               "bdr.ses.1.x",
		"expired":                                set("exp", noon.Add(-time.Minute).Unix()),
		"without an end":                         drop("exp"),
		"of the future":                          set("iat", noon.Add(time.Hour).Unix()),
		"not yet good":                           set("nbf", noon.Add(time.Hour).Unix()),
		"of another shop":                        set("iss", "https://baska.example"),
		"for another shop":                       set("aud", "https://baska.example"),
		"for nobody":                             drop("aud"),
		"without an account":                     drop("sub"),
		"of no account":                          set("sub", "admin"),
		"without a session":                      drop("sid"),
		"unsigned":                               forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "t1", nil),
		"without its signature":                  parts[0] + "." + parts[1] + ".",
		"signed by another":                      forge(t, jwt.SigningMethodEdDSA, theirs, "t1", nil),
		"under a swapped key":                    forge(t, jwt.SigningMethodEdDSA, ours, "t2", nil),
		"under an unknown key":                   forge(t, jwt.SigningMethodEdDSA, ours, "t9", nil),
		"under no key":                           forge(t, jwt.SigningMethodEdDSA, ours, "", nil),
		"signed with our public key as a secret": forge(t, jwt.SigningMethodHS256, []byte(public), "t1", nil),
		"with a changed payload":                 parts[0] + "." + parts[1][:len(parts[1])-2] + "fQ." + parts[2],
		"oversized":                              set("pad", strings.Repeat("a", 4096)),
		"with a key of its own": func() string {
			h := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA","kid":"t1","jwk":{"kty":"OKP","crv":"Ed25519","x":"AAAA"}}`))
			mac := hmac.New(sha256.New, nil)
			return h + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
		}(),
	} {
		_, err := tokens.Verify(raw, noon)
		require.True(t, fault.Is(err, fault.Unauthenticated), name)
	}
}

func TestNew_RefusesKeysThatCannotSign(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]token.Key{
		"none": {}, "short": {{ID: "t1", Seed: []byte("kısa")}}, "nameless": {{Seed: seed("a")}}, "twice": {{ID: "t1", Seed: seed("a")}, {ID: "t1", Seed: seed("b")}},
	} {
		_, err := token.New(shop, shop, keys...)
		require.Error(t, err, name)
	}
}

func FuzzVerify(f *testing.F) {
	tokens := newTokens(f, token.Key{ID: "t1", Seed: seed("a")})
	raw, err := tokens.Issue(claims())
	require.NoError(f, err)
	f.Add(raw)
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := tokens.Verify(s, noon)
		if err == nil {
			require.Equal(t, claims(), got, "only what was issued is taken")
		}
	})
}

func TestTokens_ThatWereVerifiedOnceEndAllTheSame(t *testing.T) {
	t.Parallel()
	tokens := newTokens(t, token.Key{ID: "t1", Seed: seed("a")})
	raw, err := tokens.Issue(claims())
	require.NoError(t, err)
	for range 2 {
		_, err = tokens.Verify(raw, noon)
		require.NoError(t, err)
	}
	_, err = tokens.Verify(raw, noon.Add(identity.AccessLife+time.Minute))
	require.True(t, fault.Is(err, fault.Unauthenticated))
	_, err = tokens.Verify(raw, noon.Add(-time.Minute))
	require.True(t, fault.Is(err, fault.Unauthenticated))
}

// BenchmarkVerify is a token that was seen before, as all but the first request of a
// quarter of an hour bring it.
func BenchmarkVerify(b *testing.B) {
	tokens := newTokens(b, token.Key{ID: "t1", Seed: seed("a")})
	raw, err := tokens.Issue(claims())
	require.NoError(b, err)
	for b.Loop() {
		if _, err := tokens.Verify(raw, noon); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifyFirst is a token that was never seen: its signature is verified.
func BenchmarkVerifyFirst(b *testing.B) {
	raw, err := newTokens(b, token.Key{ID: "t1", Seed: seed("a")}).Issue(claims())
	require.NoError(b, err)
	for b.Loop() {
		b.StopTimer()
		tokens := newTokens(b, token.Key{ID: "t1", Seed: seed("a")})
		b.StartTimer()
		if _, err := tokens.Verify(raw, noon); err != nil {
			b.Fatal(err)
		}
	}
}
