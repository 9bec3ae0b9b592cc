package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
)

// picturesARound is how many pictures of each kind one round sees to: a provider takes
// a second to delete one, and the round has a minute.
const picturesARound = 25

// SweepPictures sees to it that no picture stands still and none that nobody uses
// stays: what was uploaded and is not looked at, what nobody claimed, what was given
// up, originals whose tickets are over.
func (s *Sweeper) SweepPictures(ctx context.Context, in SweepInput) (SweepResult, error) {
	const walk = "sweep/pictures"
	var result SweepResult
	now := s.Clock().UTC()
	last, err := s.lastTime(ctx, walk, now)
	if err != nil || now.Sub(last) < in.CatchUpEvery {
		return result, forTemporal(err)
	}
	if in.PictureKeep <= 0 {
		return result, forTemporal(fault.New(fault.Internal, "nobody said how long pictures are kept"))
	}
	result.Moved, err = s.Pictures.Retire(ctx, now.Add(-in.PictureKeep), now.Add(-media.KeepStale), now, picturesARound)
	errs := []error{err}
	// Whoever works on a picture, or is about to, has ended by then.
	settled := now.Add(-in.Age)
	for _, part := range []func(context.Context, time.Time, *SweepResult) error{s.resumePictures, s.deletePictures, s.bareOriginals} {
		errs = append(errs, part(ctx, settled, &result))
	}
	forgotten, err := s.Pictures.Forget(ctx, now.Add(-media.KeepDeleted))
	result.Removed += forgotten
	if err := errors.Join(append(errs, err)...); err != nil {
		return result, forTemporal(err)
	}
	return result, forTemporal(s.Cursors.SetCursor(ctx, walk, now.Format(time.RFC3339Nano)))
}

// looking is how a store is asked for pictures after an id.
type looking func(ctx context.Context, after string, limit int) ([]media.Asset, error)

// each does something to a round's pictures, from where the last round stopped: those
// that fail, however many, hold up no other, and are tried again when all the others had
// their turn.
func (s *Sweeper) each(ctx context.Context, walk string, look looking, do func(media.Asset) error) error {
	walk = "sweep/pictures/" + walk
	after, err := s.Cursors.Cursor(ctx, walk)
	if err != nil {
		return err
	}
	assets, err := look(ctx, after, picturesARound)
	if err != nil {
		return err
	}
	var errs []error
	for _, a := range assets {
		activity.RecordHeartbeat(ctx, a.ID)
		if err := do(a); err != nil {
			s.Log.WarnContext(ctx, "a picture could not be swept", "picture", a.ID, "state", a.State, "error", err)
			errs = append(errs, err)
		}
	}
	next := ""
	if len(assets) == picturesARound {
		next = assets[len(assets)-1].ID
	}
	if next != after {
		errs = append(errs, s.Cursors.SetCursor(ctx, walk, next))
	}
	return errors.Join(errs...)
}

// waiting looks for pictures that have been in a state since before a time.
func (s *Sweeper) waiting(state media.State, before time.Time) looking {
	return func(ctx context.Context, after string, limit int) ([]media.Asset, error) {
		return s.Pictures.Waiting(ctx, state, before, after, limit)
	}
}

func (s *Sweeper) resumePictures(ctx context.Context, before time.Time, result *SweepResult) error {
	return s.each(ctx, "uploaded", s.waiting(media.Uploaded, before), func(a media.Asset) error {
		result.Reopened++
		return s.PictureRuns.Process(ctx, a.ID)
	})
}

// deletePictures takes the bytes of what was given up away, once nobody can bring new
// ones: no ticket is open, and no step that began before is still at work.
func (s *Sweeper) deletePictures(ctx context.Context, before time.Time, result *SweepResult) error {
	return s.each(ctx, "deleting", s.waiting(media.Deleting, before), func(a media.Asset) error {
		if a.TicketUntil.After(before) {
			return nil
		}
		storage, err := s.Storages.Of(a.Storage)
		if err != nil {
			return err
		}
		for _, key := range a.Keys() {
			if err := storage.Delete(ctx, key); err != nil {
				return err
			}
		}
		result.Removed++
		return s.Pictures.Gone(ctx, a.ID, s.Clock().UTC())
	})
}

// bareOriginals takes away what was uploaded: nobody is shown it, and it holds what
// the camera wrote. A storage that makes sizes itself needs it, and shows it to nobody.
func (s *Sweeper) bareOriginals(ctx context.Context, before time.Time, _ *SweepResult) error {
	look := func(ctx context.Context, after string, limit int) ([]media.Asset, error) {
		return s.Pictures.Originals(ctx, before, after, limit)
	}
	return s.each(ctx, "originals", look, func(a media.Asset) error {
		storage, err := s.Storages.Of(a.Storage)
		if err != nil {
			return err
		}
		if _, resizes := storage.(media.Resizer); !resizes {
			if err := storage.Delete(ctx, a.Key); err != nil {
				return err
			}
		}
		return s.Pictures.Bare(ctx, a.ID)
	})
}
