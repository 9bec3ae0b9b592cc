package workflows_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/workflows"
)

// retry is an operator's word that what failed may be tried again.
var retry = workflows.RepairCommand{Action: workflows.RepairRetry, By: "Hatice"}

// refuseLabel has the carrier refuse one call about the order's n-th parcel for
// certain.
func (b *buyer) refuseLabel(operation, parcel string) {
	b.t.Helper()
	_, err := rig.EasyPost.AddFault(sim.Fault{
		Kind: sim.Answer, Status: 422, Code: "ADDRESS.VERIFY.FAILURE", Message: "Unable to verify address.", Times: 1,
		Match: sim.Match{Operation: operation, Metadata: map[string]string{"reference": b.order.ID + "-" + parcel + "-open"}},
	})
	require.NoError(b.t, err)
}

func TestOrder_HandedOverAndCancelledAtOnceIsEitherSentOrGivenBack(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	row := b.pack(1)
	var both sync.WaitGroup
	both.Go(func() { _, _ = b.ask(workflows.UpdateHandOver, row.ID, clerk) })
	both.Go(func() { _, _ = b.update(workflows.UpdateCancel, "cancel-1", workflows.CancelCommand{By: "customer"}) })
	both.Wait()

	row = b.parcel(1, shipping.HandedOver, shipping.InTransit, shipping.Cancelled)
	if row.State == shipping.Cancelled {
		b.reaches(order.Cancelled)
		b.closes()
		require.Equal(t, stock.Level{OnHand: 5, Available: 5}, b.level())
		require.Equal(t, b.books()[0].Captured, b.books()[0].Refunded)
		b.mails(notify.KindPlaced, notify.KindCancelled)
		return
	}
	require.NoError(t, rig.EasyPost.HandOver(row.Ref))
	b.scan(row, "delivered")
	b.reaches(order.Completed)
	b.closes()
	require.Equal(t, stock.Level{OnHand: 3, Available: 3}, b.level())
	require.Zero(t, b.books()[0].Refunded)
	b.mails(notify.KindPlaced, notify.KindShipped, notify.KindDelivered)
}

func TestOrder_OneRepairMendsTheSameTroubleOfTwoParcels(t *testing.T) {
	t.Parallel()

	b := prepare(t, basket{method: "pm_card_visa", units: 10, also: []string{stocked(t)}, policy: light()})
	b.refuseLabel("shipment.create", "parcel-1")
	b.refuseLabel("shipment.create", "parcel-2")
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	b.parcel(1, shipping.LabelFailed)
	b.parcel(2, shipping.LabelFailed)
	b.needs(order.ReasonLabelFailed)
	_, err := b.update(workflows.UpdateRepair, "repair-1", retry)
	require.NoError(t, err)
	b.deliver(1)
	b.deliver(2)
	require.Nil(t, b.reaches(order.Completed).Attention)
	b.closes()
}

