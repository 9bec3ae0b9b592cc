package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/worker"
)

// importPoints are where the worker dies while a file is put into the catalogue.
var importPoints = []string{"import.checked", "import.written", "import.settled"}

func TestImport_WritesEachProductOnceAlthoughTheWorkerDiesAtEveryStep(t *testing.T) {
	if testing.Short() {
		t.Skip("needs devstack")
	}
	t.Parallel()

	w := newWorld(t, sampleSeed)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	w.arm(importPoints)

	var file strings.Builder
	file.WriteString("product;sku;title_tr;tax_percent;price.try\n")
	const products = 60
	for n := range products {
		fmt.Fprintf(&file, "kase-%d;KASE-%d;Bakır kâse %d;20;1.%03d,90\n", n, n, n, n)
	}
	now := w.lab.App.Clock().UTC()
	i, err := w.lab.App.Imports.Begin(ctx, catalog.Import{
		ID: id.New(catalog.ImportPrefix, now), Format: catalog.CSV, OnError: catalog.StopOnError, State: catalog.ImportUploaded, By: "katalog-1", CreatedAt: now,
	}, []byte(file.String()))
	require.NoError(t, err)
	require.NoError(t, worker.NewFileRuns(w.lab.App.Temporal, w.lab.App.Policy).Import(ctx, i.ID))

	require.Eventually(t, func() bool {
		i, err = w.lab.App.Imports.Find(ctx, i.ID)
		return err == nil && i.Over()
	}, 2*time.Minute, 200*time.Millisecond)
	require.Zero(t, len(importPoints)-w.met(ctx, importPoints), "the worker died at each step: %v", w.unmet)
	require.Equal(t, catalog.ImportDone, i.State)
	require.Equal(t, catalog.ImportCounts{Created: products}, i.Counts)
	for n := range products {
		p, err := w.lab.App.Products.Find(ctx, fmt.Sprint("kase-", n))
		require.NoError(t, err)
		require.Equal(t, int64(1), p.Revision, "written once")
		require.Equal(t, i.ID, p.LastImport)
	}
	entries, err := w.lab.App.Imports.Entries(ctx, i, -1, 2*products)
	require.NoError(t, err)
	require.Len(t, entries, products, "nothing of the check that died is in the report")
}
