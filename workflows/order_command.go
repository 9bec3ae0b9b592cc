package workflows

import (
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
)

// command is something that an order was asked to do, named by its update's or
// fact's id. The loop takes commands one at a time.
type command struct {
	ID        string
	Kind      string
	AttemptID string
	Provider  string
	By        string
	Action    string
	// Reason is why a repair was asked for: what stood in front at that time.
	Reason order.Reason
	// Boxes is how staff want the parcels packed.
	Boxes [][]shipping.Line
}

// Kinds of commands.
const (
	commandAttempt = "attempt"
	commandCancel  = "cancel"
	commandRepair  = "repair"
	commandParcels = "parcels"
)

// listen registers the order's handlers. Each begins by leaving the reach of a
// cancel request, puts its command on the queue, and waits; none calls an
// activity. Validators only read.
func (o *orderRun) listen(ctx workflow.Context) error {
	handlers := []struct {
		name     string
		handle   any
		validate any
	}{
		{UpdateCheckout, o.onCheckout, nil},
		{UpdateAttempt, o.onAttempt, o.mayAttempt},
		{UpdateCancel, o.onCancel, named(o.mayCancel)},
		{UpdateReturned, o.onReturned, nil},
		{UpdateRepair, o.onRepair, named(o.mayRepair)},
		{UpdateParcels, o.onParcels, named(o.mayPackAnew)},
	}
	for _, h := range handlers {
		opts := workflow.UpdateHandlerOptions{}
		if h.validate != nil {
			opts.Validator = h.validate
		}
		if err := workflow.SetUpdateHandlerWithOptions(ctx, h.name, h.handle, opts); err != nil {
			return err
		}
	}
	facts := workflow.GetSignalChannel(ctx, SignalFact)
	workflow.Go(ctx, func(ctx workflow.Context) {
		ctx, _ = workflow.NewDisconnectedContext(ctx)
		for {
			var f order.Fact
			facts.Receive(ctx, &f)
			o.hear(f)
		}
	})
	// A Temporal cancel request is a cancel command, taken once.
	workflow.Go(ctx, func(ctx workflow.Context) {
		ctx.Done().Receive(ctx, nil)
		o.push(command{ID: "temporal-cancel", Kind: commandCancel, By: "operator"})
	})
	return nil
}

func (o *orderRun) hear(f order.Fact) {
	switch f.Kind {
	case order.FactShipment:
		o.news = append(o.news, f)
		o.settled = false
	case order.FactMail:
		o.hearMail(f)
	case order.FactCancelWanted:
		o.push(command{ID: f.ID, Kind: commandCancel, By: f.By})
	case order.FactAcknowledged:
		o.push(command{ID: f.ID, Kind: commandRepair, By: f.By, Action: RepairAcknowledge, Reason: f.Reason})
	default:
		o.facts++
	}
}

// drain takes signals that came with the last task, and reports whether there
// were any.
func (o *orderRun) drain(ctx workflow.Context) bool {
	facts := workflow.GetSignalChannel(ctx, SignalFact)
	heard := false
	for {
		var f order.Fact
		if !facts.ReceiveAsync(&f) {
			return heard
		}
		o.hear(f)
		heard = true
	}
}

// push queues a command unless it was taken or queued before.
func (o *orderRun) push(c command) {
	if _, done := o.state.Commands[c.ID]; done || slices.ContainsFunc(o.queue, func(q command) bool { return q.ID == c.ID }) {
		return
	}
	o.queue = append(o.queue, c)
	o.settled = false
}

// take removes the first command of a kind from the queue and marks it taken.
func (o *orderRun) take(kind string) (command, bool) {
	i := slices.IndexFunc(o.queue, func(c command) bool { return c.Kind == kind })
	if i < 0 {
		return command{}, false
	}
	c := o.queue[i]
	o.queue = slices.Delete(o.queue, i, i+1)
	o.state.Commands[c.ID] = order.CommandResult{}
	return c, true
}

// queued reports whether a command of a kind waits.
func (o *orderRun) queued(kind string) bool {
	return slices.ContainsFunc(o.queue, func(c command) bool { return c.Kind == kind })
}

// ask queues a command and waits until it was taken and the order stands still
// again; then it reads where.
func (o *orderRun) ask(ctx workflow.Context, c command) (Answer, error) {
	o.push(c)
	err := workflow.Await(ctx, func() bool {
		_, taken := o.state.Commands[c.ID]
		return taken && o.settled
	})
	answer := AnswerOf(o.state, o.policy)
	answer.Refused = o.state.Commands[c.ID].Code
	return answer, err
}

