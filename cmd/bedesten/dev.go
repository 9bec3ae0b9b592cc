package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/lab"
)

type devCmd struct {
	APIAddr    string `default:"127.0.0.1:8080" help:"Where the API listens."`
	StripeAddr string `default:"127.0.0.1:12111" help:"Where the Stripe simulator listens."`
	Storefront string `default:"http://127.0.0.1:3000" help:"The storefront's origin, to which the bank's page sends shoppers back."`
	Data       string `help:"Keep stores and Temporal in this folder. Without it every start is a fresh shop; the simulator always forgets."`
	Mongo      string `help:"Use this MongoDB instead of the built-in one, with --temporal and --redis."`
	Temporal   string `help:"Use this Temporal."`
	Redis      string `help:"Use this Redis."`
}

// Run runs the whole shop until Ctrl-C.
func (c devCmd) Run(ctx context.Context, out io.Writer) (err error) {
	began := time.Now()
	for _, p := range []struct{ flag, addr string }{{"--api-addr", c.APIAddr}, {"--stripe-addr", c.StripeAddr}} {
		if err := free(ctx, p.addr, p.flag); err != nil {
			return err
		}
	}
	if c.Data != "" {
		if err := os.MkdirAll(c.Data, 0o700); err != nil {
			return fmt.Errorf("making the data folder: %w", err)
		}
	}
	l, err := lab.Start(ctx, lab.Options{
		Data: c.Data, Log: quiet(), Child: os.Stderr, Addresses: c.given(),
		APIAddr: c.APIAddr, StripeAddr: c.StripeAddr, StorefrontOrigins: []string{c.Storefront, "http://" + c.APIAddr},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Stop()) }()
	products, err := lab.Seed(ctx, l.App)
	if err != nil {
		return err
	}
	if err := errors.Join(l.StartWorker(ctx), l.StartAPI(ctx)); err != nil {
		return err
	}
	c.welcome(out, l, products, time.Since(began))
	<-ctx.Done()
	_, err = fmt.Fprintln(out, "\nstopping …")
	return err
}

// given returns the addresses of servers that run already, or nil.
func (c devCmd) given() *lab.Addresses {
	if c.Mongo == "" && c.Temporal == "" && c.Redis == "" {
		return nil
	}
	return &lab.Addresses{Mongo: c.Mongo, Temporal: c.Temporal, Redis: c.Redis, Namespace: "default"}
}

// free says which flag helps when a port is taken.
func free(ctx context.Context, addr, flag string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("%s is taken (is a second shop running?): stop it, or choose another address with %s", addr, flag)
	}
	return l.Close()
}

func (c devCmd) welcome(out io.Writer, l *lab.Lab, products int, took time.Duration) {
	ui := "(yours)"
	if l.Devstack != nil {
		ui = l.Devstack.TemporalUI
	}
	api := l.Config.PublicURL
	fmt.Fprintf(out, `
  Bedesten is open: %d products, ready in %.1f s. Policy: %s (%d× faster than a real shop).

    API              %s
    reference        %s/docs
    health           %s/readyz
    Temporal UI      %s/namespaces/default/workflows
    needs a person   %s/namespaces/default/workflows?query=OrderAttention+IS+NOT+NULL
    Stripe simulator %s   (books: %s/_control/books)
    MongoDB          %s/%s
    Redis            %s

  Try
    curl -s %s/v1/products?limit=3
    curl -s -X POST %s/v1/carts
  and go on with the README's tour: cards pm_card_visa, pm_card_visa_chargeDeclined, pm_card_threeDSecure2Required.

  Ctrl-C stops everything.
`, products, took.Seconds(), l.App.Policy.Name, lab.Scale, api, api, api, ui, ui, l.Stripe.URL, l.Stripe.URL,
		l.Config.MongoURL, l.Config.MongoDatabase, l.Config.RedisAddr, api, api)
}

// runWorkerCmd is the worker that demo and record start as a child, to freeze
// and kill it.
type runWorkerCmd struct{}

// Run serves workflows and activities until it is told to stop.
func (runWorkerCmd) Run(ctx context.Context) error {
	a, err := open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(serve(ctx, a), a.Close())
}

func serve(ctx context.Context, a *app.App) error { return a.RunWorker(ctx, func() {}) }
