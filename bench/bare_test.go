package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/workflows"
)

// What a bare order does is compared with an order only if both do the same. Two
// words that come at once are written down together, so one save more or less is
// no difference.
func TestBare_DoesWhatAnOrderAndItsParcelDo(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a whole rig belongs to `make test`")
	}
	for name, queues := range map[string][]string{
		"with fulfilment":    nil,
		"without fulfilment": {workflows.OrderQueue, workflows.SweepQueue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			l, err := lab.Start(ctx, lab.Options{Queues: queues})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, l.Stop()) })
			require.NoError(t, l.StartWorker(ctx))
			require.NoError(t, l.StartAPI(ctx))
			b, err := newBare(ctx, l, queues == nil)
			require.NoError(t, err)
			s := side{fulfils: queues == nil}
			require.NoError(t, s.compare(ctx, l, b, size{warm: 1, single: 1, many: 2, clients: 1}))
			require.NoError(t, b.stop())
			// A save is an activity's three events and a workflow task's three; a timer
			// that is set anew around it is two more. The mail provider's webhook that is
			// quicker than the answer to the send is a word to the order: a signal, and a
			// look with its timer.
			require.InDelta(t, s.ours.order.total(), s.theirs.order.total(), 8+12, "%v", s.unlike())
			// A word of the carrier that is told twice, by its webhook and by a sweep that
			// came in between, is a look of twelve events.
			require.InDelta(t, s.ours.parcel.total(), s.theirs.parcel.total(), 8+12, "%v", s.unlike())
			require.Equal(t, s.ours.order.kinds["UpsertWorkflowSearchAttributes"], s.theirs.order.kinds["UpsertWorkflowSearchAttributes"])
			require.Equal(t, s.ours.parcel.kinds["UpsertWorkflowSearchAttributes"], s.theirs.parcel.kinds["UpsertWorkflowSearchAttributes"])
			t.Log(s)
		})
	}
}
