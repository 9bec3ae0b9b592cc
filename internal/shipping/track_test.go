package shipping_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bedesten/bedesten/internal/machine/machinetest"
	"github.com/bedesten/bedesten/internal/shipping"
)

// noon is our clock in these tests.
var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// scan is one so many hours before noon, or after it.
func scan(hours int, s shipping.State) shipping.Scan {
	return shipping.Scan{State: s, At: noon.Add(time.Duration(hours) * time.Hour)}
}

func TestFollow_TakesScansByTheirTimeAndNeverBackwards(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name  string
		from  shipping.State
		scans []shipping.Scan
		want  shipping.State
	}{
		{"no scan leaves it where it is", shipping.HandedOver, nil, shipping.HandedOver},
		{"one after the other", shipping.HandedOver, []shipping.Scan{scan(-3, shipping.InTransit), scan(-2, shipping.OutForDelivery), scan(-1, shipping.Delivered)}, shipping.Delivered},
		{"out of order they are taken by time", shipping.HandedOver, []shipping.Scan{scan(-1, shipping.DeliveryFailed), scan(-3, shipping.InTransit), scan(-2, shipping.OutForDelivery)}, shipping.DeliveryFailed},
		{"doubled ones count once", shipping.HandedOver, []shipping.Scan{scan(-2, shipping.InTransit), scan(-2, shipping.InTransit), scan(-2, shipping.InTransit)}, shipping.InTransit},
		{"those that were followed before change nothing", shipping.OutForDelivery, []shipping.Scan{scan(-3, shipping.InTransit), scan(-2, shipping.OutForDelivery)}, shipping.OutForDelivery},
		{"one from the future waits", shipping.HandedOver, []shipping.Scan{scan(-2, shipping.InTransit), scan(1, shipping.Delivered)}, shipping.InTransit},
		{"a clock that is a minute ahead is believed", shipping.HandedOver, []shipping.Scan{{State: shipping.Delivered, At: noon.Add(time.Minute)}}, shipping.Delivered},
		{"one that says nothing of the way", shipping.HandedOver, []shipping.Scan{{At: noon.Add(-time.Hour), Code: "pre_transit"}}, shipping.HandedOver},
		{"the carrier's word for the hand-over brings nothing new", shipping.HandedOver, []shipping.Scan{scan(-1, shipping.HandedOver)}, shipping.HandedOver},
		{"delivered although scans are missing", shipping.HandedOver, []shipping.Scan{scan(-1, shipping.Delivered)}, shipping.Delivered},
		{"a scan of the way after the delivery", shipping.HandedOver, []shipping.Scan{scan(-2, shipping.Delivered), scan(-1, shipping.InTransit)}, shipping.Delivered},
		{"a second try at the door", shipping.OutForDelivery, []shipping.Scan{scan(-2, shipping.DeliveryFailed), scan(-1, shipping.OutForDelivery)}, shipping.OutForDelivery},
		{"what was held up goes on", shipping.InTransit, []shipping.Scan{scan(-2, shipping.Exception), scan(-1, shipping.InTransit)}, shipping.InTransit},
		{"back to us", shipping.DeliveryFailed, []shipping.Scan{scan(-2, shipping.ReturningToSender), scan(-1, shipping.ReturnedToSender)}, shipping.ReturnedToSender},
		{"what is on its way back is not delivered", shipping.ReturningToSender, []shipping.Scan{scan(-1, shipping.Delivered)}, shipping.ReturningToSender},
		{"lost on its way back", shipping.ReturningToSender, []shipping.Scan{scan(-1, shipping.Lost)}, shipping.Lost},
		{"lost, and delivered after all", shipping.InTransit, []shipping.Scan{scan(-9, shipping.Lost), scan(-1, shipping.Delivered)}, shipping.Delivered},
		{"delivered before it was lost stays delivered", shipping.InTransit, []shipping.Scan{scan(-9, shipping.Delivered), scan(-1, shipping.Lost)}, shipping.Delivered},
		{"damaged is an end", shipping.InTransit, []shipping.Scan{scan(-9, shipping.Damaged), scan(-1, shipping.Delivered)}, shipping.Damaged},
		{"delivered before we handed it over is not followed", shipping.Ready, []shipping.Scan{scan(-1, shipping.Delivered)}, shipping.Ready},
		{"nor is what was cancelled", shipping.Cancelled, []shipping.Scan{scan(-1, shipping.InTransit)}, shipping.Cancelled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, tt.want, shipping.Follow(tt.from, tt.scans, noon))
		})
	}
}

func TestFollow_ComesToTheSameStateWhateverTheOrderAndHoweverOften(t *testing.T) {
	t.Parallel()

	states := machinetest.States(shipping.Machine)
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.SampledFrom(states).Draw(t, "from")
		var scans []shipping.Scan
		for i := range rapid.IntRange(0, 8).Draw(t, "scans") {
			scans = append(scans, scan(i-7, rapid.SampledFrom(states).Draw(t, "state")))
		}
		want := shipping.Follow(from, scans, noon)
		require.Equal(t, want, shipping.Follow(from, rapid.Permutation(scans).Draw(t, "as they came"), noon))
		doubled := append([]shipping.Scan{}, scans...)
		for _, s := range scans {
			doubled = append(doubled, s, s)
		}
		require.Equal(t, want, shipping.Follow(from, doubled, noon))
		require.Equal(t, from.Left(), want.Left(), "no scan takes a parcel out of the house, or back into it")
	})
}

func TestLeftUnseen_IsAScanOfWhatWeHaveNotHandedOver(t *testing.T) {
	t.Parallel()

	moved := []shipping.Scan{scan(-1, shipping.InTransit)}
	for _, s := range machinetest.States(shipping.Machine) {
		require.Equal(t, s == shipping.Ready || s.Unpaid(), shipping.LeftUnseen(s, moved, noon), "%s", s)
		require.False(t, shipping.LeftUnseen(s, nil, noon), "%s without a scan", s)
	}
	require.True(t, shipping.LeftUnseen(shipping.Packed, []shipping.Scan{scan(-1, shipping.Delivered)}, noon), "delivered before it was shipped")
	require.False(t, shipping.LeftUnseen(shipping.Ready, []shipping.Scan{{At: noon.Add(-time.Hour), Code: "pre_transit"}}, noon), "the label was printed, no more")
	require.False(t, shipping.LeftUnseen(shipping.Ready, []shipping.Scan{scan(1, shipping.InTransit)}, noon), "it will be, says a clock that is ahead")
}

func TestNewest_IsTheLastScanThatIsNotFromTheFuture(t *testing.T) {
	t.Parallel()

	require.Zero(t, shipping.Newest(nil, noon))
	require.Zero(t, shipping.Newest([]shipping.Scan{{At: noon, Code: "pre_transit"}}, noon), "a printed label is not heard of a parcel")
	require.Zero(t, shipping.Newest([]shipping.Scan{scan(1, shipping.Delivered)}, noon))
	scans := []shipping.Scan{scan(-2, shipping.OutForDelivery), scan(-8, shipping.InTransit), scan(-2, shipping.OutForDelivery), scan(5, shipping.Delivered)}
	require.Equal(t, noon.Add(-2*time.Hour), shipping.Newest(scans, noon))
	require.Equal(t, noon.Add(5*time.Hour), shipping.Newest(scans, noon.Add(6*time.Hour)), "its time has come")
}
