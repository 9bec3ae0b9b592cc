package mongo_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/shipping"
)

func parcelOf(orderID string, number int) shipping.Shipment {
	s := shipping.Shipment{
		ID: shipping.ID(orderID, "", number), OrderID: orderID, Number: number, Carrier: "easypost", Location: "main",
		Lines: []shipping.Line{{SKU: "FİNCAN-06", Quantity: 2}}, Grams: 800, Share: money.Of(124_990, "TRY"),
		State: shipping.LabelRequested, Command: shipping.FirstCommand, CreatedAt: opening,
	}
	s.Ops = map[string]shipping.Op{s.OpID(shipping.OpOpen): {Kind: shipping.OpOpen, State: shipping.OpCreated, CreatedAt: opening}}
	return s
}

func parcels(t *testing.T) (*mongo.Shipments, shipping.Shipment) {
	t.Helper()
	s, row := mongo.NewShipments(mongotest.Database(t)), parcelOf("ord_1", 1)
	require.NoError(t, s.Create(t.Context(), []shipping.Shipment{row}))
	return s, row
}

func TestShipments_CreateTwiceLeavesThoseThatAreThereAndWritesTheOthers(t *testing.T) {
	t.Parallel()

	s, first := parcels(t)
	other := first
	other.Grams = 9_999
	for range 2 {
		require.NoError(t, s.Create(t.Context(), []shipping.Shipment{other, parcelOf("ord_1", 2), parcelOf("ord_1", 3)}))
	}
	require.NoError(t, s.Create(t.Context(), []shipping.Shipment{parcelOf("ord_10", 1)}))
	rows, err := s.OfOrder(t.Context(), "ord_1")
	require.NoError(t, err)
	require.Equal(t, []shipping.Shipment{first, parcelOf("ord_1", 2), parcelOf("ord_1", 3)}, rows)
	_, err = s.Find(t.Context(), "ord_1-parcel-9")
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
}

func TestShipments_AreReadByTheirIdsWhosever(t *testing.T) {
	t.Parallel()
	store, first := parcels(t)
	second := parcelOf(id.New(id.Order, opening), 1)
	require.NoError(t, store.Create(t.Context(), []shipping.Shipment{second}))
	ids := func(wanted ...string) []string {
		rows, err := store.These(t.Context(), wanted)
		require.NoError(t, err)
		found := []string{}
		for _, row := range rows {
			found = append(found, row.ID)
		}
		return found
	}
	require.ElementsMatch(t, []string{first.ID, second.ID}, ids(first.ID, second.ID, "ord_00000000000000000000000000-1"))
	require.Equal(t, []string{second.ID}, ids(second.ID))
	require.Empty(t, ids())
}

