// Command cloudinary-sim runs the Cloudinary simulator alone, for trying it by hand:
//
//	go run ./simulators/cmd/cloudinary-sim -addr 127.0.0.1:12114
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

	"github.com/bedesten/bedesten/simulators/cloudinary"
	"github.com/bedesten/bedesten/simulators/sim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "cloudinary-sim:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("cloudinary-sim", flag.ContinueOnError)
	flags.SetOutput(out)
	addr := flags.String("addr", "127.0.0.1:12114", "address to listen on; the control API asks for no key, so keep it on this machine")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("read the flags: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", *addr, err)
	}
	url := "http://" + listener.Addr().String()
	s := cloudinary.New(cloudinary.Config{PublicURL: url, Clock: sim.NewClock(1)})
	fmt.Fprintf(out, "Cloudinary simulator on %s, CLOUDINARY_URL %s\n", url, s.URL())
	return serve(ctx, listener, s)
}

// serve ends with ctx.
func serve(ctx context.Context, listener net.Listener, s *cloudinary.Server) error {
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
