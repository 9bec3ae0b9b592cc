package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/devstack/internal/stack"
)

// patience is how long a test waits for what must happen.
const patience = 60 * time.Second

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "devstack-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)

	binary = filepath.Join(dir, "devstack")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building devstack: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// process is a devstack that runs.
type process struct {
	stack.Addresses
	cmd    *exec.Cmd
	stdin  io.Closer
	stderr *buffer
	rest   *bufio.Reader // stdout after the line of addresses
	exited chan struct{} // closed when the process has ended
}

// buffer may be read while the process writes.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// launch starts a devstack without waiting for it.
func launch(t *testing.T, args ...string) *process {
	t.Helper()
	return launchIn(t, os.Environ(), args...)
}

func launchIn(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(binary, args...), stderr: &buffer{}, exited: make(chan struct{})}
	p.cmd.Env = env
	p.cmd.Stderr = p.stderr
	stdin, err := p.cmd.StdinPipe()
	require.NoError(t, err)
	p.stdin = stdin
	// Not StdoutPipe: Wait closes that one, perhaps before the test has read it.
	read, write, err := os.Pipe()
	require.NoError(t, err)
	p.cmd.Stdout = write
	p.rest = bufio.NewReader(read)
	require.NoError(t, p.cmd.Start())
	require.NoError(t, write.Close())
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait() // the tests look at ProcessState
	}()
	t.Cleanup(func() {
		p.kill(t)
		_ = read.Close()
		if t.Failed() {
			t.Logf("devstack %v said:\n%s", args, p.stderr)
		}
	})
	return p
}

// start starts a devstack and waits until it is ready.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	return startIn(t, os.Environ(), args...)
}

func startIn(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := launchIn(t, env, args...)
	line, err := p.rest.ReadBytes('\n')
	require.NoError(t, err, "devstack %v: %s", args, p.stderr)
	require.NoError(t, json.Unmarshal(line, &p.Addresses))
	require.Equal(t, p.cmd.Process.Pid, p.PID)
	return p
}

func (p *process) wait(t *testing.T) {
	t.Helper()
	select {
	case <-p.exited:
	case <-time.After(patience):
		require.FailNow(t, "devstack did not end", "%s", p.stderr)
	}
}

// kill ends the process without a word, as a power switch would.
func (p *process) kill(t *testing.T) {
	t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGKILL) // it may have ended already
	p.wait(t)
}

// requireCleanStop checks the end of a process that was asked to stop.
func (p *process) requireCleanStop(t *testing.T) {
	t.Helper()
	p.wait(t)
	require.Zero(t, p.cmd.ProcessState.ExitCode(), p.stderr.String())
	rest, err := io.ReadAll(p.rest)
	require.NoError(t, err)
	require.Empty(t, string(rest), "stdout holds the addresses and nothing else")
	require.Empty(t, p.stderr.String(), "nothing happened that is worth a line")
}

// folder returns a data folder in a path with a space, as users have them.
func folder(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "benim dükkân")
}
