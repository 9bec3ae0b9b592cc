package easypost_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/shipping/easypost"
	"github.com/bedesten/bedesten/internal/shipping/shippingtest"
	simulator "github.com/bedesten/bedesten/simulators/easypost"
)

// answering is an EasyPost that says the same to everything.
func answering(t *testing.T, status int, body string) *easypost.Carrier {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Ep-Request-Uuid", "4d57346d66ad6890")
		if status >= 300 && status < 400 {
			w.Header().Set("Location", "/v2/shipments/shp_2")
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(srv.Close)
	return carrierAt(t, srv.URL, "EZTK1")
}

func TestCarrier_EveryAnswerHasOneOutcome(t *testing.T) {
	t.Parallel()

	failure := func(code string) string {
		return `{"error":{"code":"` + code + `","message":"Ayşe Çağlayan, Atatürk Bulvarı","errors":[]}}`
	}
	tests := []struct {
		name   string
		status int
		body   string
		want   outcome.Outcome
		code   string
	}{
		{"a carrier's no", 422, failure("SHIPMENT.POSTAGE.FAILURE"), outcome.No, "SHIPMENT.POSTAGE.FAILURE"},
		{"a bad address", 422, failure("ADDRESS.COUNTRY.INVALID"), outcome.No, "ADDRESS.COUNTRY.INVALID"},
		{"a rate that is gone", 422, failure("SHIPMENT.RATES.UNAVAILABLE"), outcome.No, "SHIPMENT.RATES.UNAVAILABLE"},
		{"a parameter of ours", 422, failure("PARAMETER.REQUIRED"), outcome.RefusedByProvider, "PARAMETER.REQUIRED"},
		{"a purchase that runs", 422, failure("SHIPMENT.PURCHASE.IN_PROGRESS"), outcome.Unsure, "SHIPMENT.PURCHASE.IN_PROGRESS"},
		{"a carrier that did not answer", 422, failure("SHIPMENT.POSTAGE.NO_RESPONSE"), outcome.Unsure, "SHIPMENT.POSTAGE.NO_RESPONSE"},
		{"an unknown word about a shipment", 422, failure("SHIPMENT.SOMETHING.NEW"), outcome.Unsure, "SHIPMENT.SOMETHING.NEW"},
		{"bad syntax", 400, failure("BAD_REQUEST"), outcome.RefusedByProvider, "BAD_REQUEST"},
		{"a wrong key", 401, failure("UNAUTHORIZED"), outcome.RefusedByProvider, "UNAUTHORIZED"},
		{"no money in the account", 402, failure("PAYMENT_REQUIRED"), outcome.RefusedByProvider, "PAYMENT_REQUIRED"},
		{"an inactive key", 403, failure("APIKEY.INACTIVE"), outcome.RefusedByProvider, "APIKEY.INACTIVE"},
		{"no such shipment", 404, failure("NOT_FOUND"), outcome.Missing, "NOT_FOUND"},
		{"a conflict", 409, failure("CONFLICT"), outcome.Unsure, "CONFLICT"},
		{"a rate limit", 429, failure("RATE_LIMITED"), outcome.NotSent, "RATE_LIMITED"},
		{"a proxy's rate limit", 429, "<html>slow down</html>", outcome.NotSent, "rate_limited"},
		{"a proxy's 404", 404, "<html>nothing here</html>", outcome.Unsure, "not_an_answer"},
		{"a proxy's 401", 401, "", outcome.Unsure, "not_an_answer"},
		{"an error without a code", 422, `{"error":{"message":"?"}}`, outcome.Unsure, "not_an_answer"},
		{"a redirect", 307, "", outcome.Unsure, "not_an_answer"},
		{"a server error", 500, failure("INTERNAL_SERVER_ERROR"), outcome.Unsure, "INTERNAL_SERVER_ERROR"},
		{"a bad gateway", 502, "<html></html>", outcome.Unsure, "not_an_answer"},
		{"a carrier that is away", 503, failure("SERVICE_UNAVAILABLE"), outcome.Unsure, "SERVICE_UNAVAILABLE"},
		{"a server error's rate limit", 500, failure("RATE_LIMITED"), outcome.Unsure, "RATE_LIMITED"},
		{"success with an error in it", 200, failure("SHIPMENT.POSTAGE.FAILURE"), outcome.Unsure, "SHIPMENT.POSTAGE.FAILURE"},
		{"success with an error of no code", 201, `{"error":{}}`, outcome.Unsure, "error_without_code"},
		{"an empty success", 200, ``, outcome.Unsure, "no_answer"},
		{"null", 200, `null`, outcome.Unsure, "no_shipment"},
		{"an empty object", 200, `{}`, outcome.Unsure, "no_shipment"},
		{"a list", 200, `[]`, outcome.Unsure, "no_answer"},
		{"another shipment", 200, `{"id":"shp_2","object":"Shipment","postage_label":{"id":"pl_1"}}`, outcome.Unsure, "no_shipment"},
		{"the shipment without a label", 200, `{"id":"shp_1","object":"Shipment","messages":[{"type":"purchase_error"}]}`, outcome.Unsure, "no_label"},
		{"the shipment with its label", 200, `{"id":"shp_1","object":"Shipment","postage_label":{"id":"pl_1"}}`, outcome.Yes, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := answering(t, tt.status, tt.body).Buy(t.Context(), shipping.BuyRequest{Ref: "shp_1", RateRef: "rate_1"})
			require.Equal(t, tt.want, a.Outcome)
			require.Equal(t, tt.code, a.Code)
			require.Equal(t, "4d57346d66ad6890", a.RequestID)
		})
	}
}

