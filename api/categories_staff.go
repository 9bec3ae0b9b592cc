package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

// StaffCategory is a category as staff read and write it.
type StaffCategory struct {
	ID        string    `json:"id,omitempty" readOnly:"true" example:"smartphones"`
	Revision  int64     `json:"revision,omitempty" readOnly:"true" doc:"The ETag."`
	Parent    string    `json:"parent,omitempty" readOnly:"true" doc:"Missing at the top. It is changed by moving the category."`
	Position  int64     `json:"position,omitempty" readOnly:"true"`
	UpdatedAt time.Time `json:"updated_at,omitzero" readOnly:"true"`

	Slugs       TextView           `json:"slugs,omitempty" doc:"Made of the names where they are left out."`
	Name        TextView           `json:"name"`
	Description TextView           `json:"description,omitempty"`
	SEO         StaffSEO           `json:"seo,omitempty"`
	Attributes  []StaffDeclaration `json:"attributes" required:"false" nullable:"false" maxItems:"50" doc:"What products of the category, and of those below it, may have. Of two with one key the nearer category's counts."`
}

// StaffDeclaration says what an attribute is.
type StaffDeclaration struct {
	Key        string                `json:"key" example:"screen"`
	Name       TextView              `json:"name"`
	Type       catalog.AttributeType `json:"type" enum:"text,number,choice,boolean" doc:"It stays: products have values of it."`
	Unit       TextView              `json:"unit,omitempty" doc:"What a number counts."`
	Choices    []StaffValue          `json:"choices,omitempty" nullable:"false" maxItems:"500"`
	Multiple   bool                  `json:"multiple,omitempty" doc:"Several choices at once."`
	Filterable bool                  `json:"filterable,omitempty" doc:"Shoppers may narrow lists by it. A choice also finds products that have a variant of it, by an option with this key and values with its choices' keys."`
	Required   bool                  `json:"required,omitempty" doc:"Products without it cannot be active."`
}

type placeBody struct {
	Parent   string `json:"parent,omitempty" maxLength:"40" doc:"Missing for the top of the shop."`
	Position int64  `json:"position,omitempty" minimum:"0" maximum:"1000000" doc:"Siblings are shown from the lowest on."`
}

type createCategoryInput struct {
	Body struct {
		ID    string        `json:"id" pattern:"^[a-z0-9][a-z0-9_-]{0,39}$" doc:"Chosen once, and kept." example:"smartphones"`
		Place placeBody     `json:"place,omitempty"`
		Is    StaffCategory `json:"category"`
	}
}

type staffCategoryAccess struct {
	ID string `path:"category" maxLength:"40" example:"smartphones"`
}

type replaceCategoryInput struct {
	RevisionHeader
	ID   string `path:"category" maxLength:"40" example:"smartphones"`
	Body StaffCategory
}

type removeCategoryInput struct {
	RevisionHeader
	ID string `path:"category" maxLength:"40" example:"smartphones"`
}

type moveCategoryInput struct {
	RevisionHeader
	ID   string `path:"category" maxLength:"40" example:"smartphones"`
	Body placeBody
}

type staffCategoryOutput struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     StaffCategory
}

type staffCategoriesOutput struct {
	ETag string `header:"ETag" doc:"Of the tree: what a move is made over."`
	Body struct {
		Items []StaffCategory `json:"items" nullable:"false" doc:"Parents before their children, siblings in their order."`
	}
}

func (a *API) staffCategoryRoutes() {
	handle(a, Route{
		ID: "list-staff-categories", Method: http.MethodGet, Path: "/v1/staff/categories", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "Show the tree of categories",
	}, a.listStaffCategories)
	handle(a, Route{
		ID: "create-category", Method: http.MethodPost, Path: "/v1/staff/categories", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Create a category", Status: http.StatusCreated, MaxBody: maxCatalogueBody, Codes: []fault.Code{fault.Conflict, fault.Stale},
		Description: "The id is the client's: asked again, the category that is there already is a 409 unless it is the same.",
	}, a.createCategory)
	handle(a, Route{
		ID: "get-staff-category", Method: http.MethodGet, Path: "/v1/staff/categories/{category}", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "Show a category", Codes: []fault.Code{fault.NotFound},
	}, a.getStaffCategory)
	handle(a, Route{
		ID: "replace-category", Method: http.MethodPut, Path: "/v1/staff/categories/{category}", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Replace a category", MaxBody: maxCatalogueBody, Codes: revisionCodes(fault.Conflict),
		Description: "Values of attributes that are not declared any more, or of another type, stay with their products and are hidden.",
	}, a.replaceCategory)
	handle(a, Route{
		ID: "move-category", Method: http.MethodPut, Path: "/v1/staff/categories/{category}/place", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Move a category with all that hangs below it", Codes: revisionCodes(),
		Description: "If-Match is the ETag of the tree, so that two moves at once cannot make a circle.",
	}, a.moveCategory)
	handle(a, Route{
		ID: "remove-category", Method: http.MethodDelete, Path: "/v1/staff/categories/{category}", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Remove a category that nothing stands in", Status: http.StatusNoContent, Codes: revisionCodes(fault.Conflict),
	}, a.removeCategory)
}

