package activities

import (
	"context"

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
	// Notify hints to who follows an order that its story has a new line; nil
	// hints to nobody.
	Notify order.Notifier
}

// SaveInput is the projection with what goes with it.
type SaveInput struct {
	OrderID string           `json:"order_id"`
	Over    string           `json:"over,omitempty"`
	State   order.Projection `json:"state"`
	Entries []order.Entry    `json:"entries,omitempty"`
	Events  []order.Event    `json:"events,omitempty"`
}

// SaveResult tells the workflow what it may not know: a cancel that was asked
// for before this run was reset.
type SaveResult struct {
	CancelWanted *order.CancelWanted `json:"cancel_wanted,omitempty"`
	// Committed is false when the reservation could not be committed.
	Committed bool `json:"committed,omitempty"`
	// Ahead is the order's state when its document is further than this run:
	// the run was reset, and what the document knows to be done stays done.
	Ahead *order.Projection `json:"ahead,omitempty"`
}

// SaveOrder writes the projection, the timeline and the outbox. An order that
// ended without a sale gives its cart back.
func (a *Orders) SaveOrder(ctx context.Context, in SaveInput) (SaveResult, error) {
	result, err := a.save(ctx, in, false)
	if err != nil || result.Ahead != nil || !in.State.Status.FreesCart() {
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
	if ahead := aheadOf(ctx, o, in.Over); ahead != nil {
		return SaveResult{Ahead: ahead}, nil
	}
	crashpoint.Here("commit.before")
	held := in.State.Reservation
	committed, err := a.Stock.commit(ctx, o, stock.Op{ID: held.Op, At: held.At})
	if err != nil || !committed {
		return SaveResult{}, forTemporal(err)
	}
	crashpoint.Here("commit.done")
	result, err := a.save(ctx, in, true)
	result.Committed = err == nil && result.Ahead == nil
	crashpoint.Here("placed.saved")
	return result, forTemporal(err)
}

func (a *Orders) save(ctx context.Context, in SaveInput, owned bool) (SaveResult, error) {
	run := runOf(ctx)
	there, err := a.Store.Save(ctx, order.Save{
		OrderID: in.OrderID, Run: run, Over: in.Over, Owned: owned, State: in.State, Entries: in.Entries, Events: in.Events,
	})
	if err == nil && a.Notify != nil && len(in.Entries) > 0 {
		a.Notify.Saved(ctx, in.OrderID)
	}
	result := SaveResult{CancelWanted: there.CancelWanted}
	if err == nil && there.Run != run {
		result.Ahead = &there
	}
	return result, err
}

func runOf(ctx context.Context) string { return activity.GetInfo(ctx).WorkflowExecution.RunID }

// aheadOf returns the order's state if another run than the asking one, or one
// that it has taken over, wrote it.
func aheadOf(ctx context.Context, o order.Order, over string) *order.Projection {
	if run := o.State.Run; run == "" || run == over || run == runOf(ctx) {
		return nil
	}
	state := o.State
	if state.CancelWanted == nil {
		state.CancelWanted = o.CancelAsked
	}
	return &state
}

// LoadInput names an order whose run begins again.
type LoadInput struct {
	OrderID string `json:"order_id"`
}

// LoadOrder returns the order's state for a run that begins again.
func (a *Orders) LoadOrder(ctx context.Context, in LoadInput) (order.Projection, error) {
	o, err := a.Store.Find(ctx, in.OrderID)
	if o.State.CancelWanted == nil {
		o.State.CancelWanted = o.CancelAsked
	}
	return o.State, forTemporal(err)
}
