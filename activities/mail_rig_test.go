package activities_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/sendgrid"
	"github.com/bedesten/bedesten/internal/notify/templates"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/outcome"
	simulator "github.com/bedesten/bedesten/simulators/sendgrid"
	"github.com/bedesten/bedesten/simulators/sim"
)

// How long a mail without an answer waits for the provider's word, and a send of
// a worker that died for its end.
const (
	resend       = 15 * time.Minute
	notSentAfter = time.Minute
)

// desk is the telling of shoppers over a real store and a real wire to a SendGrid
// that is simulated, whose events come back by its webhook.
type desk struct {
	t       *testing.T
	server  *simulator.Server
	vault   *mongo.Vault
	orders  *mongo.Orders
	store   *mongo.Mails
	mailer  notify.Mailer
	mails   *activities.Mails
	ahead   *atomic.Int64 // how far the product's clock was moved on
	written *atomic.Int64
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	server := simulator.New(simulator.Config{MaxHang: 2 * time.Second, DeliveryTime: -1, BatchWait: -1})
	listener := httptest.NewServer(server)
	mailer, err := sendgrid.New(sendgrid.Config{
		URL: listener.URL, Key: simulator.DefaultKey, PublicKeys: []string{server.PublicKey()}, From: "siparis@bedesten.example",
		FromName: "Bedesten Çarşısı", CallTimeout: 400 * time.Millisecond,
	})
	require.NoError(t, err)
	db := mongotest.Database(t)
	vault := mongotest.Vault(t, db)
	d := &desk{
		t: t, server: server, vault: vault, orders: mongo.NewOrders(db, vault), store: mongo.NewMails(db), mailer: mailer,
		ahead: &atomic.Int64{}, written: &atomic.Int64{},
	}
	hook := httptest.NewServer(http.HandlerFunc(d.hear))
	server.SetWebhookURL(hook.URL)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, server.Close(ctx))
		listener.Close()
		hook.Close()
	})
	d.mails = d.over(d.store, d.mailer)
	return d
}

// hear writes the provider's events down, as the webhook's route does.
func (d *desk) hear(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	events, err := d.mailer.ReadWebhook(r.Header, body, time.Now())
	for _, e := range events {
		if err == nil {
			_, _, err = d.store.Tell(r.Context(), e)
		}
	}
	if err != nil {
		http.Error(w, "not taken", http.StatusInternalServerError)
	}
}

func (d *desk) over(store notify.Store, mailer notify.Mailer) *activities.Mails {
	at := func(path string) func(order.Order) string {
		return func(o order.Order) string { return "https://bedesten.example/" + path + "/" + o.Number }
	}
	return &activities.Mails{
		Orders: d.orders, Store: store, Mailer: mailer, Render: templates.Render, Log: slog.New(slog.DiscardHandler),
		Shop: activities.Shop{
			Name: "Bedesten", URL: "https://bedesten.example/", SupportEmail: "destek@bedesten.example",
			OrderURL: at("siparis"), PayURL: at("ode"),
		},
		Clock: func() time.Time { return time.Now().Add(time.Duration(d.ahead.Load())) },
	}
}

// wish is one thing that a shopper is to be told: that the order was placed.
type wish struct {
	*desk
	orderID string
}

// placed writes an order of somebody.
func (d *desk) placed(email string) *wish {
	d.t.Helper()
	w := &wish{desk: d, orderID: fmt.Sprintf("ord_%d", d.written.Add(1))}
	contact := ayse
	contact.Email = email
	quote := order.Quote{
		Currency: "TRY", Subtotal: price, Discount: money.Of(0, "TRY"), Shipping: money.Of(4_990, "TRY"), Tax: money.Of(21_663, "TRY"),
		Total: money.Of(price.Minor+4_990, "TRY"),
		Lines: []order.QuoteLine{{SKU: "FINCAN-06", Title: "Altılı Türk kahvesi fincanı", Quantity: 1, UnitPrice: price, Total: price}},
	}
	_, err := d.orders.Create(d.t.Context(), order.Order{
		ID: w.orderID, Number: w.orderID, Language: "tr", Contact: contact, Quote: quote, Policy: order.Scaled(),
	})
	require.NoError(d.t, err)
	return w
}

// try runs the step once as an activity, by the given worker.
func (w *wish) try(m *activities.Mails) (activities.MailResult, error) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(m)
	var result activities.MailResult
	value, err := env.ExecuteActivity(m.SendMail, activities.MailInput{
		OrderID: w.orderID, Kind: string(notify.KindPlaced), Resend: resend, NotSentAfter: notSentAfter,
	})
	if err == nil {
		err = value.Get(&result)
	}
	return result, err
}

// send runs the step once; it must succeed.
func (w *wish) send() activities.MailResult {
	w.t.Helper()
	result, err := w.try(w.mails)
	require.NoError(w.t, err)
	return result
}