func (o *orderRun) onCheckout(ctx workflow.Context) (Answer, error) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	err := workflow.Await(ctx, func() bool { return o.settled })
	return AnswerOf(o.state, o.policy), err
}

func (o *orderRun) onAttempt(ctx workflow.Context, in AttemptCommand) (Answer, error) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	return o.ask(ctx, command{ID: in.AttemptID, Kind: commandAttempt, AttemptID: in.AttemptID, Provider: in.Provider})
}

func (o *orderRun) onCancel(ctx workflow.Context, in CancelCommand) (Answer, error) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	if o.state.Status == order.Cancelling || o.state.Status.Ended() {
		return AnswerOf(o.state, o.policy), nil
	}
	if kept := o.state.Status == order.PaymentUnknown || o.state.Status == order.ClosingPayment; kept {
		o.push(command{ID: updateID(ctx), Kind: commandCancel, By: in.By})
		answer := AnswerOf(o.state, o.policy)
		answer.Kept = true
		return answer, nil
	}
	return o.ask(ctx, command{ID: updateID(ctx), Kind: commandCancel, By: in.By})
}

func (o *orderRun) onReturned(ctx workflow.Context) (Answer, error) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	o.facts++
	heard := o.facts
	err := workflow.Await(ctx, func() bool { return o.settled && (o.seen >= heard || o.state.Status != order.AwaitingCustomer) })
	return AnswerOf(o.state, o.policy), err
}

func (o *orderRun) onRepair(ctx workflow.Context, in RepairCommand) (Answer, error) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	if in.Action == RepairRetry {
		o.retry++
	}
	return o.ask(ctx, command{ID: updateID(ctx), Kind: commandRepair, By: in.By, Action: in.Action, Reason: o.repaired(in.Action)})
}

// repaired is the reason that a repair deals with: the gravest that takes its
// action, or the gravest of all.
func (o *orderRun) repaired(action string) order.Reason {
	if r := o.state.Attention.For(action); r != "" {
		return r
	}
	return o.front()
}

func updateID(ctx workflow.Context) string { return workflow.GetCurrentUpdateInfo(ctx).ID }

// idLetters are what a command's id is made of. It becomes a part of ops' ids,
// which are keys of documents and at providers.
const idLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// named refuses a command whose id, which whoever sends an update from Temporal's
// UI or its CLI may choose, could not be a part of others.
func named[T any](may func(T) error) func(workflow.Context, T) error {
	return func(ctx workflow.Context, in T) error {
		if id := updateID(ctx); len(id) > 128 || strings.Trim(id, idLetters) != "" {
			return refuse(fault.Invalid, "a command's id has letters, digits, - and _, 128 at most: choose another")
		}
		return may(in)
	}
}

// mayAttempt refuses another card where it could mean paying twice or for
// nothing.
func (o *orderRun) mayAttempt(in AttemptCommand) error {
	if _, done := o.state.Commands[in.AttemptID]; done {
		return nil
	}
	switch {
	case o.state.Status == order.Pending:
		// After a reset every later update comes back at once, before the run is
		// where it was: it waits in the queue for its state.
		return nil
	case o.state.Status == order.PaymentUnknown, o.state.Status == order.ClosingPayment:
		return refuse(fault.AttemptOpen, "the last payment has no certain answer yet: wait for it")
	case o.state.Status == order.Reserved && o.paying():
		return refuse(fault.AttemptOpen, "a payment is on its way: wait for its answer")
	case o.state.Status == order.Processing:
		return o.mayPayAgain()
	case o.state.Status != order.Reserved && o.state.Status != order.AwaitingCustomer:
		return refuse(fault.Conflict, "an order that is "+string(o.state.Status)+" takes no further payment")
	case o.state.Tries >= o.policy.MaxTries:
		return refuse(fault.Conflict, "every try of this order is used up")
	}
	return nil
}

func (o *orderRun) mayCancel(CancelCommand) error {
	if o.state.Status.Ended() && o.state.Status != order.Cancelled {
		return refuse(fault.Conflict, "the order is over: "+string(o.state.Status))
	}
	if o.state.Status == order.Fulfilled {
		return refuse(fault.Conflict, "everything was handed over: send it back instead")
	}
	return nil
}

func (o *orderRun) mayRepair(in RepairCommand) error {
	switch in.Action {
	case RepairRetry, RepairAcknowledge:
	default:
		return refuse(fault.Invalid, "a repair is retry or acknowledge")
	}
	reason := o.repaired(in.Action)
	switch {
	case in.By == "":
		return refuse(fault.Invalid, "a repair says who asks for it: by")
	case reason == "":
		return refuse(fault.Conflict, "the order needs no repair")
	case reason.GoesByItself() && !o.state.Status.Ended():
		return refuse(fault.Conflict, string(reason)+" goes by itself once that has happened: see docs/operations.md")
	case reason.Repair() != in.Action && !o.state.Status.Ended():
		return refuse(fault.Conflict, string(reason)+" takes the repair "+reason.Repair()+": see docs/operations.md")
	}
	return nil
}

