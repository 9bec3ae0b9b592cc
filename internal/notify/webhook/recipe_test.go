package webhook_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// recipe is the shell text that docs/operations.md shows for receivers: what is
// documented is what is run.
func recipe(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../../../docs/operations.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(raw), "<!-- recipe: verify an alert's webhook; a test runs it -->\n```sh\n")
	require.True(t, found)
	text, _, found := strings.Cut(rest, "```")
	require.True(t, found)
	return text
}
