package api

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

// ImportView is how far an import is.
type ImportView struct {
	ID      string              `json:"id" example:"imp_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	State   catalog.ImportState `json:"state" enum:"uploaded,checking,rejected,checked,applying,done,stopped,cancelled"`
	Over    bool                `json:"over" doc:"Nothing more happens to it."`
	Format  catalog.Format      `json:"format" enum:"csv,xlsx"`
	DryRun  bool                `json:"dry_run"`
	OnError catalog.OnError     `json:"on_error" enum:"stop,skip"`
	By      string              `json:"by"`
	Size    int64               `json:"size"`
	Wrong   string              `json:"wrong,omitempty" doc:"Why the file as a whole was refused."`

	Rows     int64                `json:"rows" doc:"What the check has read; grows while it runs, as the next three."`
	Products int64                `json:"products"`
	Flawed   int64                `json:"flawed" doc:"Products with a flaw: none of them goes in."`
	Expected catalog.ImportCounts `json:"expected" doc:"What the check takes it that the others become."`
	Applied  int64                `json:"applied" doc:"Up to which product of the file it was applied."`
	Counts   catalog.ImportCounts `json:"counts" doc:"What became of products until there."`

	CancelledBy string    `json:"cancelled_by,omitempty"`
	ProgressAt  time.Time `json:"progress_at" doc:"When it last came further."`
	CreatedAt   time.Time `json:"created_at"`
	CheckedAt   time.Time `json:"checked_at,omitzero"`
	EndedAt     time.Time `json:"ended_at,omitzero"`
}

// ImportEntryView is what became of one product of a file.
type ImportEntryView struct {
	Number    int64            `json:"number" doc:"The product's place in the file; 0 is its heading."`
	Product   string           `json:"product" doc:"How the file names it."`
	ProductID string           `json:"product_id,omitempty"`
	Line      int              `json:"line"`
	LastLine  int              `json:"last_line"`
	Outcome   catalog.Outcome  `json:"outcome" enum:"flawed,ready,created,changed,unchanged,failed" doc:"Only created, changed and unchanged products are as the file says."`
	Expected  catalog.Outcome  `json:"expected,omitempty" enum:"created,changed,unchanged" doc:"What the check takes it that it becomes."`
	Flaws     []ImportFlawView `json:"flaws" nullable:"false"`
}

// ImportFlawView is what is wrong with a cell.
type ImportFlawView struct {
	Line    int    `json:"line"`
	Column  string `json:"column,omitempty"`
	Message string `json:"message"`
}

func viewImport(ctx context.Context, i catalog.Import) ImportView {
	return ImportView{
		ID: i.ID, State: i.State, Over: i.Over(), Format: i.Format, DryRun: i.DryRun, OnError: i.OnError, By: i.By, Size: i.Size, Wrong: say(fault.Invalid, i.Wrong, requestOf(ctx).language),
		Rows: i.Rows, Products: i.Products, Flawed: i.Flawed, Expected: i.Expected, Applied: i.Applied, Counts: i.Counts,
		CancelledBy: i.CancelledBy, ProgressAt: i.StandsSince().UTC(), CreatedAt: i.CreatedAt.UTC(), CheckedAt: i.CheckedAt.UTC(), EndedAt: i.EndedAt.UTC(),
	}
}

func viewEntry(ctx context.Context, e catalog.ImportEntry) ImportEntryView {
	language := requestOf(ctx).language
	v := ImportEntryView{
		Number: e.Number, Product: e.Key, Line: e.Line, LastLine: e.LastLine, Outcome: e.Outcome, Expected: e.Expected, Flaws: []ImportFlawView{},
	}
	if !e.New || e.Outcome == catalog.OutcomeCreated {
		v.ProductID = e.ProductID
	}
	for _, f := range e.Flaws {
		v.Flaws = append(v.Flaws, ImportFlawView{Line: f.Line, Column: f.Column, Message: say(fault.Invalid, f.Message, language)})
	}
	return v
}

// reportPage is how many products one look at a report reads.
const reportPage = 500

var reportHeading = []string{"line", "last_line", "product", "product_id", "outcome", "column", "message"}

// report sends the report, of which the first page is read already.
func (a *API) report(ctx context.Context, i catalog.Import, entries []catalog.ImportEntry) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		out := humagin.Unwrap(hc).Writer
		attach(out.Header(), typeCSV+"; charset=utf-8", i.ID+".csv")
		out.WriteHeader(http.StatusOK)
		w := csv.NewWriter(out)
		err := w.Write(reportHeading)
		for err == nil && len(entries) > 0 {
			err = errors.Join(writeEntries(ctx, w, entries), http.NewResponseController(out).SetWriteDeadline(time.Now().Add(streamWrite)))
			if len(entries) < reportPage || err != nil {
				break
			}
			entries, err = a.Imports.Entries(ctx, i, entries[len(entries)-1].Number, reportPage)
		}
		w.Flush()
		if err = errors.Join(err, w.Error()); err != nil {
			a.Log.WarnContext(ctx, "a report was cut off", "import", i.ID, "error", err)
		}
	}}
}

func writeEntries(ctx context.Context, w *csv.Writer, entries []catalog.ImportEntry) error {
	for _, e := range entries {
		v := viewEntry(ctx, e)
		flaws := v.Flaws
		if len(flaws) == 0 {
			flaws = []ImportFlawView{{Line: v.Line}}
		}
		for _, f := range flaws {
			err := w.Write([]string{strconv.Itoa(f.Line), strconv.Itoa(v.LastLine), textual(v.Product), v.ProductID, string(v.Outcome), textual(f.Column), textual(f.Message)})
			if err != nil {
				return err //nolint:wrapcheck // the caller logs it
			}
		}
	}
	return nil
}

// textual keeps a spreadsheet from calculating what somebody else wrote.
func textual(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
