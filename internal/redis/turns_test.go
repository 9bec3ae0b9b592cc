package redis_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCatalog_OneProcessHasTheTurnToMakeAPage(t *testing.T) {
	t.Parallel()
	p := processes(t, 2)
	_, err := p[0].Create(t.Context(), lokum(1))
	require.NoError(t, err)
	for n := range p {
		require.Eventually(t, func() bool {
			_, _, stamp := p[n].ProductPage(t.Context(), lokum(1).ID, "tr")
			return stamp != ""
		}, 10*time.Second, time.Millisecond, "the cache is read")
	}
	ended, mine := p[0].Turn(t.Context(), "list:lokum")
	require.True(t, mine)
	waited, theirs := p[1].Turn(t.Context(), "list:lokum")
	require.False(t, theirs, "they wait, but not for ever")
	waited()
	other, theirs := p[1].Turn(t.Context(), "list:baklava")
	require.True(t, theirs, "another page is another turn")
	other()
	ended()
	ended, theirs = p[1].Turn(t.Context(), "list:lokum")
	require.True(t, theirs)
	ended()

	p[0].wire.set(true)
	for range 2 {
		_, mine = p[0].Turn(t.Context(), "list:fistik")
		require.True(t, mine, "without Redis everybody makes their own")
	}
}
