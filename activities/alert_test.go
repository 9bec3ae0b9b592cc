package activities_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.temporal.io/sdk/testsuite"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/notify"
	mailer "github.com/bedesten/bedesten/internal/notify/sendgrid"
	"github.com/bedesten/bedesten/internal/notify/templates"
	"github.com/bedesten/bedesten/internal/notify/webhook"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/simulators/sendgrid"
	"github.com/bedesten/bedesten/simulators/sim"
)

const (
	nobet       = "nobet@bedesten.example"
	alertSecret = "pazar-gunu-nobeti-icin-uzun-bir-parola"
)

// watch is a shop's people: a sweeper over real stores, a mailbox at a simulated
// SendGrid and a desk that takes webhooks.
type watch struct {
	*activities.Sweeper
	t      *testing.T
	db     *driver.Database
	orders *mongo.Orders
	mails  *sendgrid.Server
	log    bytes.Buffer

	mu     sync.Mutex
	posts  []post
	status int
	now    time.Time
}

// post is what the desk took.
type post struct {
	Kind   string `json:"kind"`
	Total  int    `json:"total"`
	More   int    `json:"more"`
	Orders []struct {
		Number string `json:"number"`
		Reason string `json:"reason"`
		URL    string `json:"url"`
	} `json:"orders"`
}

func newWatch(t *testing.T) *watch {
	t.Helper()
	w := &watch{t: t, db: mongotest.Database(t), mails: sendgrid.New(sendgrid.Config{DeliveryTime: -1}), status: http.StatusOK}
	w.now = time.Date(2026, 11, 27, 5, 30, 0, 0, time.UTC)
	api, desk := httptest.NewServer(w.mails), httptest.NewServer(http.HandlerFunc(w.take))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, w.mails.Close(ctx))
		api.Close()
		desk.Close()
	})
	mails, err := mailer.New(mailer.Config{
		URL: api.URL, Key: sendgrid.DefaultKey, PublicKeys: []string{w.mails.PublicKey()}, From: "siparis@bedesten.example", CallTimeout: time.Second,
	})
	require.NoError(t, err)
	poster, err := webhook.New(webhook.Config{URL: desk.URL, Secret: alertSecret, CallTimeout: time.Second, Clock: time.Now})
	require.NoError(t, err)
	w.orders = mongo.NewOrders(w.db, mongotest.Vault(t, w.db))
	w.Sweeper = &activities.Sweeper{
		Orders: w.orders, Clock: func() time.Time { return w.now }, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
		People: activities.People{
			Alerts: mongo.NewAlerts(w.db), Shop: "Bedesten", ListURL: "https://temporal.bedesten.example/liste",
			StoryURL: func(orderID string) string { return "https://temporal.bedesten.example/order%2F" + orderID },
			Alerters: []notify.Alerter{
				&notify.AlertMails{Mailer: mails, To: nobet, Language: notify.Turkish, Render: templates.RenderAlert}, poster,
			},
		},
	}
	return w
}

// take is the desk: it believes what is signed.
func (w *watch) take(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	at, atErr := strconv.ParseInt(r.Header.Get(webhook.TimestampHeader), 10, 64)
	var p post
	if err != nil || atErr != nil || webhook.Sign(alertSecret, at, body) != r.Header.Get(webhook.SignatureHeader) || json.Unmarshal(body, &p) != nil {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status == http.StatusOK {
		w.posts = append(w.posts, p)
	}
	rw.WriteHeader(w.status)
}

func (w *watch) answers(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status = status
}

// needs lets an order need a person; the document is written anew when there.
func (w *watch) needs(number string, a *order.Attention) {
	w.t.Helper()
	_, err := w.db.Collection("orders").DeleteOne(w.t.Context(), map[string]string{"_id": "ord_" + number})
	require.NoError(w.t, err)
	_, err = w.orders.Create(w.t.Context(), order.Order{
		ID: "ord_" + number, Number: number, Contact: order.Contact{Name: "Ayşe Yılmaz", Email: "ayse@posta.example", Phone: "+905321112233"},
		State: order.Projection{Status: order.Placed, Open: true, Attention: a},
	})
	require.NoError(w.t, err)
}

func (w *watch) since(age time.Duration) time.Time { return w.now.Add(-age) }

// round runs a step of the sweeper.
func (w *watch) round(do func(context.Context, activities.SweepInput) (activities.SweepResult, error)) int {
	w.t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(w.Sweeper)
	p := order.Production()
	value, err := env.ExecuteActivity(do, activities.SweepInput{AttentionAfter: p.AttentionAfter, DigestEvery: p.DigestEvery})
	require.NoError(w.t, err)
	var result activities.SweepResult
	require.NoError(w.t, value.Get(&result))
	return result.Alerted
}

func (w *watch) subjects() []string {
	out := []string{}
	for _, m := range w.mails.Sent() {
		require.Equal(w.t, nobet, m.To[0].Email)
		out = append(out, m.Subject)
	}
	return out
}

func (w *watch) taken() []post {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]post{}, w.posts...)
}

