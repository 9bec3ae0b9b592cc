package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/lab"
)

// Some stories kill the worker, or have a fault strike whichever call comes next:
// the stories have the shop to themselves.
//
//nolint:paralleltest // see above
func TestStories_AreToldAsTheyAreWrittenDown(t *testing.T) {
	l := rig(t)
	t.Cleanup(l.Stripe.ClearFaults)
	for told := range l.Tell(t.Context(), lab.Stories()) {
		t.Run(told.Story.Name, func(t *testing.T) {
			require.NoError(t, told.Err)
			golden, err := told.Story.Golden()
			require.NoError(t, err)
			require.NotEmpty(t, golden, "somebody has to write the story down")
			require.Equal(t, golden, lab.Told(told.Entries), told.Story.Title)
		})
	}
}
