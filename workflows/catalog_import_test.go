package workflows_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/worker"
	"github.com/bedesten/bedesten/workflows"
)

// desk starts what works on files as the API does.
func desk() *worker.FileRuns { return worker.NewFileRuns(rig.App.Temporal, rig.App.Policy) }

// bowls is a file of so many products that nobody else has.
func bowls(n int) string {
	var b strings.Builder
	b.WriteString("product,sku,title_tr,tax_percent\n")
	mark := strings.ToLower(id.Number())
	for p := range n {
		fmt.Fprintf(&b, "kase-%s-%d,KASE-%s-%d,Bakır kâse,20\n", mark, p, mark, p)
	}
	return b.String()
}

// fileCame keeps a file whose import was not begun.
func fileCame(t *testing.T, content string) catalog.Import {
	t.Helper()
	needsRig(t)
	now := rig.App.Clock().UTC()
	i, err := rig.App.Imports.Begin(t.Context(), catalog.Import{
		ID: id.New(catalog.ImportPrefix, now), Format: catalog.CSV, OnError: catalog.StopOnError, State: catalog.ImportUploaded, By: "katalog-1", CreatedAt: now,
	}, []byte(content))
	require.NoError(t, err)
	return i
}

// imported waits for the end of an import's workflow.
func imported(t *testing.T, i catalog.Import) activities.ImportStep {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	var step activities.ImportStep
	require.NoError(t, rig.App.Temporal.GetWorkflow(ctx, workflows.ImportID(i.ID), "").Get(ctx, &step))
	return step
}

func TestImport_AppliesAFileBatchByBatch(t *testing.T) {
	t.Parallel()
	i := fileCame(t, bowls(600))
	require.NoError(t, desk().Import(t.Context(), i.ID))
	require.NoError(t, desk().Import(t.Context(), i.ID), "asked for twice it is done once")
	step := imported(t, i)
	require.Equal(t, activities.ImportStep{State: catalog.ImportDone, Products: 600, After: 600, Counts: catalog.ImportCounts{Created: 600}, Over: true}, step)
	recordWorkflow(t, "import/done", workflows.ImportID(i.ID), "")
}

func TestImport_OfAFileWithAFlawEndsWithItsCheck(t *testing.T) {
	t.Parallel()
	i := fileCame(t, bowls(2)+"kase,KASE,Bakır kâse,18\n")
	require.NoError(t, desk().Import(t.Context(), i.ID))
	require.Equal(t, activities.ImportStep{State: catalog.ImportRejected, Products: 3, Flawed: 1, Over: true}, imported(t, i))
	recordWorkflow(t, "import/rejected", workflows.ImportID(i.ID), "")
}

func TestImport_ThatDoesNotGetThroughStandsAmongWhatNeedsAPersonUntilItDoes(t *testing.T) {
	t.Parallel()
	i, putBack := hangs(t)
	reason := func() string {
		found, err := rig.App.Temporal.DescribeWorkflow(t.Context(), workflows.ImportID(i.ID), "")
		require.NoError(t, err)
		reason, _ := found.TypedSearchAttributes.GetKeyword(workflows.AttrAttention)
		return reason
	}
	require.Eventually(t, func() bool { return reason() == workflows.AttentionCatalogue }, time.Minute, 200*time.Millisecond)
	putBack()
	require.Equal(t, catalog.ImportDone, imported(t, i).State)
	require.Empty(t, reason())
	recordWorkflow(t, "import/stuck", workflows.ImportID(i.ID), "")
}

// hangs is an import whose file is away, until it is put back.
func hangs(t *testing.T) (i catalog.Import, putBack func()) {
	t.Helper()
	i = fileCame(t, bowls(3))
	chunks := rig.App.DB.Collection("catalog_import_chunks")
	var chunk bson.M
	where := bson.D{{Key: "_id", Value: i.ID + "/000000"}}
	require.NoError(t, chunks.FindOne(t.Context(), where).Decode(&chunk))
	_, err := chunks.DeleteOne(t.Context(), where)
	require.NoError(t, err)
	require.NoError(t, desk().Import(t.Context(), i.ID))
	return i, func() {
		_, err = chunks.InsertOne(t.Context(), chunk)
		require.NoError(t, err)
	}
}

