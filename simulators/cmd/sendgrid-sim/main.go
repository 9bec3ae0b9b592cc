// Command sendgrid-sim runs the SendGrid simulator alone, for trying it by hand:
//
//	go run ./simulators/cmd/sendgrid-sim -addr 127.0.0.1:12113 -webhook http://127.0.0.1:8080/v1/webhooks/mail/sendgrid
//
// ../../README.md shows what to ask it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/bedesten/bedesten/simulators/sendgrid"
	"github.com/bedesten/bedesten/simulators/sim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sendgrid-sim:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("sendgrid-sim", flag.ContinueOnError)
	flags.SetOutput(out)
	addr := flags.String("addr", "127.0.0.1:12113", "address to listen on; the control API asks for no key, so keep it on this machine")
	hook := flags.String("webhook", "", "endpoint that events are posted to")
	sender := flags.String("sender", sendgrid.DefaultSender, "verified sender: an address, or a domain that begins with @")
	scale := flags.Float64("scale", 1, "how many times shorter SendGrid's durations are")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("read the flags: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", *addr, err)
	}
	s := sendgrid.New(sendgrid.Config{Senders: []string{*sender}, WebhookURL: *hook, Clock: sim.NewClock(*scale)})
	fmt.Fprintf(out, "SendGrid simulator on http://%s, key %s, webhook public key %s, mails at /inbox\n",
		listener.Addr(), sendgrid.DefaultKey, s.PublicKey())
	return serve(ctx, listener, s)
}

// serve ends with ctx, once the last events are posted.
func serve(ctx context.Context, listener net.Listener, s *sendgrid.Server) error {
	srv := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()

	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(s.Close(last), srv.Shutdown(last))
}
