package easypost_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	easypostgo "github.com/EasyPost/easypost-go/v5"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/simulators/sim"
)

// rig is a simulator that listens, and EasyPost's own client in front of it.
type rig struct {
	*easypost.Server
	url string
	api *easypostgo.Client
}

func newRig(t *testing.T, change ...func(*easypost.Config)) *rig {
	t.Helper()

	cfg := easypost.Config{MaxHang: 5 * time.Second, IndexPerSecond: -1}
	for _, f := range change {
		f(&cfg)
	}
	s := easypost.New(cfg)
	srv := httptest.NewServer(s)
	s.SetPublicURL(srv.URL)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, s.Close(ctx))
		srv.Close()
	})
	return &rig{Server: s, url: srv.URL, api: newClient(t, srv.URL, easypost.DefaultAPIKey)}
}

// newClient is easypost-go with a short time-out, every call on a connection of
// its own.
func newClient(t *testing.T, address, key string) *easypostgo.Client {
	t.Helper()

	base, err := url.Parse(address + "/v2/")
	require.NoError(t, err)
	return &easypostgo.Client{
		APIKey: key, BaseURL: base, Timeout: 2000,
		Client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	}
}

const reference = "ord_01H-parcel-1-open"

// parcelTo is a shop's parcel of 1.2 kg from İstanbul to a postal code.
func parcelTo(zip string) *easypostgo.Shipment {
	return &easypostgo.Shipment{
		Reference: reference,
		FromAddress: &easypostgo.Address{
			Company: "Bedesten Mağazası", Street1: "Kapalıçarşı, Yağlıkçılar Cd. No: 12", City: "Fatih", State: "İstanbul", Zip: "34126", Country: "TR",
		},
		ToAddress: &easypostgo.Address{
			Name: "Ayşe Gül Çağlayan", Street1: "Atatürk Bulvarı No: 5 D: 8", City: "Çankaya", State: "Ankara", Zip: zip, Country: "TR", Phone: "+905321234567",
		},
		Parcel:  &easypostgo.Parcel{Weight: 42.4, Length: 12, Width: 8.5, Height: 4},
		Options: &easypostgo.ShipmentOptions{LabelFormat: "PDF"},
	}
}

const ankara = "06420"

// opened makes a shipment with rates.
func (r *rig) opened(t *testing.T, zip string) *easypostgo.Shipment {
	t.Helper()

	shp, err := r.api.CreateShipment(parcelTo(zip))
	require.NoError(t, err)
	require.NotEmpty(t, shp.Rates)
	return shp
}

// bought makes a shipment with a label.
func (r *rig) bought(t *testing.T, zip string) *easypostgo.Shipment {
	t.Helper()

	shp, err := r.buy(r.opened(t, zip))
	require.NoError(t, err)
	require.NotNil(t, shp.PostageLabel)
	return shp
}

// buy buys the shipment's cheapest rate.
func (r *rig) buy(shp *easypostgo.Shipment) (*easypostgo.Shipment, error) {
	cheapest, err := r.api.LowestShipmentRate(shp)
	if err != nil {
		return nil, err
	}
	return r.api.BuyShipment(shp.ID, &cheapest, "")
}

func (r *rig) get(t *testing.T, id string) *easypostgo.Shipment {
	t.Helper()

	shp, err := r.api.GetShipment(id)
	require.NoError(t, err)
	return shp
}

// statuses are the scans of a shipment, by the carrier's time.
func (r *rig) statuses(t *testing.T, id string) []string {
	t.Helper()

	out := []string{}
	for _, d := range r.get(t, id).Tracker.TrackingDetails {
		out = append(out, d.Status)
	}
	return out
}

// fault adds a rule.
func (r *rig) fault(t *testing.T, f sim.Fault) {
	t.Helper()

	_, err := r.AddFault(f)
	require.NoError(t, err)
}

// requireError checks the fields by which an adapter decides.
func requireError(t *testing.T, err error, status int, code string) *easypostgo.APIError {
	t.Helper()

	var e *easypostgo.APIError
	require.True(t, errors.As(err, &e), "no EasyPost error: %v", err)
	require.Equal(t, status, e.StatusCode, e.Message)
	require.Equal(t, code, e.Code, e.Message)
	require.NotEmpty(t, e.Message)
	return e
}

// requireNoAnswer checks that a call got nothing an adapter could decide on.
func requireNoAnswer(t *testing.T, err error) {
	t.Helper()

	require.Error(t, err)
	var e *easypostgo.APIError
	require.False(t, errors.As(err, &e), "an answer came: %v", err)
}

// send makes a call by hand and returns its status and decoded body.
func (r *rig) send(t *testing.T, method, path, body string) (int, map[string]any) {
	t.Helper()

	req, err := http.NewRequestWithContext(t.Context(), method, r.url+path, strings.NewReader(body))
	require.NoError(t, err)
	req.SetBasicAuth(easypost.DefaultAPIKey, "")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return answered(t, req)
}

func answered(t *testing.T, req *http.Request) (int, map[string]any) {
	t.Helper()

	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	out := map[string]any{}
	if len(raw) > 0 {
		require.NoError(t, json.Unmarshal(raw, &out), "%s", raw)
	}
	return resp.StatusCode, out
}

// control makes a call of the control API.
func (r *rig) control(t *testing.T, method, path, body string) (int, map[string]any) {
	t.Helper()

	req, err := http.NewRequestWithContext(t.Context(), method, r.url+"/_control/"+path, strings.NewReader(body))
	require.NoError(t, err)
	return answered(t, req)
}

// inbox is an endpoint that keeps what it is sent.
type inbox struct {
	url string

	mu      sync.Mutex
	letters []letter
	refuse  int // answers 500 so many times
}

type letter struct {
	header http.Header
	body   []byte
}

func newInbox(t *testing.T, refuse int) *inbox {
	t.Helper()

	in := &inbox{refuse: refuse}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		in.mu.Lock()
		defer in.mu.Unlock()
		in.letters = append(in.letters, letter{r.Header.Clone(), body})
		if in.refuse > 0 {
			in.refuse--
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(srv.Close)
	in.url = srv.URL
	return in
}

func (in *inbox) all() []letter {
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]letter{}, in.letters...)
}

// told reads every letter with EasyPost's own verification.
func (in *inbox) told(t *testing.T, r *rig) []*easypostgo.Event {
	t.Helper()

	events := []*easypostgo.Event{}
	for _, l := range in.all() {
		e, err := r.api.ValidateWebhook(l.body, map[string]any{"X-Hmac-Signature": l.header.Get("X-Hmac-Signature")}, r.WebhookSecret())
		require.NoError(t, err)
		events = append(events, e)
	}
	return events
}

// idle waits for the first tries of all webhooks.
func (r *rig) idle(t *testing.T) {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	require.NoError(t, r.Idle(ctx))
}
