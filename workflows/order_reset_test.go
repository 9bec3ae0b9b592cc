package workflows_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/simulators/stripe"
	"github.com/bedesten/bedesten/workflows"
)

// reset takes the order's run back to the end of its nth workflow task.
func (b *buyer) reset(n int) {
	b.t.Helper()
	ctx := b.t.Context()
	iter := rig.App.Temporal.GetWorkflowHistory(ctx, workflows.OrderID(b.order.ID), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	var at int64
	for iter.HasNext() {
		e, err := iter.Next()
		require.NoError(b.t, err)
		if e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			if n--; n == 0 {
				at = e.GetEventId()
			}
		}
	}
	require.NotZero(b.t, at)
	_, err := rig.App.Temporal.ResetWorkflowExecution(ctx, &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: rig.Config.TemporalNamespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflows.OrderID(b.order.ID)},
		Reason: "a test", WorkflowTaskFinishEventId: at, RequestId: id.New(id.Request, time.Now()),
	})
	require.NoError(b.t, err)
}

// ops returns the ids of every op of the order, at the provider and in stock.
func (b *buyer) ops() []string {
	b.t.Helper()
	attempts, err := rig.App.Attempts.OfOrder(b.t.Context(), b.order.ID)
	require.NoError(b.t, err)
	ids := []string{}
	for _, a := range attempts {
		ids = append(ids, slices.Sorted(maps.Keys(a.Ops))...)
	}
	return ids
}

func TestOrder_MakesTheSameOpsAgainAfterAReset(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5})
	b.reaches(order.AwaitingCustomer)
	next := b.nextCard("pm_card_threeDSecure2Required")
	_, err := b.update(workflows.UpdateAttempt, next.AttemptID, next)
	require.NoError(t, err)
	b.reaches(order.AwaitingCustomer)
	for _, book := range b.books() {
		if book.Status == "requires_action" {
			_, err := rig.Stripe.FinishChallenge(book.ID, stripe.ChallengeComplete)
			require.NoError(t, err)
		}
	}
	first := b.reaches(order.Placed)
	ops := b.ops()

	b.reset(1)
	require.Eventually(t, func() bool {
		o, err := rig.App.Orders.Find(context.Background(), b.order.ID)
		return err == nil && o.State.Run != first.Run && o.State.Status == order.Placed
	}, 30*time.Second, 20*time.Millisecond, "the new run takes the document over")
	require.Equal(t, ops, b.ops(), "every op keeps its id")
	require.Equal(t, stock.Level{OnHand: 5, Committed: 2, Available: 3}, b.level())
	held := 0
	for _, book := range b.books() {
		if book.Capturable > 0 {
			held++
		}
	}
	require.Equal(t, 1, held)
}

func TestOrder_RemembersACancelThatAResetForgot(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5})
	b.reaches(order.Placed)
	require.NoError(t, rig.App.Temporal.CancelWorkflow(t.Context(), workflows.OrderID(b.order.ID), ""))
	b.reaches(order.Cancelled)
	b.closes()
	b.reset(1)
	require.Eventually(t, func() bool {
		o, err := rig.App.Orders.Find(context.Background(), b.order.ID)
		return err == nil && o.State.Status == order.Cancelled && !o.State.Open && len(o.State.Run) > 0
	}, 30*time.Second, 20*time.Millisecond)
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
}

func TestOrder_GivesLateMoneyBack(t *testing.T) {
	t.Parallel()

	policy := order.Scaled()
	policy.Lease = time.Second
	b := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5, policy: &policy})
	b.reaches(order.Expired)
	b.closes()
	o, err := rig.App.Orders.Find(t.Context(), b.order.ID)
	require.NoError(t, err)
	require.NoError(t, rig.App.Runs.Tell(t.Context(), o, order.Fact{ID: "evt_late", Kind: order.FactWebhook}, true))
	require.Eventually(t, func() bool { return slices.Contains(b.story(), order.EntryReopened) }, 20*time.Second, 20*time.Millisecond)
	b.closes()
	require.Equal(t, order.Expired, b.reaches(order.Expired).Status, "news without money changes nothing")
}

func TestOrder_ThatIsOverCanStillBeAcknowledged(t *testing.T) {
	t.Parallel()

	policy := order.Scaled()
	policy.Lease = time.Second
	b := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5, policy: &policy})
	b.reaches(order.AwaitingCustomer)
	require.NoError(t, rig.App.Temporal.TerminateWorkflow(t.Context(), workflows.OrderID(b.order.ID), "", "lost on purpose"))
	state := b.reaches(order.Expired)
	b.closes()
	require.NotNil(t, state.Attention)

	o, err := rig.App.Orders.Find(t.Context(), b.order.ID)
	require.NoError(t, err)
	require.NoError(t, rig.App.Runs.Tell(t.Context(), o, order.Fact{ID: "ack-1", Kind: order.FactAcknowledged, By: "ayşe"}, true))
	require.Eventually(t, func() bool {
		o, err := rig.App.Orders.Find(context.Background(), b.order.ID)
		return err == nil && o.State.Attention == nil && !o.State.Open
	}, 20*time.Second, 20*time.Millisecond)
	require.Contains(t, b.story(), order.EntryRepair)
}
