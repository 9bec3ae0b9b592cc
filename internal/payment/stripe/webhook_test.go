package stripe_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/payment/stripe"
	simulator "github.com/bedesten/bedesten/simulators/stripe"
)

// vector is a signed event with the receiver's clock, good or bad.
type vector struct {
	Name, Secret, Header, Body, Expect string
	Now                                int64
}

func vectors(t testing.TB) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/webhook-vectors.json")
	require.NoError(t, err)
	var file struct{ Vectors []vector }
	require.NoError(t, json.Unmarshal(raw, &file))
	require.NotEmpty(t, file.Vectors)
	return file.Vectors
}

func (v vector) read() (payment.Event, error) {
	g := stripe.New(stripe.Config{SecretKey: "sk_test_1", WebhookSecrets: []string{v.Secret}, CallTimeout: time.Second})
	return g.ReadWebhook(signed(v.Header), []byte(v.Body), time.Unix(v.Now, 0))
}

func signed(signature string) http.Header {
	return http.Header{"Stripe-Signature": {signature}}
}

func TestReadWebhook_AgreesWithTheSignatureVectors(t *testing.T) {
	t.Parallel()

	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()

			e, err := v.read()
			// Of an event in another version only id and type are read; the
			// payment itself is read again.
			if v.Expect != "ok" && v.Expect != "version mismatch" {
				require.Equal(t, fault.Invalid, fault.CodeOf(err))
				require.Zero(t, e)
				return
			}
			require.NoError(t, err)
			require.Equal(t, payment.Event{
				ID: "evt_1Bedesten", Type: "payment_intent.amount_capturable_updated", Ref: "pi_3Bedesten",
				At: time.Unix(1_795_464_990, 0).UTC(), Claims: payment.StandsHeld,
			}, e)
		})
	}
}

const secret = "whsec_eski"

func receiver() *stripe.Gateway {
	return stripe.New(stripe.Config{SecretKey: "sk_test_1", WebhookSecrets: []string{"whsec_yeni", secret}, CallTimeout: time.Second})
}

func TestReadWebhook_TakesEitherSecretWhileOneIsRolled(t *testing.T) {
	t.Parallel()

	body, now := []byte(`{"id":"evt_1","type":"customer.created","created":1795464990}`), time.Unix(1_795_465_000, 0)
	for _, s := range []string{"whsec_yeni", secret} {
		e, err := receiver().ReadWebhook(signed(simulator.Sign(s, body, now)), body, now)
		require.NoError(t, err)
		require.Equal(t, "evt_1", e.ID)
		require.Empty(t, e.Ref, "it means nothing to an order")
	}
	_, err := receiver().ReadWebhook(signed(simulator.Sign("whsec_baska", body, now)), body, now)
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
}

func TestReadWebhook_NeverVerifiesByAnEmptySecret(t *testing.T) {
	t.Parallel()

	body, now := []byte(`{"id":"evt_1","type":"customer.created"}`), time.Unix(1_795_465_000, 0)
	g := stripe.New(stripe.Config{SecretKey: "sk_test_1", WebhookSecrets: []string{"", secret}, CallTimeout: time.Second})
	_, err := g.ReadWebhook(signed(simulator.Sign("", body, now)), body, now)
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
	_, err = g.ReadWebhook(signed(simulator.Sign(secret, body, now)), body, now)
	require.NoError(t, err)
}

func TestReadWebhook_DoesNotLetAFreshTimeCarryAStaleSignature(t *testing.T) {
	t.Parallel()

	body, now := []byte(`{"id":"evt_1","type":"customer.created"}`), time.Unix(1_795_465_000, 0)
	stale := simulator.Sign(secret, body, now.Add(-time.Hour))
	for _, header := range []string{"t=1795465000," + stale, stale + ",t=1795465000", "t=1795465000,x=1," + stale} {
		_, err := receiver().ReadWebhook(signed(header), body, now)
		require.Equal(t, fault.Invalid, fault.CodeOf(err), header)
	}
}

