// Package e2e_test tells whole stories over the real API, and kills what runs
// in the middle of them.
package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/audit"
	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
)

// crashSize is how much of the matrix runs: a seeded sample, or all of it with
// BEDESTEN_CRASH=all. Acts are kills and cuts, those at points among them.
type crashSize struct {
	orders int
	acts   int
	points int
	// arrive is the time in which the shoppers come.
	arrive time.Duration
}

func sizeOf(t *testing.T) crashSize {
	t.Helper()
	if testing.Short() {
		t.Skip("the crash test belongs to `make test`")
	}
	if os.Getenv("BEDESTEN_CRASH") == "all" {
		return crashSize{orders: 100, acts: 68, points: 100, arrive: 110 * time.Second}
	}
	return crashSize{orders: 20, acts: 18, points: 6, arrive: 20 * time.Second}
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

const (
	// stormEnds is when everything is over at the latest, on a machine that has
	// other things to do too.
	stormEnds = 8 * time.Minute
	// calmWithin is how long after the last disturbance an order may take to its
	// end: a lease and a time-out of Temporal's, then label, way and return window.
	calmWithin = 100 * time.Second
)

// byDesign are the reasons for which an order may need a person when all is calm
// again, since the test makes them happen. Any other is a bug.
var byDesign = map[order.Reason]bool{
	order.ReasonRunWasLost: true, order.ReasonLeftUnpaid: true, order.ReasonParcelLost: true, order.ReasonParcelReturned: true,
	order.ReasonLateSuccess: true, order.ReasonMailBounced: true,
}

func TestCrash_NothingIsLostDoubledOrStuckInSilence(t *testing.T) {
	size, seed := sizeOf(t), seedOf(t)
	w := newWorld(t, seed)

	ctx, cancel := context.WithTimeout(t.Context(), stormEnds)
	defer cancel()
	w.disturbProviders()
	var shoppers sync.WaitGroup
	for i := range size.orders {
		shoppers.Go(func() {
			pause(ctx, time.Duration(i)*size.arrive/time.Duration(size.orders))
			w.shop(ctx, i)
		})
	}
	began := time.Now()
	cuts := w.disturb(ctx, size)
	w.calmDown()
	stormed := time.Since(began)
	shoppers.Wait()

	took := time.Since(began)
	report, err := w.lab.App.Auditor(60 * time.Second).Run(t.Context())
	require.NoError(t, err)
	t.Logf("seed %d, %d kills and cuts in %s, all over after %s; %d deaths of the worker, %d of the API; points not met: %v\n%s",
		seed, cuts, stormed.Round(time.Second), took.Round(time.Second), w.worker.Deaths(), w.api.Deaths(), w.unmet, report)
	require.True(t, report.Clean(), "seed %d:\n%s\n%s", seed, report, w.storiesOf(report))
	require.Empty(t, w.late, "seed %d: these orders did not come to their end:\n%s", seed, strings.Join(w.late, "\n"))
	w.requireOnlyByDesign(report)
	require.GreaterOrEqual(t, report.Orders, size.orders*3/4, "most shoppers got as far as an order")
	require.LessOrEqual(t, len(w.unmet), len(w.armed)/3, "somebody died at most points: not at %v", w.unmet)
}

// requireOnlyByDesign checks that nobody is asked for but where the test itself
// made somebody necessary.
func (w *world) requireOnlyByDesign(report audit.Report) {
	w.t.Helper()
	for reason, waiting := range report.People {
		require.True(w.t, byDesign[order.Reason(reason)], "%d orders need a person: %s\n%s", waiting.Orders, reason, report)
	}
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
	staff  *lab.Warehouse
	sku    string
	scarce string
	heavy  string
	// orders are the ids of orders that shoppers hold.
	orders []string
	// parcels are the ids of parcels that somebody was about to do something with.
	parcels []string
	// late are orders that did not come to their end in time.
	late []string
	// armed are the crash points at which somebody is to die, unmet those that
	// nobody came by.
	armed, unmet []string
	// calm is closed when nothing is disturbed any more.
	calm chan struct{}
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{
		t: t, rng: rand.New(rand.NewPCG(seed, 7)), parts: map[string]*lab.Devstack{}, data: t.TempDir(), calm: make(chan struct{}),
	}
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
	w.staff = w.lab.Warehouse()
	w.sku, err = w.lab.FreshSKU(ctx, 1000)
	require.NoError(t, err)
	w.scarce, err = w.lab.FreshSKU(ctx, 4)
	require.NoError(t, err)
	w.heavy, err = w.lab.HeavySKU(ctx, 1000)
	require.NoError(t, err)
	return w
}

func (w *world) start(ctx context.Context, part string) {
	d, err := lab.StartDevstack(ctx, lab.DevstackOptions{Part: part, Data: w.data, Log: io.Discard})
	require.NoError(w.t, err)
	w.parts[part] = d
}

// mortals are api and worker with crash points: one program of each for every world.
var mortals struct {
	once sync.Once
	dir  string
	err  error
}

func buildMortals() error {
	mortals.once.Do(func() {
		if mortals.dir, mortals.err = os.MkdirTemp("", "bedesten-mortals-"); mortals.err != nil {
			return
		}
		for _, name := range []string{"worker", "api"} {
			// They outlive the test that asked for them first.
			mortals.err = errors.Join(mortals.err, lab.GoBuild(context.Background(), "..", "./cmd/"+name, filepath.Join(mortals.dir, name), "crashpoints"))
		}
	})
	return mortals.err
}

// processes keeps api and worker with crash points running.
func (w *world) processes(ctx context.Context) {
	t := w.t
	require.NoError(t, buildMortals())
	require.NoError(t, w.lab.FreeAPI())
	log, err := os.Create(logFile(w.data))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, log.Close()) })
	for _, p := range []struct {
		name string
		into **lab.Process
	}{{"worker", &w.worker}, {"api", &w.api}} {
		process, err := lab.Supervise(filepath.Join(mortals.dir, p.name), nil, lab.Environment(w.lab.Config), log)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, process.Stop()) })
		*p.into = process
	}
	require.NoError(t, w.lab.App.AwaitWorker(ctx))
	w.lab.Stripe.SetWebhookURL(w.lab.Config.PublicURL + "/v1/webhooks/payments/stripe")
	w.lab.EasyPost.SetWebhookURL(w.lab.Config.PublicURL + "/v1/webhooks/shipping/easypost")
	w.lab.SendGrid.SetWebhookURL(w.lab.Config.PublicURL + "/v1/webhooks/mail/sendgrid")
}

