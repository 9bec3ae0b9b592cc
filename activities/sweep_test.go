package activities_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.temporal.io/sdk/testsuite"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/idempotency"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
)

// told is a fact that an order was handed.
type told struct {
	orderID string
	fact    order.Fact
	revive  bool
}

// bell stands where the workflows would be woken.
type bell struct {
	mu      sync.Mutex
	rang    []told
	started []string
	lost    []string
	state   map[string]order.RunState
	broken  map[string]bool
	// other is what began that is no order's.
	other []string
}

var _ order.Runs = (*bell)(nil)

// Describe says what the test said of the order's run.
func (b *bell) Describe(_ context.Context, orderID string) (order.RunState, error) {
	return b.state[orderID], nil
}

// Lost says which runs the test said had ended.
func (b *bell) Lost(context.Context, time.Time) ([]string, error) { return b.lost, nil }

// Start notes that the order's first run was started.
func (b *bell) Start(_ context.Context, o order.Order) error {
	b.started = append(b.started, o.ID)
	return nil
}

// Tell notes the fact, or fails for an order that cannot be reached.
func (b *bell) Tell(_ context.Context, o order.Order, f order.Fact, revive bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken[o.ID] {
		return fault.New(fault.Unavailable, "Temporal does not answer for %s", o.ID)
	}
	b.rang = append(b.rang, told{o.ID, f, revive})
	return nil
}

// broom is a sweeper over real stores and a simulated Stripe.
type broom struct {
	*till
	*activities.Sweeper
	bell   *bell
	db     *driver.Database
	orders *mongo.Orders
	inbox  *mongo.PaymentInbox
}

func newBroom(t *testing.T) *broom {
	t.Helper()
	b := &broom{till: newTill(t), bell: &bell{state: map[string]order.RunState{}, broken: map[string]bool{}}, db: mongotest.Database(t)}
	b.orders, b.inbox = mongo.NewOrders(b.db, mongotest.Vault(t, b.db)), mongo.NewPaymentInbox(b.db)
	b.Sweeper = &activities.Sweeper{
		Orders: b.orders, Runs: b.bell, Cursors: mongo.NewCursors(b.db), Attempts: b.store, Gateways: payment.Gateways{"stripe": b.gateway},
		Inbox: b.inbox, Ledger: mongo.NewStock(b.db), Keys: mongo.NewIdempotency(b.db), Carts: mongo.NewCarts(b.db, mongotest.Vault(t, b.db)),
		Tickets: mongo.NewTickets(b.db, mongotest.Vault(t, b.db), func(kind, value string) string { return kind + "/" + value }), Sessions: mongo.NewSessions(b.db), Challenges: mongo.NewChallenges(b.db),
		Changes: mongo.NewCatalog(b.db, clock.System),
		Exports: mongo.NewExports(b.db, mongotest.Vault(t, b.db)), Imports: mongo.NewCatalogImports(b.db), Files: mongo.NewCatalogExports(b.db), FileRuns: files{b.bell}, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
		Accounts: mongo.NewAccounts(b.db, mongotest.Vault(t, b.db), func(kind, value string) string { return kind + "/" + value }),
		DataKeys: mongotest.Vault(t, b.db), LetterBox: mongo.NewLetterBox(b.db), Post: b.bell, Privacy: b.bell,
		Sales: mongo.NewSales(b.db), Misses: mongo.NewSearchMisses(b.db),
	}
	return b
}

func (b *broom) sweep(do func(context.Context, activities.SweepInput) (activities.SweepResult, error)) (activities.SweepResult, error) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(b.Sweeper)
	var result activities.SweepResult
	value, err := env.ExecuteActivity(do, activities.SweepInput{Age: time.Minute, CatchUpEvery: time.Minute})
	if err == nil {
		err = value.Get(&result)
	}
	return result, err
}

// write puts an order into the store, as its workflow left it.
func (b *broom) write(orderID string, p order.Projection) {
	b.t.Helper()
	_, err := b.orders.Create(b.t.Context(), order.Order{ID: orderID, Number: orderID, Policy: order.Scaled(), State: p})
	require.NoError(b.t, err)
}

