package machine_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/machine"
	"github.com/bedesten/bedesten/internal/machine/machinetest"
)

type (
	state   string
	trigger string
)

var door = machine.Table[state, trigger]{
	Noun: "door",
	Ends: []state{"bricked_up"},
	Rows: []machine.Row[state, trigger]{
		{From: []state{"closed"}, To: "open", Trigger: "push", Effect: "it squeaks"},
		{From: []state{"open", "closed"}, To: machine.Same, Trigger: "knock"},
		{From: []state{"closed"}, To: "bricked_up", Trigger: "brick_up", Later: true},
	},
}

func TestTable_Next(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name    string
		from    state
		trigger trigger
		want    state
		code    fault.Code
	}{
		{"a served row moves", "closed", "push", "open", ""},
		{"a row to the same state stays", "open", "knock", "open", ""},
		{"a row for later says so and stays", "closed", "brick_up", "closed", fault.NotSupportedYet},
		{"a step that is not listed is refused", "open", "push", "open", fault.Conflict},
		{"a trigger that nobody knows is refused", "open", "kick", "open", fault.Conflict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			got, err := door.Next(tt.from, tt.trigger)
			require.Equal(t, tt.want, got)
			if tt.code == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, tt.code, fault.CodeOf(err))
		})
	}
}

func TestTable_KeepsWhatEveryTablePromises(t *testing.T) {
	t.Parallel()

	machinetest.Run(t, door)
}

func TestTable_KnowsItsStatesAndEnds(t *testing.T) {
	t.Parallel()

	require.Equal(t, []state{"closed", "open", "bricked_up"}, machinetest.States(door))
	require.True(t, door.Ended("bricked_up"))
	require.False(t, door.Ended("open"))
}

func ExampleTable_Markdown() {
	fmt.Println(door.Markdown())
	// Output:
	// ## door
	//
	// ```mermaid
	// stateDiagram-v2
	//     closed --> open: push
	//     open --> open: knock
	//     closed --> closed: knock
	//     closed --> bricked_up: brick up (later)
	//     bricked_up --> [*]
	// ```
	//
	// | from | trigger | to | effect | served |
	// |---|---|---|---|---|
	// | closed | push | open | it squeaks | yes |
	// | open, closed | knock | (same) |  | yes |
	// | closed | brick_up | bricked_up |  | `not_supported_yet` |
}
