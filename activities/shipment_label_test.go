package activities_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/simulators/sim"
)

var (
	labelling parcelStep = (*activities.Shipments).LabelShipment
	mending   parcelStep = (*activities.Shipments).MendLabel
	voiding   parcelStep = (*activities.Shipments).VoidLabel
	tracking  parcelStep = (*activities.Shipments).TrackShipment
	handing   parcelStep = (*activities.Shipments).HandOverShipment
)

// carrierTroubles are all ways in which one call to a carrier can go wrong that
// leave open, or say, what became of it.
var carrierTroubles = []sim.Kind{
	sim.TimeoutBefore, sim.TimeoutAfter, sim.ResetBefore, sim.ResetAfter, sim.Error500Before, sim.Error500After,
	sim.RateLimit, sim.BrokenBody, sim.ErrorIn200, sim.ErrorIn200After,
}

func TestLabelShipment_BuysOneLabelWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	d.everyDeath(d.planned, labelling, func(b *box) {
		b.insist(labelling)
		b.oneLabel()
		require.Len(t, b.books(), 1, "opened once")
		b.run(labelling)
		b.oneLabel()
	})
}

func TestLabelShipment_BuysOneLabelWhateverBecomesOfACall(t *testing.T) {
	t.Parallel()

	for _, operation := range []string{"shipment.create", "shipment.buy", "shipment.retrieve"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()

			d := newDepot(t)
			for _, kind := range carrierTroubles {
				b := d.planned()
				b.strike(kind, operation)
				b.insist(labelling)
				d.spent()
				b.oneLabel()
				require.Len(t, b.books(), 1, "%s of %s", kind, operation)
			}
		})
	}
}

func TestLabelShipment_BuysOneLabelWhateverBecomesOfTheSearchForALostOpen(t *testing.T) {
	t.Parallel()

	for _, lost := range []sim.Kind{sim.ResetBefore, sim.ResetAfter} {
		t.Run(string(lost), func(t *testing.T) {
			t.Parallel()

			d := newDepot(t)
			for _, kind := range carrierTroubles {
				b := d.planned()
				b.strike(lost, "shipment.create")
				b.strike(kind, "shipment.list")
				b.insist(labelling)
				d.spent()
				b.oneLabel()
				require.Len(t, b.books(), 1, "%s", kind)
			}
		})
	}
}

func TestLabelShipment_BuysOneLabelWhenThePurchaseAndTheLookAtItGoWrong(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	for _, bought := range []sim.Kind{sim.ResetBefore, sim.ResetAfter, sim.ErrorIn200After} {
		for _, seen := range []sim.Kind{sim.Error500Before, sim.BrokenBody, sim.ErrorIn200} {
			b := d.planned()
			b.strike(bought, "shipment.buy")
			b.hit(sim.Fault{Kind: seen, Skip: 1, Times: 2}, "shipment.retrieve")
			b.insist(labelling)
			d.spent()
			b.oneLabel()
		}
	}
}

func TestLabelShipment_BuysOneLabelWhenManyWorkersTryAtATime(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	for _, operation := range []string{"shipment.label", "shipment.create", "shipment.buy", "shipment.retrieve"} {
		b := d.planned()
		b.strike(sim.Error500After, operation)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { _, _ = b.try(b.shipments, labelling, activities.ShipmentInput{}) })
		}
		wg.Wait()
		b.insist(labelling)
		d.server.ClearFaults()
		b.oneLabel()
	}
}

// unheard is a parcel whose call of an operation had no answer, some time ago;
// then it took the given steps.
func (d *depot) unheard(operation string, kind sim.Kind, then ...shipping.Trigger) func() *box {
	return func() *box {
		d.t.Helper()
		b := d.planned()
		b.strike(kind, operation)
		require.Equal(d.t, shipping.LabelUnknown, b.run(labelling).State)
		d.spent()
		b.move(then...)
		b.later(notFoundAfter + time.Minute)
		return b
	}
}

func TestLabelShipment_BuysOneLabelWhereverTheSecondTryOfAnUnansweredCallDied(t *testing.T) {
	t.Parallel()

	for _, operation := range []string{"shipment.create", "shipment.buy"} {
		for _, kind := range []sim.Kind{sim.ResetBefore, sim.ResetAfter} {
			t.Run(operation+"/"+string(kind), func(t *testing.T) {
				t.Parallel()

				d := newDepot(t)
				d.everyDeath(d.unheard(operation, kind), labelling, func(b *box) {
					b.insist(labelling)
					b.oneLabel()
					require.Len(t, b.books(), 1, "opened once")
				})
			})
		}
	}
}

