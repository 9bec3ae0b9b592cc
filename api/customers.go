package api

import (
	"context"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
)

// OrdersPage is embedded in the input of routes that list a customer's orders.
type OrdersPage struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor string `query:"cursor" maxLength:"60" doc:"next_cursor of the page before."`
}

type ownOrdersOutput struct {
	Body struct {
		Orders     []OwnOrderView `json:"orders" nullable:"false"`
		NextCursor string         `json:"next_cursor,omitempty" doc:"Missing on the last page."`
	}
}

// OwnOrderView is an order in its owner's list.
type OwnOrderView struct {
	ID         string       `json:"id"`
	Number     string       `json:"number"`
	Status     order.Status `json:"status"`
	Fulfilment fulfilment   `json:"fulfilment_status" doc:"How far its parcels have come, as the order itself says it."`
	Total      money.Amount `json:"total"`
	Titles     []string     `json:"titles" nullable:"false" doc:"What was bought."`
	CreatedAt  time.Time    `json:"created_at"`
}

type ownCartInput struct {
	Body struct {
		CartID string `json:"cart_id" minLength:"1" maxLength:"64" doc:"The guest's cart, opened by its secret in X-Cart-Secret or the cookie, which opens it no more afterwards."`
	}
}

type claimedOutput struct {
	Body struct {
		Claimed int `json:"claimed" doc:"How many orders there were."`
	}
}

// customerRoutes are those about what a shopper bought, and is about to.
func (a *API) customerRoutes() {
	handle(a, Route{
		ID: "list-own-orders", Method: http.MethodGet, Path: "/v1/account/orders", Tag: tagAccount, Access: SignedIn,
		Summary: "List the account's orders, the newest first", Description: "An order opens with the account's token as it does with its secret.",
	}, a.listOwnOrders)
	handle(a, Route{
		ID: "claim-orders", Method: http.MethodPost, Path: "/v1/account/orders/claim", Tag: tagAccount, Access: SignedIn, AnyBody: true, Limit: LimitLogins,
		Summary:     "Take over what was bought as a guest with the account's mail address",
		Description: "The address was proved when the account was made, or moved to it: who has it has had the orders' mails. A new account takes them over by itself.",
	}, a.claimOrders)
	handle(a, Route{
		ID: "get-own-cart", Method: http.MethodGet, Path: "/v1/account/cart", Tag: tagAccount, Access: SignedIn, Codes: []fault.Code{fault.NotFound},
		Summary: "Show the cart that follows the account",
	}, a.getOwnCart)
	handle(a, Route{
		ID: "put-own-cart", Method: http.MethodPut, Path: "/v1/account/cart", Tag: tagAccount, Access: SignedIn, Codes: changeCodes,
		Summary: "Put a guest's cart together with the account's", Description: "As signing in with `cart_id` does. The same cart is put into another once.",
	}, a.putOwnCart)
}

func (a *API) listOwnOrders(ctx context.Context, in *OrdersPage) (*ownOrdersOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	return a.ordersOf(ctx, account.ID, *in)
}

func (a *API) ordersOf(ctx context.Context, customerID string, page OrdersPage) (*ownOrdersOutput, error) {
	if page.Cursor != "" && !id.Valid(id.Order, page.Cursor) {
		return nil, fault.New(fault.Invalid, "this cursor is of no list of ours").With(detailField, "query.cursor")
	}
	orders, err := a.Orders.OfCustomer(ctx, customerID, page.Cursor, page.Limit)
	if err != nil {
		return nil, err
	}
	parcels, err := parcelsOfAll(ctx, a.Shipments, orders)
	if err != nil {
		return nil, err
	}
	out := &ownOrdersOutput{}
	out.Body.Orders = []OwnOrderView{}
	for _, o := range orders {
		v := OwnOrderView{
			ID: o.ID, Number: o.Number, Status: o.State.Status, Fulfilment: fulfilmentOf(o.State, parcels[o.ID]),
			Total: o.Quote.Total, Titles: []string{}, CreatedAt: o.AcceptedAt,
		}
		for _, l := range o.Quote.Lines {
			v.Titles = append(v.Titles, l.Title)
		}
		out.Body.Orders = append(out.Body.Orders, v)
	}
	if len(orders) == page.Limit {
		out.Body.NextCursor = orders[len(orders)-1].ID
	}
	return out, nil
}

func (a *API) claimOrders(ctx context.Context, _ *struct{}) (*claimedOutput, error) {
	account, _, err := a.self(ctx)
	if err != nil {
		return nil, err
	}
	out := &claimedOutput{}
	out.Body.Claimed, err = a.Orders.ClaimGuests(ctx, a.orderEmailKey(account.Personal.Email), account.ID)
	return out, err
}
