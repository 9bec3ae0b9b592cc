package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/lab"
)

// errFindings ends the audit with a failure after its report was printed.
var errFindings = errors.New("the audit found something: see above, and docs/operations.md")

// open connects as the environment says.
func open(ctx context.Context) (*app.App, error) {
	cfg, err := config.Load(env.ToMap(os.Environ()))
	if err != nil {
		return nil, err
	}
	return app.Open(ctx, cfg, quiet())
}

type migrateCmd struct{}

// Run makes indexes, search attributes and schedules.
func (migrateCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := open(ctx)
	if err != nil {
		return err
	}
	err = a.Migrate(ctx)
	if err == nil {
		_, err = fmt.Fprintln(out, "migrated: indexes, search attributes, schedules")
	}
	return errors.Join(err, a.Close())
}

type seedCmd struct{}

// Run loads the demo catalogue.
func (seedCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := open(ctx)
	if err != nil {
		return err
	}
	n, err := lab.Seed(ctx, a)
	if err == nil {
		_, err = fmt.Fprintf(out, "seeded: %d products\n", n)
	}
	return errors.Join(err, a.Close())
}

type auditCmd struct {
	Wait time.Duration `default:"30s" help:"How long to wait for orders on their way to come to rest."`
}

// Run prints the report; findings are a failure.
func (c auditCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := open(ctx)
	if err != nil {
		return err
	}
	report, err := a.Auditor(c.Wait).Run(ctx)
	if err == nil {
		_, err = fmt.Fprint(out, report)
	}
	if err == nil && !report.Clean() {
		err = errFindings
	}
	return errors.Join(err, a.Close())
}

type doctorCmd struct{}

// Run checks each server on its own, so that one that is down hides no other.
func (doctorCmd) Run(ctx context.Context, out io.Writer) error {
	cfg, err := config.Load(env.ToMap(os.Environ()))
	if err != nil {
		return err
	}
	healthy := true
	for _, c := range app.Examine(ctx, cfg) {
		mark, note := "ok  ", c.Detail
		if c.Err != nil {
			mark, note, healthy = "FAIL", c.Err.Error(), false
		}
		if _, err := fmt.Fprintf(out, "%s  %-22s %s\n", mark, c.Name, note); err != nil {
			return err
		}
		if c.Err != nil {
			if _, err := fmt.Fprintf(out, "      %-22s → %s\n", "", c.Remedy); err != nil {
				return err
			}
		}
	}
	if !healthy {
		return errors.New("not everything is reachable: see above")
	}
	return nil
}
