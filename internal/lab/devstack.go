// Package lab is the whole rig in one call: devstack as a child process,
// simulators, seeds, API and worker. dev, demo, e2e tests and bench stand on it.
package lab

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Addresses are where devstack's parts listen.
type Addresses struct {
	Temporal   string `json:"temporal"`
	TemporalUI string `json:"temporal_ui"`
	Namespace  string `json:"namespace"`
	Mongo      string `json:"mongo"`
	Redis      string `json:"redis"`
}

// Devstack is a running devstack process.
type Devstack struct {
	Addresses
	cmd   *exec.Cmd
	stdin io.Closer
	done  chan error
}

// DevstackOptions say how a devstack is started.
type DevstackOptions struct {
	// Bin is the program; empty means found by FindDevstack.
	Bin string
	// Part is temporal, mongo, redis, or empty for all.
	Part string
	// Data is the folder; empty means ephemeral.
	Data string
	// Args are further flags, such as ports.
	Args []string
	// Log receives what devstack writes to stderr.
	Log io.Writer
}

// startTimeout is how long devstack may take to be ready.
const startTimeout = 60 * time.Second

// FindDevstack returns the path of the devstack program: BEDESTEN_DEVSTACK, or
// bin/devstack beside the nearest go.mod above the working folder.
func FindDevstack() (string, error) {
	if bin := os.Getenv("BEDESTEN_DEVSTACK"); bin != "" {
		return bin, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding devstack: %w", err)
	}
	for {
		bin := filepath.Join(dir, "bin", "devstack")
		if _, err := os.Stat(bin); err == nil {
			return bin, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("bin/devstack is not built yet: run `make bin/devstack` (the first build takes some minutes)")
		}
		dir = parent
	}
}

// StartDevstack starts devstack as a child that ends with this process, and
// waits until it is ready.
func StartDevstack(ctx context.Context, o DevstackOptions) (*Devstack, error) {
	if o.Bin == "" {
		bin, err := FindDevstack()
		if err != nil {
			return nil, err
		}
		o.Bin = bin
	}
	var args []string
	if o.Part != "" {
		args = append(args, o.Part)
	}
	if o.Data == "" {
		args = append(args, "--ephemeral")
	} else {
		args = append(args, "--data", o.Data)
	}
	args = append(append(args, "--exit-with-parent", "--log-level", "error"), o.Args...)
	// It outlives ctx, which bounds only the start.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), o.Bin, args...)
	// A group of its own: Ctrl-C reaches the parent, which stops it in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = o.Log
	return launch(ctx, cmd)
}

func launch(ctx context.Context, cmd *exec.Cmd) (*Devstack, error) {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting devstack: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting devstack: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting devstack: %w", err)
	}
	d := &Devstack{cmd: cmd, stdin: stdin, done: make(chan error, 1)}
	ready := make(chan error, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		if !lines.Scan() {
			ready <- errors.New("devstack ended before it was ready; its own words stand above")
		} else {
			ready <- json.Unmarshal(lines.Bytes(), &d.Addresses)
		}
		for lines.Scan() {
			continue
		}
		d.done <- cmd.Wait()
	}()
	select {
	case err = <-ready:
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(startTimeout):
		err = fmt.Errorf("devstack was not ready after %s", startTimeout)
	}
	if err != nil {
		return nil, errors.Join(err, d.Kill())
	}
	return d, nil
}

// Pid is the process's id.
func (d *Devstack) Pid() int { return d.cmd.Process.Pid }

// Stop asks devstack to end and waits until it has.
func (d *Devstack) Stop() error {
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stopping devstack: %w", err)
	}
	select {
	case err := <-d.done:
		d.done <- err
		return err
	case <-time.After(15 * time.Second):
		return errors.Join(errors.New("devstack did not stop when it was asked"), d.Kill())
	}
}

// Kill ends devstack at once, as a crash would.
func (d *Devstack) Kill() error {
	if err := d.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("killing devstack: %w", err)
	}
	d.done <- <-d.done
	return nil
}
