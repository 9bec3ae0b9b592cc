package activities

import (
	"context"
	"time"

	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/stock"
)

// Stock moves the units of an order. The lines are read from the order's
// frozen quote; the op's id and time come from the workflow and never change.
type Stock struct {
	Ledger stock.Ledger
	Orders order.Store
}

// StockInput names an order and the stock op.
type StockInput struct {
	OrderID string    `json:"order_id"`
	Over    string    `json:"over,omitempty"`
	Op      string    `json:"op"`
	At      time.Time `json:"at"`
}

// StockResult is what came of a reservation.
type StockResult struct {
	Verdict stock.Verdict `json:"verdict"`
	Short   []string      `json:"short,omitempty"`
	// Ahead is as in SaveResult: nothing was reserved.
	Ahead *order.Projection `json:"ahead,omitempty"`
}

// VerdictStale says that the frozen quote does not check: nothing is reserved.
const VerdictStale stock.Verdict = "quote_stale"

// ReserveStock takes every line of the order, or none.
func (s *Stock) ReserveStock(ctx context.Context, in StockInput) (StockResult, error) {
	o, err := s.Orders.Find(ctx, in.OrderID)
	if err != nil {
		return StockResult{}, forTemporal(err)
	}
	if ahead := aheadOf(ctx, o, in.Over); ahead != nil {
		return StockResult{Ahead: ahead}, nil
	}
	if stale := o.Quote.Check(); stale != nil {
		return StockResult{Verdict: VerdictStale}, nil //nolint:nilerr // a quote that does not check is a verdict, not a failure
	}
	crashpoint.Here("reserve.before")
	verdict, short, err := s.Ledger.Reserve(ctx, stock.Op{ID: in.Op, At: in.At}, linesOf(o))
	crashpoint.Here("reserve.done")
	return StockResult{Verdict: verdict, Short: short}, forTemporal(err)
}

// ReleaseStock gives the order's lines back, whether they are held or not yet.
func (s *Stock) ReleaseStock(ctx context.Context, in StockInput) error {
	o, err := s.Orders.Find(ctx, in.OrderID)
	if err != nil {
		return forTemporal(err)
	}
	return forTemporal(s.Ledger.Release(ctx, stock.Op{ID: in.Op, At: in.At}, linesOf(o)))
}

// UncommitStock gives sold units back before anything was handed over.
func (s *Stock) UncommitStock(ctx context.Context, in StockInput) (StockResult, error) {
	o, err := s.Orders.Find(ctx, in.OrderID)
	if err != nil {
		return StockResult{}, forTemporal(err)
	}
	verdict, err := s.Ledger.Uncommit(ctx, stock.Op{ID: in.Op, At: in.At}, linesOf(o))
	return StockResult{Verdict: verdict}, forTemporal(err)
}

func linesOf(o order.Order) []stock.Line {
	lines := make([]stock.Line, len(o.Quote.Lines))
	for i, l := range o.Quote.Lines {
		lines[i] = stock.Line{Location: stock.DefaultLocation, SKU: l.SKU, Quantity: l.Quantity}
	}
	return lines
}

// commit is the step of PlaceOrder that cannot be taken back silently: a
// reservation that is not held any more is a definite no.
func (s *Stock) commit(ctx context.Context, o order.Order, op stock.Op) (bool, error) {
	err := s.Ledger.Commit(ctx, op, linesOf(o))
	if fault.Is(err, fault.Conflict) {
		return false, nil
	}
	return err == nil, err
}
