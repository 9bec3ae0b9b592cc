package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
)

// StaffOrderAccess is embedded in the input of staff's routes about an order.
type StaffOrderAccess struct {
	Order string `path:"order" maxLength:"40" doc:"The order's id, or the number that the shopper has." example:"7KXM-92QD"`
}

type staffOrderOutput struct {
	Body StaffOrderView
}

// StaffOrderView is an order with what a shopper does not see of it.
type StaffOrderView struct {
	OrderView
	CustomerID string             `json:"customer_id" doc:"The account's id, or guest."`
	Attention  []AttentionView    `json:"attention" nullable:"false" doc:"Why it needs a person, the gravest reason first."`
	Attempts   map[string]tryView `json:"attempts" nullable:"false" doc:"Every payment attempt."`
	Story      []StoryLine        `json:"story" nullable:"false" doc:"What happened, the oldest line first, with who of the staff did it."`
}

type tryView struct {
	Provider string `json:"provider"`
	State    string `json:"state"`
}

// AttentionView is why an order needs a person.
type AttentionView struct {
	Reason order.Reason `json:"reason" example:"label_failed"`
	About  string       `json:"about,omitempty" doc:"The parcel, mail or refund that it is about, and what the other side said."`
	Since  time.Time    `json:"since"`
	Owner  string       `json:"owner" doc:"Whose work it is."`
	Next   string       `json:"next" doc:"What to do."`
}

type attentionInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type attentionOutput struct {
	Body struct {
		Orders []NeedingView `json:"orders" nullable:"false"`
		Others []StillView   `json:"others" nullable:"false" doc:"Imports, exports of the catalogue, pictures and copies of somebody's data that have come no further for longer than the shop waits."`
	}
}

// NeedingView is one reason for which one order needs a person.
type NeedingView struct {
	OrderID string `json:"order_id"`
	Number  string `json:"number"`
	AttentionView
}

// StillView is something beside orders that has come no further.
type StillView struct {
	Kind   string    `json:"kind" enum:"import,export,picture,privacy_export"`
	ID     string    `json:"id" example:"imp_01k3v8m4w0f3q2x9y6z7a1b2c3" doc:"What its workflow's id ends with."`
	State  string    `json:"state" doc:"What its document says."`
	Reason string    `json:"reason" enum:"catalogue_stuck,picture_stuck,privacy_stuck"`
	Since  time.Time `json:"since" doc:"When it last came further."`
	Owner  string    `json:"owner" doc:"Whose work it is."`
	Next   string    `json:"next" doc:"What to do."`
}

func (a *API) staffOrderRoutes() {
	handle(a, Route{
		ID: "get-staff-order", Method: http.MethodGet, Path: "/v1/staff/orders/{order}", Tag: tagStaff, Access: Staff, Permission: identity.ReadOrders,
		Summary: "Show an order with its story and why it needs a person", Codes: []fault.Code{fault.NotFound},
	}, a.getStaffOrder)
	handle(a, Route{
		ID: "list-attention", Method: http.MethodGet, Path: "/v1/staff/attention", Tag: tagStaff, Access: Staff, Permission: identity.ReadOrders,
		Summary: "List the orders that need a person, and what else stands still", Description: "Those that have waited longest come first. `bedesten attention` prints the same, with what to type.",
	}, a.listAttention)
	handle(a, Route{
		ID: "erase-order", Method: http.MethodPost, Path: "/v1/staff/orders/{order}/erasure", Tag: tagStaff, Access: Staff, Permission: identity.EraseCustomers,
		AnyBody: true, Status: http.StatusNoContent, Codes: []fault.Code{fault.NotFound, fault.Conflict},
		Summary:     "Have a guest forgotten who asks for it: the contact of an order that is over",
		Description: "The order stays without whom it was for, and its invoice for as long as the law says, where something was paid.",
	}, a.eraseOrder)
}

