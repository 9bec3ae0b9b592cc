package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/lab"
)

// The faults that some stories need strike whichever call comes next: each
// story has the shop to itself.
//
//nolint:paralleltest // see above
func TestStories_AreToldAsTheyAreWrittenDown(t *testing.T) {
	l := rig(t)
	for _, story := range lab.Stories() {
		t.Run(story.Name, func(t *testing.T) {
			t.Cleanup(l.Stripe.ClearFaults)
			golden, err := story.Golden()
			require.NoError(t, err)
			require.NotEmpty(t, golden, "somebody has to write the story down")
			_, entries, err := story.Play(t.Context(), l)
			require.NoError(t, err)
			require.Equal(t, golden, lab.Told(entries), story.Title)
		})
	}
}
