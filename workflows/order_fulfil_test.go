package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/workflows"
)

// parcels returns the order's parcels by their numbers.
func (b *buyer) parcels() []shipping.Shipment {
	b.t.Helper()
	rows, err := rig.App.Shipments.OfOrder(context.Background(), b.order.ID)
	require.NoError(b.t, err)
	return rows
}

// parcel waits until the order's n-th parcel stands at one of the states.
func (b *buyer) parcel(n int, states ...shipping.State) shipping.Shipment {
	b.t.Helper()
	var found shipping.Shipment
	b.t.Cleanup(func() {
		if b.t.Failed() {
			b.t.Logf("parcels: %+v", b.parcels())
		}
	})
	require.Eventually(b.t, func() bool {
		for _, row := range b.parcels() {
			for _, s := range states {
				if row.Number == n && row.State == s {
					found = row
					return true
				}
			}
		}
		return false
	}, 40*time.Second, 20*time.Millisecond, "parcel %d of %s reaches %v", n, b.order.ID, states)
	return found
}

// ask sends a command of the warehouse to a parcel.
func (b *buyer) ask(name, shipmentID string, in workflows.ParcelCommand) (shipping.State, error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 15*time.Second)
	defer cancel()
	handle, err := rig.App.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflows.ShipmentID(shipmentID), UpdateName: name, WaitForStage: client.WorkflowUpdateStageCompleted, Args: []any{in},
	})
	if err != nil {
		return "", err
	}
	var answer workflows.ParcelAnswer
	err = handle.Get(ctx, &answer)
	return answer.State, err
}

var clerk = workflows.ParcelCommand{By: "Hatice"}

// pack packs the n-th parcel and waits until its share is captured.
func (b *buyer) pack(n int) shipping.Shipment {
	b.t.Helper()
	row := b.parcel(n, shipping.LabelCreated)
	_, err := b.ask(workflows.UpdatePack, row.ID, clerk)
	require.NoError(b.t, err)
	return b.parcel(n, shipping.Ready)
}

// handOver packs and hands the n-th parcel over; the carrier takes it, and says
// nothing more by itself.
func (b *buyer) handOver(n int) shipping.Shipment {
	b.t.Helper()
	row := b.pack(n)
	require.NoError(b.t, rig.EasyPost.SetJourney(row.TrackingCode, "stalled"))
	_, err := b.ask(workflows.UpdateHandOver, row.ID, clerk)
	require.NoError(b.t, err)
	require.NoError(b.t, rig.EasyPost.HandOver(row.Ref))
	return row
}

// deliver has the carrier bring the n-th parcel.
func (b *buyer) deliver(n int) {
	b.t.Helper()
	row := b.handOver(n)
	b.scan(row, "delivered")
	b.parcel(n, shipping.Delivered)
}

// scan has the carrier see the parcel, and its webhook arrive.
func (b *buyer) scan(row shipping.Shipment, status string) {
	b.t.Helper()
	require.NoError(b.t, rig.EasyPost.Track(row.Ref, easypost.Update{Status: status}))
	b.hint(row)
}

// hint is the carrier's webhook: look at the parcel.
func (b *buyer) hint(row shipping.Shipment) {
	b.t.Helper()
	require.NoError(b.t, rig.App.Runs.TellShipment(b.t.Context(), row.ID, shipping.Fact{ID: "evt", Kind: shipping.FactCarrier}))
}

// mails waits until the shopper got the mails of these kinds, and no others.
func (b *buyer) mails(kinds ...notify.Kind) {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		rows, err := rig.App.Mails.OfOrder(context.Background(), b.order.ID)
		if err != nil || len(rows) != len(kinds) {
			return false
		}
		for _, row := range rows {
			if !row.State.Settled() {
				return false
			}
		}
		return true
	}, 40*time.Second, 20*time.Millisecond)
	rows, err := rig.App.Mails.OfOrder(b.t.Context(), b.order.ID)
	require.NoError(b.t, err)
	var got []notify.Kind
	for _, row := range rows {
		got = append(got, row.Kind)
	}
	require.ElementsMatch(b.t, kinds, got)
}

func short() *order.Policy {
	p := order.Scaled()
	p.ReturnWindow, p.LabelAfter = 500*time.Millisecond, 50*time.Millisecond
	return &p
}

