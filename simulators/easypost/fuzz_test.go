package easypost_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bedesten/bedesten/simulators/easypost"
)

// FuzzBody: whatever is sent, the answer is EasyPost's JSON and never a server
// error.
func FuzzBody(f *testing.F) {
	f.Add("/v2/shipments", `{"shipment":{"reference":"ord_1","to_address":{"name":"Ayşe","street1":"a","city":"b","zip":"06420","country":"TR"},`+
		`"from_address":{"company":"c","street1":"a","city":"b","zip":"34126","country":"TR"},"parcel":{"weight":"42.4"},"options":{"label_format":"ZPL"}}}`)
	f.Add("/v2/shipments", `{"shipment":{"parcel":{"weight":1e999}}}`)
	f.Add("/v2/shipments/shp_1/buy", `{"rate":{"id":["x"]}}`)
	f.Add("/v2/trackers", `{"tracker":{"tracking_code":"EZ4000000004","carrier":null}}`)
	f.Add("/v2/shipments/shp_1/refund", "null")
	s := easypost.New(easypost.Config{})

	f.Fuzz(func(t *testing.T, path, body string) {
		if !strings.HasPrefix(path, "/v2/") {
			t.Skip()
		}
		req := httptest.NewRequest(http.MethodPost, "/v2/x", strings.NewReader(body))
		req.URL.Path = path
		req.SetBasicAuth(easypost.DefaultAPIKey, "")
		req.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, req)
		if rec.Code >= http.StatusInternalServerError || !json.Valid(rec.Body.Bytes()) {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
	})
}

// FuzzQuery: whatever is asked for, a list answers with JSON and never with a
// server error.
func FuzzQuery(f *testing.F) {
	f.Add("shipments", "page_size=5&purchased=false&start_datetime=2026-11-25T10:00:00Z")
	f.Add("events", "before_id=evt_1&after_id=evt_2")
	f.Add("trackers", "tracking_code=%zz&page_size=-1")
	s := easypost.New(easypost.Config{IndexPerSecond: -1})

	f.Fuzz(func(t *testing.T, noun, query string) {
		req := httptest.NewRequest(http.MethodGet, "/v2/x", nil)
		req.URL.Path, req.URL.RawQuery = "/v2/"+noun, query
		req.SetBasicAuth(easypost.DefaultAPIKey, "")
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, req)
		if rec.Code >= http.StatusInternalServerError || !json.Valid(rec.Body.Bytes()) {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
	})
}
