package activities_test

import (
	"bytes"
	"context"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.temporal.io/sdk/testsuite"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/seal"
)

// archive is what forgets people, over real stores.
type archive struct {
	*activities.Privacy
	t     *testing.T
	db    *driver.Database
	vault *mongo.Vault
}

func newArchive(t *testing.T) *archive {
	t.Helper()
	db := mongotest.Database(t)
	vault := mongotest.Vault(t, db)
	lookup, err := seal.NewLookup(bytes.Repeat([]byte("l"), seal.KeyBytes))
	require.NoError(t, err)
	return &archive{t: t, db: db, vault: vault, Privacy: &activities.Privacy{
		Accounts: mongo.NewAccounts(db, vault, lookup.Key), Sessions: mongo.NewSessions(db), Tickets: mongo.NewTickets(db, vault, lookup.Key), Passkeys: mongo.NewPasskeyOwners(db),
		Orders: mongo.NewOrders(db, vault), Carts: mongo.NewCarts(db, vault), Exports: mongo.NewExports(db, vault), Keys: vault, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
	}}
}

func (a *archive) account(id string, e *identity.Erasure) {
	a.t.Helper()
	require.NoError(a.t, a.Accounts.Create(a.t.Context(), identity.Account{
		ID: id, Personal: identity.Person{Email: id + "@example.com", Name: "Şükrü Işık"}, Erasure: e, Rev: 1, CreatedAt: time.Now(),
	}))
}

func (a *archive) order(id, customer string, open bool) {
	a.t.Helper()
	_, err := a.Orders.Create(a.t.Context(), order.Order{
		ID: id, Number: id, CartID: "crt_" + id, CustomerID: order.Guest, EmailKey: "k", Contact: order.Contact{Name: "Şükrü Işık"}, State: order.Projection{Open: open},
	})
	require.NoError(a.t, err)
	_, err = a.Orders.ClaimGuests(a.t.Context(), "k", customer)
	require.NoError(a.t, err)
}

func forgets[T any](a *archive, run func(context.Context, activities.PrivacyInput) (T, error), in activities.PrivacyInput) (result T, err error) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(a.Privacy)
	value, err := env.ExecuteActivity(run, in)
	if err == nil {
		err = value.Get(&result)
	}
	return result, err
}

func TestCloseAccount_WaitsUntilTheErasureIsDueAndAsksTheRow(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	now := time.Now()
	a.account("usr_later", &identity.Erasure{ID: "era_1", Due: now.Add(time.Hour)})
	a.account("usr_due", &identity.Erasure{ID: "era_2", Due: now.Add(-time.Second)})
	a.account("usr_stays", nil)
	later, err := forgets(a, a.CloseAccount, activities.PrivacyInput{AccountID: "usr_later"})
	require.NoError(t, err)
	require.InDelta(t, time.Hour, later.Wait, float64(time.Minute))
	stays, err := forgets(a, a.CloseAccount, activities.PrivacyInput{AccountID: "usr_stays"})
	require.NoError(t, err)
	require.True(t, stays.Withdrawn)
	for range 2 {
		due, err := forgets(a, a.CloseAccount, activities.PrivacyInput{AccountID: "usr_due"})
		require.NoError(t, err)
		require.Equal(t, activities.ErasureStep{ErasureID: "era_2", LetterID: "let_2"}, due)
	}
	for id, open := range map[string]bool{"usr_later": true, "usr_stays": true, "usr_due": false} {
		found, err := a.Accounts.Find(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, open, found.Open(), id)
	}
}

func TestEraseOrders_TouchesNoOrderOfAnybodyElseAndNoneThatRuns(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.order("ord_1", "usr_1", false)
	a.order("ord_2", "usr_2", false)
	a.order("ord_3", "usr_3", true)
	for range 2 {
		done, err := forgets(a, a.EraseOrders, activities.PrivacyInput{AccountID: "usr_1"})
		require.NoError(t, err)
		require.Equal(t, activities.OrdersStep{Orders: 1}, done)
	}
	_, err := forgets(a, a.EraseOrders, activities.PrivacyInput{AccountID: "usr_3"})
	require.ErrorContains(t, err, "still runs")
	for id, erased := range map[string]bool{"ord_1": true, "ord_2": false, "ord_3": false} {
		o, err := a.Orders.Find(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, erased, o.Erased, id)
		require.Equal(t, erased, o.EmailKey == "", id)
		require.Equal(t, erased, o.Contact.IsZero(), id)
	}
}

func TestEraseOrders_WalksThroughAllOfThem(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	for n := range 45 {
		a.order("ord_"+strconv.Itoa(100+n), "usr_1", n == 3)
	}
	orders, open, in := 0, 0, activities.PrivacyInput{AccountID: "usr_1"}
	for more := true; more; more = in.Before != "" {
		counted, err := forgets(a, a.CountOpenOrders, in)
		require.NoError(t, err)
		orders, open, in.Before = orders+counted.Orders, open+counted.Open, counted.Next
	}
	require.Equal(t, []int{45, 1}, []int{orders, open})
}

// Whatever step a process dies behind, the next try finishes, and others keep what
// is theirs.
func TestEraseAccount_GoesOnWhereItWasCutOff(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	ctx := t.Context()
	now := time.Now()
	a.account("usr_1", &identity.Erasure{ID: "era_1", Due: now})
	a.account("usr_2", nil)
	for _, owner := range []string{"usr_1", "usr_2"} {
		require.NoError(t, a.Passkeys.Claim(ctx, "key-"+owner, owner))
		require.NoError(t, a.Sessions.Start(ctx, identity.Session{ID: "ses_" + owner, AccountID: owner}))
		require.NoError(t, a.Tickets.Issue(ctx, identity.Ticket{ID: "tkt_x" + owner, Personal: identity.Person{Email: owner + "@example.com"}, CreatedAt: now}))
	}
	_, err := forgets(a, a.EraseAccount, activities.PrivacyInput{AccountID: "usr_1"})
	require.ErrorContains(t, err, "is open")
	_, err = forgets(a, a.CloseAccount, activities.PrivacyInput{AccountID: "usr_1"})
	require.NoError(t, err)
	require.NoError(t, a.Accounts.Erase(ctx, "usr_1", now), "as one that died behind it")
	for range 2 {
		_, err = forgets(a, a.EraseAccount, activities.PrivacyInput{AccountID: "usr_1"})
		require.NoError(t, err)
	}
	_, err = a.Passkeys.Owner(ctx, "key-usr_1")
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = a.Sessions.Find(ctx, "ses_usr_1")
	require.True(t, fault.Is(err, fault.NotFound))
	owner, err := a.Passkeys.Owner(ctx, "key-usr_2")
	require.NoError(t, err)
	require.Equal(t, "usr_2", owner)
	_, err = a.Tickets.Find(ctx, "tkt_xusr_2")
	require.NoError(t, err)
	kept, err := a.Accounts.ByEmail(ctx, "usr_2@example.com")
	require.NoError(t, err)
	require.Equal(t, "Şükrü Işık", kept.Personal.Name)
}
