package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

func TestCountParcels_CountsOnlyWhatTheNumbersRunTo(t *testing.T) {
	t.Parallel()

	o := order.Order{}
	o.State.Shipments = map[string]order.ShipmentSummary{"replaced": {Replaced: true}}
	parcel := func(number int, state shipping.State) shipping.Shipment {
		return shipping.Shipment{ID: "parcel", Number: number, State: state}
	}
	replaced := shipping.Shipment{ID: "replaced", Number: 1, State: shipping.Cancelled}
	for name, tt := range map[string]struct {
		rows []shipping.Shipment
		want int
	}{
		"one":                       {[]shipping.Shipment{parcel(1, shipping.HandedOver)}, 1},
		"two, in any order":         {[]shipping.Shipment{parcel(2, shipping.Planned), parcel(1, shipping.Delivered)}, 2},
		"one packed into two":       {[]shipping.Shipment{replaced, parcel(2, shipping.HandedOver), parcel(3, shipping.Planned)}, 0},
		"one packed into one":       {[]shipping.Shipment{replaced, parcel(2, shipping.HandedOver)}, 0},
		"the last is cancelled":     {[]shipping.Shipment{parcel(1, shipping.HandedOver), parcel(2, shipping.Cancelled)}, 1},
		"the first is cancelled":    {[]shipping.Shipment{parcel(1, shipping.Cancelled), parcel(2, shipping.HandedOver)}, 0},
		"the second was packed new": {[]shipping.Shipment{parcel(1, shipping.HandedOver), {ID: "replaced", Number: 2, State: shipping.Cancelled}, parcel(3, shipping.Ready)}, 0},
	} {
		require.Equal(t, tt.want, activities.CountParcels(o, tt.rows), name)
	}
}
