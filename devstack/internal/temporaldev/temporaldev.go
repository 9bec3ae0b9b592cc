// Package temporaldev runs a Temporal server with its web UI in this process,
// on one SQLite file.
package temporaldev

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/authorization"
	_ "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite" // the server's SQLite plugin
	"go.temporal.io/server/temporal"
)

// Config says where the server listens and where its data lives.
type Config struct {
	Host        string // where frontend and UI listen; everything else is on 127.0.0.1
	Ports       Ports
	File        string // the SQLite file
	Synchronous string // SQLite's pragma: off, normal or full
	Log         *slog.Logger
}

// Server is a running server.
type Server struct {
	cfg    Config
	server temporal.Server
	log    *logger
	ui     *ui
}

// Start starts a server and returns when it answers. A database that is there
// already goes on where it was left.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.prepare(ctx); err != nil {
		return nil, err
	}
	log := &logger{out: cfg.Log.With("part", "temporal")}
	srv, err := temporal.NewServer(
		temporal.WithConfig(cfg.serverConfig(cfg.sqliteConfig())),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithLogger(log),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithDynamicConfigClient(dynamicConfig()),
	)
	if err != nil {
		return nil, fmt.Errorf("configuring Temporal: %w", err)
	}
	if err := srv.Start(); err != nil {
		log.tell()
		return nil, fmt.Errorf("starting Temporal: %w", err)
	}
	s := &Server{cfg: cfg, server: srv, log: log, ui: startUI(cfg)}
	if err := s.waitReady(ctx); err != nil {
		log.tell()
		return nil, errors.Join(err, s.Stop(context.Background()))
	}
	log.enter(running)
	return s, nil
}

// Addr returns the host and port that clients connect to.
func (s *Server) Addr() string { return s.cfg.frontendAddress() }

// UIAddr returns the address of the web UI.
func (s *Server) UIAddr() string { return s.cfg.uiAddress() }

// Stop ends the server, and waits for that until ctx ends.
func (s *Server) Stop(ctx context.Context) error {
	s.log.enter(stopping)
	s.ui.stop()
	done := make(chan error, 1)
	go func() { done <- s.server.Stop() }()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("stopping Temporal: %w", err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stopping Temporal: %w", ctx.Err())
	}
}

// waitReady returns when the server answers for the namespace and the UI is up.
func (s *Server) waitReady(ctx context.Context) error {
	c, err := client.NewLazyClient(client.Options{HostPort: s.Addr(), Logger: s.cfg.Log})
	if err != nil {
		return fmt.Errorf("making a Temporal client: %w", err)
	}
	defer c.Close()

	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for {
		err := errors.Join(checkNamespace(ctx, c), checkUI(ctx, s.UIAddr()))
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("Temporal did not get ready: %w", errors.Join(ctx.Err(), err))
		case <-t.C:
		}
	}
}

func checkNamespace(ctx context.Context, c client.Client) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()

	_, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: Namespace})
	return err
}

func checkUI(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, addr+"/healthz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the UI answers %s", res.Status)
	}
	return nil
}
