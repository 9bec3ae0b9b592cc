package page_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/page"
)

func TestDecode_ReadsWhatEncodeWroteAndRefusesTheRest(t *testing.T) {
	t.Parallel()

	type position struct {
		Title string `json:"t"`
	}
	cursor, err := page.Encode(position{"Çaydanlık"})
	require.NoError(t, err)

	var got position
	require.NoError(t, page.Decode(cursor, &got))
	require.Equal(t, "Çaydanlık", got.Title)

	for _, bad := range []string{"%%%", "bm90IGpzb24"} {
		require.Equal(t, fault.Invalid, fault.CodeOf(page.Decode(bad, &got)), bad)
	}
}
