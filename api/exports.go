package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
)

type exportInput struct {
	Body ProofBody
}

type exportOutput struct {
	Body struct {
		ID string `json:"id" doc:"What it is fetched by, once the letter about it has come." example:"exp_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	}
}

type exportAccess struct {
	ExportID string `path:"export_id" doc:"The export's id: that of the ticket in the letter's link, with exp in the place of tkt" example:"exp_01k3v8m4w0f3q2x9y6z7a1b2c3"`
}

// typeZIP is what an export is.
const typeZIP = "application/zip"

func (a *API) exportRoutes() {
	handle(a, Route{
		ID: "export-account", Method: http.MethodPost, Path: "/v1/account/export", Tag: tagAccount, Access: SignedIn, Limit: LimitLogins,
		Summary: "Have everything gathered that is known of the account's owner", Status: http.StatusAccepted,
		Description: "A letter tells when it can be fetched: a ZIP with a text to read and JSON. It is kept for seven days.",
	}, a.exportAccount)
	handle(a, Route{
		ID: "fetch-export", Method: http.MethodGet, Path: "/v1/account/exports/{export_id}", Tag: tagAccount, Access: SignedIn, Limit: LimitReturns,
		Summary: "Fetch an export", Produces: []string{typeZIP}, Codes: []fault.Code{fault.NotFound},
		Description: "For the owner who is signed in: the link of the letter alone opens nothing.",
	}, a.fetchExport)
	handle(a, Route{
		ID: "export-customer", Method: http.MethodPost, Path: "/v1/staff/customers/{customer_id}/export", Tag: tagStaff, Access: Staff,
		Permission: identity.EraseCustomers, AnyBody: true, Status: http.StatusAccepted, Codes: []fault.Code{fault.Conflict},
		Summary: "Have an export made for a customer who asks for it otherwise", Description: "The customer fetches it, nobody else can.",
	}, a.exportCustomer)
}

func (a *API) exportAccount(ctx context.Context, in *exportInput) (*exportOutput, error) {
	account, err := a.owned(ctx, in.Body.Password, "body.password")
	if err != nil {
		return nil, err
	}
	return a.askExport(ctx, account, "")
}

func (a *API) exportCustomer(ctx context.Context, in *CustomerAccess) (*exportOutput, error) {
	account, err := a.Accounts.Find(ctx, in.CustomerID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err != nil || !account.Open() {
		return nil, fault.New(fault.NotFound, "no customer has this id")
	}
	out, err := a.askExport(ctx, account, requestOf(ctx).operator)
	if err != nil {
		return nil, err
	}
	a.changed(ctx, nil, map[string]any{"export_id": out.Body.ID})
	return out, nil
}

// askExport writes down what is wanted and has it made. Each ends in a letter, and
// counts as one.
func (a *API) askExport(ctx context.Context, account identity.Account, by string) (*exportOutput, error) {
	if err := a.countTry(ctx, LimitLetters, a.Lookup("letters", account.Personal.Email)); err != nil {
		return nil, err
	}
	now := a.Clock().UTC()
	e := identity.Export{ID: id.New(identity.ExportPrefix, now), AccountID: account.ID, AskedAt: now, By: by}
	if err := a.Exports.Ask(ctx, e); err != nil {
		return nil, err
	}
	if err := a.Privacy.Export(ctx, e); err != nil {
		return nil, err
	}
	out := &exportOutput{}
	out.Body.ID = e.ID
	return out, nil
}

// fetchExport sends the export chunk by chunk.
func (a *API) fetchExport(ctx context.Context, in *exportAccess) (*huma.StreamResponse, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	e, err := a.Exports.Find(ctx, in.ExportID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err != nil || e.AccountID != account.ID || !e.Ready(a.Clock()) {
		return nil, fault.New(fault.NotFound, "there is no such export, not yet or not any more")
	}
	return a.file(ctx, download{
		id: e.ID, kind: typeZIP, name: "bedesten-" + e.ReadyAt.UTC().Format(time.DateOnly) + ".zip", size: e.Size, chunks: e.Chunks,
		chunk: func(n int) ([]byte, error) { return a.Exports.Chunk(ctx, e, n) },
	})
}