// letter leaves a webhook in the inbox.
func (b *broom) letter(e payment.Event) {
	b.t.Helper()
	fresh, err := b.inbox.Put(b.t.Context(), "stripe", e, time.Now())
	require.NoError(b.t, err)
	require.True(b.t, fresh)
}

func (b *broom) waiting() int {
	b.t.Helper()
	letters, err := b.inbox.Waiting(b.t.Context(), 100)
	require.NoError(b.t, err)
	return len(letters)
}

// held is an order whose payment is held, and its attempt's word for it.
func (b *broom) held(p order.Projection) *sale {
	b.t.Helper()
	s := b.accepted(good)
	require.Equal(b.t, payment.Authorized, s.run(authorize, "").State)
	b.write(s.row.OrderID, p)
	return s
}

func TestDeliverFacts_FindsTheOrderByTheEventsWordOrByAskingTheProvider(t *testing.T) {
	t.Parallel()

	b := newBroom(t)
	s := b.held(order.Projection{Status: order.Placed, Open: true})
	ref := s.found().Ref
	b.letter(payment.Event{ID: "evt_1", Type: "charge.captured", Ref: ref, OrderID: s.row.OrderID, Claims: payment.StandsCaptured})
	b.letter(payment.Event{ID: "evt_2", Type: "charge.captured", Ref: ref, Claims: payment.StandsCaptured})
	result, err := b.sweep(b.DeliverFacts)
	require.NoError(t, err)
	require.Equal(t, 2, result.Told)
	require.ElementsMatch(t, []told{
		{s.row.OrderID, order.Fact{ID: "evt_1", Kind: order.FactWebhook}, true},
		{s.row.OrderID, order.Fact{ID: "evt_2", Kind: order.FactWebhook}, true},
	}, b.bell.rang)
	require.Zero(t, b.waiting())
	result, err = b.sweep(b.DeliverFacts)
	require.NoError(t, err)
	require.Zero(t, result.Told, "told once")
}

func TestDeliverFacts_WakesNobodyForWhatTheOrderKnows(t *testing.T) {
	t.Parallel()

	b := newBroom(t)
	s := b.held(order.Projection{Status: order.Placed, Open: true})
	b.letter(payment.Event{ID: "evt_1", Ref: s.found().Ref, OrderID: s.row.OrderID, Claims: payment.StandsHeld})
	_, err := b.sweep(b.DeliverFacts)
	require.NoError(t, err)
	require.Empty(t, b.bell.rang)
	require.Zero(t, b.waiting())
}

func TestDeliverFacts_WakesAnOrderThatIsOverForMoneyOnly(t *testing.T) {
	t.Parallel()

	b := newBroom(t)
	over := order.Projection{Status: order.Expired, Open: false}
	empty := b.accepted(bank)
	require.Equal(t, payment.ActionRequired, empty.run(authorize, "").State)
	b.write(empty.row.OrderID, over)
	b.letter(payment.Event{ID: "evt_1", Ref: empty.found().Ref, OrderID: empty.row.OrderID, Claims: payment.StandsVoided})

	late := b.accepted(good)
	opened := b.gateway.Open(t.Context(), payment.OpenRequest{OpID: late.row.OpID(payment.OpOpen), OrderID: late.row.OrderID, AttemptID: late.row.ID, Amount: price})
	require.Equal(t, payment.Yes, opened.Outcome)
	paid := b.gateway.Authorize(t.Context(), payment.AuthorizeRequest{OpID: late.row.OpID(payment.OpAuthorize), Ref: opened.Picture.Ref, Method: good, ReturnURL: late.row.ReturnURL})
	require.Equal(t, payment.StandsHeld, paid.Picture.Standing)
	b.write(late.row.OrderID, over)
	b.letter(payment.Event{ID: "evt_2", Ref: opened.Picture.Ref, OrderID: late.row.OrderID, Claims: payment.StandsHeld})

	b.letter(payment.Event{ID: "evt_3", Ref: "pi_3Yok", OrderID: late.row.OrderID, Claims: payment.StandsHeld})

	_, err := b.sweep(b.DeliverFacts)
	require.NoError(t, err)
	require.Equal(t, []told{{late.row.OrderID, order.Fact{ID: "evt_2", Kind: order.FactWebhook}, true}}, b.bell.rang)
	require.Zero(t, b.waiting())
}

