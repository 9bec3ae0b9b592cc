package workflows_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
	"github.com/bedesten/bedesten/workflows"
)

func TestOrder_IsPlacedWhenTheCardIsGood(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 10})
	state := b.reaches(order.Placed)
	require.Nil(t, state.Attention)
	require.Equal(t, stock.Level{OnHand: 10, Committed: 2, Available: 8}, b.level())
	require.Len(t, b.books(), 1)
	require.Equal(t, int64(124_990), b.books()[0].Capturable)
	require.Equal(t, []order.EntryKind{order.EntryReserved, order.EntryAuthorized, order.EntryPlaced}, b.story())
}

func TestOrder_IsRejectedWhenAUnitIsMissing(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 1})
	state := b.reaches(order.Rejected)
	b.closes()
	require.Equal(t, "out_of_stock", state.Reason)
	require.Equal(t, []string{b.sku}, state.Short)
	require.Equal(t, stock.Level{OnHand: 1, Available: 1}, b.level())
	require.Empty(t, b.books(), "nobody was asked for money")
}

func TestOrder_TakesAnotherCardUnderTheSameLeaseAfterADecline(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa_chargeDeclinedInsufficientFunds", units: 5})
	state := b.reaches(order.Reserved)
	require.Equal(t, 1, state.Tries)
	require.Equal(t, int64(2), b.level().Reserved)

	next := b.nextCard("pm_card_mastercard")
	answer, err := b.update(workflows.UpdateAttempt, next.AttemptID, next)
	require.NoError(t, err)
	require.Equal(t, order.Placed, answer.Status)
	require.Equal(t, stock.Level{OnHand: 5, Committed: 2, Available: 3}, b.level())
	require.Eventually(t, func() bool { return canceled(b.books()) == 1 }, 10*time.Second, 20*time.Millisecond, "the declined intent is cancelled")
}

func canceled(books []stripe.Book) int {
	n := 0
	for _, book := range books {
		if book.Status == "canceled" {
			n++
		}
	}
	return n
}

func TestOrder_FailsWhenEveryTryIsUsedUp(t *testing.T) {
	t.Parallel()

	policy := order.Scaled()
	policy.MaxTries = 1
	b := checkout(t, basket{method: "pm_card_visa_chargeDeclined", units: 5, policy: &policy})
	b.reaches(order.PaymentFailed)
	b.closes()
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
	require.Equal(t, 1, canceled(b.books()))
}

func TestOrder_ExpiresWhenTheShopperLeavesTheBanksPage(t *testing.T) {
	t.Parallel()

	policy := order.Scaled()
	policy.Lease = 2 * time.Second
	b := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5, policy: &policy})
	b.reaches(order.AwaitingCustomer)
	state := b.reaches(order.Expired)
	b.closes()
	require.Equal(t, order.WhyLeaseOver, state.Reason)
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
	require.Equal(t, 1, canceled(b.books()))
}

func TestOrder_IsPlacedAfterTheShopperConfirmsAtTheBank(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5})
	b.reaches(order.AwaitingCustomer)
	require.NoError(t, finishChallenge(b, stripe.ChallengeComplete))
	answer, err := b.update(workflows.UpdateReturned, "returned-1", nil)
	require.NoError(t, err)
	require.Equal(t, order.Placed, answer.Status)
	require.Equal(t, int64(124_990), b.books()[0].Capturable)
}

func finishChallenge(b *buyer, outcome string) error {
	_, err := rig.Stripe.FinishChallenge(b.books()[0].ID, outcome)
	return err
}

func TestOrder_StaysOpenForAnotherCardWhenTheBankRefusesTheShopper(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5})
	b.reaches(order.AwaitingCustomer)
	require.NoError(t, finishChallenge(b, stripe.ChallengeFail))
	state := b.reaches(order.Reserved)
	require.Equal(t, 1, state.Tries)
}

