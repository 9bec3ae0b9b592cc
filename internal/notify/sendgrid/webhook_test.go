package sendgrid_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/sendgrid"
	simulator "github.com/bedesten/bedesten/simulators/sendgrid"
)

// vector is the one of sendgrid-go's own tests
// (helpers/eventwebhook/eventwebhook_test.go).
const (
	vectorKey       = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
	vectorSignature = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
	vectorStamp     = "1600112502"
	vectorBody      = `[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]` + "\r\n"
)

func signed(signature, stamp string) http.Header {
	h := http.Header{}
	h.Set("X-Twilio-Email-Event-Webhook-Signature", signature)
	h.Set("X-Twilio-Email-Event-Webhook-Timestamp", stamp)
	return h
}

// signer is a private key with its public form.
type signer struct {
	key    *ecdsa.PrivateKey
	public string
}

func newSigner(t testing.TB) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return signer{key, public(t, &key.PublicKey)}
}

func public(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(der)
}

func (s signer) sign(body string, at time.Time) http.Header {
	return signed(simulator.Sign(s.key, []byte(body), at))
}

func receiver(t testing.TB, keys ...string) *sendgrid.Mailer {
	t.Helper()
	m, err := sendgrid.New(sendgrid.Config{Key: "SG.1.2", PublicKeys: keys, CallTimeout: time.Second})
	require.NoError(t, err)
	return m
}

func TestReadWebhook_AgreesWithSendGridsOwnVector(t *testing.T) {
	t.Parallel()
	m, at := receiver(t, vectorKey), time.Unix(1600112502, 0)

	events, err := m.ReadWebhook(signed(vectorSignature, vectorStamp), []byte(vectorBody), at)
	require.NoError(t, err)
	require.Empty(t, events, "a mail that is not ours")
	for name, tt := range map[string]struct {
		header http.Header
		body   string
		at     time.Time
	}{
		"without the line break": {signed(vectorSignature, vectorStamp), strings.TrimSpace(vectorBody), at},
		"another time":           {signed(vectorSignature, "1600112503"), vectorBody, at},
		"another signature":      {signed("MEUC"+vectorSignature[4:20]+"A"+vectorSignature[21:], vectorStamp), vectorBody, at},
		"no base64":              {signed("%%%", vectorStamp), vectorBody, at},
		"no ASN.1":               {signed("AAAA", vectorStamp), vectorBody, at},
		"no signature":           {signed("", vectorStamp), vectorBody, at},
		"no time":                {signed(vectorSignature, ""), vectorBody, at},
		"a time that is none":    {signed(vectorSignature, "now"), vectorBody, at},
		"a day and two hours old": {
			signed(vectorSignature, vectorStamp), vectorBody, at.Add(26 * time.Hour),
		},
		"from the future": {signed(vectorSignature, vectorStamp), vectorBody, at.Add(-6 * time.Minute)},
	} {
		_, err := m.ReadWebhook(tt.header, []byte(tt.body), tt.at)
		require.Equal(t, fault.Invalid, fault.CodeOf(err), name)
	}
}

func TestReadWebhook_TakesAPostThatWasTriedAgainForADay(t *testing.T) {
	t.Parallel()
	m := receiver(t, vectorKey)

	_, err := m.ReadWebhook(signed(vectorSignature, vectorStamp), []byte(vectorBody), time.Unix(1600112502, 0).Add(24*time.Hour))
	require.NoError(t, err)
}

func TestReadWebhook_TakesEitherKeyWhileOneIsChanged(t *testing.T) {
	t.Parallel()
	old, fresh, other := newSigner(t), newSigner(t), newSigner(t)
	m, now := receiver(t, old.public, " "+fresh.public+"\n"), time.Now()

	for _, s := range []signer{old, fresh} {
		_, err := m.ReadWebhook(s.sign("[]", now), []byte("[]"), now)
		require.NoError(t, err)
	}
	_, err := m.ReadWebhook(other.sign("[]", now), []byte("[]"), now)
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
	_, err = receiver(t).ReadWebhook(old.sign("[]", now), []byte("[]"), now)
	require.Equal(t, fault.Invalid, fault.CodeOf(err), "without a key nothing is believed")
}

