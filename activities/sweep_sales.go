package activities

import (
	"context"
	"strconv"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
)

// unsold are the states of an order whose goods nobody has bought, or not yet.
var unsold = map[order.Status]bool{
	order.New: true, order.Pending: true, order.Reserved: true, order.AwaitingCustomer: true, order.PaymentUnknown: true, order.ClosingPayment: true,
	order.Cancelling: true, order.Cancelled: true, order.Rejected: true, order.Expired: true, order.PaymentFailed: true,
}

// CountSales works out again from the orders what was sold today, and on one more of
// the last days: orders are cancelled later than on the day that they came, and
// within a few hours every day has had its turn.
func (s *Sweeper) CountSales(ctx context.Context, in SweepInput) (SweepResult, error) {
	const walk, turn = "sweep/sales", "sweep/sales/day"
	now := s.Clock()
	last, err := s.lastTime(ctx, walk, now)
	if err != nil || now.Sub(last) < in.CatchUpEvery {
		return SweepResult{}, forTemporal(err)
	}
	back, err := s.turn(ctx, turn)
	if err != nil {
		return SweepResult{}, forTemporal(err)
	}
	var result SweepResult
	for _, days := range []int{0, back} {
		looked, err := s.countDay(ctx, now.UTC().AddDate(0, 0, -days))
		result.Looked += looked
		if err != nil {
			return result, forTemporal(err)
		}
	}
	if err := s.Cursors.SetCursor(ctx, turn, strconv.Itoa(back)); err != nil {
		return result, forTemporal(err)
	}
	removed, err := s.Sales.Sweep(ctx, now.AddDate(0, 0, -catalog.SalesDays-1))
	if err != nil {
		return result, forTemporal(err)
	}
	result.Removed = removed
	return result, forTemporal(s.Cursors.SetCursor(ctx, walk, now.Format(time.RFC3339Nano)))
}

// turn returns how many days back the day is whose turn it is.
func (s *Sweeper) turn(ctx context.Context, walk string) (int, error) {
	position, err := s.Cursors.Cursor(ctx, walk)
	if err != nil {
		return 0, err
	}
	if position == "" {
		return 1, nil
	}
	before, err := strconv.Atoi(position)
	if err != nil {
		return 0, fault.Wrap(err, fault.Internal, "the cursor %s cannot be read", walk)
	}
	return before%catalog.SalesDays + 1, nil
}

// timeBytes is how much of an order's id says when it was made.
const timeBytes = len(id.Order) + 1 + 10

// countDay adds up the orders that came on a day.
func (s *Sweeper) countDay(ctx context.Context, at time.Time) (looked int, err error) {
	day := at.Format(time.DateOnly)
	begin := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	after, end := id.New(id.Order, begin)[:timeBytes], id.New(id.Order, begin.AddDate(0, 0, 1))[:timeBytes]
	units := map[string]int64{}
	for {
		orders, err := s.Orders.After(ctx, after, walkStep)
		if err != nil {
			return looked, err
		}
		for _, o := range orders {
			if o.ID >= end {
				return looked, s.Sales.SaveDay(ctx, day, units)
			}
			looked++
			addSold(units, o)
		}
		if len(orders) < walkStep {
			return looked, s.Sales.SaveDay(ctx, day, units)
		}
		after = orders[len(orders)-1].ID
		activity.RecordHeartbeat(ctx, after)
	}
}

func addSold(units map[string]int64, o order.Order) {
	if unsold[o.State.Status] || o.State.Status == "" {
		return
	}
	for _, line := range o.Quote.Lines {
		units[line.ProductID] += line.Quantity
	}
}
