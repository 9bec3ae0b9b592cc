// Package workflows holds the durable processes of the product, one file each.
// Workflows decide; activities act. Everything here is deterministic, and old
// histories in testdata/histories replay against it.
package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/stock"
)

// Order is the life of one order, from the accepted checkout until it is over.
// Customer, staff, webhook and timer all reach it by an update or a signal;
// nothing else writes the order's state or moves its money. Every business
// ending returns nil: a failed run is one that the sweeper begins again.
func Order(ctx workflow.Context, in OrderInput) error {
	o := newOrder(in)
	if err := o.listen(ctx); err != nil {
		return err
	}
	// From here on a cancel request is a command like any other: the loop and
	// its activities outlive it.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	var err error
	workflow.Go(ctx, func(ctx workflow.Context) {
		err = o.live(ctx)
		o.lived = true
	})
	if awaited := workflow.Await(ctx, func() bool { return o.lived || o.behind }); awaited != nil {
		return awaited
	}
	if o.behind {
		return o.beginAgain(ctx)
	}
	return err
}

// live takes the order from state to state until it leaves its run.
func (o *orderRun) live(ctx workflow.Context) error {
	o.resume(ctx)
	for {
		if o.done {
			return o.leave(ctx)
		}
		if o.turnsOver(ctx) {
			if err := o.continueAsNew(ctx); err != nil {
				return err
			}
		}
		o.step(ctx)
	}
}

// orderRun is the state of one order's workflow.
type orderRun struct {
	in     OrderInput
	policy order.Policy
	state  order.Projection
	undo   undo

	// queue holds commands that wait to be taken, one at a time.
	queue []command
	// news are the parcels' words that the loop has not taken yet, acks those whose
	// last word is to be acknowledged once it is written down.
	news []order.Fact
	acks []order.Fact
	// mailNews counts what the mail provider told.
	mailNews int
	// lookAt is when the payment that is being asked again is looked at next.
	lookAt time.Time
	// mendCapture says that an operator asked for another try.
	mendCapture bool
	// mailing are the mails that a coroutine sends, bounced those that came back.
	mailing map[string]bool
	bounced []order.Fact
	// refunding says that a coroutine gives money back.
	refunding bool
	// facts counts hints from outside; seen is how many the loop has acted on.
	facts, seen int
	// settled says that the order stands at a point where it can be answered.
	settled bool
	// leftovers counts clean-ups that run beside the loop.
	leftovers int
	// retry counts operators' retries; pauses watch it.
	retry int
	// repair is the id of the last one: what it asks for is named after it.
	repair string
	// mended is the repair that a refused payment was mended by.
	mended string
	// over is the run whose state this one took over from the document; wrote
	// says that this run has written the document itself since.
	over  string
	wrote bool
	// lived says that the loop came to its end, behind that the document is
	// further than this run.
	lived, behind bool
	// upserted is what the search attributes say.
	upserted string
	entries  []order.Entry
	events   []order.Event
	pauses   int
	wakes    int
	done     bool
}

var (
	payments *activities.Payments
	stocks   *activities.Stock
	orders   *activities.Orders
	mails    *activities.Mails
)

func newOrder(in OrderInput) *orderRun {
	o := &orderRun{in: in, policy: in.Policy}
	o.state = order.Projection{
		Status: order.Pending, AttemptID: in.AttemptID, Open: true, UpdatedAt: in.AcceptedAt,
		Attempts: map[string]order.AttemptSummary{in.AttemptID: {Provider: in.Provider, State: string(payment.Created), Amount: in.Total}},
		Commands: map[string]order.CommandResult{},
		// The op's time is the checkout's, so that a run that begins again
		// finds the same op.
		Reservation: order.Reservation{Op: in.OrderID + "-stock-checkout", At: in.AcceptedAt},
	}
	if in.Carry != nil {
		o.state = *in.Carry
	}
	return o
}

// resume brings back what an earlier run had come to.
func (o *orderRun) resume(ctx workflow.Context) {
	if o.in.Resume {
		o.load(ctx)
	}
	if o.state.Commands == nil {
		o.state.Commands = map[string]order.CommandResult{}
	}
	if o.in.Carry != nil {
		o.over = o.in.Over
	}
	if o.in.Carry != nil || o.in.Resume {
		o.goOn(ctx)
	}
}

