package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/idempotency"
	"github.com/bedesten/bedesten/internal/identity"
)

// Types of files of the catalogue.
const (
	typeCSV  = "text/csv"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

type createImportInput struct {
	KeyHeader
	ContentType string          `header:"Content-Type" doc:"Says which format the file has."`
	DryRun      bool            `query:"dry_run" doc:"Only check."`
	OnError     catalog.OnError `query:"on_error" enum:"stop,skip" default:"stop" doc:"With a flaw anywhere nothing is applied, or all products without one."`
	RawBody     []byte          `contentType:"text/csv"`
}

type importOutput struct {
	Location string `header:"Location"`
	Body     ImportView
}

type importAccess struct {
	ImportID string `path:"import" maxLength:"40" example:"imp_01k3v8m4w0f3q2x9y6z7a1b2c3"`
}

type listImportsInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor string `query:"cursor" maxLength:"40" doc:"next_cursor of the page before."`
}

type listImportsOutput struct {
	Body struct {
		Items      []ImportView `json:"items" nullable:"false" doc:"The newest first."`
		NextCursor string       `json:"next_cursor,omitempty" doc:"Missing on the last page."`
	}
}

type importReportInput struct {
	ImportID string          `path:"import" maxLength:"40" example:"imp_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	Outcome  catalog.Outcome `query:"outcome" enum:"flawed,ready,created,changed,unchanged,failed" doc:"Without it, all."`
	Limit    int             `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Cursor   int64           `query:"cursor" minimum:"0" doc:"next_cursor of the page before."`
}

type importReportOutput struct {
	Body struct {
		Items      []ImportEntryView `json:"items" nullable:"false" doc:"In the order of the file."`
		NextCursor string            `json:"next_cursor,omitempty" doc:"Missing on the last page."`
	}
}

func (a *API) importRoutes() {
	handle(a, Route{
		ID: "create-import", Method: http.MethodPost, Path: "/v1/staff/imports", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Put a file into the catalogue", Status: http.StatusAccepted, NeedsKey: true, AnyBody: true, MaxBody: catalog.MaxSheetBytes,
		Takes: []string{typeCSV, typeXLSX}, Codes: []fault.Code{fault.Invalid},
		Description: "The whole file is checked first, then applied product by product; Location says how far it is. One row a variant; " +
			"the columns are those of an export. Columns that the file lacks, and variants that it does not name, stay as they are.",
	}, a.createImport)
	handle(a, Route{
		ID: "list-imports", Method: http.MethodGet, Path: "/v1/staff/imports", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "List the imports of the last 30 days",
	}, a.listImports)
	handle(a, Route{
		ID: "get-import", Method: http.MethodGet, Path: "/v1/staff/imports/{import}", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "Show how far an import is",
	}, a.getImport)
	handle(a, Route{
		ID: "get-import-report", Method: http.MethodGet, Path: "/v1/staff/imports/{import}/report", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "List what became of each product of an import, with every flaw",
	}, a.importReport)
	handle(a, Route{
		ID: "download-import-report", Method: http.MethodGet, Path: "/v1/staff/imports/{import}/report.csv", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "Download the report of an import", Produces: []string{typeCSV}, Description: "One row a product, or a flaw.",
	}, a.downloadReport)
	handle(a, Route{
		ID: "cancel-import", Method: http.MethodPost, Path: "/v1/staff/imports/{import}/cancel", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Apply no more of an import", Status: http.StatusAccepted, AnyBody: true, Codes: []fault.Code{fault.Conflict},
		Description: "What is in stays in, and the report says what that is. No product is left half way.",
	}, a.cancelImport)
}

// createImport keeps the file under an id that the record fixed, and has it worked on.
func (a *API) createImport(ctx context.Context, in *createImportInput) (*importOutput, error) {
	who, err := a.staffPrincipal(ctx)
	if err != nil {
		return nil, err
	}
	i := catalog.Import{
		Format: formatOf(in.ContentType), DryRun: in.DryRun, OnError: in.OnError, State: catalog.ImportUploaded,
		By: requestOf(ctx).operator, CreatedAt: a.Clock().UTC(),
	}
	i.ID = id.New(catalog.ImportPrefix, i.CreatedAt)
	i.Hash = hashOf(i, in.RawBody)
	rec, _, err := a.beginOver(ctx, who, "create-import", in.Key, i.ID, i.Hash, idempotency.KeepOther)
	if err != nil {
		return nil, err
	}
	i.ID = rec.ResultID
	if at, ok := id.Time(i.ID); ok {
		i.CreatedAt = at
	}
	if i, err = a.Imports.Begin(ctx, i, in.RawBody); err != nil {
		return nil, err
	}
	if !i.Over() {
		if err := a.FileRuns.Import(ctx, i.ID); err != nil {
			return nil, err
		}
	}
	a.target(ctx, i.ID)
	a.changed(ctx, nil, viewImport(ctx, i))
	return &importOutput{Location: "/v1/staff/imports/" + i.ID, Body: viewImport(ctx, i)}, a.finish(ctx, rec, http.StatusAccepted)
}

