package worker

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/workflows"
)

func TestOptions_HoldBackWhatTakesMuchMemory(t *testing.T) {
	t.Parallel()
	for _, queue := range Queues() {
		heavy := queue == workflows.MediaQueue || queue == workflows.CatalogueQueue
		most := options(queue, "deneme", slog.New(slog.DiscardHandler)).MaxConcurrentActivityExecutionSize
		require.Equal(t, heavy, most <= 2, "%s runs %d at once", queue, most)
		require.Positive(t, most)
	}
}