func TestDeliverFacts_ArchivesWhatBelongsToNoOrderOfOurs(t *testing.T) {
	t.Parallel()

	b := newBroom(t)
	foreign := b.gateway.Open(t.Context(), payment.OpenRequest{OpID: "baska-dukkan-1", Amount: price})
	require.Equal(t, payment.Yes, foreign.Outcome)
	b.letter(payment.Event{ID: "evt_1", Ref: "pi_1", OrderID: "ord_yok", Claims: payment.StandsHeld})
	b.letter(payment.Event{ID: "evt_2", Ref: foreign.Picture.Ref, Claims: payment.StandsHeld})
	b.letter(payment.Event{ID: "evt_3", Ref: "pi_3Yok", Claims: payment.StandsHeld})
	_, err := b.sweep(b.DeliverFacts)
	require.NoError(t, err)
	require.Empty(t, b.bell.rang)
	require.Zero(t, b.waiting())
	fresh, err := b.inbox.Put(t.Context(), "stripe", payment.Event{ID: "evt_1"}, time.Now())
	require.NoError(t, err)
	require.False(t, fresh, "archived, not forgotten")
}

func TestDeliverFacts_OneOrderThatCannotBeReachedHoldsUpNoOther(t *testing.T) {
	t.Parallel()

	b := newBroom(t)
	for _, id := range []string{"ord_a", "ord_b", "ord_c"} {
		b.write(id, order.Projection{Status: order.PaymentUnknown, Open: true})
		b.letter(payment.Event{ID: "evt_" + id, Ref: "pi_" + id, OrderID: id, Claims: payment.StandsHeld})
	}
	b.bell.broken["ord_a"] = true
	_, err := b.sweep(b.DeliverFacts)
	require.ErrorContains(t, err, "ord_a")
	require.Len(t, b.bell.rang, 2)
	require.Equal(t, 1, b.waiting(), "it is tried again")
	b.bell.broken["ord_a"] = false
	_, err = b.sweep(b.DeliverFacts)
	require.NoError(t, err)
	require.Len(t, b.bell.rang, 3)
	require.Zero(t, b.waiting())
}

func TestCatchUpEvents_PutsWhatALostWebhookWouldHaveToldIntoTheInboxOnce(t *testing.T) {
	t.Parallel()

	b := newBroom(t)
	b.held(order.Projection{Status: order.PaymentUnknown, Open: true})
	first, err := b.sweep(b.CatchUpEvents)
	require.NoError(t, err)
	require.Positive(t, first.Found)
	require.Equal(t, first.Found, b.waiting())
	again, err := b.sweep(b.CatchUpEvents)
	require.NoError(t, err)
	require.Zero(t, again.Found)
	_, err = b.sweep(b.DeliverFacts)
	require.NoError(t, err)
	again, err = b.sweep(b.CatchUpEvents)
	require.NoError(t, err)
	require.Zero(t, again.Found, "delivered is known too")
}

func TestReopenLostOrders_StartsWhatHasNoRunAndLeavesTheRest(t *testing.T) {
	t.Parallel()

	b := newBroom(t)
	p := func(status order.Status, rev int64, open bool) order.Projection {
		return order.Projection{Status: status, Open: open, Rev: rev, Run: "run-1"}
	}
	b.write("ord_a", p(order.PaymentUnknown, 3, true))
	b.write("ord_b", p(order.Pending, 0, true))
	b.write("ord_c", p(order.Placed, 5, true))
	b.write("ord_d", p(order.Reserved, 2, true))
	b.write("ord_e", p(order.Expired, 4, false))
	b.bell.state = map[string]order.RunState{
		"ord_a": order.RunClosed, "ord_b": order.RunMissing, "ord_c": order.RunMissing, "ord_d": order.RunRunning, "ord_e": order.RunClosed,
	}
	result, err := b.sweep(b.ReopenLostOrders)
	require.NoError(t, err)
	require.Positive(t, result.Reopened)
	require.Contains(t, b.bell.started, "ord_b", "it never had a run")
	require.ElementsMatch(t, []string{"ord_a", "ord_c"}, b.bell.rung())
}

