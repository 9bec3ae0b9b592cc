package identity

import (
	"context"
	"strings"
	"time"
)

// ExportPrefix is that of an export's id.
const ExportPrefix = "exp"

// ExportLife is how long an export is kept to be fetched.
const ExportLife = 7 * 24 * time.Hour

// KeepExports is how long one is kept at all: longer than anybody was promised.
const KeepExports = ExportLife + 24*time.Hour

// KeepWanted is how long one that could not be made is wanted: until well after the
// month in which the law has it given.
const KeepWanted = 60 * 24 * time.Hour

// Export is a copy of everything that is known of an account's owner, made because
// they asked for it.
type Export struct {
	ID        string    `bson:"_id"`
	AccountID string    `bson:"account_id"`
	AskedAt   time.Time `bson:"asked_at"`
	// By is who of the staff asked for the owner; empty where the owner did.
	By string `bson:"by,omitempty"`
	// ReadyAt is when the copy was made: so many bytes, in so many chunks.
	ReadyAt time.Time `bson:"ready_at,omitempty"`
	Size    int64     `bson:"size"`
	Chunks  int       `bson:"chunks"`
}

// Ready reports whether the export can be fetched at now.
func (e Export) Ready(now time.Time) bool {
	return !e.ReadyAt.IsZero() && now.Before(e.ReadyAt.Add(ExportLife))
}

// TicketID is the id of the ticket that the letter about the export carries: fixed
// with it, so that there is one.
func (e Export) TicketID() string { return TicketPrefix + strings.TrimPrefix(e.ID, ExportPrefix) }

// Exports keeps exports, their content sealed with the account's key.
type Exports interface {
	// Ask writes down that an export is wanted.
	Ask(ctx context.Context, e Export) error

	// Find returns the export, or a NotFound fault.
	Find(ctx context.Context, exportID string) (Export, error)

	// Keep keeps the content and then says that the export is ready. It is safe to
	// repeat.
	Keep(ctx context.Context, e Export, content []byte, now time.Time) (Export, error)

	// Chunk returns the n-th part of the content, counted from 0.
	Chunk(ctx context.Context, e Export, n int) ([]byte, error)

	// Open walks over the exports that are not ready, in the order of their ids.
	Open(ctx context.Context, after string, limit int) ([]Export, error)

	// Forget removes every export of the account.
	Forget(ctx context.Context, accountID string) error

	// Sweep removes exports that were made before; of those that never were, the ones
	// that were asked for as much earlier as KeepWanted is longer than KeepExports.
	Sweep(ctx context.Context, before time.Time) (int, error)
}
