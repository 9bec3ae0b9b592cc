package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/workflows"
)

// ending is a policy under which a hold is about to run out a moment after it
// was taken: the simulator's holds stand for 7 days of its clock.
func ending(within time.Duration) *order.Policy {
	p := short()
	p.HoldMargin = 7*24*time.Hour/order.ScaleFactor - within
	p.RepayWithin = 3 * time.Second
	return p
}

// again is another payment for a hold that was lost.
func (b *buyer) again(method string, due int64) workflows.AttemptCommand {
	b.t.Helper()
	attempt := payment.New(b.order.ID, "again-"+id.Number(), rig.App.Clock())
	attempt.Purpose = payment.PurposeReplacement
	attempt.Provider, attempt.Amount, attempt.Method, attempt.ReturnURL = "stripe", money.Of(due, "TRY"), method, "https://shop.example/donus"
	attempt = attempt.WriteAhead()
	require.NoError(b.t, rig.App.Attempts.Create(b.t.Context(), attempt))
	return workflows.AttemptCommand{AttemptID: attempt.ID, Provider: "stripe"}
}

// holds waits until the order's money stands so.
func (b *buyer) holds(state order.HoldState) {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		o, err := rig.App.Orders.Find(context.Background(), b.order.ID)
		return err == nil && o.State.Hold != nil && o.State.Hold.State == state
	}, 40*time.Second, 20*time.Millisecond, "the hold of %s is %s", b.order.ID, state)
}

func TestOrder_GivesAHoldUpBeforeItRunsOutAndIsPaidAgain(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: ending(2 * time.Second)})
	b.holds(order.HoldLost)
	require.Equal(t, 1, canceled(b.books()), "nobody's money is held for nothing")
	b.mails(notify.KindPlaced, notify.KindPaymentProblem)

	row := b.parcel(1, shipping.LabelCreated)
	_, err := b.ask(workflows.UpdatePack, row.ID, clerk)
	require.NoError(t, err)
	b.parcel(1, shipping.Blocked)
	_, err = b.ask(workflows.UpdateHandOver, row.ID, clerk)
	require.ErrorContains(t, err, "not captured")
	b.needs(order.ReasonHoldLost)

	declined := b.again("pm_card_visa_chargeDeclined", 124_990)
	_, err = b.update(workflows.UpdateAttempt, declined.AttemptID, declined)
	require.NoError(t, err)
	paid := b.again("pm_card_mastercard", 124_990)
	_, err = b.update(workflows.UpdateAttempt, paid.AttemptID, paid)
	require.NoError(t, err)
	b.parcel(1, shipping.Ready)
	_, err = b.ask(workflows.UpdateHandOver, row.ID, clerk)
	require.NoError(t, err)
	b.scan(row, "delivered")
	state := b.reaches(order.Completed)
	require.Nil(t, state.Attention)
	b.closes()
	captured := int64(0)
	for _, book := range b.books() {
		captured += book.Captured
	}
	require.Equal(t, int64(124_990), captured, "paid once")
	b.record("hold_lost")
}

func TestOrder_CapturesAHoldThatRunsOutWhenAParcelIsPacked(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: ending(4 * time.Second)})
	row := b.pack(1)
	b.holds(order.HoldCaptured)
	_, err := b.ask(workflows.UpdateHandOver, row.ID, clerk)
	require.NoError(t, err)
	b.scan(row, "delivered")
	b.reaches(order.Completed)
	b.closes()
}

func TestOrder_CancelledWhileTheCaptureIsOnItsWayGivesEverythingBack(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	row := b.parcel(1, shipping.LabelCreated)
	b.fault("payment_intent.capture", sim.TimeoutAfter, 1)
	_, err := b.ask(workflows.UpdatePack, row.ID, clerk)
	require.NoError(t, err)
	b.holds(order.HoldCapturing)
	_, err = b.update(workflows.UpdateCancel, "cancel-1", workflows.CancelCommand{By: "customer"})
	require.NoError(t, err)
	b.reaches(order.Cancelled)
	b.closes()
	book := b.books()[0]
	require.Equal(t, book.Captured, book.Refunded, "whatever became of the capture, nothing is kept")
	require.Zero(t, book.Capturable)
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
	b.record("cancelled_while_capturing")
}

func TestOrder_IsToldOfADisputeAfterItsEnd(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_createDispute", units: 5, policy: short()})
	row := b.handOver(1)
	o, err := rig.App.Orders.Find(t.Context(), b.order.ID)
	require.NoError(t, err)
	require.NoError(t, rig.App.Runs.Tell(t.Context(), o, order.Fact{ID: "evt_dispute", Kind: order.FactWebhook}, true))
	b.needs(order.ReasonDisputed)
	b.scan(row, "delivered")
	b.reaches(order.Fulfilled)
	require.Never(t, func() bool {
		o, err := rig.App.Orders.Find(context.Background(), b.order.ID)
		return err == nil && o.State.Status == order.Completed
	}, time.Second, 100*time.Millisecond, "an order with an open dispute stays open")
	b.record("disputed")
}

func TestOrder_LeavesUnpaidOnlyOnRecord(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	row := b.parcel(1, shipping.LabelCreated)
	require.NoError(t, rig.EasyPost.HandOver(row.Ref), "the driver took a parcel that nobody had packed")
	b.scan(row, "in_transit")
	b.needs(order.ReasonLeftUnpaid)
	b.holds(order.HoldCaptured)
	require.Equal(t, int64(124_990), b.books()[0].Captured, "captured at once")
	b.scan(row, "delivered")
	b.reaches(order.Completed)
	b.closes()
	require.Equal(t, stock.Level{OnHand: 3, Available: 3}, b.level())
	b.record("left_unpaid")
	b.recordParcel("left_unpaid", 1)
}

