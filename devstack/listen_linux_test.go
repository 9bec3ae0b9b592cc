package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDevstack_ListensOnLoopbackUnlessToldOtherwise(t *testing.T) {
	t.Parallel()

	hosts := listeners(t, start(t, "--ephemeral").PID)
	require.GreaterOrEqual(t, len(hosts), 4, "Temporal, its UI, MongoDB and Redis at least")
	for _, h := range hosts {
		require.Equal(t, "127.0.0.1", h)
	}
}

func TestDevstack_OffersOnlyWhatClientsNeedOnAnotherHost(t *testing.T) {
	t.Parallel()
	p := start(t, "--ephemeral", "--host", "0.0.0.0")

	newShop(t, p).roundTrip(t)
	open := slices.DeleteFunc(listeners(t, p.PID), func(h string) bool { return h == "127.0.0.1" })
	require.LessOrEqual(t, len(open), 5, "temporal with its membership, the UI, mongo and redis")
}

// listeners returns the local address of every TCP socket on which a process
// listens, from the kernel's tables.
func listeners(t *testing.T, pid int) []string {
	t.Helper()
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	require.NoError(t, err)
	mine := map[string]bool{}
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil { // it may be closed by now
			mine[target] = true
		}
	}

	var hosts []string
	for _, table := range []string{"tcp", "tcp6"} {
		body, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		require.NoError(t, err)
		for line := range strings.Lines(string(body)) {
			// sl, local address, remote address, state, ..., inode
			f := strings.Fields(line)
			const listening = "0A"
			if len(f) > 9 && f[3] == listening && mine["socket:["+f[9]+"]"] {
				hosts = append(hosts, hostOf(f[1]))
			}
		}
	}
	return hosts
}

// hostOf reads the kernel's hexadecimal "0100007F:1F90"; an address of IPv6 is
// returned as it is.
func hostOf(addr string) string {
	var b [4]byte
	host, _, _ := strings.Cut(addr, ":")
	if n, err := fmt.Sscanf(host, "%02x%02x%02x%02x", &b[3], &b[2], &b[1], &b[0]); err != nil || n != 4 || len(host) != 8 {
		return addr
	}
	return fmt.Sprintf("%d.%d.%d.%d", b[0], b[1], b[2], b[3])
}