func TestReadWebhook_ReadsWhoseMoneyAnEventIsAbout(t *testing.T) {
	t.Parallel()

	now := time.Unix(1_795_465_000, 0)
	for _, tt := range []struct {
		name, body string
		want       payment.Event
		refused    bool
	}{
		{name: "an intent names itself and its order",
			body: `{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","metadata":{"order_id":"ord_1"}}}}`,
			want: payment.Event{ID: "evt_1", Type: "payment_intent.succeeded", Ref: "pi_1", OrderID: "ord_1", Claims: payment.StandsCaptured}},
		{name: "a charge names its intent",
			body: `{"id":"evt_2","type":"charge.expired","data":{"object":{"id":"ch_1","object":"charge","payment_intent":"pi_1","metadata":{}}}}`,
			want: payment.Event{ID: "evt_2", Type: "charge.expired", Ref: "pi_1", Claims: payment.StandsVoided}},
		{name: "a charge without an intent means nothing to an order",
			body: `{"id":"evt_3","type":"charge.failed","data":{"object":{"id":"ch_1","object":"charge","payment_intent":null}}}`,
			want: payment.Event{ID: "evt_3", Type: "charge.failed", Claims: payment.StandsDeclined}},
		{name: "an unknown type means nothing to an order",
			body: `{"id":"evt_4","type":"refund.updated","data":{"object":{"id":"re_1","object":"refund"}}}`,
			want: payment.Event{ID: "evt_4", Type: "refund.updated"}},
		{name: "an event without data means nothing to an order",
			body: `{"id":"evt_5","type":"payment_intent.canceled"}`, want: payment.Event{ID: "evt_5", Type: "payment_intent.canceled"}},
		{name: "an event without an id is refused", body: `{"type":"payment_intent.canceled"}`, refused: true},
		{name: "an event with an id beyond every bound is refused", body: `{"id":"evt_` + strings.Repeat("7", 252) + `","type":"payment_intent.canceled"}`, refused: true},
		{name: "an object that is none is refused", body: `{"id":"evt_6","type":"charge.failed","data":{"object":{"payment_intent":{"id":"pi_1"}}}}`, refused: true},
		{name: "a body that is no JSON is refused", body: `ödeme tamam`, refused: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			body := []byte(tt.body)
			e, err := receiver().ReadWebhook(signed(simulator.Sign(secret, body, now)), body, now)
			if tt.refused {
				require.Equal(t, fault.Malformed, fault.CodeOf(err), "it is not forged")
				require.Zero(t, e)
				return
			}
			require.NoError(t, err)
			tt.want.At = time.Unix(0, 0).UTC()
			require.Equal(t, tt.want, e)
		})
	}
}

func FuzzReadWebhook(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Header, []byte(v.Body), v.Now, false)
		f.Add(v.Header, []byte(v.Body), v.Now, true)
	}
	f.Add("t=1,t=2,v1=", []byte(`{"data":{"object":null}}`), int64(1), true)
	f.Fuzz(func(t *testing.T, header string, body []byte, now int64, sign bool) {
		at := time.Unix(now%(1<<40), 0)
		if sign {
			header = simulator.Sign(secret, body, at)
		}
		e, err := receiver().ReadWebhook(signed(header), body, at)
		switch {
		case err != nil && !sign && fault.CodeOf(err) != fault.Invalid && !strings.Contains(header, "v1="):
			t.Fatalf("an unsigned webhook is %s", fault.CodeOf(err))
		case err != nil && fault.CodeOf(err) != fault.Invalid && fault.CodeOf(err) != fault.Malformed:
			t.Fatalf("a bad webhook is %s", fault.CodeOf(err))
		case err == nil && e.ID == "":
			t.Fatal("an event without an id was taken")
		case err == nil && !sign && !strings.Contains(header, "v1="):
			t.Fatal("an unsigned event was taken")
		}
	})
}
