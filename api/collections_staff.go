package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

// StaffCollection is a collection as staff read and write it.
type StaffCollection struct {
	ID        string    `json:"id,omitempty" readOnly:"true" example:"yaz-indirimi"`
	Revision  int64     `json:"revision,omitempty" readOnly:"true" doc:"The ETag."`
	UpdatedAt time.Time `json:"updated_at,omitzero" readOnly:"true"`

	Slugs       TextView     `json:"slugs,omitempty" doc:"Made of the names where they are left out."`
	Name        TextView     `json:"name"`
	Description TextView     `json:"description,omitempty"`
	SEO         StaffSEO     `json:"seo,omitempty"`
	Rule        StaffFilter  `json:"rule" doc:"What is in it: all that is named must hold; of several values of one thing any will do."`
	Sort        catalog.Sort `json:"sort" enum:"relevance,newest,price_asc,price_desc,title,best_selling"`
	Hidden      bool         `json:"hidden,omitempty" doc:"Seen by staff only."`
}

// StaffFilter is the rule of a collection.
type StaffFilter struct {
	Categories    []string               `json:"categories" required:"false" nullable:"false" maxItems:"50" doc:"With all that hangs below them."`
	Brands        []string               `json:"brands" required:"false" nullable:"false" maxItems:"50"`
	Tags          []string               `json:"tags" required:"false" nullable:"false" maxItems:"50"`
	Attributes    []StaffAttributeFilter `json:"attributes" required:"false" nullable:"false" maxItems:"10"`
	PriceMin      int64                  `json:"price_min,omitempty" minimum:"0" doc:"Minor units of currency, of the cheapest variant."`
	PriceMax      int64                  `json:"price_max,omitempty" minimum:"0" doc:"0 means no bound."`
	Currency      string                 `json:"currency,omitempty" pattern:"^[A-Z]{3}$" doc:"Of the price bounds."`
	OnSale        bool                   `json:"on_sale,omitempty" doc:"With a price struck through."`
	NewerThanDays int64                  `json:"newer_than_days,omitempty" minimum:"0" maximum:"3650"`
}

// StaffAttributeFilter narrows by one attribute: by choices, by a range or by yes
// and no.
type StaffAttributeFilter struct {
	Key     string   `json:"key" example:"screen"`
	Choices []string `json:"choices,omitempty" nullable:"false"`
	Min     *float64 `json:"min,omitempty"`
	Max     *float64 `json:"max,omitempty"`
	Boolean *bool    `json:"boolean,omitempty"`
}

type createCollectionInput struct {
	Body struct {
		ID string          `json:"id" pattern:"^[a-z0-9][a-z0-9_-]{0,39}$" doc:"Chosen once, and kept." example:"yaz-indirimi"`
		Is StaffCollection `json:"collection"`
	}
}

type staffCollectionAccess struct {
	ID string `path:"collection" maxLength:"40" example:"yaz-indirimi"`
}

type replaceCollectionInput struct {
	RevisionHeader
	ID   string `path:"collection" maxLength:"40" example:"yaz-indirimi"`
	Body StaffCollection
}

type removeCollectionInput struct {
	RevisionHeader
	ID string `path:"collection" maxLength:"40" example:"yaz-indirimi"`
}

type staffCollectionOutput struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     StaffCollection
}

type staffCollectionsOutput struct {
	Body struct {
		Items []StaffCollection `json:"items" nullable:"false"`
	}
}

func (a *API) staffCollectionRoutes() {
	handle(a, Route{
		ID: "list-staff-collections", Method: http.MethodGet, Path: "/v1/staff/collections", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "List the collections",
	}, a.listStaffCollections)
	handle(a, Route{
		ID: "create-collection", Method: http.MethodPost, Path: "/v1/staff/collections", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Create a collection", Status: http.StatusCreated, Codes: []fault.Code{fault.Conflict},
		Description: "The id is the client's: asked again it is a 409, and nothing changes.",
	}, a.createCollection)
	handle(a, Route{
		ID: "get-staff-collection", Method: http.MethodGet, Path: "/v1/staff/collections/{collection}", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "Show a collection", Codes: []fault.Code{fault.NotFound},
	}, a.getStaffCollection)
	handle(a, Route{
		ID: "replace-collection", Method: http.MethodPut, Path: "/v1/staff/collections/{collection}", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Replace a collection", Codes: revisionCodes(fault.Conflict),
	}, a.replaceCollection)
	handle(a, Route{
		ID: "remove-collection", Method: http.MethodDelete, Path: "/v1/staff/collections/{collection}", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Remove a collection", Status: http.StatusNoContent, Codes: revisionCodes(),
	}, a.removeCollection)
}

func viewStaffCollection(c catalog.Collection) StaffCollection {
	v := StaffCollection{
		ID: c.ID, Revision: c.Revision, UpdatedAt: c.UpdatedAt.UTC(), Slugs: TextView(c.Slugs), Name: TextView(c.Name), Description: TextView(c.Description),
		SEO:  StaffSEO{Title: TextView(c.SEO.Title), Description: TextView(c.SEO.Description)},
		Sort: c.Sort, Hidden: c.Hidden,
		Rule: StaffFilter{
			Categories: listed(c.Rule.Categories), Brands: listed(c.Rule.Brands), Tags: listed(c.Rule.Tags), Attributes: []StaffAttributeFilter{},
			PriceMin: c.Rule.PriceMin, PriceMax: c.Rule.PriceMax, Currency: c.Rule.Currency, OnSale: c.Rule.OnSale, NewerThanDays: c.Rule.NewerThanDays,
		},
	}
	for _, f := range c.Rule.Attributes {
		v.Rule.Attributes = append(v.Rule.Attributes, StaffAttributeFilter(f))
	}
	return v
}

