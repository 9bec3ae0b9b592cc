// Command devstack runs what Bedesten needs beside itself on a developer's
// machine: Temporal with its web UI, a MongoDB-wire and a Redis-wire server.
//
//	devstack [all|temporal|mongo|redis] [flags]
//
// When everything answers it prints one line of JSON with the addresses, and
// runs until SIGTERM or SIGINT. Logs go to stderr.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/bedesten/bedesten/devstack/internal/stack"
)

// stopTimeout is how long a clean stop may take.
const stopTimeout = 15 * time.Second

func main() {
	// Three servers that allocate much share a small machine's processors: memory
	// is cheaper here than collecting it.
	debug.SetGCPercent(400)

	// Embedded servers may print to stdout, which belongs to the addresses.
	out := os.Stdout
	os.Stdout = os.Stderr

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once

	err := run(ctx, os.Args[1:], os.Stdin, out)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "devstack:", err)
		os.Exit(1)
	}
}

// run starts the stack that args ask for and stops it when ctx is done.
func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	opts, err := parse(args, os.Stderr)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: opts.level}))
	slog.SetDefault(log)
	opts.stack.Log = log

	if opts.exitWithParent {
		ctx = untilEOF(ctx, in)
	}
	s, err := stack.Start(ctx, opts.stack)
	if err != nil {
		return err
	}
	err = errors.Join(json.NewEncoder(out).Encode(s.Addresses()), wait(ctx, s))

	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return errors.Join(err, s.Stop(stopping))
}

// wait returns when ctx is done, or with the error of a part that ended.
func wait(ctx context.Context, s *stack.Stack) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.Failed():
		return err
	}
}

// untilEOF returns a context that ends when in does. A parent keeps the other
// end of a pipe open as long as it lives: killed or not, it takes us along.
func untilEOF(ctx context.Context, in io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, in) // whatever ends it, nobody is there any more
	}()
	return ctx
}
