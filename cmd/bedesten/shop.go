package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

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

// kept keeps what servers say until somebody wants to see it, or passes it on.
type kept struct {
	mu  sync.Mutex
	buf bytes.Buffer
	to  io.Writer
}

// Write implements io.Writer.
func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.to != nil {
		return k.to.Write(p)
	}
	return k.buf.Write(p)
}

// show writes what was kept.
func (k *kept) show(w io.Writer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.buf.Len() > 0 {
		fmt.Fprintf(w, "the stores and Temporal said meanwhile:\n%s", k.buf.Bytes())
	}
}

// pass forgets what was kept and passes on what comes.
func (k *kept) pass(to io.Writer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.buf.Reset()
	k.to = to
}