func TestOrder_TakesAnotherCardWhileTheBanksPageIsOpen(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5})
	b.reaches(order.AwaitingCustomer)
	next := b.nextCard("pm_card_visa")
	answer, err := b.update(workflows.UpdateAttempt, next.AttemptID, next)
	require.NoError(t, err)
	require.Equal(t, order.Placed, answer.Status)
	require.Eventually(t, func() bool { return canceled(b.books()) == 1 }, 10*time.Second, 20*time.Millisecond, "the left attempt is cancelled")
}

func TestOrder_FindsOutThatAnUnansweredPaymentWentThrough(t *testing.T) {
	t.Parallel()

	b := prepare(t, basket{method: "pm_card_visa", units: 5})
	b.fault("payment_intent.confirm", sim.TimeoutAfter, 1)
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	b.reaches(order.PaymentUnknown, order.Placed)
	b.reaches(order.Placed)
	require.Len(t, b.books(), 1)
	require.Equal(t, int64(124_990), b.books()[0].Capturable, "held once")
}

func TestOrder_FindsOutThatAnUnansweredPaymentWasDeclined(t *testing.T) {
	t.Parallel()

	b := prepare(t, basket{method: "pm_card_visa_chargeDeclined", units: 5})
	b.fault("payment_intent.confirm", sim.TimeoutAfter, 1)
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	state := b.reaches(order.Reserved)
	require.Equal(t, 1, state.Tries)
}

func TestOrder_SendsTheSameKeyAgainWhenNothingWasExecuted(t *testing.T) {
	t.Parallel()

	b := prepare(t, basket{method: "pm_card_visa", units: 5})
	b.fault("payment_intent.create", sim.TimeoutBefore, 1)
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	b.reaches(order.Placed)
	require.Len(t, b.books(), 1)
}

func TestOrder_IsCancelledWithVoidAndStockGivenBack(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5})
	b.reaches(order.Placed)
	answer, err := b.update(workflows.UpdateCancel, "cancel-1", workflows.CancelCommand{By: "customer"})
	require.NoError(t, err)
	require.Contains(t, []order.Status{order.Cancelling, order.Cancelled}, answer.Status)
	b.reaches(order.Cancelled)
	b.closes()
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
	require.Equal(t, 1, canceled(b.books()))
	require.Subset(t, b.story(), []order.EntryKind{order.EntryCancelWanted, order.EntryVoided, order.EntryReleased, order.EntryCancelled})
}

func TestOrder_IsCancelledByATemporalCancelRequest(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5})
	b.reaches(order.Placed)
	require.NoError(t, rig.App.Temporal.CancelWorkflow(t.Context(), workflows.OrderID(b.order.ID), ""))
	b.reaches(order.Cancelled)
	b.closes()
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
}

func TestOrder_BeginsAgainFromItsDocumentWhenItsRunWasTerminated(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5})
	b.reaches(order.AwaitingCustomer)
	require.NoError(t, rig.App.Temporal.TerminateWorkflow(t.Context(), workflows.OrderID(b.order.ID), "", "an operator's mistake"))
	require.NoError(t, finishChallenge(b, stripe.ChallengeComplete))
	b.reaches(order.Placed)
	state := b.reaches(order.Placed)
	require.NotNil(t, state.Attention)
	require.Equal(t, order.ReasonRunWasLost, state.Attention.Reason)
	require.Contains(t, b.story(), order.EntryReopened)
	require.Equal(t, stock.Level{OnHand: 5, Committed: 2, Available: 3}, b.level())
	b.record("lost_run")
}

// refusedBuyer is a checkout whose first request for a hold the provider
// refuses, because our key lacks a permission.
func refusedBuyer(t *testing.T) *buyer {
	t.Helper()
	b := prepare(t, basket{method: "pm_card_visa", units: 5})
	_, err := rig.Stripe.AddFault(sim.Fault{
		Kind: sim.Answer, Times: 1, Status: http.StatusForbidden, Type: "invalid_request_error", Message: "The key lacks a permission.",
		Match: sim.Match{Operation: "payment_intent.confirm", Metadata: map[string]string{"order_id": b.order.ID}},
	})
	require.NoError(t, err)
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	return b
}

