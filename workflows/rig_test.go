package workflows_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
	"github.com/bedesten/bedesten/workflows"
)

// rig is shared by all tests of the package: real Temporal, real stores, real
// HTTP to the simulator. Orders do not share SKUs unless a test wants it.
var rig *lab.Lab

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		os.Exit(m.Run())
	}
	code, err := withRig(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "workflows:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

// needsRig leaves a test to `make test`: whole orders take longer than `make check`
// may, which replays every recording of them.
func needsRig(t *testing.T) {
	t.Helper()
	if rig == nil {
		t.Skip("needs devstack")
	}
}

func withRig(m *testing.M) (code int, err error) {
	ctx := context.Background()
	if rig, err = lab.Start(ctx, lab.Options{Child: os.Stderr, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}); err != nil {
		return 1, err
	}
	defer func() {
		if stopErr := rig.Stop(); err == nil {
			err = stopErr
		}
	}()
	if err := rig.StartWorker(ctx); err != nil {
		return 1, err
	}
	code = m.Run()
	// Whatever the tests did, nothing may be lost, doubled or forgotten.
	report, err := rig.App.Auditor(30 * time.Second).Run(ctx)
	if err == nil && !report.Clean() && code == 0 {
		err = errors.New("the audit after the tests is not clean:\n" + report.String())
	}
	return code, err
}

// buyer is one accepted checkout on its way.
type buyer struct {
	t     *testing.T
	order order.Order
	sku   string
}

type basket struct {
	method string
	sku    string
	units  int64    // in stock; the order takes two
	also   []string // further SKUs, which are in stock
	policy *order.Policy
	// customer is whose order it is; a guest's when empty.
	customer string
	// contact is who it goes to; the resident when nil.
	contact *order.Contact
}

const quantity = 2

// resident is who everything is sent to.
var resident = order.Contact{
	Name: "Işıl Özgür", Email: "isil.ozgur@example.com", Phone: "+905321234567",
	Address: order.Address{Line1: "İnönü Cad. 12/4", District: "Beyoğlu", Province: "İstanbul", Postcode: "34437", Country: "TR"},
}

// checkout stocks a SKU, writes an accepted order and starts its run.
func checkout(t *testing.T, b basket) *buyer {
	t.Helper()
	bu := prepare(t, b)
	require.NoError(t, rig.App.Runs.Start(t.Context(), bu.order))
	return bu
}

func prepare(t *testing.T, b basket) *buyer {
	t.Helper()
	needsRig(t)
	ctx, now := t.Context(), rig.App.Clock()
	if b.sku == "" {
		b.sku = "FİNCAN-" + id.Number()
	}
	if b.units > 0 {
		op := stock.Op{ID: "receive-" + id.Number(), At: now}
		require.NoError(t, rig.App.Ledger.Receive(ctx, op, stock.Line{Location: stock.DefaultLocation, SKU: b.sku, Quantity: b.units}))
	}
	policy := rig.App.Policy
	if b.policy != nil {
		policy = *b.policy
	}
	contact := resident
	if b.contact != nil {
		contact = *b.contact
	}
	o := order.Order{
		ID: id.New(id.Order, now), Number: id.Number(), CartID: id.New(id.Cart, now), CustomerID: cmp.Or(b.customer, order.Guest), Language: "tr",
		Contact: contact, AcceptedAt: now, Policy: policy, Quote: quote(t, append([]string{b.sku}, b.also...)...),
	}
	attempt := payment.New(o.ID, "checkout", now)
	attempt.Provider, attempt.Amount, attempt.Method = "stripe", o.Quote.Total, b.method
	attempt.ReturnURL = "https://shop.example/donus"
	attempt = attempt.WriteAhead()
	o.State = order.Projection{
		Status: order.Pending, AttemptID: attempt.ID, Open: true, UpdatedAt: now, Commands: map[string]order.CommandResult{},
		Attempts: map[string]order.AttemptSummary{attempt.ID: {Provider: "stripe", State: string(payment.Created), Amount: o.Quote.Total}},
	}
	_, err := rig.App.Claims.Claim(ctx, order.CartKey(o.CartID), o.ID)
	require.NoError(t, err)
	created, err := rig.App.Orders.Create(ctx, o)
	require.NoError(t, err)
	require.True(t, created)
	require.NoError(t, rig.App.Attempts.Create(ctx, attempt))
	return &buyer{t: t, order: o, sku: b.sku}
}

func quote(t *testing.T, skus ...string) order.Quote {
	t.Helper()
	q := order.Quote{Currency: "TRY", Discount: money.Of(0, "TRY"), Shipping: money.Of(0, "TRY")}
	for _, sku := range skus {
		q.Lines = append(q.Lines, order.QuoteLine{
			SKU: sku, Title: "Altılı Türk kahvesi fincanı", Quantity: quantity, UnitPrice: money.Of(62_495, "TRY"),
			Discount: money.Of(0, "TRY"), Total: money.Of(124_990, "TRY"), TaxPercent: 20, Tax: money.Of(20_832, "TRY"), ShippingShare: money.Of(0, "TRY"), WeightGrams: 900,
		})
	}
	lines := int64(len(skus))
	q.Subtotal, q.Tax, q.Total = money.Of(lines*124_990, "TRY"), money.Of(lines*20_832, "TRY"), money.Of(lines*124_990, "TRY")
	hash, err := q.Fingerprint()
	require.NoError(t, err)
	q.Hash = hash
	require.NoError(t, q.Check())
	return q
}

// reaches waits until the order's document shows one of the states.
func (b *buyer) reaches(states ...order.Status) order.Projection {
	b.t.Helper()
	var last order.Projection
	require.Eventually(b.t, func() bool {
		o, err := rig.App.Orders.Find(context.Background(), b.order.ID)
		last = o.State
		if err != nil {
			return false
		}
		for _, s := range states {
			if last.Status == s || s == order.Placed && goesOn(last.Status) {
				return true
			}
		}
		return false
	}, 40*time.Second, 20*time.Millisecond, "order %s stands at %s", b.order.ID, last.Status)
	return last
}

// goesOn reports whether an order in s was placed and goes on: it stands at
// placed for a moment only.
func goesOn(s order.Status) bool {
	return s == order.Processing || s == order.Fulfilled || s == order.Completed
}

// closes waits until the order's run is over.
func (b *buyer) closes() {
	b.t.Helper()
	require.NoError(b.t, rig.App.Temporal.GetWorkflow(b.t.Context(), workflows.OrderID(b.order.ID), "").Get(b.t.Context(), nil))
}

func (b *buyer) update(name, updateID string, arg any) (workflows.Answer, error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	opts := client.UpdateWorkflowOptions{
		WorkflowID: workflows.OrderID(b.order.ID), UpdateID: updateID, UpdateName: name, WaitForStage: client.WorkflowUpdateStageCompleted,
	}
	if arg != nil {
		opts.Args = []any{arg}
	}
	handle, err := rig.App.Temporal.UpdateWorkflow(ctx, opts)
	if err != nil {
		return workflows.Answer{}, err
	}
	var answer workflows.Answer
	err = handle.Get(ctx, &answer)
	return answer, err
}

func (b *buyer) nextCard(method string) workflows.AttemptCommand {
	b.t.Helper()
	now := rig.App.Clock()
	attempt := payment.New(b.order.ID, "card-"+id.Number(), now)
	attempt.Provider, attempt.Amount, attempt.Method, attempt.ReturnURL = "stripe", b.order.Quote.Total, method, "https://shop.example/donus"
	attempt = attempt.WriteAhead()
	require.NoError(b.t, rig.App.Attempts.Create(b.t.Context(), attempt))
	return workflows.AttemptCommand{AttemptID: attempt.ID, Provider: "stripe"}
}

func (b *buyer) level() stock.Level {
	b.t.Helper()
	levels, err := rig.App.Ledger.Levels(b.t.Context(), stock.DefaultLocation, []string{b.sku})
	require.NoError(b.t, err)
	return levels[b.sku]
}

// books returns what the provider holds for the order.
func (b *buyer) books() []stripe.Book {
	var mine []stripe.Book
	for _, book := range rig.Stripe.Books() {
		if book.Metadata["order_id"] == b.order.ID {
			mine = append(mine, book)
		}
	}
	return mine
}

func (b *buyer) fault(op string, kind sim.Kind, times int) {
	b.t.Helper()
	_, err := rig.Stripe.AddFault(sim.Fault{
		Kind: kind, Times: times, Match: sim.Match{Operation: op, Metadata: map[string]string{"order_id": b.order.ID}},
	})
	require.NoError(b.t, err)
}

func (b *buyer) story() []order.EntryKind {
	entries, err := rig.App.Orders.Timeline(b.t.Context(), b.order.ID)
	require.NoError(b.t, err)
	kinds := make([]order.EntryKind, len(entries))
	for i, e := range entries {
		kinds[i] = e.Kind
	}
	return kinds
}
