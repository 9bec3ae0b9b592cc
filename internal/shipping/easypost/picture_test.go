package easypost

import (
	"testing"
	"time"

	"github.com/EasyPost/easypost-go/v5"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/shipping"
)

func TestOunces_AreRoundedUpToOneDecimal(t *testing.T) {
	t.Parallel()

	for grams, want := range map[int64]float64{0: 0, 1: 0.1, 28: 1, 29: 1.1, 454: 16.1, 1200: 42.4, 30_000: 1058.3} {
		require.InDelta(t, want, ounces(grams), 1e-9, grams)
		require.GreaterOrEqual(t, ounces(grams)*gramsPerOunce, float64(grams))
	}
}

func TestAmount_ReadsAPriceToTheLastUnit(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		price, currency string
		want            int64
		ok              bool
	}{
		{"6.39", "USD", 639, true},
		{"6.4", "USD", 640, true},
		{"6", "USD", 600, true},
		{"5.93000", "USD", 593, true},
		{"5.93001", "USD", 594, true},
		{"0.00", "USD", 0, true},
		{"120.5", "JPY", 121, true},
		{"1.2345", "KWD", 1235, true},
		{"6.39", "XXX", 0, false},
		{"-6.39", "USD", 0, false},
		{"6,39", "USD", 0, false},
		{"", "USD", 0, false},
		{"1e3", "USD", 0, false},
		{"99999999999999999999", "USD", 0, false},
	} {
		got, ok := amount(tt.price, tt.currency)
		require.Equal(t, tt.ok, ok, tt.price)
		if ok {
			require.Equal(t, money.Of(tt.want, tt.currency), got, tt.price)
		}
	}
}

func TestState_OfEveryStatus(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		status, detail string
		want           shipping.State
	}{
		{"unknown", "unknown", ""},
		{"pre_transit", "label_created", ""},
		{"cancelled", "cancelled", ""},
		{"error", "", ""},
		{"", "", ""},
		{"teleported", "", ""},
		{"in_transit", "arrived_at_facility", shipping.InTransit},
		{"in_transit", "delayed", shipping.InTransit},
		{"in_transit", "held", shipping.Exception},
		{"in_transit", "delivery_exception", shipping.DeliveryFailed},
		{"in_transit", "return", shipping.ReturningToSender},
		{"out_for_delivery", "out_for_delivery", shipping.OutForDelivery},
		{"available_for_pickup", "arrived_at_pickup_location", shipping.OutForDelivery},
		{"delivered", "arrived_at_destination", shipping.Delivered},
		{"return_to_sender", "return", shipping.ReturningToSender},
		{"failure", "failure", shipping.Exception},
		{"failure", "lost", shipping.Lost},
		{"failure", "damaged", shipping.Damaged},
		{"failure", "refused", shipping.DeliveryFailed},
	} {
		require.Equal(t, tt.want, state(tt.status, tt.detail), "%s/%s", tt.status, tt.detail)
	}
}

func TestScans_OfATrackerThatHasNoDetailOfItsStatus(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC)
	updated := easypost.DateTimeFromTime(at)

	got := scans(&easypost.Tracker{
		Status: "delivered", StatusDetail: "arrived_at_destination", UpdatedAt: &updated,
		TrackingDetails: []*easypost.TrackingDetail{
			{Status: "in_transit", DateTime: "2026-11-25T09:00:00+03:00"},
			{Status: "out_for_delivery", DateTime: "bugün"},
		},
	})
	require.Equal(t, []shipping.Scan{
		{State: shipping.InTransit, At: time.Date(2026, 11, 25, 6, 0, 0, 0, time.UTC), Code: "in_transit"},
		{State: shipping.OutForDelivery, At: at, Code: "out_for_delivery"},
		{State: shipping.Delivered, At: at, Code: "delivered/arrived_at_destination"},
	}, got)
}

func TestStanding_OfARefund(t *testing.T) {
	t.Parallel()
	label := &easypost.PostageLabel{ID: "pl_1"}

	for refund, want := range map[string]shipping.Standing{
		"": shipping.StandsBought, "submitted": shipping.StandsVoiding, "refunded": shipping.StandsVoided, "rejected": shipping.StandsKept, "not_applicable": shipping.StandsVoided,
	} {
		require.Equal(t, want, standing(&easypost.Shipment{PostageLabel: label, RefundStatus: refund}), refund)
	}
	require.Equal(t, shipping.StandsOpen, standing(&easypost.Shipment{}))
}

func TestAddressOf_ADistrictIsTheCityAndAProvinceAloneToo(t *testing.T) {
	t.Parallel()

	got := addressOf(shipping.Address{Name: "Ayşe", Line1: "Cd. 1", District: "Kadıköy", Province: "İstanbul", Postcode: "34710", Country: "TR"})
	require.Equal(t, []string{"Kadıköy", "İstanbul"}, []string{got.City, got.State})
	got = addressOf(shipping.Address{Province: "Berlin", Country: "DE"})
	require.Equal(t, []string{"Berlin", ""}, []string{got.City, got.State})
}

func TestRate_NamesItsCarrierAsShoppersKnowIt(t *testing.T) {
	t.Parallel()

	for carrier, want := range map[string]string{
		"FedEx": "FedEx", "FedExDefault": "FedEx", "UPS": "UPS", "UPSDAP": "UPS", "USPS": "USPS", "DHLExpress": "DHL Express",
		"CanadaPost": "Canada Post", "Yurtiçi Kargo": "Yurtiçi Kargo",
	} {
		r, ok := rate(&easypost.Rate{Carrier: carrier, Service: "FEDEX_GROUND", Rate: "5.65", Currency: "USD"})
		require.True(t, ok)
		require.Equal(t, want, r.CarrierName, carrier)
		require.Equal(t, carrier+" FEDEX_GROUND", r.Service, "the staff sees which service was bought")
	}
}
