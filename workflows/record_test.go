package workflows_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/temporalproto"

	"github.com/bedesten/bedesten/workflows"
)

// recording makes the tests of paths that no story of the demo takes write
// their histories where they are missing: `make record`.
var recording = flag.Bool("record", false, "write recordings that are missing")

// record keeps the history of the order's present run under name.
func (b *buyer) record(name string) {
	b.t.Helper()
	b.recordRun(name, "")
}

// recordRun keeps the history of one run. A recording that is there stays as
// it is.
func (b *buyer) recordRun(name, run string) {
	b.t.Helper()
	b.recordWorkflow("order/"+name, workflows.OrderID(b.order.ID), run)
}

// recordParcel keeps the history of the n-th parcel under name.
func (b *buyer) recordParcel(name string, n int) {
	b.t.Helper()
	for _, row := range b.parcels() {
		if row.Number == n {
			b.recordWorkflow("shipment/"+name, workflows.ShipmentID(row.ID), "")
		}
	}
}

func (b *buyer) recordWorkflow(name, workflowID, run string) {
	b.t.Helper()
	recordWorkflow(b.t, name, workflowID, run)
}

// recordWorkflow keeps the history of a workflow's run under name.
func recordWorkflow(t *testing.T, name, workflowID, run string) {
	t.Helper()
	file := "testdata/histories/" + name + ".json"
	_, err := os.Stat(file)
	if !*recording {
		require.NoError(t, err, "there is no recording of this path: run `make record`")
		return
	}
	if !errors.Is(err, os.ErrNotExist) {
		return
	}
	told, err := rig.StoredHistory(t.Context(), workflowID, run)
	require.NoError(t, err)
	require.NoError(t, rig.App.Codec.Reveal(t.Context(), told))
	raw, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(told)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
	require.NoError(t, os.WriteFile(file, raw, 0o600))
	t.Logf("recorded %s: %d events", name, len(told.GetEvents()))
}
