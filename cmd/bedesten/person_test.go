package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/order"
)

// needing is an order that stands at s and needs a person.
func needing(s order.Status, reasons ...order.Reason) order.Order {
	o := order.Order{ID: "ord_1", Number: "7KXM-92QD", State: order.Projection{Status: s}}
	for _, r := range reasons {
		o.State.Attention = o.State.Attention.With(r, "", time.Date(2026, 7, 1, 9, 30, 0, 0, time.FixedZone("TRT", 3*60*60)))
	}
	return o
}

func TestPerson_IsToldWhatToTypeAndInWhichZoneTheTimeIs(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer
	printReasons(&out, needing(order.Processing, order.ReasonLabelFailed, order.ReasonDisputed))
	require.Contains(t, out.String(), "since 2026-07-01 06:30:00 UTC  payments")
	require.Contains(t, out.String(), "since 2026-07-01 06:30:00 UTC  warehouse")
	require.Contains(t, out.String(), "→ bedesten acknowledge ord_1 --by <your name>\n")
	require.Contains(t, out.String(), "→ bedesten repair ord_1 retry --by <your name>\n", "each action reaches its own")
}

func TestPerson_MayOnlyDoWhatHelps(t *testing.T) {
	t.Parallel()

	const retry, acknowledge = order.RepairRetry, order.RepairAcknowledge
	for _, tt := range []struct {
		order  order.Order
		action string
		says   string
	}{
		{needing(order.Processing, order.ReasonLabelFailed), retry, ""},
		{needing(order.Processing, order.ReasonLabelFailed), acknowledge, "mend its cause, then bedesten repair ord_1 retry"},
		{needing(order.Processing, order.ReasonDisputed), acknowledge, ""},
		{needing(order.Processing, order.ReasonLabelFailed, order.ReasonMailBounced), acknowledge, ""},
		{needing(order.Processing, order.ReasonLabelFailed, order.ReasonMailBounced), retry, ""},
		{needing(order.Processing, order.ReasonDisputed), retry, "bedesten acknowledge ord_1"},
		{needing(order.Processing, order.ReasonParcelWaiting), retry, "goes by itself"},
		{needing(order.Processing, order.ReasonHoldLost), acknowledge, "goes by itself"},
		{needing(order.Cancelled, order.ReasonLateSuccess), acknowledge, ""},
		{needing(order.Cancelled, order.ReasonLabelFailed), acknowledge, ""},
		{needing(order.Cancelled, order.ReasonLabelFailed), retry, "is over (cancelled)"},
		{needing(order.Processing), retry, "needs nobody"},
	} {
		err := mayBe(tt.order, tt.action)
		if tt.says == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, tt.says)
		require.NotContains(t, err.Error(), "still trying")
	}
}