func TestNew_RefusesAPublicKeyThatItCanNotUse(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)

	for name, key := range map[string]string{
		"empty": "", "no base64": "-----BEGIN PUBLIC KEY-----", "no key": "AAAA", "RSA": public(t, &rsaKey.PublicKey), "another curve": public(t, &p384.PublicKey),
	} {
		_, err := sendgrid.New(sendgrid.Config{Key: "SG.1.2", PublicKeys: []string{vectorKey, key}, CallTimeout: time.Second})
		require.Equal(t, fault.Invalid, fault.CodeOf(err), name)
	}
}

func TestReadWebhook_ReadsWhatAMailNeedsToKnow(t *testing.T) {
	t.Parallel()
	s, now := newSigner(t), time.Now()
	m := receiver(t, s.public)
	const key = `"send_key":"ord_01HZX-mail-shipped-1","email":"ayse@posta.example"`
	at := time.Unix(1_795_464_990, 0).UTC()

	tests := []struct {
		name, body string
		want       []notify.Event
	}{
		{"processed", `[{` + key + `,"event":"processed","timestamp":1795464990,"sg_event_id":"cHJv-1","send_at":0}]`,
			[]notify.Event{{ID: "cHJv-1", Kind: notify.EventProcessed, Key: "ord_01HZX-mail-shipped-1", At: at}}},
		{"a time as text", `[{` + key + `,"event":"delivered","timestamp":"1795464990","sg_event_id":"a","response":"250 2.0.0 OK 1751711791 ayse@posta.example"}]`,
			[]notify.Event{{ID: "a", Kind: notify.EventDelivered, Key: "ord_01HZX-mail-shipped-1", At: at, Code: "250 2.0.0"}}},
		{"deferred", `[{` + key + `,"event":"deferred","timestamp":1795464990,"sg_event_id":"a","response":"400 try again later","attempt":"5"}]`,
			[]notify.Event{{ID: "a", Kind: notify.EventDeferred, Key: "ord_01HZX-mail-shipped-1", At: at, Code: "400"}}},
		{"bounced", `[{` + key + `,"event":"bounce","timestamp":1795464990,"sg_event_id":"a","type":"bounce","status":"5.1.1","reason":"550-5.1.1 ayse@posta.example does not exist"}]`,
			[]notify.Event{{ID: "a", Kind: notify.EventBounced, Key: "ord_01HZX-mail-shipped-1", At: at, Code: "550 5.1.1"}}},
		{"blocked, without a reply", `[{` + key + `,"event":"bounce","timestamp":1795464990,"sg_event_id":"a","type":"blocked","status":"5.7.1","reason":"ayse@posta.example?"}]`,
			[]notify.Event{{ID: "a", Kind: notify.EventBounced, Key: "ord_01HZX-mail-shipped-1", At: at, Code: "5.7.1"}}},
		{"blocked, without anything", `[{` + key + `,"event":"bounce","timestamp":1795464990,"sg_event_id":"a","type":"blocked","reason":"unable to get mx info"}]`,
			[]notify.Event{{ID: "a", Kind: notify.EventBounced, Key: "ord_01HZX-mail-shipped-1", At: at}}},
		{"dropped", `[{` + key + `,"event":"dropped","timestamp":1795464990,"sg_event_id":"a","reason":"Spam Reporting Address","status":"5.0.0"}]`,
			[]notify.Event{{ID: "a", Kind: notify.EventDropped, Key: "ord_01HZX-mail-shipped-1", At: at, Code: "spam_reporting_address"}}},
		{"what says nothing of the mail itself", `[{` + key + `,"event":"open","timestamp":1795464990,"sg_event_id":"a"},{` + key + `,"event":"yeni"}]`, []notify.Event{}},
		{"of another sender of the account", `[{"event":"processed","send_key":48213},{"event":"delivered"},{"event":"bounce","send_key":"a b"},{"event":"bounce","send_key":""}]`, []notify.Event{}},
		{"nothing", `[]`, []notify.Event{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			events, err := m.ReadWebhook(s.sign(tt.body, now), []byte(tt.body), now)
			require.NoError(t, err)
			require.Equal(t, tt.want, events)
		})
	}
}

