package easypost_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/shipping/easypost"
	"github.com/bedesten/bedesten/internal/shipping/shippingtest"
	simulator "github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/simulators/sim"
)

// callTimeout is short: the tests of unanswered calls wait for it.
const callTimeout = 300 * time.Millisecond

func TestCarrier_KeepsTheContract(t *testing.T) {
	t.Parallel()

	shippingtest.Run(t, func(t *testing.T) shippingtest.Bench {
		server, url := simulate(t)
		return shippingtest.Bench{
			Carrier: carrierAt(t, url, simulator.DefaultAPIKey), Provider: newProvider(t, server),
			WrongKey: carrierAt(t, url, "EZTKyanlis"), Nobody: carrierAt(t, nobody(t), simulator.DefaultAPIKey),
		}
	})
}

// simulate starts an EasyPost of the test's own.
func simulate(t *testing.T) (*simulator.Server, string) {
	t.Helper()
	server := simulator.New(simulator.Config{MaxHang: 2 * time.Second, IndexPerSecond: -1})
	listener := httptest.NewServer(server)
	server.SetPublicURL(listener.URL)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, server.Close(ctx))
		listener.Close()
	})
	return server, listener.URL
}

func carrierAt(t *testing.T, url, key string) *easypost.Carrier {
	t.Helper()
	c, err := easypost.New(easypost.Config{
		URL: url, APIKey: key, WebhookSecrets: []string{simulator.DefaultWebhookSecret}, CallTimeout: callTimeout,
	})
	require.NoError(t, err)
	return c
}

// nobody returns an address that was free a moment ago.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return "http://" + listener.Addr().String()
}

// provider is the simulator, told what EasyPost's API cannot be asked for, with an
// endpoint for its webhooks.
type provider struct {
	server *simulator.Server

	mu      sync.Mutex
	letters []letter
}

type letter struct {
	header http.Header
	body   []byte
}

var _ shippingtest.Provider = (*provider)(nil)

func newProvider(t *testing.T, server *simulator.Server) *provider {
	t.Helper()
	p := &provider{server: server}
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.letters = append(p.letters, letter{r.Header.Clone(), body})
	}))
	t.Cleanup(endpoint.Close)
	server.SetWebhookURL(endpoint.URL)
	return p
}

// said is how EasyPost says each state.
var said = map[shipping.State]simulator.Update{
	shipping.InTransit:         {Status: simulator.StatusInTransit},
	shipping.OutForDelivery:    {Status: simulator.StatusOutForDelivery},
	shipping.DeliveryFailed:    {Status: simulator.StatusInTransit, StatusDetail: "delivery_exception"},
	shipping.Exception:         {Status: simulator.StatusFailure},
	shipping.Delivered:         {Status: simulator.StatusDelivered},
	shipping.ReturningToSender: {Status: simulator.StatusReturnToSender},
	shipping.Lost:              {Status: simulator.StatusFailure, StatusDetail: "lost"},
	shipping.Damaged:           {Status: simulator.StatusFailure, StatusDetail: "damaged"},
}

// Say is a carrier's scan.
func (p *provider) Say(ref string, state shipping.State, at time.Time) error {
	u := said[state]
	u.At = at
	return p.server.Track(ref, u)
}

// Letter returns the newest webhook about a shipment.
func (p *provider) Letter(ref string) (http.Header, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := p.server.Idle(ctx); err != nil {
		return nil, nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range slices.Backward(p.letters) {
		var about struct {
			Result struct {
				ShipmentID string `json:"shipment_id"`
			} `json:"result"`
		}
		if err := json.Unmarshal(l.body, &about); err != nil {
			return nil, nil, err
		}
		if about.Result.ShipmentID == ref {
			return l.header, l.body, nil
		}
	}
	return nil, nil, fmt.Errorf("no webhook about %s", ref)
}

var operations = map[shippingtest.Call]string{
	shippingtest.CallOpen: "shipment.create", shippingtest.CallBuy: "shipment.buy", shippingtest.CallVoid: "shipment.refund",
	shippingtest.CallLookup: "shipment.retrieve", shippingtest.CallSearch: "shipment.list", shippingtest.CallLabel: "shipment.label",
}

var troubles = map[shippingtest.Trouble]sim.Fault{
	shippingtest.TimeoutBefore: {Kind: sim.TimeoutBefore}, shippingtest.TimeoutAfter: {Kind: sim.TimeoutAfter},
	shippingtest.BrokenAnswer: {Kind: sim.BrokenBody}, shippingtest.ProxyPage: {Kind: sim.BrokenBody, Status: http.StatusNotFound},
	shippingtest.RateLimited: {Kind: sim.RateLimit}, shippingtest.ErrorBefore: {Kind: sim.Error500Before}, shippingtest.ErrorAfter: {Kind: sim.Error500After},
	shippingtest.ErrorInYes: {Kind: sim.ErrorIn200}, shippingtest.ErrorInYesAfter: {Kind: sim.ErrorIn200After},
	shippingtest.HalfYes: {Kind: sim.ErrorIn200, Type: "messages"}, shippingtest.Refused: {Kind: sim.Decline},
}

// Strike adds a fault rule that is spent after one call.
func (p *provider) Strike(call shippingtest.Call, trouble shippingtest.Trouble) error {
	f := troubles[trouble]
	f.Times, f.Match.Operation = 1, operations[call]
	_, err := p.server.AddFault(f)
	return err
}
