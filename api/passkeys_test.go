package api_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/identity"
)

func TestPasskey_SignsInByItselfAndCountsAsTwoFactors(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	ayse, phone := r.register(t, ayseEmail), newDevice()
	r.post.take()
	r.pair(t, ayse, phone)
	require.Equal(t, []identity.NoticeKind{identity.NoticePasskeyAdded}, kinds(r.post.take()))

	a := r.use(t, phone)
	require.Equal(t, http.StatusCreated, a.StatusCode, a.raw)
	require.Equal(t, true, a.json["second_factor"])
	in := signedInOf(a, ayseEmail, aysePassword)
	require.Equal(t, ayse.id, in.id)
	session, err := r.deps.Sessions.Find(t.Context(), in.session)
	require.NoError(t, err)
	require.Equal(t, []string{identity.ByPasskey}, session.Methods)

	shown := r.do(t, in.as("GET", "/v1/account", "")).json["passkeys"].([]any)
	require.Len(t, shown, 1)
	require.Equal(t, "İş telefonu", shown[0].(map[string]any)["name"])
	require.NotEmpty(t, shown[0].(map[string]any)["last_used_at"])
	require.Equal(t, http.StatusCreated, r.use(t, phone).StatusCode, "a device that counts nothing stays at zero")
}

func TestPasskey_AsksForADiscoverableCredentialWithAVerifiedUserAndNoAttestation(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	ayse := r.register(t, ayseEmail)
	_, options := r.offered(t, ayse)
	var read struct {
		PublicKey struct {
			Attestation string
			RP          struct{ ID string }
			Selection   struct{ ResidentKey, UserVerification string } `json:"authenticatorSelection"`
			Timeout     int
		}
	}
	require.NoError(t, json.Unmarshal([]byte(options), &read))
	require.Equal(t, "none", read.PublicKey.Attestation)
	require.Equal(t, shopHost, read.PublicKey.RP.ID)
	require.Equal(t, "required", read.PublicKey.Selection.ResidentKey)
	require.Equal(t, "required", read.PublicKey.Selection.UserVerification)
	require.Equal(t, int(identity.ChallengeLife.Milliseconds()), read.PublicKey.Timeout)
}

func TestPasskey_WorksOnTheStorefrontsOfTheSameDomain(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	ayse, phone := r.register(t, ayseEmail), newDevice()
	phone.party.Origin = shopWindow
	r.pair(t, ayse, phone)
	require.Equal(t, http.StatusCreated, r.use(t, phone).StatusCode)
}

func TestPasskey_RefusesAnAnswerThatIsNotToThisChallenge(t *testing.T) {
	t.Parallel()
	r, later := passkeyRig(t)
	ayse, phone := r.register(t, ayseEmail), newDevice()
	r.pair(t, ayse, phone)

	challenge, options := r.asked(t)
	credential := phone.signed(t, options)
	require.Equal(t, http.StatusCreated, r.useAnswer(t, challenge, credential).StatusCode)
	r.requireNoPasskey(t, r.useAnswer(t, challenge, credential)) // used
	other, _ := r.asked(t)
	r.requireNoPasskey(t, r.useAnswer(t, other, credential)) // of another one
	r.requireNoPasskey(t, r.useAnswer(t, "pkc_01k3v8m4w0f3q2x9y6z7a1b2c3", credential))

	challenge, options = r.asked(t)
	later.Store(int64(identity.ChallengeLife + time.Second))
	r.requireNoPasskey(t, r.useAnswer(t, challenge, phone.signed(t, options))) // too late
	later.Store(0)

	adding, options := r.offered(t, ayse)
	r.requireNoPasskey(t, r.useAnswer(t, adding, phone.signed(t, options))) // made for something else
}

func TestPasskey_WhoseCounterWentBackIsRefusedAndItsOwnerTold(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	ayse, phone := r.register(t, ayseEmail), newDevice()
	phone.cred.Counter = 7
	r.pair(t, ayse, phone)
	phone.cred.Counter = 9
	require.Equal(t, http.StatusCreated, r.use(t, phone).StatusCode)
	r.post.take()
	for _, copied := range []uint32{9, 8, 0} {
		phone.cred.Counter = copied
		r.requireNoPasskey(t, r.use(t, phone))
		require.Equal(t, []identity.NoticeKind{identity.NoticePasskeyCopied}, kinds(r.post.take()), copied)
	}
	phone.cred.Counter = 10
	require.Equal(t, http.StatusCreated, r.use(t, phone).StatusCode, "the owner's own is ahead of the copy")
}

