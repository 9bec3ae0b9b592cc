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
	return s.walk(ctx, "sweep/imports", func(after string) (files []lostFile, err error) {
		imports, err := s.Imports.Open(ctx, after, walkStep)
		for _, i := range imports {
			files = append(files, lostFile{i.ID, i.CreatedAt})
		}
		return files, err
	}, before, s.FileRuns.Import, result)
}

func (s *Sweeper) reopenExports(ctx context.Context, before time.Time, result *SweepResult) error {
	return s.walk(ctx, "sweep/exports", func(after string) (files []lostFile, err error) {
		exports, err := s.Files.Open(ctx, after, walkStep)
		for _, e := range exports {
			files = append(files, lostFile{e.ID, e.AskedAt})
		}
		return files, err
	}, before, s.FileRuns.Export, result)
}

// lostFile is a file that may have no run, and since when it is there.
type lostFile struct {
	id    string
	since time.Time
}

// walk has each open file worked on, from where the last round stopped. Of one that is
// being worked on it costs no event; one that cannot be begun holds up no other.
func (s *Sweeper) walk(
	ctx context.Context, name string, open func(after string) ([]lostFile, error), before time.Time,
	begin func(context.Context, string) error, result *SweepResult,
) error {
	after, err := s.Cursors.Cursor(ctx, name)
	if err != nil {
		return err
	}
	files, err := open(after)
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range files {
		activity.RecordHeartbeat(ctx, f.id)
		if f.since.After(before) {
			continue
		}
		result.Looked++
		if err := begin(ctx, f.id); err != nil {
			s.Log.WarnContext(ctx, "a file of the catalogue could not be begun", "file", f.id, "error", err)
			errs = append(errs, err)
		}
	}
	next := ""
	if len(files) == walkStep {
		next = files[len(files)-1].id
	}
	if next != after {
		errs = append(errs, s.Cursors.SetCursor(ctx, name, next))
	}
	return errors.Join(errs...)
}
