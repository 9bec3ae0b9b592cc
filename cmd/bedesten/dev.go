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

	"github.com/caarlos0/env/v11"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/lab"
)

type devCmd struct {
	APIAddr      string `default:"127.0.0.1:8080" help:"Where the API listens."`
	StripeAddr   string `default:"127.0.0.1:12111" help:"Where the Stripe simulator listens."`
	EasyPostAddr string `name:"easypost-addr" default:"127.0.0.1:12112" help:"Where the EasyPost simulator listens."`
	SendGridAddr string `name:"sendgrid-addr" default:"127.0.0.1:12113" help:"Where the SendGrid simulator, and its inbox, listens."`
	Storefront   string `default:"http://127.0.0.1:3000" help:"The storefront's origin, to which the bank's page sends shoppers back."`
	Data         string `help:"Keep stores and Temporal in this folder. Without it every start is a fresh shop. The simulators always forget: kept orders can be read, and not cancelled."`
	Mongo        string `help:"Use this MongoDB instead of the built-in one, with --temporal and --redis. Give --data too: its keys are kept there, without which another start reads no address of this one."`
	Temporal     string `help:"Use this Temporal."`
	Redis        string `help:"Use this Redis."`

	AlertEmail         string `env:"BEDESTEN_ALERT_EMAIL" default:"nobet@bedesten.example" help:"Who is told of orders that need a person."`
	AlertLanguage      string `env:"BEDESTEN_ALERT_LANGUAGE" default:"tr" enum:"tr,en" help:"In which language: ${enum}."`
	AlertWebhookURL    string `env:"BEDESTEN_ALERT_WEBHOOK_URL" help:"A webhook that is told too, with its secret."`
	AlertWebhookSecret string `env:"BEDESTEN_ALERT_WEBHOOK_SECRET" help:"What the webhook's requests are signed with."`
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
	// Servers that come up report troubles that they mend themselves.
	said := &kept{}
	defer func() {
		if err != nil && ctx.Err() == nil {
			said.show(os.Stderr)
		}
	}()
	l, err := lab.Start(ctx, lab.Options{
		Data: c.Data, Log: quiet(), Child: said, Addresses: c.given(),
		APIAddr: c.APIAddr, StripeAddr: c.StripeAddr, EasyPostAddr: c.EasyPostAddr, SendGridAddr: c.SendGridAddr,
		StorefrontOrigins: []string{c.Storefront, "http://" + c.APIAddr}, Change: c.change,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Stop()) }()
	// What the commands read from the note has to pass as it does in production.
	if _, err := config.Load(env.ToMap(lab.Environment(l.Config))); err != nil {
		return err
	}
	products, err := lab.Seed(ctx, l.App)
	if err != nil {
		return err
	}
	if err := errors.Join(l.StartWorker(ctx), l.StartAPI(ctx)); err != nil {
		return err
	}
	if err := l.AwaitAPI(ctx); err != nil {
		return err
	}
	forget, err := announce(l.Config)
	if err != nil {
		return err
	}
	said.pass(until(ctx, os.Stderr))
	c.welcome(out, l, products, time.Since(began))
	<-ctx.Done()
	_, err = fmt.Fprintln(out, "\nstopping …")
	return errors.Join(err, forget())
}

// change has the shop tell whom the environment names, and leaves what Temporal
// keeps readable: nothing is sold here, and its UI is how a developer looks in.
func (c devCmd) change(cfg *config.Config) {
	cfg.PayloadKeys = nil
	cfg.AlertEmail, cfg.AlertLanguage = c.AlertEmail, c.AlertLanguage
	cfg.AlertWebhookURL, cfg.AlertWebhookSecret = c.AlertWebhookURL, c.AlertWebhookSecret
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
	for _, addr := range []string{c.APIAddr, c.StripeAddr, c.EasyPostAddr, c.SendGridAddr} {
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
		"  bin/bedesten dev --api-addr 127.0.0.1:8090 --stripe-addr 127.0.0.1:12121 --easypost-addr 127.0.0.1:12122 --sendgrid-addr 127.0.0.1:12123",
		strings.Join(taken, " and "))
}

// runWorkerCmd is the worker that demo and record start as a child, to freeze
// and kill it.
type runWorkerCmd struct{}

// Run serves workflows and activities until it is told to stop.
func (runWorkerCmd) Run(ctx context.Context) error {
	cfg, err := config.Load(env.ToMap(os.Environ()))
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, cfg, quiet())
	if err != nil {
		return err
	}
	return errors.Join(serve(ctx, a), a.Close())
}

func serve(ctx context.Context, a *app.App) error { return a.RunWorker(ctx, func() {}) }
