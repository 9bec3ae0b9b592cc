package workflows_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
	"github.com/bedesten/bedesten/workflows"
)

// reset takes the order's run back to the end of its nth workflow task.
func (b *buyer) reset(n int) {
	b.t.Helper()
	b.resetRun(workflows.OrderID(b.order.ID), n)
}

// resetRun resets a workflow to its n-th workflow task.
func (b *buyer) resetRun(workflowID string, n int) {
	b.t.Helper()
	ctx := b.t.Context()
	iter := rig.App.Temporal.GetWorkflowHistory(ctx, workflowID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
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
		Namespace: rig.Config.TemporalNamespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID},
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
		return err == nil && o.State.Run != first.Run && goesOn(o.State.Status)
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
	b.record("reset")
}

func TestOrder_RemembersACancelThatAResetForgot(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5})
	b.reaches(order.Placed)
	require.NoError(t, rig.App.Temporal.CancelWorkflow(t.Context(), workflows.OrderID(b.order.ID), ""))
	first := b.reaches(order.Cancelled)
	b.closes()
	b.reset(1)
	require.Eventually(t, func() bool {
		o, err := rig.App.Orders.Find(context.Background(), b.order.ID)
		return err == nil && o.State.Run != first.Run && o.State.Status == order.Cancelled && !o.State.Open
	}, 30*time.Second, 20*time.Millisecond, "the new run takes the document over")
	b.closes()
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
	b.record("reset_after_cancel")
}

func TestOrder_ThatIsOverIsNotChangedByNewsWithoutMoney(t *testing.T) {
	t.Parallel()

	policy := order.Scaled()
	policy.Lease = time.Second
	b := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5, policy: &policy})
	b.reaches(order.Expired)
	b.closes()
	b.hears("evt_late")
	require.Eventually(t, func() bool { return slices.Contains(b.story(), order.EntryReopened) }, 20*time.Second, 20*time.Millisecond)
	b.closes()
	require.Equal(t, order.Expired, b.reaches(order.Expired).Status)
	b.record("late_news")
}

// hears tells the order that there is news, as a webhook does.
func (b *buyer) hears(event string) {
	b.t.Helper()
	o, err := rig.App.Orders.Find(b.t.Context(), b.order.ID)
	require.NoError(b.t, err)
	require.NoError(b.t, rig.App.Runs.Tell(b.t.Context(), o, order.Fact{ID: event, Kind: order.FactWebhook}, true))
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
	entries, err := rig.App.Orders.Timeline(t.Context(), b.order.ID)
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(entries, func(e order.Entry) bool { return e.Kind == order.EntryRepair && e.By == "ayşe" }), "who did it is on record")
	b.record("acknowledged_after_the_end")
}

// confirmByHand confirms a payment with another card past the shop, as a
// shopper's browser that kept the provider's page open can.
func (b *buyer) confirmByHand(method string) {
	b.t.Helper()
	form := url.Values{"payment_method": {method}, "return_url": {"https://shop.example/donus"}}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost,
		rig.Config.StripeURL+"/v1/payment_intents/"+b.books()[0].ID+"/confirm", strings.NewReader(form.Encode()))
	require.NoError(b.t, err)
	req.SetBasicAuth(rig.Config.StripeSecretKey, "")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	require.NoError(b.t, err)
	require.NoError(b.t, res.Body.Close())
	require.Equal(b.t, http.StatusOK, res.StatusCode)
}

func TestOrder_GivesLateMoneyBackAndTellsAPerson(t *testing.T) {
	t.Parallel()

	policy := order.Scaled()
	policy.MaxTries = 1
	b := prepare(t, basket{method: "pm_card_visa_chargeDeclined", units: 5, policy: &policy})
	// The declined payment cannot be cancelled for a while.
	b.fault("payment_intent.cancel", sim.Error500Before, 5)
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	b.reaches(order.PaymentFailed)
	b.confirmByHand("pm_card_visa")
	require.Equal(t, int64(124_990), b.books()[0].Capturable)
	b.hears("evt_late_money")
	b.closes()

	state := b.reaches(order.PaymentFailed)
	require.NotNil(t, state.Attention)
	require.Equal(t, order.ReasonLateSuccess, state.Attention.Reason)
	require.Subset(t, b.story(), []order.EntryKind{order.EntryLateSuccess, order.EntryVoided})
	require.Zero(t, b.books()[0].Capturable)
	require.Equal(t, 1, canceled(b.books()))
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
	b.record("late_money")
}