// insist sends until the mail is settled, as the order does: it waits as long as
// it was told, and hears the provider's events meanwhile.
func (w *wish) insist() activities.MailResult {
	w.t.Helper()
	for range 6 {
		w.told()
		result, err := w.try(w.mails)
		if err == nil && result.State.Settled() {
			w.told()
			return result
		}
		w.ahead.Add(int64(result.Wait + time.Second))
	}
	w.t.Fatalf("the mail got nowhere: it stands at %s", w.found().State)
	return activities.MailResult{}
}

// told waits until every event that there is was posted.
func (d *desk) told() {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 5*time.Second)
	defer cancel()
	require.NoError(d.t, d.server.Idle(ctx))
}

func (w *wish) mailID() string { return notify.ID(w.orderID, notify.KindPlaced, "") }

func (w *wish) found() notify.Mail {
	w.t.Helper()
	row, err := w.store.FindMail(w.t.Context(), w.mailID())
	require.NoError(w.t, err)
	return row
}

// got returns the keys of the mails that the provider took for this wish.
func (w *wish) got() []string {
	var keys []string
	for _, m := range w.server.Sent() {
		if key := m.CustomArgs["send_key"]; strings.HasPrefix(key, w.mailID()+"-") {
			keys = append(keys, key)
		}
	}
	return keys
}

// once requires that the shopper has one mail, and a row that says so; again is
// whether it says that there may be a second.
func (w *wish) once(again bool) {
	w.t.Helper()
	row := w.found()
	require.Len(w.t, w.got(), 1, "mails that the provider took")
	require.Equal(w.t, notify.Delivered, row.State)
	require.Equal(w.t, again, row.Again, "whether a second may exist")
	require.Equal(w.t, sendgrid.Name, row.Provider)
}

// strike lets the next send of this wish go wrong.
func (w *wish) strike(f sim.Fault) {
	w.t.Helper()
	if f.Times == 0 {
		f.Times = 1
	}
	f.Match.Metadata = map[string]string{"send_key": notify.SendKey(w.mailID(), w.tries()+1)}
	_, err := w.server.AddFault(f)
	require.NoError(w.t, err)
}

// tries is how many tries the row knows of.
func (w *wish) tries() int {
	row, err := w.store.FindMail(w.t.Context(), w.mailID())
	if err != nil {
		return 0
	}
	return row.Try
}

// mute lets the provider's events about this wish get lost, or come late.
func (w *wish) mute() {
	w.t.Helper()
	_, err := w.server.AddFault(sim.Fault{Kind: sim.WebhookDrop, Match: sim.Match{Metadata: map[string]string{"to": w.email()}}})
	require.NoError(w.t, err)
}

func (w *wish) email() string {
	w.t.Helper()
	o, err := w.orders.Find(w.t.Context(), w.orderID)
	require.NoError(w.t, err)
	return o.Contact.Email
}

// mortalMails dies before or after a write.
type mortalMails struct {
	notify.Store
	life *life
}

func (m mortalMails) Want(ctx context.Context, row notify.Mail) (notify.Mail, error) {
	if m.life.over() {
		return notify.Mail{}, errDead
	}
	row, err := m.Store.Want(ctx, row)
	if m.life.over() {
		return notify.Mail{}, errDead
	}
	return row, err
}

func (m mortalMails) Apply(ctx context.Context, c notify.Change) (notify.Mail, bool, error) {
	if m.life.over() {
		return notify.Mail{}, false, errDead
	}
	row, applied, err := m.Store.Apply(ctx, c)
	if m.life.over() {
		return notify.Mail{}, false, errDead
	}
	return row, applied, err
}

// mortalMailer dies before a mail was sent or before its answer was heard.
type mortalMailer struct {
	notify.Mailer
	life *life
}

func (m mortalMailer) Send(ctx context.Context, msg notify.Message) notify.Answer {
	if m.life.over() {
		return notify.Answer{Outcome: outcome.Unsure}
	}
	answer := m.Mailer.Send(ctx, msg)
	if m.life.over() {
		return notify.Answer{Outcome: outcome.Unsure}
	}
	return answer
}

// everyDeath lets a worker die at each moment of a send in turn, each time of a
// mail of its own, and hands it to after, which is the next worker.
func (d *desk) everyDeath(begin func() *wish, after func(*wish)) {
	d.t.Helper()
	for moment := 0; ; moment++ {
		w, l := begin(), &life{left: moment}
		_, _ = w.try(d.over(mortalMails{d.store, l}, mortalMailer{d.mailer, l}))
		after(w)
		if l.left >= 0 {
			require.Greater(d.t, moment, 3, "the step was interrupted nowhere")
			d.t.Logf("died at %d moments", moment)
			return
		}
	}
}
