package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/machine/machinetest"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

// Nouns don't import each other: where the order's says a word of another's, these
// tests hold the two together.

func TestWords_AnOrderNamesTheMailsThatThereAre(t *testing.T) {
	t.Parallel()

	ours := []string{order.MailPlaced, order.MailPaymentProblem, order.MailShipped, order.MailDelivered, order.MailCancelled}
	theirs := make([]string, 0, len(notify.Kinds))
	for _, k := range notify.Kinds {
		theirs = append(theirs, string(k))
	}
	require.ElementsMatch(t, theirs, ours)
}

func TestWords_AnOrderOwesNothingForAParcelThatEndedAnywhereButWithTheShopper(t *testing.T) {
	t.Parallel()

	for _, s := range machinetest.States(shipping.Machine) {
		p := order.Projection{Fulfilment: order.Fulfilment{Shipments: map[string]order.ShipmentSummary{"ord_1-parcel-1": {State: string(s), Share: 24_990}}}}
		want := money.Of(124_990, "TRY")
		if s.Ended() && s != shipping.Delivered {
			want = money.Of(100_000, "TRY")
		}
		require.Equal(t, want, p.Due(money.Of(124_990, "TRY")), "%s", s)
	}
}
