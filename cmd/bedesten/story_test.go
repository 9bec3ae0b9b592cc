package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

func TestStory_SaysWhereTheOrderStandsAndWhoDidWhat(t *testing.T) {
	t.Parallel()

	o := needing(order.Processing, order.ReasonParcelLost)
	o.Quote.Total = money.Of(124_990, "TRY")
	o.Contact = order.Contact{Name: "Işıl Özgür", Email: "isil.ozgur@example.com"}
	o.State.Attempts = map[string]order.AttemptSummary{"ord_1-attempt-checkout": {Provider: "stripe", State: "captured"}}
	at := time.Date(2026, 7, 1, 9, 30, 0, 0, time.UTC)
	var out bytes.Buffer
	require.NoError(t, printStory(&out, o,
		[]shipping.Shipment{{ID: "ord_1-parcel-1", Number: 1, Carrier: "easypost", State: shipping.Lost}},
		[]order.Entry{
			{At: at, Status: order.Processing, Kind: order.EntryParcel, Detail: "1 handed_over", By: "Mehmet"},
			{At: at.Add(time.Hour), Status: order.Processing, Kind: order.EntryParcel, Detail: "1 lost", By: "Hatice"},
		}))
	said := out.String()
	require.Contains(t, said, "7KXM-92QD  ord_1  processing  1249.90 TRY\n")
	require.Contains(t, said, "parcel_lost")
	require.Regexp(t, `payment +ord_1-attempt-checkout +stripe +captured`, said)
	require.Regexp(t, `parcel 1 +ord_1-parcel-1 +easypost +lost`, said)
	require.Regexp(t, `2026-07-01 10:30:00 UTC +processing +parcel_moved +1 lost +by Hatice`, said)
	require.NotContains(t, said, "Özgür")
	require.NotContains(t, said, "example.com")
}
