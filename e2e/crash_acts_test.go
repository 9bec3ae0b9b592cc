package e2e_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/simulators/sim"
)

// disturbProviders makes a share of every provider's calls and webhooks go wrong.
// An answer that does not come is waited for by nobody longer than three seconds.
func (w *world) disturbProviders() {
	webhooks := []sim.Fault{
		{Kind: sim.WebhookDuplicate, Probability: 0.15},
		{Kind: sim.WebhookDrop, Probability: 0.15},
		{Kind: sim.WebhookDelay, Probability: 0.15, DelayMS: 1500},
		{Kind: sim.WebhookReorder, Probability: 0.1},
	}
	calls := []sim.Fault{
		{Kind: sim.TimeoutBefore, Probability: 0.04, DelayMS: 3000},
		{Kind: sim.TimeoutAfter, Probability: 0.05, DelayMS: 3000},
		{Kind: sim.Error500After, Probability: 0.03},
		{Kind: sim.Error500Before, Probability: 0.03},
		{Kind: sim.RateLimit, Probability: 0.05},
		{Kind: sim.ResetBefore, Probability: 0.02},
		{Kind: sim.ResetAfter, Probability: 0.03},
		{Kind: sim.BrokenBody, Probability: 0.02},
		{Kind: sim.Slow, Probability: 0.05, DelayMS: 700},
	}
	w.disturbProvider(w.lab.Stripe.AddFault, calls, webhooks, []sim.Fault{
		{Kind: sim.Error500Kept, Probability: 0.03},
		{Kind: sim.Decline, Probability: 0.1, Code: "generic_decline", Match: sim.Match{Operation: "payment_intent.capture"}},
	})
	w.disturbProvider(w.lab.EasyPost.AddFault, calls, webhooks, []sim.Fault{
		{Kind: sim.ErrorIn200, Probability: 0.03},
		{Kind: sim.ErrorIn200After, Probability: 0.05},
		{Kind: sim.TimeoutAfter, Probability: 0.1, DelayMS: 3000, Match: sim.Match{Operation: "shipment.create"}},
		{Kind: sim.TimeoutAfter, Probability: 0.1, DelayMS: 3000, Match: sim.Match{Operation: "shipment.buy"}},
		{Kind: sim.Decline, Probability: 0.05, Match: sim.Match{Operation: "shipment.buy"}},
	})
	w.disturbProvider(w.lab.SendGrid.AddFault, calls, webhooks, []sim.Fault{
		{Kind: sim.TimeoutAfter, Probability: 0.1, DelayMS: 3000, Match: sim.Match{Operation: "mail.send"}},
		{Kind: sim.ResetAfter, Probability: 0.1, Match: sim.Match{Operation: "mail.send"}},
	})
}

func (w *world) disturbProvider(add func(sim.Fault) (sim.Fault, error), rules ...[]sim.Fault) {
	for _, f := range slices.Concat(rules...) {
		f.Seed = w.rng.Uint64()
		_, err := add(f)
		require.NoError(w.t, err)
	}
}

// disturb kills processes at random moments and at named points, freezes the
// worker over a time-out, takes each store away once, and does to one order and
// one parcel each what an operator may do in the Temporal UI. It returns how often
// something was killed or cut.
func (w *world) disturb(ctx context.Context, size crashSize) int {
	acts := []func(context.Context){w.freezeWorker, w.terminate, w.terminateParcel, w.cancel, w.reset}
	for _, part := range []string{"temporal", "mongo", "redis"} {
		acts = append(acts, func(ctx context.Context) { w.bounce(ctx, part) })
	}
	points := crashPoints(w.t)
	w.rng.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
	points = points[:min(size.points, len(points))]
	chunks := slices.Collect(slices.Chunk(points, pointsAtOnce))
	for i := 0; len(acts)+len(chunks)+len(points) < size.acts; i++ {
		acts = append(acts, []func(context.Context){w.killWorker, w.killAPI}[i%2])
	}
	w.rng.Shuffle(len(acts), func(i, j int) { acts[i], acts[j] = acts[j], acts[i] })
	// Points are armed early, so that somebody still comes by them.
	for i, some := range chunks {
		acts = slices.Insert(acts, min(2*i, len(acts)), func(context.Context) { w.arm(some) })
	}
	between := size.arrive / time.Duration(len(acts))
	for _, act := range acts {
		pause(ctx, between/2+time.Duration(w.rng.Int64N(int64(between))))
		act(ctx)
	}
	met := w.met(ctx, points)
	require.NoError(w.t, w.worker.Arm())
	return len(acts) + met
}

