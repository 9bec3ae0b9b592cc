// Package media is the noun of pictures: assets that are uploaded, looked at,
// made into the sizes that pages show, used by products, and deleted once
// nobody uses them. Bytes are kept by a Storage, rows by a Store; what a
// picture really is, is read by an Imager.
package media

import (
	"errors"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
)

// State is where an asset stands.
type State string

// The states of an asset.
const (
	// AwaitingUpload: its bytes are to come, by the ticket that was given.
	AwaitingUpload State = "awaiting_upload"
	// Uploaded: its bytes are there, and its workflow looks at them.
	Uploaded State = "uploaded"
	// Ready: its renditions can be shown.
	Ready State = "ready"
	// Refused: it is no picture that we take; Reason says why.
	Refused State = "refused"
	// Deleting: nobody may use it any more, and its bytes are taken away.
	Deleting State = "deleting"
	// Deleted: its bytes are gone. The row stays for a while, for who asks.
	Deleted State = "deleted"
)

// States are all states, in the order of an asset's life.
var States = []State{AwaitingUpload, Uploaded, Ready, Refused, Deleting, Deleted}

// Types are the types of pictures that are taken.
var Types = []string{"image/jpeg", "image/png", "image/webp"}

// Limits of a picture. A picture of 40 megapixels takes 160 MB once it is
// unpacked, whatever its file has.
const (
	MaxBytes  = 15 << 20
	MaxPixels = 40_000_000
)

// TicketLife is how long an upload may be begun after it was allowed.
const TicketLife = 15 * time.Minute

// How long what came to nothing is kept: an upload that never came, a picture
// that was refused, and the row of one that was deleted.
const (
	KeepStale   = 24 * time.Hour
	KeepDeleted = 30 * 24 * time.Hour
)

// Reason is why a picture was refused. It is part of the API.
type Reason string

// The reasons.
const (
	NoPicture     Reason = "not_a_picture"
	OtherType     Reason = "other_type"
	OtherSize     Reason = "other_size"
	OtherContent  Reason = "other_content"
	TooLarge      Reason = "too_large"
	TooManyPixels Reason = "too_many_pixels"
	Animated      Reason = "animated"
	Broken        Reason = "broken"
	Missing       Reason = "missing"
)

// Reasons are all of them.
var Reasons = []Reason{NoPicture, OtherType, OtherSize, OtherContent, TooLarge, TooManyPixels, Animated, Broken, Missing}

// detailReason is the detail of a refusal that holds its reason.
const detailReason = "reason"

// Refuse returns the Invalid fault of a picture that is not taken.
func Refuse(why Reason, format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).With(detailReason, why)
}

// ReasonOf returns why a picture was refused, where err says so.
func ReasonOf(err error) (Reason, bool) {
	var f *fault.Fault
	if !errors.As(err, &f) || f.Code != fault.Invalid {
		return "", false
	}
	why, said := f.Details[detailReason].(Reason)
	return why, said
}

// Size is a box that a rendition fits into. A picture is never made larger.
type Size struct {
	Name string
	// Box is its width and its height.
	Box int
}

// Full is the largest rendition.
const Full = "full"

// Sizes are the renditions of every picture.
var Sizes = []Size{{"thumbnail", 160}, {"card", 480}, {Full, 1600}}

// Facts are what a picture really is.
type Facts struct {
	ContentType string `bson:"content_type" json:"content_type"`
	Bytes       int64  `bson:"bytes" json:"bytes"`
	Width       int64  `bson:"width" json:"width"`
	Height      int64  `bson:"height" json:"height"`
	SHA256      string `bson:"sha256" json:"sha256"`
}

// Rendition is a picture in one size.
type Rendition struct {
	// Key is what the storage knows it by.
	Key         string `bson:"key" json:"key"`
	ContentType string `bson:"content_type" json:"content_type"`
	Bytes       int64  `bson:"bytes" json:"bytes"`
	Width       int64  `bson:"width" json:"width"`
	Height      int64  `bson:"height" json:"height"`
	// Derived says that the storage made it of the original, and takes it away
	// with that.
	Derived bool `bson:"derived,omitempty" json:"derived,omitempty"`
}

