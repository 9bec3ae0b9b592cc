// Package stock is the noun of units that can be sold: one document for each
// location and SKU decides, and an append-only ledger of movements records.
package stock

import (
	"context"
	"time"

	"github.com/bedesten/bedesten/internal/machine"
)

// DefaultLocation is the one warehouse there is so far.
const DefaultLocation = "main"

// State is the letter of an op's entry in a stock document.
type State string

// States of an entry. The first three are one reservation's life; the others
// are entries of their own.
const (
	Absent    State = "absent"
	Reserved  State = "r"
	Committed State = "c"
	Released  State = "x"
	Uncommit  State = "u"
	Shipped   State = "s"
	Received  State = "i"
	ReturnIn  State = "t"
	WriteOff  State = "w"
	Adjusted  State = "a"
)

// Trigger moves an entry.
type Trigger string

// The triggers of stock entries.
const (
	Reserve    Trigger = "reserve"
	Commit     Trigger = "commit"
	Release    Trigger = "release"
	Tombstone  Trigger = "tombstone"
	UncommitIt Trigger = "uncommit"
	Ship       Trigger = "ship"
	Receive    Trigger = "receive"
	TakeBack   Trigger = "return_in"
	WriteItOff Trigger = "write_off"
	Adjust     Trigger = "adjust"
)

// Machine is the life of an op's entry in a stock document.
var Machine = machine.Table[State, Trigger]{
	Noun: "stock entry",
	Ends: []State{Committed, Released, Uncommit, Shipped, Received, ReturnIn, WriteOff, Adjusted},
	Rows: []machine.Row[State, Trigger]{
		{From: []State{Absent}, To: Reserved, Trigger: Reserve, Effect: "reserved +q, available -q, only where available ≥ q"},
		{From: []State{Reserved}, To: Committed, Trigger: Commit, Effect: "reserved -q, committed +q"},
		{From: []State{Reserved}, To: Released, Trigger: Release, Effect: "reserved -q, available +q"},
		{From: []State{Absent}, To: Released, Trigger: Tombstone, Effect: "a straggling reserve is refused"},
		{From: []State{Absent}, To: Uncommit, Trigger: UncommitIt, Effect: "committed -q, available +q, under an op of its own"},
		{From: []State{Absent}, To: Received, Trigger: Receive, Effect: "on_hand +q, available +q"},
		{From: []State{Absent}, To: Adjusted, Trigger: Adjust, Effect: "on_hand, available by a signed q; may go below zero"},
		{From: []State{Absent}, To: Shipped, Trigger: Ship, Effect: "committed -q, on_hand -q"},
		{From: []State{Absent}, To: ReturnIn, Trigger: TakeBack, Effect: "on_hand +q, available +q"},
		{From: []State{Absent}, To: WriteOff, Trigger: WriteItOff, Effect: "on_hand, available by a signed q", Later: true},
	},
}

// Line is a number of units of one SKU at one location.
type Line struct {
	Location string
	SKU      string
	Quantity int64
}

// Op is what gives a stock movement its identity: an id fixed before the first
// try, and the time that was fixed with it and never changes.
type Op struct {
	ID string
	At time.Time
}

// Level is how many units there are.
type Level struct {
	OnHand    int64
	Reserved  int64
	Committed int64
	Available int64
}

// Verdict is what came of a reservation.
type Verdict string

// Verdicts of Reserve.
const (
	Held  Verdict = "held"
	Short Verdict = "short"
	// TooOld: the op's time is before what was pruned; ask again under a new op.
	TooOld Verdict = "too_old"
	// Gone: the op was released before it was ever reserved.
	Gone Verdict = "gone"
)

// Ledger keeps the count of units that can still be sold. Every method may be
// repeated with the same op and changes nothing the second time.
type Ledger interface {
	// Reserve takes every line or none. short names the SKUs that are short.
	Reserve(ctx context.Context, op Op, lines []Line) (v Verdict, short []string, err error)

	// Commit turns held lines into sold ones. A line that is not held under op
	// is a Conflict fault.
	Commit(ctx context.Context, op Op, lines []Line) error

	// Release gives held lines back, and leaves a tombstone where nothing is
	// held yet. A line that was committed is a Conflict fault.
	Release(ctx context.Context, op Op, lines []Line) error

	// Sold parts the lines into those that op committed and the others. A commit
	// that was refused may have got through for some.
	Sold(ctx context.Context, op Op, lines []Line) (sold, rest []Line, err error)

	// Uncommit gives committed lines back under an op of its own. A line whose
	// op is too old for its document is a TooOld verdict: ask under a new op.
	Uncommit(ctx context.Context, op Op, lines []Line) (Verdict, error)

	// Ship takes committed lines out of the house under an op of its own, however
	// late it is asked for.
	Ship(ctx context.Context, op Op, lines []Line) error

	// TakeBack puts lines that came back on sale again, under an op of its own.
	TakeBack(ctx context.Context, op Op, lines []Line) error

	// Receive adds units that came in.
	Receive(ctx context.Context, op Op, line Line) error

	// Adjust corrects a count by a signed quantity; it may go below zero.
	Adjust(ctx context.Context, op Op, line Line) error

	// Levels returns the level of each SKU at a location; SKUs that were never
	// stocked are left out.
	Levels(ctx context.Context, location string, skus []string) (map[string]Level, error)

	// Relay copies entries to the movements and prunes settled ones older than
	// the given age. It returns how many movements it wrote.
	Relay(ctx context.Context, now time.Time, prune time.Duration) (int, error)
}
