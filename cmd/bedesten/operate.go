package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
)

// errFindings ends the audit with a failure after its report was printed.
var errFindings = errors.New("the audit found something: see above, and docs/operations.md")

type migrateCmd struct{ atShop }

// Run makes indexes, search attributes and schedules.
func (c migrateCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	err = a.Migrate(ctx)
	if err == nil {
		_, err = fmt.Fprintln(out, "migrated: indexes, search attributes, schedules")
	}
	return errors.Join(err, a.Close())
}

type seedCmd struct{ atShop }

// Run loads the demo catalogue.
func (c seedCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	n, err := lab.Seed(ctx, a)
	if err == nil {
		_, err = fmt.Fprintf(out, "seeded: %d products\n", n)
	}
	return errors.Join(err, a.Close())
}

type auditCmd struct {
	atShop
	Wait time.Duration `default:"30s" help:"How long to wait for orders on their way to come to rest."`
}

// Run prints the report; findings are a failure.
func (c auditCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	report, err := a.Auditor(c.Wait).Run(ctx)
	if err == nil {
		_, err = fmt.Fprint(out, report)
	}
	if err == nil && !report.Clean() {
		err = errFindings
	}
	return errors.Join(err, a.Close())
}

type doctorCmd struct{ atShop }

// Run checks each server on its own, so that one that is down hides no other.
func (c doctorCmd) Run(ctx context.Context, out io.Writer) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	healthy := true
	for _, f := range app.Examine(ctx, cfg) {
		mark, note := "ok  ", f.Detail
		if f.Err != nil {
			mark, note, healthy = "FAIL", f.Err.Error(), false
		}
		if _, err := fmt.Fprintf(out, "%s  %-22s %s\n", mark, f.Name, note); err != nil {
			return err
		}
		if f.Err != nil {
			if _, err := fmt.Fprintf(out, "      %-22s → %s\n", "", f.Remedy); err != nil {
				return err
			}
		}
	}
	if !healthy {
		return errors.New("not everything is reachable: see above")
	}
	return nil
}

type attentionCmd struct {
	atShop
	Limit int `default:"100" help:"How many at most."`
}

// Run prints the worklist from the orders' own documents.
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
		for _, each := range o.State.Attention.Reasons() {
			fmt.Fprintf(out, "%-10s %s  %-18s %-24s since %s  %s\n           %s\n",
				o.Number, o.ID, o.State.Status, each.Reason, each.Since.Format(time.DateTime), each.Owner, each.Next)
		}
	}
	return errors.Join(err, a.Close())
}

type acknowledgeCmd struct {
	atShop
	OrderID string `arg:"" help:"The order's id, ord_…"`
	By      string `required:"" help:"Who says so; it stands in the order's timeline."`
}

// patience is how long a command waits for the order to take it.
const patience = 15 * time.Second

// Run tells the order that a person has dealt with it, and waits until it has
// taken that. An order whose run is over is opened for as long as it takes.
func (c acknowledgeCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(c.tell(ctx, out, a), a.Close())
}

func (c acknowledgeCmd) tell(ctx context.Context, out io.Writer, a *app.App) error {
	o, err := a.Orders.Find(ctx, c.OrderID)
	if err != nil {
		return err
	}
	if o.State.Attention == nil {
		return fmt.Errorf("order %s needs nobody: it stands at %s", c.OrderID, o.State.Status)
	}
	reason := o.State.Attention.Reason
	if reason.Repair() != order.RepairAcknowledge && !o.State.Status.Ended() {
		return fmt.Errorf("order %s is still trying: %s goes when the step gets through; send the update repair {action: %s} to try at once",
			c.OrderID, reason, reason.Repair())
	}
	fact := order.Fact{ID: id.New("ack", time.Now()), Kind: order.FactAcknowledged, By: c.By, Reason: reason}
	if err := a.Runs.Tell(ctx, o, fact, true); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for o.State.Attention.Has(reason) {
		select {
		case <-waiting.Done():
			return fmt.Errorf("order %s was told and has not taken it yet: is a worker running? `bedesten attention` shows when it has", c.OrderID)
		case <-time.After(200 * time.Millisecond):
		}
		if o, err = a.Orders.Find(ctx, c.OrderID); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "acknowledged %s; order %s stands at %s\n", reason, c.OrderID, o.State.Status)
	return err
}
