package order

import (
	"context"
	"time"
)

// Why something that is no order needs a person. Its workflow shows the same words
// while a step of it fails.
const (
	StillPicture   = "picture_stuck"
	StillCatalogue = "catalogue_stuck"
	StillPrivacy   = "privacy_stuck"
)

// Kinds of what may stand still beside orders.
const (
	KindPicture = "picture"
	KindImport  = "import"
	KindExport  = "export"
	// KindCopy is an export of what is known of somebody, for themselves.
	KindCopy = "privacy_export"
)

// Still is something that is no order and has come no further for longer than the
// policy waits before it asks for a person. It is read from its own document, and so
// found also where no workflow runs any more.
type Still struct {
	Kind string
	// ID is what its workflow's id ends with.
	ID string
	// State is what its document says.
	State string
	// Since is when it last came further.
	Since time.Time
}

// Stills finds what stands still.
type Stills interface {
	// Still returns what has come no further since before, the oldest first, at most
	// limit of them.
	Still(ctx context.Context, before time.Time, limit int) ([]Still, error)
}

// Reason is the name that docs/operations.md tells the longer story under.
func (s Still) Reason() string {
	switch s.Kind {
	case KindPicture:
		return StillPicture
	case KindCopy:
		return StillPrivacy
	}
	return StillCatalogue
}

// Owner says whose it is.
func (s Still) Owner() string { return "engineering" }

// Next says what to do.
func (s Still) Next() string {
	switch s.Kind {
	case KindPicture:
		return "Open the workflow media/" + s.ID + ": its failing activity has the storage's word. `bedesten doctor`, row Pictures; mend the storage, the rest goes by itself."
	case KindCopy:
		return "Open the workflow privacy-export/" + s.ID + ": its failing activity says why. Mend that, the rest goes by itself. The law gives a month."
	case KindImport:
		return "Open the workflow catalogue-import/" + s.ID + ": its failing activity says why. Mend that, or cancel the import over the API."
	}
	return "Open the workflow catalogue-export/" + s.ID + ": its failing activity says why. Mend that, the rest goes by itself."
}
