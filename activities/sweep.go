package activities

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/stock"
)

// Sweeper does what runs by the clock: it finds what got lost on the way, and
// moves what is settled to where it is kept.
type Sweeper struct {
	Orders   order.Store
	Runs     order.Runs
	Cursors  order.Cursors
	Attempts payment.Store
	Gateways payment.Gateways
	Inbox    payment.Inbox
	Ledger   stock.Ledger
	Clock    clock.Clock
	Log      *slog.Logger
}

// SweepInput is what a sweep needs to know of the policy.
type SweepInput struct {
	Age        time.Duration `json:"age"`
	StockPrune time.Duration `json:"stock_prune"`
	// CatchUpEvery is how often the providers' event lists are read.
	CatchUpEvery time.Duration `json:"catch_up_every"`
}

// SweepResult counts what a sweep did, for the operator who opens it.
type SweepResult struct {
	Looked   int `json:"looked"`
	Reopened int `json:"reopened"`
	Told     int `json:"told"`
	Found    int `json:"found"`
	Moved    int `json:"moved"`
}

// calmStep is how many open orders that wait for the world one sweep looks at.
const calmStep = 25

// calmWalk names the cursor of that walk.
const calmWalk = "sweep/orders"

// ReopenLostOrders compares open orders with their runs. An order whose run is
// gone is started again from its document.
func (s *Sweeper) ReopenLostOrders(ctx context.Context, in SweepInput) (SweepResult, error) {
	var result SweepResult
	busy, err := s.Orders.Busy(ctx, s.Clock().Add(-in.Age))
	if err != nil {
		return result, forTemporal(err)
	}
	after, err := s.Cursors.Cursor(ctx, calmWalk)
	if err != nil {
		return result, forTemporal(err)
	}
	calm, err := s.Orders.Calm(ctx, after, calmStep)
	if err != nil {
		return result, forTemporal(err)
	}
	for _, o := range append(busy, calm...) {
		activity.RecordHeartbeat(ctx, o.ID)
		result.Looked++
		reopened, err := s.reopen(ctx, o)
		if err != nil {
			return result, forTemporal(err)
		}
		if reopened {
			result.Reopened++
		}
	}
	next := ""
	if len(calm) == calmStep {
		next = calm[len(calm)-1].ID
	}
	if next == after {
		return result, nil
	}
	return result, forTemporal(s.Cursors.SetCursor(ctx, calmWalk, next))
}

func (s *Sweeper) reopen(ctx context.Context, o order.Order) (bool, error) {
	state, err := s.Runs.Describe(ctx, o.ID)
	if err != nil {
		return false, err
	}
	if state == order.RunRunning {
		return false, s.remindOfCancel(ctx, o)
	}
	s.Log.WarnContext(ctx, "an open order has no run", "order", o.ID, "status", o.State.Status, "run", state)
	if o.State.Rev == 0 && state == order.RunMissing {
		return true, s.Runs.Start(ctx, o)
	}
	return true, s.Runs.Tell(ctx, o, order.Fact{ID: "lost-" + o.State.Run, Kind: order.FactRunLost}, false)
}

// remindOfCancel tells an order again of a cancel that its document knows and
// its state does not show: a reset forgets a cancel request.
func (s *Sweeper) remindOfCancel(ctx context.Context, o order.Order) error {
	want := o.CancelAsked
	if want == nil || o.State.CancelWanted != nil || o.State.Status.Ended() || o.State.Status == order.Cancelling {
		return nil
	}
	return s.Runs.Tell(ctx, o, order.Fact{ID: want.Command, Kind: order.FactCancelWanted, By: want.By}, false)
}

// DeliverFacts tells orders what webhooks brought and nobody passed on yet.
func (s *Sweeper) DeliverFacts(ctx context.Context, _ SweepInput) (SweepResult, error) {
	var result SweepResult
	letters, err := s.Inbox.Waiting(ctx, 200)
	if err != nil {
		return result, forTemporal(err)
	}
	var errs []error
	for _, l := range letters {
		activity.RecordHeartbeat(ctx, l.ID)
		if err := s.deliver(ctx, l); err != nil {
			// The others do not wait for it: it stays, and is tried again.
			s.Log.WarnContext(ctx, "a webhook could not be passed on", "event", l.ID, "error", err)
			errs = append(errs, err)
			continue
		}
		result.Told++
	}
	return result, forTemporal(errors.Join(errs...))
}

