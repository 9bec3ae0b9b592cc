package easypost

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// Keys that a simulator answers to when its Config names none.
const (
	DefaultAPIKey        = "EZTKbedesten"
	DefaultWebhookSecret = "ezwh_bedesten"
)

// Config is what a simulator may be given. The zero value works; PublicURL and
// WebhookURL can be set once the ports are known.
type Config struct {
	APIKey string // EZTK..., DefaultAPIKey when empty

	// WebhookSecret signs the webhooks; DefaultWebhookSecret when empty. EasyPost
	// signs with the secret's Unicode normal form NFKD, and the simulator with
	// these very bytes: give it in that form, as plain ASCII always is.
	WebhookSecret string

	// WebhookURL is the endpoint that events are sent to; none when empty.
	WebhookURL string

	// PublicURL is where labels are downloaded from: http://127.0.0.1:12112.
	PublicURL string

	// Clock is the simulated time; a clock of scale 1 when nil.
	Clock *sim.Clock

	// Travel is how fast parcels travel, in the carriers' own durations, which the
	// clock's scale makes shorter.
	Travel Travel

	// RefundAfter is how long a carrier takes to decide on a refund, stretched by
	// the clock; 15 days when zero. docs.easypost.com/docs/shipments/shipping-refund
	RefundAfter time.Duration

	// IndexPerSecond is how many lists may be asked for in a second of wall time;
	// five when zero, any number when negative.
	// docs.easypost.com/guides/rate-limiting-guide
	IndexPerSecond int

	// MaxHang is the longest wait, in wall time, of a call that is never answered;
	// two minutes when zero.
	MaxHang time.Duration

	// WebhookTimeout is how long, in wall time, the endpoint may take; seven
	// seconds when zero (unverified).
	WebhookTimeout time.Duration
}

var _ http.Handler = (*Server)(nil)

// Server is the simulator. It is safe for concurrent use.
type Server struct {
	cfg     Config
	clock   *sim.Clock
	faults  sim.Injector
	journal sim.Journal
	courier *sim.Courier
	control http.Handler
	lists   throttle
	stop    chan struct{} // closed by Close: ends hanging calls
	once    sync.Once

	mu        sync.Mutex // guards everything below
	publicURL string
	store     store
}

// New returns a simulator without any object. Close it.
func New(cfg Config) *Server {
	cfg = withDefaults(cfg)
	s := &Server{cfg: cfg, clock: cfg.Clock, publicURL: cfg.PublicURL, stop: make(chan struct{}), store: newStore()}
	s.lists.perSecond = cfg.IndexPerSecond
	s.faults.Allow(sim.ErrorIn200, sim.ErrorIn200After)
	s.faults.Refuse(sim.Error500Kept) // there are no keys to keep it under
	s.courier = sim.NewCourier(sim.CourierConfig{
		Clock: s.clock, Faults: &s.faults, Timeout: cfg.WebhookTimeout,
		Sign: s.signature, Pauses: webhookPauses, Delivered: s.eventDelivered,
	})
	s.courier.SetURL(cfg.WebhookURL)
	s.control = s.controlRoutes()
	return s
}

func withDefaults(cfg Config) Config {
	set := func(v *string, otherwise string) {
		if *v == "" {
			*v = otherwise
		}
	}
	last := func(v *time.Duration, otherwise time.Duration) {
		if *v == 0 {
			*v = otherwise
		}
	}
	set(&cfg.APIKey, DefaultAPIKey)
	set(&cfg.WebhookSecret, DefaultWebhookSecret)
	if cfg.Clock == nil {
		cfg.Clock = sim.NewClock(1)
	}
	if cfg.IndexPerSecond == 0 {
		cfg.IndexPerSecond = 5
	}
	last(&cfg.RefundAfter, 15*24*time.Hour)
	last(&cfg.MaxHang, 2*time.Minute)
	last(&cfg.WebhookTimeout, 7*time.Second)
	cfg.Travel = cfg.Travel.withDefaults()
	return cfg
}

// SetPublicURL names the address under which labels are downloaded.
func (s *Server) SetPublicURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publicURL = url
}

// SetWebhookURL names the endpoint for every later delivery; empty means none.
func (s *Server) SetWebhookURL(url string) { s.courier.SetURL(url) }

// WebhookSecret returns the secret that webhooks are signed with.
func (s *Server) WebhookSecret() string { return s.cfg.WebhookSecret }

// Clock returns the simulated time.
func (s *Server) Clock() *sim.Clock { return s.clock }

// Idle returns when every webhook had its first try, or with ctx's error.
func (s *Server) Idle(ctx context.Context) error { return s.courier.Idle(ctx) }

// Close ends hanging calls, waits until webhooks under way were tried once or
// ctx ends, and gives up the rest. Parcels travel no further.
func (s *Server) Close(ctx context.Context) error {
	s.once.Do(func() { close(s.stop) })
	s.mu.Lock()
	s.store.stopAll()
	s.mu.Unlock()
	if err := s.courier.Close(ctx); err != nil {
		return fmt.Errorf("wait for the last webhooks: %w", err)
	}
	return nil
}

// ServeHTTP answers EasyPost's API, the downloads of labels and the control API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/_control/"):
		s.control.ServeHTTP(w, r)
	case strings.HasPrefix(r.URL.Path, filesPath):
		s.serveFile(w, r)
	default:
		s.serveAPI(w, r)
	}
}

// AddFault takes in a rule and returns it with its id. A call is matched by its
// operation (shipment.buy) and, as metadata, by "reference" and "shipment_id" of
// the shipment it is about; so is a webhook.
func (s *Server) AddFault(f sim.Fault) (sim.Fault, error) { return s.faults.Add(f) }

// Faults returns every rule with its hits.
func (s *Server) Faults() []sim.Fault { return s.faults.List() }

// ClearFaults takes every rule out.
func (s *Server) ClearFaults() { s.faults.Clear() }

// Calls returns the latest calls of EasyPost's API, oldest first.
func (s *Server) Calls() []sim.Call { return s.journal.List(nil) }

// Deliveries returns the latest tries to deliver webhooks, oldest first.
func (s *Server) Deliveries() []sim.Delivery { return s.courier.Deliveries() }

// Reset forgets every object, call, delivery and fault, and puts the clock back
// to wall time.
func (s *Server) Reset() {
	s.clock.Reset()
	s.courier.Reset()
	s.faults.Clear()
	s.journal.Clear()

	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.stopAll()
	s.store = newStore()
}

// encode renders an answer or a webhook's body.
func encode(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		// Only maps of strings, numbers, booleans and the like are rendered.
		panic("easypost simulator: " + err.Error())
	}
	return bytes.TrimRight(buf.Bytes(), "\n")
}
