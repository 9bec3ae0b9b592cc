package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDevstack_TellsWhereEverythingIs(t *testing.T) {
	t.Parallel()
	p := start(t, "--data", folder(t))

	require.Equal(t, "default", p.Namespace)
	res, err := http.Get(p.TemporalUI + "/healthz")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	newShop(t, p).roundTrip(t)
}

func TestDevstack_StopsCleanly(t *testing.T) {
	t.Parallel()

	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			p := start(t, "--ephemeral")

			require.NoError(t, p.cmd.Process.Signal(sig))
			p.requireCleanStop(t)
		})
	}
}

func TestDevstack_StopsWhenItsParentIsGone(t *testing.T) {
	t.Parallel()
	p := start(t, "--ephemeral", "--exit-with-parent")

	// The kernel does the same when the parent is killed.
	require.NoError(t, p.stdin.Close())
	p.requireCleanStop(t)
}

func TestDevstack_OutlivesItsStdinUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	p := start(t, "redis", "--ephemeral")

	require.NoError(t, p.stdin.Close())
	newShop(t, p).roundTrip(t)
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	p.requireCleanStop(t)
}

func TestDevstack_KeepsItsPorts(t *testing.T) {
	t.Parallel()
	data := folder(t)

	first := start(t, "--data", data)
	require.NoError(t, first.cmd.Process.Signal(syscall.SIGTERM))
	first.requireCleanStop(t)
	second := start(t, "--data", data)

	second.PID = first.PID
	require.Equal(t, first.Addresses, second.Addresses)
}

func TestDevstack_PartsAloneAreOnThePortsOfTheWhole(t *testing.T) {
	t.Parallel()
	data := folder(t)
	whole := start(t, "--data", data)
	whole.kill(t)

	temporal, mongo, redis := start(t, "temporal", "--data", data), start(t, "mongo", "--data", data), start(t, "redis", "--data", data)
	require.Equal(t, whole.Temporal, temporal.Temporal)
	require.Equal(t, whole.TemporalUI, temporal.TemporalUI)
	require.Empty(t, temporal.Mongo)
	require.Equal(t, whole.Mongo, mongo.Mongo)
	require.Empty(t, mongo.Redis)
	require.Equal(t, whole.Redis, redis.Redis)
	require.Empty(t, redis.Temporal)

	// The others do not notice when one is killed.
	mongo.kill(t)
	newShop(t, temporal).roundTrip(t)
	newShop(t, redis).roundTrip(t)
	newShop(t, start(t, "mongo", "--data", data)).roundTrip(t)
}

func TestDevstack_SaysWhichPortIsBusy(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	port := strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)

	for _, name := range []string{"temporal", "ui", "mongo", "redis", "history-membership"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := launch(t, "--ephemeral", "--"+name+"-port", port)
			p.wait(t)

			require.Equal(t, 1, p.cmd.ProcessState.ExitCode())
			require.Equal(t, "devstack: port "+port+" of "+name+" is busy: stop what listens there, or choose another one with --"+name+"-port\n", p.stderr.String())
		})
	}
}

func TestDevstack_LeavesADataFolderInUseAlone(t *testing.T) {
	t.Parallel()
	data := folder(t)
	start(t, "mongo", "--data", data)

	p := launch(t, "mongo", "--data", data, "--mongo-port", freePort(t))
	p.wait(t)
	require.Equal(t, 1, p.cmd.ProcessState.ExitCode())
	require.Equal(t, "devstack: another devstack is running mongo on the data folder "+data+"\n", p.stderr.String())
}

func TestDevstack_EphemeralDataGoesAwayAlsoAfterAKill(t *testing.T) {
	t.Parallel()
	tmp := t.TempDir()
	env := append(os.Environ(), "TMPDIR="+tmp)

	p := startIn(t, env, "--ephemeral")
	require.Len(t, ephemeralFolders(t, tmp), 1)
	p.kill(t)
	left := ephemeralFolders(t, tmp)
	require.Len(t, left, 1)

	p = startIn(t, env, "--ephemeral")
	require.Len(t, ephemeralFolders(t, tmp), 1)
	require.NotEqual(t, left, ephemeralFolders(t, tmp))
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	p.requireCleanStop(t)
	require.Empty(t, ephemeralFolders(t, tmp))
}

func ephemeralFolders(t *testing.T, tmp string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(tmp, "bedesten-devstack-*", "data-*"))
	require.NoError(t, err)
	var folders []string
	for _, f := range all {
		if filepath.Ext(f) != ".lock" {
			folders = append(folders, f)
		}
	}
	return folders
}

func TestDevstack_RefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"a part that is not there", []string{"postgres"}, `no such part: "postgres" (all, temporal, mongo or redis)`},
		{"data that is kept and is not", []string{"--ephemeral", "--data", "x"}, "--data and --ephemeral exclude each other"},
		{"a host by name", []string{"--host", "localhost"}, `--host: "localhost" is not an IP address`},
		{"a port that cannot be", []string{"--mongo-port", "70000"}, "--mongo-port: 70000 is not a port"},
		{"one word too many", []string{"mongo", "redis"}, `unexpected argument "redis"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(tt.args, t.Output())
			require.EqualError(t, err, tt.want)
		})
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	return strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)
}
