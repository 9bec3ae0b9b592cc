package stripe_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v76"

	"github.com/bedesten/bedesten/simulators/stripe"
)

// BenchmarkHold is what an order costs the simulator alone: create and confirm,
// with all their events, without a network.
func BenchmarkHold(b *testing.B) {
	s := stripe.New(stripe.Config{})
	post := func(path, body string) string {
		req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+stripe.DefaultSecretKey)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, req)
		out, err := io.ReadAll(rec.Body)
		require.NoError(b, err)
		require.Equal(b, http.StatusOK, rec.Code, string(out))
		return string(out)
	}
	for b.Loop() {
		out := post("/v1/payment_intents", "amount=124990&currency=try&capture_method=manual&confirmation_method=manual&payment_method_types[0]=card&metadata[order_id]=ord_01H")
		_, rest, _ := strings.Cut(out, `"id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		post("/v1/payment_intents/"+id+"/confirm", "payment_method=pm_card_visa&expand[0]=latest_charge")
	}
}

// BenchmarkHoldOverHTTP is the same through Stripe's own client and a socket.
func BenchmarkHoldOverHTTP(b *testing.B) {
	s := stripe.New(stripe.Config{})
	srv := httptest.NewServer(s)
	defer srv.Close()
	api := newClient(srv.URL, stripe.DefaultSecretKey)
	for b.Loop() {
		pi, err := api.PaymentIntents.New(manual(124990))
		require.NoError(b, err)
		_, err = api.PaymentIntents.Confirm(pi.ID, &stripego.PaymentIntentConfirmParams{PaymentMethod: stripego.String("pm_card_visa")})
		require.NoError(b, err)
	}
}