func (s *Sweeper) deliver(ctx context.Context, l payment.Letter) error {
	o, err := s.addressee(ctx, l)
	if fault.Is(err, fault.NotFound) {
		s.Log.WarnContext(ctx, "a webhook names no order of ours", "event", l.ID)
		return s.Inbox.Delivered(ctx, l)
	}
	if err != nil {
		return err
	}
	news, err := s.isNews(ctx, o, l)
	if err != nil {
		return err
	}
	if news {
		if err := s.Runs.Tell(ctx, o, order.Fact{ID: l.EventID, Kind: order.FactWebhook}, true); err != nil {
			return err
		}
	}
	return s.Inbox.Delivered(ctx, l)
}

// addressee finds the order of a letter: by the event's own word, else by
// asking the provider whose payment it is.
func (s *Sweeper) addressee(ctx context.Context, l payment.Letter) (order.Order, error) {
	orderID := l.OrderID
	if orderID == "" {
		answer := s.Gateways[l.Provider].Lookup(ctx, l.Ref)
		if answer.Outcome != payment.Yes && answer.Outcome != payment.Missing {
			return order.Order{}, fault.New(fault.Unavailable, "the payment of event %s cannot be read (%s)", l.EventID, answer.Code)
		}
		orderID = answer.Picture.OrderID
	}
	if orderID == "" {
		return order.Order{}, fault.New(fault.NotFound, "the payment belongs to no order")
	}
	return s.Orders.Find(ctx, orderID)
}

// isNews reports whether the order should be woken. For one that is over only
// money counts: its own cancellations come back as events too.
func (s *Sweeper) isNews(ctx context.Context, o order.Order, l payment.Letter) (bool, error) {
	attempts, err := s.Attempts.OfOrder(ctx, o.ID)
	if err != nil {
		return false, err
	}
	for _, a := range attempts {
		if a.Knows(l.Event()) {
			return false, nil
		}
	}
	if o.State.Open {
		return true, nil
	}
	answer := s.Gateways[l.Provider].Lookup(ctx, l.Ref)
	if answer.Outcome != payment.Yes && answer.Outcome != payment.Missing {
		return false, fault.New(fault.Unavailable, "the payment of event %s cannot be read (%s)", l.EventID, answer.Code)
	}
	return answer.Picture.Standing == payment.StandsHeld || answer.Picture.Standing == payment.StandsCaptured, nil
}

// CatchUpEvents compares the providers' own event lists with the inbox: what a
// lost webhook would have told is told now.
func (s *Sweeper) CatchUpEvents(ctx context.Context, in SweepInput) (SweepResult, error) {
	var result SweepResult
	for name, gateway := range s.Gateways {
		found, err := s.catchUp(ctx, name, gateway, in.CatchUpEvery)
		if err != nil {
			return result, forTemporal(err)
		}
		result.Found += found
	}
	return result, nil
}

// overlap is how far behind the last comparison the next one begins: events
// reach a provider's list late, and clocks differ.
const overlap = 10 * time.Second

// firstLookBack is where the first comparison begins: providers keep their
// events for weeks.
const firstLookBack = 24 * time.Hour

func (s *Sweeper) catchUp(ctx context.Context, name string, gateway payment.Gateway, every time.Duration) (int, error) {
	now, walk := s.Clock(), "events/"+name
	last, err := s.lastCatchUp(ctx, walk, now)
	if err != nil || now.Sub(last) < every {
		return 0, err
	}
	events, err := gateway.Events(ctx, last.Add(-overlap))
	if err != nil {
		s.Log.WarnContext(ctx, "a provider's events cannot be listed; the next round tries again", "provider", name, "error", err)
		return 0, nil
	}
	found := 0
	for _, e := range events {
		activity.RecordHeartbeat(ctx, e.ID)
		if e.Ref == "" {
			continue
		}
		fresh, err := s.Inbox.Put(ctx, name, e, now)
		if err != nil {
			return found, err
		}
		if fresh {
			found++
		}
	}
	return found, s.Cursors.SetCursor(ctx, walk, now.Format(time.RFC3339Nano))
}

func (s *Sweeper) lastCatchUp(ctx context.Context, walk string, now time.Time) (time.Time, error) {
	position, err := s.Cursors.Cursor(ctx, walk)
	if err != nil {
		return time.Time{}, err
	}
	if position == "" {
		return now.Add(-firstLookBack), nil
	}
	last, err := time.Parse(time.RFC3339Nano, position)
	if err != nil {
		return time.Time{}, fault.Wrap(err, fault.Internal, "the cursor %s cannot be read", walk)
	}
	return last, nil
}

// RelayStock writes stock movements and prunes settled entries.
func (s *Sweeper) RelayStock(ctx context.Context, in SweepInput) (SweepResult, error) {
	moved, err := s.Ledger.Relay(ctx, s.Clock(), in.StockPrune)
	return SweepResult{Moved: moved}, forTemporal(err)
}
