package activities_test

import (
	"bytes"
	"context"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.temporal.io/sdk/testsuite"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
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
		Orders: mongo.NewOrders(db, vault), Attempts: mongo.NewAttempts(db), Carts: mongo.NewCarts(db, vault), Exports: mongo.NewExports(db, vault), Keys: vault, OrderEmail: func(email string) string { return identity.OrderEmail(lookup.Key, email) }, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
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
		require.NotEmpty(t, due.AskedID)
		require.Equal(t, activities.ErasureStep{ErasureID: "era_2", LetterID: "let_2", AskedID: due.AskedID}, due)
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
	require.ErrorContains(t, err, "still needs its contact")
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

func TestEraseOrders_KeepsInvoicesOfWhatWasPaidOnly(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	for id, captured := range map[string]int64{"ord_paid": 4_990, "ord_expired": 0} {
		_, err := a.Orders.Create(t.Context(), order.Order{
			ID: id, Number: id, CustomerID: "usr_1", Contact: order.Contact{Name: "Şükrü Işık"}, Invoice: &order.Invoice{Name: "Şükrü Işık"}, AcceptedAt: time.Now(),
		})
		require.NoError(t, err)
		attempt := payment.New(id, "checkout", time.Now())
		attempt.Captured = captured
		require.NoError(t, a.Attempts.Create(t.Context(), attempt))
	}
	for range 2 {
		_, err := forgets(a, a.EraseOrders, activities.PrivacyInput{AccountID: "usr_1"})
		require.NoError(t, err)
	}
	for id, kept := range map[string]bool{"ord_paid": true, "ord_expired": false} {
		o, err := a.Orders.Find(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, kept, o.Invoice != nil, id)
	}
}

func TestCountOpenOrders_CountsThoseThatAPersonHasToDealWith(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	for id, reason := range map[string]order.Reason{"ord_refund": order.ReasonRefundFailed, "ord_bounced": order.ReasonMailBounced} {
		_, err := a.Orders.Create(t.Context(), order.Order{
			ID: id, Number: id, CustomerID: "usr_1", State: order.Projection{Attention: order.NewAttention(reason, time.Now())},
		})
		require.NoError(t, err)
	}
	counted, err := forgets(a, a.CountOpenOrders, activities.PrivacyInput{AccountID: "usr_1"})
	require.NoError(t, err)
	require.Equal(t, activities.OrdersStep{Orders: 2, Open: 1}, counted)
}

func TestCloseAccount_TakesInWhatTheOwnerBoughtAsAGuestAndEndsTheirSessions(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.account("usr_1", &identity.Erasure{ID: "era_1", Due: time.Now()})
	require.NoError(t, a.Sessions.Start(t.Context(), identity.Session{ID: "ses_1", AccountID: "usr_1", SignedIn: time.Now(), RotatedAt: time.Now()}))
	_, err := a.Orders.Create(t.Context(), order.Order{ID: "ord_1", Number: "1", CustomerID: order.Guest, EmailKey: a.OrderEmail("USR_1@example.com")})
	require.NoError(t, err)
	_, err = forgets(a, a.CloseAccount, activities.PrivacyInput{AccountID: "usr_1"})
	require.NoError(t, err)
	o, err := a.Orders.Find(t.Context(), "ord_1")
	require.NoError(t, err)
	require.Equal(t, "usr_1", o.CustomerID)
	open, err := a.Sessions.Of(t.Context(), "usr_1")
	require.NoError(t, err)
	require.Empty(t, open)
}

func TestEraseAccount_LeavesNothingThatOpensOrLeadsToTheOwner(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	ctx, now := t.Context(), time.Now().UTC().Truncate(time.Millisecond)
	a.account("usr_1", &identity.Erasure{ID: "era_1", Due: now})
	for ticketID, account := range map[string]string{"tkt_bound": "usr_1", "tkt_asked": ""} {
		require.NoError(t, a.Tickets.Issue(ctx, identity.Ticket{ID: ticketID, AccountID: account, Personal: identity.Person{Email: "usr_1@example.com"}, CreatedAt: now}))
	}
	e := identity.Export{ID: "exp_1", AccountID: "usr_1", AskedAt: now}
	require.NoError(t, a.Exports.Ask(ctx, e))
	_, err := a.Exports.Keep(ctx, e, []byte("Şükrü Işık"), now)
	require.NoError(t, err)
	_, err = forgets(a, a.CloseAccount, activities.PrivacyInput{AccountID: "usr_1"})
	require.NoError(t, err)
	_, err = forgets(a, a.EraseAccount, activities.PrivacyInput{AccountID: "usr_1"})
	require.NoError(t, err)

	for _, ticketID := range []string{"tkt_bound", "tkt_asked"} {
		_, err = a.Tickets.Find(ctx, ticketID)
		require.True(t, fault.Is(err, fault.NotFound), ticketID)
	}
	_, err = a.Exports.Find(ctx, "exp_1")
	require.True(t, fault.Is(err, fault.NotFound))
	for collection, left := range map[string]int64{"tickets": 0, "exports": 0, "export_chunks": 0, "account_emails": 0, "person_keys": 1} {
		n, err := a.db.Collection(collection).CountDocuments(ctx, bson.D{})
		require.NoError(t, err)
		require.Equal(t, left, n, collection)
	}
	opens, err := a.db.Collection("person_keys").CountDocuments(ctx, bson.D{{Key: "wrapped", Value: bson.D{{Key: "$exists", Value: true}}}})
	require.NoError(t, err)
	require.Zero(t, opens, "what is left is the word that there was one")
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
