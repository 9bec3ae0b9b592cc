package sendgrid

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// DefaultKey is the API key that a simulator answers to when its Config names
// none. It has the form of SendGrid's own: SG.<id>.<secret>.
const DefaultKey = "SG.bedesten.simulator-key"

// DefaultSender is the verified sender when the Config names none: every
// address of this domain.
const DefaultSender = "@bedesten.example"

// Config is what a simulator may be given. The zero value works; WebhookURL can
// be set once the port is known.
type Config struct {
	// Key is the API key with the right to send; DefaultKey when empty.
	Key string

	// Unscoped is an API key that is known and may not send mail; none when empty.
	Unscoped string

	// Senders are the verified sender identities: an address, or a domain that
	// begins with @. DefaultSender when empty.
	Senders []string

	// WebhookURL is the endpoint that events are posted to; none when empty.
	WebhookURL string

	// SigningKey signs the event webhook, P-256; a new key when nil.
	SigningKey *ecdsa.PrivateKey

	// Clock is the simulated time; a clock of scale 1 when nil.
	Clock *sim.Clock

	// BatchWait is how long events are collected before they are posted, in clock
	// time. Zero means half a minute on the clock's scale; negative means that
	// every event is posted at once, alone.
	BatchWait time.Duration

	// DeliveryTime is how long a receiving server takes, in clock time. Zero means
	// two seconds on the clock's scale; negative means none.
	DeliveryTime time.Duration

	// MaxHang is the longest wait, in wall time, of a call that is never answered;
	// two minutes when zero.
	MaxHang time.Duration

	// WebhookTimeout is how long, in wall time, the endpoint may take; ten seconds
	// when zero.
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
	inbox   http.Handler
	stop    chan struct{} // closed by Close: ends hanging calls
	once    sync.Once

	keyMu sync.Mutex
	key   *ecdsa.PrivateKey

	mu    sync.Mutex // guards everything below
	store store
}

// New returns a simulator that has sent nothing. Close it.
func New(cfg Config) *Server {
	cfg = withDefaults(cfg)
	s := &Server{cfg: cfg, clock: cfg.Clock, stop: make(chan struct{}), key: cfg.SigningKey, store: newStore()}
	if s.key == nil {
		s.key = newKey()
	}
	// There is no key of a call to keep an answer under, and no bank to decline.
	s.faults.Refuse(sim.Decline, sim.Error500Kept)
	s.courier = sim.NewCourier(sim.CourierConfig{
		Clock: s.clock, Faults: &s.faults, Timeout: cfg.WebhookTimeout,
		Sign: s.signature, Pauses: webhookPauses, Delivered: s.eventsPosted,
	})
	s.courier.SetURL(cfg.WebhookURL)
	s.control = s.controlRoutes()
	s.inbox = s.inboxRoutes()
	return s
}

func withDefaults(cfg Config) Config {
	if cfg.Key == "" {
		cfg.Key = DefaultKey
	}
	if len(cfg.Senders) == 0 {
		cfg.Senders = []string{DefaultSender}
	}
	if cfg.Clock == nil {
		cfg.Clock = sim.NewClock(1)
	}
	if cfg.BatchWait == 0 {
		cfg.BatchWait = cfg.Clock.Scaled(30 * time.Second)
	}
	if cfg.DeliveryTime == 0 {
		cfg.DeliveryTime = cfg.Clock.Scaled(2 * time.Second)
	}
	if cfg.MaxHang == 0 {
		cfg.MaxHang = 2 * time.Minute
	}
	if cfg.WebhookTimeout == 0 {
		cfg.WebhookTimeout = 10 * time.Second
	}
	return cfg
}

// SetWebhookURL names the endpoint for every later post; empty means none.
func (s *Server) SetWebhookURL(url string) { s.courier.SetURL(url) }

// Clock returns the simulated time.
func (s *Server) Clock() *sim.Clock { return s.clock }

// AddFault takes in a rule and returns it with its id.
func (s *Server) AddFault(f sim.Fault) (sim.Fault, error) { return s.faults.Add(f) }

// Faults returns every rule with its hits.
func (s *Server) Faults() []sim.Fault { return s.faults.List() }

// ClearFaults takes every rule out.
func (s *Server) ClearFaults() { s.faults.Clear() }

// Calls returns the latest calls of SendGrid's API, oldest first.
func (s *Server) Calls() []sim.Call { return s.journal.List(nil) }

// Deliveries returns the latest tries to post events, oldest first.
func (s *Server) Deliveries() []sim.Delivery { return s.courier.Deliveries() }

// Close ends hanging calls, posts the events that wait for their batch, waits
// until posts under way were tried once or ctx ends, and gives up the rest.
func (s *Server) Close(ctx context.Context) error {
	s.once.Do(func() { close(s.stop) })
	s.flush()
	if err := s.courier.Close(ctx); err != nil {
		return fmt.Errorf("wait for the last webhooks: %w", err)
	}
	return nil
}

// Reset forgets every mail, event, bounce, call, delivery and fault, and puts
// the clock back to wall time. Keys stay.
func (s *Server) Reset() {
	s.clock.Reset()
	s.courier.Reset()
	s.faults.Clear()
	s.journal.Clear()

	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.forget()
}

// ServeHTTP answers SendGrid's API, the inbox and the control API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/_control/"):
		s.control.ServeHTTP(w, r)
	case r.URL.Path == "/" || r.URL.Path == inboxPath || strings.HasPrefix(r.URL.Path, inboxPath+"/"):
		s.inbox.ServeHTTP(w, r)
	default:
		s.serveAPI(w, r)
	}
}

// encode renders JSON without escaping <, > and &, and without a line break at
// its end.
func encode(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		// Only maps of strings, numbers and booleans are rendered.
		panic("sendgrid simulator: " + err.Error())
	}
	return bytes.TrimRight(buf.Bytes(), "\n")
}