// Asset is a picture. What it is said to be when it is declared is replaced by
// what it is once somebody looked.
type Asset struct {
	ID string `bson:"_id"`
	// Storage names where its bytes are: a shop that changes to another keeps old
	// pictures where they are.
	Storage string `bson:"storage"`
	// Key is what the storage knows the original by.
	Key   string `bson:"key"`
	Facts `bson:",inline"`
	State State `bson:"state"`
	// Reason is why it was refused.
	Reason     Reason               `bson:"reason,omitempty"`
	Renditions map[string]Rendition `bson:"renditions"`
	// Users are the ids of what shows it. While there is one, it is not deleted.
	Users map[string]bool `bson:"users"`
	// UnusedSince is when it lost its last user, or was declared.
	UnusedSince time.Time `bson:"unused_since"`
	// TicketUntil is until when its bytes may come by the ticket; zero where they
	// came through the API.
	TicketUntil time.Time `bson:"ticket_until"`
	// Bare says that nothing beside the renditions is left to be taken away: the
	// original is gone, or its storage makes them of it.
	Bare      bool      `bson:"bare"`
	CreatedAt time.Time `bson:"created_at"`
	CreatedBy string    `bson:"created_by"`
	// ChangedAt is when it came into its state.
	ChangedAt time.Time `bson:"changed_at"`
}

// New returns an asset of which by says what it is: facts without a width, a height
// and perhaps without a hash.
func New(storage string, said Facts, by string, now time.Time) Asset {
	assetID := id.New(id.Media, now)
	return Asset{
		ID: assetID, Storage: storage, Key: OriginalKey(assetID), Facts: said, State: AwaitingUpload, Renditions: map[string]Rendition{},
		Users: map[string]bool{}, UnusedSince: now, CreatedAt: now, CreatedBy: by, ChangedAt: now,
	}
}

// OriginalKey is the key of what was uploaded. Nothing below it is ever shown:
// originals hold what cameras write, such as where they were.
func OriginalKey(assetID string) string { return "uploads/" + assetID }

// RenditionKey is the key of a picture that is shown, under which never another one
// is kept.
func RenditionKey(assetID, size string) string { return "pictures/" + assetID + "/" + size + ".webp" }

// Keys are what its storage has to delete: whatever may have been made, whether the
// row knows of it or not, and the original last.
func (a Asset) Keys() []string {
	keys := []string{}
	for _, size := range Sizes {
		if !a.Renditions[size.Name].Derived {
			keys = append(keys, RenditionKey(a.ID, size.Name))
		}
	}
	return append(keys, a.Key)
}

// Claimable returns why the asset cannot be used by anything new, or nil.
func (a Asset) Claimable() error {
	switch a.State {
	case Uploaded, Ready:
		return nil
	case Deleting, Deleted:
		return fault.New(fault.Conflict, "picture %s is deleted: upload it again", a.ID).With("media_id", a.ID)
	case Refused:
		return Refuse(a.Reason, "picture %s was refused: %s", a.ID, a.Reason)
	case AwaitingUpload:
	}
	return Refuse(Missing, "picture %s was not uploaded yet", a.ID)
}

// Unknown is the fault of an id that is no asset's.
func Unknown(assetID string) error {
	return Refuse(Missing, "there is no picture %s", assetID)
}

// Matches returns why what was found is not what was declared, or nil. A hash that
// was not declared is not compared.
func (a Asset) Matches(found Facts) error {
	switch {
	case found.ContentType != a.ContentType:
		return Refuse(OtherType, "this is %s, and was said to be %s", found.ContentType, a.ContentType)
	case found.Bytes != a.Bytes:
		return Refuse(OtherSize, "these are %d bytes, and were said to be %d", found.Bytes, a.Bytes)
	case a.SHA256 != "" && found.SHA256 != a.SHA256:
		return Refuse(OtherContent, "the SHA-256 of these bytes is not the one that was declared")
	}
	return nil
}
