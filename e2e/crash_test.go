// Package e2e_test tells whole stories over the real API, and kills what runs
// in the middle of them.
package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
)

// crashSize is how much of the matrix runs: a seeded sample, or all of it with
// BEDESTEN_CRASH=all.
type crashSize struct {
	orders int
	kills  int
	points int
}

func sizeOf(t *testing.T) crashSize {
	t.Helper()
	if testing.Short() {
		t.Skip("the crash test belongs to `make test`")
	}
	if os.Getenv("BEDESTEN_CRASH") == "all" {
		return crashSize{orders: 50, kills: 20, points: 100}
	}
	return crashSize{orders: 14, kills: 3, points: 4}
}

// sampleSeed is the sample's: `make test` plays the same disturbances each
// time, the whole matrix plays new ones.
const sampleSeed = 20261124

// seedOf returns BEDESTEN_SEED, or the sample's, or one of the clock for the
// whole matrix; it is printed, so that a failure can be repeated.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(sampleSeed)
	if os.Getenv("BEDESTEN_CRASH") == "all" {
		seed = uint64(time.Now().UnixNano())
	}
	if s := os.Getenv("BEDESTEN_SEED"); s != "" {
		var err error
		seed, err = strconv.ParseUint(s, 10, 64)
		require.NoError(t, err)
	}
	t.Logf("seed %d: repeat with BEDESTEN_SEED=%d", seed, seed)
	return seed
}

func TestCrash_NothingIsLostDoubledOrStuckInSilence(t *testing.T) {
	size, seed := sizeOf(t), seedOf(t)
	w := newWorld(t, seed)

	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	w.disturbProvider()
	var shoppers sync.WaitGroup
	for i := range size.orders {
		shoppers.Go(func() { w.shop(ctx, i) })
	}
	w.disturb(ctx, size)
	shoppers.Wait()

	w.lab.Stripe.ClearFaults()
	report, err := w.lab.App.Auditor(90 * time.Second).Run(ctx)
	require.NoError(t, err)
	t.Logf("seed %d, %d deaths of the worker, %d of the API\n%s", seed, w.worker.Deaths(), w.api.Deaths(), report)
	require.True(t, report.Clean(), "seed %d:\n%s", seed, report)
	require.GreaterOrEqual(t, report.Orders, size.orders*3/4, "most shoppers got as far as an order")
}

// world is the rig as processes that can be killed one by one.
type world struct {
	t      *testing.T
	rng    *rand.Rand
	mu     sync.Mutex
	lab    *lab.Lab
	parts  map[string]*lab.Devstack
	data   string
	worker *lab.Process
	api    *lab.Process
	sku    string
	scarce string
	// orders are the ids of orders that shoppers hold.
	orders []string
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 7)), parts: map[string]*lab.Devstack{}, data: t.TempDir()}
	addresses := lab.Addresses{Namespace: "default"}
	for _, part := range []string{"temporal", "mongo", "redis"} {
		w.start(ctx, part)
	}
	addresses.Temporal, addresses.Mongo, addresses.Redis = w.parts["temporal"].Temporal, w.parts["mongo"].Mongo, w.parts["redis"].Redis
	t.Cleanup(func() {
		for _, d := range w.parts {
			require.NoError(t, d.Stop())
		}
	})
	var err error
	w.lab, err = lab.Start(ctx, lab.Options{Addresses: &addresses})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.lab.Stop()) })
	w.processes(ctx)
	w.sku, err = w.lab.FreshSKU(ctx, 1000)
	require.NoError(t, err)
	w.scarce, err = w.lab.FreshSKU(ctx, 4)
	require.NoError(t, err)
	return w
}

func (w *world) start(ctx context.Context, part string) {
	d, err := lab.StartDevstack(ctx, lab.DevstackOptions{Part: part, Data: w.data, Log: io.Discard})
	require.NoError(w.t, err)
	w.parts[part] = d
}

