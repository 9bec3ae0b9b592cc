package ports_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/devstack/internal/ports"
)

func fine(ports.Set) error { return nil }

func TestKeep_ChoosesOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")

	first, err := ports.Keep(dir, nil, fine)
	require.NoError(t, err)
	again, err := ports.Keep(dir, nil, fine)
	require.NoError(t, err)

	require.Equal(t, first, again)
	requireAllDifferent(t, first)
}

func TestKeep_AGivenPortWinsAndStays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()

	before, err := ports.Keep(dir, nil, fine)
	require.NoError(t, err)
	given, err := ports.Keep(dir, ports.Set{"mongo": 27017, "redis": 0}, fine)
	require.NoError(t, err)
	after, err := ports.Keep(dir, nil, fine)
	require.NoError(t, err)

	require.Equal(t, 27017, given["mongo"])
	require.Equal(t, before["redis"], given["redis"])
	require.Equal(t, given, after)
}

// Otherwise a mistyped flag would be asked for again by every later start.
func TestKeep_ForgetsAChoiceThatIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	busy := errors.New("port 27017 is busy")

	before, err := ports.Keep(dir, nil, fine)
	require.NoError(t, err)
	_, err = ports.Keep(dir, ports.Set{"mongo": 27017}, func(ports.Set) error { return busy })
	require.ErrorIs(t, err, busy)
	after, err := ports.Keep(dir, nil, fine)
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestKeep_PartsThatStartTogetherAgree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()

	got := make([]ports.Set, 8)
	errs := make([]error, len(got))
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() { got[i], errs[i] = ports.Keep(dir, nil, fine) })
	}
	wg.Wait()
	for i := range got {
		require.NoError(t, errs[i])
		require.Equal(t, got[0], got[i])
	}
}

func TestKeep_RefusesAFileThatItCannotRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ports.json"), []byte("{"), 0o644))

	_, err := ports.Keep(dir, nil, fine)
	require.ErrorContains(t, err, "ports.json")
}

// Local ports of outgoing connections are taken from 32768 upwards on Linux: a
// server that is down for a moment must not find one of them on its port.
func TestChoose_StaysBelowThePortsOfOutgoingConnections(t *testing.T) {
	t.Parallel()

	for range 50 {
		s, err := ports.Choose(nil)
		require.NoError(t, err)
		requireAllDifferent(t, s)
		for name, port := range s {
			require.Less(t, port, 32768, name)
		}
	}
}

func TestCheck_SeesAListener(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := ln.Addr().(*net.TCPAddr).Port

	require.Error(t, ports.Check("127.0.0.1", port))
	require.NoError(t, ln.Close())
	require.NoError(t, ports.Check("127.0.0.1", port))
}

func requireAllDifferent(t *testing.T, s ports.Set) {
	t.Helper()
	require.Len(t, s, len(ports.Names))
	seen := map[int]string{}
	for name, port := range s {
		require.Empty(t, seen[port], "%s has the port of another", name)
		seen[port] = name
	}
}
