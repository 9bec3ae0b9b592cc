package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bedesten/bedesten/devstack/internal/flock"
)

// lockData takes the lock of one part of a data folder, so that two processes
// never open the same databases.
func (s *Stack) lockData(dir string, p Part) error {
	l, err := flock.Try(filepath.Join(dir, string(p)+".lock"))
	if errors.Is(err, flock.ErrHeld) {
		return fmt.Errorf("another devstack is running %s on the data folder %s", p, dir)
	}
	if err != nil {
		return err
	}
	s.stops = append(s.stops, func(context.Context) error { return l.Unlock() })
	return nil
}

// lockSuffix makes the name of an ephemeral folder's lock, which lies beside it.
const lockSuffix = ".lock"

// ephemeralFolder makes a data folder that remove takes away again. On the way
// it removes the folders of processes that were killed.
func ephemeralFolder() (dir string, remove func() error, err error) {
	root := filepath.Join(os.TempDir(), fmt.Sprintf("bedesten-devstack-%d", os.Getuid()))
	if err := os.MkdirAll(root, 0o700); err != nil {
		return "", nil, fmt.Errorf("making the folder of ephemeral data: %w", err)
	}
	// Nobody sweeps between the making of a folder and the taking of its lock.
	sweeping, err := flock.Wait(filepath.Join(root, "sweep"))
	if err != nil {
		return "", nil, err
	}
	defer sweeping.Unlock()

	sweep(root)
	dir, err = os.MkdirTemp(root, "data-")
	if err != nil {
		return "", nil, fmt.Errorf("making an ephemeral data folder: %w", err)
	}
	held, err := flock.Wait(dir + lockSuffix)
	if err != nil {
		return "", nil, err
	}
	return dir, func() error {
		return errors.Join(os.RemoveAll(dir), os.Remove(dir+lockSuffix), held.Unlock())
	}, nil
}

// sweep removes the ephemeral folders that no process holds. What cannot be
// removed now is left to the next sweep.
func sweep(root string) {
	locks, err := filepath.Glob(filepath.Join(root, "data-*"+lockSuffix))
	if err != nil {
		return // the only error is a malformed pattern, and it is a constant
	}
	for _, file := range locks {
		l, err := flock.Try(file)
		if err != nil {
			continue
		}
		_ = os.RemoveAll(strings.TrimSuffix(file, lockSuffix))
		_ = os.Remove(file)
		_ = l.Unlock()
	}
}