func (v StaffCollection) collection(before catalog.Collection, now time.Time) catalog.Collection {
	c := catalog.Collection{
		ID: before.ID, Revision: before.Revision, UpdatedAt: now, Slugs: catalog.Text(v.Slugs), Name: catalog.Text(v.Name), Description: catalog.Text(v.Description),
		SEO: catalog.SEO{Title: catalog.Text(v.SEO.Title), Description: catalog.Text(v.SEO.Description)}, Sort: v.Sort, Hidden: v.Hidden,
		Rule: catalog.Filter{
			Categories: v.Rule.Categories, Brands: v.Rule.Brands, Tags: v.Rule.Tags, PriceMin: v.Rule.PriceMin, PriceMax: v.Rule.PriceMax,
			Currency: v.Rule.Currency, OnSale: v.Rule.OnSale, NewerThanDays: v.Rule.NewerThanDays,
		},
	}
	if c.Slugs.IsZero() {
		c.Slugs = catalog.Text{TR: catalog.Slugify(c.Name.TR), EN: catalog.Slugify(c.Name.EN)}
	}
	for _, f := range v.Rule.Attributes {
		c.Rule.Attributes = append(c.Rule.Attributes, catalog.AttributeFilter(f))
	}
	return c
}

// collection returns a collection by its id or a slug.
func (a *API) collection(ctx context.Context, idOrSlug string) (catalog.Collection, error) {
	all, err := a.Products.Collections(ctx)
	if err != nil {
		return catalog.Collection{}, err
	}
	i := slices.IndexFunc(all, func(c catalog.Collection) bool {
		return c.ID == idOrSlug || c.Slugs.TR == idOrSlug || c.Slugs.EN == idOrSlug
	})
	if i < 0 {
		return catalog.Collection{}, fault.New(fault.NotFound, "no such collection")
	}
	return all[i], nil
}

func showStaffCollection(c catalog.Collection) *staffCollectionOutput {
	return &staffCollectionOutput{ETag: etag(c.Revision), Location: "/v1/staff/collections/" + c.ID, Body: viewStaffCollection(c)}
}

func (a *API) listStaffCollections(ctx context.Context, _ *struct{}) (*staffCollectionsOutput, error) {
	all, err := a.Products.Collections(ctx)
	if err != nil {
		return nil, err
	}
	out := &staffCollectionsOutput{}
	out.Body.Items = make([]StaffCollection, len(all))
	for i, c := range all {
		out.Body.Items[i] = viewStaffCollection(c)
	}
	return out, nil
}

func (a *API) getStaffCollection(ctx context.Context, in *staffCollectionAccess) (*staffCollectionOutput, error) {
	c, err := a.collection(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return showStaffCollection(c), nil
}

// checkCollection holds a collection against itself and against what there is in
// the shop.
func (a *API) checkCollection(ctx context.Context, c catalog.Collection) error {
	if err := c.Check(); err != nil {
		return err
	}
	rules, err := catalog.RulesOf(ctx, a.Products)
	if err != nil {
		return err
	}
	return rules.CheckFilter("rule", c.Rule)
}

func (a *API) createCollection(ctx context.Context, in *createCollectionInput) (*staffCollectionOutput, error) {
	c := in.Body.Is.collection(catalog.Collection{ID: in.Body.ID}, a.Clock().UTC())
	if err := a.checkCollection(ctx, c); err != nil {
		return nil, inField(err, "body.collection")
	}
	c, err := a.Products.SaveCollection(ctx, c)
	if fault.Is(err, fault.Stale) {
		return nil, fault.New(fault.Conflict, "there is a collection with this id already: read it, and replace it").With("key", in.Body.ID)
	}
	if err != nil {
		return nil, err
	}
	a.target(ctx, c.ID)
	a.changed(ctx, nil, viewStaffCollection(c))
	return showStaffCollection(c), nil
}

func (a *API) replaceCollection(ctx context.Context, in *replaceCollectionInput) (*staffCollectionOutput, error) {
	before, err := a.collection(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := in.over(before.Revision); err != nil {
		return nil, err
	}
	c := in.Body.collection(before, a.Clock().UTC())
	if err := a.checkCollection(ctx, c); err != nil {
		return nil, inField(err, "body")
	}
	if c, err = a.Products.SaveCollection(ctx, c); err != nil {
		return nil, err
	}
	was, is := viewStaffCollection(before), viewStaffCollection(c)
	a.changed(ctx, difference(is, was), difference(was, is))
	return showStaffCollection(c), nil
}

func (a *API) removeCollection(ctx context.Context, in *removeCollectionInput) (*struct{}, error) {
	c, err := a.collection(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := in.over(c.Revision); err != nil {
		return nil, err
	}
	if err := a.Products.RemoveCollection(ctx, c.ID, c.Revision); err != nil {
		return nil, err
	}
	a.changed(ctx, viewStaffCollection(c), nil)
	return nil, nil
}
