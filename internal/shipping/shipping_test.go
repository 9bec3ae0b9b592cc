package shipping_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/machine/machinetest"
	"github.com/bedesten/bedesten/internal/shipping"
)

func TestMachine_KeepsWhatEveryTablePromises(t *testing.T) {
	t.Parallel()

	machinetest.Run(t, shipping.Machine)
}

func TestState_IsNeverBothCancellableAndOutOfTheHouse(t *testing.T) {
	t.Parallel()

	for _, s := range machinetest.States(shipping.Machine) {
		require.False(t, s.Left() && s.Cancellable(), "%s", s)
		require.False(t, s.Left() && s.Unpaid(), "%s", s)
		require.False(t, s.Ended() && s.Cancellable(), "%s", s)
	}
}

func TestShipment_NamesItsOpsByTheCommandInForce(t *testing.T) {
	t.Parallel()

	require.Equal(t, "ord_1-parcel-2", shipping.ID("ord_1", "", 2))
	require.Equal(t, "ord_1-parcel-repack-1-2", shipping.ID("ord_1", "repack-1", 2))
	s := shipping.Shipment{ID: "ord_1-parcel-1", Command: shipping.FirstCommand}
	require.Equal(t, "ord_1-parcel-1-label", s.OpID(shipping.OpBuy))
	require.Empty(t, s.Op(shipping.OpBuy).State, "there is none yet")
	s.Command = "mend-1"
	s.Ops = map[string]shipping.Op{
		"ord_1-parcel-1-label":        {Kind: shipping.OpBuy, State: shipping.OpNo},
		"ord_1-parcel-1-label-mend-1": {Kind: shipping.OpBuy, State: shipping.OpInFlight},
	}
	require.Equal(t, shipping.OpInFlight, s.Op(shipping.OpBuy).State, "the refused one is not in force any more")
}
