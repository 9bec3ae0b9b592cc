package flock_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/devstack/internal/flock"
)

func TestTry_FindsALockThatIsHeld(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "mongo.lock")

	held, err := flock.Try(file)
	require.NoError(t, err)
	_, err = flock.Try(file)
	require.ErrorIs(t, err, flock.ErrHeld)

	require.NoError(t, held.Unlock())
	again, err := flock.Try(file)
	require.NoError(t, err)
	require.NoError(t, again.Unlock())
}

func TestWait_WaitsForItsTurn(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sweep")
	held, err := flock.Wait(file)
	require.NoError(t, err)

	got := make(chan error, 1)
	go func() {
		l, err := flock.Wait(file)
		if err == nil {
			err = l.Unlock()
		}
		got <- err
	}()
	select {
	case <-got:
		require.FailNow(t, "two held the lock")
	case <-time.After(50 * time.Millisecond):
	}
	require.NoError(t, held.Unlock())
	require.NoError(t, <-got)
}

func TestTry_SaysWhatItCouldNotOpen(t *testing.T) {
	t.Parallel()

	_, err := flock.Try(filepath.Join(t.TempDir(), "no", "such", "folder"))
	require.ErrorContains(t, err, "opening a lock")
}