// lives are stories to which a reset may come at any point.
var lives = []struct {
	name   string
	method string
	ends   order.Status
	rest   func(*buyer)
}{
	{"placed", "pm_card_visa", order.Placed, func(*buyer) {}},
	{"cancelled", "pm_card_visa", order.Cancelled, func(b *buyer) {
		b.reaches(order.Placed)
		b.mustUpdate(workflows.UpdateCancel, workflows.CancelCommand{By: "customer"})
	}},
	{"two cards", "pm_card_visa_chargeDeclined", order.Placed, func(b *buyer) {
		b.reaches(order.Reserved)
		b.mustUpdate(workflows.UpdateAttempt, b.nextCard("pm_card_visa"))
	}},
	{"3-D Secure", "pm_card_threeDSecure2Required", order.Placed, func(b *buyer) {
		b.reaches(order.AwaitingCustomer)
		require.NoError(b.t, finishChallenge(b, stripe.ChallengeComplete))
	}},
	{"another card at the bank's page", "pm_card_threeDSecure2Required", order.Placed, func(b *buyer) {
		b.reaches(order.AwaitingCustomer)
		b.mustUpdate(workflows.UpdateAttempt, b.nextCard("pm_card_visa"))
	}},
	{"delivered", "pm_card_visa", order.Completed, func(b *buyer) { b.deliver(1) }},
	{"cancelled at the bank's page", "pm_card_threeDSecure2Required", order.Expired, func(b *buyer) {
		b.reaches(order.AwaitingCustomer)
		b.mustUpdate(workflows.UpdateCancel, workflows.CancelCommand{By: "customer"})
	}},
}

func (b *buyer) mustUpdate(name string, arg any) {
	b.t.Helper()
	updateID := "command-" + id.Number()
	if next, ok := arg.(workflows.AttemptCommand); ok {
		updateID = next.AttemptID
	}
	_, err := b.update(name, updateID, arg)
	require.NoError(b.t, err)
}

// TestOrder_OutlivesAResetToAnyPoint resets every life to each of its workflow
// tasks: a seeded few of them, or all with BEDESTEN_CRASH=all.
func TestOrder_OutlivesAResetToAnyPoint(t *testing.T) {
	t.Parallel()

	step := 4
	if os.Getenv("BEDESTEN_CRASH") == "all" {
		step = 1
	}
	for _, life := range lives {
		t.Run(life.name, func(t *testing.T) {
			t.Parallel()
			for task := 1; ; task += step {
				b := checkout(t, basket{method: life.method, units: 5, policy: short()})
				life.rest(b)
				b.reaches(life.ends)
				if life.ends != order.Placed {
					b.closes()
				}
				if task > b.tasks() {
					return
				}
				first := b.firstRun()
				b.reset(task)
				b.comesToRest(first, life.ends, task)
			}
		})
	}
}

// tasks counts the workflow tasks that the order's run has completed.
func (b *buyer) tasks() int {
	b.t.Helper()
	n := 0
	iter := rig.App.Temporal.GetWorkflowHistory(b.t.Context(), workflows.OrderID(b.order.ID), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for iter.HasNext() {
		e, err := iter.Next()
		require.NoError(b.t, err)
		if e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			n++
		}
	}
	return n
}

// comesToRest waits until another run than first is at rest, and looks whether
// it left the order in the same state, with the same money and the same units.
func (b *buyer) comesToRest(first string, ends order.Status, task int) {
	b.t.Helper()
	closed := ends != order.Placed
	require.Eventually(b.t, func() bool {
		d, err := rig.App.Temporal.DescribeWorkflowExecution(context.Background(), workflows.OrderID(b.order.ID), "")
		if err != nil || len(d.GetPendingActivities()) > 0 || d.GetPendingWorkflowTask() != nil {
			return false
		}
		run := d.GetWorkflowExecutionInfo()
		return run.GetExecution().GetRunId() != first && (run.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED) == closed
	}, 40*time.Second, 50*time.Millisecond, "reset to task %d of order %s: its run does not come to rest", task, b.order.ID)
	last := b.state()
	require.True(b.t, last.Status == ends || ends == order.Placed && goesOn(last.Status), "reset to task %d of order %s: %s", task, b.order.ID, last.Status)
	require.Equal(b.t, !closed, last.Open, "reset to task %d of order %s", task, b.order.ID)
	require.Nil(b.t, last.Attention, "reset to task %d of order %s", task, b.order.ID)
	held, captured := int64(0), int64(0)
	for _, book := range b.books() {
		held += book.Capturable
		captured += book.Captured - book.Refunded
	}
	if ends == order.Completed {
		require.Equal(b.t, b.order.Quote.Total.Minor, captured)
		require.Equal(b.t, stock.Level{OnHand: 3, Available: 3}, b.level())
		require.Equal(b.t, 1, rig.EasyPost.LabelsOf(b.order.ID+"-parcel-1-open"))
		return
	}
	require.Zero(b.t, captured)
	if ends == order.Placed {
		require.Equal(b.t, b.order.Quote.Total.Minor, held)
		require.Equal(b.t, stock.Level{OnHand: 5, Committed: 2, Available: 3}, b.level())
		return
	}
	require.Zero(b.t, held)
	require.Equal(b.t, stock.Level{OnHand: 5, Available: 5}, b.level())
}