func TestReadWebhook_AnEventWithoutAnIDHasTheSameOneEachTime(t *testing.T) {
	t.Parallel()
	s, now := newSigner(t), time.Now()
	m := receiver(t, s.public)

	ids := []string{}
	for _, body := range []string{
		`[{"event":"delivered","send_key":"m-1","timestamp":1795464990}]`,
		"[\r\n{\"event\":\"delivered\", \"send_key\":\"m-1\", \"timestamp\":1795464990}]\r\n",
		`[{"event":"delivered","send_key":"m-1","timestamp":1795464990,"sg_event_id":"not.a key$"}]`,
	} {
		events, err := m.ReadWebhook(s.sign(body, now), []byte(body), now)
		require.NoError(t, err)
		require.Regexp(t, `^sha256-[0-9a-f]{64}$`, events[0].ID)
		ids = append(ids, events[0].ID)
	}
	require.Equal(t, ids[0], ids[1])
	require.NotEqual(t, ids[0], ids[2])
}

func TestReadWebhook_WhatIsSignedAndCanNotBeReadIsMalformed(t *testing.T) {
	t.Parallel()
	s, now := newSigner(t), time.Now()
	m := receiver(t, s.public)

	for _, body := range []string{
		"", "{}", "null x", `[1]`, `["x"]`, `[{"event":"processed","send_key":"m-1","timestamp":"soon","sg_event_id":"a"}]`,
		`[{"event":"processed","send_key":"m-1","sg_event_id":"a"}]`, `[{"event":7,"send_key":"m-1"}]`,
	} {
		_, err := m.ReadWebhook(s.sign(body, now), []byte(body), now)
		require.Equal(t, fault.Malformed, fault.CodeOf(err), body)
	}
}

var plainShape = regexp.MustCompile(`^[A-Za-z0-9_=-]{1,200}$`)

// FuzzReadWebhook: whatever SendGrid signs, an event that is read has a key and
// an id of a known form and says nothing personal; and nothing is read that is
// not signed.
func FuzzReadWebhook(f *testing.F) {
	f.Add(vectorBody, vectorSignature, vectorStamp)
	f.Add(`[{"event":"bounce","send_key":"m-1","timestamp":1,"reason":"550 5.1.1 <ayse@posta.example>","status":"x@y"}]`, "MAYCAQECAQE=", "1600112502")
	f.Add(`[{"send_key":{"a":[]}},null,{"send_key":"m-1","event":"dropped","timestamp":1e9}]`, "MAA=", "-1")
	s := newSigner(f)
	m := receiver(f, s.public)

	f.Fuzz(func(t *testing.T, body, signature, stamp string) {
		now := time.Unix(1600112502, 0)
		if _, err := m.ReadWebhook(signed(signature, stamp), []byte(body), now); !fault.Is(err, fault.Invalid) {
			t.Fatalf("read without a true signature: %v", err)
		}
		events, err := m.ReadWebhook(s.sign(body, now), []byte(body), now)
		if err != nil && !fault.Is(err, fault.Malformed) {
			t.Fatal(err)
		}
		for _, e := range events {
			if !plainShape.MatchString(e.Key) || !plainShape.MatchString(e.ID) || strings.ContainsAny(e.Code, "@\r\n") {
				t.Fatalf("%+v", e)
			}
		}
	})
}
