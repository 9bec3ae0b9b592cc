// Package machinetest is the suite that every state machine of the product
// passes: its rows are taken one by one, and what is not in a row is refused.
package machinetest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/machine"
)

// Run holds the table to what all tables promise.
func Run[S, T ~string](t *testing.T, table machine.Table[S, T]) {
	t.Helper()
	t.Run("every step", func(t *testing.T) {
		t.Parallel()
		everyStep(t, table)
	})
	t.Run("every state can be reached", func(t *testing.T) {
		t.Parallel()
		everyStateIsReached(t, table)
	})
}

// States returns every state of the table, in the order of first mention.
func States[S, T ~string](table machine.Table[S, T]) []S {
	var states []S
	add := func(s S) {
		if s != machine.Same && !slices.Contains(states, s) {
			states = append(states, s)
		}
	}
	for _, row := range table.Rows {
		for _, s := range row.From {
			add(s)
		}
		add(row.To)
	}
	return states
}

type step[S, T ~string] struct {
	from    S
	trigger T
}

// everyStep asks for every trigger in every state: a served row moves, a row
// for later says that it is not supported yet, and whatever the table does not
// list is refused.
func everyStep[S, T ~string](t *testing.T, table machine.Table[S, T]) {
	t.Helper()
	rows, triggers := map[step[S, T]]machine.Row[S, T]{}, map[T]bool{}
	for _, row := range table.Rows {
		triggers[row.Trigger] = true
		for _, from := range row.From {
			at := step[S, T]{from, row.Trigger}
			require.NotContains(t, rows, at, "two rows for one step: which of them holds?")
			rows[at] = row
		}
	}
	for _, from := range States(table) {
		for trigger := range triggers {
			row, listed := rows[step[S, T]{from, trigger}]
			want, code := from, fault.Code("")
			switch {
			case !listed:
				code = fault.Conflict
			case row.Later:
				code = fault.NotSupportedYet
			case row.To != machine.Same:
				want = row.To
			}
			got, err := table.Next(from, trigger)
			require.Equal(t, want, got, "%s in %s", trigger, from)
			if code == "" {
				require.NoError(t, err, "%s in %s", trigger, from)
				continue
			}
			require.Equal(t, code, fault.CodeOf(err), "%s in %s", trigger, from)
		}
	}
}

// everyStateIsReached walks the rows from the first state.
func everyStateIsReached[S, T ~string](t *testing.T, table machine.Table[S, T]) {
	t.Helper()
	reached := map[S]bool{table.Rows[0].From[0]: true}
	for range States(table) {
		for _, row := range table.Rows {
			for _, from := range row.From {
				if reached[from] && row.To != machine.Same {
					reached[row.To] = true
				}
			}
		}
	}
	for _, state := range States(table) {
		require.True(t, reached[state], "nothing leads to %s", state)
	}
	for _, end := range table.Ends {
		require.True(t, table.Ended(end))
		require.Contains(t, States(table), end)
	}
}