// eraseOrder does what an account's erasure does for its orders. It may be repeated.
func (a *API) eraseOrder(ctx context.Context, in *StaffOrderAccess) (*struct{}, error) {
	o, err := a.anyOrder(ctx, in.Order)
	if err != nil {
		return nil, err
	}
	a.target(ctx, o.ID)
	if o.CustomerID != order.Guest {
		return nil, fault.New(fault.Conflict, "this order is of account %s: have that forgotten", o.CustomerID)
	}
	if o.State.NeedsContact() {
		return nil, fault.New(fault.Conflict, "the order stands at %s and still needs whom it goes to: wait until it is over and nothing of it needs a person", o.State.Status)
	}
	attempts, err := a.Attempts.OfOrder(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(a.DataKeys.Destroy(ctx, o.ID), a.Orders.ForgetEmails(ctx, []string{o.ID}), a.Carts.Forget(ctx, "", []string{o.CartID})); err != nil {
		return nil, err
	}
	a.changed(ctx, nil, map[string]any{"order_id": o.ID})
	if payment.AnyCaptured(attempts) {
		return nil, nil // the law has its invoice kept
	}
	return nil, a.DataKeys.Drop(ctx, order.InvoiceSubject(o.ID))
}

func (a *API) getStaffOrder(ctx context.Context, in *StaffOrderAccess) (*staffOrderOutput, error) {
	o, err := a.anyOrder(ctx, in.Order)
	if err != nil {
		return nil, err
	}
	a.target(ctx, o.ID)
	attempt, err := a.Attempts.Find(ctx, o.State.AttemptID)
	if err != nil {
		return nil, err
	}
	parcels, err := parcelsOf(ctx, a.Shipments, o)
	if err != nil {
		return nil, err
	}
	entries, err := a.Orders.Timeline(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	v := StaffOrderView{
		OrderView: view(o, attempt, parcels), CustomerID: o.CustomerID, Attention: []AttentionView{}, Attempts: map[string]tryView{}, Story: []StoryLine{},
	}
	for _, each := range o.State.Attention.Reasons() {
		v.Attention = append(v.Attention, AttentionView{Reason: each.Reason, About: each.About, Since: each.Since, Owner: each.Owner, Next: each.Next})
	}
	for attemptID, each := range o.State.Attempts {
		v.Attempts[attemptID] = tryView{Provider: each.Provider, State: each.State}
	}
	for _, e := range entries {
		v.Story = append(v.Story, StoryLine{Entry: e, Text: told(e, requestOf(ctx).language)})
	}
	return &staffOrderOutput{Body: v}, nil
}

// anyOrder returns an order by its id or its number.
func (a *API) anyOrder(ctx context.Context, name string) (order.Order, error) {
	if id.ValidNumber(name) {
		owner, err := a.Claims.Owner(ctx, order.NumberKey(name))
		if err != nil {
			return order.Order{}, err
		}
		name = owner
	}
	if !id.Valid(id.Order, name) {
		return order.Order{}, noOrder()
	}
	o, err := a.Orders.Find(ctx, name)
	if fault.Is(err, fault.NotFound) {
		return order.Order{}, noOrder()
	}
	return o, err
}

func (a *API) listAttention(ctx context.Context, in *attentionInput) (*attentionOutput, error) {
	orders, err := a.Alerts.Standing(ctx, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &attentionOutput{}
	out.Body.Orders = []NeedingView{}
	for _, each := range order.Standing(orders) {
		out.Body.Orders = append(out.Body.Orders, NeedingView{
			OrderID: each.OrderID, Number: each.Number,
			AttentionView: AttentionView{Reason: each.Reason, About: each.About, Since: each.Since, Owner: each.Owner, Next: each.Next},
		})
	}
	still, err := a.Stills.Still(ctx, a.Clock().Add(-a.Policy.AttentionAfter), in.Limit)
	out.Body.Others = make([]StillView, len(still))
	for n, s := range still {
		out.Body.Others[n] = StillView{Kind: s.Kind, ID: s.ID, State: s.State, Reason: s.Reason(), Since: s.Since.UTC(), Owner: s.Owner(), Next: s.Next()}
	}
	return out, err
}
