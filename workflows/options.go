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
	// work is how much longer a try may take that goes through a whole file. A worker that
	// dies over it is missed by its heartbeat.
	work time.Duration
}

// steps chooses time-outs, heartbeats and retries for every activity of an
// order. Time-outs follow from the Policy: a try's StartToClose is its calls ×
// ProviderCall plus StoreCall, and Heartbeat finds a dead worker sooner. A test
// holds the table against the activities that are registered.
var steps = map[string]step{
	// Ours, free and certain: insist.
	"ReserveStock": {},
	// Three tries, and then the outcome is unknown: the resolve loop asks.
	"AuthorizePayment": {calls: 3, tries: 3},
	"FinalizePayment":  {calls: 3, tries: 3},
	"ClosePayment":     {calls: 3, tries: 3},
	"MendPayment":      {calls: 3, tries: 3},
	// Only looks: who asked asks again.
	"ReadPayment": {calls: 2, tries: 3},
	// Late money must be found for certain.
	"FindLateMoney": {calls: 2},
	// The commit point, and the projection, which must not fall behind.
	"PlaceOrder": {},
	"SaveOrder":  {},
	// A run that begins again cannot go on without.
	"LoadOrder": {},
	// One write.
	"ReviewPayment": {},
	// Undo: until done.
	"CancelLeftover": {calls: 3},
	"VoidPayment":    {calls: 3},
	"ReleaseStock":   {},
	"UncommitStock":  {},
	"TakeBackStock":  {},

	// The gate before goods leave: three tries, then the outcome is unknown and
	// the order asks again. A refund is tried until it is certain.
	"CapturePayment": {calls: 3, tries: 3},
	"RefundPayment":  {calls: 4},
	// Parcels: ours insist, the carrier's answers may stay unknown.
	"PlanShipments":    {},
	"ReadShipments":    {},
	"ReadShipment":     {},
	"MoveShipment":     {},
	"HandOverShipment": {},
	"ScanShipment":     {},
	"LabelShipment":    {calls: 3, tries: 3},
	"MendLabel":        {calls: 3, tries: 3},
	"VoidLabel":        {calls: 2},
	"TrackShipment":    {calls: 1, tries: 2},
	// A mail: one call; without an answer the provider's own word is waited for.
	"SendMail":   {calls: 1, tries: 3},
	"SendLetter": {calls: 1, tries: 3},
	// What is asked for by law: ours, and insisted on by its workflow.
	"CloseAccount":    {},
	"CountOpenOrders": {},
	"EraseOrders":     {},
	"EraseAccount":    {},
	// It reads much and writes much.
	"BuildExport": {calls: 4},
	// Pictures: read once more for each step, since their bytes go through no history.
	// Making the sizes is work for this machine too.
	"InspectPicture": {calls: 2},
	"RenderPicture":  {calls: 6},
	// Files of the catalogue: ours, and insisted on.
	"CheckImport":    {work: 20 * time.Minute},
	"ApplyImport":    {work: 5 * time.Minute},
	"WriteCatalogue": {work: 20 * time.Minute},
}

// options returns the activity options of the named step, with a summary that
// an operator reads in the Temporal UI. A name that the table lacks is a bug of
// ours: the task fails and is seen.
func options(ctx workflow.Context, p order.Policy, name, summary string) workflow.Context {
	return optionsOn(ctx, OrderQueue, p, name, summary)
}

// optionsOn is options for a step of another queue than the order's.
func optionsOn(ctx workflow.Context, queue string, p order.Policy, name, summary string) workflow.Context {
	s, ok := steps[name]
	if !ok {
		panic("the table of steps lacks " + name)
	}
	o := workflow.ActivityOptions{
		TaskQueue:           queue,
		StartToCloseTimeout: time.Duration(s.calls)*p.ProviderCall + p.StoreCall + s.work,
		Summary:             summary,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second, MaximumAttempts: s.tries,
		},
	}
	if s.calls > 0 || s.work > 0 {
		// Only steps that call a provider beat, or that go through a file; the others are as
		// short.
		o.HeartbeatTimeout = p.Heartbeat
	}
	if s.tries == 0 {
		o.ScheduleToCloseTimeout = max(p.AttentionAfter, 2*o.StartToCloseTimeout)
	}
	return workflow.WithActivityOptions(ctx, o)
}
