package workflows_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/worker"
	"github.com/bedesten/bedesten/workflows"
)

// person is somebody with an account, of whom no word stands anywhere else in the
// rig.
type person struct {
	t       *testing.T
	account identity.Account
	words   []string
}

// settles makes an account with everything that a shopper's has.
func settles(t *testing.T, name, email string, words ...string) *person {
	t.Helper()
	needsRig(t)
	ctx, now := t.Context(), rig.App.Clock().UTC()
	p := &person{t: t, words: append(words, email)}
	ticket := identity.Ticket{ID: id.New(identity.TicketPrefix, now), Kind: identity.Register, Personal: identity.Person{Email: email, Name: name}, CreatedAt: now}
	require.NoError(t, rig.App.Tickets.Issue(ctx, ticket))
	p.account = identity.Account{
		ID: ticket.NewAccountID(), Language: "tr", PasswordHash: "x", PasswordAt: now, CartID: id.New(id.Cart, now), Rev: 1, CreatedAt: now, UpdatedAt: now,
		Personal: identity.Person{Email: email, Name: name, Phone: "+905331112233", Addresses: map[string]identity.Address{"adr_1": {Label: "Ev", Name: name}}},
		Passkeys: map[string]identity.Passkey{"cGs" + email[:4]: {Name: name + "’nin telefonu"}},
	}
	require.NoError(t, rig.App.Accounts.Create(ctx, p.account))
	require.NoError(t, rig.App.PasskeyOwners.Claim(ctx, "cGs"+email[:4], p.account.ID))
	require.NoError(t, rig.App.Tickets.Issue(ctx, identity.Ticket{ID: id.New(identity.TicketPrefix, now), Kind: identity.Reset, Personal: identity.Person{Email: email}, CreatedAt: now}))
	require.NoError(t, rig.App.Sessions.Start(ctx, identity.Session{ID: id.New(identity.SessionPrefix, now), AccountID: p.account.ID, Turn: 1, RotatedAt: now, SignedIn: now}))
	c, err := cart.New(p.account.CartID, "TRY", "tr", now)
	require.NoError(t, err)
	c.CustomerID, c.Contact = p.account.ID, &cart.Contact{Name: name, Email: email}
	require.NoError(t, rig.App.Carts.Create(ctx, c))
	return p
}

func (p *person) contact() order.Contact {
	c := resident
	c.Name, c.Email = p.account.Personal.Name, p.account.Personal.Email
	return c
}

// asks writes that the account is to be forgotten, and tells the workflow.
func (p *person) asks(after time.Duration) {
	p.t.Helper()
	ctx, now := p.t.Context(), rig.App.Clock().UTC()
	account, err := rig.App.Accounts.Find(ctx, p.account.ID)
	require.NoError(p.t, err)
	account.Erasure = &identity.Erasure{ID: id.New(identity.ErasurePrefix, now), AskedAt: now, Due: now.Add(after)}
	p.account, err = rig.App.Accounts.Save(ctx, account)
	require.NoError(p.t, err)
	require.NoError(p.t, worker.NewPrivacy(rig.App.Temporal, rig.App.Policy).Erase(ctx, p.account.ID))
}

func (p *person) result() workflows.ErasureResult {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 90*time.Second)
	defer cancel()
	var result workflows.ErasureResult
	require.NoError(p.t, rig.App.Temporal.GetWorkflow(ctx, workflows.ErasureID(p.account.ID), "").Get(ctx, &result))
	return result
}

// remembered returns where in the whole database the person's words stand.
func (p *person) remembered() []string {
	p.t.Helper()
	names, err := rig.App.DB.ListCollectionNames(p.t.Context(), bson.D{})
	require.NoError(p.t, err)
	var found []string
	for _, name := range names {
		var docs []bson.Raw
		require.NoError(p.t, mongo.NewRaw(rig.App.DB).All(p.t.Context(), name, &docs))
		for _, doc := range docs {
			if slices.ContainsFunc(p.words, func(word string) bool { return strings.Contains(string(doc), word) }) {
				found = append(found, name)
			}
		}
	}
	return found
}

// claims makes the order of b the person's, as claiming a guest's does.
func (p *person) claims(b *buyer) {
	p.t.Helper()
	_, err := rig.App.DB.Collection("orders").UpdateOne(p.t.Context(), bson.D{{Key: "_id", Value: b.order.ID}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "customer_id", Value: p.account.ID}, {Key: "email_key", Value: "anahtar"}}}})
	require.NoError(p.t, err)
}

