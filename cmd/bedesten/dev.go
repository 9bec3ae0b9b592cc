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
	"github.com/bedesten/bedesten/internal/order"
)

type devCmd struct {
	APIAddr      string `default:"127.0.0.1:8080" help:"Where the API listens."`
	StripeAddr   string `default:"127.0.0.1:12111" help:"Where the Stripe simulator listens."`
	EasyPostAddr string `name:"easypost-addr" default:"127.0.0.1:12112" help:"Where the EasyPost simulator listens."`
	SendGridAddr string `name:"sendgrid-addr" default:"127.0.0.1:12113" help:"Where the SendGrid simulator, and its inbox, listens."`
	Storefront   string `default:"http://127.0.0.1:3000" help:"The storefront's origin, to which the bank's page sends shoppers back."`
	Data         string `help:"Keep stores and Temporal in this folder. Without it every start is a fresh shop. The simulators always forget: kept orders can be read, and not cancelled."`
	Mongo        string `help:"Use this MongoDB instead of the built-in one, with --temporal and --redis."`
	Temporal     string `help:"Use this Temporal."`
	Redis        string `help:"Use this Redis."`
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
		APIAddr: c.APIAddr, StripeAddr: c.StripeAddr, EasyPostAddr: c.EasyPostAddr, SendGridAddr: c.SendGridAddr,
		StorefrontOrigins: []string{c.Storefront, "http://" + c.APIAddr},
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

func (c devCmd) welcome(out io.Writer, l *lab.Lab, products int, took time.Duration) {
	api := l.Config.PublicURL
	_, key, _ := strings.Cut(lab.OperatorKey, ":")
	fmt.Fprintf(out, `
  Bedesten is open: %d products, ready in %.1f s. Policy: %s (%d× faster than a real shop).

    API                %s
    reference          %s/docs
    health             %s/readyz
    storefront         %s   (where the bank's page sends shoppers back; --storefront)
    mails              %s/inbox   (their templates: %s/dev/mails)
    Stripe simulator   %s   (books: %s/_control/books)
    EasyPost simulator %s
    MongoDB            %s/%s
    Redis              %s
    staff's key        Authorization: Bearer %s

  In the Temporal UI
%s
  Try
    curl -s '%s/v1/products?limit=3'
    curl -s -X POST %s/v1/carts
  and go on with the README's tour: cards pm_card_visa, pm_card_visa_chargeDeclined, pm_card_threeDSecure2Required.

  bin/bedesten doctor, audit and acknowledge find this shop by themselves. Ctrl-C stops everything.
`, products, took.Seconds(), l.App.Policy.Name, lab.Scale, api, api, api, c.Storefront, l.SendGrid.URL, api, l.Stripe.URL, l.Stripe.URL,
		l.EasyPost.URL, l.Config.MongoURL, l.Config.MongoDatabase, l.Config.RedisAddr, key, views(l.Config, time.Now()), api, api)
}

// view is a list of the Temporal UI that is worth keeping.
type view struct{ name, query string }

// savedViews are what people look for in the Temporal UI. today is the midnight
// that the present day began with. What reports a failed workflow task is
// Temporal's own attribute (docs.temporal.io/search-attribute).
func savedViews(today time.Time) []view {
	ofToday := `WorkflowType = "Order" AND StartTime >= "` + today.UTC().Format(time.RFC3339) + `"`
	in := func(states ...order.Status) string {
		list := make([]string, len(states))
		for i, s := range states {
			list[i] = `"` + string(s) + `"`
		}
		return ofToday + " AND OrderStatus IN (" + strings.Join(list, ", ") + ")"
	}
	return []view{
		{"needs a person", config.OrderQuery},
		{"parcels that wait", `ExecutionStatus = "Running" AND ParcelState IN ("label_created", "ready")`},
		{"parcels in trouble", `ExecutionStatus = "Running" AND ParcelState IN ("label_unknown", "label_failed", "blocked", "delivery_failed", "exception")`},
		{"orders of today", ofToday},
		{"  being paid", in(order.Pending, order.Reserved, order.AwaitingCustomer, order.PaymentUnknown, order.ClosingPayment, order.Authorized)},
		{"  being sent", in(order.Placed, order.Processing)},
		{"  delivered", in(order.Fulfilled, order.Completed)},
		{"  without a sale", in(order.Cancelling, order.Cancelled, order.Rejected, order.Expired, order.PaymentFailed)},
		{"failed tasks", `TemporalReportedProblems IN ("category=WorkflowTaskFailed", "category=WorkflowTaskTimedOut")`},
	}
}

// views shows the lists with their links, or only what to filter by where the
// UI is not ours.
func views(cfg config.Config, now time.Time) string {
	var b strings.Builder
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	for _, v := range savedViews(today) {
		link := cfg.WorkflowsURL(v.query)
		if link == "" {
			link = v.query
		}
		fmt.Fprintf(&b, "    %-18s %s\n", v.name, link)
	}
	return b.String()
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
