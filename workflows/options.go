package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/internal/order"
)

// step is one activity's line in the table below.
type step struct {
	// calls is how many calls to a provider one try may make.
	calls int
	// tries is how often Temporal tries before the workflow decides; 0 means
	// until Policy.AttentionAfter has passed, when a person is asked as well.
	tries int32
}

// steps chooses time-outs, heartbeats and retries for every activity of an
// order. Time-outs follow from the Policy: a try's StartToClose is its calls ×
// ProviderCall plus StoreCall, and Heartbeat finds a dead worker sooner.
//
//	activity          provider calls   tries   why
//	ReserveStock      0                all     free, certain, and ours: insist
//	AuthorizePayment  3                3       then the outcome is unknown and the resolve loop asks
//	ReadPayment       2                3       the resolve loop asks again
//	FinalizePayment   3                3       then unknown
//	ClosePayment      3                3       then unknown
//	PlaceOrder        0                all     the commit point: insist
//	SaveOrder         0                all     the projection must not fall behind
//	LoadOrder         0                all     a run that begins again cannot go on without
//	ReviewPayment     0                all     one write
//	CancelLeftover    3                all     undo: until done
//	VoidPayment       3                all     undo: until done
//	ReleaseStock      0                all     undo: until done
//	UncommitStock     0                all     undo: until done
var steps = map[string]step{
	"ReserveStock":     {},
	"AuthorizePayment": {calls: 3, tries: 3},
	"ReadPayment":      {calls: 2, tries: 3},
	"FinalizePayment":  {calls: 3, tries: 3},
	"ClosePayment":     {calls: 3, tries: 3},
	"PlaceOrder":       {},
	"SaveOrder":        {},
	"LoadOrder":        {},
	"ReviewPayment":    {},
	"CancelLeftover":   {calls: 3},
	"VoidPayment":      {calls: 3},
	"ReleaseStock":     {},
	"UncommitStock":    {},
}

// options returns the activity options of the named step, with a summary that
// an operator reads in the Temporal UI.
func options(ctx workflow.Context, p order.Policy, name, summary string) workflow.Context {
	s := steps[name]
	o := workflow.ActivityOptions{
		TaskQueue:           OrderQueue,
		StartToCloseTimeout: time.Duration(s.calls)*p.ProviderCall + p.StoreCall,
		Summary:             summary,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second, MaximumAttempts: s.tries,
		},
	}
	if s.calls > 0 {
		// Only steps that call a provider beat; the others are as short.
		o.HeartbeatTimeout = p.Heartbeat
	}
	if s.tries == 0 {
		o.ScheduleToCloseTimeout = max(p.AttentionAfter, 2*o.StartToCloseTimeout)
	}
	return workflow.WithActivityOptions(ctx, o)
}