func TestOrder_WaitsForAPersonWhenTheCarrierSellsNoLabel(t *testing.T) {
	t.Parallel()

	b := prepare(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	b.refuseLabel("shipment.buy", "parcel-1")
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	b.parcel(1, shipping.LabelFailed)
	b.needs(order.ReasonLabelFailed)
	_, err := b.update(workflows.UpdateRepair, "repair-1", retry)
	require.NoError(t, err)
	b.deliver(1)
	require.Nil(t, b.reaches(order.Completed).Attention)
	b.closes()
	sold := rig.EasyPost.LabelsOf(b.order.ID+"-parcel-1-open") + rig.EasyPost.LabelsOf(b.order.ID+"-parcel-1-open-repair-1")
	require.Equal(t, 1, sold, "one label, under the first reference or the mended one")
}

func TestOrder_IsCapturedWhenTheCarrierSaysDeliveredBeforeShipped(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	row := b.parcel(1, shipping.LabelCreated)
	b.scan(row, "delivered")
	b.parcel(1, shipping.Delivered)
	b.needs(order.ReasonLeftUnpaid)
	b.reaches(order.Completed)
	b.closes()
	require.Equal(t, int64(124_990), b.books()[0].Captured)
	require.Equal(t, stock.Level{OnHand: 3, Available: 3}, b.level())
}

func TestShipment_AScanFromTheFutureMovesNothing(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	row := b.handOver(1)
	require.NoError(t, rig.EasyPost.Track(row.Ref, easypost.Update{Status: "delivered", At: time.Now().Add(48 * time.Hour)}))
	b.scan(row, "out_for_delivery")
	b.parcel(1, shipping.OutForDelivery)
	b.scan(row, "delivered")
	b.parcel(1, shipping.Delivered)
	b.reaches(order.Completed)
	b.closes()
}

func TestOrder_RefusesACommandWhoseIDCouldNotBeAPartOfAnOps(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	row := b.parcel(1, shipping.LabelCreated)
	for _, id := range []string{"iptal.1", "cancel 1", "$set", strings.Repeat("a", 129)} {
		_, err := b.update(workflows.UpdateCancel, id, workflows.CancelCommand{By: "customer"})
		require.ErrorContains(t, err, "choose another")
	}
	require.Equal(t, shipping.LabelCreated, b.parcel(1, shipping.LabelCreated).State)
	b.scan(row, "delivered")
	b.reaches(order.Completed)
	b.closes()
}

// lines returns the story's lines of a kind.
func (b *buyer) lines(kind order.EntryKind) []order.Entry {
	b.t.Helper()
	all, err := rig.App.Orders.Timeline(b.t.Context(), b.order.ID)
	require.NoError(b.t, err)
	return slices.DeleteFunc(all, func(e order.Entry) bool { return e.Kind != kind })
}

func TestOrder_HasOnRecordWhoGaveAParcelUpAndWhoSawItLost(t *testing.T) {
	t.Parallel()

	t.Run("given up", func(t *testing.T) {
		t.Parallel()
		b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
		row := b.parcel(1, shipping.LabelCreated)
		_, err := b.ask(workflows.UpdateGiveUp, row.ID, clerk)
		require.NoError(t, err)
		b.reaches(order.Cancelled)
		b.closes()
		moved := b.lines(order.EntryParcel)
		require.Equal(t, "1 cancelled", moved[len(moved)-1].Detail)
		require.Equal(t, clerk.By, moved[len(moved)-1].By)
	})
	t.Run("lost", func(t *testing.T) {
		t.Parallel()
		b := checkout(t, basket{method: "pm_card_visa", units: 5, policy: short()})
		row := b.handOver(1)
		_, err := b.ask(workflows.UpdateScan, row.ID, workflows.ParcelCommand{By: "Mehmet", State: shipping.Lost})
		require.NoError(t, err)
		b.reaches(order.Cancelled)
		b.closes()
		moved := b.lines(order.EntryParcel)
		require.Equal(t, "1 lost", moved[len(moved)-1].Detail)
		require.Equal(t, "Mehmet", moved[len(moved)-1].By)
		require.Empty(t, b.lines(order.EntryReleased), "what was lost is not on sale again")
		require.Equal(t, "parcel-1", b.state().Attention.About)
	})
}

func TestOrder_AsksForAPersonWhenNothingIsHeardOfAMail(t *testing.T) {
	t.Parallel()

	p := short()
	p.AttentionAfter = 300 * time.Millisecond
	b := prepare(t, basket{method: "pm_card_visa", units: 5, policy: p})
	for try := 1; try <= 2; try++ {
		key := notify.SendKey(notify.ID(b.order.ID, notify.KindPlaced, ""), try)
		_, err := rig.SendGrid.AddFault(sim.Fault{
			Kind: sim.Error500Before, Times: 1, Match: sim.Match{Operation: "mail.send", Metadata: map[string]string{"send_key": key}},
		})
		require.NoError(t, err)
	}
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	b.needs(order.ReasonMailUnknown)
	b.deliver(1)
	b.reaches(order.Completed)
	b.closes()
	require.False(t, b.state().Attention.Has(order.ReasonMailUnknown), "it goes once the mail is there")
	b.mails(notify.KindPlaced, notify.KindShipped, notify.KindDelivered)
}

func TestOrder_AnAcknowledgementReachesWhatWaitsBehindAStepThatIsTried(t *testing.T) {
	t.Parallel()

	b := prepare(t, basket{method: "pm_card_visa", units: 5, policy: short()})
	b.refuseLabel("shipment.create", "parcel-1")
	require.NoError(t, rig.App.Runs.Start(t.Context(), b.order))
	b.needs(order.ReasonLabelFailed)
	mail := notify.ID(b.order.ID, notify.KindPlaced, "")
	require.NoError(t, rig.App.Runs.Tell(t.Context(), b.order, order.Fact{ID: mail, Kind: order.FactMail, State: string(notify.Bounced), Code: "bounced"}, true))
	require.Eventually(t, func() bool { return b.state().Attention.Has(order.ReasonMailBounced) }, 10*time.Second, 50*time.Millisecond)
	require.Equal(t, order.ReasonLabelFailed, b.state().Attention.Reason, "the label stands in front")
	_, err := b.update(workflows.UpdateRepair, "seen-1", workflows.RepairCommand{Action: workflows.RepairAcknowledge, By: "Hatice"})
	require.NoError(t, err)
	require.False(t, b.state().Attention.Has(order.ReasonMailBounced))
	require.True(t, b.state().Attention.Has(order.ReasonLabelFailed))
	_, err = b.update(workflows.UpdateRepair, "repair-1", retry)
	require.NoError(t, err)
	b.deliver(1)
	b.reaches(order.Completed)
	b.closes()
}
