package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/idempotency"
	"github.com/bedesten/bedesten/internal/identity"
)

// maxCatalogueBody holds a product of two thousand variants.
const maxCatalogueBody = 4 << 20

type staffProductsInput struct {
	Status    catalog.Status `query:"status" enum:"draft,active,archived" doc:"Without it, all."`
	Category  string         `query:"category" maxLength:"100" doc:"A category's id; what hangs below it is included."`
	Scheduled bool           `query:"scheduled_prices" doc:"Only those with a price that begins later."`
	Limit     int            `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor    string         `query:"cursor" maxLength:"100" doc:"next_cursor of the page before."`
}

type staffProductsOutput struct {
	Body struct {
		Items      []StaffProduct `json:"items" nullable:"false"`
		NextCursor string         `json:"next_cursor,omitempty" doc:"Missing on the last page."`
	}
}

type staffProductAccess struct {
	IDOrSlug string `path:"product" doc:"The product's id, or a slug of any language." example:"iphone-13-pro"`
}

type staffProductOutput struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     StaffProduct
}

type createProductInput struct {
	KeyHeader
	Body StaffProduct
}

type replaceProductInput struct {
	RevisionHeader
	IDOrSlug string `path:"product" doc:"The product's id, or a slug of any language." example:"iphone-13-pro"`
	Body     StaffProduct
}

type patchProductInput struct {
	RevisionHeader
	IDOrSlug string         `path:"product" doc:"The product's id, or a slug of any language." example:"iphone-13-pro"`
	Body     map[string]any `doc:"A merge patch (RFC 7396): what is named takes the place of what is there, lists as a whole, null removes." example:"{\"status\":\"archived\"}"`
}

func (a *API) staffProductRoutes() {
	handle(a, Route{
		ID: "list-staff-products", Method: http.MethodGet, Path: "/v1/staff/products", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "List products, drafts and archived ones too", Codes: []fault.Code{fault.Invalid},
	}, a.listStaffProducts)
	handle(a, Route{
		ID: "create-product", Method: http.MethodPost, Path: "/v1/staff/products", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Create a product", Status: http.StatusCreated, NeedsKey: true, MaxBody: maxCatalogueBody, Codes: []fault.Code{fault.Conflict},
		Description: "A SKU or slug that another product has is a 409 that names it, and nothing is created.",
	}, a.createProduct)
	handle(a, Route{
		ID: "get-staff-product", Method: http.MethodGet, Path: "/v1/staff/products/{product}", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "Show a product with all its prices and both languages", Codes: []fault.Code{fault.NotFound},
	}, a.getStaffProduct)
	handle(a, Route{
		ID: "replace-product", Method: http.MethodPut, Path: "/v1/staff/products/{product}", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Replace a product", MaxBody: maxCatalogueBody, Codes: revisionCodes(fault.Conflict),
	}, a.replaceProduct)
	handle(a, Route{
		ID: "patch-product", Method: http.MethodPatch, Path: "/v1/staff/products/{product}", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Change some of a product", MaxBody: maxCatalogueBody, Codes: revisionCodes(fault.Conflict),
		Description: "To archive a product, set its status. Carts that hold it say that it is no longer sold, and cannot be checked out with it; orders keep what was bought.",
	}, a.patchProduct)
}

func (a *API) listStaffProducts(ctx context.Context, in *staffProductsInput) (*staffProductsOutput, error) {
	q := catalog.StaffQuery{Status: in.Status, Limit: in.Limit, Cursor: in.Cursor}
	if !plain(in.Cursor) || !plain(in.Category) {
		return nil, fault.New(fault.Invalid, "may hold no control characters and must be UTF-8").With(detailField, "query")
	}
	if in.Cursor != "" && !strings.HasPrefix(in.Cursor, id.Product) {
		return nil, fault.New(fault.Invalid, "is no cursor of this list: take next_cursor as it was answered").With(detailField, "query.cursor")
	}
	if in.Scheduled {
		q.PricesAfter = a.Clock()
	}
	if in.Category != "" {
		shelves, err := a.Products.Shelves(ctx)
		if err != nil {
			return nil, err
		}
		q.Categories = shelves.Tree.Below(in.Category)
	}
	found, err := a.Products.List(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &staffProductsOutput{}
	out.Body.NextCursor = found.Next
	out.Body.Items = make([]StaffProduct, len(found.Items))
	for i, p := range found.Items {
		out.Body.Items[i] = viewStaffProduct(p)
	}
	return out, nil
}

// staffProduct returns a product whatever its status.
func (a *API) staffProduct(ctx context.Context, idOrSlug string) (catalog.Product, error) {
	if !plain(idOrSlug) {
		return catalog.Product{}, fault.New(fault.NotFound, "no such product")
	}
	p, err := a.Products.Find(ctx, idOrSlug)
	if fault.Is(err, fault.NotFound) {
		return p, fault.New(fault.NotFound, "no such product")
	}
	return p, err
}

func showStaffProduct(p catalog.Product) *staffProductOutput {
	return &staffProductOutput{ETag: etag(p.Revision), Location: "/v1/staff/products/" + p.ID, Body: viewStaffProduct(p)}
}

func (a *API) getStaffProduct(ctx context.Context, in *staffProductAccess) (*staffProductOutput, error) {
	p, err := a.staffProduct(ctx, in.IDOrSlug)
	if err != nil {
		return nil, err
	}
	return showStaffProduct(p), nil
}

// staffPrincipal is who an idempotency record of staff belongs to.
func (a *API) staffPrincipal(ctx context.Context) (string, error) {
	p, err := a.whoAsks(ctx)
	if err != nil {
		return "", err
	}
	return "staff|" + p.counted(), nil
}

// createProduct makes the product under an id that the record fixed: asked again,
// it finds what it made.
func (a *API) createProduct(ctx context.Context, in *createProductInput) (*staffProductOutput, error) {
	who, err := a.staffPrincipal(ctx)
	if err != nil {
		return nil, err
	}
	now := a.Clock().UTC()
	p := in.Body.product(catalog.Product{ID: id.New(id.Product, now), CreatedAt: now}, now)
	rules, err := catalog.RulesOf(ctx, a.Products)
	if err != nil {
		return nil, err
	}
	if err := rules.Check(p); err != nil {
		return nil, inField(err, "body")
	}
	rec, _, err := a.begin(ctx, who, "create-product", in.Key, p.ID, idempotency.KeepOther)
	if err != nil {
		return nil, err
	}
	p.ID = rec.ResultID
	there, err := a.Products.Find(ctx, p.ID)
	if fault.Is(err, fault.NotFound) {
		there, err = a.Products.Create(ctx, p)
	}
	if err != nil {
		return nil, inField(err, "body")
	}
	a.target(ctx, there.ID)
	a.changed(ctx, nil, difference(StaffProduct{}, viewStaffProduct(there)))
	return showStaffProduct(there), a.finish(ctx, rec, http.StatusCreated)
}

func (a *API) replaceProduct(ctx context.Context, in *replaceProductInput) (*staffProductOutput, error) {
	return a.writeProduct(ctx, in.IDOrSlug, in.RevisionHeader, func(StaffProduct) (StaffProduct, error) { return in.Body, nil })
}

func (a *API) patchProduct(ctx context.Context, in *patchProductInput) (*staffProductOutput, error) {
	return a.writeProduct(ctx, in.IDOrSlug, in.RevisionHeader, func(before StaffProduct) (StaffProduct, error) {
		return merged(a.huma.OpenAPI().Components.Schemas, before, in.Body)
	})
}

// writeProduct changes a product over the revision that was read.
func (a *API) writeProduct(ctx context.Context, idOrSlug string, over RevisionHeader, change func(StaffProduct) (StaffProduct, error)) (*staffProductOutput, error) {
	before, err := a.staffProduct(ctx, idOrSlug)
	if err != nil {
		return nil, err
	}
	a.target(ctx, before.ID)
	if err := over.over(before.Revision); err != nil {
		return nil, err
	}
	view, err := change(viewStaffProduct(before))
	if err != nil {
		return nil, err
	}
	p := view.product(before, a.Clock().UTC())
	rules, err := catalog.RulesOf(ctx, a.Products)
	if err != nil {
		return nil, err
	}
	if err := rules.CheckChange(before, p); err != nil {
		return nil, inField(err, "body")
	}
	after, err := a.Products.Replace(ctx, p)
	if err != nil {
		return nil, inField(err, "body")
	}
	was, is := viewStaffProduct(before), viewStaffProduct(after)
	a.changed(ctx, difference(is, was), difference(was, is))
	return showStaffProduct(after), nil
}
