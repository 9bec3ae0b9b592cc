package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/order"
)

// SweepID names the schedule and, with a time behind it, each of its runs.
const SweepID = "sweep"

// SweepInput carries the policy that the sweeps follow.
type SweepInput struct {
	Policy order.Policy `json:"policy"`
}

// sweepStep is one activity of a round, and what an operator reads of it.
type sweepStep struct {
	run     any
	summary string
}

// Sweep is one round of what runs by the clock. Its steps do not depend on
// each other: one that fails is seen, and the next round tries again.
func Sweep(ctx workflow.Context, in SweepInput) (activities.SweepResult, error) {
	var sweeper *activities.Sweeper
	policy := in.Policy.Complete()
	input := activities.SweepInput{
		Age: policy.SweepAge, StockPrune: policy.StockPrune, CatchUpEvery: policy.CatchUpEvery,
		AttentionAfter: policy.AttentionAfter, DigestEvery: policy.DigestEvery, PictureKeep: policy.PictureKeep,
	}
	steps := []sweepStep{
		{sweeper.CatchUpEvents, "compare the providers' events with the inbox"},
		{sweeper.DeliverFacts, "tell orders what webhooks brought"},
		{sweeper.CatchUpParcels, "compare the carriers' events with the inbox"},
		{sweeper.DeliverParcelFacts, "tell parcels what carriers' webhooks brought"},
		{sweeper.ReopenLostOrders, "find open orders without a run"},
		{sweeper.ReopenLostParcels, "find parcels on their way without a run"},
		{sweeper.RelayStock, "record stock movements, prune settled entries"},
		{sweeper.RemoveOld, "remove old requests and abandoned carts"},
		{sweeper.AlertPeople, "tell people of orders that have come to need one"},
		{sweeper.DigestPeople, "send the list of all orders that need a person"},
		{sweeper.ReopenErasures, "find accounts that nobody is about to forget, and copies for their owners that nobody makes"},
		{sweeper.RelayLetters, "hand over letters about accounts that could not be"},
		{sweeper.SweepPictures, "have forgotten pictures looked at, delete those that nobody uses"},
		{sweeper.CountSales, "work out what sells"},
	}
	// A round that began under a build without it goes on without it.
	if workflow.GetVersion(ctx, "reopen-files", workflow.DefaultVersion, 1) >= 1 {
		steps = append(steps, sweepStep{sweeper.ReopenFiles, "find files of the catalogue that nobody is working on"})
	}
	var total activities.SweepResult
	var errs []error
	for _, s := range steps {
		actx := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			TaskQueue: SweepQueue, StartToCloseTimeout: time.Minute, HeartbeatTimeout: 20 * time.Second, Summary: s.summary,
			RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 2},
		})
		var r activities.SweepResult
		if err := workflow.ExecuteActivity(actx, s.run, input).Get(actx, &r); err != nil {
			errs = append(errs, err)
		}
		total.Looked += r.Looked
		total.Reopened += r.Reopened
		total.Told += r.Told
		total.Found += r.Found
		total.Moved += r.Moved
		total.Removed += r.Removed
		total.Alerted += r.Alerted
	}
	return total, errors.Join(errs...)
}