// load takes the state of the order's document.
func (o *orderRun) load(ctx workflow.Context) {
	var there order.Projection
	o.insist(ctx, order.ReasonStoreUnavailable, func(ctx workflow.Context) error {
		ctx = options(ctx, o.policy, "LoadOrder", "read the order's document, to go on from there")
		return workflow.ExecuteActivity(ctx, orders.LoadOrder, activities.LoadInput{OrderID: o.in.OrderID}).Get(ctx, &there)
	})
	o.over = there.Run
	if there.Rev > 0 {
		o.state = there
	}
	if o.in.Reset {
		o.note(ctx, order.EntryReopened, "adopted-"+itoa(int(there.Rev)), "the run was reset; the order goes on from its document")
		// What the run before had heard and not looked at is lost: look once.
		o.facts++
		return
	}
	o.note(ctx, order.EntryReopened, "reopened", "")
	if there.Open {
		// Nobody begins an open order's run again but because it was lost.
		o.attend(ctx, order.ReasonRunWasLost)
	}
}

// adopt ends what this run is doing, wherever it is: its document is further
// than it, so it was reset, and what it would do next was done, or decided
// otherwise, before. The order begins again from its document.
func (o *orderRun) adopt(ctx workflow.Context) {
	o.behind = true
	workflow.NewChannel(ctx).Receive(ctx, nil)
}

// beginAgain ends the run and starts one that takes the document's state.
func (o *orderRun) beginAgain(ctx workflow.Context) error {
	in := o.in
	in.Resume, in.Reset, in.Carry, in.Over, in.Fulfils = true, true, nil, "", true
	return workflow.NewContinueAsNewError(ctx, Order, in)
}

// goOn begins where the state says: with its compensations registered, its
// clean-ups running, and a cancel that was accepted on the queue again.
func (o *orderRun) goOn(ctx workflow.Context) {
	o.requeueCancel()
	o.registerUndos()
	o.resumeLeftovers(ctx)
	o.resumeFulfilment(ctx)
}

// requeueCancel puts a cancel that was accepted and not yet carried out on the
// queue again.
func (o *orderRun) requeueCancel() {
	want := o.state.CancelWanted
	if want == nil || want.Taken || o.state.Status.Ended() || o.state.Status == order.Cancelling {
		return
	}
	delete(o.state.Commands, want.Command)
	o.push(command{ID: want.Command, Kind: commandCancel, By: want.By})
}

// step takes the order one state further, or waits where it stands.
func (o *orderRun) step(ctx workflow.Context) {
	switch o.state.Status {
	case order.Pending:
		o.reserve(ctx)
	case order.Reserved:
		o.pay(ctx)
	case order.AwaitingCustomer:
		o.awaitCustomer(ctx)
	case order.PaymentUnknown:
		o.resolve(ctx)
	case order.ClosingPayment:
		o.closePayment(ctx)
	case order.Authorized:
		o.place(ctx)
	case order.Placed:
		o.planOrWait(ctx)
	case order.Processing:
		o.process(ctx)
	case order.Fulfilled:
		o.waitFulfilled(ctx)
	case order.Cancelling:
		o.cancel(ctx)
	case order.Rejected, order.Expired, order.PaymentFailed, order.Cancelled, order.Completed:
		o.finish(ctx)
	default:
		o.standStill(ctx)
	}
}

// standStill is where an order waits that is in a state which this version
// does not serve: nothing of it is undone, and a person is asked.
func (o *orderRun) standStill(ctx workflow.Context) {
	o.attend(ctx, order.ReasonUnsupported)
	o.flush(ctx)
	o.wait(ctx, 0, "")
	o.refuseQueued(ctx)
	o.takeCommon(ctx)
	o.newFacts()
}

// to moves the order along its table. A step that the table refuses is a bug
// of ours: the task fails, is seen, and is tried again after a fix.
func (o *orderRun) to(t order.Trigger) {
	next, err := o.state.Status.Next(t)
	if err != nil {
		panic(err)
	}
	o.state.Status = next
}

