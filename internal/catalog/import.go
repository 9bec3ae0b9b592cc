package catalog

import (
	"context"
	"time"

	"github.com/bedesten/bedesten/internal/page"
)

// Prefixes of the ids of files.
const (
	ImportPrefix = "imp"
	ExportPrefix = "cex"
)

// KeepImports is how long files and their reports are kept.
const KeepImports = 30 * 24 * time.Hour

// OnError says what becomes of a file when a product in it is wrong.
type OnError string

// What there is to do then.
const (
	// StopOnError applies nothing of a file with a flaw in it, and nothing more once a
	// product cannot be written.
	StopOnError OnError = "stop"
	// SkipOnError leaves such products out.
	SkipOnError OnError = "skip"
)

// ImportState is how far an import has come.
type ImportState string

// States of an import.
const (
	ImportUploaded  ImportState = "uploaded"
	ImportChecking  ImportState = "checking"
	ImportRejected  ImportState = "rejected"
	ImportChecked   ImportState = "checked"
	ImportApplying  ImportState = "applying"
	ImportDone      ImportState = "done"
	ImportStopped   ImportState = "stopped"
	ImportCancelled ImportState = "cancelled"
)

// ImportStates are all of them.
var ImportStates = []ImportState{
	ImportUploaded, ImportChecking, ImportRejected, ImportChecked, ImportApplying, ImportDone, ImportStopped, ImportCancelled,
}

// Import is a file that is put into the catalogue.
type Import struct {
	ID string `bson:"_id"`
	// Revision grows by one with each write.
	Revision int64       `bson:"revision"`
	Format   Format      `bson:"format"`
	DryRun   bool        `bson:"dry_run"`
	OnError  OnError     `bson:"on_error"`
	State    ImportState `bson:"state"`
	// By is who of the staff it is from.
	By     string `bson:"by"`
	Size   int64  `bson:"size"`
	Chunks int    `bson:"chunks"`
	// Hash is the content's: the same request again brings the same.
	Hash string `bson:"hash"`
	// Wrong says why the file as a whole was refused.
	Wrong string `bson:"wrong,omitempty"`
	// Check names the check whose entries count: one that was cut off left some of its
	// own behind.
	Check   string   `bson:"check,omitempty"`
	Columns []string `bson:"columns,omitempty"`
	// Rows and Products are what the check has read, in the end all of them; Flawed are
	// products with a flaw.
	Rows     int64 `bson:"rows"`
	Products int64 `bson:"products"`
	Flawed   int64 `bson:"flawed"`
	// Expected is what the check takes it that will become of products without a flaw.
	Expected ImportCounts `bson:"expected"`
	// Applied is how far the products were gone through; Counts what became of them.
	Applied int64        `bson:"applied"`
	Counts  ImportCounts `bson:"counts"`
	// CancelledBy is who wants no more of it to be applied.
	CancelledBy string `bson:"cancelled_by,omitempty"`
	// ProgressAt is when it last came further, Furthest how many rows a check of it has
	// read at most: one that fails and begins anew comes no further by that.
	ProgressAt time.Time `bson:"progress_at,omitempty"`
	Furthest   int64     `bson:"furthest,omitempty"`
	CreatedAt  time.Time `bson:"created_at"`
	CheckedAt  time.Time `bson:"checked_at,omitempty"`
	EndedAt    time.Time `bson:"ended_at,omitempty"`
}

// ImportCounts are products by what became of them.
type ImportCounts struct {
	Created   int64 `bson:"created" json:"created"`
	Changed   int64 `bson:"changed" json:"changed"`
	Unchanged int64 `bson:"unchanged" json:"unchanged"`
	Failed    int64 `bson:"failed" json:"failed"`
}

// Minus returns them without a product.
func (c ImportCounts) Minus(o Outcome) ImportCounts {
	var one ImportCounts
	one.Count(o)
	return ImportCounts{
		Created: c.Created - one.Created, Changed: c.Changed - one.Changed, Unchanged: c.Unchanged - one.Unchanged, Failed: c.Failed - one.Failed,
	}
}

// Count adds a product.
func (c *ImportCounts) Count(o Outcome) {
	switch o {
	case OutcomeCreated:
		c.Created++
	case OutcomeChanged:
		c.Changed++
	case OutcomeUnchanged:
		c.Unchanged++
	case OutcomeFailed:
		c.Failed++
	case OutcomeFlawed, OutcomeReady:
	}
}

// Over reports whether nothing more happens to the import.
func (i Import) Over() bool {
	switch i.State {
	case ImportRejected, ImportDone, ImportStopped, ImportCancelled:
		return true
	case ImportChecked:
		return i.DryRun
	case ImportUploaded, ImportChecking, ImportApplying:
	}
	return false
}

// StandsSince returns when the import last came further, or was made.
func (i Import) StandsSince() time.Time {
	if i.ProgressAt.After(i.CreatedAt) {
		return i.ProgressAt
	}
	return i.CreatedAt
}