func TestShipments_ApplyHappensOnlyWhereEveryConditionHolds(t *testing.T) {
	t.Parallel()

	p := parcelOf("ord_1", 1)
	open, label := p.OpID(shipping.OpOpen), p.OpID(shipping.OpBuy)
	for _, tt := range []struct {
		name   string
		from   []shipping.State
		expect map[string][]shipping.OpState
		want   bool
	}{
		{"no condition", nil, nil, true},
		{"the op stands so", nil, map[string][]shipping.OpState{open: {shipping.OpCreated}}, true},
		{"the op stands in one of these", nil, map[string][]shipping.OpState{open: {shipping.OpInFlight, shipping.OpCreated}}, true},
		{"the op stands otherwise", nil, map[string][]shipping.OpState{open: {shipping.OpInFlight}}, false},
		{"an op that must not be there is not", nil, map[string][]shipping.OpState{open: {shipping.OpCreated}, label: nil}, true},
		{"an op that must not be there is", nil, map[string][]shipping.OpState{open: nil}, false},
		{"an op that must be there is not", nil, map[string][]shipping.OpState{label: {shipping.OpCreated}}, false},
		{"the parcel stands so", []shipping.State{shipping.LabelUnknown, shipping.LabelRequested}, nil, true},
		{"the parcel stands otherwise", []shipping.State{shipping.Packed}, nil, false},
		{"the op stands so and the parcel otherwise", []shipping.State{shipping.Packed}, map[string][]shipping.OpState{open: {shipping.OpCreated}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			s, before := parcels(t)
			row, applied, err := s.Apply(t.Context(), shipping.Change{
				ShipmentID: p.ID, From: tt.from, Expect: tt.expect, State: shipping.LabelCreated, Command: "mend-1", RateRef: "rate_1", Heard: opening,
				Ops: map[string]shipping.Op{label: {Kind: shipping.OpBuy, State: shipping.OpYes}},
				Picture: &shipping.Picture{
					Ref: "shp_1", TrackingCode: "EZ1000000001", TrackingURL: "https://kargo.example/takip",
					Bought: shipping.Rate{Ref: "rate_1", Service: "UPS Ground", CarrierName: "UPS", Price: money.Of(740, "USD")},
				},
			})
			require.NoError(t, err)
			require.Equal(t, tt.want, applied)
			found, err := s.Find(t.Context(), p.ID)
			require.NoError(t, err)
			require.Equal(t, found, row, "what is told is what is there")
			if !tt.want {
				require.Equal(t, before, row)
				return
			}
			want := before
			want.State, want.Command, want.RateRef, want.Heard = shipping.LabelCreated, "mend-1", "rate_1", opening
			want.Ref, want.TrackingCode, want.TrackingURL, want.Service, want.CarrierName, want.Cost = "shp_1", "EZ1000000001", "https://kargo.example/takip", "UPS Ground", "UPS", money.Of(740, "USD")
			want.Ops = map[string]shipping.Op{open: before.Ops[open], label: {Kind: shipping.OpBuy, State: shipping.OpYes}}
			require.Equal(t, want, row, "the other op stays")
		})
	}
	s, _ := parcels(t)
	for _, picture := range []*shipping.Picture{nil, {Ref: "shp_1"}} {
		_, _, err := s.Apply(t.Context(), shipping.Change{ShipmentID: "ord_1-parcel-9", State: shipping.Packed, Picture: picture})
		require.Equal(t, fault.NotFound, fault.CodeOf(err))
	}
}

func TestShipments_KeepWhenEachStateBeganAndByWhom(t *testing.T) {
	t.Parallel()

	s, p := parcels(t)
	at := func(minutes int) time.Time { return opening.Add(time.Duration(minutes) * time.Minute) }
	for i, c := range []shipping.Change{
		{State: shipping.Packed, By: "elif"}, {State: shipping.Ready, LeftUnpaid: true},
		{State: shipping.HandedOver, By: "murat"}, {State: shipping.InTransit}, {State: shipping.Delivered},
	} {
		c.ShipmentID, c.At = p.ID, at(i)
		row, applied, err := s.Apply(t.Context(), c)
		require.NoError(t, err)
		require.True(t, applied)
		require.Equal(t, c.State.Ended(), row.Over)
	}
	row, err := s.Find(t.Context(), p.ID)
	require.NoError(t, err)
	require.Equal(t, []time.Time{at(0), at(1), at(2), at(4)}, []time.Time{row.PackedAt, row.CapturedAt, row.HandedOverAt, row.EndedAt})
	require.Equal(t, []string{"elif", "murat"}, []string{row.PackedBy, row.HandedOverBy})
	require.True(t, row.LeftUnpaid, "kept from then on")
}