func TestLabelShipment_IsNotRefusedByASearchThatIs(t *testing.T) {
	t.Parallel()

	b := newDepot(t).planned()
	b.strike(sim.ResetAfter, "shipment.create")
	b.hit(sim.Fault{Kind: sim.Answer, Times: 1, Status: http.StatusForbidden, Code: "FORBIDDEN"}, "shipment.list")
	b.insist(labelling)
	b.spent()
	b.oneLabel()
	require.Len(t, b.books(), 1)
}

func TestLabelShipment_KeepsARefusalUntilARepairBuysOneLabel(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		operation string
		fault     sim.Fault
	}{
		{"shipment.create", sim.Fault{Kind: sim.Decline, Times: 1}},
		{"shipment.create", sim.Fault{Kind: sim.Answer, Times: 1, Status: http.StatusUnprocessableEntity, Code: "ADDRESS.VERIFY.FAILURE"}},
		{"shipment.buy", sim.Fault{Kind: sim.Decline, Times: 1}},
		{"shipment.buy", sim.Fault{Kind: sim.Answer, Times: 1, Status: http.StatusPaymentRequired, Code: "BILLING.PAYMENT.REQUIRED"}},
	} {
		b := newDepot(t).planned()
		b.hit(tt.fault, tt.operation)
		for range 3 {
			result := b.insist(labelling)
			require.Equal(t, shipping.LabelFailed, result.State)
			require.NotEmpty(t, result.Code)
		}
		b.spent()
		require.Empty(t, b.bought())
		require.Len(t, calls(b, tt.operation), 1, "nobody asked again")
		b.insist(mending)
		b.oneLabel()
		b.insist(mending)
		b.oneLabel()
	}
}

// calls are those of an operation about a parcel.
func calls(b *box, operation string) []sim.Call {
	var mine []sim.Call
	for _, call := range b.server.Calls() {
		if call.Operation == operation && (call.Metadata["reference"] == b.id+"-open" || call.Metadata["reference"] == b.id+"-open-onar-1") {
			mine = append(mine, call)
		}
	}
	return mine
}

// refused is a parcel whose label the carrier has refused for certain.
func (d *depot) refused() *box {
	d.t.Helper()
	b := d.planned()
	b.strike(sim.Decline, "shipment.buy")
	require.Equal(d.t, shipping.LabelFailed, b.insist(labelling).State)
	return b
}

func TestLabelShipment_OfAShopperWhoWasErasedIsRefusedWithoutAskingTheCarrier(t *testing.T) {
	t.Parallel()

	b := newDepot(t).planned()
	require.NoError(t, b.vault.Destroy(t.Context(), b.orderID))
	result := b.insist(labelling)
	require.Equal(t, shipping.LabelFailed, result.State)
	require.Equal(t, "contact_erased", result.Code)
	require.Empty(t, b.books())
}

func TestMendLabel_BuysOneLabelWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("every try dies at every call: make test does it")
	}

	d := newDepot(t)
	d.everyDeath(d.refused, mending, func(b *box) {
		b.insist(mending)
		b.oneLabel()
	})
}

func TestMendLabel_TakesTheLabelThatAnEarlierPurchaseBoughtAfterAll(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	d.everyDeath(func() *box {
		b := d.refused()
		// Another try of the same purchase was still on its way when one was refused.
		b.straggle()
		return b
	}, mending, func(b *box) {
		b.insist(mending)
		b.oneLabel()
	})
}

func TestMendLabel_AsksNothingNewWhileTheCarrierCannotBeLookedAt(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	b := d.refused()
	b.straggle()
	b.strike(sim.Error500Before, "shipment.retrieve")
	_, err := b.try(b.shipments, mending, activities.ShipmentInput{Command: "onar-1"})
	require.Error(t, err)
	b.insist(mending)
	d.spent()
	b.oneLabel()
}

