package api

import (
	"context"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

// StaffPriceList says for whom and when prices count.
type StaffPriceList struct {
	ID       string    `json:"id,omitempty" readOnly:"true" example:"toptan-try"`
	Name     TextView  `json:"name"`
	Currency string    `json:"currency" pattern:"^[A-Z]{3}$" doc:"It stays." example:"TRY"`
	Group    string    `json:"group,omitempty" doc:"The customer group that it is for; missing for everybody." example:"toptan"`
	Priority int64     `json:"priority,omitempty" minimum:"0" maximum:"1000" doc:"Of the lists that have a price for a variant the highest counts. Base lists have 0, others at least 1."`
	From     time.Time `json:"from,omitzero" doc:"When it begins to count."`
	Until    time.Time `json:"until,omitzero" doc:"From when on it does not count any more."`
}

type priceListsOutput struct {
	ETag string `header:"ETag" doc:"Of all lists together: what a change is made over."`
	Body struct {
		Items []StaffPriceList `json:"items" nullable:"false"`
	}
}

type putPriceListInput struct {
	RevisionHeader
	ID   string `path:"list" pattern:"^[a-z0-9][a-z0-9_-]{0,39}$" doc:"Chosen once, and kept. A currency in small letters is its base list." example:"toptan-try"`
	Body StaffPriceList
}

type removePriceListInput struct {
	RevisionHeader
	ID string `path:"list" maxLength:"40" example:"toptan-try"`
}

func (a *API) priceListRoutes() {
	handle(a, Route{
		ID: "list-price-lists", Method: http.MethodGet, Path: "/v1/staff/price-lists", Tag: tagStaff, Access: Staff, Permission: identity.ReadCatalogue,
		Summary: "List the price lists",
	}, a.listPriceLists)
	handle(a, Route{
		ID: "put-price-list", Method: http.MethodPut, Path: "/v1/staff/price-lists/{list}", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Create or replace a price list", Codes: revisionCodes(fault.Conflict),
		Description: "Its prices are those of the products that name it. They count from the moment on that the list does, in carts as in lists.",
	}, a.putPriceList)
	handle(a, Route{
		ID: "remove-price-list", Method: http.MethodDelete, Path: "/v1/staff/price-lists/{list}", Tag: tagStaff, Access: Staff, Permission: identity.WriteCatalogue,
		Summary: "Remove a price list", Codes: revisionCodes(fault.Conflict),
		Description: "Its prices do not count any more. They stay with their products, and count again should a list of this id and currency be made.",
	}, a.removePriceList)
}

func showPriceLists(b catalog.Book) *priceListsOutput {
	out := &priceListsOutput{ETag: etag(b.Revision)}
	out.Body.Items = []StaffPriceList{}
	for _, l := range b.Sorted() {
		out.Body.Items = append(out.Body.Items, StaffPriceList{
			ID: l.ID, Name: TextView(l.Name), Currency: l.Currency, Group: l.Group, Priority: l.Priority, From: l.From, Until: l.Until,
		})
	}
	return out
}

func (a *API) listPriceLists(ctx context.Context, _ *struct{}) (*priceListsOutput, error) {
	book, err := a.Products.Book(ctx)
	if err != nil {
		return nil, err
	}
	return showPriceLists(book), nil
}

func (a *API) putPriceList(ctx context.Context, in *putPriceListInput) (*priceListsOutput, error) {
	list := catalog.PriceList{
		ID: in.ID, Name: catalog.Text(in.Body.Name), Currency: in.Body.Currency, Group: in.Body.Group, Priority: in.Body.Priority,
		From: in.Body.From.UTC().Truncate(time.Millisecond), Until: in.Body.Until.UTC().Truncate(time.Millisecond),
	}
	return a.writeBook(ctx, in.RevisionHeader, func(b catalog.Book) (catalog.Book, error) {
		next, err := b.With(list)
		return next, inField(err, "body")
	})
}

func (a *API) removePriceList(ctx context.Context, in *removePriceListInput) (*priceListsOutput, error) {
	return a.writeBook(ctx, in.RevisionHeader, func(b catalog.Book) (catalog.Book, error) { return b.Without(in.ID) })
}

func (a *API) writeBook(ctx context.Context, over RevisionHeader, change func(catalog.Book) (catalog.Book, error)) (*priceListsOutput, error) {
	before, err := a.Products.Book(ctx)
	if err != nil {
		return nil, err
	}
	if err := over.over(before.Revision); err != nil {
		return nil, err
	}
	after, err := change(before)
	if err != nil {
		return nil, err
	}
	if after, err = a.Products.SaveBook(ctx, after); err != nil {
		return nil, err
	}
	was, is := showPriceLists(before), showPriceLists(after)
	a.changed(ctx, difference(is.Body, was.Body), difference(was.Body, is.Body))
	return is, nil
}
