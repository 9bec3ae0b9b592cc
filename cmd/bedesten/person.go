package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
)

type attentionCmd struct {
	atShop
	Limit int `default:"100" help:"How many at most."`
}

// Run prints the worklist from the documents of orders, files and pictures.
func (c attentionCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	orders, err := a.Orders.NeedPerson(ctx, c.Limit)
	if err == nil && len(orders) == 0 {
		_, err = fmt.Fprintln(out, "no order needs a person")
	}
	for _, o := range orders {
		printReasons(out, o)
	}
	still, stillErr := a.Still(ctx, c.Limit)
	printStill(out, still)
	return errors.Join(err, stillErr, a.Close())
}

// printStill says what stands still beside orders; no command mends that.
func printStill(out io.Writer, still []order.Still) {
	for _, s := range still {
		fmt.Fprintf(out, "%-10s %s  %-18s %-24s since %s  %s\n           %s\n",
			s.Kind, s.ID, s.State, s.Reason(), s.Since.UTC().Format(time.DateTime+" MST"), s.Owner(), s.Next())
	}
}

// printReasons says why an order needs a person, whose it is, what to do and what
// to type, where a command reaches the reason.
func printReasons(out io.Writer, o order.Order) {
	for _, each := range o.State.Attention.Reasons() {
		fmt.Fprintf(out, "%-10s %s  %-18s %-24s since %s  %s\n",
			o.Number, o.ID, o.State.Status, each.Reason, each.Since.UTC().Format(time.DateTime+" MST"), each.Owner)
		if each.About != "" {
			fmt.Fprintf(out, "           about %s\n", each.About)
		}
		fmt.Fprintf(out, "           %s\n", each.Next)
		if typed := whatToType(o, each.Reason); typed != "" && dealtWith(o, each.Reason.Repair()) == each.Reason {
			fmt.Fprintf(out, "           → %s\n", typed)
		}
	}
}

// whatToType is the command that deals with a reason, empty where none does.
func whatToType(o order.Order, reason order.Reason) string {
	switch {
	case o.State.Status.Ended() || reason.Repair() == order.RepairAcknowledge:
		return "bedesten acknowledge " + o.ID + " --by <your handle>"
	case reason.GoesByItself():
		return ""
	}
	return "bedesten repair " + o.ID + " retry --by <your handle>"
}

// dealtWith is the reason that an action is about: the gravest that takes it, or,
// of an order that is over, the one in front; nothing where it would do nothing.
func dealtWith(o order.Order, action string) order.Reason {
	if o.State.Status.Ended() {
		return o.State.Attention.Reason
	}
	return o.State.Attention.For(action)
}

// mayBe refuses an action that would do nothing.
func mayBe(o order.Order, action string) error {
	if o.State.Attention == nil {
		return fault.New(fault.Conflict, "order %s needs nobody: it stands at %s", o.ID, o.State.Status)
	}
	front := o.State.Attention.Reason
	switch {
	case o.State.Status.Ended() && action == order.RepairRetry:
		return fault.New(fault.Conflict, "order %s is over (%s) and has no step to do again: %s", o.ID, o.State.Status, whatToType(o, front))
	case dealtWith(o, action) != "":
		return nil
	case front.GoesByItself():
		return fault.New(fault.Conflict, "%s of order %s goes by itself once that has happened, and by no command. %s", front, o.ID, o.State.Attention.Next)
	case front.Repair() == order.RepairRetry && action == order.RepairAcknowledge:
		return fault.New(fault.Conflict, "%s of order %s goes when its step gets through, not by a word: mend its cause, then %s", front, o.ID, whatToType(o, front))
	case front.Repair() != action:
		return fault.New(fault.Conflict, "%s of order %s has no step to do again: look at it, then %s", front, o.ID, whatToType(o, front))
	}
	return nil
}

type acknowledgeCmd struct {
	atShop
	Order string `arg:"" help:"The order's id, ord_…, or its number."`
	By    string `required:"" placeholder:"HANDLE" help:"Who says so, by their handle: it stands in the order's timeline and in the audit log."`
}

// patience is how long a command waits for the order to take it.
const patience = 15 * time.Second

// afterRetry is how long the step may take that a retry has begun again.
const afterRetry = 5 * time.Second

// Run tells the order that a person has dealt with it, and waits until it has
// taken that. An order whose run is over is opened for as long as it takes.
func (c acknowledgeCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(deal(ctx, out, a, c.Order, "acknowledge-order", order.RepairAcknowledge, c.By), a.Close())
}

type repairCmd struct {
	atShop
	Order  string `arg:"" help:"The order's id, ord_…, or its number."`
	Action string `arg:"" enum:"retry,acknowledge" help:"retry: do the step that fails once more, now. acknowledge: a person has looked and it is in order."`
	By     string `required:"" placeholder:"HANDLE" help:"Who asks for it, by their handle: it stands in the order's timeline and in the audit log."`
}

// Run sends the order the update repair, and says where it stands afterwards.
func (c repairCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(deal(ctx, out, a, c.Order, "repair-order", c.Action, c.By), a.Close())
}

// deal has the order take an action, and says whether it still needs a person.
func deal(ctx context.Context, out io.Writer, a *app.App, name, what, action, by string) error {
	o, err := a.Order(ctx, name)
	if err != nil {
		return err
	}
	taken := false
	err = a.OnOrder(ctx, what, o.ID, by, func() error {
		if err := mayBe(o, action); err != nil {
			return err
		}
		taken, err = send(ctx, a, o, action, by)
		return err
	})
	if err != nil {
		return err
	}
	if !taken {
		return fmt.Errorf("order %s has the command and is still at a step that fails: it stays queued, `bedesten attention` shows when it was taken", o.ID)
	}
	return settled(ctx, out, a, o, action)
}

// settled waits until the order has dealt with the reason that the action was about, and
// says where it stands then.
func settled(ctx context.Context, out io.Writer, a *app.App, o order.Order, action string) (err error) {
	orderID, reason := o.ID, dealtWith(o, action)
	takes := patience
	if action == order.RepairRetry {
		takes = afterRetry
	}
	waiting, cancel := context.WithTimeout(ctx, takes)
	defer cancel()
	for o.State.Attention.Has(reason) && waiting.Err() == nil {
		select {
		case <-waiting.Done():
		case <-time.After(200 * time.Millisecond):
		}
		if o, err = a.Orders.Find(ctx, orderID); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "%s %s; order %s stands at %s", action, reason, orderID, o.State.Status)
	if o.State.Attention == nil {
		_, err := fmt.Fprintln(out, " and needs nobody")
		return err
	}
	fmt.Fprintln(out, " and still needs a person:")
	printReasons(out, o)
	if o.State.Attention.Has(reason) && action == order.RepairAcknowledge {
		return fmt.Errorf("order %s was told and has not taken it yet: is a worker running? `bedesten attention` shows when it has", orderID)
	}
	return nil
}

// send brings the action to the order; taken is false where it has that and waits. An
// acknowledgement goes as a fact, which also opens an order whose run is over.
func send(ctx context.Context, a *app.App, o order.Order, action, by string) (taken bool, err error) {
	if action == order.RepairRetry {
		return a.Repair(ctx, o.ID, action, by, patience)
	}
	fact := order.Fact{ID: id.New("ack", time.Now()), Kind: order.FactAcknowledged, By: by, Reason: dealtWith(o, action)}
	err = a.Runs.Tell(ctx, o, fact, true)
	return err == nil, err
}
