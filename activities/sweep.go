package activities

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/idempotency"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
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
	Keys     idempotency.Store
	Carts    cart.Store
	Tickets  identity.Tickets
	Sessions identity.Sessions
	// Challenges are those of passkeys that nobody answered.
	Challenges identity.Challenges
	Exports    identity.Exports
	// Changes are those of the catalogue.
	Changes catalog.Changes
	// Imports and Files are files of the catalogue, FileRuns works on them.
	Imports  catalog.Imports
	Files    catalog.Exports
	FileRuns catalog.FileRuns
	// Accounts, Privacy and DataKeys see to it that people are forgotten, LetterBox
	// and Post that they are told.
	Accounts  identity.Accounts
	Privacy   identity.Privacy
	DataKeys  identity.DataKeys
	LetterBox identity.LetterBox
	Post      identity.Post
	Clock     clock.Clock
	Log       *slog.Logger

	Shipments     shipping.Store
	Carriers      shipping.Carriers
	ShippingInbox shipping.Inbox
	ShipmentRuns  shipping.Runs

	People People

	// Pictures and what keeps them; PictureRuns have them looked at.
	Pictures    media.Store
	Storages    media.Storages
	PictureRuns media.Runs
	// Sales is where what sells is written, Misses what was searched for in vain.
	Sales  catalog.SalesBook
	Misses catalog.Misses

	// seen are the events of each provider's last list, which the next one shows
	// again where the two overlap. Rounds do not overlap; who has forgotten looks
	// an event up once more.
	seen map[string]map[string]bool
	// looksAgain is when what needs a person is looked at again. Who has forgotten
	// looks at once.
	looksAgain time.Time
}

// SweepInput is what a sweep needs to know of the policy.
type SweepInput struct {
	Age        time.Duration `json:"age"`
	StockPrune time.Duration `json:"stock_prune"`
	// CatchUpEvery is how often the providers' event lists are read.
	CatchUpEvery time.Duration `json:"catch_up_every"`
	// AttentionAfter is the unit of the patience that reasons for a person have,
	// DigestEvery how often all of them are listed.
	AttentionAfter time.Duration `json:"attention_after,omitempty"`
	DigestEvery    time.Duration `json:"digest_every,omitempty"`
	// PictureKeep is how long a picture that nothing uses is kept.
	PictureKeep time.Duration `json:"picture_keep,omitempty"`
}

// SweepResult counts what a sweep did, for the operator who opens it.
type SweepResult struct {
	Looked   int `json:"looked"`
	Reopened int `json:"reopened"`
	Told     int `json:"told"`
	Found    int `json:"found"`
	Moved    int `json:"moved"`
	Removed  int `json:"removed"`
	// Alerted counts messages to people, not orders.
	Alerted int `json:"alerted,omitempty"`
}

// walkStep is how many orders one step of a walk reads.
const walkStep = 100

// youngSteps bounds how many steps the walk over young orders takes in one
// round: more than a shop takes orders in that time.
const youngSteps = 20

// lostOverlap is how far behind the last look at ended runs the next one
// begins: Temporal's lists show late what has ended.
const lostOverlap = time.Minute

// ReopenLostOrders finds orders that should have a run and have none, in three
// ways: once when an order has come of age, which finds what was never started;
// by Temporal's own word for runs that ended otherwise than they should; and by
// a slow walk over all open orders, which finds what neither knows.
func (s *Sweeper) ReopenLostOrders(ctx context.Context, in SweepInput) (SweepResult, error) {
	var result SweepResult
	err := errors.Join(s.lookAtYoung(ctx, in, &result), s.lookAtEnded(ctx, &result), s.lookAtOpen(ctx, &result))
	return result, forTemporal(err)
}