func TestOrder_AsksForAPersonWhenTheProviderRefusesUs(t *testing.T) {
	t.Parallel()

	b := refusedBuyer(t)
	state := b.reaches(order.Reserved)
	require.NotNil(t, state.Attention)
	require.Equal(t, order.ReasonPaymentRefused, state.Attention.Reason)
	require.Zero(t, state.Tries, "a refusal of our request uses up no try")
}

func TestOrder_ClosesARefusedPaymentBeforeAnotherCardTakesItsPlace(t *testing.T) {
	t.Parallel()

	b := refusedBuyer(t)
	b.reaches(order.Reserved)
	next := b.nextCard("pm_card_visa")
	answer, err := b.update(workflows.UpdateAttempt, next.AttemptID, next)
	require.NoError(t, err)
	require.Equal(t, order.Placed, answer.Status)
	require.Nil(t, b.reaches(order.Placed).Attention)
	attempts, err := rig.App.Attempts.OfOrder(t.Context(), b.order.ID)
	require.NoError(t, err)
	require.Equal(t, payment.Closed, attempts[0].State, "closed before, and not only cleaned up after")
	require.Contains(t, b.story(), order.EntryClosed)
	require.Equal(t, 1, canceled(b.books()))
	b.record("refused_then_another_card")
}

func TestOrder_AsksAgainAfterARepairOfWhatTheProviderRefused(t *testing.T) {
	t.Parallel()

	b := refusedBuyer(t)
	b.reaches(order.Reserved)
	answer, err := b.update(workflows.UpdateRepair, "repair-1", workflows.RepairCommand{Action: workflows.RepairRetry, By: "ayşe"})
	require.NoError(t, err)
	require.Equal(t, order.Placed, answer.Status)
	require.Len(t, b.books(), 1)
	require.Equal(t, int64(124_990), b.books()[0].Capturable)
	b.record("refused_then_mended")
}

func TestOrder_GoesToAPersonWhenNobodyKnowsForLong(t *testing.T) {
	t.Parallel()

	policy := order.Scaled()
	policy.AttentionAfter, policy.ResolveBudget, policy.ResolveMax = time.Second, 2*time.Second, 500*time.Millisecond
	b := prepare(t, basket{method: "pm_card_visa", units: 5, policy: &policy})
	b.fault("payment_intent.confirm", sim.TimeoutAfter, 1)
	b.fault("payment_intent.retrieve", sim.Error500Before, 20)
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	require.Eventually(t, func() bool {
		o, err := rig.App.Orders.Find(context.Background(), b.order.ID)
		return err == nil && o.State.Attention != nil && o.State.Attention.Reason == order.ReasonManualReview
	}, 30*time.Second, 20*time.Millisecond)
	// The look-ups go on, and one of them has an answer.
	state := b.reaches(order.Placed)
	require.Nil(t, state.Attention)
	require.Len(t, b.books(), 1)
	b.record("manual_review")
}

func TestOrder_RefusesARepairThatDoesNotFitTheReason(t *testing.T) {
	t.Parallel()

	b := refusedBuyer(t)
	b.reaches(order.Reserved)
	for name, repair := range map[string]workflows.RepairCommand{
		"takes the repair retry":  {Action: workflows.RepairAcknowledge, By: "ayşe"},
		"a repair says who":       {Action: workflows.RepairRetry},
		"is retry or acknowledge": {Action: "hope", By: "ayşe"},
	} {
		_, err := b.update(workflows.UpdateRepair, "repair-"+id.Number(), repair)
		require.ErrorContains(t, err, name)
	}
	require.Equal(t, order.ReasonPaymentRefused, b.state().Attention.Reason, "nothing was taken off")
}
