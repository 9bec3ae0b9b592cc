package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"
)

// ReopenErasures finds accounts that are to be forgotten and that nobody is about to
// forget: Temporal was away when it was asked for, or a run was ended by hand.
func (s *Sweeper) ReopenErasures(ctx context.Context, _ SweepInput) (SweepResult, error) {
	const walk = "sweep/erasures"
	var result SweepResult
	after, err := s.Cursors.Cursor(ctx, walk)
	if err != nil {
		return result, forTemporal(err)
	}
	ids, err := s.Accounts.Erasing(ctx, after, walkStep)
	if err != nil {
		return result, forTemporal(err)
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
	return result, forTemporal(errors.Join(errs...))
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
