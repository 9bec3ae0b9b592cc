package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
)

// ReopenErasures finds accounts that are to be forgotten and that nobody is about to
// forget, and exports of what is known of somebody that nobody makes: Temporal was away
// when it was asked for, or a run was ended by hand.
func (s *Sweeper) ReopenErasures(ctx context.Context, in SweepInput) (SweepResult, error) {
	var result SweepResult
	err := errors.Join(s.reopenErasures(ctx, &result), s.reopenCopies(ctx, s.Clock().Add(-in.Age), &result))
	return result, forTemporal(err)
}

// reopenCopies has those exports made that were asked for before: whoever asked for a
// younger one is about to start it.
func (s *Sweeper) reopenCopies(ctx context.Context, before time.Time, result *SweepResult) error {
	return s.walk(ctx, "sweep/privacy-exports", func(after string) (open []unworked, err error) {
		exports, err := s.Exports.Open(ctx, after, walkStep)
		for _, e := range exports {
			open = append(open, unworked{e.ID, e.AskedAt, func(ctx context.Context) error { return s.Privacy.Export(ctx, e) }})
		}
		return open, err
	}, before, result)
}

func (s *Sweeper) reopenErasures(ctx context.Context, result *SweepResult) error {
	const walk = "sweep/erasures"
	after, err := s.Cursors.Cursor(ctx, walk)
	if err != nil {
		return err
	}
	ids, err := s.Accounts.Erasing(ctx, after, walkStep)
	if err != nil {
		return err
	}
	var errs []error
	for _, accountID := range ids {
		activity.RecordHeartbeat(ctx, accountID)
		result.Looked++
		errs = append(errs, s.Privacy.Resume(ctx, accountID))
	}
	next := ""
	if len(ids) == walkStep {
		next = ids[len(ids)-1]
	}
	if next != after {
		errs = append(errs, s.Cursors.SetCursor(ctx, walk, next))
	}
	return errors.Join(errs...)
}

// RelayLetters hands letters over that could not be when they were written.
func (s *Sweeper) RelayLetters(ctx context.Context, in SweepInput) (SweepResult, error) {
	var result SweepResult
	letters, err := s.LetterBox.Waiting(ctx, s.Clock().Add(-in.Age), walkStep)
	if err != nil {
		return result, forTemporal(err)
	}
	var errs []error
	for _, l := range letters {
		activity.RecordHeartbeat(ctx, l.ID)
		err := s.Post.Send(ctx, l)
		if err == nil {
			result.Told++
			err = s.LetterBox.Done(ctx, l.ID)
		}
		errs = append(errs, err)
	}
	return result, forTemporal(errors.Join(errs...))
}
