package sim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/sim"
)

func TestAJournalNumbersItsCallsAndKeepsTheLatest(t *testing.T) {
	t.Parallel()
	var j sim.Journal
	const size, more = 50_000, 3
	for range size + more {
		j.Add(sim.Call{Method: "POST"})
	}

	calls := j.List(nil)
	require.Len(t, calls, size)
	require.Equal(t, more+1, calls[0].N, "the oldest went first")
	require.Equal(t, size+more, calls[size-1].N)
	require.Len(t, j.List(func(c sim.Call) bool { return c.N > size }), more)
	j.Clear()
	require.Empty(t, j.List(nil))
}