// Outcome is what became of a product of a file.
type Outcome string

// Outcomes of products.
const (
	// OutcomeFlawed products have a flaw in the file, and are not in.
	OutcomeFlawed Outcome = "flawed"
	// OutcomeReady products may go in, and are not yet.
	OutcomeReady     Outcome = "ready"
	OutcomeCreated   Outcome = "created"
	OutcomeChanged   Outcome = "changed"
	OutcomeUnchanged Outcome = "unchanged"
	// OutcomeFailed products could not be written, and are not in.
	OutcomeFailed Outcome = "failed"
)

// Outcomes are all of them.
var Outcomes = []Outcome{OutcomeFlawed, OutcomeReady, OutcomeCreated, OutcomeChanged, OutcomeUnchanged, OutcomeFailed}

// ImportEntry is one product of a file, with what is known of it.
type ImportEntry struct {
	ImportID string `bson:"import"`
	Check    string `bson:"check"`
	// Number is the product's place in the file, from 1. 0 is the file itself.
	Number int64 `bson:"number"`
	// Key is how the file names the product, ProductID which it is; New says that the
	// import makes it.
	Key       string  `bson:"key"`
	ProductID string  `bson:"product_id"`
	New       bool    `bson:"new"`
	Line      int     `bson:"line"`
	LastLine  int     `bson:"last_line"`
	Outcome   Outcome `bson:"outcome"`
	// Expected is what the check takes it that the outcome will be; empty with a flaw.
	Expected Outcome   `bson:"expected,omitempty"`
	Flaws    []RowFlaw `bson:"flaws,omitempty"`
	// Rows are kept until the product is in.
	Rows []Row `bson:"rows,omitempty"`
}

// Imports keeps imports: their files, and what became of each product.
type Imports interface {
	// Begin keeps a file and its import; one that is there already stays.
	Begin(ctx context.Context, i Import, content []byte) (Import, error)

	// Find returns the import, or a NotFound fault.
	Find(ctx context.Context, importID string) (Import, error)

	// List returns one page of imports, the newest first.
	List(ctx context.Context, cursor string, limit int) (page.Page[Import], error)

	// Open returns imports after an id that are not over, by their ids.
	Open(ctx context.Context, after string, limit int) ([]Import, error)

	// Content returns the file.
	Content(ctx context.Context, i Import) ([]byte, error)

	// Save writes an import over the revision that was read; where somebody else wrote
	// meanwhile it is a Stale fault.
	Save(ctx context.Context, i Import) (Import, error)

	// Report adds entries; those that are there already stay.
	Report(ctx context.Context, entries []ImportEntry) error

	// Entries returns what there is of the import's check after a number, by their
	// numbers. Outcomes narrow to some, without their rows; none means all, with them.
	Entries(ctx context.Context, i Import, after int64, limit int, outcomes ...Outcome) ([]ImportEntry, error)

	// Settle writes what became of a product, and forgets its rows.
	Settle(ctx context.Context, e ImportEntry) error

	// Sweep removes imports that were made before, with all that is kept of them.
	Sweep(ctx context.Context, before time.Time) (int, error)
}

// Export is a file of the whole catalogue.
type Export struct {
	ID       string    `bson:"_id"`
	Format   Format    `bson:"format"`
	By       string    `bson:"by"`
	AskedAt  time.Time `bson:"asked_at"`
	Products int64     `bson:"products"`
	Rows     int64     `bson:"rows"`
	// ReadyAt is when the file was made: so many bytes, in so many chunks. File names the
	// chunks that count: a try that was cut off left some of its own behind.
	ReadyAt time.Time `bson:"ready_at,omitempty"`
	Size    int64     `bson:"size"`
	Chunks  int       `bson:"chunks"`
	File    string    `bson:"file,omitempty"`
}

// Exports keeps files of the catalogue.
type Exports interface {
	// Ask writes down that a file is wanted; one that is there already stays.
	Ask(ctx context.Context, e Export) (Export, error)

	// Find returns the export, or a NotFound fault.
	Find(ctx context.Context, exportID string) (Export, error)

	// Open returns exports after an id that are not ready, by their ids.
	Open(ctx context.Context, after string, limit int) ([]Export, error)

	// Put keeps the n-th part of a file.
	Put(ctx context.Context, e Export, n int, part []byte) error

	// Ready says that all parts are there. What was said first stays.
	Ready(ctx context.Context, e Export) (Export, error)

	// Chunk returns the n-th part of the file, counted from 0.
	Chunk(ctx context.Context, e Export, n int) ([]byte, error)

	// Sweep removes exports that were asked for before.
	Sweep(ctx context.Context, before time.Time) (int, error)
}

// FileRuns starts what works on files.
type FileRuns interface {
	// Import starts an import's run where none runs: it goes on from the import's
	// document. One that runs is left alone.
	Import(ctx context.Context, importID string) error

	// Export starts an export's run where none runs. One that runs is left alone.
	Export(ctx context.Context, exportID string) error
}