func TestErasure_WaitsForOpenOrdersAndThenForgetsEverything(t *testing.T) {
	t.Parallel()
	p := settles(t, "Gülşah Çağlayan", "gulsah.caglayan@example.com", "Gülşah", "Çağlayan")
	contact := p.contact()
	guests := checkout(t, basket{method: "pm_card_threeDSecure2Required", units: 5, contact: &contact})
	own := checkout(t, basket{method: "pm_card_visa_chargeDeclined", units: 5, contact: &contact, customer: p.account.ID})
	p.claims(guests)
	require.Contains(t, p.remembered(), "accounts", "the test would see it")
	own.reaches(order.Reserved)

	p.asks(0)
	require.Eventually(t, func() bool {
		account, err := rig.App.Accounts.Find(context.Background(), p.account.ID)
		return err == nil && !account.Open()
	}, 20*time.Second, 50*time.Millisecond)
	for _, b := range []*buyer{guests, own} {
		o, err := rig.App.Orders.Find(t.Context(), b.order.ID)
		require.NoError(t, err)
		require.True(t, o.State.Open)
		require.Equal(t, p.account.Personal.Email, o.Contact.Email, "an order that runs has its contact")
	}
	account, err := rig.App.Accounts.Find(t.Context(), p.account.ID)
	require.NoError(t, err)
	require.True(t, account.ErasedAt.IsZero())

	require.Equal(t, workflows.ErasureResult{Orders: 2}, p.result())
	require.Empty(t, p.remembered())
	for _, b := range []*buyer{guests, own} {
		o, err := rig.App.Orders.Find(t.Context(), b.order.ID)
		require.NoError(t, err)
		require.False(t, o.State.Open, "not before it was over")
		require.True(t, o.Erased)
		require.Empty(t, o.EmailKey)
		require.Equal(t, p.account.ID, o.CustomerID)
		require.NotEmpty(t, o.Quote.Lines, "what was bought stays")
	}
	p.isGone()
	wrote, err := rig.App.Mails.FindMail(t.Context(), notify.ID(p.account.Erasure.LetterID(), notify.Kind(identity.NoticeErased), ""))
	require.NoError(t, err)
	require.NotEmpty(t, wrote.Tries, "the owner was told while their address was known")
	require.Eventually(t, func() bool {
		asked, err := rig.App.Mails.FindMail(context.Background(), notify.ID(p.account.Erasure.AskedLetterID(), notify.Kind(identity.NoticeErasureAsked), ""))
		return err == nil && len(asked.Tries) == 1
	}, 20*time.Second, 50*time.Millisecond, "and before, that it was asked for")
	(&buyer{t: t}).recordWorkflow("erasure/forgotten", workflows.ErasureID(p.account.ID), "")
	told, err := rig.StoredHistory(t.Context(), workflows.ErasureID(p.account.ID), "")
	require.NoError(t, err)
	require.NoError(t, rig.App.Codec.Reveal(t.Context(), told))
	text := said(t, told)
	require.Contains(t, text, p.account.ID, "it is decrypted")
	for _, word := range p.words {
		require.NotContains(t, text, word)
	}
}

// isGone looks at each store for what was the person's.
func (p *person) isGone() {
	p.t.Helper()
	ctx, t := p.t.Context(), p.t
	_, err := rig.App.Accounts.ByEmail(ctx, p.words[len(p.words)-1])
	require.True(t, fault.Is(err, fault.NotFound))
	left, err := rig.App.Accounts.Find(ctx, p.account.ID)
	require.NoError(t, err)
	require.Equal(t, identity.Person{}, left.Personal)
	require.Empty(t, left.Passkeys)
	require.False(t, left.ErasedAt.IsZero())
	_, err = rig.App.Carts.Find(ctx, p.account.CartID)
	require.True(t, fault.Is(err, fault.NotFound))
	sessions, err := rig.App.Sessions.Of(ctx, p.account.ID)
	require.NoError(t, err)
	require.Empty(t, sessions)
	for _, of := range []struct {
		collection string
		filter     bson.D
	}{
		{"passkeys", bson.D{{Key: "owner", Value: p.account.ID}}},
		{"sessions", bson.D{{Key: "account_id", Value: p.account.ID}}},
		{"account_emails", bson.D{{Key: "owner", Value: p.account.ID}}},
		{"person_keys", bson.D{{Key: "_id", Value: p.account.ID}, {Key: "wrapped", Value: bson.D{{Key: "$exists", Value: true}}}}},
	} {
		n, err := rig.App.DB.Collection(of.collection).CountDocuments(ctx, of.filter)
		require.NoError(t, err)
		require.Zero(t, n, of.collection)
	}
	again := identity.Account{ID: id.New(identity.AccountPrefix, rig.App.Clock()), Personal: identity.Person{Email: p.words[len(p.words)-1]}, Rev: 1}
	require.NoError(t, rig.App.Accounts.Create(ctx, again), "the address is anybody's again")
	_, err = rig.App.DB.Collection("accounts").DeleteOne(ctx, bson.D{{Key: "_id", Value: again.ID}})
	require.NoError(t, err)
}

