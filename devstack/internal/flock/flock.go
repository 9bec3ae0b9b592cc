// Package flock locks files. The kernel gives a lock up when its process ends,
// however it ends, so nothing has to be cleaned up after a kill.
package flock

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrHeld is what TryLock returns when another process holds the lock.
var ErrHeld = errors.New("held by another process")

// Lock is a lock that is held.
type Lock struct{ file *os.File }

// Wait takes the lock of a file, which it makes if need be, and waits for it.
func Wait(file string) (*Lock, error) { return take(file, syscall.LOCK_EX) }

// Try takes the lock of a file, or returns ErrHeld.
func Try(file string) (*Lock, error) {
	l, err := take(file, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%s: %w", file, ErrHeld)
	}
	return l, err
}

func take(file string, how int) (*Lock, error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening a lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		return nil, errors.Join(fmt.Errorf("locking %s: %w", file, err), f.Close())
	}
	return &Lock{file: f}, nil
}

// Unlock gives the lock up. The file stays.
func (l *Lock) Unlock() error { return l.file.Close() }
