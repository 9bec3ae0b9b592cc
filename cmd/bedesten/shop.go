package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/caarlos0/env/v11"

	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/lab"
)

// shopFile is where dev writes how its servers are reached, so that the
// operators' commands find them. It is private to the user: it holds the
// shop's keys.
func shopFile() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a place to note the shop's addresses: %w", err)
	}
	return filepath.Join(cache, "bedesten", "dev.env"), nil
}

// announce notes the shop's addresses. The returned function takes the note
// back, unless another shop has written its own meanwhile.
func announce(cfg config.Config) (func() error, error) {
	path, err := shopFile()
	if err != nil {
		return nil, err
	}
	note := []byte(strings.Join(lab.Environment(cfg), "\n") + "\n")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("noting the shop's addresses: %w", err)
	}
	if err := os.WriteFile(path, note, 0o600); err != nil {
		return nil, fmt.Errorf("noting the shop's addresses: %w", err)
	}
	return func() error {
		if there, err := os.ReadFile(path); err != nil || string(there) != string(note) {
			return nil //nolint:nilerr // a note that is gone, or another's, needs no taking back
		}
		return os.Remove(path)
	}, nil
}

// environment is the process's, or, where that names no shop, the note of the
// shop that dev runs on this machine.
func environment() (map[string]string, error) {
	vars := env.ToMap(os.Environ())
	for name := range vars {
		if strings.HasPrefix(name, "BEDESTEN_") && name != "BEDESTEN_DEVSTACK" {
			return vars, nil
		}
	}
	path, err := shopFile()
	if err != nil {
		return nil, err
	}
	note, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return vars, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the addresses of the shop that runs here: %w", err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(note)), "\n") {
		if name, value, ok := strings.Cut(line, "="); ok {
			vars[name] = value
		}
	}
	return vars, nil
}

// lock keeps a second shop out of a data folder; an empty one needs no lock.
func lock(data string) (func() error, error) {
	if data == "" {
		return func() error { return nil }, nil
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the data folder: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is in use by another shop: stop it, or give this one another --data", data), file.Close())
	}
	return file.Close, nil
}

// until passes on what is written as long as ctx lasts: what servers say while
// they are being stopped helps nobody.
func until(ctx context.Context, w io.Writer) io.Writer { return &bounded{ctx, w} }

type bounded struct {
	ctx context.Context
	w   io.Writer
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	select {
	case <-b.ctx.Done():
		return len(p), nil
	default:
		return b.w.Write(p)
	}
}
