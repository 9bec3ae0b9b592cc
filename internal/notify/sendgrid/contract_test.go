package sendgrid_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/notify/notifytest"
	"github.com/bedesten/bedesten/internal/notify/sendgrid"
	simulator "github.com/bedesten/bedesten/simulators/sendgrid"
	"github.com/bedesten/bedesten/simulators/sim"
)

// callTimeout is short: the tests of unanswered sends wait for it.
const callTimeout = time.Second

func TestMailer_KeepsTheContract(t *testing.T) {
	t.Parallel()

	notifytest.Run(t, func(t *testing.T) notifytest.Bench {
		server, url := simulate(t)
		return notifytest.Bench{
			Mailer: mailerAt(t, server, url), Provider: newProvider(t, server),
			WrongKey:  mailerAt(t, server, url, func(c *sendgrid.Config) { c.Key = "SG.yanlis.anahtar" }),
			Nobody:    mailerAt(t, server, nobody(t)),
			RefusedTo: "ayse@posta",
		}
	})
}

// simulate starts a SendGrid of the test's own.
func simulate(t *testing.T) (*simulator.Server, string) {
	t.Helper()
	server := simulator.New(simulator.Config{MaxHang: 2 * time.Second, DeliveryTime: -1})
	listener := httptest.NewServer(server)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, server.Close(ctx))
		listener.Close()
	})
	return server, listener.URL
}

func mailerAt(t *testing.T, server *simulator.Server, url string, change ...func(*sendgrid.Config)) *sendgrid.Mailer {
	t.Helper()
	cfg := sendgrid.Config{
		URL: url, Key: simulator.DefaultKey, PublicKeys: []string{server.PublicKey()}, From: "siparis@bedesten.example",
		FromName: "Bedesten Çarşısı", CallTimeout: callTimeout,
	}
	for _, f := range change {
		f(&cfg)
	}
	m, err := sendgrid.New(cfg)
	require.NoError(t, err)
	return m
}

// nobody returns an address that was free a moment ago.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return "http://" + listener.Addr().String()
}

// provider is the simulator with a webhook's endpoint that keeps what it gets.
type provider struct {
	server *simulator.Server

	mu    sync.Mutex
	posts []notifytest.Post
}

var _ notifytest.Provider = (*provider)(nil)

func newProvider(t *testing.T, server *simulator.Server) *provider {
	t.Helper()
	p := &provider{server: server}
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.posts = append(p.posts, notifytest.Post{Header: r.Header.Clone(), Body: body})
	}))
	t.Cleanup(hook.Close)
	server.SetWebhookURL(hook.URL)
	return p
}

// Received returns what SendGrid would send.
func (p *provider) Received() []notifytest.Received {
	out := []notifytest.Received{}
	for _, m := range p.server.Sent() {
		out = append(out, notifytest.Received{
			Key: m.CustomArgs["send_key"], From: m.From.Email, FromName: m.From.Name, To: m.To[0].Email, ToName: m.To[0].Name,
			Subject: m.Subject, Text: m.Text, HTML: m.HTML,
		})
	}
	return out
}

// Posts returns what the endpoint got.
func (p *provider) Posts(ctx context.Context) ([]notifytest.Post, error) {
	if err := p.server.Idle(ctx); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.posts), nil
}

var troubles = map[notifytest.Trouble]sim.Kind{
	notifytest.Unanswered: sim.TimeoutBefore, notifytest.UnansweredAfter: sim.TimeoutAfter,
	notifytest.LostAfter: sim.ResetAfter, notifytest.Busy: sim.RateLimit,
}

// Strike adds a fault rule that is spent after one call.
func (p *provider) Strike(trouble notifytest.Trouble) error {
	_, err := p.server.AddFault(sim.Fault{Kind: troubles[trouble], Times: 1})
	return err
}
