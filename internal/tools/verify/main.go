// Command verify fails when a generated file is stale, when a production main
// reaches development code, or when a release binary holds crash points.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	failed := false
	for _, c := range []struct {
		name string
		run  func() error
	}{
		{"docs/order-states.md is up to date", statesUpToDate},
		{"production mains reach no development code", mainsAreClean},
		{"release binaries hold no crash points", noCrashPoints},
		{"go.mod is tidy", tidy},
	} {
		if err := c.run(); err != nil {
			failed = true
			fmt.Printf("FAIL  %s\n      %v\n", c.name, err)
			continue
		}
		fmt.Printf("ok    %s\n", c.name)
	}
	if failed {
		os.Exit(1)
	}
}

func statesUpToDate() error {
	const path = "docs/order-states.md"
	before, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := run("go", "run", "./docs/gen"); err != nil {
		return err
	}
	after, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(before, after) {
		return errors.New("it was stale and has been written anew: look at it and commit it")
	}
	return nil
}

func mainsAreClean() error {
	out, err := output("go", "list", "-deps", "./cmd/api", "./cmd/worker")
	if err != nil {
		return err
	}
	for _, dep := range strings.Fields(out) {
		for _, bad := range []string{"bedesten/simulators", "bedesten/internal/lab", "bedesten/devstack", "bedesten/seeds"} {
			if strings.Contains(dep, bad) {
				return fmt.Errorf("a production main reaches %s", dep)
			}
		}
	}
	return nil
}

// noCrashPoints looks for the names of crash points in a release binary, and
// checks itself against one that was built with them.
func noCrashPoints() error {
	dir, err := os.MkdirTemp("", "bedesten-verify-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, build := range []struct {
		tags string
		want bool
	}{{"", false}, {"crashpoints", true}} {
		bin := filepath.Join(dir, "worker")
		if err := run("go", "build", "-tags", build.tags, "-o", bin, "./cmd/worker"); err != nil {
			return err
		}
		raw, err := os.ReadFile(bin)
		if err != nil {
			return err
		}
		if bytes.Contains(raw, []byte("BEDESTEN_CRASHPOINT")) != build.want {
			return fmt.Errorf("a binary built with tags %q has crash points: %t", build.tags, !build.want)
		}
	}
	return nil
}

func tidy() error { return run("go", "mod", "tidy", "-diff") }

func run(name string, args ...string) error {
	_, err := output(name, args...)
	return err
}

func output(name string, args ...string) (string, error) {
	out, err := exec.CommandContext(context.Background(), name, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out), nil
}