func TestPasskey_OfTwoCopiesThatSignInAtOnceOneGoesOn(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	ayse, phone := r.register(t, ayseEmail), newDevice()
	phone.cred.Counter = 1
	r.pair(t, ayse, phone)
	phone.cred.Counter = 2
	statuses := make(chan int, 4)
	for range cap(statuses) {
		challenge, options := r.asked(t)
		c := call{method: "POST", path: "/v1/sessions/passkey", body: `{"challenge":"` + challenge + `","credential":` + phone.signed(t, options) + `}`}
		go func() { statuses <- r.ask(t, c).StatusCode }()
	}
	in := 0
	for range cap(statuses) {
		if <-statuses == http.StatusCreated {
			in++
		}
	}
	require.Equal(t, 1, in)
}

func TestPasskey_IsOneAccountsOnly(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	ayse, mehmet, phone := r.register(t, ayseEmail), r.register(t, "mehmet@example.com"), newDevice()
	r.pair(t, ayse, phone)
	thief := newDevice()
	thief.cred.ID = phone.cred.ID
	challenge, options := r.offered(t, mehmet)
	requireProblem(t, r.add(t, mehmet, challenge, thief.made(t, options)), 409, "conflict")
	require.Empty(t, r.do(t, mehmet.as("GET", "/v1/account", "")).json["passkeys"])

	challenge, options = r.offered(t, ayse)
	requireProblem(t, r.add(t, mehmet, challenge, newDevice().made(t, options)), 422, "invalid")
	require.Equal(t, http.StatusCreated, r.add(t, ayse, challenge, newDevice().made(t, options)).StatusCode, "somebody else's try does not use it up")
	requireProblem(t, r.add(t, ayse, challenge, newDevice().made(t, options)), 422, "invalid")

	require.Equal(t, ayse.id, r.use(t, phone).json["account_id"])
}

func TestPasskey_ThatWasRemovedSignsInNoMoreAndCanBeAddedAgain(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	ayse, phone := r.register(t, ayseEmail), newDevice()
	r.pair(t, ayse, phone)
	r.post.take()
	remove := func(password string) answer {
		return r.do(t, ayse.as("DELETE", passkeyRoute+"/"+phone.id(), "").with("X-Account-Password", password))
	}
	requireProblem(t, remove(""), 422, "invalid")
	requireProblem(t, remove("baska%20bir%20parola"), 422, "invalid")
	requireProblem(t, remove("%zz"), 422, "invalid")
	require.Equal(t, http.StatusNoContent, remove("kadife%20kedi%20uyur").StatusCode)
	require.Equal(t, []identity.NoticeKind{identity.NoticePasskeyGone}, kinds(r.post.take()))
	requireProblem(t, remove("kadife%20kedi%20uyur"), 404, "not_found")
	r.requireNoPasskey(t, r.use(t, phone))
	r.pair(t, ayse, phone)
	require.Equal(t, http.StatusCreated, r.use(t, phone).StatusCode)
}

func TestPasskey_HasANameThatItsOwnerChanges(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	ayse, mehmet, phone := r.register(t, ayseEmail), r.register(t, "mehmet@example.com"), newDevice()
	r.pair(t, ayse, phone)
	path := passkeyRoute + "/" + phone.id()
	a := r.do(t, ayse.as("PATCH", path, `{"name":"  Çağrı’nın   saati "}`))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	require.Equal(t, "Çağrı’nın saati", a.json["name"])
	requireProblem(t, r.do(t, ayse.as("PATCH", path, `{"name":"   "}`)), 422, "invalid")
	requireProblem(t, r.do(t, mehmet.as("PATCH", path, `{"name":"benim"}`)), 404, "not_found")
	requireProblem(t, r.do(t, mehmet.as("DELETE", path, "").with("X-Account-Password", "kadife%20kedi%20uyur")), 404, "not_found")
}

