package easypost_test

import (
	"testing"
	"time"

	easypostgo "github.com/EasyPost/easypost-go/v5"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/simulators/sim"
)

func TestAParcelStaysAtTheHouseUntilItIsHandedOver(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.bought(t, ankara).ID

	require.NoError(t, r.Clock().Advance(30*24*time.Hour))
	require.Equal(t, []string{"pre_transit"}, r.statuses(t, id))
	require.NoError(t, r.HandOver(reference))
	require.NoError(t, r.HandOver(reference))
	require.Equal(t, []string{"pre_transit", "in_transit"}, r.statuses(t, id))
	require.NoError(t, r.Clock().Advance(25*time.Hour))
	shp := r.get(t, id)
	require.Equal(t, "delivered", shp.Status)
	require.Equal(t, "AYSE GUL CAGLAYAN", shp.Tracker.SignedBy)
	require.True(t, shp.Tracker.Finalized)
	require.Equal(t, []string{"pre_transit", "in_transit", "out_for_delivery", "delivered"}, r.statuses(t, id))
}

func TestAParcelTravelsByTheScaledClockAndIsFetchedByItself(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *easypost.Config) {
		c.Clock = sim.NewClock(3600)
		c.Travel = easypost.Travel{Collect: 40 * time.Minute, Transit: 10 * time.Minute, Deliver: 10 * time.Minute}
	})
	id := r.bought(t, ankara).ID

	require.Eventually(t, func() bool { return r.get(t, id).Status == "delivered" }, 5*time.Second, 5*time.Millisecond)
	require.Equal(t, []string{"pre_transit", "in_transit", "out_for_delivery", "delivered"}, r.statuses(t, id))
}

func TestOneMoveOfTheClockTakesAParcelThroughItsWholeJourneyInOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *easypost.Config) { c.Travel = easypost.Travel{Collect: 2 * time.Hour} })
	id := r.bought(t, ankara).ID
	bought := r.Clock().Now()

	require.NoError(t, r.Clock().Advance(60*24*time.Hour))
	details := r.get(t, id).Tracker.TrackingDetails
	require.Len(t, details, 4)
	for i, want := range []time.Duration{time.Minute, 2 * time.Hour, 22 * time.Hour, 27 * time.Hour} {
		at, err := time.Parse(time.RFC3339, details[i].DateTime)
		require.NoError(t, err)
		require.WithinDuration(t, bought.Add(want), at, 5*time.Second)
	}
}

func TestTheDestinationChoosesTheJourney(t *testing.T) {
	t.Parallel()

	for zip, want := range map[string][]string{
		"99001": {"pre_transit"},
		"99002": {"pre_transit", "in_transit"},
		"99003": {"pre_transit", "in_transit", "out_for_delivery", "in_transit", "out_for_delivery", "delivered"},
		"99004": {"pre_transit", "delivered"},
		"99005": {"pre_transit", "in_transit", "out_for_delivery", "return_to_sender"},
		"99006": {"pre_transit", "in_transit", "failure"},
		"99007": {"pre_transit", "in_transit", "error"},
		"99008": {"pre_transit", "in_transit", "available_for_pickup", "delivered"},
		"99009": {"pre_transit", "in_transit", "failure"},
	} {
		t.Run(zip, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			id := r.bought(t, zip).ID
			require.NoError(t, r.Clock().Advance(time.Hour))
			require.NoError(t, r.HandOver(id))
			require.NoError(t, r.Clock().Advance(60*24*time.Hour))
			require.Equal(t, want, r.statuses(t, id))
		})
	}
}

func TestAFailureSaysWhetherTheParcelIsLostOrDamaged(t *testing.T) {
	t.Parallel()

	for journey, detail := range map[string]string{"lost": "lost", "damaged": "damaged", "returned": "refused"} {
		r := newRig(t)
		id := r.bought(t, ankara).ID
		require.NoError(t, r.SetJourney(id, journey))
		require.NoError(t, r.HandOver(id))
		require.NoError(t, r.Clock().Advance(60*24*time.Hour))
		require.Equal(t, detail, r.get(t, id).Tracker.StatusDetail)
		require.ErrorContains(t, r.SetJourney(id, "delivered"), "left already")
	}
}

func TestTheCarrierCanSayAnythingAtAnyTime(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	shp := r.bought(t, ankara)
	now := r.Clock().Now()

	require.NoError(t, r.Track(reference, easypost.Update{Status: easypost.StatusDelivered}))
	require.NoError(t, r.Track(shp.ID, easypost.Update{Status: easypost.StatusInTransit, At: now.Add(-time.Hour)}))
	require.NoError(t, r.Track(shp.TrackingCode, easypost.Update{Status: easypost.StatusOutForDelivery, At: now.Add(48 * time.Hour), Message: "Yarın dağıtımda"}))
	require.NoError(t, r.Track(shp.Tracker.ID, easypost.Update{Status: easypost.StatusOutForDelivery, At: now.Add(48 * time.Hour), StatusDetail: "delayed"}))
	require.Equal(t, []string{"in_transit", "delivered", "out_for_delivery", "out_for_delivery"}, r.statuses(t, shp.ID))
	require.Equal(t, "out_for_delivery", r.get(t, shp.ID).Status, "the last word, whenever it was true")

	require.ErrorContains(t, r.Track(reference, easypost.Update{Status: "gone"}), "no status")
	require.ErrorIs(t, r.Track("shp_1", easypost.Update{Status: easypost.StatusDelivered}), easypost.ErrNoShipment)
	require.ErrorIs(t, r.HandOver("shp_1"), easypost.ErrNoShipment)
	require.ErrorContains(t, r.SetJourney(reference, "by air"), "no journey")
}

func TestATrackerOfATestCodeHasItsStatus(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	for code, status := range map[string]string{
		"EZ1000000001": "pre_transit", "EZ4000000004": "delivered", "EZ5000000005": "return_to_sender", "EZ7000000007": "unknown", "12345": "error",
	} {
		made, err := r.api.CreateTracker(&easypostgo.CreateTrackerOptions{TrackingCode: code, Carrier: "UPS"})
		require.NoError(t, err)
		require.Equal(t, status, made.Status)
		again, err := r.api.CreateTracker(&easypostgo.CreateTrackerOptions{TrackingCode: code, Carrier: "UPS"})
		require.NoError(t, err)
		require.Equal(t, made, again, "a code is followed once")
		found, err := r.api.GetTracker(made.ID)
		require.NoError(t, err)
		require.Equal(t, made, found)
	}
	listed, err := r.api.ListTrackers(&easypostgo.ListTrackersOptions{TrackingCode: "EZ4000000004"})
	require.NoError(t, err)
	require.Len(t, listed.Trackers, 1)
}
