package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/lab"
)

type devCmd struct {
	APIAddr    string `default:"127.0.0.1:8080" help:"Where the API listens."`
	StripeAddr string `default:"127.0.0.1:12111" help:"Where the Stripe simulator listens."`
	Storefront string `default:"http://127.0.0.1:3000" help:"The storefront's origin, to which the bank's page sends shoppers back."`
	Data       string `help:"Keep stores and Temporal in this folder. Without it every start is a fresh shop. The Stripe simulator always forgets: kept orders can be read, and not cancelled."`
	Mongo      string `help:"Use this MongoDB instead of the built-in one, with --temporal and --redis."`
	Temporal   string `help:"Use this Temporal."`
	Redis      string `help:"Use this Redis."`
}

// Run runs the whole shop until Ctrl-C.
func (c devCmd) Run(ctx context.Context, out io.Writer) (err error) {
	if err := c.free(ctx); err != nil {
		return err
	}
	unlock, err := lock(c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	err = c.open(ctx, out)
	if ctx.Err() != nil {
		// Whatever failed because of it, Ctrl-C was obeyed.
		_, err = fmt.Fprintln(out, "stopped")
	}
	return err
}

// open opens the shop and keeps it open until ctx is done.
func (c devCmd) open(ctx context.Context, out io.Writer) (err error) {
	began := time.Now()
	l, err := lab.Start(ctx, lab.Options{
		Data: c.Data, Log: quiet(), Child: until(ctx, os.Stderr), Addresses: c.given(),
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
	forget, err := announce(l.Config)
	if err != nil {
		return err
	}
	c.welcome(out, l, products, time.Since(began))
	<-ctx.Done()
	_, err = fmt.Fprintln(out, "\nstopping …")
	return errors.Join(err, forget())
}

// given returns the addresses of servers that run already, or nil.
func (c devCmd) given() *lab.Addresses {
	if c.Mongo == "" && c.Temporal == "" && c.Redis == "" {
		return nil
	}
	return &lab.Addresses{Mongo: c.Mongo, Temporal: c.Temporal, Redis: c.Redis, Namespace: "default"}
}

// free says what to type when a port is taken.
func (c devCmd) free(ctx context.Context) error {
	taken := []string{}
	for _, addr := range []string{c.APIAddr, c.StripeAddr} {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
		if err != nil {
			taken = append(taken, addr)
			continue
		}
		if err := l.Close(); err != nil {
			return fmt.Errorf("looking whether %s is free: %w", addr, err)
		}
	}
	if len(taken) == 0 {
		return nil
	}
	return fmt.Errorf("already taken: %s. Is a second shop running? Stop it, or open this one elsewhere:\n"+
		"  bin/bedesten dev --api-addr 127.0.0.1:8090 --stripe-addr 127.0.0.1:12121", strings.Join(taken, " and "))
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
    orders           %s/namespaces/default/workflows?query=WorkflowType%%3D%%22Order%%22
    needs a person   %s/namespaces/default/workflows?query=OrderAttention+IS+NOT+NULL
    storefront       %s   (where the bank's page sends shoppers back; --storefront)
    Stripe simulator %s   (books: %s/_control/books)
    MongoDB          %s/%s
    Redis            %s

  Try
    curl -s '%s/v1/products?limit=3'
    curl -s -X POST %s/v1/carts
  and go on with the README's tour: cards pm_card_visa, pm_card_visa_chargeDeclined, pm_card_threeDSecure2Required.

  bin/bedesten doctor, audit and acknowledge find this shop by themselves. Ctrl-C stops everything.
`, products, took.Seconds(), l.App.Policy.Name, lab.Scale, api, api, api, ui, ui, c.Storefront, l.Stripe.URL, l.Stripe.URL,
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
