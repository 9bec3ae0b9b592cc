package api_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/sendgrid"
	"github.com/bedesten/bedesten/internal/notify/smtp"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/shipping/easypost"
	easypostsim "github.com/bedesten/bedesten/simulators/easypost"
	sendgridsim "github.com/bedesten/bedesten/simulators/sendgrid"
)

// bells are the runs of orders and parcels: they keep what they were told.
type bells struct {
	order.Runs
	parcelRuns
	mu      sync.Mutex
	parcels map[string][]shipping.Fact
	orders  []told
	err     error
}

// parcelRuns is a name of its own beside the orders' Runs.
type parcelRuns = shipping.Runs

type told struct {
	orderID string
	fact    order.Fact
	revive  bool
}

func (b *bells) TellShipment(_ context.Context, shipmentID string, f shipping.Fact) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b.err
	}
	b.parcels[shipmentID] = append(b.parcels[shipmentID], f)
	return nil
}

func (b *bells) Tell(_ context.Context, o order.Order, f order.Fact, revive bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b.err
	}
	b.orders = append(b.orders, told{o.ID, f, revive})
	return nil
}

func (b *bells) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

func (b *bells) heard(shipmentID string) []shipping.Fact {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]shipping.Fact{}, b.parcels[shipmentID]...)
}

func (b *bells) told() []told {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]told{}, b.orders...)
}

// post is a shop that providers send news to.
type post struct {
	*packed
	bells *bells
	key   *ecdsa.PrivateKey
}

const carrierSecret = "kapi-sirri"

func newPost(t *testing.T) *post {
	t.Helper()
	p := &post{packed: packOrder(t, shipping.InTransit), bells: &bells{parcels: map[string][]shipping.Fact{}}}
	var err error
	p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&p.key.PublicKey)
	require.NoError(t, err)
	mailer, err := sendgrid.New(sendgrid.Config{Key: "SG.1.2", PublicKeys: []string{base64.StdEncoding.EncodeToString(der)}, CallTimeout: time.Second})
	require.NoError(t, err)
	carrier, err := easypost.New(easypost.Config{APIKey: "EZTK1", WebhookSecrets: []string{carrierSecret}})
	require.NoError(t, err)
	p.deps.Mailer, p.deps.Runs, p.deps.ShipmentRuns = mailer, p.bells, p.bells
	p.deps.Carriers[easypost.Name] = carrier
	p.serve(t)
	// The carrier names the parcel, as it does when it is opened and bought.
	_, err = p.db.Collection("shipment_keys").InsertMany(t.Context(), []any{
		bson.D{{Key: "_id", Value: "easypost/ref/shp_1"}, {Key: "shipment_id", Value: p.parcels[0].ID}},
		bson.D{{Key: "_id", Value: "easypost/tracking/1Z1"}, {Key: "shipment_id", Value: p.parcels[0].ID}},
	})
	require.NoError(t, err)
	return p
}

func (p *post) carrierSays(secret, body string) call {
	return call{method: "POST", path: "/v1/webhooks/shipping/easypost", body: body, headers: map[string]string{"X-Hmac-Signature": easypostsim.Sign(secret, []byte(body))}}
}

// tracked is EasyPost's event about a shipment.
func tracked(event, ref, code string, at time.Time) string {
	return fmt.Sprintf(`{"id":%q,"object":"Event","description":"tracker.updated","created_at":%q,"result":{"id":"trk_1","object":"Tracker","shipment_id":%q,"tracking_code":%q,"status":"in_transit"}}`,
		event, at.Format(time.RFC3339), ref, code)
}

func (p *post) mailerSays(at time.Time, body string) call {
	signature, stamp := sendgridsim.Sign(p.key, []byte(body), at)
	return call{method: "POST", path: "/v1/webhooks/mail/sendgrid", body: body, headers: map[string]string{
		"X-Twilio-Email-Event-Webhook-Signature": signature, "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
	}}
}

func mailEvent(id, kind, key, more string) string {
	return fmt.Sprintf(`[{"email":"ayse@example.com","event":%q,"sg_event_id":%q,"send_key":%q,"timestamp":%d%s}]`, kind, id, key, noon.Unix(), more)
}

