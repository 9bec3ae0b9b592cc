package order_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/machine"
	"github.com/bedesten/bedesten/internal/order"
)

// TestMachine_EveryStep asks for every trigger in every state: a served row
// moves, a row for later says that it is not supported yet, and whatever the
// table does not list is refused.
func TestMachine_EveryStep(t *testing.T) {
	t.Parallel()

	type step struct {
		from    order.Status
		trigger order.Trigger
	}
	rows := map[step]machine.Row[order.Status, order.Trigger]{}
	triggers := map[order.Trigger]bool{}
	for _, row := range order.Machine.Rows {
		triggers[row.Trigger] = true
		for _, from := range row.From {
			at := step{from, row.Trigger}
			require.NotContains(t, rows, at, "two rows for one step: which of them holds?")
			rows[at] = row
		}
	}
	for _, from := range order.Machine.States() {
		for trigger := range triggers {
			row, listed := rows[step{from, trigger}]
			got, err := order.Machine.Next(from, trigger)
			switch {
			case !listed:
				require.Equal(t, fault.Conflict, fault.CodeOf(err), "%s in %s", trigger, from)
				require.Equal(t, from, got)
			case row.Later:
				require.Equal(t, fault.NotSupportedYet, fault.CodeOf(err), "%s in %s", trigger, from)
				require.Equal(t, from, got)
			default:
				require.NoError(t, err, "%s in %s", trigger, from)
				want := row.To
				if want == machine.Same {
					want = from
				}
				require.Equal(t, want, got, "%s in %s", trigger, from)
			}
		}
	}
}

// TestMachine_EveryStateCanBeReached walks the rows from the first state.
func TestMachine_EveryStateCanBeReached(t *testing.T) {
	t.Parallel()

	reached := map[order.Status]bool{order.Machine.Rows[0].From[0]: true}
	for range order.Machine.States() {
		for _, row := range order.Machine.Rows {
			for _, from := range row.From {
				if reached[from] && row.To != machine.Same {
					reached[row.To] = true
				}
			}
		}
	}
	for _, state := range order.Machine.States() {
		require.True(t, reached[state], "nothing leads to %s", state)
	}
	for _, end := range order.Machine.Ends {
		require.True(t, order.Machine.Ended(end))
		require.Contains(t, order.Machine.States(), end)
	}
}