func TestErasure_ThatWasWithdrawnForgetsNothingAndCanBeAskedForAgain(t *testing.T) {
	t.Parallel()
	p := settles(t, "Süreyya Ağaoğlu", "sureyya.agaoglu@example.com", "Süreyya")
	p.asks(time.Hour)
	account, err := rig.App.Accounts.Find(t.Context(), p.account.ID)
	require.NoError(t, err)
	account.Erasure = nil
	_, err = rig.App.Accounts.Save(t.Context(), account)
	require.NoError(t, err)
	require.NoError(t, worker.NewPrivacy(rig.App.Temporal, rig.App.Policy).Erase(t.Context(), p.account.ID))
	require.Equal(t, workflows.ErasureResult{Withdrawn: true}, p.result())
	(&buyer{t: t}).recordWorkflow("erasure/withdrawn", workflows.ErasureID(p.account.ID), "")
	account, err = rig.App.Accounts.Find(t.Context(), p.account.ID)
	require.NoError(t, err)
	require.True(t, account.Open())
	require.Equal(t, "Süreyya Ağaoğlu", account.Personal.Name)

	p.asks(0)
	require.Equal(t, workflows.ErasureResult{}, p.result())
	require.Empty(t, p.remembered())
}

func TestErasure_TakesExportsAwayThatWereMadeBefore(t *testing.T) {
	t.Parallel()
	p := settles(t, "Behiç Öğünç", "behic.ogunc@example.com", "Behiç")
	now := rig.App.Clock().UTC()
	e := identity.Export{ID: id.New(identity.ExportPrefix, now), AccountID: p.account.ID, AskedAt: now}
	require.NoError(t, rig.App.Exports.Ask(t.Context(), e))
	privacy := worker.NewPrivacy(rig.App.Temporal, rig.App.Policy)
	require.NoError(t, privacy.Export(t.Context(), e))
	require.NoError(t, privacy.Export(t.Context(), e), "asked for twice it is made once")
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	var made activities.ExportResult
	require.NoError(t, rig.App.Temporal.GetWorkflow(ctx, workflows.ExportID(p.account.ID, e.ID), "").Get(ctx, &made))
	require.Positive(t, made.Bytes)
	(&buyer{t: t}).recordWorkflow("export/made", workflows.ExportID(p.account.ID, e.ID), "")
	e, err := rig.App.Exports.Find(t.Context(), e.ID)
	require.NoError(t, err)
	require.True(t, e.Ready(now))
	told, err := rig.App.Mails.FindMail(t.Context(), notify.ID(e.TicketID(), notify.Kind(identity.NoticeExportReady), ""))
	require.NoError(t, err)
	require.NotEmpty(t, told.Tries)

	p.asks(0)
	p.result()
	_, err = rig.App.Exports.Find(t.Context(), e.ID)
	require.True(t, fault.Is(err, fault.NotFound))
	require.Empty(t, p.remembered())
}

func TestExport_ThatWasTerminatedIsMadeByAnotherRun(t *testing.T) {
	t.Parallel()
	p := settles(t, "Müzeyyen Ilgın", "muzeyyen.ilgin@example.com", "Müzeyyen")
	now := rig.App.Clock().UTC()
	e := identity.Export{ID: id.New(identity.ExportPrefix, now), AccountID: p.account.ID, AskedAt: now}
	broken := id.New(id.Order, now)
	orders := rig.App.DB.Collection("orders")
	_, err := orders.InsertOne(t.Context(), bson.D{{Key: "_id", Value: broken}, {Key: "customer_id", Value: p.account.ID}, {Key: "state", Value: "not an order"}})
	require.NoError(t, err)
	require.NoError(t, rig.App.Exports.Ask(t.Context(), e))
	privacy := worker.NewPrivacy(rig.App.Temporal, rig.App.Policy)
	require.NoError(t, privacy.Export(t.Context(), e))
	workflowID := workflows.ExportID(p.account.ID, e.ID)
	present := func() string {
		found, err := rig.App.Temporal.DescribeWorkflowExecution(t.Context(), workflowID, "")
		require.NoError(t, err)
		return found.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	}
	first := present()
	require.NoError(t, rig.App.Temporal.TerminateWorkflow(t.Context(), workflowID, first, "Ayşe ended it"))
	require.Eventually(t, func() bool { return present() != first }, 90*time.Second, 200*time.Millisecond, "the sweep finds it")
	second := present()
	_, err = orders.DeleteOne(t.Context(), bson.D{{Key: "_id", Value: broken}})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	var made activities.ExportResult
	require.NoError(t, rig.App.Temporal.GetWorkflow(ctx, workflowID, "").Get(ctx, &made))
	require.Positive(t, made.Bytes)
	require.NotEmpty(t, made.Letter.ID, "its owner is told")
	require.NoError(t, privacy.Export(t.Context(), e))
	require.Equal(t, second, present(), "one that is made is made once")
}