func TestMendLabel_BuysAnotherLabelWhenSomebodyGaveTheUnheardOneBack(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	b := d.planned()
	b.strike(sim.ResetAfter, "shipment.buy")
	require.Equal(t, shipping.LabelUnknown, b.run(labelling).State)
	require.Equal(t, shipping.StandsVoiding, d.carrier.Void(t.Context(), shipping.VoidRequest{Ref: b.found().Ref}).Picture.Standing)
	result := b.insist(labelling)
	require.Equal(t, shipping.LabelFailed, result.State)
	require.Equal(t, "label_gone", result.Code)
	require.Equal(t, shipping.LabelCreated, b.insist(mending).State)
	require.Equal(t, 1, d.server.LabelsOf(b.id+"-open-onar-1"))
	require.Zero(t, d.server.LabelsOf(b.id+"-open"))
	b.answered()
}

func TestVoidLabel_GivesTheLabelBackOnceWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	d.everyDeath(d.stopped, voiding, func(b *box) {
		b.insist(voiding)
		b.labelBack(1)
		b.answered()
		b.run(voiding)
		b.labelBack(1)
		b.stays()
	})
}

func TestVoidLabel_GivesTheLabelBackOnceWhateverBecomesOfACall(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("every call ends in every way: make test does it")
	}

	d := newDepot(t)
	for _, kind := range carrierTroubles {
		b := d.stopped()
		b.strike(kind, "shipment.refund")
		b.insist(voiding)
		d.spent()
		b.labelBack(1)

		b = d.stopped()
		b.strike(sim.ResetAfter, "shipment.refund")
		b.strike(kind, "shipment.retrieve")
		b.insist(voiding)
		d.spent()
		b.labelBack(1)
	}
}

func TestVoidLabel_GivesTheLabelBackOnceWhenManyWorkersTryAtATime(t *testing.T) {
	t.Parallel()

	b := newDepot(t).stopped()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { _, _ = b.try(b.shipments, voiding, activities.ShipmentInput{}) })
	}
	wg.Wait()
	b.insist(voiding)
	b.labelBack(1)
}

func TestVoidLabel_LeavesNoLabelOfAParcelThatWasStoppedAtAnyMomentOfItsBuying(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	d.everyDeath(d.planned, labelling, func(b *box) {
		if b.found().State == shipping.Cancelled {
			return
		}
		b.move(shipping.CancelAsked)
		b.insist(voiding)
		b.labelBack(len(b.bought()))
		// The worker that was only thought dead does nothing any more.
		b.run(labelling)
		b.labelBack(len(b.bought()))
	})
}

func TestVoidLabel_WaitsForAPurchaseThatMayStillBeOnItsWay(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	for _, arrives := range []bool{true, false} {
		b := d.planned()
		b.strike(sim.ResetBefore, "shipment.buy")
		require.Equal(t, shipping.LabelUnknown, b.run(labelling).State)
		b.move(shipping.CancelAsked)
		for range 2 {
			_, err := b.try(b.shipments, voiding, activities.ShipmentInput{})
			require.Error(t, err, "a label that is bought now nobody would give back")
		}
		labels := 0
		if arrives {
			b.straggle()
			labels = 1
		}
		b.insist(voiding)
		b.labelBack(labels)
		d.spent()
	}
}

func TestVoidLabel_LeavesNoLabelWhereverATryDiedThatFollowedAnUnansweredCall(t *testing.T) {
	t.Parallel()

	for _, operation := range []string{"shipment.create", "shipment.buy"} {
		for _, kind := range []sim.Kind{sim.ResetBefore, sim.ResetAfter} {
			t.Run(operation+"/"+string(kind), func(t *testing.T) {
				t.Parallel()

				labels := 0
				if operation == "shipment.buy" && kind == sim.ResetAfter {
					labels = 1
				}
				d := newDepot(t)
				d.everyDeath(d.unheard(operation, kind, shipping.CancelAsked), voiding, func(b *box) {
					b.insist(voiding)
					b.labelBack(labels)
					b.stays()
				})
			})
		}
	}
}

func TestVoidLabel_LeavesNoLabelOfAParcelThatWasStoppedAtAnyMomentOfItsRepair(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it is stopped at every call: make test does it")
	}

	for _, straggles := range []bool{false, true} {
		d := newDepot(t)
		d.everyDeath(func() *box {
			b := d.refused()
			if straggles {
				b.straggle()
			}
			return b
		}, mending, func(b *box) {
			b.move(shipping.CancelAsked)
			b.insist(voiding)
			b.labelBack(len(b.bought()))
			require.LessOrEqual(t, len(b.bought()), 1)
		})
	}
}