func TestAlertPeople_TellsOnceWhatBecameDueByMailAndByWebhook(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.needs("7KXM-92QD", order.NewAttention(order.ReasonDisputed, w.since(0)))
	w.needs("3BVC-44TR", order.NewAttention(order.ReasonParcelWaiting, w.since(59*time.Minute)))
	require.Equal(t, 2, w.round(w.AlertPeople))
	require.Zero(t, w.round(w.AlertPeople), "once")
	require.Equal(t, []string{"Bedesten: 7KXM-92QD müdahale bekliyor (disputed)"}, w.subjects())

	w.now = w.now.Add(time.Minute)
	require.Equal(t, 2, w.round(w.AlertPeople))
	w.now = w.now.Add(24 * time.Hour)
	require.Zero(t, w.round(w.AlertPeople))
	require.Equal(t, "Bedesten: 3BVC-44TR müdahale bekliyor (parcel_waiting)", w.subjects()[1], "its hour is over")
	require.Len(t, w.taken(), 2)
	require.Equal(t, "https://temporal.bedesten.example/order%2Ford_7KXM-92QD", w.taken()[0].Orders[0].URL)
	for _, m := range w.mails.Sent() {
		for _, personal := range []string{"Ayşe", "ayse@", "532"} {
			require.NotContains(t, m.Text+m.HTML, personal)
		}
	}
}

func TestAlertPeople_TellsAgainWhenTheSameReasonComesBackLater(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.needs("7KXM-92QD", order.NewAttention(order.ReasonRefundFailed, w.since(time.Minute)))
	require.Equal(t, 2, w.round(w.AlertPeople))
	w.needs("7KXM-92QD", nil)
	require.Zero(t, w.round(w.AlertPeople))
	w.now = w.now.Add(time.Hour)
	w.needs("7KXM-92QD", order.NewAttention(order.ReasonRefundFailed, w.since(0)))
	require.Equal(t, 2, w.round(w.AlertPeople))
	require.Len(t, w.subjects(), 2)
}

func TestAlertPeople_GroupsARoundAndLeavesOutWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	for i := range notify.AlertLines + 7 {
		w.needs(fmt.Sprintf("7KXM-92%02d", i), order.NewAttention(order.ReasonPaymentUnknown, w.since(time.Hour)))
	}
	w.needs("3BVC-44TR", order.NewAttention(order.ReasonMoneyMoved, w.since(time.Second)).With(order.ReasonMailBounced, "", w.since(2*time.Hour)))
	require.Equal(t, 2, w.round(w.AlertPeople))
	require.Equal(t, []string{"Bedesten: müdahale bekleyen 59 konu"}, w.subjects())
	taken := w.taken()
	require.Len(t, taken, 1)
	require.Equal(t, 59, taken[0].Total)
	require.Equal(t, 9, taken[0].More)
	require.Len(t, taken[0].Orders, notify.AlertLines)
	require.Equal(t, "money_moved_at_provider", taken[0].Orders[0].Reason, "what has no patience stands first")
	require.Zero(t, w.round(w.AlertPeople), "those that were left out are counted as told")
}

func TestAlertPeople_AWorkerThatDiedBeforeItSentIsFollowedByAnotherAfterAMinute(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.needs("7KXM-92QD", order.NewAttention(order.ReasonLateSuccess, w.since(time.Second)))
	w.needs("3BVC-44TR", order.NewAttention(order.ReasonLateSuccess, w.since(time.Second)))
	orders, err := w.People.Alerts.Standing(t.Context(), 10)
	require.NoError(t, err)
	for _, way := range []string{"mail", "webhook"} {
		dead := order.AlertTry{Way: way, Claim: "alert_dead", At: w.now, Until: w.now.Add(time.Minute)}
		mine, err := w.People.Alerts.Claim(t.Context(), dead, order.Standing(orders))
		require.NoError(t, err)
		require.Len(t, mine, 2)
	}
	w.now = w.now.Add(59 * time.Second)
	require.Zero(t, w.round(w.AlertPeople), "it may be sending at this moment")
	require.Empty(t, w.subjects())

	w.needs("3BVC-44TR", nil)
	w.now = w.now.Add(time.Second)
	require.Equal(t, 2, w.round(w.AlertPeople))
	require.Equal(t, []string{"Bedesten: 7KXM-92QD müdahale bekliyor (late_success)"}, w.subjects(), "what was dealt with meanwhile is not told")
	require.Len(t, w.taken(), 1)
	require.Zero(t, w.round(w.AlertPeople))
}