func TestOrder_OlderThanItsGraceOutlivesAReset(t *testing.T) {
	t.Parallel()

	policy := order.Scaled()
	policy.StartGrace = time.Second
	b := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5, policy: &policy})
	first := b.reaches(order.AwaitingCustomer)
	require.Eventually(t, func() bool { return time.Since(b.order.AcceptedAt) > 2*policy.StartGrace }, 5*time.Second, 50*time.Millisecond)
	b.reset(1)
	require.Eventually(t, func() bool {
		o, err := rig.App.Orders.Find(context.Background(), b.order.ID)
		return err == nil && o.State.Run != first.Run && o.State.Status == order.AwaitingCustomer
	}, 20*time.Second, 50*time.Millisecond)
	require.Equal(t, int64(2), b.level().Reserved)
	require.NoError(t, finishChallenge(b, stripe.ChallengeComplete))
	b.reaches(order.Placed)
}

func TestOrder_WhoseRunIsLostWhileTheCardIsAskedIsPlacedAllTheSame(t *testing.T) {
	t.Parallel()

	policy := order.Scaled()
	policy.StartGrace = time.Second
	b := prepare(t, basket{method: "pm_card_visa", units: 5, policy: &policy})
	b.fault("payment_intent.confirm", sim.TimeoutAfter, 1)
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	require.Eventually(t, func() bool { return len(b.books()) == 1 && b.books()[0].Capturable > 0 }, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, rig.App.Temporal.TerminateWorkflow(t.Context(), workflows.OrderID(b.order.ID), "", "lost on purpose"))
	state := b.reaches(order.Placed)
	require.Equal(t, order.ReasonRunWasLost, state.Attention.Reason)
	require.Len(t, b.books(), 1)
	require.Equal(t, b.order.Quote.Total.Minor, b.books()[0].Capturable)
	b.record("lost_while_asking")
}

func TestOrder_TakesAKeptCancelAtTheFirstStateThatCan(t *testing.T) {
	t.Parallel()

	b := prepare(t, basket{method: "pm_card_visa_chargeDeclined", units: 5})
	b.fault("payment_intent.confirm", sim.TimeoutAfter, 1)
	b.fault("payment_intent.retrieve", sim.Error500Before, 4)
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	b.reaches(order.PaymentUnknown)
	answer, err := b.update(workflows.UpdateCancel, "cancel-1", workflows.CancelCommand{By: "customer"})
	require.NoError(t, err)
	require.True(t, answer.Kept)
	state := b.reaches(order.Expired)
	require.Equal(t, order.WhyCancelled, state.Reason)
	b.closes()
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
	b.record("kept_cancel")
}

func TestOrder_GivesBackEachLineOfACommitThatGotThroughForSome(t *testing.T) {
	t.Parallel()
	needsRig(t)

	other := "ZZ-ÇAYDANLIK-" + id.Number()
	op := stock.Op{ID: "receive-" + id.Number(), At: rig.App.Clock()}
	line := stock.Line{Location: stock.DefaultLocation, SKU: other, Quantity: quantity}
	require.NoError(t, rig.App.Ledger.Receive(t.Context(), op, stock.Line{Location: line.Location, SKU: other, Quantity: 5}))
	b := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5, also: []string{other}})
	held := b.reaches(order.AwaitingCustomer).Reservation
	// Somebody's hand takes one line's hold away.
	require.NoError(t, rig.App.Ledger.Release(t.Context(), stock.Op{ID: held.Op, At: held.At}, []stock.Line{line}))
	require.NoError(t, finishChallenge(b, stripe.ChallengeComplete))

	state := b.reaches(order.Cancelled)
	b.closes()
	require.True(t, state.Attention.Has(order.ReasonCommitImpossible))
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
	levels, err := rig.App.Ledger.Levels(t.Context(), stock.DefaultLocation, []string{other})
	require.NoError(t, err)
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, levels[other])
	require.Equal(t, 1, canceled(b.books()))
	b.record("commit_impossible")
}

func TestOrder_KeepsASecondReasonForAPersonBehindTheFirst(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5})
	b.reaches(order.Placed)
	require.NoError(t, rig.App.Temporal.TerminateWorkflow(t.Context(), workflows.OrderID(b.order.ID), "", "lost on purpose"))
	require.Eventually(t, func() bool { return b.state().Attention.Has(order.ReasonRunWasLost) }, 20*time.Second, 50*time.Millisecond)
	byHand := rig.App.Gateways["stripe"].Cancel(t.Context(), payment.CancelRequest{OpID: "by-hand", Ref: b.books()[0].ID, Reason: "void"})
	require.Equal(t, payment.Yes, byHand.Outcome)
	b.hears("evt_by_hand")
	require.Eventually(t, func() bool { return b.state().Attention.Has(order.ReasonMoneyMoved) }, 20*time.Second, 50*time.Millisecond)
	require.Equal(t, order.ReasonMoneyMoved, b.state().Attention.Reason, "the graver one is shown")
	require.True(t, b.state().Attention.Has(order.ReasonRunWasLost), "the other waits")
}

// state reads the order's document; empty while it cannot be read.
func (b *buyer) state() order.Projection {
	o, err := rig.App.Orders.Find(context.Background(), b.order.ID)
	if err != nil {
		return order.Projection{}
	}
	return o.State
}
