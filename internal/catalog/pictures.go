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
	touched := p.Media()
	if err := s.claim(ctx, touched, p.ID); err != nil {
		return p, err
	}
	made, err := s.Store.Create(ctx, p)
	return made, s.settled(ctx, touched, p.ID, err)
}

// Replace claims the pictures that are new, writes the product, then lets go of those
// that it shows no more.
func (s Illustrated) Replace(ctx context.Context, p Product) (Product, error) {
	before, err := s.Find(ctx, p.ID)
	if err != nil {
		return p, err //nolint:wrapcheck // the store's own
	}
	added := without(p.Media(), before.Media())
	if err := s.claim(ctx, added, p.ID); err != nil {
		return p, err
	}
	written, err := s.Store.Replace(ctx, p)
	return written, s.settled(ctx, append(added, without(before.Media(), p.Media())...), p.ID, err)
}

// Import claims the products' pictures, then inserts them.
func (s Illustrated) Import(ctx context.Context, products []Product) error {
	for _, p := range products {
		if err := s.claim(ctx, p.Media(), p.ID); err != nil {
			return err
		}
	}
	return s.Store.Import(ctx, products) //nolint:wrapcheck // the store's own
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

// settled settles the pictures that a write touched, and returns how the write went.
// Of a write whose outcome is unknown nothing is let go: a picture that is claimed in
// vain is kept too long, never deleted too early.
func (s Illustrated) settled(ctx context.Context, touched []string, productID string, why error) error {
	if why != nil && !fault.Is(why, fault.Stale) && !fault.Is(why, fault.Conflict) && !fault.Is(why, fault.Invalid) {
		return why
	}
	if len(touched) == 0 {
		return why
	}
	return errors.Join(why, s.settle(ctx, touched, productID))
}

// settle makes the product a user of those pictures that it shows, and of no other,
// until no write came in between: whichever of several writers is the last one, it
// leaves what is true.
func (s Illustrated) settle(ctx context.Context, ids []string, productID string) error {
	for {
		seen, err := s.Find(ctx, productID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err //nolint:wrapcheck // the store's own
		}
		unused := without(ids, seen.Media())
		if err := s.claim(ctx, without(ids, unused), productID); err != nil {
			return err
		}
		if len(unused) > 0 {
			if err := s.Pictures.Release(ctx, unused, productID, s.Now()); err != nil {
				return err //nolint:wrapcheck // the store's own
			}
		}
		now, err := s.Find(ctx, productID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err //nolint:wrapcheck // the store's own
		}
		if now.Revision == seen.Revision {
			return nil
		}
	}
}

func without(ids, others []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(one string) bool { return slices.Contains(others, one) })
}
