package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/stock"
)

// Orders writes what the order's workflow decided into the stores.
type Orders struct {
	Store  order.Store
	Claims order.Claims
	Stock  *Stock
}

// SaveInput is the projection with what goes with it.
type SaveInput struct {
	OrderID string           `json:"order_id"`
	State   order.Projection `json:"state"`
	Entries []order.Entry    `json:"entries,omitempty"`
	Events  []order.Event    `json:"events,omitempty"`
}

// SaveResult tells the workflow what it may not know: a cancel that was asked
// for before this run was reset.
type SaveResult struct {
	CancelWanted *order.CancelWanted `json:"cancel_wanted,omitempty"`
	// Stock is false when the reservation could not be committed.
	Committed bool `json:"committed,omitempty"`
}

// SaveOrder writes the projection, the timeline and the outbox. An order that
// ended without a sale gives its cart back.
func (a *Orders) SaveOrder(ctx context.Context, in SaveInput) (SaveResult, error) {
	result, err := a.save(ctx, in)
	if err != nil || !in.State.Status.FreesCart() {
		return result, forTemporal(err)
	}
	o, err := a.Store.Find(ctx, in.OrderID)
	if err != nil {
		return result, forTemporal(err)
	}
	return result, forTemporal(a.Claims.Release(ctx, order.CartKey(o.CartID), in.OrderID))
}

// PlaceOrder commits the reservation and writes the order as placed: the
// commit point. When the reservation cannot be committed nothing is written.
func (a *Orders) PlaceOrder(ctx context.Context, in SaveInput) (SaveResult, error) {
	o, err := a.Store.Find(ctx, in.OrderID)
	if err != nil {
		return SaveResult{}, forTemporal(err)
	}
	crashpoint.Here("commit.before")
	held := in.State.Reservation
	committed, err := a.Stock.commit(ctx, o, stock.Op{ID: held.Op, At: held.At})
	if err != nil || !committed {
		return SaveResult{}, forTemporal(err)
	}
	crashpoint.Here("commit.done")
	result, err := a.save(ctx, in)
	result.Committed = err == nil
	crashpoint.Here("placed.saved")
	return result, forTemporal(err)
}

func (a *Orders) save(ctx context.Context, in SaveInput) (SaveResult, error) {
	there, err := a.Store.Save(ctx, order.Save{
		OrderID: in.OrderID, Run: activity.GetInfo(ctx).WorkflowExecution.RunID,
		State: in.State, Entries: in.Entries, Events: in.Events,
	})
	return SaveResult{CancelWanted: there.CancelWanted}, err
}

// LoadInput names an order whose run begins again.
type LoadInput struct {
	OrderID string `json:"order_id"`
}

// LoadOrder returns the order's state for a run that begins again: the
// projection, joined with what the attempts' own rows say.
func (a *Orders) LoadOrder(ctx context.Context, in LoadInput) (order.Projection, error) {
	o, err := a.Store.Find(ctx, in.OrderID)
	return o.State, forTemporal(err)
}

// ageOf is how long ago the order was last written.
func ageOf(o order.Order, now time.Time) time.Duration { return now.Sub(o.State.UpdatedAt) }