// reserve takes the stock lease, or ends the order as rejected.
func (o *orderRun) reserve(ctx workflow.Context) {
	o.registerUndos()
	result := o.reserveOnce(ctx)
	for k := 2; result.Verdict == stock.TooOld || result.Verdict == stock.Gone; k++ {
		o.nextReservation(ctx, k)
		result = o.reserveOnce(ctx)
	}
	switch result.Verdict {
	case stock.Held:
		o.to(order.LeaseGranted)
		o.state.LeaseUntil = workflow.Now(ctx).Add(o.policy.Lease)
		o.note(ctx, order.EntryReserved, "checkout", "")
	case stock.Short:
		o.reject(ctx, string(fault.OutOfStock), result.Short)
	default:
		o.reject(ctx, string(result.Verdict), nil)
	}
}

func (o *orderRun) reserveOnce(ctx workflow.Context) activities.StockResult {
	var result activities.StockResult
	o.insist(ctx, order.ReasonStoreUnavailable, func(ctx workflow.Context) error {
		ctx = options(ctx, o.policy, "ReserveStock", "hold the units of every line for this order")
		return workflow.ExecuteActivity(ctx, stocks.ReserveStock, o.stockInput()).Get(ctx, &result)
	})
	if result.Ahead != nil {
		o.adopt(ctx)
	}
	return result
}

// nextReservation fixes a new op after the last one was refused as too old,
// and writes it down before it is used.
func (o *orderRun) nextReservation(ctx workflow.Context, k int) {
	o.state.Reservation = order.Reservation{
		Op: o.in.OrderID + "-stock-checkout-" + itoa(k), At: workflow.Now(ctx).UTC().Truncate(time.Millisecond),
	}
	o.save(ctx)
}

func (o *orderRun) stockInput() activities.StockInput {
	held := o.state.Reservation
	return activities.StockInput{OrderID: o.in.OrderID, Over: o.over, Op: held.Op, At: held.At, Grace: o.policy.StartGrace, Partly: held.Partly}
}

func (o *orderRun) reject(ctx workflow.Context, reason string, short []string) {
	o.to(order.CheckoutRefused)
	o.state.Reason, o.state.Short = reason, short
	o.note(ctx, order.EntryRejected, "checkout", reason)
}

// place commits the reservation: the commit point of an order.
func (o *orderRun) place(ctx workflow.Context) {
	o.takeCancel()
	if o.state.CancelWanted != nil {
		o.to(order.CancelAcceptedEarlier)
		return
	}
	o.to(order.Committed)
	o.state.Reservation.Committed, o.state.PlacedAt = true, workflow.Now(ctx).UTC()
	o.state.Closing, o.state.Reason = nil, ""
	o.note(ctx, order.EntryPlaced, "checkout", "")
	o.events = append(o.events, order.Event{Kind: order.EventPlaced, OpID: o.state.Reservation.Op})
	if o.in.Fulfils {
		o.wantMail(order.MailPlaced, "")
	}
	o.upsert(ctx)
	saved := o.prepareSave(ctx)
	var result activities.SaveResult
	o.insist(ctx, order.ReasonStoreUnavailable, func(ctx workflow.Context) error {
		ctx = options(ctx, o.policy, "PlaceOrder", "commit the units and write the order as placed")
		return workflow.ExecuteActivity(ctx, orders.PlaceOrder, saved).Get(ctx, &result)
	})
	if result.Ahead != nil {
		o.adopt(ctx)
	}
	if result.Committed {
		o.wrote = true
		o.refuseAttempts(ctx)
		o.heardCancel(result.CancelWanted)
		o.sendMails(ctx)
		return
	}
	o.state.Status, o.state.PlacedAt = order.Authorized, time.Time{}
	o.state.Mails = nil
	o.state.Reservation.Committed, o.state.Reservation.Partly = false, true
	o.to(order.CommitImpossible)
	o.note(ctx, order.EntryCommitImpossible, "checkout", "")
	o.attend(ctx, order.ReasonCommitImpossible)
}