func viewStaffCategory(c catalog.Category, at catalog.Node) StaffCategory {
	v := StaffCategory{
		ID: c.ID, Revision: c.Revision, Parent: at.Parent, Position: at.Position, UpdatedAt: c.UpdatedAt.UTC(), Slugs: TextView(c.Slugs), Name: TextView(c.Name),
		Description: TextView(c.Description), SEO: StaffSEO{Title: TextView(c.SEO.Title), Description: TextView(c.SEO.Description)}, Attributes: []StaffDeclaration{},
	}
	for _, d := range c.Attributes {
		v.Attributes = append(v.Attributes, StaffDeclaration{
			Key: d.Key, Name: TextView(d.Name), Type: d.Type, Unit: TextView(d.Unit), Choices: viewStaffValues(d.Choices),
			Multiple: d.Multiple, Filterable: d.Filterable, Required: d.Required,
		})
	}
	return v
}

// category returns what was written over a category.
func (v StaffCategory) category(before catalog.Category, now time.Time) catalog.Category {
	c := catalog.Category{
		ID: before.ID, Revision: before.Revision, UpdatedAt: now, Slugs: catalog.Text(v.Slugs), Name: catalog.Text(v.Name), Description: catalog.Text(v.Description),
		SEO: catalog.SEO{Title: catalog.Text(v.SEO.Title), Description: catalog.Text(v.SEO.Description)},
	}
	if c.Slugs.IsZero() {
		c.Slugs = catalog.Text{TR: catalog.Slugify(c.Name.TR), EN: catalog.Slugify(c.Name.EN)}
	}
	for _, d := range v.Attributes {
		c.Attributes = append(c.Attributes, catalog.Declaration{
			Key: d.Key, Name: catalog.Text(d.Name), Type: d.Type, Unit: catalog.Text(d.Unit), Choices: valuesFrom(d.Choices),
			Multiple: d.Multiple, Filterable: d.Filterable, Required: d.Required,
		})
	}
	return c
}

func (a *API) listStaffCategories(ctx context.Context, _ *struct{}) (*staffCategoriesOutput, error) {
	shelves, err := a.Products.Shelves(ctx)
	if err != nil {
		return nil, err
	}
	out := &staffCategoriesOutput{ETag: etag(shelves.Tree.Revision)}
	out.Body.Items = []StaffCategory{}
	for _, id := range shelves.Tree.Walk() {
		if c, there := shelves.Categories[id]; there {
			out.Body.Items = append(out.Body.Items, viewStaffCategory(c, shelves.Tree.Nodes[id]))
		}
	}
	return out, nil
}

// staffCategory returns a category and all others.
func (a *API) staffCategory(ctx context.Context, id string) (catalog.Category, catalog.Shelves, error) {
	shelves, err := a.Products.Shelves(ctx)
	if err != nil {
		return catalog.Category{}, shelves, err
	}
	c, there := shelves.Categories[id]
	if !there {
		return c, shelves, fault.New(fault.NotFound, "no such category")
	}
	return c, shelves, nil
}

func showStaffCategory(c catalog.Category, at catalog.Node) *staffCategoryOutput {
	return &staffCategoryOutput{ETag: etag(c.Revision), Location: "/v1/staff/categories/" + c.ID, Body: viewStaffCategory(c, at)}
}

