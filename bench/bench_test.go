package main

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

func TestUsageOf_ReadsTimeAndMemoryOfAProcess(t *testing.T) {
	t.Parallel()

	before, err := usageOf(os.Getpid())
	require.NoError(t, err)
	require.Positive(t, before.resident)
	require.GreaterOrEqual(t, before.peak, before.resident)
	for began := time.Now(); ; {
		now, err := usageOf(os.Getpid())
		require.NoError(t, err)
		if now.cpu >= before.cpu+2*clockTick {
			break
		}
		require.Less(t, time.Since(began), 30*time.Second, "a busy process uses time")
	}
	_, err = usageOf(1 << 30)
	require.Error(t, err)
}

func TestSide_NamesWhatTheBareWorkflowDoesOtherwise(t *testing.T) {
	t.Parallel()

	s := side{
		ours: pair{
			order:  events{kinds: map[string]int{"TimerStarted": 2, "TimerCanceled": 1}},
			parcel: events{kinds: map[string]int{"TimerStarted": 1}},
		},
		theirs: pair{
			order:  events{kinds: map[string]int{"TimerStarted": 2, "TimerCanceled": 1}},
			parcel: events{kinds: map[string]int{"TimerStarted": 1, "TimerFired": 1}},
		},
	}
	require.Equal(t, []string{"parcel TimerFired 0, bare 1"}, s.unlike())
	s.theirs.parcel = s.ours.parcel
	require.Empty(t, s.unlike())
}

func TestCollected_KnowsWhichStepSentACommand(t *testing.T) {
	t.Parallel()

	c := &collected{spans: map[string]*tracepb.Span{
		"request":  {SpanId: []byte("request"), Name: "checkout", Kind: tracepb.Span_SPAN_KIND_SERVER},
		"activity": {SpanId: []byte("activity"), ParentSpanId: []byte("request"), Name: "RunActivity:PlaceOrder"},
		"within":   {SpanId: []byte("within"), ParentSpanId: []byte("activity"), Name: "stock.commit"},
		"lost":     {SpanId: []byte("lost"), ParentSpanId: []byte("never came"), Name: "find carts"},
	}}
	require.Equal(t, "PlaceOrder", c.stepOf(&tracepb.Span{ParentSpanId: []byte("within")}))
	require.Equal(t, "checkout", c.stepOf(&tracepb.Span{ParentSpanId: []byte("request")}))
	require.Equal(t, "other", c.stepOf(c.spans["lost"]))
}

func TestOps_TellWhatIsDoneFromWhatOnlyWaits(t *testing.T) {
	t.Parallel()

	o := ops{
		"SaveOrder":      {"find orders": 2, "findAndModify orders": 3},
		"checkout":       {"insert orders": 1},
		"get-order":      {"find orders": 7},
		"list-shipments": {"find shipments": 4},
	}
	doing, waiting := o.total()
	require.Equal(t, 6, doing)
	require.Equal(t, 11, waiting)
	require.Equal(t, []string{"SaveOrder", "checkout"}, o.steps())
	require.Equal(t, "findAndModify orders 3, find orders 2, insert orders 1", listed(o.commands()))
}