func TestOrder_OfWhichNothingArrivesIsRefunded(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	row := b.handOver(1)
	b.scan(row, "in_transit")
	b.parcel(1, shipping.InTransit)
	_, err := b.ask(workflows.UpdateScan, row.ID, workflows.ParcelCommand{By: "Hatice", State: shipping.Lost})
	require.NoError(t, err)
	b.reaches(order.Cancelled)
	b.closes()
	book := b.books()[0]
	require.Equal(t, book.Captured, book.Refunded)
	require.Equal(t, stock.Level{OnHand: 3, Available: 3}, b.level(), "what is lost is not restocked")
	b.record("nothing_delivered")
	b.recordParcel("lost", 1)
}

func TestOrder_RestocksAndRefundsWhatComesBack(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	row := b.handOver(1)
	b.scan(row, "return_to_sender")
	b.parcel(1, shipping.ReturningToSender)
	_, err := b.ask(workflows.UpdateScan, row.ID, workflows.ParcelCommand{By: "Hatice", State: shipping.ReturnedToSender})
	require.NoError(t, err)
	b.reaches(order.Cancelled)
	b.closes()
	require.Equal(t, b.books()[0].Captured, b.books()[0].Refunded)
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
}

func TestOrder_IsPackedAnewBeforeItHasALabel(t *testing.T) {
	t.Parallel()

	policy := short()
	policy.LabelAfter = 3 * time.Second
	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: policy})
	b.parcel(1, shipping.Planned)
	_, err := b.update(workflows.UpdateParcels, "split-1", workflows.ParcelsCommand{
		By: "Hatice", Boxes: [][]shipping.Line{{{SKU: b.sku, Quantity: 1}}, {{SKU: b.sku, Quantity: 1}}},
	})
	require.NoError(t, err)
	b.deliver(2)
	b.deliver(3)
	b.reaches(order.Completed)
	b.closes()
	require.Equal(t, int64(124_990), b.books()[0].Captured)
	require.Equal(t, stock.Level{OnHand: 3, Available: 3}, b.level())
	entries, err := rig.App.Orders.Timeline(t.Context(), b.order.ID)
	require.NoError(t, err)
	var told []string
	for _, e := range entries {
		if e.Kind == order.EntryPlanned || e.Ref == b.parcels()[0].ID {
			told = append(told, string(e.Kind)+" "+e.Detail)
		}
	}
	require.Equal(t, []string{"parcels_planned 1", "parcel_moved 1 replaced", "parcels_planned 3 anew"}, told, "nothing was cancelled for the shopper")
	b.record("packed_anew")
}

func TestOrder_GoesOnAsANewRunWithTwoParcelsOnTheirWay(t *testing.T) {
	t.Parallel()

	policy := light()
	policy.HistoryLimit = 60
	b := checkout(t, basket{method: "pm_card_visa", units: 10, also: []string{stocked(t)}, policy: policy})
	first := b.firstRun()
	one, two := b.handOver(1), b.handOver(2)
	b.scan(one, "in_transit")
	b.scan(two, "in_transit")
	b.parcel(1, shipping.InTransit)
	b.scan(one, "delivered")
	b.scan(two, "delivered")
	b.reaches(order.Completed)
	b.closes()
	require.NotEqual(t, first, b.firstRun(), "the history was bounded on the way")
	b.mails(notify.KindPlaced, notify.KindShipped, notify.KindShipped, notify.KindDelivered, notify.KindDelivered)
	b.recordRun("continued_with_two_parcels", first)
	b.record("after_continue_with_two_parcels")
}

func TestOrder_SendsAMailAgainOnlyWhenItsWordIsLost(t *testing.T) {
	t.Parallel()

	b := prepare(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	_, err := rig.SendGrid.AddFault(sim.Fault{
		Kind: sim.TimeoutBefore, Times: 1, Match: sim.Match{Operation: "mail.send", Metadata: map[string]string{"send_key": b.order.ID + "-mail-order_placed-1"}},
	})
	require.NoError(t, err)
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	b.mails(notify.KindPlaced)
	row, err := rig.App.Mails.FindMail(t.Context(), notify.ID(b.order.ID, notify.KindPlaced, ""))
	require.NoError(t, err)
	require.True(t, row.Again, "sent again, on record")
	require.Len(t, rig.SendGrid.SentWith("send_key", notify.SendKey(row.ID, 2)), 1)
	require.Empty(t, rig.SendGrid.SentWith("send_key", notify.SendKey(row.ID, 1)))
}

func TestShipment_WhoseRunIsLostGoesOnFromItsRow(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	row := b.handOver(1)
	require.NoError(t, rig.App.Temporal.TerminateWorkflow(t.Context(), workflows.ShipmentID(row.ID), "", "planted"))
	require.NoError(t, rig.EasyPost.Track(row.Ref, easypost.Update{Status: "delivered"}))
	state := b.reaches(order.Completed)
	require.Nil(t, state.Attention)
	b.closes()
}

func TestShipment_IsResetToAnyPoint(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	row := b.handOver(1)
	for task := 9; task > 0; task -= 4 {
		b.resetRun(workflows.ShipmentID(row.ID), task)
	}
	b.scan(row, "delivered")
	b.reaches(order.Completed)
	b.closes()
	require.Equal(t, 1, rig.EasyPost.LabelsOf(row.ID+"-open"), "one label, however often the run begins again")
	require.Equal(t, int64(124_990), b.books()[0].Captured)
	require.Equal(t, stock.Level{OnHand: 3, Available: 3}, b.level())
}
