package api

import (
	"context"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
)

type findCustomersInput struct {
	Body struct {
		Email string `json:"email" minLength:"3" maxLength:"254" doc:"The whole address: parts of it lead to nobody." example:"ayse.yilmaz@example.com"`
	}
}

type customersOutput struct {
	Body struct {
		Customers []CustomerView   `json:"customers" nullable:"false"`
		Orders    []FoundOrderView `json:"orders" nullable:"false" doc:"The newest 100 orders that were made with the address, a guest's too."`
	}
}

type customerOutput struct {
	Body struct {
		CustomerView
		Consents []ConsentView `json:"consents" nullable:"false" doc:"The last word about each text."`
	}
}

type groupCustomerInput struct {
	CustomerAccess
	Body struct {
		Group string `json:"group" maxLength:"40" pattern:"^([a-z0-9][a-z0-9_-]*)?$" doc:"As price lists name it; empty for no group." example:"toptan"`
	}
}

type customerOrdersInput struct {
	CustomerAccess
	OrdersPage
}

// CustomerView is a shopper with an account, as those see who answer them.
type CustomerView struct {
	ID           string    `json:"id"`
	Email        string    `json:"email"`
	Name         string    `json:"name"`
	Phone        string    `json:"phone,omitempty"`
	Language     string    `json:"language"`
	SecondFactor bool      `json:"second_factor"`
	Group        string    `json:"group,omitempty" doc:"The customer group whose prices they pay." example:"toptan"`
	CreatedAt    time.Time `json:"created_at"`
	ClosedAt     time.Time `json:"closed_at,omitzero"`
	ErasureDue   time.Time `json:"erasure_due_at,omitzero" doc:"When it is to be forgotten; until then its owner can withdraw."`
}

// FoundOrderView is an order that was made with the mail address somebody was looked
// for by.
type FoundOrderView struct {
	ID         string       `json:"id"`
	Number     string       `json:"number" example:"7KXM-92QD"`
	Status     order.Status `json:"status"`
	CustomerID string       `json:"customer_id" doc:"The account's id, or guest."`
	CreatedAt  time.Time    `json:"created_at"`
}

// mostFound is how many orders of one mail address are found.
const mostFound = 100

func viewCustomer(a identity.Account) CustomerView {
	v := CustomerView{
		ID: a.ID, Email: a.Personal.Email, Name: a.Personal.Name, Phone: a.Personal.Phone, Language: a.Language,
		SecondFactor: a.SecondFactor(), Group: a.Group, CreatedAt: a.CreatedAt, ClosedAt: a.Closed,
	}
	if a.Erasure != nil {
		v.ErasureDue = a.Erasure.Due
	}
	return v
}

func (a *API) staffCustomerRoutes() {
	route := func(id, method, path, summary string) Route {
		return Route{
			ID: id, Method: method, Path: path, Tag: tagStaff, Access: Staff, Permission: identity.ReadCustomers, Summary: summary,
			Codes: []fault.Code{fault.NotFound},
		}
	}
	find := route("find-customers", http.MethodPost, "/v1/staff/customers/search", "Find a customer and orders, a guest's too, by the mail address")
	find.Description = "What is asked for is in the body: addresses of pages and requests are written down in many places. Every look is in the audit log, without the address."
	handle(a, find, a.findCustomers)
	handle(a, route("get-customer", http.MethodGet, "/v1/staff/customers/{customer_id}", "Show a customer"), a.getCustomer)
	handle(a, Route{
		ID: "group-customer", Method: http.MethodPut, Path: "/v1/staff/customers/{customer_id}/group", Tag: tagStaff, Access: Staff, Permission: identity.GroupCustomers,
		Summary: "Put a customer into a customer group", Codes: []fault.Code{fault.NotFound, fault.Conflict},
		Description: "Price lists of the group count for them from now on: in lists, and in carts that they have open.",
	}, a.groupCustomer)
	handle(a, route("list-customer-orders", http.MethodGet, "/v1/staff/customers/{customer_id}/orders", "List a customer's orders, the newest first"), a.listCustomerOrders)
}

// groupCustomer puts a customer into a group, or out of all.
func (a *API) groupCustomer(ctx context.Context, in *groupCustomerInput) (*customerOutput, error) {
	for range changeTries {
		account, err := a.customer(ctx, in.CustomerID)
		if err != nil {
			return nil, err
		}
		before := account.Group
		account.Group, account.UpdatedAt = in.Body.Group, a.Clock().UTC()
		_, err = a.Accounts.Save(ctx, account)
		if fault.Is(err, fault.Conflict) {
			continue
		}
		if err != nil {
			return nil, err
		}
		a.changed(ctx, map[string]string{"group": before}, map[string]string{"group": in.Body.Group})
		return a.getCustomer(ctx, &in.CustomerAccess)
	}
	return nil, fault.New(fault.Conflict, "the account is being changed by many requests at once: try again")
}

func (a *API) findCustomers(ctx context.Context, in *findCustomersInput) (*customersOutput, error) {
	email, err := identity.Email(in.Body.Email)
	if err != nil {
		return nil, inField(err, "body.email")
	}
	out := &customersOutput{}
	out.Body.Customers, out.Body.Orders = []CustomerView{}, []FoundOrderView{}
	found := map[string]any{}
	account, err := a.Accounts.ByEmail(ctx, email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err == nil && account.Role == "" {
		out.Body.Customers = append(out.Body.Customers, viewCustomer(account))
		found["found"] = account.ID
		a.target(ctx, account.ID)
	}
	orders, err := a.Orders.OfEmail(ctx, a.orderEmailKey(email), mostFound)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, o := range orders {
		out.Body.Orders = append(out.Body.Orders, FoundOrderView{ID: o.ID, Number: o.Number, Status: o.State.Status, CustomerID: o.CustomerID, CreatedAt: o.AcceptedAt})
		ids = append(ids, o.ID)
	}
	if len(ids) > 0 {
		found["orders"] = ids
	}
	if len(found) > 0 {
		a.changed(ctx, nil, found)
	}
	return out, nil
}

// customer returns a shopper's account. Of the staff, and of who was forgotten,
// there is none.
func (a *API) customer(ctx context.Context, customerID string) (identity.Account, error) {
	account, err := a.Accounts.Find(ctx, customerID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return identity.Account{}, err
	}
	if err != nil || account.Role != "" || !account.ErasedAt.IsZero() {
		return identity.Account{}, fault.New(fault.NotFound, "no customer has this id")
	}
	return account, nil
}

func (a *API) getCustomer(ctx context.Context, in *CustomerAccess) (*customerOutput, error) {
	account, err := a.customer(ctx, in.CustomerID)
	if err != nil {
		return nil, err
	}
	consents, err := a.showConsents(ctx, account.ID)
	if err != nil {
		return nil, err
	}
	out := &customerOutput{}
	out.Body.CustomerView, out.Body.Consents = viewCustomer(account), consents.Body.Consents
	return out, nil
}

// listCustomerOrders goes on listing what somebody bought who was forgotten since.
func (a *API) listCustomerOrders(ctx context.Context, in *customerOrdersInput) (*ownOrdersOutput, error) {
	if !id.Valid(identity.AccountPrefix, in.CustomerID) {
		return nil, fault.New(fault.NotFound, "no customer has this id")
	}
	return a.ordersOf(ctx, in.CustomerID, in.OrdersPage)
}
