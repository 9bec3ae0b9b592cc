package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/simulators/sendgrid"
	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
)

type (
	// Stripe is a simulator that listens.
	Stripe struct {
		*stripe.Server
		listening
	}
	// EasyPost is a simulator that listens.
	EasyPost struct {
		*easypost.Server
		listening
	}
	// SendGrid is a simulator that listens.
	SendGrid struct {
		*sendgrid.Server
		listening
	}
)

// listening is where a simulator is reached.
type listening struct {
	URL  string
	http *http.Server
}

// listen takes addr, or any free port, and returns its URL.
func listen(what, addr string) (net.Listener, string, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, "", fmt.Errorf("starting the %s simulator on %s: %w", what, addr, err)
	}
	return listener, "http://" + listener.Addr().String(), nil
}

func serve(listener net.Listener, url string, handler http.Handler) listening {
	l := listening{URL: url, http: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}}
	go func() {
		if err := l.http.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			panic(err) // the rig is useless without it
		}
	}()
	return l
}

// stop ends a simulator's deliveries and its server.
func (l listening) stop(closing func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(closing(ctx), l.http.Close())
}

// StartStripe starts a Stripe simulator on addr, whose clock runs scale times
// as fast as the wall's.
func StartStripe(addr string, scale float64) (*Stripe, error) {
	listener, url, err := listen("Stripe", addr)
	if err != nil {
		return nil, err
	}
	server := stripe.New(stripe.Config{PublicURL: url, Clock: sim.NewClock(scale)})
	return &Stripe{Server: server, listening: serve(listener, url, server)}, nil
}

// Stop ends the simulator and its deliveries.
func (s *Stripe) Stop() error { return s.stop(s.Close) }

// StartEasyPost starts an EasyPost simulator on addr. Its parcels leave when they
// are handed over, and then travel by the clock.
func StartEasyPost(addr string, scale float64) (*EasyPost, error) {
	listener, url, err := listen("EasyPost", addr)
	if err != nil {
		return nil, err
	}
	server := easypost.New(easypost.Config{
		PublicURL: url, Clock: sim.NewClock(scale), IndexPerSecond: -1,
		Travel: easypost.Travel{Transit: time.Minute, Deliver: 2 * time.Minute},
	})
	return &EasyPost{Server: server, listening: serve(listener, url, server)}, nil
}

// Stop ends the simulator and its deliveries.
func (s *EasyPost) Stop() error { return s.stop(s.Close) }

// StartSendGrid starts a SendGrid simulator on addr.
func StartSendGrid(addr string, scale float64) (*SendGrid, error) {
	listener, url, err := listen("SendGrid", addr)
	if err != nil {
		return nil, err
	}
	server := sendgrid.New(sendgrid.Config{Clock: sim.NewClock(scale)})
	return &SendGrid{Server: server, listening: serve(listener, url, server)}, nil
}

// Stop ends the simulator and its deliveries.
func (s *SendGrid) Stop() error { return s.stop(s.Close) }