// logFile is where what the processes say is kept: BEDESTEN_CRASH_LOG, for whoever
// looks into a failure, or beside the stores.
func logFile(data string) string {
	if file := os.Getenv("BEDESTEN_CRASH_LOG"); file != "" {
		return file
	}
	return filepath.Join(data, "processes.log")
}

// calmDown takes every fault away.
func (w *world) calmDown() {
	w.lab.Stripe.ClearFaults()
	w.lab.EasyPost.ClearFaults()
	w.lab.SendGrid.ClearFaults()
	close(w.calm)
}

// remember keeps an order that a shopper holds.
func (w *world) remember(orderID string) { w.keep(&w.orders, orderID) }

func (w *world) keep(ids *[]string, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*ids = append(*ids, id)
}

// storiesOf tells the whole story of each order that the audit found something of.
func (w *world) storiesOf(report audit.Report) string {
	told := map[string]string{}
	for _, f := range report.Findings {
		if orderID, _, _ := strings.Cut(f.Subject, "-"); strings.HasPrefix(orderID, "ord_") {
			told[orderID] = w.storyOf(context.WithoutCancel(w.t.Context()), orderID)
		}
	}
	return strings.Join(slices.Sorted(maps.Values(told)), "\n")
}

// tooLate keeps an order that did not come to its end.
func (w *world) tooLate(ctx context.Context, orderID string) {
	story := w.storyOf(context.WithoutCancel(ctx), orderID)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.late = append(w.late, story)
}

// storyOf tells how an order stands, and its whole story.
func (w *world) storyOf(ctx context.Context, orderID string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", orderID)
	if o, err := w.lab.App.Orders.Find(ctx, orderID); err == nil {
		fmt.Fprintf(&b, " stands at %s, open %t, hold %+v", o.State.Status, o.State.Open, o.State.Hold)
		for _, a := range o.State.Attention.Reasons() {
			fmt.Fprintf(&b, ", %s since %s", a.Reason, a.Since.Format(time.TimeOnly))
		}
	}
	if entries, err := w.lab.App.Orders.Timeline(ctx, orderID); err == nil {
		for _, e := range entries {
			fmt.Fprintf(&b, "\n  %s %-26s %-18s %s", e.At.Format("15:04:05.000"), e.Kind, e.Status, e.Detail)
		}
	}
	if rows, err := w.lab.App.Shipments.OfOrder(ctx, orderID); err == nil {
		for _, row := range rows {
			fmt.Fprintf(&b, "\n  parcel %d %s ref %s command %s heard %s left unpaid %t captured %s handed over %s ops %+v", row.Number, row.State, row.Ref, row.Command,
				row.Heard.Format("15:04:05"), row.LeftUnpaid, row.CapturedAt.Format("15:04:05.000"), row.HandedOverAt.Format("15:04:05.000"), row.Ops)
		}
	}
	return b.String()
}

// victim returns the newest order that a shopper holds, parcel the newest one that
// somebody was about to do something with.
func (w *world) victim(ctx context.Context) string { return w.newest(ctx, &w.orders) }
func (w *world) parcel(ctx context.Context) string { return w.newest(ctx, &w.parcels) }

func (w *world) newest(ctx context.Context, ids *[]string) string {
	for ctx.Err() == nil {
		w.mu.Lock()
		n := len(*ids)
		if n > 0 {
			id := (*ids)[n-1]
			w.mu.Unlock()
			return id
		}
		w.mu.Unlock()
		pause(ctx, 100*time.Millisecond)
	}
	return ""
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