func TestOrder_GoesFromPlacedToCompleted(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 10, policy: short()})
	b.deliver(1)
	state := b.reaches(order.Completed)
	b.closes()
	require.Nil(t, state.Attention)
	require.Equal(t, stock.Level{OnHand: 8, Available: 8}, b.level(), "two units left the house")
	book := b.books()[0]
	require.Equal(t, int64(124_990), book.Captured)
	require.Zero(t, book.Refunded)
	require.Equal(t, 1, rig.EasyPost.LabelsOf(b.parcels()[0].ID+"-open"))
	b.mails(notify.KindPlaced, notify.KindShipped, notify.KindDelivered)
	b.record("completed")
	b.recordParcel("delivered", 1)
}

func TestOrder_IsNotHandedOverBeforeItIsPackedAndPaid(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 10, policy: short()})
	row := b.parcel(1, shipping.LabelCreated)
	_, err := b.ask(workflows.UpdateHandOver, row.ID, clerk)
	require.ErrorContains(t, err, "pack it first")
	require.Zero(t, b.books()[0].Captured)

	b.fault("payment_intent.capture", sim.Error500Before, 3)
	state, err := b.ask(workflows.UpdatePack, row.ID, clerk)
	require.NoError(t, err)
	require.NotEqual(t, shipping.Ready, state)
	again, err := b.ask(workflows.UpdatePack, row.ID, clerk)
	require.NoError(t, err, "packed twice is packed once")
	require.NotEmpty(t, again)
	_, err = b.ask(workflows.UpdateHandOver, row.ID, clerk)
	require.Error(t, err)
	b.parcel(1, shipping.Ready)
	require.Equal(t, int64(124_990), b.books()[0].Captured, "captured once, however often it was asked for")
}

func TestOrder_IsCancelledWhileItsParcelIsInTheHouse(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	b.parcel(1, shipping.LabelCreated)
	_, err := b.update(workflows.UpdateCancel, "cancel-1", workflows.CancelCommand{By: "customer"})
	require.NoError(t, err)
	b.reaches(order.Cancelled)
	b.closes()
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
	require.Equal(t, 1, canceled(b.books()))
	require.Equal(t, shipping.Cancelled, b.parcels()[0].State)
	b.mails(notify.KindPlaced, notify.KindCancelled)
}

func TestOrder_IsRefundedWhenItIsCancelledAfterTheCapture(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	b.pack(1)
	_, err := b.update(workflows.UpdateCancel, "cancel-1", workflows.CancelCommand{By: "customer"})
	require.NoError(t, err)
	b.reaches(order.Cancelled)
	b.closes()
	book := b.books()[0]
	require.Equal(t, book.Captured, book.Refunded)
	require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
}

// heavy is a basket of two lines that fit into no single parcel.
func heavy(t *testing.T, method string) *buyer {
	t.Helper()
	return checkout(t, basket{method: method, units: 10, also: []string{stocked(t)}, policy: light()})
}

// stocked puts units of a SKU of its own in stock and returns it.
func stocked(t *testing.T) string {
	t.Helper()
	needsRig(t)
	sku := "TEPSİ-" + id.Number()
	op := stock.Op{ID: "receive-" + id.Number(), At: rig.App.Clock()}
	require.NoError(t, rig.App.Ledger.Receive(t.Context(), op, stock.Line{Location: stock.DefaultLocation, SKU: sku, Quantity: 10}))
	return sku
}

// light is a policy under which each line of a test's basket fills a parcel.
func light() *order.Policy {
	p := short()
	p.ParcelLimit = 2_000
	return p
}

func TestOrder_OfTwoParcelsIsCapturedOnceAndDeliveredTwice(t *testing.T) {
	t.Parallel()

	b := heavy(t, "pm_card_visa")
	b.deliver(1)
	require.Equal(t, order.Processing, b.reaches(order.Processing).Status)
	require.Equal(t, int64(249_980), b.books()[0].Captured, "a provider captures once: the whole open amount")
	b.deliver(2)
	b.reaches(order.Completed)
	b.closes()
	require.Equal(t, int64(249_980), b.books()[0].Captured)
	b.mails(notify.KindPlaced, notify.KindShipped, notify.KindDelivered, notify.KindShipped, notify.KindDelivered)
	b.record("two_parcels")
}