func (s *Sweeper) lookAtYoung(ctx context.Context, in SweepInput, result *SweepResult) error {
	const walk = "sweep/young"
	after, err := s.Cursors.Cursor(ctx, walk)
	if err != nil {
		return err
	}
	for range youngSteps {
		orders, err := s.Orders.After(ctx, after, walkStep)
		if err != nil {
			return err
		}
		young := slices.IndexFunc(orders, func(o order.Order) bool { return o.AcceptedAt.After(s.Clock().Add(-in.Age)) })
		if young >= 0 {
			orders = orders[:young]
		}
		if len(orders) == 0 {
			return nil
		}
		if err := s.look(ctx, orders, result); err != nil {
			return err
		}
		after = orders[len(orders)-1].ID
		if err := s.Cursors.SetCursor(ctx, walk, after); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sweeper) lookAtEnded(ctx context.Context, result *SweepResult) error {
	const walk = "sweep/ended"
	now := s.Clock()
	last, err := s.lastTime(ctx, walk, now)
	if err != nil {
		return err
	}
	ids, err := s.Runs.Lost(ctx, last.Add(-lostOverlap))
	if err != nil {
		return err
	}
	orders := make([]order.Order, 0, len(ids))
	for _, id := range ids {
		o, err := s.Orders.Find(ctx, id)
		switch {
		case fault.Is(err, fault.NotFound):
			s.Log.WarnContext(ctx, "a run ended that belongs to no order", "order", id)
		case err != nil:
			return err
		default:
			orders = append(orders, o)
		}
	}
	if err := s.look(ctx, orders, result); err != nil {
		return err
	}
	return s.Cursors.SetCursor(ctx, walk, now.Format(time.RFC3339Nano))
}

func (s *Sweeper) lookAtOpen(ctx context.Context, result *SweepResult) error {
	const walk = "sweep/open"
	after, err := s.Cursors.Cursor(ctx, walk)
	if err != nil {
		return err
	}
	orders, err := s.Orders.Open(ctx, after, walkStep)
	if err != nil {
		return err
	}
	if err := s.look(ctx, orders, result); err != nil {
		return err
	}
	next := ""
	if len(orders) == walkStep {
		next = orders[len(orders)-1].ID
	}
	if next == after {
		return nil
	}
	return s.Cursors.SetCursor(ctx, walk, next)
}

// look compares orders with their runs.
func (s *Sweeper) look(ctx context.Context, orders []order.Order, result *SweepResult) error {
	var errs []error
	for _, o := range orders {
		activity.RecordHeartbeat(ctx, o.ID)
		if !o.State.Open {
			continue
		}
		result.Looked++
		reopened, err := s.reopen(ctx, o)
		if err != nil {
			// The others do not wait for it.
			s.Log.WarnContext(ctx, "an order's run could not be looked at", "order", o.ID, "error", err)
			errs = append(errs, err)
		} else if reopened {
			result.Reopened++
		}
	}
	return errors.Join(errs...)
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
	err = s.Runs.Tell(ctx, o, order.Fact{ID: "lost-" + o.State.Run, Kind: order.FactRunLost}, false)
	if fault.Is(err, fault.Conflict) {
		// It came to its end since its document was read.
		return false, nil
	}
	return true, err
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
	var errs []error
	for name, gateway := range s.Gateways {
		found, err := s.catchUp(ctx, name, gateway, in.CatchUpEvery)
		// One provider that cannot be read holds up no other, and is seen.
		errs = append(errs, err)
		result.Found += found
	}
	return result, forTemporal(errors.Join(errs...))
}

// overlap is how far behind the last comparison the next one begins: events
// reach a provider's list late, and clocks differ.
const overlap = 10 * time.Second

// firstLookBack is where a walk through time begins: providers keep their
// events, and Temporal its ended runs, for weeks.
const firstLookBack = 24 * time.Hour

func (s *Sweeper) catchUp(ctx context.Context, name string, gateway payment.Gateway, every time.Duration) (int, error) {
	now, walk := s.Clock(), "events/"+name
	last, err := s.lastTime(ctx, walk, now)
	if err != nil || now.Sub(last) < every {
		return 0, err
	}
	events, err := gateway.Events(ctx, last.Add(-overlap))
	if err != nil {
		return 0, fault.Wrap(err, fault.Unavailable, "the events of %s cannot be listed", name)
	}
	found, before, listed := 0, s.seen[name], map[string]bool{}
	for _, e := range events {
		activity.RecordHeartbeat(ctx, e.ID)
		listed[e.ID] = true
		if e.Ref == "" || before[e.ID] {
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
	if s.seen == nil {
		s.seen = map[string]map[string]bool{}
	}
	s.seen[name] = listed
	return found, s.Cursors.SetCursor(ctx, walk, now.Format(time.RFC3339Nano))
}

// lastTime reads a walk through time; one that never began looks a day back.
func (s *Sweeper) lastTime(ctx context.Context, walk string, now time.Time) (time.Time, error) {
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

// removeEvery is how many comparisons of events long the pause between two
// removals is: nothing hangs on their time.
const removeEvery = 10

// RemoveOld removes remembered requests whose time is over, carts that nobody came
// back to, links that are good for nothing any more, sessions that are over,
// challenges that no passkey answered, exports that were kept for as long as was
// said, files of the catalogue likewise, changes of the catalogue that every read model has seen, and old searches that
// found nothing.
func (s *Sweeper) RemoveOld(ctx context.Context, in SweepInput) (SweepResult, error) {
	const walk = "sweep/old"
	var result SweepResult
	now := s.Clock()
	last, err := s.lastTime(ctx, walk, now)
	if err != nil || now.Sub(last) < removeEvery*in.CatchUpEvery {
		return result, forTemporal(err)
	}
	for _, old := range []struct {
		remove func(context.Context, time.Time) (int, error)
		before time.Time
	}{
		{s.Keys.Sweep, now},
		{s.Carts.Sweep, now.Add(-cart.KeepIdle)},
		{s.Tickets.Sweep, now.Add(-identity.KeepTickets)},
		{s.Sessions.Sweep, now.Add(-identity.SessionLife)},
		{s.Challenges.Sweep, now.Add(-identity.ChallengeLife)},
		{s.Exports.Sweep, now.Add(-identity.KeepExports)},
		{s.Imports.Sweep, now.Add(-catalog.KeepImports)},
		{s.Files.Sweep, now.Add(-catalog.KeepImports)},
		{s.Changes.Sweep, now.Add(-catalog.KeepChanges)},
		{s.Misses.Sweep, now.Add(-catalog.KeepMisses)},
		{s.DataKeys.Expire, now},
	} {
		removed, err := old.remove(ctx, old.before)
		result.Removed += removed
		if err != nil {
			return result, forTemporal(err)
		}
	}
	return result, forTemporal(s.Cursors.SetCursor(ctx, walk, now.Format(time.RFC3339Nano)))
}
