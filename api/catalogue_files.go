package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/idempotency"
	"github.com/bedesten/bedesten/internal/identity"
)

type createFileInput struct {
	KeyHeader
	Body struct {
		Format catalog.Format `json:"format" enum:"csv,xlsx"`
	}
}

type fileOutput struct {
	Location string `header:"Location"`
	Body     CatalogueFileView
}

type fileAccess struct {
	ExportID string `path:"export" maxLength:"40" example:"cex_01k3v8m4w0f3q2x9y6z7a1b2c3"`
}

// CatalogueFileView is a file of the whole catalogue.
type CatalogueFileView struct {
	ID       string         `json:"id" example:"cex_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	Format   catalog.Format `json:"format" enum:"csv,xlsx"`
	Ready    bool           `json:"ready" doc:"It can be fetched."`
	By       string         `json:"by"`
	Products int64          `json:"products"`
	Rows     int64          `json:"rows"`
	Size     int64          `json:"size"`
	AskedAt  time.Time      `json:"asked_at"`
	ReadyAt  time.Time      `json:"ready_at,omitzero"`
}

func viewFile(e catalog.Export) CatalogueFileView {
	return CatalogueFileView{
		ID: e.ID, Format: e.Format, Ready: !e.ReadyAt.IsZero(), By: e.By, Products: e.Products, Rows: e.Rows, Size: e.Size, AskedAt: e.AskedAt.UTC(), ReadyAt: e.ReadyAt.UTC(),
	}
}

func (a *API) catalogueFileRoutes() {
	handle(a, Route{
		ID: "create-catalogue-export", Method: http.MethodPost, Path: "/v1/staff/catalogue-exports", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "Have the whole catalogue written into a file", Status: http.StatusAccepted, NeedsKey: true,
		Description: "Location says when it is ready. The file can be changed and imported again.",
	}, a.createFile)
	handle(a, Route{
		ID: "get-catalogue-export", Method: http.MethodGet, Path: "/v1/staff/catalogue-exports/{export}", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "Show whether a file of the catalogue is ready",
	}, a.getFile)
	handle(a, Route{
		ID: "fetch-catalogue-export", Method: http.MethodGet, Path: "/v1/staff/catalogue-exports/{export}/file", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "Fetch a file of the catalogue", Produces: []string{typeCSV, typeXLSX}, Codes: []fault.Code{fault.Conflict},
	}, a.fetchFile)
}

func (a *API) createFile(ctx context.Context, in *createFileInput) (*fileOutput, error) {
	who, err := a.staffPrincipal(ctx)
	if err != nil {
		return nil, err
	}
	e := catalog.Export{Format: in.Body.Format, By: requestOf(ctx).operator, AskedAt: a.Clock().UTC()}
	rec, _, err := a.begin(ctx, who, "create-catalogue-export", in.Key, id.New(catalog.ExportPrefix, e.AskedAt), idempotency.KeepOther)
	if err != nil {
		return nil, err
	}
	e.ID = rec.ResultID
	if e, err = a.Files.Ask(ctx, e); err != nil {
		return nil, err
	}
	if e.ReadyAt.IsZero() {
		if err := a.FileRuns.Export(ctx, e.ID); err != nil {
			return nil, err
		}
	}
	a.target(ctx, e.ID)
	return &fileOutput{Location: "/v1/staff/catalogue-exports/" + e.ID, Body: viewFile(e)}, a.finish(ctx, rec, http.StatusAccepted)
}

func (a *API) exported(ctx context.Context, exportID string) (catalog.Export, error) {
	if !id.Valid(catalog.ExportPrefix, exportID) {
		return catalog.Export{}, fault.New(fault.NotFound, "no such file")
	}
	e, err := a.Files.Find(ctx, exportID)
	if fault.Is(err, fault.NotFound) {
		return e, fault.New(fault.NotFound, "no such file: they are kept for 30 days")
	}
	return e, err
}

func (a *API) getFile(ctx context.Context, in *fileAccess) (*fileOutput, error) {
	e, err := a.exported(ctx, in.ExportID)
	if err != nil {
		return nil, err
	}
	return &fileOutput{Body: viewFile(e)}, nil
}

func (a *API) fetchFile(ctx context.Context, in *fileAccess) (*huma.StreamResponse, error) {
	e, err := a.exported(ctx, in.ExportID)
	if err != nil {
		return nil, err
	}
	if e.ReadyAt.IsZero() {
		return nil, fault.New(fault.Conflict, "the file is not ready yet")
	}
	kind := typeCSV
	if e.Format == catalog.XLSX {
		kind = typeXLSX
	}
	return a.file(ctx, download{
		id: e.ID, kind: kind, name: "katalog-" + e.ReadyAt.UTC().Format(time.DateOnly) + "." + string(e.Format), size: e.Size, chunks: e.Chunks,
		chunk: func(n int) ([]byte, error) { return a.Files.Chunk(ctx, e, n) },
	})
}
