package easypost_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/shipping/easypost"
	simulator "github.com/bedesten/bedesten/simulators/easypost"
)

const letterBody = `{"id":"evt_1","object":"Event","description":"tracker.updated","created_at":"2026-11-25T10:00:00.000Z",` +
	`"result":{"id":"trk_1","object":"Tracker","shipment_id":"shp_1","tracking_code":"1Z1","status":"in_transit"}}`

func signed(secret, body string) http.Header {
	h := http.Header{}
	h.Set("X-Hmac-Signature", simulator.Sign(secret, []byte(body)))
	return h
}

func withSecrets(t *testing.T, secrets ...string) *easypost.Carrier {
	t.Helper()
	c, err := easypost.New(easypost.Config{APIKey: "EZTK1", WebhookSecrets: secrets})
	require.NoError(t, err)
	return c
}

func TestReadWebhook_TakesTheOldAndTheNewSecretWhileOneIsChanged(t *testing.T) {
	t.Parallel()
	c := withSecrets(t, "yeni", "", "eski")

	for _, secret := range []string{"yeni", "eski"} {
		e, err := c.ReadWebhook(signed(secret, letterBody), []byte(letterBody), time.Now())
		require.NoError(t, err)
		require.Equal(t, "shp_1", e.Ref)
		require.Equal(t, "1Z1", e.TrackingCode)
		require.Equal(t, time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC), e.At)
	}
	_, err := c.ReadWebhook(signed("", letterBody), []byte(letterBody), time.Now())
	require.Equal(t, fault.Invalid, fault.CodeOf(err), "an empty secret is no secret")
	_, err = c.ReadWebhook(signed("başka", letterBody), []byte(letterBody), time.Now())
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
}

func TestReadWebhook_ASecretIsTakenInItsNormalForm(t *testing.T) {
	t.Parallel()

	_, err := withSecrets(t, "\u015fifre").ReadWebhook(signed("s\u0327ifre", letterBody), []byte(letterBody), time.Now())
	require.NoError(t, err)
}

func TestReadWebhook_TwoSignaturesAreNone(t *testing.T) {
	t.Parallel()
	h := signed("gizli", letterBody)
	h.Add("X-Hmac-Signature", "hmac-sha256-hex=00")

	_, err := withSecrets(t, "gizli").ReadWebhook(h, []byte(letterBody), time.Now())
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
}

func TestReadWebhook_WhatIsSignedAndCannotBeReadIsMalformed(t *testing.T) {
	t.Parallel()
	c := withSecrets(t, "gizli")

	for _, body := range []string{
		`null`, `[]`, `{}`, `{"id":7}`, `{"id":""}`, `half`, `{"id":"` + strings.Repeat("e", 256) + `"}`, `{"id":"evt_1","result":{"object":"Tracker","weight":"x"}}`,
	} {
		_, err := c.ReadWebhook(signed("gizli", body), []byte(body), time.Now())
		require.Equal(t, fault.Malformed, fault.CodeOf(err), body)
	}
}

func TestReadWebhook_AnEventAboutSomethingElseHasNoRef(t *testing.T) {
	t.Parallel()
	c := withSecrets(t, "gizli")

	for body, ref := range map[string]string{
		`{"id":"evt_1","description":"batch.created","result":{"object":"Batch","id":"batch_1"}}`:             "",
		`{"id":"evt_1","description":"tracker.updated","result":{"object":"Tracker","tracking_code":"1Z1"}}`:  "",
		`{"id":"evt_1","description":"something.new","result":{"object":"Drone"}}`:                            "",
		`{"id":"evt_1","description":"something.empty","result":null}`:                                        "",
		`{"id":"evt_1","description":"refund.successful","result":{"object":"Refund","shipment_id":"shp_9"}}`: "shp_9",
	} {
		e, err := c.ReadWebhook(signed("gizli", body), []byte(body), time.Now())
		require.NoError(t, err, body)
		require.Equal(t, ref, e.Ref, body)
	}
}

// FuzzReadWebhook: a signed body is an event or a Malformed fault, an unsigned one
// Invalid, and nothing panics.
func FuzzReadWebhook(f *testing.F) {
	f.Add(letterBody, "")
	f.Add(`{"id":"evt_1","result":{"object":"Event","result":{"object":"Tracker"}}}`, "hmac-sha256-hex=zz")
	f.Add(`{"id":"evt_1","created_at":"never","result":[1,2]}`, "x")
	c, err := easypost.New(easypost.Config{APIKey: "EZTK1", WebhookSecrets: []string{"gizli"}})
	if err != nil {
		f.Fatal(err)
	}

	f.Fuzz(func(t *testing.T, body, forged string) {
		e, err := c.ReadWebhook(signed("gizli", body), []byte(body), time.Now())
		switch {
		case err != nil && fault.CodeOf(err) != fault.Malformed:
			t.Fatal(err)
		case err == nil && (e.ID == "" || !json.Valid([]byte(body))):
			t.Fatalf("%+v", e)
		}
		h := http.Header{}
		h.Set("X-Hmac-Signature", forged)
		if _, err := c.ReadWebhook(h, []byte(body), time.Now()); fault.CodeOf(err) != fault.Invalid {
			t.Fatal(err)
		}
	})
}
