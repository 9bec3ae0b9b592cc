package easypost_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	easypostgo "github.com/EasyPost/easypost-go/v5"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/easypost"
)

func TestAShipmentIsOpenedWithOurReferenceAndRates(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	shp := r.opened(t, ankara)
	require.Equal(t, reference, shp.Reference)
	require.Regexp(t, `^shp_[0-9a-f]{32}$`, shp.ID)
	require.Equal(t, "unknown", shp.Status)
	require.Nil(t, shp.PostageLabel)
	require.Nil(t, shp.Tracker)
	require.Equal(t, "Ayşe Gül Çağlayan", shp.ToAddress.Name)
	require.InDelta(t, 42.4, shp.Parcel.Weight, 0)
	var names []string
	for _, rate := range shp.Rates {
		require.Equal(t, "USD", rate.Currency)
		require.Equal(t, shp.ID, rate.ShipmentID)
		names = append(names, rate.Carrier+" "+rate.Service+" "+rate.Rate)
	}
	require.Equal(t, []string{"UPS UPSStandard 6.39", "UPS Express 13.70", "FedEx FEDEX_GROUND 6.45"}, names)
	require.Equal(t, shp, r.get(t, shp.ID))
}

func TestRatesGrowWithWeightAndDistance(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	abroad := parcelTo("10115")
	abroad.ToAddress.Country, abroad.ToAddress.City = "DE", "Berlin"
	near, err := r.api.CreateShipment(abroad)
	require.NoError(t, err)
	require.Len(t, near.Rates, 4)
	heavy := parcelTo(ankara)
	heavy.Parcel = &easypostgo.Parcel{Weight: 1058.2}
	big, err := r.api.CreateShipment(heavy)
	require.NoError(t, err)
	require.Equal(t, "35.19", big.Rates[0].Rate)
	require.Equal(t, "18.10", near.Rates[0].Rate)
}

func TestAParcelThatNoCarrierTakesHasNoRatesButTheirMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	in := parcelTo(ankara)
	in.Parcel = &easypostgo.Parcel{Weight: 2400.1}
	shp, err := r.api.CreateShipment(in)
	require.NoError(t, err)
	require.Empty(t, shp.Rates)
	require.Len(t, shp.Messages, 3)
	require.Equal(t, "rate_error", shp.Messages[0].Type)
}

func TestNothingMakesAReferenceUniqueAndItIsNoID(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	require.NotEqual(t, r.opened(t, ankara).ID, r.opened(t, ankara).ID)
	require.Len(t, r.Books(), 2)
	_, err := r.api.GetShipment(reference)
	requireError(t, err, http.StatusNotFound, "NOT_FOUND")
}

func TestABadAddressIsRefusedByField(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name   string
		change func(*easypostgo.Address)
		code   string
		field  string
	}{
		{"no country", func(a *easypostgo.Address) { a.Country = "" }, "ADDRESS.COUNTRY.INVALID", "country"},
		{"a country's name", func(a *easypostgo.Address) { a.Country = "Türkiye" }, "ADDRESS.COUNTRY.INVALID", "country"},
		{"no street", func(a *easypostgo.Address) { a.Street1 = "" }, "ADDRESS.PARAMETERS.INVALID", "street1"},
		{"no city", func(a *easypostgo.Address) { a.City = " " }, "ADDRESS.PARAMETERS.INVALID", "city"},
		{"no postal code", func(a *easypostgo.Address) { a.Zip = "" }, "ADDRESS.PARAMETERS.INVALID", "zip"},
		{"another country's postal code", func(a *easypostgo.Address) { a.Zip = "0642" }, "ADDRESS.PARAMETERS.INVALID", "zip"},
		{"nobody", func(a *easypostgo.Address) { a.Name = "" }, "ADDRESS.PARAMETERS.INVALID", "name"},
		{"a line break", func(a *easypostgo.Address) { a.Street1 = "Atatürk Bulvarı\nNo: 5" }, "ADDRESS.PARAMETERS.INVALID_CHARACTER", "street1"},
		{"a novel", func(a *easypostgo.Address) { a.Street2 = strings.Repeat("ş", 121) }, "ADDRESS.PARAMETERS.INVALID", "street2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			in := parcelTo(ankara)
			tt.change(in.ToAddress)

			_, err := r.api.CreateShipment(in)
			e := requireError(t, err, http.StatusUnprocessableEntity, tt.code)
			fields, ok := e.Errors.([]any)
			require.True(t, ok)
			first, ok := fields[0].(*easypostgo.FieldError)
			require.True(t, ok)
			require.Equal(t, "shipment.to_address."+tt.field, first.Field)
			require.Empty(t, r.Books())
		})
	}
}

