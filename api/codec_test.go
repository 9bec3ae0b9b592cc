package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/codec"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/seal"
)

// operators is where Temporal's UI is.
const operators = "https://temporal.dukkan.example"

// payloadCodec encrypts what the tests' Temporal would keep.
func payloadCodec(t *testing.T) *codec.Codec {
	t.Helper()
	c, err := codec.New(seal.Key{ID: "p1", Bytes: bytes.Repeat([]byte("p"), seal.KeyBytes)})
	require.NoError(t, err)
	return c
}

func operatorsCodec(t *testing.T) http.Handler {
	t.Helper()
	return payloadCodec(t).Handler(codec.HandlerOptions{Namespace: "bedesten", Origins: []string{operators}})
}

const plainPayload = `{"not":"depodaki Çiğdem’e sorun"}`

// encrypted is a body with payloads as Temporal has them.
func encrypted(t *testing.T, many int) string {
	t.Helper()
	payloads := make([]*commonpb.Payload, many)
	for i := range payloads {
		payloads[i] = &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(plainPayload)}
	}
	sealed, err := payloadCodec(t).Encode(payloads)
	require.NoError(t, err)
	raw, err := protojson.Marshal(&commonpb.Payloads{Payloads: sealed})
	require.NoError(t, err)
	return string(raw)
}

func TestCodec_DecryptsForStaffWhoMayAndWritesDownThatItDid(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	clerk := r.staff(t, identity.Orders, identity.ByPasskey)
	body := encrypted(t, 3)
	require.NotContains(t, body, "depodaki")
	a := r.do(t, clerk.as("POST", "/v1/codec/decode", body).with("X-Namespace", "bedesten"))
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	require.Equal(t, "application/json", a.Header.Get("Content-Type"))
	require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	var decoded struct{ Payloads []struct{ Data []byte } }
	require.NoError(t, json.Unmarshal([]byte(a.raw), &decoded))
	require.Len(t, decoded.Payloads, 3)
	require.JSONEq(t, plainPayload, string(decoded.Payloads[2].Data))

	again := r.do(t, clerk.as("POST", "/v1/codec/encode", a.raw))
	require.Equal(t, http.StatusOK, again.StatusCode, again.raw)
	back := r.do(t, clerk.as("POST", "/v1/codec/decode", again.raw))
	require.JSONEq(t, a.raw, back.raw, "what is sent from the UI is encrypted as everything else")

	found, err := r.deps.AuditLog.Find(t.Context(), auditlog.Search{What: "decode-payloads", Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 4)
	first := found[2]
	require.Equal(t, auditlog.Done, first.Phase)
	require.Equal(t, clerk.id, first.WhoID)
	require.JSONEq(t, `{"payloads":3}`, first.After)
	for _, e := range found {
		require.NotContains(t, e.Before+e.After, "depodaki")
	}
	require.NotContains(t, r.log.String(), "depodaki")
}

func TestCodec_IsNotThereForWhoMayNot(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := encrypted(t, 1)
	decode := call{method: "POST", path: "/v1/codec/decode", body: body}
	require.Equal(t, nothingHere, r.do(t, decode).json["detail"])
	require.Equal(t, nothingHere, r.do(t, r.register(t, ayseEmail).as("POST", decode.path, body)).json["detail"])
	support := r.staff(t, identity.Support, identity.ByPasskey)
	requireProblem(t, r.do(t, support.as("POST", decode.path, body)), 403, "forbidden")
	weak := r.staff(t, identity.Administrator, identity.ByPassword)
	requireProblem(t, r.do(t, weak.as("POST", decode.path, body)), 403, "forbidden")
	found, err := r.deps.AuditLog.Find(t.Context(), auditlog.Search{What: "decode-payloads", Phase: auditlog.Refused, Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, support.id, found[1].WhoID)
}

func TestCodec_IsAskedByPagesOfTemporalsUIWithTheCookie(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	clerk := r.staff(t, identity.Orders, identity.ByPasskey)
	preflight := call{method: "OPTIONS", path: "/v1/codec/decode", headers: map[string]string{
		"Origin": operators, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-namespace",
	}}
	a := r.do(t, preflight)
	require.Equal(t, http.StatusNoContent, a.StatusCode, a.raw)
	require.Equal(t, operators, a.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "true", a.Header.Get("Access-Control-Allow-Credentials"))
	require.Contains(t, a.Header.Get("Access-Control-Allow-Headers"), "X-Namespace")

	asked := call{method: "POST", path: "/v1/codec/decode", body: encrypted(t, 1), headers: map[string]string{
		"Origin": operators, "Sec-Fetch-Site": "same-site", "Cookie": "bedesten_access=" + clerk.access,
	}}
	a = r.do(t, asked)
	require.Equal(t, http.StatusOK, a.StatusCode, a.raw)
	require.Equal(t, operators, a.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "true", a.Header.Get("Access-Control-Allow-Credentials"))
	a = r.do(t, asked.with("Cookie", "bedesten_access=yok"))
	require.Equal(t, nothingHere, a.json["detail"])
	require.Equal(t, operators, a.Header.Get("Access-Control-Allow-Origin"), "so that the page can say what is wrong")

	for _, foreign := range []string{"https://tuzak.example", operators + ".tuzak.example", "http://temporal.dukkan.example", "null"} {
		a = r.do(t, asked.with("Origin", foreign))
		requireProblem(t, a, 403, "cross_site_refused")
		require.Empty(t, a.Header.Get("Access-Control-Allow-Origin"), foreign)
		require.Empty(t, a.Header.Get("Access-Control-Allow-Credentials"), foreign)
		a = r.do(t, preflight.with("Origin", foreign))
		requireProblem(t, a, 405, "method_not_allowed")
		require.Empty(t, a.Header.Get("Access-Control-Allow-Origin"), foreign)
	}
	other := r.do(t, call{method: "DELETE", path: "/v1/staff/keys/aysedepo", headers: asked.headers})
	requireProblem(t, other, 403, "cross_site_refused")
	require.Empty(t, other.Header.Get("Access-Control-Allow-Origin"), "the UI's pages may ask for nothing else")
}

func TestCodec_RefusesWhatItCannotDecrypt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	clerk := r.staff(t, identity.Orders, identity.ByPasskey)
	requireProblem(t, r.do(t, clerk.as("POST", "/v1/codec/decode", encrypted(t, 1)).with("X-Namespace", "baska")), 403, "forbidden")
	requireProblem(t, r.do(t, clerk.as("POST", "/v1/codec/decode", encrypted(t, 1)).with("Origin", "https://tuzak.example")), 403, "forbidden")
	stranger := `{"payloads":[{"metadata":{"encoding":"YmluYXJ5L2VuY3J5cHRlZA==","encryption-key-id":"eW9r"},"data":"AAAA"}]}`
	a := r.do(t, clerk.as("POST", "/v1/codec/decode", stranger))
	requireProblem(t, a, 400, "malformed")
	require.Contains(t, a.json["detail"], "BEDESTEN_PAYLOAD_KEYS")
	requireProblem(t, r.do(t, clerk.as("POST", "/v1/codec/decode", `{"payloads":[7]}`)), 400, "malformed")
	requireProblem(t, r.do(t, clerk.as("POST", "/v1/codec/decode", `{"payloads":7}`)), 422, "invalid")
}
