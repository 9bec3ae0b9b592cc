package audit_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/audit"
	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/simulators/sim"
)

// rig is real Temporal, real stores and real HTTP to the simulator.
var rig *lab.Lab

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		os.Exit(m.Run())
	}
	code, err := withRig(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "audit:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

func withRig(m *testing.M) (code int, err error) {
	if rig, err = lab.Start(context.Background(), lab.Options{Child: os.Stderr}); err != nil {
		return 1, err
	}
	defer func() {
		if stopErr := rig.Stop(); err == nil {
			err = stopErr
		}
	}()
	if err := rig.StartAPI(context.Background()); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// TestAudit_NamesEveryPlantedViolation is sequential: every row plants in the
// same database, and takes back what it planted.
func TestAudit_NamesEveryPlantedViolation(t *testing.T) {
	if testing.Short() {
		t.Skip("needs devstack")
	}
	s := play(t)
	// Without a worker nobody mends what is planted, and nobody is told of it.
	rig.Stripe.SetWebhookURL("")
	rig.EasyPost.SetWebhookURL("")
	rig.SendGrid.SetWebhookURL("")
	require.NoError(t, errors.Join(rig.Stripe.Idle(t.Context()), rig.EasyPost.Idle(t.Context()), rig.SendGrid.Idle(t.Context())))
	requireClean(t, 30*time.Second)
	require.NoError(t, rig.StopWorker())
	requireClean(t, 0)

	for _, row := range violations() {
		t.Run(row.invariant+" when "+row.when, func(t *testing.T) {
			subject := row.plant(t, s)
			report, err := rig.App.Auditor(0).Run(t.Context())
			require.NoError(t, err)
			require.True(t, slices.ContainsFunc(report.Findings, func(f audit.Finding) bool {
				return f.Invariant == row.invariant && f.Subject == subject && f.Detail != ""
			}), "%s of %s was not named:\n%s", row.invariant, subject, report)
		})
	}
	requireClean(t, 0)
}

func requireClean(t *testing.T, patience time.Duration) {
	t.Helper()
	report, err := rig.App.Auditor(patience).Run(t.Context())
	require.NoError(t, err)
	require.True(t, report.Clean(), report.String())
}

func TestAudit_HasAPlantedViolationForEveryInvariant(t *testing.T) {
	t.Parallel()

	files, err := filepath.Glob("check*.go")
	require.NoError(t, err)
	source := []byte{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		source = append(source, raw...)
	}
	planted := map[string]bool{}
	for _, row := range violations() {
		planted[row.invariant] = true
	}
	named := regexp.MustCompile(`c\.find\("([a-z_.]+)"`).FindAllSubmatch(source, -1)
	require.NotEmpty(t, named)
	for _, name := range named {
		require.True(t, planted[string(name[1])], "no row plants %s", name[1])
	}
	require.Len(t, regexp.MustCompile(`c\.find\(`).FindAll(source, -1), len(named), "an invariant's name is a literal")
}

// scene is the baseline into which violations are planted: an order whose parcel
// waits in the house with its label, one that went to its good end, one that did
// so by a second card, one that was cancelled, and one that was never placed.
type scene struct {
	placed, completed, twoCards, cancelled, rejected *lab.Shopper
}

func play(t *testing.T) scene {
	t.Helper()
	s := scene{rejected: rejected(t)}
	s.placed, s.completed = labelled(t), tell(t, "placed")
	s.twoCards, s.cancelled = tell(t, "two_cards"), tell(t, "cancelled")
	return s
}

// labelled is an order whose parcel nobody packs.
func labelled(t *testing.T) *lab.Shopper {
	t.Helper()
	ctx := t.Context()
	sku, err := rig.FreshSKU(ctx, 10)
	require.NoError(t, err)
	p, err := rig.Shop().Fill(ctx, lab.Line{SKU: sku, Quantity: 2})
	require.NoError(t, err)
	_, err = p.Checkout(ctx, lab.Key(), "pm_card_visa")
	require.NoError(t, err)
	_, err = rig.Warehouse().Await(ctx, p.OrderID, 1, shipping.LabelCreated)
	require.NoError(t, err)
	return p
}

func tell(t *testing.T, name string) *lab.Shopper {
	t.Helper()
	all := lab.Stories()
	at := slices.IndexFunc(all, func(s lab.Story) bool { return s.Name == name })
	require.GreaterOrEqual(t, at, 0, name)
	p, _, err := all[at].Play(t.Context(), rig)
	require.NoError(t, err)
	return p
}

// rejected checks out while no worker is there, and somebody else takes a unit
// before the first one comes.
func rejected(t *testing.T) *lab.Shopper {
	t.Helper()
	ctx := t.Context()
	sku, err := rig.FreshSKU(ctx, 2)
	require.NoError(t, err)
	p, err := rig.Shop().Fill(ctx, lab.Line{SKU: sku, Quantity: 2})
	require.NoError(t, err)
	answered := make(chan error, 1)
	go func() {
		_, err := p.Checkout(ctx, lab.Key(), "pm_card_visa")
		answered <- err
	}()
	require.Eventually(t, func() bool { return accepted(ctx, p.CartID) }, 20*time.Second, 20*time.Millisecond)
	op := stock.Op{ID: "counted-" + sku, At: rig.App.Clock()}
	require.NoError(t, rig.App.Ledger.Adjust(ctx, op, stock.Line{Location: stock.DefaultLocation, SKU: sku, Quantity: -1}))
	require.NoError(t, rig.StartWorker(ctx))
	require.NoError(t, <-answered)
	_, err = p.Await(ctx, order.Rejected)
	require.NoError(t, err)
	return p
}

func accepted(ctx context.Context, cartID string) bool {
	orderID, err := rig.App.Claims.Owner(ctx, order.CartKey(cartID))
	if err == nil {
		_, err = rig.App.Orders.Find(ctx, orderID)
	}
	return err == nil
}

// change sets fields of a document until the row is over.
func change(t *testing.T, collection, id string, set bson.D) {
	t.Helper()
	rows, byID := rig.App.DB.Collection(collection), bson.D{{Key: "_id", Value: id}}
	var before bson.D
	require.NoError(t, rows.FindOne(t.Context(), byID).Decode(&before))
	_, err := rows.UpdateOne(t.Context(), byID, bson.D{{Key: "$set", Value: set}})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := rows.ReplaceOne(context.Background(), byID, before)
		require.NoError(t, err)
	})
}