// archived returns what became of a carrier's event.
func (p *post) archived(t *testing.T, id string) string {
	t.Helper()
	var l shipping.Letter
	require.Eventually(t, func() bool {
		return p.db.Collection("shipping_inbox_archive").FindOne(t.Context(), bson.D{{Key: "_id", Value: "easypost:" + id}}).Decode(&l) == nil
	}, 5*time.Second, 10*time.Millisecond)
	return l.Result
}

func (p *post) waiting(t *testing.T) int {
	t.Helper()
	letters, err := p.deps.ShippingInbox.Waiting(t.Context(), 10)
	require.NoError(t, err)
	return len(letters)
}

func TestShippingWebhook_TellsTheParcelOnceHoweverOftenItComes(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	for range 3 {
		a := p.do(t, p.carrierSays(carrierSecret, tracked("evt_1", "shp_1", "1Z1", noon)))
		require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
		require.Equal(t, true, a.json["received"])
	}
	require.Equal(t, shipping.LetterTold, p.archived(t, "evt_1"))
	require.Equal(t, []shipping.Fact{{ID: "evt_1", Kind: shipping.FactCarrier}}, p.bells.heard(p.parcels[0].ID))
	p.do(t, p.carrierSays(carrierSecret, tracked("evt_2", "", "1Z1", noon)))
	require.Equal(t, shipping.LetterTold, p.archived(t, "evt_2"), "a tracking code names it too")
	require.Eventually(t, func() bool { return p.waiting(t) == 0 }, 5*time.Second, 10*time.Millisecond)
}

func TestShippingWebhook_KeepsAnEventForAnUnknownParcelAndLogsIt(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	a := p.do(t, p.carrierSays(carrierSecret, tracked("evt_9", "shp_yabanci", "9Z", noon)))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Equal(t, shipping.LetterUnknown, p.archived(t, "evt_9"))
	require.Contains(t, p.log.String(), "names no parcel of ours")
	require.Contains(t, p.log.String(), "easypost:evt_9")
	require.Empty(t, p.bells.heard(p.parcels[0].ID))
}

func TestShippingWebhook_KeepsAnEventFromTheFutureAndLetsTheParcelLook(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	require.Equal(t, http.StatusOK, p.do(t, p.carrierSays(carrierSecret, tracked("evt_3", "shp_1", "1Z1", noon.AddDate(1, 0, 0)))).StatusCode)
	require.Equal(t, shipping.LetterTold, p.archived(t, "evt_3"))
	row, err := p.deps.Shipments.Find(t.Context(), p.parcels[0].ID)
	require.NoError(t, err)
	require.Equal(t, shipping.InTransit, row.State, "an event moves nothing: the parcel asks the carrier")
}

func TestShippingWebhook_LeavesToTheSweeperWhatCannotBePassedOn(t *testing.T) {
	t.Parallel()
	for _, err := range []error{fault.New(fault.Unavailable, "Temporal did not signal"), fault.New(fault.NotFound, "no run")} {
		p := newPost(t)
		p.bells.fail(err)
		require.Equal(t, http.StatusOK, p.do(t, p.carrierSays(carrierSecret, tracked("evt_4", "shp_1", "1Z1", noon))).StatusCode)
		require.Eventually(t, func() bool { return strings.Contains(p.log.String(), "left to the sweeper") }, 5*time.Second, 10*time.Millisecond)
		require.Equal(t, 1, p.waiting(t))
	}
}