func TestACompanyIsAsGoodAsAName(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	in := parcelTo(ankara)
	in.ToAddress.Name, in.ToAddress.Company = "", "Çağlayan Tekstil A.Ş."

	_, err := r.api.CreateShipment(in)
	require.NoError(t, err)
}

func TestAParcelIsMeasuredInOuncesAndInchesToOneDecimal(t *testing.T) {
	t.Parallel()

	for name, box := range map[string]*easypostgo.Parcel{
		"no weight":           {Length: 12, Width: 8, Height: 4},
		"a negative weight":   {Weight: -1},
		"two dimensions":      {Weight: 42.4, Length: 12, Width: 8},
		"a gram too exactly":  {Weight: 42.33},
		"an inch too exactly": {Weight: 42.4, Length: 12.25, Width: 8, Height: 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			in := parcelTo(ankara)
			in.Parcel = box

			_, err := r.api.CreateShipment(in)
			requireError(t, err, http.StatusUnprocessableEntity, "PARCEL.PARAMETERS.INVALID")
		})
	}
}

func TestOnlyWhatTheSimulatorAnswersToIsTaken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.opened(t, ankara).ID

	tests := []struct {
		name, method, path, body string
		status                   int
		code                     string
	}{
		{"no shipment", "POST", "/v2/shipments", `{"shipment":{}}`, 422, "PARAMETER.REQUIRED"},
		{"nothing at all", "POST", "/v2/shipments", ``, 422, "PARAMETER.REQUIRED"},
		{"half a shipment", "POST", "/v2/shipments", `{"shipment":{"parcel":{"weight":1}}}`, 422, "PARAMETER.REQUIRED"},
		{"an unknown field", "POST", "/v2/shipments", `{"shipment":{"carrier":"UPS"}}`, 422, "PARAMETER.FORBIDDEN"},
		{"a list", "POST", "/v2/shipments", `[]`, 400, "BAD_REQUEST"},
		{"half of JSON", "POST", "/v2/shipments", `{"shipment":`, 400, "BAD_REQUEST"},
		{"two values", "POST", "/v2/shipments", `{"shipment":{}} {}`, 400, "BAD_REQUEST"},
		{"a text for an object", "POST", "/v2/shipments", `{"shipment":"x"}`, 422, "PARAMETER.INVALID"},
		{"no rate", "POST", "/v2/shipments/" + id + "/buy", `{}`, 422, "PARAMETER.REQUIRED"},
		{"another's rate", "POST", "/v2/shipments/" + id + "/buy", `{"rate":{"id":"rate_1"}}`, 422, "SHIPMENT.MISSING_RATE"},
		{"insurance", "POST", "/v2/shipments/" + id + "/buy", `{"rate":{"id":"rate_1"},"insurance":"100"}`, 422, "PARAMETER.FORBIDDEN"},
		{"a purchase of nothing", "POST", "/v2/shipments/shp_1/buy", `{"rate":{"id":"rate_1"}}`, 404, "NOT_FOUND"},
		{"a label before the purchase", "GET", "/v2/shipments/" + id + "/label?file_format=PDF", "", 422, "SHIPMENT.POSTAGE.REQUIRED"},
		{"a strange label", "GET", "/v2/shipments/" + id + "/label?file_format=GIF", "", 422, "SHIPMENT.POSTAGE.INVALID_FORMAT"},
		{"a refund before the purchase", "POST", "/v2/shipments/" + id + "/refund", "null", 422, "SHIPMENT.POSTAGE.REQUIRED"},
		{"an unknown query", "GET", "/v2/shipments?reference=" + reference, "", 422, "PARAMETER.FORBIDDEN"},
		{"a query twice", "GET", "/v2/shipments?page_size=1&page_size=2", "", 422, "PARAMETER.INVALID"},
		{"a page too large", "GET", "/v2/shipments?page_size=101", "", 422, "PARAMETER.INVALID"},
		{"a date that is none", "GET", "/v2/shipments?start_datetime=yesterday", "", 422, "DATE.PARSE.FAILURE"},
		{"a cursor that is none", "GET", "/v2/shipments?before_id=shp_1", "", 404, "NOT_FOUND"},
		{"a wrong method", "DELETE", "/v2/shipments/" + id, "", 405, "METHOD_NOT_ALLOWED"},
		{"a wrong path", "GET", "/v2/addresses", "", 404, "NOT_FOUND"},
		{"another version", "GET", "/v1/shipments", "", 404, "NOT_FOUND"},
		{"a tracker without a code", "POST", "/v2/trackers", `{"tracker":{}}`, 422, "TRACKER.INVALID_PARAMS"},
		{"a tracker that is not there", "GET", "/v2/trackers/trk_1", "", 404, "NOT_FOUND"},
		{"an event that is not there", "GET", "/v2/events/evt_1", "", 404, "NOT_FOUND"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			status, body := r.send(t, tt.method, tt.path, tt.body)
			require.Equal(t, tt.status, status, "%v", body)
			problem, ok := body["error"].(map[string]any)
			require.True(t, ok)
			require.Equal(t, tt.code, problem["code"])
			require.NotNil(t, problem["errors"])
		})
	}
}

