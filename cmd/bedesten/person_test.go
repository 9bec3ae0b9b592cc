package main

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
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
	require.Contains(t, out.String(), "→ bedesten acknowledge ord_1 --by <your handle>\n")
	require.Contains(t, out.String(), "→ bedesten repair ord_1 retry --by <your handle>\n", "each action reaches its own")
}

func TestPerson_IsToldWhatStandsStillBesideOrders(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer
	printStill(&out, []order.Still{{Kind: order.KindImport, ID: "imp_1", State: "applying", Since: time.Date(2026, 7, 1, 9, 30, 0, 0, time.UTC)}})
	require.Contains(t, out.String(), "imp_1  applying           catalogue_stuck          since 2026-07-01 09:30:00 UTC  engineering\n")
	require.Contains(t, out.String(), "catalogue-import/imp_1")
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

func TestPerson_WhoIsRefusedStandsInTheAuditLog(t *testing.T) {
	t.Parallel()

	db := mongotest.Database(t)
	a := &app.App{
		Clock: clock.System, Log: slog.New(slog.DiscardHandler), AuditLog: mongo.NewAuditLog(db), Claims: mongo.NewClaims(db),
		Orders: mongo.NewOrders(db, mongotest.Vault(t, db)),
	}
	o := needing(order.Processing)
	o.Contact = order.Contact{Name: "Işıl Özgür"}
	_, err := a.Orders.Create(t.Context(), o)
	require.NoError(t, err)
	_, err = a.Claims.Claim(t.Context(), order.NumberKey(o.Number), o.ID)
	require.NoError(t, err)

	var out bytes.Buffer
	require.ErrorContains(t, deal(t.Context(), &out, a, o.Number, "repair-order", order.RepairRetry, "Ayşe Yılmaz"), "--by takes a handle")
	require.ErrorContains(t, deal(t.Context(), &out, a, o.Number, "repair-order", order.RepairRetry, "ayse"), "needs nobody")
	require.Empty(t, out.String())
	entries, err := a.AuditLog.Find(t.Context(), auditlog.Search{Who: "ayse", Target: o.ID, What: "repair-order", Limit: 10})
	require.NoError(t, err)
	require.Len(t, entries, 2)
	require.ElementsMatch(t, []auditlog.Phase{auditlog.Begun, auditlog.Refused}, []auditlog.Phase{entries[0].Phase, entries[1].Phase})
}
