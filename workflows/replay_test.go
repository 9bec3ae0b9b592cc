package workflows_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/workflows"
)

func recordings(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/histories/*/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

// TestReplay_EveryRecordedOrderCanStillFinish runs today's workflow code against recorded histories. A failure
// means that a running order could not finish after a deploy: add a
// workflow.GetVersion branch instead of editing the recording.
func TestReplay_EveryRecordedOrderCanStillFinish(t *testing.T) {
	t.Parallel()

	for _, file := range recordings(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			r := worker.NewWorkflowReplayer()
			r.RegisterWorkflow(workflows.Order)
			r.RegisterWorkflow(workflows.Shipment)
			require.NoError(t, r.ReplayWorkflowHistoryFromJSONFile(nil, file))
		})
	}
}

// TestReplay_FailsWhenStepsAreSwapped tests the referee: a workflow that does
// something else first must not pass.
func TestReplay_FailsWhenStepsAreSwapped(t *testing.T) {
	t.Parallel()

	order, parcel := worker.NewWorkflowReplayer(), worker.NewWorkflowReplayer()
	order.RegisterWorkflowWithOptions(func(ctx workflow.Context, in workflows.OrderInput) error {
		return workflow.Sleep(ctx, in.Policy.Lease)
	}, workflow.RegisterOptions{Name: "Order"})
	err := order.ReplayWorkflowHistoryFromJSONFile(nil, "testdata/histories/order/placed.json")
	require.ErrorContains(t, err, "TMPRL1100")

	parcel.RegisterWorkflowWithOptions(func(ctx workflow.Context, in workflows.ShipmentInput) error {
		return workflow.Sleep(ctx, in.Policy.Lease)
	}, workflow.RegisterOptions{Name: "Shipment"})
	err = parcel.ReplayWorkflowHistoryFromJSONFile(nil, "testdata/histories/shipment/delivered.json")
	require.ErrorContains(t, err, "TMPRL1100")
}

// TestHistories_HoldNothingPersonal reads every payload of every recording.
func TestHistories_HoldNothingPersonal(t *testing.T) {
	t.Parallel()

	for _, file := range recordings(t) {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		text := fraction.ReplaceAllString(plain(t, string(raw)), "Z")
		for _, personal := range []string{"Işıl", "Özgür", "isil.ozgur", "example.com", "5321234567", "İnönü", "Beyoğlu", "34437", "pm_card", "client_secret", "/_challenge"} {
			require.False(t, strings.Contains(text, personal), "%s holds %q", file, personal)
		}
	}
}

// fraction is the part of a time that can look like a postal code by chance.
var fraction = regexp.MustCompile(`\.\d+Z`)

// plain decodes the base64 of a recording's payloads and leaves the rest.
func plain(t *testing.T, raw string) string {
	t.Helper()
	var b strings.Builder
	for _, part := range strings.Split(raw, `"`) {
		if decoded, ok := base64Of(part); ok {
			b.WriteString(decoded)
			continue
		}
		b.WriteString(part)
	}
	return b.String()
}

func base64Of(s string) (string, bool) {
	decoded, err := base64.StdEncoding.DecodeString(s)
	return string(decoded), err == nil && len(s) > 16 && utf8.Valid(decoded)
}
