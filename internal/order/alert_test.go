package order_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/order"
)

// reasons are all constants of the type Reason in the source.
func reasons(t *testing.T) []order.Reason {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "attention.go", nil, 0)
	require.NoError(t, err)
	var all []order.Reason
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Reason" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			all = append(all, order.Reason(value))
		}
		return true
	})
	require.Greater(t, len(all), 20)
	return all
}

func TestReason_EachHasARowInEveryTable(t *testing.T) {
	t.Parallel()

	all := slices.Sorted(slices.Values(reasons(t)))
	require.Equal(t, all, slices.Sorted(order.HandbookReasons))
	require.Equal(t, all, slices.Sorted(order.PatienceReasons), "nobody is alerted at a time that nobody decided")
}

func TestReason_OfMoneyIsToldAtOnceAndTheRestInTheTimeThatItHas(t *testing.T) {
	t.Parallel()

	p := order.Production()
	for reason, after := range map[order.Reason]time.Duration{
		order.ReasonMoneyMoved: 0, order.ReasonCaptureUnknown: 0, order.ReasonDisputed: 0,
		order.ReasonLabelFailed: 10 * time.Minute, order.ReasonPaymentUnknown: 10 * time.Minute,
		order.ReasonParcelWaiting: time.Hour, order.ReasonMailBounced: time.Hour,
	} {
		require.Equal(t, after, reason.AlertAfter(p), reason)
	}
}

func TestReason_TheRunbookSaysWhenEachIsTold(t *testing.T) {
	t.Parallel()

	raw, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	p := order.Production()
	for _, reason := range reasons(t) {
		row := map[time.Duration]string{0: "| at once", p.AttentionAfter: "| after `Policy.AttentionAfter` (10 min)", 6 * p.AttentionAfter: "| after six times that (1 h)"}[reason.AlertAfter(p)]
		require.NotEmpty(t, row, reason)
		for line := range strings.Lines(string(raw)) {
			if strings.HasPrefix(line, row) {
				require.Contains(t, line, "`"+string(reason)+"`")
			}
		}
	}
}

// night is when nobody looks at a screen.
var night = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

func needing(orderID string, reasons map[order.Reason]time.Time) order.Order {
	o := order.Order{ID: orderID, Number: "7KXM-" + orderID}
	for reason, since := range reasons {
		o.State.Attention = o.State.Attention.With(reason, "", since)
	}
	return o
}

func ids(alerts []order.Alert) []string {
	out := make([]string, len(alerts))
	for i, a := range alerts {
		out[i] = a.OrderID + " " + string(a.Reason)
	}
	return out
}

func TestDue_NamesEveryReasonWhoseTimeHasComeTheMostUrgentFirst(t *testing.T) {
	t.Parallel()

	ago := func(d time.Duration) time.Time { return night.Add(-d) }
	orders := []order.Order{
		needing("ord_c", map[order.Reason]time.Time{order.ReasonMoneyMoved: night, order.ReasonParcelWaiting: ago(59 * time.Minute)}),
		needing("ord_b", map[order.Reason]time.Time{order.ReasonLabelFailed: ago(10*time.Minute - 1), order.ReasonMailBounced: ago(time.Hour)}),
		needing("ord_a", map[order.Reason]time.Time{order.ReasonPaymentUnknown: ago(10 * time.Minute)}),
		needing("ord_d", nil),
	}
	p := order.Production()
	require.Equal(t, []string{"ord_c money_moved_at_provider", "ord_a payment_unknown", "ord_b mail_bounced"}, ids(order.Due(orders, p, night, nil)),
		"a reason behind a graver one is told too")
	require.Equal(t, []string{"ord_b mail_bounced", "ord_c parcel_waiting", "ord_a payment_unknown", "ord_b label_failed", "ord_c money_moved_at_provider"},
		ids(order.Standing(orders)), "all that stand, the oldest first")

	alerted := map[string]bool{"ord_a:payment_unknown:" + strconv.FormatInt(ago(10*time.Minute).Unix(), 10): true}
	require.Equal(t, []string{"ord_c money_moved_at_provider", "ord_b mail_bounced"}, ids(order.Due(orders, p, night, alerted)))

	again := []order.Order{needing("ord_a", map[order.Reason]time.Time{order.ReasonPaymentUnknown: night})}
	require.Equal(t, []string{"ord_a payment_unknown"}, ids(order.Due(again, p, night.Add(time.Hour), alerted)), "it came back")
}

func TestDue_SaysWhoseItIsAndWhatToDo(t *testing.T) {
	t.Parallel()

	due := order.Due([]order.Order{needing("ord_a", map[order.Reason]time.Time{order.ReasonDisputed: night})}, order.Production(), night, nil)
	require.Len(t, due, 1)
	require.Equal(t, "7KXM-ord_a", due[0].Number)
	require.Equal(t, "payments", due[0].Owner)
	require.Contains(t, due[0].Next, "evidence")
	require.Equal(t, "ord_a:disputed:1795748400", due[0].ID())
}

func TestDigestAt_IsEightInTheMorningInIstanbul(t *testing.T) {
	t.Parallel()

	p := order.Production()
	eight := time.Date(2026, 11, 27, 5, 0, 0, 0, time.UTC)
	for now, want := range map[time.Time]time.Time{
		eight:                      eight,
		eight.Add(-time.Second):    eight.AddDate(0, 0, -1),
		eight.Add(23 * time.Hour):  eight,
		eight.Add(24 * time.Hour):  eight.AddDate(0, 0, 1),
		eight.Add(-9 * time.Hour):  eight.AddDate(0, 0, -1),
		eight.Add(-24 * time.Hour): eight.AddDate(0, 0, -1),
	} {
		require.Equal(t, want, order.DigestAt(p, now), now)
	}
	require.Equal(t, eight.Add(5*time.Minute), order.DigestAt(order.Scaled(), eight.Add(9*time.Minute)))
	require.Equal(t, time.Date(2026, 7, 1, 5, 0, 0, 0, time.UTC), order.DigestAt(p, time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)), "in summer too")
}