func TestVoidLabel_EndsAParcelOfWhichNothingWasOpened(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	b := d.planned()
	b.move(shipping.CancelAsked)
	require.Equal(t, shipping.Cancelled, b.run(voiding).State)
	require.Empty(t, b.server.Calls(), "there was nobody to ask")

	for _, kind := range carrierTroubles {
		b := d.planned()
		b.strike(kind, "shipment.create")
		b.strike(sim.Error500Before, "shipment.list")
		require.Equal(t, shipping.LabelUnknown, b.run(labelling).State, "%s", kind)
		b.move(shipping.CancelAsked)
		b.insist(voiding)
		d.spent()
		b.labelBack(0)
	}
}

func TestVoidLabel_OfALabelThatTheCarrierKeepsEndsTheParcelAllTheSame(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	b := d.stopped()
	b.strike(sim.Decline, "shipment.refund")
	b.insist(voiding)
	d.spent()
	require.Equal(t, shipping.Cancelled, b.found().State)
	require.Equal(t, shipping.OpNo, b.found().Op(shipping.OpVoid).State)
	b.stays()
}

func TestVoidLabel_OfAParcelThatTheCarrierHasSaysThatItLeftWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	d.everyDeath(func() *box {
		b := d.stopped()
		require.NoError(t, d.server.HandOver(b.found().Ref))
		return b
	}, voiding, func(b *box) {
		result := b.insist(voiding)
		require.Equal(t, shipping.HandedOver, result.State)
		require.True(t, result.LeftUnpaid)
		b.leaves()
	})
}

func TestHandOverShipment_TakesTheUnitsOutOnceWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	d.everyDeath(d.ready, handing, func(b *box) {
		for range 2 {
			result := b.run(handing)
			require.Equal(t, shipping.HandedOver, result.State)
			require.False(t, result.Refused)
			b.leaves()
		}
		require.Equal(t, "Kemal Usta", b.found().HandedOverBy)
	})
}

func TestHandOverShipment_IsRefusedForAParcelThatIsNotPaidFor(t *testing.T) {
	t.Parallel()

	b := newDepot(t).packed()
	result := b.run(handing)
	require.True(t, result.Refused)
	require.Equal(t, shipping.CapturePending, result.State)
	b.stays()
}

func TestHandOverShipment_TakesTheUnitsOutOnceWhenManyWorkersTryAtATime(t *testing.T) {
	t.Parallel()

	b := newDepot(t).ready()
	require.NoError(t, b.server.HandOver(b.found().Ref))
	var wg sync.WaitGroup
	for i := range 8 {
		step := handing
		if i%2 == 0 {
			step = tracking
		}
		wg.Go(func() { _, _ = b.try(b.shipments, step, activities.ShipmentInput{By: "Kemal Usta"}) })
	}
	wg.Wait()
	require.Equal(t, shipping.InTransit, b.insist(tracking).State)
	b.leaves()
}

func TestTrackShipment_TakesTheUnitsOutOnceWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("every try dies at every call: make test does it")
	}

	d := newDepot(t)
	for _, tt := range []struct {
		begin  func() *box
		unpaid bool
	}{{d.ready, false}, {d.packed, true}, {d.labelled, true}} {
		d.everyDeath(func() *box {
			b := tt.begin()
			require.NoError(t, d.server.HandOver(b.found().Ref))
			return b
		}, tracking, func(b *box) {
			for range 2 {
				result := b.insist(tracking)
				require.Equal(t, shipping.InTransit, result.State)
				require.Equal(t, tt.unpaid, result.LeftUnpaid)
				b.leaves()
			}
		})
	}
}

func TestTrackShipment_MovesNothingWhileTheCarrierCannotBeRead(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	// A reset is left out: a read that finds its connection closed goes out again.
	for _, kind := range []sim.Kind{sim.TimeoutBefore, sim.TimeoutAfter, sim.Error500Before, sim.RateLimit, sim.BrokenBody, sim.ErrorIn200} {
		b := d.ready()
		require.NoError(t, d.server.HandOver(b.found().Ref))
		b.strike(kind, "shipment.retrieve")
		_, err := b.try(b.shipments, tracking, activities.ShipmentInput{})
		require.Error(t, err, "%s", kind)
		d.spent()
		require.Equal(t, shipping.Ready, b.found().State)
		b.stays()
		require.Equal(t, shipping.InTransit, b.insist(tracking).State)
		b.leaves()
	}
}