// waitPlaced is where an order stands that was placed before parcels were served,
// until it is cancelled or wakes up: from then on its parcels are served too.
func (o *orderRun) waitPlaced(ctx workflow.Context) {
	o.flush(ctx)
	o.wait(ctx, 0, "")
	o.wakes++
	if workflow.GetVersion(ctx, "parcels-"+itoa(o.wakes), workflow.DefaultVersion, 1) >= 1 {
		o.in.Fulfils = true
	}
	if c, ok := o.take(commandCancel); ok {
		o.wantCancel(ctx, c)
		o.to(order.CancelAsked)
		return
	}
	o.refuseAttempts(ctx)
	o.takeCommon(ctx)
	if o.newFacts() {
		o.readAgain(ctx)
	}
}

// tooLong reports that the history should not grow further.
func (o *orderRun) tooLong(ctx workflow.Context) bool {
	limit := o.policy.HistoryLimit
	if limit == 0 {
		limit = order.Production().HistoryLimit
	}
	info := workflow.GetInfo(ctx)
	return info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() > limit
}

// turnsOver reports that the run should, and may, go on as a new one: nobody
// waits for an answer, and nothing was asked or heard that this run did not
// look at.
func (o *orderRun) turnsOver(ctx workflow.Context) bool {
	return o.tooLong(ctx) && len(o.queue) == 0 && len(o.news) == 0 && o.facts == o.seen && workflow.AllHandlersFinished(ctx)
}

// continueAsNew goes on in a fresh run with the same state. It returns nil when
// something came up at the last moment: this run looks at it first. Clean-ups
// that are still going on are in the state, and begin again there.
func (o *orderRun) continueAsNew(ctx workflow.Context) error {
	o.flush(ctx)
	if o.drain(ctx) || !o.turnsOver(ctx) {
		return nil
	}
	in := o.in
	in.Resume, in.Reset, in.Carry, in.Over, in.Fulfils = false, false, &o.state, o.over, true
	if o.wrote {
		in.Over = workflow.GetInfo(ctx).WorkflowExecution.RunID
	}
	return workflow.NewContinueAsNewError(ctx, Order, in)
}

// leave ends the run once nobody waits for it any more.
func (o *orderRun) leave(ctx workflow.Context) error {
	o.settled = true
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return err
	}
	if o.drain(ctx) {
		o.done = false
		for !o.done {
			o.finish(ctx)
		}
		return o.leave(ctx)
	}
	return nil
}

// insist runs fn until it succeeds, asking for a person when it does not.
func (o *orderRun) insist(ctx workflow.Context, reason order.Reason, fn func(workflow.Context) error) {
	for n := 0; ; n++ {
		err := fn(ctx)
		if err == nil {
			o.calm(ctx, reason)
			return
		}
		workflow.GetLogger(ctx).Warn("a step is tried again", "reason", reason, "error", err)
		if !o.state.Attention.Has(reason) {
			o.attend(ctx, reason)
			o.upsert(ctx)
		}
		if reason != order.ReasonStoreUnavailable {
			o.flush(ctx)
		}
		retry := o.retry
		pause := min(o.policy.ResolveFirst<<min(n, 16), o.policy.ResolveMax)
		if o.tooLong(ctx) {
			// It was tried for days and a person knows: the tries thin out, so that
			// the history has room for months.
			pause = 12 * o.policy.ResolveMax
		}
		await(ctx, pause, "pause before the next try", func() bool { return o.retry != retry })
	}
}

// calm takes back an attention that insist had set, once the step went through.
func (o *orderRun) calm(ctx workflow.Context, reason order.Reason) {
	if reason == order.ReasonStoreUnavailable || reason == order.ReasonCompensationStuck {
		o.clear(ctx, reason)
	}
}

// await waits for cond or, when d is above zero, at most that long. The
// context is disconnected, so there is no error.
func await(ctx workflow.Context, d time.Duration, summary string, cond func() bool) {
	var err error
	if d <= 0 {
		err = workflow.Await(ctx, cond)
	} else {
		// Who is woken before the time leaves no timer behind.
		timed, cancel := workflow.WithCancel(ctx)
		defer cancel()
		_, err = workflow.AwaitWithOptions(timed, workflow.AwaitOptions{
			Timeout: d, TimerOptions: workflow.TimerOptions{Summary: summary},
		}, cond)
	}
	if err != nil && !temporal.IsCanceledError(err) {
		workflow.GetLogger(ctx).Error("waiting failed", "error", err)
	}
}
