// Command easypost-sim runs the EasyPost simulator alone, for trying it by hand:
//
//	go run ./simulators/cmd/easypost-sim -addr 127.0.0.1:12112 -webhook http://127.0.0.1:8080/v1/webhooks/shipping/easypost
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

	"github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/simulators/sim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "easypost-sim:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("easypost-sim", flag.ContinueOnError)
	flags.SetOutput(out)
	addr := flags.String("addr", "127.0.0.1:12112", "address to listen on; the control API asks for no key, so keep it on this machine")
	hook := flags.String("webhook", "", "endpoint that events are sent to")
	scale := flags.Float64("scale", 1, "how many times shorter the carriers' durations are")
	collect := flags.Duration("collect", -1, "how long after a purchase the carrier fetches the parcel by itself; negative: when it is handed over")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("read the flags: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", *addr, err)
	}
	url := "http://" + listener.Addr().String()
	s := easypost.New(easypost.Config{PublicURL: url, WebhookURL: *hook, Clock: sim.NewClock(*scale), Travel: easypost.Travel{Collect: *collect}})
	fmt.Fprintf(out, "EasyPost simulator on %s, key %s, webhook secret %s\n", url, easypost.DefaultAPIKey, s.WebhookSecret())
	return serve(ctx, listener, s)
}

// serve ends with ctx, once the last webhooks are out.
func serve(ctx context.Context, listener net.Listener, s *easypost.Server) error {
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