// comesTo waits until the import's document shows the state.
func comesTo(t *testing.T, i catalog.Import, state catalog.ImportState) {
	t.Helper()
	require.Eventually(t, func() bool {
		now, err := rig.App.Imports.Find(t.Context(), i.ID)
		return err == nil && now.State == state
	}, 90*time.Second, 200*time.Millisecond)
}

func TestImport_ThatWasTerminatedIsFoundByTheSweepAndGoesOn(t *testing.T) {
	t.Parallel()
	i, putBack := hangs(t)
	comesTo(t, i, catalog.ImportChecking)
	require.NoError(t, rig.App.Temporal.TerminateWorkflow(t.Context(), workflows.ImportID(i.ID), "", "Ayşe ended it"))
	putBack()
	comesTo(t, i, catalog.ImportDone)
}

func TestImport_ThatWasTerminatedAndIsCancelledEndsAsCancelled(t *testing.T) {
	t.Parallel()
	i, putBack := hangs(t)
	comesTo(t, i, catalog.ImportChecking)
	require.NoError(t, rig.App.Temporal.TerminateWorkflow(t.Context(), workflows.ImportID(i.ID), "", "Ayşe ended it"))
	require.Eventually(t, func() bool {
		now, err := rig.App.Imports.Find(t.Context(), i.ID)
		require.NoError(t, err)
		now.CancelledBy = "zeynep-3"
		_, err = rig.App.Imports.Save(t.Context(), now)
		return err == nil
	}, 20*time.Second, 50*time.Millisecond, "the step that died may still write")
	putBack()
	comesTo(t, i, catalog.ImportCancelled)
}

func TestCatalogue_ThatNobodyWritesIsFoundByTheSweep(t *testing.T) {
	t.Parallel()
	needsRig(t)
	now := rig.App.Clock().UTC()
	e, err := rig.App.Files.Ask(t.Context(), catalog.Export{ID: id.New(catalog.ExportPrefix, now), Format: catalog.CSV, By: "katalog-1", AskedAt: now})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		made, err := rig.App.Files.Find(t.Context(), e.ID)
		return err == nil && !made.ReadyAt.IsZero()
	}, 90*time.Second, 200*time.Millisecond)
}

func TestImport_ThatWasRemovedIsOver(t *testing.T) {
	t.Parallel()
	i := fileCame(t, bowls(1))
	_, err := rig.App.DB.Collection("catalog_imports").DeleteOne(t.Context(), bson.D{{Key: "_id", Value: i.ID}})
	require.NoError(t, err)
	require.NoError(t, desk().Import(t.Context(), i.ID))
	require.True(t, imported(t, i).Over)
}

func TestCatalogue_IsWrittenIntoAFile(t *testing.T) {
	t.Parallel()
	needsRig(t)
	now := rig.App.Clock().UTC()
	e, err := rig.App.Files.Ask(t.Context(), catalog.Export{ID: id.New(catalog.ExportPrefix, now), Format: catalog.XLSX, By: "katalog-1", AskedAt: now})
	require.NoError(t, err)
	require.NoError(t, desk().Export(t.Context(), e.ID))
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	var made activities.FileResult
	require.NoError(t, rig.App.Temporal.GetWorkflow(ctx, workflows.CatalogueID(e.ID), "").Get(ctx, &made))
	require.Positive(t, made.Bytes)
	e, err = rig.App.Files.Find(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, e.Size, made.Bytes)
	recordWorkflow(t, "catalogue/made", workflows.CatalogueID(e.ID), "")
}
