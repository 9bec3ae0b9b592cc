package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/lab"
)

// errFindings ends the audit with a failure after its report was printed.
var errFindings = errors.New("the audit found something: see above, and docs/operations.md")

type migrateCmd struct{ atShop }

// Run makes the mark of the look-up key, indexes, search attributes, schedules and
// the texts that a shop begins with.
func (c migrateCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	err = a.Migrate(ctx)
	if err == nil {
		_, err = fmt.Fprintln(out, "migrated: the mark of the look-up key, indexes, search attributes, schedules, texts")
	}
	return errors.Join(err, a.Close())
}

type seedCmd struct{ atShop }

// Run loads the demo catalogue.
func (c seedCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := c.open(ctx)
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
	atShop
	Wait time.Duration `default:"30s" help:"How long to wait for orders on their way to come to rest."`
}

// Run prints the report; findings are a failure.
func (c auditCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := c.open(ctx)
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

type doctorCmd struct{ atShop }

// Run checks each server on its own, so that one that is down hides no other.
func (c doctorCmd) Run(ctx context.Context, out io.Writer) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	healthy := true
	for _, f := range app.Examine(ctx, cfg) {
		mark, note := "ok  ", f.Detail
		if f.Err != nil {
			mark, note, healthy = "FAIL", f.Err.Error(), false
		}
		if _, err := fmt.Fprintf(out, "%s  %-22s %s\n", mark, f.Name, note); err != nil {
			return err
		}
		if f.Err != nil {
			if _, err := fmt.Fprintf(out, "      %-22s → %s\n", "", f.Remedy); err != nil {
				return err
			}
		}
	}
	if !healthy {
		return errors.New("not everything is reachable: see above")
	}
	return nil
}
