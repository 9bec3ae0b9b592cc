package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// job is what there is to fuzz: every target of the module in dir.
type job struct {
	dir      string
	fuzztime string
	lanes    int
	out      io.Writer
}

// target is one fuzz test of a package.
type target struct{ pkg, name string }

// run fuzzes every target. The first that fails ends the others.
func run(ctx context.Context, j job) error {
	targets, err := j.find(ctx)
	if err != nil {
		return err
	}
	lanes := max(1, min(j.lanes, len(targets)))
	fmt.Fprintf(j.out, "fuzzing %d targets for %s each, %d at a time\n", len(targets), j.fuzztime, lanes)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(lanes)
	var printing sync.Mutex
	ended := 0
	for _, t := range targets {
		group.Go(func() error {
			output, err := j.fuzz(ctx, t)
			printing.Lock()
			defer printing.Unlock()
			if ctx.Err() != nil {
				return context.Cause(ctx) // another has failed, and has said so
			}
			ended++
			fmt.Fprintf(j.out, "%d of %d: %s.%s\n%s", ended, len(targets), t.pkg, t.name, output)
			if err != nil {
				return fmt.Errorf("fuzzing %s.%s: %w", t.pkg, t.name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// find lists the targets of every package.
func (j job) find(ctx context.Context) ([]target, error) {
	packages, err := j.goTool(ctx, "list", "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	var targets []target
	for _, pkg := range strings.Fields(string(packages)) {
		list, err := j.goTool(ctx, "test", "-list", "^Fuzz", pkg).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("listing the fuzz targets of %s: %w\n%s", pkg, err, list)
		}
		for _, name := range strings.Fields(string(list)) {
			if strings.HasPrefix(name, "Fuzz") {
				targets = append(targets, target{pkg, name})
			}
		}
	}
	return targets, nil
}

// fuzz runs one target with one worker, and returns what it said.
func (j job) fuzz(ctx context.Context, t target) ([]byte, error) {
	return j.goTool(ctx, "test", "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", j.fuzztime, "-parallel", "1", t.pkg).CombinedOutput()
}

// goTool is a run of the go tool that ends with ctx, and with it what it started: the
// tests that it builds are processes of their own. They end well when interrupted.
func (j job) goTool(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = j.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}
