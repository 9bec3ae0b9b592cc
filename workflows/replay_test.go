package workflows_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/internal/codec"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/seal"
	"github.com/bedesten/bedesten/internal/shipping"
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
			r.RegisterWorkflow(workflows.Letter)
			r.RegisterWorkflow(workflows.Erasure)
			r.RegisterWorkflow(workflows.Export)
			r.RegisterWorkflow(workflows.Picture)
			r.RegisterWorkflow(workflows.Import)
			r.RegisterWorkflow(workflows.Catalogue)
			r.RegisterWorkflow(workflows.Sweep)
			require.NoError(t, r.ReplayWorkflowHistoryFromJSONFile(nil, file))
		})
	}
}

// anyCodec has a key of its own: recordings are plain.
func anyCodec(t *testing.T) *codec.Codec {
	t.Helper()
	c, err := codec.New(seal.Key{ID: "p1", Bytes: bytes.Repeat([]byte("p"), seal.KeyBytes)})
	require.NoError(t, err)
	return c
}

// replayer replays as a worker with the keys of c does.
func replayer(t *testing.T, c *codec.Codec) worker.WorkflowReplayer {
	t.Helper()
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DataConverter: c.DataConverter(), FailureConverter: c.FailureConverter()})
	require.NoError(t, err)
	r.RegisterWorkflow(workflows.Order)
	r.RegisterWorkflow(workflows.Shipment)
	r.RegisterWorkflow(workflows.Letter)
	r.RegisterWorkflow(workflows.Erasure)
	r.RegisterWorkflow(workflows.Export)
	r.RegisterWorkflow(workflows.Picture)
	r.RegisterWorkflow(workflows.Import)
	r.RegisterWorkflow(workflows.Catalogue)
	r.RegisterWorkflow(workflows.Sweep)
	return r
}

// TestReplay_OrdersOfBeforePayloadsWereEncryptedCanStillFinish replays the
// recordings, whose payloads are plain, with a worker that encrypts.
func TestReplay_OrdersOfBeforePayloadsWereEncryptedCanStillFinish(t *testing.T) {
	t.Parallel()

	for _, file := range recordings(t) {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotContains(t, plain(t, string(raw)), codec.Encoding, "%s is not a recording in plain", file)
		require.NoError(t, replayer(t, anyCodec(t)).ReplayWorkflowHistoryFromJSONFile(nil, file), file)
	}
}

func TestReplay_AnEncryptedOrderCanFinishByAnotherWorkerWithItsKeys(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5})
	b.reaches(order.AwaitingCustomer)
	stored, err := rig.StoredHistory(t.Context(), workflows.OrderID(b.order.ID), "")
	require.NoError(t, err)
	require.NoError(t, replayer(t, rig.App.Codec).ReplayWorkflowHistory(nil, stored))

	stranger := worker.NewWorkflowReplayer()
	stranger.RegisterWorkflow(workflows.Order)
	require.Error(t, stranger.ReplayWorkflowHistory(nil, stored), "without them it cannot")
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

	letter := worker.NewWorkflowReplayer()
	letter.RegisterWorkflowWithOptions(func(ctx workflow.Context, in workflows.LetterInput) error {
		return workflow.Sleep(ctx, in.Policy.Lease)
	}, workflow.RegisterOptions{Name: "Letter"})
	err = letter.ReplayWorkflowHistoryFromJSONFile(nil, "testdata/histories/letter/sent.json")
	require.ErrorContains(t, err, "TMPRL1100")
}

// TestHistories_HoldNothingPersonal reads every payload of every recording.
func TestHistories_HoldNothingPersonal(t *testing.T) {
	t.Parallel()

	for _, file := range recordings(t) {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Empty(t, personalIn(plain(t, string(raw))), file)
	}
}

// TestHistories_ThatRunNowHoldNothingPersonal reads what Temporal keeps of an
// order, decrypted: encrypted nothing would ever be found in it.
func TestHistories_ThatRunNowHoldNothingPersonal(t *testing.T) {
	t.Parallel()

	b := checkout(t, basket{method: "pm_card_visa_chargeDeclined", units: 5})
	b.reaches(order.Reserved)
	_, err := b.update(workflows.UpdateAttempt, "attempt-2", b.nextCard("pm_card_visa"))
	require.NoError(t, err)
	b.parcel(1, shipping.LabelCreated)
	ids := []string{workflows.OrderID(b.order.ID)}
	for _, p := range b.parcels() {
		ids = append(ids, workflows.ShipmentID(p.ID))
	}
	require.Len(t, ids, 2)
	for _, workflowID := range ids {
		stored, err := rig.StoredHistory(t.Context(), workflowID, "")
		require.NoError(t, err)
		requireEncrypted(t, stored)
		require.NoError(t, rig.App.Codec.Reveal(t.Context(), stored))
		text := said(t, stored)
		require.Contains(t, text, `"order_id":"`+b.order.ID+`"`, "it is decrypted")
		require.Empty(t, personalIn(text), workflowID)
	}
}

// TestHistories_ThatHoldSomethingPersonalAreFound tests the referee.
func TestHistories_ThatHoldSomethingPersonalAreFound(t *testing.T) {
	t.Parallel()
	needsRig(t)

	p, err := rig.App.Codec.DataConverter().ToPayload(map[string]any{"to": resident})
	require.NoError(t, err)
	planted := &history.History{Events: []*history.HistoryEvent{{
		Attributes: &history.HistoryEvent_WorkflowExecutionSignaledEventAttributes{WorkflowExecutionSignaledEventAttributes: &history.WorkflowExecutionSignaledEventAttributes{
			Input: &commonpb.Payloads{Payloads: []*commonpb.Payload{p}},
		}},
	}}}
	require.Empty(t, personalIn(said(t, planted)), "unless it is decrypted first")
	require.NoError(t, rig.App.Codec.Reveal(t.Context(), planted))
	require.Equal(t, []string{"Işıl", "Özgür", "isil.ozgur", "example.com", "5321234567", "İnönü", "Beyoğlu", "34437"}, personalIn(said(t, planted)))
}

// requireEncrypted looks at every payload, summaries and details among them.
func requireEncrypted(t *testing.T, stored *history.History) {
	t.Helper()
	n := 0
	require.NoError(t, proxy.VisitPayloads(t.Context(), stored, proxy.VisitPayloadsOptions{
		SkipSearchAttributes: true,
		Visitor: func(at *proxy.VisitPayloadsContext, payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
			for _, p := range payloads {
				if _, header := at.Parent.(*commonpb.Header); !header {
					require.Equal(t, codec.Encoding, string(p.GetMetadata()["encoding"]), "%T: %s", at.Parent, p)
					n++
				}
			}
			return payloads, nil
		},
	}))
	require.Greater(t, n, 5)
}

// said is everything that a history tells, with its payloads as text.
func said(t *testing.T, h *history.History) string {
	t.Helper()
	raw, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(h)
	require.NoError(t, err)
	return plain(t, string(raw))
}

// personalIn returns what a text holds of the tests' resident and of money.
func personalIn(text string) []string {
	var found []string
	text = fraction.ReplaceAllString(text, "Z")
	for _, personal := range []string{"Işıl", "Özgür", "isil.ozgur", "example.com", "5321234567", "İnönü", "Beyoğlu", "34437", "pm_card", "client_secret", "/_challenge"} {
		if strings.Contains(text, personal) {
			found = append(found, personal)
		}
	}
	return found
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
