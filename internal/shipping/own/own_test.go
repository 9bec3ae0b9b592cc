package own_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/shipping/own"
	"github.com/bedesten/bedesten/internal/shipping/shippingtest"
)

func TestCarrier_CarriesTheShipmentsNumber(t *testing.T) {
	t.Parallel()
	c := own.New("TRY")
	s := shipping.Shipment{ID: shipping.ID("ord_01H", "", 2), Command: "mend-7"}

	opened := c.Open(t.Context(), shipping.OpenRequest{Reference: s.OpID(shipping.OpOpen), From: shippingtest.Shop, To: shippingtest.Home, WeightGrams: 900})
	require.Equal(t, outcome.Yes, opened.Outcome)
	sold := c.Buy(t.Context(), shipping.BuyRequest{OpID: s.OpID(shipping.OpBuy), Ref: opened.Picture.Ref, RateRef: opened.Picture.Rates[0].Ref})
	require.Equal(t, "ord_01H-parcel-2", sold.Picture.TrackingCode)
	require.Equal(t, money.Of(0, "TRY"), sold.Picture.Bought.Price)
	label, err := c.Label(t.Context(), opened.Picture.Ref, shipping.ZPL)
	require.NoError(t, err)
	require.Contains(t, string(label), "^FDord_01H-parcel-2^FS")
}

func TestCarrier_IsFollowedByNobodyAndKeepsNothing(t *testing.T) {
	t.Parallel()
	c := own.New("TRY")

	require.False(t, c.Tracks())
	require.Equal(t, shipping.StandsBought, c.Lookup(t.Context(), "ord_01H-parcel-1-open").Picture.Standing)
	require.Equal(t, shipping.StandsVoided, c.Void(t.Context(), shipping.VoidRequest{Ref: "ord_01H-parcel-1-open"}).Picture.Standing)
	pictures, err := c.List(t.Context(), time.Time{})
	require.NoError(t, err)
	require.Empty(t, pictures)
}

func TestCarrier_RefusesANameThatCannotBePrinted(t *testing.T) {
	t.Parallel()
	c := own.New("TRY")

	for _, reference := range []string{"", "sipariş-1", "a^FS^XZ", "a b", "(1)"} {
		a := c.Open(t.Context(), shipping.OpenRequest{Reference: reference, To: shippingtest.Home, WeightGrams: 1})
		require.Equal(t, outcome.RefusedByProvider, a.Outcome, reference)
	}
}
