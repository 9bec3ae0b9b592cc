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
		{"generated documents are up to date", documentsUpToDate},
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

// documentsUpToDate writes what is generated and compares it with what was
// there: docs/operations.md is generated in part.
func documentsUpToDate() error {
	paths := []string{"docs/order-states.md", "docs/operations.md"}
	before, err := readAll(paths)
	if err != nil {
		return err
	}
	if err := run("go", "run", "./docs/gen"); err != nil {
		return err
	}
	after, err := readAll(paths)
	if err != nil {
		return err
	}
	var stale []error
	for i, path := range paths {
		if !bytes.Equal(before[i], after[i]) {
			stale = append(stale, fmt.Errorf("%s was stale and has been written anew: look at it and commit it", path))
		}
	}
	return errors.Join(stale...)
}

func readAll(paths []string) ([][]byte, error) {
	contents := make([][]byte, len(paths))
	for i, path := range paths {
		var err error
		if contents[i], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return contents, nil
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
