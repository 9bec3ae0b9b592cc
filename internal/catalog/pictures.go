package catalog

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
)

// Pictures are the assets that products show: a claimed one is not deleted.
type Pictures interface {
	// Claim makes user a user of each asset, or of none. Claiming again changes nothing.
	Claim(ctx context.Context, ids []string, user string) error

	// Release ends the use of each asset.
	Release(ctx context.Context, ids []string, user string, now time.Time) error
}

// Illustrated is a store whose products keep the pictures that they show: they are
// claimed before the product is written, and let go after.
type Illustrated struct {
	Store
	Pictures Pictures
	Now      func() time.Time
}

// Create claims the product's pictures, then inserts it.
func (s Illustrated) Create(ctx context.Context, p Product) (Product, error) {
	if err := s.claim(ctx, p.Media(), p.ID); err != nil {
		return p, err
	}
	made, err := s.Store.Create(ctx, p)
	if err != nil {
		return made, s.undo(ctx, p, p.Media(), err)
	}
	return made, s.claim(ctx, p.Media(), p.ID)
}

// Replace claims the pictures that are new, writes the product, then lets go of those
// that it shows no more.
func (s Illustrated) Replace(ctx context.Context, p Product) (Product, error) {
	before, err := s.Store.Find(ctx, p.ID)
	if err != nil {
		return p, err //nolint:wrapcheck // the store's own
	}
	added := without(p.Media(), before.Media())
	if err := s.claim(ctx, added, p.ID); err != nil {
		return p, err
	}
	written, err := s.Store.Replace(ctx, p)
	if err != nil {
		return written, s.undo(ctx, p, added, err)
	}
	// Again, for a write that lost may just have let go of what it had claimed too.
	if err := s.claim(ctx, added, p.ID); err != nil {
		return written, err
	}
	if before.Revision != p.Revision {
		return written, nil // it was not this one that was written over: nobody knows what it showed
	}
	return written, s.release(ctx, without(before.Media(), p.Media()), p.ID)
}

func (s Illustrated) claim(ctx context.Context, ids []string, productID string) error {
	if len(ids) == 0 {
		return nil
	}
	err := s.Pictures.Claim(ctx, ids, productID)
	var f *fault.Fault
	if errors.As(err, &f) && f.Code == fault.Invalid {
		return f.With("field", "pictures")
	}
	return err //nolint:wrapcheck // the store's own
}

// undo lets go of what a write claimed that was certainly not made. A picture that a
// product claims in vain is kept too long, never deleted too early.
func (s Illustrated) undo(ctx context.Context, p Product, claimed []string, why error) error {
	if !fault.Is(why, fault.Stale) && !fault.Is(why, fault.Conflict) && !fault.Is(why, fault.Invalid) {
		return why
	}
	now, err := s.Store.Find(ctx, p.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return why
	}
	return errors.Join(why, s.release(ctx, without(claimed, now.Media()), p.ID))
}

// release lets go of pictures, then looks whether another write made the product show
// them meanwhile: whichever of the two comes last, a picture that is shown is claimed.
func (s Illustrated) release(ctx context.Context, ids []string, productID string) error {
	if len(ids) == 0 {
		return nil
	}
	if err := s.Pictures.Release(ctx, ids, productID, s.Now()); err != nil {
		return err //nolint:wrapcheck // the store's own
	}
	now, err := s.Store.Find(ctx, productID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err //nolint:wrapcheck // the store's own
	}
	return s.claim(ctx, without(ids, without(ids, now.Media())), productID)
}

func without(ids, others []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(one string) bool { return slices.Contains(others, one) })
}