// overtaken is a store in which somebody else writes each change a moment before,
// and dies.
type overtaken struct{ shipping.Store }

func (o overtaken) Apply(ctx context.Context, c shipping.Change) (shipping.Shipment, bool, error) {
	row, _, err := o.Store.Apply(ctx, c)
	return row, false, err
}

func TestTrackShipment_TakesTheUnitsOutAfterAnotherWorkerThatDiedBeforeItDid(t *testing.T) {
	t.Parallel()

	b := newDepot(t).packed()
	require.NoError(t, b.server.HandOver(b.found().Ref))
	_, err := b.try(b.over(overtaken{b.store}, b.ledger, b.carrier), tracking, activities.ShipmentInput{})
	require.NoError(t, err)
	require.Equal(t, shipping.InTransit, b.insist(tracking).State)
	b.leaves()
}

func TestScanShipment_TakesTheUnitsOutOnceOfAParcelWhoseHandOverDied(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	in := activities.ShipmentInput{Scan: shipping.Delivered, By: "Kemal Usta"}
	for moment := range 6 {
		b := d.ready()
		_, _ = b.try(d.dying(&life{left: 2}), handing, activities.ShipmentInput{By: "Kemal Usta"})
		require.Equal(t, shipping.HandedOver, b.found().State)
		b.stays()
		_, _ = b.try(d.dying(&life{left: moment}), (*activities.Shipments).ScanShipment, in)
		result, err := b.try(b.shipments, (*activities.Shipments).ScanShipment, in)
		require.NoError(t, err)
		require.Equal(t, shipping.Delivered, result.State)
		b.leaves()
	}
}

func TestMoveShipment_MovesOnceWhereverAnEarlierTryDied(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	in := activities.ShipmentInput{Trigger: shipping.PackedByStaff, By: "Kemal Usta"}
	for moment := range 3 {
		b := d.labelled()
		_, _ = b.try(d.dying(&life{left: moment}), (*activities.Shipments).MoveShipment, in)
		result, err := b.try(b.shipments, (*activities.Shipments).MoveShipment, in)
		require.NoError(t, err)
		require.Equal(t, shipping.Packed, result.State)
		require.Equal(t, "Kemal Usta", b.found().PackedBy)
		require.WithinDuration(t, time.Now(), b.found().PackedAt, time.Minute)
	}
}

// storm runs steps of one parcel side by side, each by two workers.
func (b *box) storm(steps ...parcelStep) {
	b.t.Helper()
	var wg sync.WaitGroup
	for _, step := range slices.Concat(steps, steps) {
		wg.Go(func() {
			_, _ = b.try(b.shipments, step, activities.ShipmentInput{Trigger: shipping.CancelAsked, By: "Kemal Usta"})
		})
	}
	wg.Wait()
}

func TestShipments_LeaveNoLabelOfAParcelThatIsStoppedWhileItsLabelIsBought(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	for range 5 {
		b := d.planned()
		b.storm(labelling, (*activities.Shipments).MoveShipment, voiding, labelling)
		b.insist(labelling)
		if b.found().State != shipping.Cancelled {
			_, err := b.try(b.shipments, (*activities.Shipments).MoveShipment, activities.ShipmentInput{Trigger: shipping.CancelAsked})
			require.NoError(t, err)
		}
		b.insist(voiding)
		b.labelBack(len(b.bought()))
		require.LessOrEqual(t, len(b.bought()), 1)
		b.stays()
	}
}

func TestShipments_HaveTheirUnitsWhereTheParcelIsThatIsStoppedWhileItLeaves(t *testing.T) {
	t.Parallel()

	d := newDepot(t)
	for _, scanned := range []bool{true, false, true, false} {
		b := d.ready()
		if scanned {
			require.NoError(t, d.server.HandOver(b.found().Ref))
		}
		b.storm(handing, (*activities.Shipments).MoveShipment, voiding, tracking)
		b.insist(voiding)
		b.insist(tracking)
		if b.found().State == shipping.Cancelled {
			require.False(t, scanned, "the carrier has it")
			b.labelBack(1)
			b.stays()
			continue
		}
		require.True(t, b.found().State.Left())
		require.Equal(t, 1, d.server.LabelsOf(b.id+"-open"))
		b.leaves()
	}
}