// processes builds api and worker with crash points and keeps them running.
func (w *world) processes(ctx context.Context) {
	t := w.t
	require.NoError(t, w.lab.FreeAPI())
	log, err := os.Create(filepath.Join(w.data, "processes.log"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, log.Close()) })
	for _, p := range []struct {
		pkg  string
		into **lab.Process
	}{{"./cmd/worker", &w.worker}, {"./cmd/api", &w.api}} {
		bin := filepath.Join(w.data, filepath.Base(p.pkg))
		require.NoError(t, lab.GoBuild(ctx, "..", p.pkg, bin, "crashpoints"))
		process, err := lab.Supervise(bin, nil, lab.Environment(w.lab.Config), log)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, process.Stop()) })
		*p.into = process
	}
	require.NoError(t, w.lab.App.AwaitWorker(ctx))
	w.lab.Stripe.SetWebhookURL(w.lab.Config.PublicURL + "/v1/webhooks/payments/stripe")
}

// disturbProvider makes a share of the provider's calls and webhooks go wrong.
func (w *world) disturbProvider() {
	for i, f := range []sim.Fault{
		{Kind: sim.TimeoutBefore, Probability: 0.04, DelayMS: 3000},
		{Kind: sim.TimeoutAfter, Probability: 0.05, DelayMS: 3000},
		{Kind: sim.Error500After, Probability: 0.03},
		{Kind: sim.Error500Kept, Probability: 0.03},
		{Kind: sim.Error500Before, Probability: 0.03},
		{Kind: sim.RateLimit, Probability: 0.05},
		{Kind: sim.ResetAfter, Probability: 0.03},
		{Kind: sim.BrokenBody, Probability: 0.02},
		{Kind: sim.Slow, Probability: 0.05, DelayMS: 700},
		{Kind: sim.WebhookDuplicate, Probability: 0.15},
		{Kind: sim.WebhookDrop, Probability: 0.15},
		{Kind: sim.WebhookDelay, Probability: 0.15, DelayMS: 1500},
		{Kind: sim.WebhookReorder, Probability: 0.1},
	} {
		f.Seed = uint64(i) + w.rng.Uint64()
		_, err := w.lab.Stripe.AddFault(f)
		require.NoError(w.t, err)
	}
}

// fates are what becomes of shoppers; each line is one of them.
var fates = []struct {
	method, next string
	scarce       bool
	confirm      string
	cancel       bool
}{
	{method: "pm_card_visa"},
	{method: "pm_card_mastercard", cancel: true},
	{method: "pm_card_visa_chargeDeclined", next: "pm_card_visa"},
	{method: "pm_card_threeDSecure2Required", confirm: stripe.ChallengeComplete},
	{method: "pm_card_visa", scarce: true},
	{method: "pm_card_threeDSecure2Required", confirm: stripe.ChallengeFail, next: "pm_card_visa"},
	{method: "pm_card_threeDSecure2Required"},
	{method: "pm_card_threeDSecure2Required", next: "pm_card_amex"},
	{method: "pm_card_visa_chargeDeclinedInsufficientFunds"},
	{method: "pm_card_visa", cancel: true, scarce: true},
}

// shop lives one shopper's fate, asking again whenever nobody answers.
func (w *world) shop(ctx context.Context, i int) {
	fate := fates[i%len(fates)]
	sku := w.sku
	if fate.scarce {
		sku = w.scarce
	}
	p := w.fill(ctx, sku)
	if p == nil {
		return
	}
	key := fmt.Sprintf("checkout-%d", i)
	w.insist(ctx, func() (lab.Reply, error) { return p.Checkout(ctx, key, fate.method) })
	if p.OrderID == "" {
		return
	}
	w.remember(p.OrderID)
	if fate.confirm != "" {
		w.confirm(ctx, p, fate.confirm)
	}
	if fate.next != "" {
		w.insist(ctx, func() (lab.Reply, error) { return p.PayAgain(ctx, key+"-next", fate.next) })
	}
	if fate.cancel {
		w.insist(ctx, func() (lab.Reply, error) { return p.Cancel(ctx, key+"-cancel") })
	}
}