var crashPoint = regexp.MustCompile(`crashpoint\.Here\("([a-z._]+)"\)`)

// crashPoints reads the names of all points from the activities' sources, so
// that none can be forgotten. Those of privacyPoints and importPoints have stories of their own.
func crashPoints(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../activities/*.go")
	require.NoError(t, err)
	points := []string{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range crashPoint.FindAllStringSubmatch(string(raw), -1) {
			points = append(points, m[1])
		}
	}
	slices.Sort(points)
	points = slices.Compact(points)
	others := slices.Concat(privacyPoints, importPoints)
	for _, own := range others {
		require.Contains(t, points, own)
	}
	points = slices.DeleteFunc(points, func(p string) bool { return slices.Contains(others, p) })
	require.GreaterOrEqual(t, len(points), 35)
	return points
}

func (w *world) killWorker(context.Context) { require.NoError(w.t, w.worker.Signal(syscall.SIGKILL)) }
func (w *world) killAPI(context.Context)    { require.NoError(w.t, w.api.Signal(syscall.SIGKILL)) }

// pointsAtOnce is how many points are armed together.
const pointsAtOnce = 6

// arm kills the worker, and from then on each that first comes by one of the
// points, or of those that were armed before.
func (w *world) arm(points []string) {
	w.armed = append(w.armed, points...)
	require.NoError(w.t, w.worker.Arm("BEDESTEN_CRASHPOINT="+strings.Join(w.armed, ","), "BEDESTEN_CRASHPOINT_ONCE="+w.once("")))
}

// once is the file that is there when somebody died at the point.
func (w *world) once(point string) string { return filepath.Join(w.data, "once-"+point) }

// meetWithin is how long after the last act points wait for whoever comes by.
const meetWithin = 15 * time.Second

// met waits a while until somebody has died at every point, and returns at how
// many of them somebody has; the others it keeps.
func (w *world) met(ctx context.Context, points []string) int {
	for began := time.Now(); ; pause(ctx, 200*time.Millisecond) {
		w.unmet = slices.DeleteFunc(slices.Clone(points), func(point string) bool {
			_, err := os.Stat(w.once(point))
			return err == nil
		})
		if len(w.unmet) == 0 || time.Since(began) > meetWithin || ctx.Err() != nil {
			return len(points) - len(w.unmet)
		}
	}
}

// freezeWorker stops the worker for longer than a heartbeat: its activities
// are given to another try while it still believes to hold them.
func (w *world) freezeWorker(ctx context.Context) {
	require.NoError(w.t, w.worker.Signal(syscall.SIGSTOP))
	pause(ctx, 2*w.lab.App.Policy.Heartbeat+time.Second)
	require.NoError(w.t, w.worker.Signal(syscall.SIGCONT))
}

func (w *world) bounce(ctx context.Context, part string) {
	require.NoError(w.t, w.parts[part].Kill())
	pause(ctx, 500*time.Millisecond)
	w.start(ctx, part)
}

func (w *world) terminate(ctx context.Context) {
	w.tolerate(w.lab.App.Temporal.TerminateWorkflow(ctx, "order/"+w.victim(ctx), "", "crash test"))
}

func (w *world) terminateParcel(ctx context.Context) {
	w.tolerate(w.lab.App.Temporal.TerminateWorkflow(ctx, "shipment/"+w.parcel(ctx), "", "crash test"))
}

func (w *world) cancel(ctx context.Context) {
	w.tolerate(w.lab.App.Temporal.CancelWorkflow(ctx, "order/"+w.victim(ctx), ""))
}

func (w *world) reset(ctx context.Context) {
	_, err := w.lab.App.Temporal.ResetWorkflowExecution(ctx, &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: "default", WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "order/" + w.victim(ctx)},
		Reason: "crash test", RequestId: lab.Key(), WorkflowTaskFinishEventId: 4,
	})
	w.tolerate(err)
}

// tolerate lets an operator's act fail, since its order may be over or
// Temporal on its way back; it is logged, so that a run in which nothing was
// done can be told.
func (w *world) tolerate(err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		w.t.Logf("an operator's act was refused: %v", err)
	}
}
