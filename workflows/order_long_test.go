package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
	"github.com/bedesten/bedesten/workflows"
)

// shortHistories lets a run continue as new after a few looks at the bank's
// page.
func shortHistories() *order.Policy {
	policy := order.Scaled()
	policy.HistoryLimit = 40
	return &policy
}

// run returns the id of the order's present run.
func (b *buyer) run(ctx context.Context) (string, error) {
	d, err := rig.App.Temporal.DescribeWorkflowExecution(ctx, workflows.OrderID(b.order.ID), "")
	return d.GetWorkflowExecutionInfo().GetExecution().GetRunId(), err
}

func (b *buyer) firstRun() string {
	b.t.Helper()
	run, err := b.run(b.t.Context())
	require.NoError(b.t, err)
	return run
}

// continues waits until the order goes on in another run than first.
func (b *buyer) continues(first string) {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		run, err := b.run(context.Background())
		return err == nil && run != first
	}, 30*time.Second, 50*time.Millisecond, "the run continues as new")
}

func TestOrder_GoesOnAsANewRunWhenItsHistoryIsLong(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5, policy: shortHistories()})
	first := b.firstRun()
	b.reaches(order.AwaitingCustomer)
	b.continues(first)
	require.NoError(t, finishChallenge(b, stripe.ChallengeComplete))
	answer, err := b.update(workflows.UpdateReturned, "returned-1", nil)
	require.NoError(t, err)
	require.Equal(t, order.Placed, answer.Status)
	require.Nil(t, b.reaches(order.Placed).Attention, "nothing was lost on the way")
	require.Equal(t, stock.Level{OnHand: 5, Committed: 2, Available: 3}, b.level())
	require.Len(t, b.books(), 1)
	b.recordRun("continued_as_new", first)
	b.record("after_continue_as_new")
}

func TestOrder_TakesACommandThatMeetsALongHistory(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5, policy: shortHistories()})
	first := b.firstRun()
	b.reaches(order.AwaitingCustomer)
	b.continues(first)
	answer, err := b.update(workflows.UpdateCancel, "cancel-1", workflows.CancelCommand{By: "customer"})
	require.NoError(t, err)
	require.Equal(t, order.Expired, answer.Status)
	b.closes()
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
	require.Equal(t, 1, canceled(b.books()))
}

func TestOrder_TakesCleanUpsAlongWhenItContinuesAsNew(t *testing.T) {
	t.Parallel()

	policy := shortHistories()
	policy.HistoryLimit, policy.AttentionAfter, policy.StoreCall = 30, time.Second, 200*time.Millisecond
	policy.ProviderCall, policy.ResolveMax = 200*time.Millisecond, 100*time.Millisecond
	b := prepare(t, basket{method: "pm_card_visa_chargeDeclined", units: 5, policy: policy})
	b.fault("payment_intent.cancel", sim.Error500Before, 24)
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	first := b.firstRun()
	b.reaches(order.Reserved)
	b.continues(first)
	require.Eventually(t, func() bool { return canceled(b.books()) == 1 }, 40*time.Second, 50*time.Millisecond, "the next run finishes the clean-up")
}
