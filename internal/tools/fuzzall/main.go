// Command fuzzall runs every fuzz target of the module for a given time.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func main() {
	fuzztime := flag.String("fuzztime", "60s", "how long each target runs")
	flag.Parse()
	if err := run(*fuzztime); err != nil {
		fmt.Fprintln(os.Stderr, "fuzzall:", err)
		os.Exit(1)
	}
}

func run(fuzztime string) error {
	packages, err := exec.CommandContext(context.Background(), "go", "list", "./...").Output()
	if err != nil {
		return fmt.Errorf("listing packages: %w", err)
	}
	for _, pkg := range strings.Fields(string(packages)) {
		list, err := exec.CommandContext(context.Background(), "go", "test", "-list", "^Fuzz", pkg).Output()
		if err != nil {
			return fmt.Errorf("listing the fuzz targets of %s: %w", pkg, err)
		}
		for _, target := range strings.Fields(string(list)) {
			if !strings.HasPrefix(target, "Fuzz") {
				continue
			}
			fmt.Printf("fuzzing %s.%s for %s\n", pkg, target, fuzztime)
			cmd := exec.CommandContext(context.Background(), "go", "test", "-run", "^$", "-fuzz", "^"+target+"$", "-fuzztime", fuzztime, pkg)
			cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("fuzzing %s.%s: %w", pkg, target, err)
			}
		}
	}
	return nil
}
