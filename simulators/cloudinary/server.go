package cloudinary

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// Names and keys that a simulator answers to when its Config names none.
const (
	DefaultCloudName = "bedesten"
	DefaultAPIKey    = "874837483274837"
	DefaultAPISecret = "a676b67565c6767a6767d6767f676fe1"
)

// Config is what a simulator may be given. The zero value works; PublicURL can be set
// once the port is known.
type Config struct {
	CloudName string
	APIKey    string
	APISecret string

	// PublicURL is where pictures are delivered from: http://127.0.0.1:12114.
	PublicURL string

	// Clock is the simulated time; a clock of scale 1 when nil.
	Clock *sim.Clock

	// MaxBytes and MaxPixels are the plan's limits: 20 MB and 50 megapixels when zero
	// (cloudinary.com/documentation/cloudinary_image_and_video_api_limits, unverified).
	MaxBytes  int64
	MaxPixels int64

	// MaxHang is the longest wait, in wall time, of a call that is never answered; two
	// minutes when zero.
	MaxHang time.Duration
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

	mu        sync.Mutex // guards everything below
	publicURL string
	pictures  map[string]*picture // by public id
	versions  int64
}

// New returns a simulator without any picture. Close it.
func New(cfg Config) *Server {
	cfg = withDefaults(cfg)
	s := &Server{cfg: cfg, clock: cfg.Clock, publicURL: cfg.PublicURL, stop: make(chan struct{}), pictures: map[string]*picture{}}
	// There are no keys to keep a 500 under, no cards, and no webhooks.
	s.faults.Refuse(sim.Error500Kept, sim.Decline, sim.WebhookDuplicate, sim.WebhookReorder, sim.WebhookDelay, sim.WebhookDrop)
	s.courier = sim.NewCourier(sim.CourierConfig{Clock: s.clock, Faults: &s.faults})
	s.control = s.controlRoutes()
	return s
}

func withDefaults(cfg Config) Config {
	for v, otherwise := range map[*string]string{&cfg.CloudName: DefaultCloudName, &cfg.APIKey: DefaultAPIKey, &cfg.APISecret: DefaultAPISecret} {
		if *v == "" {
			*v = otherwise
		}
	}
	if cfg.Clock == nil {
		cfg.Clock = sim.NewClock(1)
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 20 << 20
	}
	if cfg.MaxPixels == 0 {
		cfg.MaxPixels = 50_000_000
	}
	if cfg.MaxHang == 0 {
		cfg.MaxHang = 2 * time.Minute
	}
	return cfg
}

// URL is what the account is configured by: cloudinary://<key>:<secret>@<cloud name>.
func (s *Server) URL() string {
	return "cloudinary://" + s.cfg.APIKey + ":" + s.cfg.APISecret + "@" + s.cfg.CloudName
}

// SetPublicURL names the address that pictures are delivered from.
func (s *Server) SetPublicURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publicURL = url
}

// Close ends hanging calls.
func (s *Server) Close(ctx context.Context) error {
	s.once.Do(func() { close(s.stop) })
	if err := s.courier.Close(ctx); err != nil {
		return fmt.Errorf("close the courier: %w", err)
	}
	return nil
}

// ServeHTTP answers the Upload API, the delivery of pictures and the control API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/_control/"):
		s.control.ServeHTTP(w, r)
	case strings.HasPrefix(r.URL.Path, "/v1_1/"):
		s.serveAPI(w, r)
	default:
		s.deliver(w, r)
	}
}

// AddFault takes in a rule and returns it with its id. A call is matched by its
// operation (image.upload) and, as metadata, by "public_id".
func (s *Server) AddFault(f sim.Fault) (sim.Fault, error) { return s.faults.Add(f) }

// Calls returns the latest calls of the Upload API, oldest first.
func (s *Server) Calls() []sim.Call { return s.journal.List(nil) }

// Reset forgets every picture, call and fault, and puts the clock back to wall time.
func (s *Server) Reset() {
	s.clock.Reset()
	s.faults.Clear()
	s.journal.Clear()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pictures = map[string]*picture{}
}

func (s *Server) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	c := &sim.Control{Clock: s.clock, Faults: &s.faults, Journal: &s.journal, Courier: s.courier, Reset: s.Reset}
	c.Register(mux)
	mux.HandleFunc("GET /_control/books", func(w http.ResponseWriter, _ *http.Request) {
		sim.WriteJSON(w, http.StatusOK, map[string]any{"pictures": s.Books()})
	})
	return mux
}