// rung returns the orders that were told of something, each once.
func (b *bell) rung() []string {
	ids := []string{}
	for _, r := range b.rang {
		if !slices.Contains(ids, r.orderID) {
			ids = append(ids, r.orderID)
		}
	}
	return ids
}

func TestReopenLostOrders_LooksAtAYoungOrderOnceWhenItHasComeOfAge(t *testing.T) {
	t.Parallel()

	b := newBroom(t)
	b.bell.state = map[string]order.RunState{"ord_a": order.RunRunning, "ord_b": order.RunMissing}
	b.write("ord_a", order.Projection{Status: order.Placed, Rev: 3, Open: true})
	_, err := b.orders.Create(t.Context(), order.Order{
		ID: "ord_b", Number: "ord_b", Policy: order.Scaled(), AcceptedAt: time.Now(), State: order.Projection{Status: order.Pending, Open: false},
	})
	require.NoError(t, err)
	first, err := b.sweep(b.ReopenLostOrders)
	require.NoError(t, err)
	require.Equal(t, 2, first.Looked, "ord_a: as one that has come of age, and on the walk over open ones")
	again, err := b.sweep(b.ReopenLostOrders)
	require.NoError(t, err)
	require.Equal(t, 1, again.Looked, "the walk over open ones begins again")
	position, err := b.Cursors.Cursor(t.Context(), "sweep/young")
	require.NoError(t, err)
	require.Equal(t, "ord_a", position, "ord_b is too young")
}

func TestReopenLostOrders_RemindsARunningOrderOfACancelThatItsResetForgot(t *testing.T) {
	t.Parallel()

	b := newBroom(t)
	b.bell.state = map[string]order.RunState{"ord_a": order.RunRunning}
	_, err := b.orders.Create(t.Context(), order.Order{
		ID: "ord_a", Number: "ord_a", Policy: order.Scaled(), State: order.Projection{Status: order.Placed, Rev: 3, Run: "run-2", Open: true},
		CancelAsked: &order.CancelWanted{By: "customer", Command: "cancel-1"},
	})
	require.NoError(t, err)
	b.bell.lost = []string{"ord_a", "ord_gone"}
	result, err := b.sweep(b.ReopenLostOrders)
	require.NoError(t, err)
	require.Zero(t, result.Reopened)
	require.Equal(t, []string{"ord_a"}, b.bell.rung())
	require.Equal(t, order.Fact{ID: "cancel-1", Kind: order.FactCancelWanted, By: "customer"}, b.bell.rang[0].fact)
}