func TestShippingWebhook_IsOfNoUseForgedUnreadableOrOfAStranger(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	good := tracked("evt_5", "shp_1", "1Z1", noon)
	for name, c := range map[string]call{
		"forged":      p.carrierSays("baska-sir", good),
		"empty":       p.carrierSays(carrierSecret, ""),
		"no event":    p.carrierSays(carrierSecret, `merhaba`),
		"changed":     {method: "POST", path: "/v1/webhooks/shipping/easypost", body: strings.Replace(good, "shp_1", "shp_2", 1), headers: p.carrierSays(carrierSecret, good).headers},
		"not signed":  {method: "POST", path: "/v1/webhooks/shipping/easypost", body: good},
		"a list":      p.carrierSays(carrierSecret, `[]`),
		"without ids": p.carrierSays(carrierSecret, `{"object":"Event"}`),
	} {
		a := p.do(t, c)
		require.Equal(t, 400, a.StatusCode, "%s: %s", name, a.raw)
		requireProblem(t, a, 400, "malformed")
	}
	for _, provider := range []string{"yurtici", "own", "stripe", "%00"} {
		c := p.carrierSays(carrierSecret, good)
		c.path = "/v1/webhooks/shipping/" + provider
		requireProblem(t, p.do(t, c), 404, "not_found")
	}
	requireProblem(t, p.do(t, p.carrierSays(carrierSecret, good+strings.Repeat(" ", 1<<20))), 413, "too_large")
	require.Equal(t, 0, p.waiting(t))
	large := strings.Replace(good, `"status":"in_transit"`, `"status":"in_transit","carrier":"`+strings.Repeat("x", 900<<10)+`"`, 1)
	require.Equal(t, http.StatusOK, p.do(t, p.carrierSays(carrierSecret, large)).StatusCode, "a megabyte is an event's limit")
}

// unreadBody fails the test when somebody reads it.
type unreadBody struct{ t *testing.T }

func (b unreadBody) Read([]byte) (int, error) {
	b.t.Error("the body was read")
	return 0, io.EOF
}

func TestWebhooks_ReadNoBodyOfAStrangerOrWithoutASignature(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	handler, err := api.New(p.deps)
	require.NoError(t, err)
	for path, status := range map[string]int{
		"/v1/webhooks/payments/stripe": 400, "/v1/webhooks/shipping/easypost": 400, "/v1/webhooks/mail/sendgrid": 400,
		"/v1/webhooks/payments/iyzico": 404, "/v1/webhooks/shipping/yurtici": 404, "/v1/webhooks/mail/mailgun": 404, "/v1/webhooks/shipping/own": 404,
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, unreadBody{t}))
		require.Equal(t, status, w.Code, "%s: %s", path, w.Body)
	}
}

// wanted writes a mail in a state, on its first try.
func (p *post) wanted(t *testing.T, kind notify.Kind, state notify.State) (mailID, key string) {
	t.Helper()
	mailID = notify.ID(p.order.ID, kind, "")
	_, err := p.deps.Mails.Want(t.Context(), notify.Mail{
		ID: mailID, OrderID: p.order.ID, Kind: kind, State: state, Try: 1, Tries: map[string]notify.Try{"1": {State: state, SentAt: noon}},
		CreatedAt: noon, Events: map[string]notify.Event{},
	})
	require.NoError(t, err)
	return mailID, notify.SendKey(mailID, 1)
}

func (p *post) mailIs(t *testing.T, mailID string) notify.State {
	t.Helper()
	m, err := p.deps.Mails.FindMail(t.Context(), mailID)
	require.NoError(t, err)
	return m.State
}

func TestMailWebhook_WakesAnOrderThatWaitsForTheFirstWord(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	mailID, key := p.wanted(t, notify.KindPlaced, notify.Unsure)
	for range 2 {
		require.Equal(t, http.StatusOK, p.do(t, p.mailerSays(time.Now(), mailEvent("olay1", "processed", key, ""))).StatusCode)
	}
	require.Eventually(t, func() bool { return len(p.bells.told()) == 1 }, 5*time.Second, 10*time.Millisecond)
	require.Equal(t, told{p.order.ID, order.Fact{ID: mailID, Kind: order.FactMail, State: "taken"}, false}, p.bells.told()[0])
	require.Equal(t, http.StatusOK, p.do(t, p.mailerSays(time.Now(), mailEvent("olay2", "delivered", key, ""))).StatusCode)
	require.Equal(t, notify.Delivered, p.mailIs(t, mailID))
	require.Len(t, p.bells.told(), 1, "what is known wakes nobody")
}