func TestAPostIsJSONAndSaysSo(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/v2/shipments", strings.NewReader(`{"shipment":{}}`))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+easypost.DefaultAPIKey)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, _ := answered(t, req)
	require.Equal(t, http.StatusBadRequest, status)
}

func TestAKeyIsNeeded(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	_, err := newClient(t, r.url, "EZTKwrong").CreateShipment(parcelTo(ankara))
	requireError(t, err, http.StatusUnauthorized, "UNAUTHORIZED")
	resp, err := http.Get(r.url + "/v2/shipments")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
}

// listed walks the list page by page, as EasyPost's pages advise.
func (r *rig) listed(t *testing.T, opts easypostgo.ListShipmentsOptions) (ids []string) {
	t.Helper()

	for {
		page, err := r.api.ListShipments(&opts)
		require.NoError(t, err)
		for _, shp := range page.Shipments {
			ids = append(ids, shp.ID)
		}
		if !page.HasMore {
			return ids
		}
		opts.BeforeID = ids[len(ids)-1]
	}
}

func TestAListIsWalkedTheNewestFirstThePurchasedApartFromTheOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var open, sold []string
	for i := range 25 {
		id := r.opened(t, ankara).ID
		if i%5 == 0 {
			_, err := r.buy(r.get(t, id))
			require.NoError(t, err)
			sold = append([]string{id}, sold...)
			continue
		}
		open = append([]string{id}, open...)
	}

	require.Equal(t, sold, r.listed(t, easypostgo.ListShipmentsOptions{}))
	require.Equal(t, open, r.listed(t, easypostgo.ListShipmentsOptions{Purchased: easypostgo.BoolPtr(false), PageSize: 7}))
	after, err := r.api.ListShipments(&easypostgo.ListShipmentsOptions{Purchased: easypostgo.BoolPtr(false), AfterID: open[3]})
	require.NoError(t, err)
	require.Len(t, after.Shipments, 3)
	require.False(t, after.HasMore)
}

func TestAListReachesOneMonthUnlessItIsToldBothEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	old := r.opened(t, ankara).ID
	began := r.Clock().Now()
	require.NoError(t, r.Clock().Advance(40*24*time.Hour))
	young := r.opened(t, ankara).ID
	unsold := easypostgo.BoolPtr(false)
	start := easypostgo.DateTimeFromTime(began.Add(-time.Hour))
	end := easypostgo.DateTimeFromTime(r.Clock().Now().Add(time.Hour))

	require.Equal(t, []string{young}, r.listed(t, easypostgo.ListShipmentsOptions{Purchased: unsold}))
	require.Equal(t, []string{old}, r.listed(t, easypostgo.ListShipmentsOptions{Purchased: unsold, StartDateTime: &start}))
	require.Equal(t, []string{young, old}, r.listed(t, easypostgo.ListShipmentsOptions{Purchased: unsold, StartDateTime: &start, EndDateTime: &end}))
}

func TestOnlySoManyListsAreGivenInASecond(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *easypost.Config) { c.IndexPerSecond = 2 })

	for range 2 {
		status, _ := r.send(t, "GET", "/v2/shipments", "")
		require.Equal(t, http.StatusOK, status)
	}
	status, body := r.send(t, "GET", "/v2/trackers", "")
	require.Equal(t, http.StatusTooManyRequests, status, "%v", body)
	r.opened(t, ankara)
	require.Eventually(t, func() bool {
		status, _ := r.send(t, "GET", "/v2/events", "")
		return status == http.StatusOK
	}, 3*time.Second, 100*time.Millisecond)
}
