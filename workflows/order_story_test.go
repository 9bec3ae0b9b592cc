package workflows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/workflows"
)

// details are what an operator reads at the top of the order's page: the UI asks
// the workflow by the SDK's own query.
func (b *buyer) details() string {
	b.t.Helper()
	value, err := rig.App.Temporal.QueryWorkflow(b.t.Context(), workflows.OrderID(b.order.ID), "", "__temporal_workflow_metadata")
	require.NoError(b.t, err)
	var raw converter.RawValue
	require.NoError(b.t, value.Get(&raw))
	return string(raw.Payload().GetData())
}

func TestOrder_ItsPageListsPaymentAttemptsAndParcelsWhoseCellsStandApart(t *testing.T) {
	t.Parallel()

	p := order.Scaled()
	p.LabelAfter = 50 * time.Millisecond
	b := checkout(t, basket{method: "pm_card_visa_chargeDeclined", units: 10, policy: &p})
	b.reaches(order.Reserved)
	_, err := b.update(workflows.UpdateAttempt, "attempt-2", b.nextCard("pm_card_visa"))
	require.NoError(t, err)
	b.parcel(1, shipping.LabelCreated)
	var shown string
	require.Eventually(t, func() bool {
		shown = b.details()
		return strings.Contains(shown, "label_created")
	}, 20*time.Second, 100*time.Millisecond)

	row := func(cells ...string) string { return "| " + strings.Join(cells, "\u2003 | ") }
	require.Contains(t, shown, row("payment attempt", "provider", "state", "decline"))
	require.Contains(t, shown, row("checkout", "stripe", "declined"))
	require.Contains(t, shown, row("parcel", "state", "carrier"))
	require.Contains(t, shown, row("1", "label_created", "easypost", "[open](/namespaces/{namespace}/workflows/shipment%2F"+b.order.ID))
	require.NotContains(t, shown, resident.Name)
}
