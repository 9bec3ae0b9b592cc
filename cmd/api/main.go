// Command api serves the HTTP API of the product. Everything it needs is read
// from the environment; every mistake is reported at once.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/caarlos0/env/v11"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "api:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	cfg, err := config.Load(env.ToMap(os.Environ()))
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.APIAddr)
	if err != nil {
		return fmt.Errorf("listening on BEDESTEN_API_ADDR %s: %w", cfg.APIAddr, err)
	}
	a, err := app.Open(ctx, cfg, app.Logger(os.Stderr, cfg.LogLevel, cfg.LogFormat))
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := a.Close(); err == nil {
			err = closeErr
		}
	}()
	return a.WithMetrics(ctx, func(ctx context.Context) error { return a.ServeAPI(ctx, listener) })
}
