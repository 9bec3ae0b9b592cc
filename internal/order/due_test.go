package order_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
)

func TestProjection_DueIsPaidForTheParcelsThatTheShopperGets(t *testing.T) {
	t.Parallel()

	total := money.Of(124_990, "TRY")
	parcel := func(state string, share int64) order.ShipmentSummary {
		return order.ShipmentSummary{State: state, Share: share}
	}
	replaced := parcel("cancelled", 100_000)
	replaced.Replaced = true
	for _, tt := range []struct {
		name    string
		parcels map[string]order.ShipmentSummary
		want    int64
	}{
		{"before it is planned an order costs what was promised", nil, 124_990},
		{"all on their way", map[string]order.ShipmentSummary{"1": parcel("in_transit", 100_000), "2": parcel("delivered", 24_990)}, 124_990},
		{"one cancelled", map[string]order.ShipmentSummary{"1": parcel("packed", 100_000), "2": parcel("cancelled", 24_990)}, 100_000},
		{"one about to be", map[string]order.ShipmentSummary{"1": parcel("packed", 100_000), "2": parcel("cancelling", 24_990)}, 124_990},
		{"one lost, one back with us", map[string]order.ShipmentSummary{"1": parcel("lost", 100_000), "2": parcel("returned_to_sender", 24_990)}, 0},
		{"packed anew into two", map[string]order.ShipmentSummary{"1": replaced, "2": parcel("packed", 24_990), "3": parcel("packed", 60_000), "4": parcel("packed", 40_000)}, 124_990},
		{"packed anew, and one of the two cancelled", map[string]order.ShipmentSummary{"1": replaced, "2": parcel("packed", 24_990), "3": parcel("cancelled", 60_000), "4": parcel("packed", 40_000)}, 64_990},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			p := order.Projection{Fulfilment: order.Fulfilment{Shipments: tt.parcels}}
			require.Equal(t, money.Of(tt.want, "TRY"), p.Due(total))
		})
	}
	require.Equal(t, money.Of(124_990, "TRY"), total)
}