func TestCarrier_AnOutcomeOfARefundIsReadOffTheShipment(t *testing.T) {
	t.Parallel()

	for body, want := range map[string]outcome.Outcome{
		`{"id":"shp_1","postage_label":{"id":"pl_1"},"refund_status":"submitted"}`:      outcome.Yes,
		`{"id":"shp_1","postage_label":{"id":"pl_1"},"refund_status":"refunded"}`:       outcome.Yes,
		`{"id":"shp_1","postage_label":{"id":"pl_1"},"refund_status":"not_applicable"}`: outcome.Yes,
		`{"id":"shp_1","postage_label":{"id":"pl_1"},"refund_status":"rejected"}`:       outcome.No,
		`{"id":"shp_1","postage_label":{"id":"pl_1"}}`:                                  outcome.Unsure,
	} {
		a := answering(t, 200, body).Void(t.Context(), shipping.VoidRequest{Ref: "shp_1"})
		require.Equal(t, want, a.Outcome, body)
	}
}

func TestCarrier_ARedirectIsNotFollowedWithTheKey(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	calls := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		calls++
		http.Redirect(w, r, "/v2/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer srv.Close()
	c := carrierAt(t, srv.URL, "EZTK1")

	require.Equal(t, outcome.Unsure, c.Buy(t.Context(), shipping.BuyRequest{Ref: "shp_1", RateRef: "rate_1"}).Outcome)
	_, err := c.List(t.Context(), time.Now())
	require.Error(t, err)
	require.Equal(t, 2, calls)
}

func TestCarrier_CallsSideBySideShareNothing(t *testing.T) {
	t.Parallel()
	server, url := simulate(t)
	c := carrierAt(t, url, simulator.DefaultAPIKey)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			a := c.Open(t.Context(), shipping.OpenRequest{Reference: fmt.Sprintf("ord_%d-parcel-1-open", i), From: shippingtest.Shop, To: shippingtest.Home, WeightGrams: 500})
			if a.Outcome == outcome.Yes {
				c.Buy(t.Context(), shipping.BuyRequest{Ref: a.Picture.Ref, RateRef: a.Picture.Rates[0].Ref})
			}
		})
	}
	wg.Wait()
	require.Equal(t, 16, simulator.Total(server.Books()).Labels)
}

func TestCarrier_WalksAllPagesAndThoseThatAMovedClockHasMade(t *testing.T) {
	t.Parallel()
	server, url := simulate(t)
	c := carrierAt(t, url, simulator.DefaultAPIKey)
	since := time.Now().Add(-time.Minute)
	open := func(reference string) shipping.Answer {
		return c.Open(t.Context(), shipping.OpenRequest{Reference: reference, From: shippingtest.Shop, To: shippingtest.Home, WeightGrams: 500})
	}
	first := open("ord_ilk-parcel-1-open")
	for i := range 103 {
		require.Equal(t, outcome.Yes, open(fmt.Sprintf("ord_%d-parcel-1-open", i)).Outcome)
	}
	require.NoError(t, server.Clock().Advance(20*24*time.Hour))
	require.Equal(t, outcome.Yes, open("ord_son-parcel-1-open").Outcome)

	pictures, err := c.List(t.Context(), since)
	require.NoError(t, err)
	require.Len(t, pictures, 105)
	found := c.Search(t.Context(), "ord_ilk-parcel-1-open", since)
	require.Equal(t, outcome.Yes, found.Outcome)
	require.Equal(t, first.Picture.Ref, found.Picture.Ref)
}

// EasyPost's pages can be read in two ways: the list of what was not purchased
// comes alone, or beside what was.
func TestCarrier_AShipmentThatIsInBothListsIsOne(t *testing.T) {
	t.Parallel()
	c := answering(t, 200, `{"shipments":[{"id":"shp_1","reference":"ord_1-parcel-1-open","postage_label":{"id":"pl_1"}},`+
		`{"id":"shp_2","reference":"ord_2-parcel-1-open"}],"has_more":false}`)

	pictures, err := c.List(t.Context(), time.Now())
	require.NoError(t, err)
	require.Len(t, pictures, 2)
	found := c.Search(t.Context(), "ord_1-parcel-1-open", time.Now())
	require.Equal(t, outcome.Yes, found.Outcome)
	require.Equal(t, shipping.StandsBought, found.Picture.Standing)
}

func TestCarrier_APageWithoutAnIDIsNoList(t *testing.T) {
	t.Parallel()

	for _, body := range []string{`{"shipments":[null]}`, `{"shipments":[{}]}`, `{"has_more":false}`, `{"shipments":null}`, `null`} {
		_, err := answering(t, 200, body).List(t.Context(), time.Now())
		require.Error(t, err, body)
	}
}

func TestNew_RefusesAnAddressThatIsNone(t *testing.T) {
	t.Parallel()

	_, err := easypost.New(easypost.Config{URL: "http://127.0.0.1:port"})
	require.Error(t, err)
	c, err := easypost.New(easypost.Config{})
	require.NoError(t, err)
	require.Equal(t, "easypost", c.Name())
}
