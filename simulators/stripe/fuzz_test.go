package stripe_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bedesten/bedesten/simulators/stripe"
)

// FuzzBody: whatever is sent, the answer is Stripe's JSON and never a server
// error.
func FuzzBody(f *testing.F) {
	f.Add("/v1/payment_intents", "amount=124990&currency=try&metadata[order_id]=ord_01H&expand[]=latest_charge")
	f.Add("/v1/payment_intents", "amount=%zz&[]=1&a[b=2&c]]=3")
	f.Add("/v1/payment_methods", "type=card&card[number]=4242424242424242&card[exp_month]=-1&card[exp_year]=99999999999999999999")
	f.Add("/v1/refunds", "payment_intent=pi_1&amount=9223372036854775807&shipping[a][b][c][d]=e")
	s := stripe.New(stripe.Config{})

	f.Fuzz(func(t *testing.T, path, body string) {
		if !strings.HasPrefix(path, "/v1/") {
			t.Skip()
		}
		req := httptest.NewRequest(http.MethodPost, "/v1/x", strings.NewReader(body))
		req.URL.Path = path
		req.Header.Set("Authorization", "Bearer "+stripe.DefaultSecretKey)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, req)
		if rec.Code >= http.StatusInternalServerError || !json.Valid(rec.Body.Bytes()) {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
	})
}
