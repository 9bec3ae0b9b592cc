package sendgrid_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sendgrid/sendgrid-go/helpers/eventwebhook"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/sendgrid"
	"github.com/bedesten/bedesten/simulators/sim"
)

// hook is the shop's webhook endpoint. It verifies with SendGrid's own helper.
type hook struct {
	url string

	mu     sync.Mutex
	key    string
	refuse int // answers 503 so many times
	got    [][]map[string]any
	raw    []string
	stamps []string
	wrong  int
}

func newHook(t *testing.T, r *rig) *hook {
	t.Helper()

	h := &hook{key: r.PublicKey()}
	srv := httptest.NewServer(http.HandlerFunc(h.take))
	t.Cleanup(srv.Close)
	h.url = srv.URL + "/v1/webhooks/mail/sendgrid"
	r.SetWebhookURL(h.url)
	return h
}

func (h *hook) take(w http.ResponseWriter, req *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()

	if h.refuse > 0 {
		h.refuse--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(req.Body)
	var events []map[string]any
	if err != nil || !h.verified(req.Header, body) || json.Unmarshal(body, &events) != nil {
		h.wrong++
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.got, h.raw = append(h.got, events), append(h.raw, string(body))
	h.stamps = append(h.stamps, req.Header.Get(eventwebhook.TimestampHTTPHeader))
}

func (h *hook) verified(header http.Header, body []byte) bool {
	key, err := eventwebhook.ConvertPublicKeyBase64ToECDSA(h.key)
	if err != nil {
		return false
	}
	ok, err := eventwebhook.VerifySignature(key, body, header.Get(eventwebhook.VerificationHTTPHeader), header.Get(eventwebhook.TimestampHTTPHeader))
	return ok && err == nil
}

// told returns the types of all events in the order of arrival.
func (h *hook) told(t *testing.T) []string {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()

	require.Zero(t, h.wrong)
	out := []string{}
	for _, events := range h.got {
		for _, e := range events {
			out = append(out, e["event"].(string))
		}
	}
	return out
}

func TestEventsArePostedInSignedBatches(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *sendgrid.Config) { c.BatchWait = time.Hour })
	h := newHook(t, r)

	r.sent(t, letter())
	r.sent(t, letter("dropped@posta.example"))
	require.Empty(t, h.told(t), "they wait for their batch")
	require.NoError(t, r.Clock().Advance(time.Hour))
	r.idle(t)

	require.Equal(t, []string{"dropped", "delivered", "processed"}, h.told(t), "in one post, the newest first")
	require.Len(t, h.got, 1)
	require.True(t, strings.HasSuffix(h.raw[0], "}]\r\n"), "each event and the whole end with a line break")
	require.Equal(t, 2, strings.Count(h.raw[0], "},\r\n{"))
	sent := r.Sent()[0]
	require.Equal(t, map[string]any{
		"email": "ayse@posta.example", "timestamp": float64(sent.Events[0].At.Unix()), "event": "processed", "send_at": 0.0,
		"sg_event_id": sent.Events[0].ID, "sg_message_id": sent.Events[0].MessageID, "smtp-id": "<" + sent.MessageID + "@geopod-ismtpd-1>",
		"send_key": "mail_01H-1", "order_id": "ord_01H",
	}, h.got[0][2])
	require.Equal(t, "Bounced Address", h.got[0][0]["reason"])
	require.True(t, sent.Events[1].Posted)
}

func TestAFullBatchDoesNotWait(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *sendgrid.Config) { c.BatchWait = time.Hour })
	h := newHook(t, r)
	m := letter()
	m.Personalizations[0].SetCustomArg("note", strings.Repeat("x", 9000))

	for range 45 { // two events of 9 KB each: over 768 KB
		r.sent(t, m)
	}
	require.Eventually(t, func() bool { return len(h.told(t)) > 80 }, 5*time.Second, 5*time.Millisecond)
}

func TestSendGridsOwnFieldsWinOverCustomArguments(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	h := newHook(t, r)
	m := letter()
	m.Personalizations[0].SetCustomArg("event", "uydurma")
	m.Personalizations[0].SetCustomArg("email", "baska@posta.example")
	m.AddCategories("order_placed")

	r.sent(t, m)
	r.idle(t)
	require.Equal(t, []string{"processed", "delivered"}, h.told(t))
	require.Equal(t, "ayse@posta.example", h.got[0][0]["email"])
	require.Equal(t, []any{"order_placed"}, h.got[0][0]["category"])
}

func TestAPostIsSignedWithWallTimeWhereverTheClockStands(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	h := newHook(t, r)
	require.NoError(t, r.Clock().Advance(40*24*time.Hour))

	r.sent(t, letter())
	r.idle(t)
	require.Len(t, h.told(t), 2)
	var stamp int64
	require.NoError(t, json.Unmarshal([]byte(h.stamps[0]), &stamp))
	require.WithinDuration(t, time.Now(), time.Unix(stamp, 0), time.Minute)
	require.WithinDuration(t, time.Now().Add(40*24*time.Hour), time.Unix(int64(h.got[0][0]["timestamp"].(float64)), 0), time.Minute)
}