func TestAlertPeople_AWayThatFailsIsTriedAgainAndTheOtherIsNotToldTwice(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.needs("7KXM-92QD", order.NewAttention(order.ReasonDisputed, w.since(0)))
	w.answers(http.StatusInternalServerError)
	require.Equal(t, 1, w.round(w.AlertPeople), "by mail")
	require.Contains(t, w.log.String(), "way=webhook")
	require.Contains(t, w.log.String(), "answered 500")
	require.Zero(t, w.round(w.AlertPeople), "tried in the next round")
	require.Contains(t, w.log.String(), "tries=2")

	w.answers(http.StatusOK)
	require.Zero(t, w.round(w.AlertPeople), "then after a minute")
	w.now = w.now.Add(time.Minute)
	require.Equal(t, 1, w.round(w.AlertPeople))
	require.Len(t, w.taken(), 1)
	require.Len(t, w.subjects(), 1)
}

func TestAlertPeople_AMailWithoutAnAnswerIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.needs("7KXM-92QD", order.NewAttention(order.ReasonDisputed, w.since(0)))
	_, err := w.mails.AddFault(sim.Fault{Kind: sim.ResetAfter, Times: 1})
	require.NoError(t, err)
	require.Equal(t, 1, w.round(w.AlertPeople), "by webhook")
	require.Equal(t, 1, w.round(w.AlertPeople))
	require.Len(t, w.subjects(), 2, "an alert twice is better than none")
	require.Zero(t, w.round(w.AlertPeople))
}

func TestAlertPeople_LooksLessOftenWhereALookTakesLong(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.Clock = func() time.Time { w.now = w.now.Add(time.Second); return w.now }
	require.Zero(t, w.round(w.AlertPeople), "it took a second")
	w.needs("7KXM-92QD", order.NewAttention(order.ReasonDisputed, w.now))
	w.now = w.now.Add(18 * time.Second)
	require.Zero(t, w.round(w.AlertPeople))
	require.Equal(t, 2, w.round(w.AlertPeople))
}

func TestAlertPeople_SaysInTheLogWhatNobodyIsToldOf(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.People.Alerters = nil
	require.Zero(t, w.round(w.AlertPeople))
	require.Empty(t, w.log.String())
	w.needs("7KXM-92QD", order.NewAttention(order.ReasonDisputed, w.since(0)))
	require.Zero(t, w.round(w.AlertPeople))
	require.Contains(t, w.log.String(), "level=WARN")
	require.Contains(t, w.log.String(), "due=1")
	require.Zero(t, w.round(w.DigestPeople))
}

func TestDigestPeople_ListsAllThatStandsTheOldestFirstOnceADay(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.needs("7KXM-92QD", order.NewAttention(order.ReasonDisputed, w.since(time.Minute)))
	w.needs("3BVC-44TR", order.NewAttention(order.ReasonMailBounced, w.since(time.Second)).With(order.ReasonParcelStalled, "", w.since(72*time.Hour)))
	w.needs("9QWE-11ZX", nil)
	require.Equal(t, 2, w.round(w.DigestPeople))
	require.Zero(t, w.round(w.DigestPeople), "once")
	require.Equal(t, []string{"Bedesten: günlük özet, müdahale bekleyen 3 konu"}, w.subjects())
	taken := w.taken()
	require.Len(t, taken, 1)
	require.Equal(t, "digest", taken[0].Kind)
	reasons := []string{}
	for _, o := range taken[0].Orders {
		reasons = append(reasons, o.Number+" "+o.Reason)
	}
	require.Equal(t, []string{"3BVC-44TR parcel_stalled", "7KXM-92QD disputed", "3BVC-44TR mail_bounced"}, reasons)

	w.now = time.Date(2026, 11, 28, 4, 59, 59, 0, time.UTC)
	require.Zero(t, w.round(w.DigestPeople))
	w.now = time.Date(2026, 11, 28, 5, 0, 0, 0, time.UTC)
	require.Equal(t, 2, w.round(w.DigestPeople), "at eight in Istanbul")
}

func TestDigestPeople_SendsNoneOnADayOnWhichNothingStood(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	require.Zero(t, w.round(w.DigestPeople))
	w.now = w.now.Add(5 * time.Hour)
	w.needs("7KXM-92QD", order.NewAttention(order.ReasonDisputed, w.since(0)))
	require.Zero(t, w.round(w.DigestPeople), "it came later, and was told as an alert")
	require.Empty(t, w.subjects())
}

func TestDigestPeople_AWayThatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.needs("7KXM-92QD", order.NewAttention(order.ReasonDisputed, w.since(0)))
	w.answers(http.StatusServiceUnavailable)
	require.Equal(t, 1, w.round(w.DigestPeople))
	w.answers(http.StatusOK)
	require.Equal(t, 1, w.round(w.DigestPeople))
	require.Zero(t, w.round(w.DigestPeople))
	require.Len(t, w.subjects(), 1)
}
