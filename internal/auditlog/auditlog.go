// Package auditlog is the noun of what staff did: every action of theirs and every
// one that was refused, who and what and when, before and after. It is appended to
// and never changed. It holds nothing personal: people stand in it by their ids and
// handles.
package auditlog

import (
	"context"
	"time"
)

// Prefix of the noun's ids.
const Prefix = "aud"

// Phase says how far an action had come when an entry was written.
type Phase string

// Phases of an action. One that changes something is written down before it is
// done: what has begun and neither came through nor was refused was cut off.
const (
	Begun   Phase = "begun"
	Done    Phase = "done"
	Refused Phase = "refused"
)

// Entry is one line. All entries of one action share its Action id.
type Entry struct {
	ID string `bson:"_id" json:"id"`
	// ActionID is the same for what began and how it ended.
	ActionID string    `bson:"action_id" json:"action_id"`
	Phase    Phase     `bson:"phase" json:"phase"`
	At       time.Time `bson:"at" json:"at"`
	// Who is the handle or the key's name, WhoID the account or the key's prefix.
	Who   string `bson:"who" json:"who"`
	WhoID string `bson:"who_id" json:"who_id"`
	// What is the route or command, Permission what it takes.
	What       string `bson:"what" json:"what"`
	Permission string `bson:"permission" json:"permission,omitempty"`
	// Target is the id of what it is about.
	Target    string `bson:"target" json:"target,omitempty"`
	RequestID string `bson:"request_id" json:"request_id,omitempty"`
	// Status is the answer's, Code the problem's.
	Status int    `bson:"status" json:"status,omitempty"`
	Code   string `bson:"code" json:"code,omitempty"`
	// Before and After are JSON of what was changed.
	Before string `bson:"before" json:"before,omitempty"`
	After  string `bson:"after" json:"after,omitempty"`
}

// Search narrows a list down; what is empty narrows nothing.
type Search struct {
	Who, WhoID, What string
	// Target finds what belongs to it too: ids that begin with it and a dash, as those
	// of an order's parcels. Named is another name that it was written down by.
	Target, Named string
	Phase         Phase
	From, Until   time.Time
	// Before is the id of the last entry of the page before.
	Before string
	Limit  int
}

// Store keeps entries.
type Store interface {
	// Append writes an entry. One with an id that is there is left as it is.
	Append(ctx context.Context, e Entry) error

	// Find returns entries, the newest first.
	Find(ctx context.Context, s Search) ([]Entry, error)
}