// add inserts a document until the row is over.
func add(t *testing.T, collection, id string, fields ...bson.E) string {
	t.Helper()
	rows := rig.App.DB.Collection(collection)
	_, err := rows.InsertOne(t.Context(), append(bson.D{{Key: "_id", Value: id}}, fields...))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := rows.DeleteOne(context.Background(), bson.D{{Key: "_id", Value: id}})
		require.NoError(t, err)
	})
	return id
}

// TestAudit_ChecksTheRestWhenAProviderIsDown needs no planted row: whatever the
// orders are, the audit says what it could not compare.
func TestAudit_ChecksTheRestWhenAProviderIsDown(t *testing.T) {
	if testing.Short() {
		t.Skip("needs devstack")
	}
	fault, err := rig.Stripe.AddFault(sim.Fault{Kind: sim.Error500Before, Match: sim.Match{Operation: "payment_intent.list"}})
	require.NoError(t, err)
	require.NotEmpty(t, fault.ID)
	defer rig.Stripe.ClearFaults()
	report, err := rig.App.Auditor(0).Run(t.Context())
	require.NoError(t, err)
	require.Len(t, report.Unchecked, 1)
	require.False(t, report.Clean())
	require.Contains(t, report.String(), "NOT CHECKED: the books of stripe")
}