func TestOrder_CancelledAfterAPartHasLeftKeepsThatPart(t *testing.T) {
	t.Parallel()

	b := heavy(t, "pm_card_visa")
	row := b.handOver(1)
	b.parcel(2, shipping.LabelCreated)
	answer, err := b.update(workflows.UpdateCancel, "cancel-1", workflows.CancelCommand{By: "customer"})
	require.NoError(t, err)
	require.Equal(t, order.Processing, answer.Status)
	b.parcel(2, shipping.Cancelled)
	b.scan(row, "delivered")
	b.reaches(order.Completed)
	b.closes()
	book := b.books()[0]
	require.Equal(t, int64(249_980), book.Captured)
	require.Equal(t, int64(124_990), book.Refunded, "the share of what was not sent")
	require.Equal(t, stock.Level{OnHand: 8, Available: 8}, b.level())
	b.mails(notify.KindPlaced, notify.KindShipped, notify.KindDelivered, notify.KindCancelled)
	b.record("cancelled_after_part")
	b.recordParcel("cancelled", 2)
}

func TestOrder_WaitsForAPersonWhenTheCarrierRefusesTheParcel(t *testing.T) {
	t.Parallel()

	b := prepare(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	_, err := rig.EasyPost.AddFault(sim.Fault{
		Kind: sim.Answer, Status: 422, Code: "ADDRESS.VERIFY.FAILURE", Message: "Unable to verify address.", Times: 1,
		Match: sim.Match{Operation: "shipment.create", Metadata: map[string]string{"reference": b.order.ID + "-parcel-1-open"}},
	})
	require.NoError(t, err)
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	b.parcel(1, shipping.LabelFailed)
	b.needs(order.ReasonLabelFailed)
	_, err = b.update(workflows.UpdateRepair, "repair-1", workflows.RepairCommand{Action: workflows.RepairRetry, By: "Hatice"})
	require.NoError(t, err)
	b.deliver(1)
	state := b.reaches(order.Completed)
	require.Nil(t, state.Attention, "what was repaired needs nobody any more")
	b.closes()
	b.record("label_failed")
	b.recordParcel("label_failed", 1)
}

func TestOrder_BuysOneLabelWhenTheAnswerIsLost(t *testing.T) {
	t.Parallel()

	b := prepare(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	_, err := rig.EasyPost.AddFault(sim.Fault{
		Kind: sim.TimeoutAfter, Times: 1,
		Match: sim.Match{Operation: "shipment.buy", Metadata: map[string]string{"reference": b.order.ID + "-parcel-1-open"}},
	})
	require.NoError(t, err)
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	b.parcel(1, shipping.LabelUnknown)
	b.deliver(1)
	b.reaches(order.Completed)
	b.closes()
	require.Equal(t, 1, rig.EasyPost.LabelsOf(b.order.ID+"-parcel-1-open"))
	b.record("label_unknown")
	b.recordParcel("label_unknown", 1)
}

func TestOrder_KeepsAParcelInTheHouseThatCannotBeCaptured(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	row := b.parcel(1, shipping.LabelCreated)
	_, err := rig.Stripe.AddFault(sim.Fault{
		Kind: sim.Decline, Code: "generic_decline", Times: 1,
		Match: sim.Match{Operation: "payment_intent.capture", Metadata: map[string]string{"order_id": b.order.ID}},
	})
	require.NoError(t, err)
	_, err = b.ask(workflows.UpdatePack, row.ID, clerk)
	require.NoError(t, err)
	b.parcel(1, shipping.Blocked)
	b.needs(order.ReasonCaptureFailed)
	_, err = b.ask(workflows.UpdateHandOver, row.ID, clerk)
	require.ErrorContains(t, err, "not captured")
	_, err = b.update(workflows.UpdateRepair, "repair-1", workflows.RepairCommand{Action: workflows.RepairRetry, By: "Hatice"})
	require.NoError(t, err)
	b.parcel(1, shipping.Ready)
	_, err = b.ask(workflows.UpdateHandOver, row.ID, clerk)
	require.NoError(t, err)
	b.scan(row, "delivered")
	state := b.reaches(order.Completed)
	require.Nil(t, state.Attention)
	b.closes()
	require.Equal(t, int64(124_990), b.books()[0].Captured)
	b.record("capture_failed")
	b.recordParcel("capture_failed", 1)
}

// needs waits until the order needs a person for reason.
func (b *buyer) needs(reason order.Reason) {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		o, err := rig.App.Orders.Find(context.Background(), b.order.ID)
		return err == nil && o.State.Attention.Has(reason)
	}, 40*time.Second, 20*time.Millisecond, "order %s needs a person: %s", b.order.ID, reason)
}
