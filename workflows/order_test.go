package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
	"github.com/bedesten/bedesten/workflows"
)

// rig is shared by all tests of the package: real Temporal, real stores, real
// HTTP to the simulator. Orders do not share SKUs unless a test wants it.
var rig *lab.Lab

func TestMain(m *testing.M) {
	code, err := withRig(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "workflows:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

func withRig(m *testing.M) (code int, err error) {
	ctx := context.Background()
	if rig, err = lab.Start(ctx, lab.Options{Child: os.Stderr, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}); err != nil {
		return 1, err
	}
	defer func() {
		if stopErr := rig.Stop(); err == nil {
			err = stopErr
		}
	}()
	if err := rig.StartWorker(ctx); err != nil {
		return 1, err
	}
	code = m.Run()
	// Whatever the tests did, nothing may be lost, doubled or forgotten.
	report, err := rig.App.Auditor(30 * time.Second).Run(ctx)
	if err == nil && !report.Clean() && code == 0 {
		err = errors.New("the audit after the tests is not clean:\n" + report.String())
	}
	return code, err
}

// buyer is one accepted checkout on its way.
type buyer struct {
	t     *testing.T
	order order.Order
	sku   string
}

type basket struct {
	method string
	sku    string
	units  int64    // in stock; the order takes two
	also   []string // further SKUs, which are in stock
	policy *order.Policy
}

const quantity = 2

// resident is who everything is sent to.
var resident = order.Contact{
	Name: "Işıl Özgür", Email: "isil.ozgur@example.com", Phone: "+905321234567",
	Address: order.Address{Line1: "İnönü Cad. 12/4", District: "Beyoğlu", Province: "İstanbul", Postcode: "34437", Country: "TR"},
}

// checkout stocks a SKU, writes an accepted order and starts its run.
func checkout(t *testing.T, b basket) *buyer {
	t.Helper()
	bu := prepare(t, b)
	require.NoError(t, rig.App.Runs.Start(t.Context(), bu.order))
	return bu
}

func prepare(t *testing.T, b basket) *buyer {
	t.Helper()
	ctx, now := t.Context(), rig.App.Clock()
	if b.sku == "" {
		b.sku = "FİNCAN-" + id.Number()
	}
	if b.units > 0 {
		op := stock.Op{ID: "receive-" + id.Number(), At: now}
		require.NoError(t, rig.App.Ledger.Receive(ctx, op, stock.Line{Location: stock.DefaultLocation, SKU: b.sku, Quantity: b.units}))
	}
	policy := rig.App.Policy
	if b.policy != nil {
		policy = *b.policy
	}
	o := order.Order{
		ID: id.New(id.Order, now), Number: id.Number(), CartID: id.New(id.Cart, now), CustomerID: "guest", Language: "tr",
		Contact: resident, AcceptedAt: now, Policy: policy, Quote: quote(t, append([]string{b.sku}, b.also...)...),
	}
	attempt := payment.New(o.ID, "checkout", now)
	attempt.Provider, attempt.Amount, attempt.Method = "stripe", o.Quote.Total, b.method
	attempt.ReturnURL = "https://shop.example/donus"
	attempt = attempt.WriteAhead()
	o.State = order.Projection{
		Status: order.Pending, AttemptID: attempt.ID, Open: true, UpdatedAt: now, Commands: map[string]order.CommandResult{},
		Attempts: map[string]order.AttemptSummary{attempt.ID: {Provider: "stripe", State: string(payment.Created), Amount: o.Quote.Total}},
	}
	_, err := rig.App.Claims.Claim(ctx, order.CartKey(o.CartID), o.ID)
	require.NoError(t, err)
	created, err := rig.App.Orders.Create(ctx, o)
	require.NoError(t, err)
	require.True(t, created)
	require.NoError(t, rig.App.Attempts.Create(ctx, attempt))
	return &buyer{t: t, order: o, sku: b.sku}
}

func quote(t *testing.T, skus ...string) order.Quote {
	t.Helper()
	q := order.Quote{Currency: "TRY", Discount: money.Of(0, "TRY"), Shipping: money.Of(0, "TRY")}
	for _, sku := range skus {
		q.Lines = append(q.Lines, order.QuoteLine{
			SKU: sku, Title: "Altılı Türk kahvesi fincanı", Quantity: quantity, UnitPrice: money.Of(62_495, "TRY"),
			Discount: money.Of(0, "TRY"), Total: money.Of(124_990, "TRY"), TaxPercent: 20, Tax: money.Of(20_832, "TRY"), ShippingShare: money.Of(0, "TRY"), WeightGrams: 900,
		})
	}
	lines := int64(len(skus))
	q.Subtotal, q.Tax, q.Total = money.Of(lines*124_990, "TRY"), money.Of(lines*20_832, "TRY"), money.Of(lines*124_990, "TRY")
	hash, err := q.Fingerprint()
	require.NoError(t, err)
	q.Hash = hash
	require.NoError(t, q.Check())
	return q
}

// reaches waits until the order's document shows one of the states.
func (b *buyer) reaches(states ...order.Status) order.Projection {
	b.t.Helper()
	var last order.Projection
	require.Eventually(b.t, func() bool {
		o, err := rig.App.Orders.Find(context.Background(), b.order.ID)
		last = o.State
		if err != nil {
			return false
		}
		for _, s := range states {
			if last.Status == s || s == order.Placed && goesOn(last.Status) {
				return true
			}
		}
		return false
	}, 40*time.Second, 20*time.Millisecond, "order %s stands at %s", b.order.ID, last.Status)
	return last
}

// goesOn reports whether an order in s was placed and goes on: it stands at
// placed for a moment only.
func goesOn(s order.Status) bool {
	return s == order.Processing || s == order.Fulfilled || s == order.Completed
}

// closes waits until the order's run is over.
func (b *buyer) closes() {
	b.t.Helper()
	require.NoError(b.t, rig.App.Temporal.GetWorkflow(b.t.Context(), workflows.OrderID(b.order.ID), "").Get(b.t.Context(), nil))
}

func (b *buyer) update(name, updateID string, arg any) (workflows.Answer, error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	opts := client.UpdateWorkflowOptions{
		WorkflowID: workflows.OrderID(b.order.ID), UpdateID: updateID, UpdateName: name, WaitForStage: client.WorkflowUpdateStageCompleted,
	}
	if arg != nil {
		opts.Args = []any{arg}
	}
	handle, err := rig.App.Temporal.UpdateWorkflow(ctx, opts)
	if err != nil {
		return workflows.Answer{}, err
	}
	var answer workflows.Answer
	err = handle.Get(ctx, &answer)
	return answer, err
}

func (b *buyer) nextCard(method string) workflows.AttemptCommand {
	b.t.Helper()
	now := rig.App.Clock()
	attempt := payment.New(b.order.ID, "card-"+id.Number(), now)
	attempt.Provider, attempt.Amount, attempt.Method, attempt.ReturnURL = "stripe", b.order.Quote.Total, method, "https://shop.example/donus"
	attempt = attempt.WriteAhead()
	require.NoError(b.t, rig.App.Attempts.Create(b.t.Context(), attempt))
	return workflows.AttemptCommand{AttemptID: attempt.ID, Provider: "stripe"}
}

func (b *buyer) level() stock.Level {
	b.t.Helper()
	levels, err := rig.App.Ledger.Levels(b.t.Context(), stock.DefaultLocation, []string{b.sku})
	require.NoError(b.t, err)
	return levels[b.sku]
}

// books returns what the provider holds for the order.
func (b *buyer) books() []stripe.Book {
	var mine []stripe.Book
	for _, book := range rig.Stripe.Books() {
		if book.Metadata["order_id"] == b.order.ID {
			mine = append(mine, book)
		}
	}
	return mine
}

func (b *buyer) fault(op string, kind sim.Kind, times int) {
	b.t.Helper()
	_, err := rig.Stripe.AddFault(sim.Fault{
		Kind: kind, Times: times, Match: sim.Match{Operation: op, Metadata: map[string]string{"order_id": b.order.ID}},
	})
	require.NoError(b.t, err)
}

func (b *buyer) story() []order.EntryKind {
	entries, err := rig.App.Orders.Timeline(b.t.Context(), b.order.ID)
	require.NoError(b.t, err)
	kinds := make([]order.EntryKind, len(entries))
	for i, e := range entries {
		kinds[i] = e.Kind
	}
	return kinds
}

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