// front returns the gravest reason for a person, or nothing.
func (o *orderRun) front() order.Reason {
	if o.state.Attention == nil {
		return ""
	}
	return o.state.Attention.Reason
}

func refuse(code fault.Code, message string) error {
	return temporal.NewNonRetryableApplicationError(message, string(code), nil)
}

// takeCommon takes what can be taken in every state: an operator's repair.
func (o *orderRun) takeCommon(ctx workflow.Context) {
	c, ok := o.take(commandRepair)
	if !ok {
		return
	}
	if c.Reason == "" {
		c.Reason = o.repaired(c.Action)
	}
	o.note(ctx, order.EntryRepair, c.ID, c.Action+" "+string(c.Reason))
	o.entries[len(o.entries)-1].By = c.By
	if c.Action == RepairAcknowledge && (c.Reason.Repair() == RepairAcknowledge || o.state.Status.Ended()) {
		// Only what was seen is acknowledged; a reason that came since stays.
		o.clear(ctx, c.Reason)
	}
	if c.Action == RepairRetry {
		o.facts++
		o.repair = c.ID
	}
	o.save(ctx)
}

// takeCancel looks for a cancel without waiting: the last chance before a
// commit point.
func (o *orderRun) takeCancel() {
	if c, ok := o.take(commandCancel); ok && o.state.CancelWanted == nil {
		o.state.CancelWanted = &order.CancelWanted{By: c.By, Command: c.ID}
	}
}

// wantCancel writes the wish down before anything is done about it.
func (o *orderRun) wantCancel(ctx workflow.Context, c command) {
	if o.state.CancelWanted == nil || o.state.CancelWanted.Taken {
		o.state.CancelWanted = &order.CancelWanted{By: c.By, Command: c.ID, At: workflow.Now(ctx).UTC()}
	}
	o.note(ctx, order.EntryCancelWanted, c.ID, c.By)
}

// heardCancel takes a cancel that the document knows and this run does not: it
// was asked of the run before a reset.
func (o *orderRun) heardCancel(want *order.CancelWanted) {
	if want == nil || o.state.CancelWanted != nil {
		return
	}
	o.push(command{ID: want.Command, Kind: commandCancel, By: want.By})
}

// onParcels has parcels that have no label yet packed otherwise.
func (o *orderRun) onParcels(ctx workflow.Context, in ParcelsCommand) (Answer, error) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	return o.ask(ctx, command{ID: updateID(ctx), Kind: commandParcels, By: in.By, Boxes: in.Boxes})
}

func (o *orderRun) mayPackAnew(in ParcelsCommand) error {
	switch {
	case in.By == "":
		return refuse(fault.Invalid, "who packs anew is missing: by")
	case len(in.Boxes) == 0:
		return refuse(fault.Invalid, "the parcels are missing")
	case o.state.Status != order.Processing && o.state.Status != order.Placed:
		return refuse(fault.Conflict, "an order that is "+string(o.state.Status)+" is not packed anew")
	}
	for _, id := range o.parcels() {
		if s := o.parcelState(id); s != shipping.Planned && s != shipping.Cancelled {
			return refuse(fault.Conflict, "parcel "+itoa(o.state.Shipments[id].Number)+" has its label already")
		}
	}
	return nil
}

func (o *orderRun) newFacts() bool {
	if o.seen == o.facts {
		return false
	}
	o.seen = o.facts
	return true
}

// wait stands still until a command, a fact or the time: the points at which
// an order can be answered.
func (o *orderRun) wait(ctx workflow.Context, d time.Duration, summary string) {
	retry, leftovers := o.retry, o.leftovers
	o.settled = len(o.queue) == 0
	await(ctx, d, summary, func() bool {
		if o.in.Fulfils && o.leftovers != leftovers {
			// What ran beside the loop came to its end, and has a line to write.
			return true
		}
		return len(o.queue) > 0 || len(o.news) > 0 || o.facts != o.seen || o.retry != retry || o.turnsOver(ctx)
	})
	o.settled = false
}

func (o *orderRun) attempt() order.AttemptSummary { return o.state.Attempts[o.state.AttemptID] }

// paying reports that the current attempt still has to be brought to an answer.
func (o *orderRun) paying() bool {
	switch payment.State(o.attempt().State) {
	case payment.Created, payment.Submitting:
		return true
	}
	return false
}