func (a *API) getStaffCategory(ctx context.Context, in *staffCategoryAccess) (*staffCategoryOutput, error) {
	c, shelves, err := a.staffCategory(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return showStaffCategory(c, shelves.Tree.Nodes[c.ID]), nil
}

// sameCategory reports whether two categories say the same.
func sameCategory(one, other catalog.Category) bool {
	at := catalog.Node{}
	other.Revision, other.UpdatedAt = one.Revision, one.UpdatedAt
	return reflect.DeepEqual(viewStaffCategory(one, at), viewStaffCategory(other, at))
}

// hangTries bounds how often a category is hung up again because the tree was moved
// by others meanwhile.
const hangTries = 50

// hang puts a category into the tree as it is now.
func (a *API) hang(ctx context.Context, categoryID string, at catalog.Node) error {
	for range hangTries {
		shelves, err := a.Products.Shelves(ctx)
		if err != nil {
			return err
		}
		if hangs, there := shelves.Tree.Nodes[categoryID]; there && hangs == at {
			return nil
		}
		tree, err := shelves.Tree.Place(categoryID, at)
		if err != nil {
			return inField(err, "body.place")
		}
		if _, err = a.Products.SaveTree(ctx, tree); !fault.Is(err, fault.Stale) {
			return err
		}
	}
	return fault.New(fault.Stale, "others move categories all the time: try again")
}

// createCategory writes the category, then hangs it up. Asked again after it died in
// between, it hangs up what it wrote.
func (a *API) createCategory(ctx context.Context, in *createCategoryInput) (*staffCategoryOutput, error) {
	shelves, err := a.Products.Shelves(ctx)
	if err != nil {
		return nil, err
	}
	at := catalog.Node{Parent: in.Body.Place.Parent, Position: in.Body.Place.Position}
	if _, err := shelves.Tree.Place(in.Body.ID, at); err != nil {
		return nil, inField(err, "body.place")
	}
	c := in.Body.Is.category(catalog.Category{ID: in.Body.ID}, a.Clock().UTC())
	if err := c.Check(); err != nil {
		return nil, inField(err, "body.category")
	}
	a.target(ctx, c.ID)
	if there, taken := shelves.Categories[c.ID]; taken {
		if !sameCategory(there, c) {
			return nil, fault.New(fault.Conflict, "there is a category with this id already: read it, and replace it").With("key", c.ID)
		}
		return showStaffCategory(there, at), a.hang(ctx, c.ID, at)
	}
	if c, err = a.Products.SaveCategory(ctx, c); err != nil {
		return nil, err
	}
	if err := a.hang(ctx, c.ID, at); err != nil {
		return nil, errors.Join(err, a.Products.RemoveCategory(ctx, c.ID, c.Revision))
	}
	a.changed(ctx, nil, viewStaffCategory(c, at))
	return showStaffCategory(c, at), nil
}

func (a *API) replaceCategory(ctx context.Context, in *replaceCategoryInput) (*staffCategoryOutput, error) {
	before, shelves, err := a.staffCategory(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := in.over(before.Revision); err != nil {
		return nil, err
	}
	c := in.Body.category(before, a.Clock().UTC())
	if err := c.Check(); err != nil {
		return nil, inField(err, "body")
	}
	if err := before.Keeps(c); err != nil {
		return nil, err
	}
	if c, err = a.Products.SaveCategory(ctx, c); err != nil {
		return nil, err
	}
	at := shelves.Tree.Nodes[c.ID]
	was, is := viewStaffCategory(before, at), viewStaffCategory(c, at)
	a.changed(ctx, difference(is, was), difference(was, is))
	return showStaffCategory(c, at), nil
}

func (a *API) moveCategory(ctx context.Context, in *moveCategoryInput) (*staffCategoriesOutput, error) {
	_, shelves, err := a.staffCategory(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := in.over(shelves.Tree.Revision); err != nil {
		return nil, err
	}
	at := catalog.Node{Parent: in.Body.Parent, Position: in.Body.Position}
	tree, err := shelves.Tree.Place(in.ID, at)
	if err != nil {
		return nil, inField(err, "body")
	}
	if _, err := a.Products.SaveTree(ctx, tree); err != nil {
		return nil, err
	}
	a.changed(ctx, shelves.Tree.Nodes[in.ID], at)
	return a.listStaffCategories(ctx, nil)
}

func (a *API) removeCategory(ctx context.Context, in *removeCategoryInput) (*struct{}, error) {
	c, shelves, err := a.staffCategory(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := in.over(c.Revision); err != nil {
		return nil, err
	}
	if err := a.Products.RemoveCategory(ctx, c.ID, c.Revision); err != nil {
		return nil, err
	}
	a.changed(ctx, viewStaffCategory(c, shelves.Tree.Nodes[c.ID]), nil)
	return nil, nil
}