func TestMailWebhook_TellsTheOrderOfAMailThatCameBack(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	mailID, key := p.wanted(t, notify.KindShipped, notify.Taken)
	bounce := mailEvent("olay1", "bounce", key, `,"reason":"550 5.1.1 no such user","status":"5.1.1"`)
	p.bells.fail(errors.New("Temporal is away"))
	a := p.do(t, p.mailerSays(time.Now(), bounce))
	require.GreaterOrEqual(t, a.StatusCode, 500, "the provider asks again: nobody else would")
	require.Equal(t, notify.Bounced, p.mailIs(t, mailID))

	p.bells.fail(nil)
	require.Equal(t, http.StatusOK, p.do(t, p.mailerSays(time.Now(), bounce)).StatusCode)
	require.Equal(t, []told{{p.order.ID, order.Fact{ID: mailID, Kind: order.FactMail, State: "bounced", Code: "550 5.1.1"}, true}}, p.bells.told())
	require.NotContains(t, p.log.String(), "ayse@example.com")
}

func TestMailWebhook_TakesEachEventOfABatch(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	first, firstKey := p.wanted(t, notify.KindPlaced, notify.Taken)
	second, secondKey := p.wanted(t, notify.KindShipped, notify.Taken)
	batch := strings.Join([]string{
		strings.Trim(mailEvent("a", "delivered", firstKey, ""), "[]"), strings.Trim(mailEvent("b", "dropped", secondKey, `,"reason":"Bounced Address"`), "[]"),
		strings.Trim(mailEvent("c", "delivered", "ord_yok-mail-shipped-1", ""), "[]"), strings.Trim(mailEvent("d", "open", firstKey, ""), "[]"),
		strings.Trim(mailEvent("e", "delivered", "tiresiz", ""), "[]"), strings.Trim(mailEvent("f", "bounce", first+"-7", ""), "[]"),
	}, ",")
	require.Equal(t, http.StatusOK, p.do(t, p.mailerSays(time.Now(), "["+batch+"]")).StatusCode)
	require.Equal(t, notify.Delivered, p.mailIs(t, first))
	require.Equal(t, notify.Bounced, p.mailIs(t, second))
	require.Len(t, p.bells.told(), 1)
	require.Contains(t, p.log.String(), "names no mail of ours")
}

func TestMailWebhook_IsOfNoUseForgedStaleUnreadableOrOfAStranger(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	mailID, key := p.wanted(t, notify.KindPlaced, notify.Taken)
	good := mailEvent("olay1", "bounce", key, "")
	forged := p.mailerSays(time.Now(), good)
	forged.body = strings.Replace(good, "bounce", "dropped", 1)
	for name, c := range map[string]call{
		"forged": forged, "not signed": {method: "POST", path: "/v1/webhooks/mail/sendgrid", body: good},
		"stale": p.mailerSays(time.Now().Add(-26*time.Hour), good), "from the future": p.mailerSays(time.Now().Add(time.Hour), good),
		"no list": p.mailerSays(time.Now(), `{"event":"bounce"}`), "no JSON": p.mailerSays(time.Now(), `merhaba`),
	} {
		a := p.do(t, c)
		require.Equal(t, 400, a.StatusCode, "%s: %s", name, a.raw)
		requireProblem(t, a, 400, "malformed")
	}
	for _, provider := range []string{"mailgun", "smtp", "easypost"} {
		c := p.mailerSays(time.Now(), good)
		c.path = "/v1/webhooks/mail/" + provider
		requireProblem(t, p.do(t, c), 404, "not_found")
	}
	requireProblem(t, p.do(t, p.mailerSays(time.Now(), "["+strings.Repeat(" ", 1<<20)+"]")), 413, "too_large")
	require.Equal(t, notify.Taken, p.mailIs(t, mailID))
	require.Empty(t, p.bells.told())

	silent, err := smtp.New(smtp.Config{Addr: "127.0.0.1:25", Encryption: smtp.None, From: "siparis@dukkan.example", CallTimeout: time.Second})
	require.NoError(t, err)
	r := newRig(t, func(d *api.Deps) { d.Mailer = silent })
	requireProblem(t, r.do(t, call{method: "POST", path: "/v1/webhooks/mail/smtp", body: good}), 404, "not_found")
}
