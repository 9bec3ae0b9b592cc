package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/order"
)

// branch is a shop whose orders begin under a policy of its own: an order keeps
// the policy of its start, so the same worker serves both.
type branch struct {
	shop *Shop
	http *http.Server
	done chan error
}

// openBranch opens a branch of the shop: the same stores and the same worker,
// another door.
func (l *Lab) openBranch(ctx context.Context, p order.Policy) (*branch, error) {
	twin := *l.App
	twin.Policy = p
	handler, err := twin.API()
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening a branch: %w", err)
	}
	b := &branch{
		shop: NewShop("http://"+listener.Addr().String(), l.Config.StorefrontOrigins[0]+"/thanks"),
		http: &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}, done: make(chan error, 1),
	}
	go func() { b.done <- b.http.Serve(listener) }()
	return b, nil
}

// close closes the branch; its orders go on.
func (b *branch) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := b.http.Shutdown(ctx)
	if served := <-b.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