func TestPasskey_TakesAProofOfItsOwner(t *testing.T) {
	t.Parallel()
	r, later := passkeyRig(t)
	ayse, phone := r.register(t, ayseEmail), newDevice()
	requireProblem(t, r.do(t, ayse.as("POST", passkeyRoute+"/options", `{}`)), 422, "invalid")
	requireProblem(t, r.do(t, ayse.as("POST", passkeyRoute+"/options", `{"password":"yanlis bir parola"}`)), 422, "invalid")
	r.pair(t, ayse, phone)

	account, err := r.deps.Accounts.Find(t.Context(), ayse.id)
	require.NoError(t, err)
	account.PasswordHash = ""
	_, err = r.deps.Accounts.Save(t.Context(), account)
	require.NoError(t, err)
	later.Store(int64(identity.FreshSignIn + time.Second))
	requireProblem(t, r.do(t, ayse.as("POST", passkeyRoute+"/options", `{}`)), 403, "forbidden")
	fresh := signedInOf(r.use(t, phone), ayseEmail, "")
	require.Equal(t, http.StatusOK, r.do(t, fresh.as("POST", passkeyRoute+"/options", `{}`)).StatusCode, "a sign-in of just now stands for the password")
	require.Equal(t, http.StatusNoContent, r.do(t, fresh.as("DELETE", passkeyRoute+"/"+phone.id(), "")).StatusCode)
}

func TestPasskey_AnAccountHasTenAtMost(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	ayse := r.register(t, ayseEmail)
	challenge, options := r.offered(t, ayse)
	for range identity.MaxPasskeys {
		r.pair(t, ayse, newDevice())
	}
	requireProblem(t, r.do(t, ayse.as("POST", passkeyRoute+"/options", `{"password":"`+aysePassword+`"}`)), 409, "conflict")
	requireProblem(t, r.add(t, ayse, challenge, newDevice().made(t, options)), 409, "conflict")
}

func TestPasskey_OpensTheStaffsDoorsInPlaceOfAnAuthenticator(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	weak, key := r.staff(t, identity.Administrator), newDevice()
	requireProblem(t, r.do(t, weak.as("GET", "/v1/staff/accounts", "")), 403, "forbidden")
	r.pair(t, weak, key)
	strong := signedInOf(r.use(t, key), weak.email, "")
	a := r.do(t, strong.as("GET", "/v1/staff/accounts", ""))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	requireProblem(t, r.do(t, strong.as("DELETE", passkeyRoute+"/"+key.id(), "")), 409, "conflict")
}

func TestPasskey_OfAnAccountThatWasClosedSignsNobodyIn(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	ayse, phone := r.register(t, ayseEmail), newDevice()
	r.pair(t, ayse, phone)
	account, err := r.deps.Accounts.Find(t.Context(), ayse.id)
	require.NoError(t, err)
	account.Closed = time.Now()
	_, err = r.deps.Accounts.Save(t.Context(), account)
	require.NoError(t, err)
	r.requireNoPasskey(t, r.use(t, phone))
}

func TestPasskey_KeepsNoAttestationAndNoSecret(t *testing.T) {
	t.Parallel()
	r, _ := passkeyRig(t)
	ayse, phone := r.register(t, ayseEmail), newDevice()
	r.pair(t, ayse, phone)
	var row bson.M
	require.NoError(t, r.db.Collection("passkeys").FindOne(t.Context(), bson.D{{Key: "_id", Value: phone.id()}}).Decode(&row))
	require.Equal(t, bson.M{"_id": phone.id(), "owner": ayse.id}, row)
	account, err := r.deps.Accounts.Find(t.Context(), ayse.id)
	require.NoError(t, err)
	kept := string(account.Passkeys[phone.id()].Credential)
	require.NotContains(t, kept, base64.StdEncoding.EncodeToString(phone.cred.Key.Data)[:40])
	require.Contains(t, kept, `"attestation":{}`)
}

func TestPasskey_IsNotThereWhereTheShopIsReachedByANumber(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(d *api.Deps) { d.Passkeys = passkeys(t, "https://203.0.113.7") })
	requireProblem(t, r.do(t, call{method: "POST", path: "/v1/sessions/passkey/options"}), 409, "not_supported_yet")
}

func TestPasskey_OnThisMachineIsBoundToLocalhost(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ayse, laptop := r.register(t, ayseEmail), newDevice()
	laptop.party.ID, laptop.party.Origin = "localhost", "http://localhost:8080"
	r.pair(t, ayse, laptop)
	require.Equal(t, http.StatusCreated, r.use(t, laptop).StatusCode)
}

func TestPasskeys_SayWhichPagesMayUseThem(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.do(t, call{method: "GET", path: "/.well-known/webauthn"})
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	require.Contains(t, a.Header.Get("Content-Type"), "application/json")
	origins := a.json["origins"].([]any)
	require.NotEmpty(t, origins)
	for _, origin := range origins {
		require.Regexp(t, `^https?://[^/]+$`, origin)
	}
}
