package media

import (
	"context"
	"time"
)

// Search asks for a page of assets, the newest first.
type Search struct {
	// State, when given, is theirs.
	State State
	// Before is the id of the last one of the page before.
	Before string
	Limit  int
}

// Store keeps the rows of assets. Every step is one conditional update, safe to
// repeat, and tells NotFound of an id that is nobody's.
type Store interface {
	Create(ctx context.Context, a Asset) error
	Find(ctx context.Context, assetID string) (Asset, error)
	// Many returns those of the assets that there are, in no order.
	Many(ctx context.Context, ids []string) ([]Asset, error)
	List(ctx context.Context, s Search) ([]Asset, error)

	// Share returns the asset that holds the bytes of the given hash and is kept from
	// now on for as long as a new one, or makes fresh that asset, which is created.
	Share(ctx context.Context, fresh Asset, now time.Time) (Asset, error)

	// Arrive moves an asset whose bytes came to uploaded. One that is further stays
	// there; one that is deleted is a Conflict.
	Arrive(ctx context.Context, assetID string, now time.Time) (Asset, error)
	// Finish moves an uploaded asset to ready. One that is not uploaded stays as it is.
	Finish(ctx context.Context, assetID string, found Facts, made map[string]Rendition, now time.Time) (Asset, error)
	// Refuse moves an uploaded asset to refused. One that is not uploaded stays as it is.
	Refuse(ctx context.Context, assetID string, why Reason, now time.Time) (Asset, error)

	// Claim makes user a user of each asset, or of none: an asset that is unknown, not
	// uploaded or refused is Invalid, one that is deleted a Conflict; both name it.
	// Claiming again changes nothing.
	Claim(ctx context.Context, ids []string, user string) error
	// Release ends the use of each asset. Releasing what is not claimed is no error.
	Release(ctx context.Context, ids []string, user string, now time.Time) error

	// Delete moves an asset to deleting; one that is used or that its workflow looks
	// at is a Conflict.
	Delete(ctx context.Context, assetID string, now time.Time) (Asset, error)
	// Retire moves assets without a user to deleting: those that lost it, or were
	// declared, before unused and are ready; those that came to nothing before stale.
	Retire(ctx context.Context, unused, stale, now time.Time, limit int) (int, error)
	// Waiting returns assets after an id that came into the state before the time, by
	// their ids.
	Waiting(ctx context.Context, state State, before time.Time, after string, limit int) ([]Asset, error)
	// Originals returns ready assets after an id whose original may go, by their ids:
	// those whose ticket was over before the time, or that had none.
	Originals(ctx context.Context, before time.Time, after string, limit int) ([]Asset, error)
	// Bare notes that an asset's original is gone.
	Bare(ctx context.Context, assetID string) error
	// Gone moves a deleting asset to deleted.
	Gone(ctx context.Context, assetID string, now time.Time) error
	// Forget removes the rows of assets that were deleted before the time.
	Forget(ctx context.Context, before time.Time) (int, error)
}

// Runs reaches the workflows of pictures.
type Runs interface {
	// Process has an uploaded asset looked at. One that is looked at already is left
	// alone.
	Process(ctx context.Context, assetID string) error
}
