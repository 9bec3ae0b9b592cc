// Package stack starts and stops the parts of the development servers.
package stack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/bedesten/bedesten/devstack/internal/mongowire"
	"github.com/bedesten/bedesten/devstack/internal/ports"
	"github.com/bedesten/bedesten/devstack/internal/rediswire"
	"github.com/bedesten/bedesten/devstack/internal/temporaldev"
)

// Part is one of the servers.
type Part string

// The parts of a stack.
const (
	Temporal Part = "temporal"
	Mongo    Part = "mongo"
	Redis    Part = "redis"
)

// All are the parts in the order in which they start.
var All = []Part{Mongo, Redis, Temporal}

// startTimeout is far more than a start takes (half a second).
const startTimeout = 60 * time.Second

// Config describes a stack.
type Config struct {
	Parts    []Part
	Data     string // data folder; empty for an ephemeral stack
	Host     string // where the parts listen
	Ports    ports.Set
	FullSync bool // survive a power cut too, at half the speed
	Log      *slog.Logger
}

// Addresses are where the started parts are reached. It is what devstack
// prints when it is ready.
type Addresses struct {
	Temporal   string `json:"temporal,omitempty"`    // host:port
	TemporalUI string `json:"temporal_ui,omitempty"` // URL
	Namespace  string `json:"namespace,omitempty"`
	Mongo      string `json:"mongo,omitempty"` // URL
	Redis      string `json:"redis,omitempty"` // host:port
	PID        int    `json:"pid"`
}

// Stack is what runs.
type Stack struct {
	addresses Addresses
	failed    chan error
	stops     []func(context.Context) error // in the order of starting
}

// Start starts the parts of cfg, or none: when one fails the others are
// stopped again.
func Start(ctx context.Context, cfg Config) (*Stack, error) {
	s := &Stack{addresses: Addresses{PID: os.Getpid()}, failed: make(chan error, 1)}
	if err := s.start(ctx, cfg); err != nil {
		return nil, errors.Join(err, s.Stop(ctx))
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context, cfg Config) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	dir, err := s.folder(cfg)
	if err != nil {
		return err
	}
	if cfg.Ports, err = choosePorts(cfg); err != nil {
		return err
	}
	for _, p := range cfg.Parts {
		if err := s.startPart(ctx, p, dir, cfg); err != nil {
			return err
		}
	}
	return nil
}

// folder returns the absolute data folder and makes it.
func (s *Stack) folder(cfg Config) (string, error) {
	if cfg.Data == "" {
		dir, remove, err := ephemeralFolder()
		if err != nil {
			return "", err
		}
		s.stops = append(s.stops, func(context.Context) error { return remove() })
		return dir, nil
	}
	dir, err := filepath.Abs(cfg.Data)
	if err != nil {
		return "", fmt.Errorf("data folder %s: %w", cfg.Data, err)
	}
	// Both servers put the path into a SQLite address without escaping it.
	if strings.ContainsAny(dir, "?#%") {
		return "", fmt.Errorf("data folder %s: a path with ?, # or %% cannot hold SQLite files", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making the data folder: %w", err)
	}
	return dir, nil
}

// choosePorts returns ports on which every part of cfg can listen.
func choosePorts(cfg Config) (ports.Set, error) {
	if cfg.Data != "" {
		return ports.Keep(cfg.Data, cfg.Ports, cfg.checkPorts)
	}
	chosen, err := ports.Choose(cfg.Ports)
	if err != nil {
		return nil, err
	}
	return chosen, cfg.checkPorts(chosen)
}

func (s *Stack) startPart(ctx context.Context, p Part, dir string, cfg Config) error {
	if err := s.lockData(dir, p); err != nil {
		return err
	}
	switch p {
	case Temporal:
		return s.startTemporal(ctx, dir, cfg)
	case Mongo:
		return s.startMongo(dir, cfg)
	case Redis:
		return s.startRedis(cfg)
	}
	return fmt.Errorf("no such part: %s", p)
}

func (s *Stack) startTemporal(ctx context.Context, dir string, cfg Config) error {
	srv, err := temporaldev.Start(ctx, temporaldev.Config{
		Host:        cfg.Host,
		Ports:       temporalPorts(cfg.Ports),
		File:        filepath.Join(dir, "temporal", "temporal.db"),
		Synchronous: cfg.synchronous(),
		Log:         cfg.Log,
	})
	if err != nil {
		return err
	}
	s.stops = append(s.stops, srv.Stop)
	s.addresses.Temporal, s.addresses.TemporalUI = srv.Addr(), srv.UIAddr()
	s.addresses.Namespace = temporaldev.Namespace
	return nil
}

func temporalPorts(p ports.Set) temporaldev.Ports {
	return temporaldev.Ports{
		Frontend: temporaldev.Service{GRPC: p["temporal"], Membership: p["frontend-membership"]},
		History:  temporaldev.Service{GRPC: p["history"], Membership: p["history-membership"]},
		Matching: temporaldev.Service{GRPC: p["matching"], Membership: p["matching-membership"]},
		Worker:   temporaldev.Service{GRPC: p["worker"], Membership: p["worker-membership"]},
		UI:       p["ui"],
	}
}

func (s *Stack) startMongo(dir string, cfg Config) error {
	ln, err := net.Listen("tcp", cfg.addr("mongo"))
	if err != nil {
		return fmt.Errorf("listening for MongoDB clients: %w", err)
	}
	srv, err := mongowire.Start(mongowire.Config{
		Listener:    ln,
		Dir:         filepath.Join(dir, "mongo"),
		Synchronous: cfg.synchronous(),
		Log:         cfg.Log,
	})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	s.stops = append(s.stops, srv.Stop)
	s.addresses.Mongo = srv.URI()
	go func() {
		<-srv.Done()
		if err := srv.Err(); err != nil {
			s.fail(fmt.Errorf("the MongoDB-wire server ended: %w", err))
		}
	}()
	return nil
}

func (s *Stack) startRedis(cfg Config) error {
	srv, err := rediswire.Start(cfg.addr("redis"))
	if err != nil {
		return err
	}
	s.stops = append(s.stops, func(context.Context) error { srv.Stop(); return nil })
	s.addresses.Redis = srv.Addr()
	return nil
}

// synchronous returns SQLite's pragma. With normal, a power cut may cost the
// last transactions, a killed process none.
func (c Config) synchronous() string {
	switch {
	case c.Data == "":
		return "off"
	case c.FullSync:
		return "full"
	}
	return "normal"
}

func (c Config) addr(name string) string {
	return net.JoinHostPort(c.Host, strconv.Itoa(c.Ports[name]))
}

func (s *Stack) fail(err error) {
	select {
	case s.failed <- err:
	default: // somebody else was first
	}
}

// Addresses returns where the parts are reached.
func (s *Stack) Addresses() Addresses { return s.addresses }

// Failed carries the error of a part that ended by itself.
func (s *Stack) Failed() <-chan error { return s.failed }

// Stop stops the parts, the last one first, and waits for that until ctx ends.
func (s *Stack) Stop(ctx context.Context) error {
	var errs []error
	for i := len(s.stops) - 1; i >= 0; i-- {
		errs = append(errs, s.stops[i](ctx))
	}
	s.stops = nil
	return errors.Join(errs...)
}
