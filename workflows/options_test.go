package workflows_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/workflows"
)

// TestSteps_NameEveryActivityOfOrdersAndParcels holds the table of options against what
// a worker registers: the exported methods of the activities.
func TestSteps_NameEveryActivityOfOrdersAndParcels(t *testing.T) {
	t.Parallel()

	registered := []string{}
	for _, a := range []any{&activities.Orders{}, &activities.Stock{}, &activities.Payments{}, &activities.Shipments{}, &activities.Mails{}, &activities.Letters{}, &activities.Privacy{}, &activities.Exports{}, &activities.Pictures{}, &activities.Files{}} {
		for m := range reflect.TypeOf(a).Methods() {
			registered = append(registered, m.Name)
		}
	}
	slices.Sort(registered)
	require.Equal(t, registered, workflows.Steps())
}