func (w *world) remember(orderID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.orders = append(w.orders, orderID)
}

func (w *world) fill(ctx context.Context, sku string) *lab.Shopper {
	for ctx.Err() == nil {
		if p, err := w.lab.Shop().Fill(ctx, lab.Line{SKU: sku, Quantity: 1}); err == nil {
			return p
		}
		pause(ctx, 200*time.Millisecond)
	}
	return nil
}

// insist asks under the same key until somebody answers for certain.
func (w *world) insist(ctx context.Context, ask func() (lab.Reply, error)) {
	for range 60 {
		r, err := ask()
		certain := err == nil && r.Status < 500 && r.Status != http.StatusTooManyRequests && r.Code != "attempt_open"
		if certain || ctx.Err() != nil {
			return
		}
		pause(ctx, 300*time.Millisecond)
	}
}

// confirm is the shopper at the bank's page; the way back may find nobody at
// home, and the order's own poll has to notice.
func (w *world) confirm(ctx context.Context, p *lab.Shopper, outcome string) {
	for range 40 {
		for _, intent := range w.lab.Stripe.IntentsOf("order_id", p.OrderID) {
			if _, err := w.lab.Stripe.FinishChallenge(intent, outcome); err == nil {
				return
			}
		}
		if r, err := p.Order(ctx); err == nil && (r.State.Ended() || r.State == order.Placed) {
			return
		}
		pause(ctx, 150*time.Millisecond)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// disturb kills processes at random moments and at named points, freezes the
// worker over a time-out, takes each store away once, and does to one order
// each what an operator may do in the Temporal UI.
func (w *world) disturb(ctx context.Context, size crashSize) {
	acts := []func(context.Context){}
	for range size.kills {
		acts = append(acts, w.killWorker, w.killAPI)
	}
	points := crashPoints(w.t)
	w.rng.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
	for _, point := range points[:min(size.points, len(points))] {
		acts = append(acts, func(context.Context) { w.arm(point) })
	}
	acts = append(acts, w.freezeWorker, w.terminate, w.cancel, w.reset)
	for _, part := range []string{"temporal", "mongo", "redis"} {
		acts = append(acts, func(ctx context.Context) { w.bounce(ctx, part) })
	}
	w.rng.Shuffle(len(acts), func(i, j int) { acts[i], acts[j] = acts[j], acts[i] })
	for _, act := range acts {
		pause(ctx, time.Duration(200+w.rng.IntN(600))*time.Millisecond)
		act(ctx)
	}
	require.NoError(w.t, w.worker.Arm())
}

var crashPoint = regexp.MustCompile(`crashpoint\.Here\("([a-z.]+)"\)`)

// crashPoints reads the names of all points from the activities' sources, so
// that none can be forgotten.
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
	require.GreaterOrEqual(t, len(points), 12)
	return points
}

func (w *world) killWorker(context.Context) { require.NoError(w.t, w.worker.Signal(syscall.SIGKILL)) }
func (w *world) killAPI(context.Context)    { require.NoError(w.t, w.api.Signal(syscall.SIGKILL)) }

func (w *world) arm(point string) {
	once := filepath.Join(w.data, "once-"+point)
	require.NoError(w.t, w.worker.Arm("BEDESTEN_CRASHPOINT="+point, "BEDESTEN_CRASHPOINT_ONCE="+once))
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

// victim returns the newest order that a shopper holds.
func (w *world) victim(ctx context.Context) string {
	for ctx.Err() == nil {
		w.mu.Lock()
		n := len(w.orders)
		if n > 0 {
			id := w.orders[n-1]
			w.mu.Unlock()
			return id
		}
		w.mu.Unlock()
		pause(ctx, 100*time.Millisecond)
	}
	return ""
}

func (w *world) terminate(ctx context.Context) {
	w.tolerate(w.lab.App.Temporal.TerminateWorkflow(ctx, "order/"+w.victim(ctx), "", "crash test"))
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
