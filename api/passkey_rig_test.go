package api_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/api"
)

const (
	shopHost     = "dukkan.example"
	shopAddress  = "https://dukkan.example"
	shopWindow   = "https://vitrin.dukkan.example"
	passkeyRoute = "/v1/account/passkeys"
)

// device is a phone with passkeys on it, which believes to be on a page.
type device struct {
	party virtualwebauthn.RelyingParty
	auth  virtualwebauthn.Authenticator
	cred  virtualwebauthn.Credential
}

func newDevice() *device {
	return &device{
		party: virtualwebauthn.RelyingParty{ID: shopHost, Name: "Bedesten", Origin: shopAddress},
		auth:  virtualwebauthn.NewAuthenticator(), cred: virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2),
	}
}

func (d *device) id() string { return base64.RawURLEncoding.EncodeToString(d.cred.ID) }

// passkeyRig is a shop that is reached by a name, in which time can pass.
func passkeyRig(t *testing.T) (*rig, *atomic.Int64) {
	t.Helper()
	var later atomic.Int64
	r := newRig(t, func(d *api.Deps) {
		d.Passkeys = passkeys(t, shopAddress, shopWindow, storefront)
		d.Clock = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	})
	return r, &later
}

// optionsOf reads the challenge and the options that a browser is given.
func optionsOf(t *testing.T, a answer) (challenge, options string) {
	t.Helper()
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	raw, err := json.Marshal(a.json["options"])
	require.NoError(t, err)
	return a.json["challenge"].(string), string(raw)
}

// made is what the device answers when it is to make a passkey.
func (d *device) made(t *testing.T, options string) string {
	t.Helper()
	read, err := virtualwebauthn.ParseAttestationOptions(options)
	require.NoError(t, err)
	d.auth.Options.UserHandle = []byte(read.UserID)
	return virtualwebauthn.CreateAttestationResponse(d.party, d.auth, d.cred, *read)
}

// signed is what the device answers when somebody signs in.
func (d *device) signed(t *testing.T, options string) string {
	t.Helper()
	read, err := virtualwebauthn.ParseAssertionOptions(options)
	require.NoError(t, err)
	return virtualwebauthn.CreateAssertionResponse(d.party, d.auth, d.cred, *read)
}

func (r *rig) offered(t *testing.T, s signedIn) (challenge, options string) {
	t.Helper()
	return optionsOf(t, r.do(t, s.as("POST", passkeyRoute+"/options", `{"password":"`+s.password+`"}`)))
}

func (r *rig) add(t *testing.T, s signedIn, challenge, credential string) answer {
	t.Helper()
	return r.do(t, s.as("POST", passkeyRoute, `{"challenge":"`+challenge+`","name":"İş telefonu","credential":`+credential+`}`))
}

// pair gives the account the device's passkey.
func (r *rig) pair(t *testing.T, s signedIn, d *device) {
	t.Helper()
	challenge, options := r.offered(t, s)
	a := r.add(t, s, challenge, d.made(t, options))
	require.Equal(t, http.StatusCreated, a.StatusCode, a.raw)
	require.Equal(t, d.id(), a.json["id"])
}

func (r *rig) asked(t *testing.T) (challenge, options string) {
	t.Helper()
	return optionsOf(t, r.do(t, call{method: "POST", path: "/v1/sessions/passkey/options"}))
}

func (r *rig) useAnswer(t *testing.T, challenge, credential string) answer {
	t.Helper()
	return r.do(t, call{method: "POST", path: "/v1/sessions/passkey", body: `{"challenge":"` + challenge + `","credential":` + credential + `}`})
}

// use signs in with the device.
func (r *rig) use(t *testing.T, d *device) answer {
	t.Helper()
	challenge, options := r.asked(t)
	return r.useAnswer(t, challenge, d.signed(t, options))
}

func (r *rig) requireNoPasskey(t *testing.T, a answer) {
	t.Helper()
	requireProblem(t, a, 401, "unauthenticated")
	require.Equal(t, "Bu geçiş anahtarıyla oturum açılamadı: yeniden deneyin ya da başka bir yolla oturum açın.", a.json["detail"], "one answer to everything that is wrong")
}
