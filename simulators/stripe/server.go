package stripe

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// APIVersion is the version in which objects and events are rendered.
const APIVersion = "2023-10-16"

// Keys that a simulator answers to when its Config names none.
const (
	DefaultSecretKey      = "sk_test_bedesten"
	DefaultPublishableKey = "pk_test_bedesten"
	DefaultWebhookSecret  = "whsec_bedesten"
)

// Config is what a simulator may be given. The zero value works; PublicURL and
// WebhookURL can be set once the ports are known.
type Config struct {
	SecretKey      string // sk_..., DefaultSecretKey when empty
	PublishableKey string // pk_..., DefaultPublishableKey when empty
	WebhookSecret  string // whsec_..., DefaultWebhookSecret when empty

	// WebhookURL is the endpoint that events are sent to; none when empty.
	WebhookURL string

	// PublicURL is where a browser reaches this server, for the links to its
	// challenge page: http://127.0.0.1:12111.
	PublicURL string

	// Clock is the simulated time; a clock of scale 1 when nil.
	Clock *sim.Clock

	// SearchLag is how far the search is behind, in clock time. Zero means half a
	// minute on the clock's scale; negative means none.
	SearchLag time.Duration

	// MaxHang is the longest wait, in wall time, of a call that is never answered;
	// two minutes when zero.
	MaxHang time.Duration

	// WebhookTimeout is how long, in wall time, the endpoint may take; ten seconds
	// when zero.
	WebhookTimeout time.Duration

	// Multicapture grants the account several captures of one hold.
	Multicapture bool

	// RawCardData grants the account card numbers with its secret key. Without it,
	// as by default at Stripe, they are taken with a publishable key only.
	RawCardData bool
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
	stop    chan struct{} // closed by Close: ends hanging calls
	once    sync.Once

	keys idempotency

	mu        sync.Mutex // guards everything below
	publicURL string
	store     store
}

// New returns a simulator without any object. Close it.
func New(cfg Config) *Server {
	cfg = withDefaults(cfg)
	s := &Server{cfg: cfg, clock: cfg.Clock, publicURL: cfg.PublicURL, stop: make(chan struct{}), store: newStore()}
	s.keys = newIdempotency(s.clock)
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
	set(&cfg.SecretKey, DefaultSecretKey)
	set(&cfg.PublishableKey, DefaultPublishableKey)
	set(&cfg.WebhookSecret, DefaultWebhookSecret)
	if cfg.Clock == nil {
		cfg.Clock = sim.NewClock(1)
	}
	if cfg.SearchLag == 0 {
		cfg.SearchLag = cfg.Clock.Scaled(30 * time.Second)
	}
	if cfg.MaxHang == 0 {
		cfg.MaxHang = 2 * time.Minute
	}
	if cfg.WebhookTimeout == 0 {
		cfg.WebhookTimeout = 10 * time.Second
	}
	return cfg
}

// SetPublicURL names the address under which a browser reaches the simulator.
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

// Close ends hanging calls, waits until webhooks under way were tried once or
// ctx ends, and gives up the rest.
func (s *Server) Close(ctx context.Context) error {
	s.once.Do(func() { close(s.stop) })
	if err := s.courier.Close(ctx); err != nil {
		return fmt.Errorf("wait for the last webhooks: %w", err)
	}
	return nil
}

// ServeHTTP answers Stripe's API, the challenge page and the control API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case hasPrefix(r, "/_control/"):
		s.control.ServeHTTP(w, r)
	case hasPrefix(r, challengePath):
		s.serveChallenge(w, r)
	default:
		s.serveAPI(w, r)
	}
}

func hasPrefix(r *http.Request, prefix string) bool {
	return len(r.URL.Path) >= len(prefix) && r.URL.Path[:len(prefix)] == prefix
}

// encode renders an answer. Stripe does not escape <, > and &.
func encode(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		// Only maps of strings, numbers, booleans and the like are rendered.
		panic("stripe simulator: " + err.Error())
	}
	return buf.Bytes()
}
