package stripe_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/stripe"
)

// plain is a call made by hand, for what Stripe's client can't be made to send.
type plain struct {
	method, path, body string
	header             map[string]string
}

// reply is an answer as it stands on the wire.
type reply struct {
	status int
	header http.Header
	body   map[string]any
}

func (r reply) failure() map[string]any {
	e, _ := r.body["error"].(map[string]any)
	return e
}

func (r *rig) send(t *testing.T, p plain) reply {
	t.Helper()

	req, err := http.NewRequestWithContext(t.Context(), p.method, r.url+p.path, strings.NewReader(p.body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+stripe.DefaultSecretKey)
	if p.method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range p.header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	out := reply{status: resp.StatusCode, header: resp.Header}
	require.NoError(t, json.Unmarshal(raw, &out.body), string(raw))
	return out
}

// badParam is a call that is refused with 400 because of one parameter.
type badParam struct {
	name, path, body string // path is that of the creation when empty
	code, param      string
	says             string
}

// badParams is what Stripe refuses, for objects that exist.
func badParams(confirm, capture, cancel, paid string) []badParam {
	const ok = "amount=124990&currency=try&capture_method=manual&confirmation_method=manual&payment_method_types[0]=card"
	return []badParam{
		{"unknown parameter", "", ok + "&taksit=3", "parameter_unknown", "taksit", "Received unknown parameter: taksit"},
		{"several unknown", "", ok + "&taksit=3&puan=1", "parameter_unknown", "taksit", "Received unknown parameters: taksit, puan"},
		{"unknown inside a hash", "", ok + "&shipping[mahalle]=Moda", "parameter_unknown", "shipping[mahalle]", ""},
		{"update by confirm is unknown", confirm, "amount=1", "parameter_unknown", "amount", ""},
		{"metadata is unknown to confirm", confirm, "metadata[order_id]=ord_1", "parameter_unknown", "metadata[order_id]", ""},
		{"amount missing", "", "currency=try", "parameter_missing", "amount", "Missing required param: amount."},
		{"currency missing", "", "amount=124990", "parameter_missing", "currency", ""},
		{"amount no integer", "", "amount=1249.90&currency=try", "parameter_invalid_integer", "amount", "Invalid integer: 1249.90"},
		{"amount empty", "", "amount=&currency=try", "parameter_invalid_empty", "amount", ""},
		{"amount zero", "", "amount=0&currency=try", "parameter_invalid_integer", "amount", "greater than or equal to 1"},
		{"amount negative", "", "amount=-5&currency=try", "parameter_invalid_integer", "amount", ""},
		{"amount below the minimum", "", "amount=999&currency=try", "amount_too_small", "amount", "at least 10.00 try"},
		{"amount below the minimum of the euro", "", "amount=49&currency=eur", "amount_too_small", "amount", ""},
		{"amount of nine digits", "", "amount=100000000&currency=try", "amount_too_large", "amount", "999999.99 try"},
		{"unknown currency", "", "amount=124990&currency=trl", "", "currency", "Invalid currency: trl"},
		{"bad enum", "", "amount=124990&currency=try&capture_method=later", "", "capture_method", "must be one of"},
		{"bad boolean", "", ok + "&confirm=evet", "", "confirm", "Invalid boolean: evet"},
		{"payment method type not enabled", "", "amount=124990&currency=try&payment_method_types[0]=klarna", "payment_intent_invalid_parameter", "payment_method_types", ""},
		{"two ways to choose methods", "", ok + "&automatic_payment_methods[enabled]=true", "parameters_exclusive", "automatic_payment_methods", ""},
		{"automatic methods with manual confirmation", "", "amount=124990&currency=try&confirmation_method=manual&automatic_payment_methods[enabled]=true", "payment_intent_invalid_parameter", "confirmation_method", ""},
		{"return_url without confirm", "", ok + "&return_url=https%3A%2F%2Fdukkan.example", "", "return_url", "unless `confirm` is set to true"},
		{"confirm without a method", "", ok + "&confirm=true", "payment_intent_unexpected_state", "", "missing a payment method"},
		{"unknown payment method", "", ok + "&payment_method=pm_yok", "resource_missing", "payment_method", "No such PaymentMethod: 'pm_yok'"},
		{"unknown customer", "", ok + "&customer=cus_yok", "resource_missing", "customer", ""},
		{"metadata value too long", "", ok + "&metadata[not]=" + strings.Repeat("a", 501), "", "metadata", "up to 500 characters"},
		{"metadata key too long", "", ok + "&metadata[" + strings.Repeat("k", 41) + "]=a", "", "metadata", "up to 40 characters"},
		{"expansion of what is no object", "", ok + "&expand[0]=amount", "", "expand", "cannot be expanded (amount)"},
		{"expansion five levels deep", "", ok + "&expand[0]=a.b.c.d.e", "", "expand[0]", ""},
		{"malformed name", "", "amount[=1", "", "", "could not parse"},
		{"cancellation reason", cancel, "cancellation_reason=vazgectim", "", "cancellation_reason", "duplicate, fraudulent, requested_by_customer, or abandoned"},
		{"capture of nothing", capture, "amount_to_capture=0", "parameter_invalid_integer", "amount_to_capture", ""},
		{"several captures not granted", capture, "amount_to_capture=100&final_capture=false", "payment_intent_invalid_parameter", "final_capture", "multicapture"},
		{"refund of nothing named", "/v1/refunds", "amount=100", "parameter_missing", "payment_intent", ""},
		{"refund of zero", "/v1/refunds", paid + "&amount=0", "parameter_invalid_integer", "amount", ""},
		{"refund reason", "/v1/refunds", paid + "&reason=iade", "", "reason", ""},
		{"method without a card", "/v1/payment_methods", "type=card", "parameter_missing", "card", ""},
		{"method of another type", "/v1/payment_methods", "type=klarna", "", "type", ""},
		{"unknown token", "/v1/payment_methods", "type=card&card[token]=tok_yok", "resource_missing", "card[token]", ""},
		{"token and number", "/v1/payment_methods", "type=card&card[token]=tok_visa&card[number]=4242424242424242", "parameters_exclusive", "card", ""},
	}
}

func TestParametersAreCheckedAsStripeDoes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	confirm := "/v1/payment_intents/" + r.newIntent(t, 124990).ID + "/confirm"
	capture := "/v1/payment_intents/" + r.held(t, 124990, "pm_card_visa").ID + "/capture"
	cancel := "/v1/payment_intents/" + r.newIntent(t, 124990).ID + "/cancel"
	paid := "payment_intent=" + r.paid(t, 124990, "pm_card_visa").ID

	for _, tt := range badParams(confirm, capture, cancel, paid) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := tt.path
			if path == "" {
				path = "/v1/payment_intents"
			}

			got := r.send(t, plain{method: "POST", path: path, body: tt.body})
			require.Equal(t, http.StatusBadRequest, got.status, got.body)
			require.Equal(t, "invalid_request_error", got.failure()["type"])
			require.Equal(t, orNil(tt.code), got.failure()["code"], got.body)
			require.Equal(t, orNil(tt.param), got.failure()["param"], got.body)
			require.Contains(t, got.failure()["message"], tt.says)
			require.Regexp(t, `^req_`, got.header.Get("Request-Id"))
			if tt.code != "" {
				require.Contains(t, got.failure()["doc_url"], strings.ReplaceAll(tt.code, "_", "-"))
			}
		})
	}
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func TestUnknownObjectsAreNotFound(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	for path, param := range map[string]string{
		"/v1/payment_intents/pi_yok":       "intent",
		"/v1/payment_methods/pm_yok":       "payment_method",
		"/v1/charges/ch_yok":               "id",
		"/v1/refunds/re_yok":               "id",
		"/v1/disputes/dp_yok":              "dispute",
		"/v1/balance_transactions/txn_yok": "id",
		"/v1/events/evt_yok":               "id",
	} {
		got := r.send(t, plain{method: "GET", path: path})
		require.Equal(t, http.StatusNotFound, got.status, path)
		require.Equal(t, "resource_missing", got.failure()["code"])
		require.Equal(t, param, got.failure()["param"])
		require.Contains(t, got.failure()["message"], "No such ")
	}
	for _, action := range []string{"confirm", "capture", "cancel"} {
		got := r.send(t, plain{method: "POST", path: "/v1/payment_intents/pi_yok/" + action})
		require.Equal(t, http.StatusNotFound, got.status, action)
		require.Equal(t, "No such payment_intent: 'pi_yok'", got.failure()["message"])
	}
}