func TestErasure_ThatDoesNotGetThroughStandsAmongWhatNeedsAPersonUntilItDoes(t *testing.T) {
	t.Parallel()
	p := settles(t, "Ümmühan Yağızoğlu", "ummuhan.yagizoglu@example.com", "Ümmühan")
	broken := id.New(id.Order, rig.App.Clock())
	orders := rig.App.DB.Collection("orders")
	_, err := orders.InsertOne(t.Context(), bson.D{{Key: "_id", Value: broken}, {Key: "customer_id", Value: p.account.ID}, {Key: "state", Value: "not an order"}})
	require.NoError(t, err)
	p.asks(0)
	require.Eventually(t, func() bool { return p.attention() == workflows.AttentionPrivacy }, time.Minute, 200*time.Millisecond)
	found, err := rig.App.Temporal.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: rig.App.Config.TemporalNamespace, Query: config.AttentionQuery + ` AND WorkflowId = "` + workflows.ErasureID(p.account.ID) + `"`,
	})
	require.NoError(t, err)
	require.Len(t, found.GetExecutions(), 1)

	_, err = orders.DeleteOne(t.Context(), bson.D{{Key: "_id", Value: broken}})
	require.NoError(t, err)
	require.Equal(t, workflows.ErasureResult{}, p.result())
	require.Empty(t, p.attention())
	require.Empty(t, p.remembered())
	(&buyer{t: t}).recordWorkflow("erasure/stuck", workflows.ErasureID(p.account.ID), "")
}

// attention is why the person's erasure stands among what needs somebody.
func (p *person) attention() string {
	p.t.Helper()
	found, err := rig.App.Temporal.DescribeWorkflow(p.t.Context(), workflows.ErasureID(p.account.ID), "")
	require.NoError(p.t, err)
	reason, _ := found.TypedSearchAttributes.GetKeyword(workflows.AttrAttention)
	return reason
}

func TestErasure_LetsNoOrderBeginThatItDidNotCount(t *testing.T) {
	t.Parallel()
	p := settles(t, "Tuğçe İpekçi", "tugce.ipekci@example.com", "Tuğçe")
	contact := p.contact()
	account, err := rig.App.Accounts.Find(t.Context(), p.account.ID)
	require.NoError(t, err)
	account.Closed = rig.App.Clock().UTC()
	_, err = rig.App.Accounts.Save(t.Context(), account)
	require.NoError(t, err)
	late := checkout(t, basket{units: 5, contact: &contact, customer: p.account.ID})
	late.reaches(order.Rejected)
	o, err := rig.App.Orders.Find(t.Context(), late.order.ID)
	require.NoError(t, err)
	require.Equal(t, string(activities.VerdictStale), o.State.Reason)
	require.Empty(t, o.EmailKey)
	attempts, err := rig.App.Attempts.OfOrder(t.Context(), late.order.ID)
	require.NoError(t, err)
	require.Empty(t, attempts[0].Ref, "no money was asked for")
}

func TestErasure_ThatNobodyCarriesOutIsFoundByTheSweep(t *testing.T) {
	t.Parallel()
	p := settles(t, "Hüsnü Öğretmen", "husnu.ogretmen@example.com", "Hüsnü")
	account, err := rig.App.Accounts.Find(t.Context(), p.account.ID)
	require.NoError(t, err)
	now := rig.App.Clock().UTC()
	account.Erasure = &identity.Erasure{ID: id.New(identity.ErasurePrefix, now), AskedAt: now, Due: now}
	_, err = rig.App.Accounts.Save(t.Context(), account)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		left, err := rig.App.Accounts.Find(context.Background(), p.account.ID)
		return err == nil && !left.ErasedAt.IsZero()
	}, time.Minute, 200*time.Millisecond)
	require.Empty(t, p.remembered())
}
