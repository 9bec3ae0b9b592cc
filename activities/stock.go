package activities

import (
	"context"
	"time"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/stock"
)

// Stock moves the units of an order. The lines are read from the order's
// frozen quote; the op's id and time come from the workflow and never change.
type Stock struct {
	Ledger    stock.Ledger
	Orders    order.Store
	Attempts  payment.Store
	Shipments shipping.Store
	Accounts  identity.Accounts
	Clock     clock.Clock
}

// StockInput names an order and the stock op.
type StockInput struct {
	OrderID string    `json:"order_id"`
	Over    string    `json:"over,omitempty"`
	Op      string    `json:"op"`
	At      time.Time `json:"at"`
	// Grace is how old a checkout may be whose first step this is.
	Grace time.Duration `json:"grace,omitempty"`
	// Partly says that Op was committed for some lines and not for all.
	Partly bool `json:"partly,omitempty"`
	// Sold and SoldAt name the op whose committed lines an uncommit gives back.
	Sold   string    `json:"sold,omitempty"`
	SoldAt time.Time `json:"sold_at,omitzero"`
	// ShipmentID narrows the step to the lines of one parcel.
	ShipmentID string `json:"shipment_id,omitempty"`
}

// StockResult is what came of a step of the ledger.
type StockResult struct {
	Verdict stock.Verdict `json:"verdict"`
	Short   []string      `json:"short,omitempty"`
	// Ahead is as in SaveResult: nothing was reserved.
	Ahead *order.Projection `json:"ahead,omitempty"`
}

// VerdictStale says that the frozen quote does not check, or that the checkout
// waited too long for its first step: nothing is reserved.
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
	for _, refused := range []func(context.Context, StockInput, order.Order) (bool, error){s.late, s.shut} {
		if yes, err := refused(ctx, in, o); err != nil || yes {
			return StockResult{Verdict: VerdictStale}, forTemporal(err)
		}
	}
	crashpoint.Here("reserve.before")
	verdict, short, err := s.Ledger.Reserve(ctx, stock.Op{ID: in.Op, At: in.At}, linesOf(o))
	crashpoint.Here("reserve.done")
	return StockResult{Verdict: verdict, Short: short}, forTemporal(err)
}

// late reports whether the order waited so long for its first step that it is
// rather refused than charged unexpectedly. One whose payment was asked for is
// past its first step, whatever its document says.
func (s *Stock) late(ctx context.Context, in StockInput, o order.Order) (bool, error) {
	if in.Grace <= 0 || s.Clock().Sub(o.AcceptedAt) <= in.Grace {
		return false, nil
	}
	return s.unasked(ctx, o)
}

// shut reports whether the order's account was closed before the order took its
// first step. An erasure closes the account first and counts its orders then: an
// order that it did not see is one that sees it closed here.
func (s *Stock) shut(ctx context.Context, _ StockInput, o order.Order) (bool, error) {
	if o.CustomerID == order.Guest || o.CustomerID == "" || o.State.Rev > 0 {
		return false, nil
	}
	closed, err := s.Accounts.Shut(ctx, o.CustomerID)
	if err != nil || !closed {
		return false, err
	}
	if closed, err = s.unasked(ctx, o); err != nil || !closed {
		return false, err
	}
	return true, s.Orders.ForgetEmails(ctx, []string{o.ID})
}

// unasked reports whether no payment was asked for yet, whatever the document says.
func (s *Stock) unasked(ctx context.Context, o order.Order) (bool, error) {
	if o.State.Rev > 0 {
		return false, nil
	}
	attempt, err := s.Attempts.Find(ctx, o.State.AttemptID)
	return err == nil && attempt.State == payment.Created, err
}

// ReleaseStock gives the order's lines back, whether they are held or not yet.
func (s *Stock) ReleaseStock(ctx context.Context, in StockInput) (StockResult, error) {
	o, err := s.Orders.Find(ctx, in.OrderID)
	if err != nil {
		return StockResult{}, forTemporal(err)
	}
	if ahead := aheadOf(ctx, o, in.Over); ahead != nil {
		return StockResult{Ahead: ahead}, nil
	}
	op, lines := stock.Op{ID: in.Op, At: in.At}, linesOf(o)
	if in.Partly {
		if _, lines, err = s.Ledger.Sold(ctx, op, lines); err != nil {
			return StockResult{}, forTemporal(err)
		}
	}
	return StockResult{}, forTemporal(s.Ledger.Release(ctx, op, lines))
}

// UncommitStock gives sold units back before anything was handed over.
func (s *Stock) UncommitStock(ctx context.Context, in StockInput) (StockResult, error) {
	o, err := s.Orders.Find(ctx, in.OrderID)
	if err != nil {
		return StockResult{}, forTemporal(err)
	}
	if ahead := aheadOf(ctx, o, in.Over); ahead != nil {
		return StockResult{Ahead: ahead}, nil
	}
	lines, err := s.lines(ctx, o, in)
	if err != nil {
		return StockResult{}, forTemporal(err)
	}
	if in.Partly {
		if lines, _, err = s.Ledger.Sold(ctx, stock.Op{ID: in.Sold, At: in.SoldAt}, lines); err != nil || len(lines) == 0 {
			return StockResult{Verdict: stock.Gone}, forTemporal(err)
		}
	}
	verdict, err := s.Ledger.Uncommit(ctx, stock.Op{ID: in.Op, At: in.At}, lines)
	return StockResult{Verdict: verdict}, forTemporal(err)
}

// TakeBackStock puts the units of a parcel that came back on sale again.
func (s *Stock) TakeBackStock(ctx context.Context, in StockInput) (StockResult, error) {
	o, err := s.Orders.Find(ctx, in.OrderID)
	if err != nil {
		return StockResult{}, forTemporal(err)
	}
	if ahead := aheadOf(ctx, o, in.Over); ahead != nil {
		return StockResult{Ahead: ahead}, nil
	}
	lines, err := s.lines(ctx, o, in)
	if err != nil {
		return StockResult{}, forTemporal(err)
	}
	return StockResult{}, forTemporal(s.Ledger.TakeBack(ctx, stock.Op{ID: in.Op, At: in.At}, lines))
}

// lines are those that a step is about: the whole order's, or one parcel's.
func (s *Stock) lines(ctx context.Context, o order.Order, in StockInput) ([]stock.Line, error) {
	if in.ShipmentID == "" {
		return linesOf(o), nil
	}
	row, err := s.Shipments.Find(ctx, in.ShipmentID)
	return parcelLines(row), err
}

func parcelLines(row shipping.Shipment) []stock.Line {
	lines := make([]stock.Line, len(row.Lines))
	for i, l := range row.Lines {
		lines[i] = stock.Line{Location: row.Location, SKU: l.SKU, Quantity: l.Quantity}
	}
	return lines
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