func TestRemoveOld_ForgetsWhatIsOver(t *testing.T) {
	t.Parallel()

	b := newBroom(t)
	ctx, now := t.Context(), time.Now()
	for id, keep := range map[string]time.Duration{"old": -time.Minute, "young": time.Hour} {
		_, fresh, err := b.Keys.Begin(ctx, idempotency.Record{ID: id, BodyHash: "h", CreatedAt: now.Add(-2 * time.Hour), KeepUntil: now.Add(keep)})
		require.NoError(t, err)
		require.True(t, fresh)
	}
	for id, touched := range map[string]time.Time{"crt_old": now.Add(-cart.KeepIdle - time.Hour), "crt_young": now} {
		c, err := cart.New(id, "TRY", "tr", touched)
		require.NoError(t, err)
		require.NoError(t, b.Carts.Create(ctx, c))
	}
	for id, at := range map[string]time.Time{"tkt_old": now.Add(-identity.KeepTickets - time.Hour), "tkt_young": now} {
		require.NoError(t, b.Tickets.Issue(ctx, identity.Ticket{ID: id, Kind: identity.Reset, CreatedAt: at}))
	}
	for id, at := range map[string]time.Time{"ses_old": now.Add(-identity.SessionLife - time.Hour), "ses_young": now} {
		require.NoError(t, b.Sessions.Start(ctx, identity.Session{ID: id, RotatedAt: at}))
	}
	for id, made := range map[string]time.Time{"pkc_old": now.Add(-identity.ChallengeLife - time.Minute), "pkc_young": now} {
		require.NoError(t, b.Challenges.Put(ctx, identity.Challenge{ID: id, For: identity.UsePasskey, CreatedAt: made}))
	}
	// Those that took a day to make can be fetched for as long as any.
	for id, ready := range map[string]time.Time{"exp_old": now.Add(-identity.KeepExports - time.Minute), "exp_late": now.Add(time.Minute - identity.ExportLife), "exp_wanted": {}, "exp_never": {}} {
		e := identity.Export{ID: id, AccountID: "usr_1", AskedAt: now.Add(-identity.KeepExports - 24*time.Hour)}
		if id == "exp_never" {
			e.AskedAt = now.Add(-identity.KeepWanted - time.Minute)
		}
		require.NoError(t, b.Exports.Ask(ctx, e))
		if !ready.IsZero() {
			_, err := b.Exports.Keep(ctx, e, []byte("PK"), ready)
			require.NoError(t, err)
		}
	}
	for at, id := range map[time.Time]string{now.Add(-catalog.KeepChanges - time.Hour): "prd_old", now: "prd_young"} {
		_, err := b.db.Collection("catalog_changes").InsertOne(ctx, catalog.Change{ID: fmt.Sprintf("%015d/%s/1", at.UnixMilli(), id), ProductID: id, Revision: 1, At: at})
		require.NoError(t, err)
	}
	month := now.Add(-catalog.KeepImports - time.Minute)
	for _, made := range []time.Time{month, now} {
		_, err := b.Imports.Begin(ctx, catalog.Import{ID: id.Fixed(catalog.ImportPrefix, made, ""), CreatedAt: made}, []byte("product,sku"))
		require.NoError(t, err)
		_, err = b.Files.Ask(ctx, catalog.Export{ID: id.Fixed(catalog.ExportPrefix, made, ""), AskedAt: made})
		require.NoError(t, err)
	}
	result, err := b.sweep(b.RemoveOld)
	require.NoError(t, err)
	require.Equal(t, 10, result.Removed)
	_, err = b.Imports.Find(ctx, id.Fixed(catalog.ImportPrefix, month, ""))
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = b.Files.Find(ctx, id.Fixed(catalog.ExportPrefix, now, ""))
	require.NoError(t, err)
	late, err := b.Exports.Find(ctx, "exp_late")
	require.NoError(t, err)
	require.True(t, late.Ready(now))
	_, err = b.Exports.Chunk(ctx, late, 0)
	require.NoError(t, err)
	_, err = b.Exports.Find(ctx, "exp_wanted")
	require.NoError(t, err, "the law gives a month, and somebody still mends what makes it")
	for _, gone := range []string{"exp_old", "exp_never"} {
		_, err = b.Exports.Find(ctx, gone)
		require.True(t, fault.Is(err, fault.NotFound), gone)
	}
	_, err = b.Tickets.Find(ctx, "tkt_old")
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = b.Sessions.Find(ctx, "ses_young")
	require.NoError(t, err)
	_, err = b.Challenges.Take(ctx, "pkc_young", identity.UsePasskey, "", now)
	require.NoError(t, err)
	_, err = b.Carts.Find(ctx, "crt_old")
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = b.Carts.Find(ctx, "crt_young")
	require.NoError(t, err)
	again, err := b.sweep(b.RemoveOld)
	require.NoError(t, err)
	require.Zero(t, again.Removed, "not every round")
}
