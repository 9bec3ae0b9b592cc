package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
)

// ReopenFiles finds files of the catalogue that are not over and that nobody is working
// on: a run was ended by hand, or Temporal lost it. A run goes on from the file's
// document, so that an import whose cancel nobody obeyed ends as cancelled.
func (s *Sweeper) ReopenFiles(ctx context.Context, in SweepInput) (SweepResult, error) {
	var result SweepResult
	// Whoever brought a younger one is about to start it.
	settled := s.Clock().Add(-in.Age)
	err := errors.Join(s.reopenImports(ctx, settled, &result), s.reopenExports(ctx, settled, &result))
	return result, forTemporal(err)
}

func (s *Sweeper) reopenImports(ctx context.Context, before time.Time, result *SweepResult) error {
	return s.walk(ctx, "sweep/imports", func(after string) (open []unworked, err error) {
		imports, err := s.Imports.Open(ctx, after, walkStep)
		for _, i := range imports {
			open = append(open, unworked{i.ID, i.CreatedAt, func(ctx context.Context) error { return s.FileRuns.Import(ctx, i.ID) }})
		}
		return open, err
	}, before, result)
}

func (s *Sweeper) reopenExports(ctx context.Context, before time.Time, result *SweepResult) error {
	return s.walk(ctx, "sweep/exports", func(after string) (open []unworked, err error) {
		exports, err := s.Files.Open(ctx, after, walkStep)
		for _, e := range exports {
			open = append(open, unworked{e.ID, e.AskedAt, func(ctx context.Context) error { return s.FileRuns.Export(ctx, e.ID) }})
		}
		return open, err
	}, before, result)
}

// unworked is something that may have no run, since when it is there, and what begins
// one.
type unworked struct {
	id    string
	since time.Time
	begin func(context.Context) error
}

// walk has each that is open worked on, from where the last round stopped. Of one that
// is being worked on it costs no event; one that cannot be begun holds up no other.
func (s *Sweeper) walk(ctx context.Context, name string, open func(after string) ([]unworked, error), before time.Time, result *SweepResult) error {
	after, err := s.Cursors.Cursor(ctx, name)
	if err != nil {
		return err
	}
	found, err := open(after)
	if err != nil {
		return err
	}
	var errs []error
	for _, u := range found {
		activity.RecordHeartbeat(ctx, u.id)
		if u.since.After(before) {
			continue
		}
		result.Looked++
		if err := u.begin(ctx); err != nil {
			s.Log.WarnContext(ctx, "what nobody works on could not be begun", "walk", name, "id", u.id, "error", err)
			errs = append(errs, err)
		}
	}
	next := ""
	if len(found) == walkStep {
		next = found[len(found)-1].id
	}
	if next != after {
		errs = append(errs, s.Cursors.SetCursor(ctx, name, next))
	}
	return errors.Join(errs...)
}