func TestShipments_OneOfFiftyWorkersWinsAClaim(t *testing.T) {
	t.Parallel()

	s, p := parcels(t)
	open := p.OpID(shipping.OpOpen)
	var wg sync.WaitGroup
	won, errs := make(chan string, 50), make(chan error, 50)
	for i := range 50 {
		wg.Go(func() {
			claim := fmt.Sprintf("run/1/%d", i)
			_, applied, err := s.Apply(t.Context(), shipping.Change{
				ShipmentID: p.ID, Expect: map[string][]shipping.OpState{open: {shipping.OpCreated}},
				Ops: map[string]shipping.Op{open: {Kind: shipping.OpOpen, State: shipping.OpInFlight, Claim: claim}},
			})
			errs <- err
			if applied {
				won <- claim
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.Len(t, won, 1)
	row, err := s.Find(t.Context(), p.ID)
	require.NoError(t, err)
	require.Equal(t, <-won, row.Op(shipping.OpOpen).Claim, "the row names the winner")
}

func TestShipments_AreFoundByWhatTheirCarrierCallsThem(t *testing.T) {
	t.Parallel()

	s, p := parcels(t)
	show := func(c shipping.Change) {
		t.Helper()
		c.ShipmentID = p.ID
		_, _, err := s.Apply(t.Context(), c)
		require.NoError(t, err)
	}
	byRef := func(carrier, ref, code string) string {
		t.Helper()
		row, err := s.ByRef(t.Context(), carrier, ref, code)
		if fault.Is(err, fault.NotFound) {
			return ""
		}
		require.NoError(t, err)
		return row.ID
	}
	require.Empty(t, byRef("easypost", "shp_1", ""))
	show(shipping.Change{Picture: &shipping.Picture{Ref: "shp_1"}})
	require.Equal(t, p.ID, byRef("easypost", "shp_1", ""))
	require.Empty(t, byRef("easypost", "", "EZ1"), "no label was bought yet")
	for range 2 {
		show(shipping.Change{Picture: &shipping.Picture{Ref: "shp_1", TrackingCode: "EZ1"}})
	}
	require.Equal(t, p.ID, byRef("easypost", "", "EZ1"))
	require.Equal(t, p.ID, byRef("easypost", "shp_1", "EZ9"), "the carrier's id comes first")
	require.Empty(t, byRef("easypost", "shp_9", "EZ1"), "and is not made up for by a code")
	require.Empty(t, byRef("easypost", "", ""))
	require.Empty(t, byRef("own", "shp_1", ""), "another carrier's names are its own")

	show(shipping.Change{From: []shipping.State{shipping.Packed}, Picture: &shipping.Picture{Ref: "shp_2", TrackingCode: "EZ2"}})
	require.Equal(t, p.ID, byRef("easypost", "", "EZ2"), "the name is there before the row says so")
	require.Equal(t, p.ID, byRef("easypost", "", "EZ1"), "an earlier label still finds its parcel")
}

func TestShipments_AreWalkedThroughWhileTheyAreNotOver(t *testing.T) {
	t.Parallel()

	s, _ := parcels(t)
	require.NoError(t, s.Create(t.Context(), []shipping.Shipment{parcelOf("ord_2", 1), parcelOf("ord_2", 2), parcelOf("ord_3", 1)}))
	_, _, err := s.Apply(t.Context(), shipping.Change{ShipmentID: "ord_2-parcel-1", State: shipping.Cancelled})
	require.NoError(t, err)
	walk := func(after string) (ids []string) {
		rows, err := s.Open(t.Context(), after, 2)
		require.NoError(t, err)
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
		return ids
	}
	require.Equal(t, []string{"ord_1-parcel-1", "ord_2-parcel-2"}, walk(""))
	require.Equal(t, []string{"ord_3-parcel-1"}, walk("ord_2-parcel-2"))
	require.Empty(t, walk("ord_3-parcel-1"))
}

func TestShippingInbox_TakesEachEventOnce(t *testing.T) {
	t.Parallel()

	ctx, inbox := t.Context(), mongo.NewShippingInbox(mongotest.Database(t))
	put := func(carrier, id string, received time.Time) bool {
		fresh, err := inbox.Put(ctx, carrier, shipping.Event{ID: id, Type: "tracker.updated", Ref: "shp_1", TrackingCode: "EZ1", At: opening}, received)
		require.NoError(t, err)
		return fresh
	}
	waiting := func() (ids []string) {
		letters, err := inbox.Waiting(ctx, 10)
		require.NoError(t, err)
		for _, l := range letters {
			ids = append(ids, l.ID)
		}
		return ids
	}
	require.True(t, put("easypost", "evt_2", opening.Add(2*time.Second)))
	require.True(t, put("easypost", "evt_1", opening.Add(time.Second)))
	require.False(t, put("easypost", "evt_1", opening.Add(time.Minute)), "delivered twice by the carrier")
	require.True(t, put("baska", "evt_1", opening.Add(time.Hour)), "another carrier's events have names of their own")
	require.Equal(t, []string{"easypost:evt_1", "easypost:evt_2", "baska:evt_1"}, waiting(), "oldest first")

	letters, err := inbox.Waiting(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, []shipping.Letter{{
		ID: "easypost:evt_1", Carrier: "easypost", EventID: "evt_1", Type: "tracker.updated", Ref: "shp_1", TrackingCode: "EZ1",
		At: opening, ReceivedAt: opening.Add(time.Second),
	}}, letters)
	for range 2 {
		require.NoError(t, inbox.Delivered(ctx, letters[0], shipping.LetterTold))
	}
	require.Equal(t, []string{"easypost:evt_2", "baska:evt_1"}, waiting())
	require.False(t, put("easypost", "evt_1", opening.Add(time.Hour)), "late, and known")
}
