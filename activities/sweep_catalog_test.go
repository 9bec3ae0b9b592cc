package activities_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/id"
)

var _ catalog.FileRuns = files{}

// Import takes imports where the product starts a workflow for each.
func (b *bell) Import(_ context.Context, importID string) error { return b.ring("import " + importID) }

// Export of a file of the catalogue and of a person's data have one name: Files tells
// them apart.
type files struct{ *bell }

// Export takes files where the product starts a workflow for each.
func (f files) Export(_ context.Context, exportID string) error { return f.ring("file " + exportID) }

func TestReopenFiles_FindsWhatIsNotOverAndThatNobodyWorksOn(t *testing.T) {
	t.Parallel()
	b := newBroom(t)
	now := time.Now().UTC()
	old := now.Add(-time.Hour)
	var open []string
	for n, state := range catalog.ImportStates {
		for _, dry := range []bool{true, false} {
			at := old.Add(time.Duration(n) * time.Second)
			i, err := b.Imports.Begin(t.Context(), catalog.Import{ID: id.New(catalog.ImportPrefix, at), State: state, DryRun: dry, CreatedAt: at}, []byte("product,sku"))
			require.NoError(t, err)
			if !i.Over() {
				open = append(open, "import "+i.ID)
			}
		}
	}
	require.Len(t, open, 7)
	_, err := b.Imports.Begin(t.Context(), catalog.Import{ID: id.New(catalog.ImportPrefix, now), State: catalog.ImportUploaded, CreatedAt: now}, nil)
	require.NoError(t, err, "this one is about to be begun by who brought it")
	waiting := catalog.Export{ID: id.New(catalog.ExportPrefix, old), AskedAt: old}
	made := catalog.Export{ID: id.New(catalog.ExportPrefix, old), AskedAt: old, ReadyAt: now, File: "fil_1"}
	for _, e := range []catalog.Export{waiting, made} {
		_, err := b.Files.Ask(t.Context(), e)
		require.NoError(t, err)
	}
	open = append(open, "file "+waiting.ID)

	b.bell.broken[open[0]] = true
	_, err = b.sweep(b.ReopenFiles)
	require.Error(t, err)
	require.ElementsMatch(t, open[1:], b.bell.other, "one that cannot be begun holds up no other")

	b.bell.broken, b.bell.other = map[string]bool{}, nil
	result, err := b.sweep(b.ReopenFiles)
	require.NoError(t, err)
	require.Equal(t, len(open), result.Looked)
	require.ElementsMatch(t, open, b.bell.other)
}

func TestReopenFiles_ComesToAllOfThemHoweverManyThereAre(t *testing.T) {
	t.Parallel()
	b := newBroom(t)
	old := time.Now().UTC().Add(-time.Hour)
	for n := range 130 {
		_, err := b.Files.Ask(t.Context(), catalog.Export{ID: fmt.Sprintf("%s_%03d", catalog.ExportPrefix, n), AskedAt: old})
		require.NoError(t, err)
	}
	for _, looked := range []int{100, 30, 100} {
		result, err := b.sweep(b.ReopenFiles)
		require.NoError(t, err)
		require.Equal(t, looked, result.Looked)
	}
}
