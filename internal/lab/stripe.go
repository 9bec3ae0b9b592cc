package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
)

// Stripe is a simulator that listens.
type Stripe struct {
	*stripe.Server
	URL  string
	http *http.Server
}

// StartStripe starts a Stripe simulator on addr, whose clock runs scale times
// as fast as the wall's.
func StartStripe(addr string, scale float64) (*Stripe, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("starting the Stripe simulator on %s: %w", addr, err)
	}
	url := "http://" + listener.Addr().String()
	s := &Stripe{
		Server: stripe.New(stripe.Config{PublicURL: url, Clock: sim.NewClock(scale)}),
		URL:    url,
	}
	s.http = &http.Server{Handler: s.Server, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := s.http.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			panic(err) // the rig is useless without it
		}
	}()
	return s, nil
}

// Stop ends the simulator and its deliveries.
func (s *Stripe) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(s.Close(ctx), s.http.Close())
}