func TestUnknownPathsAndMethodsAreUnrecognized(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	for _, p := range []plain{
		{method: "GET", path: "/v1/payment_intents/"},
		{method: "GET", path: "/v1/customers"},
		{method: "GET", path: "/v2/payment_intents"},
		{method: "GET", path: "/"},
		{method: "DELETE", path: "/v1/payment_intents/pi_1"},
		{method: "PUT", path: "/v1/payment_intents"},
		{method: "POST", path: "/v1/payment_intents/pi_1/void"},
	} {
		got := r.send(t, p)
		require.Equal(t, http.StatusNotFound, got.status, p)
		require.Nil(t, got.failure()["code"])
		require.Contains(t, got.failure()["message"], "Unrecognized request URL ("+p.method+": "+p.path+")")
		require.NotEmpty(t, got.header.Get("Request-Id"))
	}
}

func TestAnotherContentTypeIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	got := r.send(t, plain{method: "POST", path: "/v1/payment_intents", body: `{"amount":124990}`, header: map[string]string{"Content-Type": "application/json"}})
	require.Equal(t, http.StatusBadRequest, got.status)
	require.Contains(t, got.failure()["message"], "application/x-www-form-urlencoded")
}

func TestAMalformedVersionIsRefusedAndAnotherOneIsServedInOurs(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	got := r.send(t, plain{method: "GET", path: "/v1/payment_intents", header: map[string]string{"Stripe-Version": "yeni"}})
	require.Equal(t, http.StatusBadRequest, got.status)
	got = r.send(t, plain{method: "GET", path: "/v1/payment_intents", header: map[string]string{"Stripe-Version": "2020-08-27"}})
	require.Equal(t, http.StatusOK, got.status)
	require.Equal(t, stripe.APIVersion, got.header.Get("Stripe-Version"))
}