// hashOf is of everything that the request says.
func hashOf(i catalog.Import, content []byte) string {
	sum := sha256.Sum256(content)
	all := sha256.Sum256(fmt.Appendf(sum[:], " %s %t %s", i.Format, i.DryRun, i.OnError))
	return hex.EncodeToString(all[:])
}

func formatOf(contentType string) catalog.Format {
	if mediaType(contentType) == typeXLSX {
		return catalog.XLSX
	}
	return catalog.CSV
}

func (a *API) listImports(ctx context.Context, in *listImportsInput) (*listImportsOutput, error) {
	if in.Cursor != "" && !id.Valid(catalog.ImportPrefix, in.Cursor) {
		return nil, fault.New(fault.Invalid, "this cursor is of no list of ours").With(detailField, "query.cursor")
	}
	found, err := a.Imports.List(ctx, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &listImportsOutput{}
	out.Body.NextCursor = found.Next
	out.Body.Items = make([]ImportView, len(found.Items))
	for n, i := range found.Items {
		out.Body.Items[n] = viewImport(ctx, i)
	}
	return out, nil
}

// imported returns an import, or says that there is none.
func (a *API) imported(ctx context.Context, importID string) (catalog.Import, error) {
	if !id.Valid(catalog.ImportPrefix, importID) {
		return catalog.Import{}, fault.New(fault.NotFound, "no such import")
	}
	i, err := a.Imports.Find(ctx, importID)
	if fault.Is(err, fault.NotFound) {
		return i, fault.New(fault.NotFound, "no such import: they are kept for 30 days")
	}
	return i, err
}

func (a *API) getImport(ctx context.Context, in *importAccess) (*importOutput, error) {
	i, err := a.imported(ctx, in.ImportID)
	if err != nil {
		return nil, err
	}
	return &importOutput{Body: viewImport(ctx, i)}, nil
}

func (a *API) importReport(ctx context.Context, in *importReportInput) (*importReportOutput, error) {
	i, err := a.imported(ctx, in.ImportID)
	if err != nil {
		return nil, err
	}
	var outcomes []catalog.Outcome
	if in.Outcome != "" {
		outcomes = append(outcomes, in.Outcome)
	}
	// Before the first product stands what is wrong with the heading.
	entries, err := a.Imports.Entries(ctx, i, in.Cursor-1, in.Limit+1, outcomes...)
	if err != nil {
		return nil, err
	}
	out := &importReportOutput{}
	if len(entries) > in.Limit {
		out.Body.NextCursor = strconv.FormatInt(entries[in.Limit].Number, 10)
		entries = entries[:in.Limit]
	}
	out.Body.Items = make([]ImportEntryView, len(entries))
	for n, e := range entries {
		out.Body.Items[n] = viewEntry(ctx, e)
	}
	return out, nil
}

// cancelTries is how often a cancel meets others that write.
const cancelTries = 20

func (a *API) cancelImport(ctx context.Context, in *importAccess) (*importOutput, error) {
	for range cancelTries {
		i, err := a.imported(ctx, in.ImportID)
		if err != nil {
			return nil, err
		}
		if i.Over() {
			return nil, fault.New(fault.Conflict, "the import is over: it is %s", i.State)
		}
		i.CancelledBy = requestOf(ctx).operator
		i, err = a.Imports.Save(ctx, i)
		if fault.Is(err, fault.Stale) {
			continue
		}
		if err != nil {
			return nil, err
		}
		a.changed(ctx, nil, map[string]any{"cancelled_by": i.CancelledBy})
		// One that could not be begun is ended by its run as well.
		if err := a.FileRuns.Import(ctx, i.ID); err != nil {
			return nil, err
		}
		return &importOutput{Body: viewImport(ctx, i)}, nil
	}
	return nil, fault.New(fault.Unavailable, "the import is written all the time: try again")
}

// downloadReport sends the report as CSV, page by page.
func (a *API) downloadReport(ctx context.Context, in *importAccess) (*huma.StreamResponse, error) {
	i, err := a.imported(ctx, in.ImportID)
	if err != nil {
		return nil, err
	}
	first, err := a.Imports.Entries(ctx, i, -1, reportPage)
	if err != nil {
		return nil, err
	}
	return a.report(ctx, i, first), nil
}