func TestAfterARotationOnlyTheNewKeyVerifies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	h := newHook(t, r)
	fresh := r.RotateKey()
	require.NotEqual(t, h.key, fresh)
	require.Equal(t, fresh, r.PublicKey())

	r.sent(t, letter())
	r.idle(t)
	require.Equal(t, 2, h.wrong)
	h.wrong, h.key = 0, fresh
	require.NoError(t, r.Clock().Advance(time.Minute))
	require.Eventually(t, func() bool { return len(h.told(t)) == 2 }, 2*time.Second, time.Millisecond)
}

func TestARefusedPostIsTriedAgainWithGrowingPauses(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *sendgrid.Config) { c.BatchWait = time.Second })
	h := newHook(t, r)
	h.refuse = 2

	r.sent(t, letter())
	r.idle(t)
	require.Empty(t, h.told(t))
	require.False(t, r.Sent()[0].Events[0].Posted)
	require.NoError(t, r.Clock().Advance(time.Minute))
	require.Eventually(t, func() bool { return len(r.Deliveries()) == 2 }, 2*time.Second, time.Millisecond)
	require.NoError(t, r.Clock().Advance(4*time.Minute))
	require.Len(t, r.Deliveries(), 2, "the second pause is longer")
	require.NoError(t, r.Clock().Advance(time.Minute))
	require.Eventually(t, func() bool { return len(h.told(t)) == 2 }, 2*time.Second, time.Millisecond)
	r.idle(t)
	require.Equal(t, 3, r.Deliveries()[2].Attempt)
	require.True(t, r.Sent()[0].Events[0].Posted)
}

func TestEventsCanBeLostDoubledReorderedAndLate(t *testing.T) {
	t.Parallel()

	tests := []struct {
		fault sim.Fault
		want  []string
	}{
		{sim.Fault{Kind: sim.WebhookDrop, Match: sim.Match{Event: "delivered"}}, []string{"processed"}},
		{sim.Fault{Kind: sim.WebhookDuplicate, Match: sim.Match{Event: "processed"}}, []string{"processed", "processed", "delivered"}},
		{sim.Fault{Kind: sim.WebhookReorder, Times: 1, Match: sim.Match{Event: "processed"}}, []string{"delivered", "processed"}},
		{sim.Fault{Kind: sim.WebhookDelay, Times: 1, DelayMS: 300, Match: sim.Match{Metadata: map[string]string{"order_id": "ord_01H"}}}, []string{"delivered", "processed"}},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault.Kind), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *sendgrid.Config) { c.BatchWait = 10 * time.Millisecond })
			h := newHook(t, r)
			r.fault(t, tt.fault)

			r.sent(t, letter())
			r.idle(t)
			require.Equal(t, tt.want, h.told(t))
			require.Equal(t, 1, r.Faults()[0].Hits)
			require.Equal(t, []string{"processed", "delivered"}, kinds(r.Sent()[0]), "the inbox knows them all")
		})
	}
}

func TestAFaultOfOneMailsEventsLeavesOtherBatchesAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *sendgrid.Config) { c.BatchWait = time.Hour })
	h := newHook(t, r)
	r.fault(t, sim.Fault{Kind: sim.WebhookDrop, Match: sim.Match{Metadata: map[string]string{"to": "mehmet@posta.example"}}})

	r.sent(t, letter("mehmet@posta.example"))
	r.sent(t, letter())
	r.idle(t)
	require.Equal(t, []string{"delivered", "processed"}, h.told(t))
	require.Len(t, h.got, 1)
}

func TestAnEventCanBePostedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	h := newHook(t, r)
	r.sent(t, letter())
	id := r.Sent()[0].Events[0].ID

	require.NoError(t, r.ResendEvent(id))
	r.idle(t)
	require.Equal(t, []string{"processed", "delivered", "processed"}, h.told(t))
	require.Equal(t, id, h.got[2][0]["sg_event_id"])
	require.Error(t, r.ResendEvent("yok"))
}

func TestAnEndpointThatIsDownCostsTheShopNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.SetWebhookURL("http://127.0.0.1:1/yok")

	r.sent(t, letter())
	r.idle(t)
	require.Len(t, r.Deliveries(), 2)
	require.NotEmpty(t, r.Deliveries()[0].Error)
}

func TestIdleWaitsForTheReceivingServer(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *sendgrid.Config) { c.DeliveryTime, c.BatchWait = 50*time.Millisecond, time.Hour })
	h := newHook(t, r)

	r.sent(t, letter())
	require.Equal(t, []string{"processed"}, kinds(r.Sent()[0]))
	r.idle(t)
	require.Equal(t, []string{"delivered", "processed"}, h.told(t))
}