func TestAKeyMayHave255Characters(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := plain{method: "POST", path: "/v1/payment_intents", body: "amount=124990&currency=try"}

	p.header = map[string]string{"Idempotency-Key": strings.Repeat("k", 255)}
	require.Equal(t, http.StatusOK, r.send(t, p).status)
	p.header = map[string]string{"Idempotency-Key": strings.Repeat("k", 256)}
	require.Equal(t, http.StatusBadRequest, r.send(t, p).status)
}

func TestAKeyOfAGetIsIgnored(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	for range 2 {
		got := r.send(t, plain{method: "GET", path: "/v1/payment_intents", header: map[string]string{"Idempotency-Key": "ord_1"}})
		require.Equal(t, http.StatusOK, got.status)
		require.Empty(t, got.header.Get("Idempotent-Replayed"))
	}
}

func TestWithoutTheRightKeyNothingIsServed(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	tests := []struct {
		name, authorization string
		status              int
		code                any
		says                string
	}{
		{"no key", "", 401, nil, "You did not provide an API key"},
		{"another key", "Bearer sk_test_baskasi_1234", 401, nil, "Invalid API Key provided: sk_test_********1234"},
		{"a live key", "Bearer sk_live_bedesten", 401, nil, "Invalid API Key provided"},
		{"the publishable key", "Bearer " + stripe.DefaultPublishableKey, 401, "secret_key_required", "cannot be made with a publishable API key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			got := r.send(t, plain{method: "GET", path: "/v1/payment_intents", header: map[string]string{"Authorization": tt.authorization}})
			require.Equal(t, tt.status, got.status)
			require.Equal(t, tt.code, got.failure()["code"])
			require.Contains(t, got.failure()["message"], tt.says)
		})
	}
}

func TestTheKeyMayComeByBasicAuthentication(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/v1/payment_intents", nil)
	require.NoError(t, err)
	req.SetBasicAuth(stripe.DefaultSecretKey, "")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

func TestTheShopperSeesAnIntentWithItsClientSecretOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pi := r.newIntent(t, 124990)
	shopper := map[string]string{"Authorization": "Bearer " + stripe.DefaultPublishableKey}

	got := r.send(t, plain{method: "GET", path: "/v1/payment_intents/" + pi.ID + "?client_secret=" + pi.ClientSecret, header: shopper})
	require.Equal(t, http.StatusOK, got.status)
	got = r.send(t, plain{method: "GET", path: "/v1/payment_intents/" + pi.ID, header: shopper})
	require.Equal(t, http.StatusBadRequest, got.status)
	got = r.send(t, plain{method: "GET", path: "/v1/payment_intents/" + pi.ID + "?client_secret=baskasi", header: shopper})
	require.Equal(t, http.StatusBadRequest, got.status)
}

func TestABrowserMayPostACardFromAnotherOrigin(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, r.url+"/v1/payment_methods", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "*", resp.Header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, resp.Header.Get("Access-Control-Allow-Headers"), "Authorization")
}
