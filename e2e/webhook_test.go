package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/simulators/stripe"
)

// post sends a body to the webhooks' address under a signature.
func post(t *testing.T, body []byte, signature string) lab.Reply {
	t.Helper()
	headers := map[string]string{}
	if signature != "" {
		headers["Stripe-Signature"] = signature
	}
	r, err := shop(t).Send(t.Context(), http.MethodPost, "/v1/webhooks/payments/stripe", headers, body)
	require.NoError(t, err)
	return r
}

// news is an event about the order's payment, as Stripe writes it.
func news(t *testing.T, l *lab.Lab, orderID, id, kind, status string) []byte {
	t.Helper()
	intent := l.Stripe.IntentsOf("order_id", orderID)[0]
	body, err := json.Marshal(map[string]any{
		"id": id, "object": "event", "api_version": "2023-10-16", "type": kind, "created": time.Now().Unix(), "livemode": false,
		"data": map[string]any{"object": map[string]any{
			"id": intent, "object": "payment_intent", "status": status, "metadata": map[string]string{"order_id": orderID},
		}},
	})
	require.NoError(t, err)
	return body
}

func sign(body []byte, at time.Time) string {
	return stripe.Sign(stripe.DefaultWebhookSecret, body, at)
}

func TestWebhook_ForgedOrStaleSignedIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	l := rig(t)
	p := waiting(t)
	body := news(t, l, p.OrderID, "evt_forged", "payment_intent.canceled", "canceled")
	now, told := time.Now(), story(t, p)
	//nolint:paralleltest // each looks whether the one order is as it was
	for name, signature := range map[string]string{
		"not signed":                      "",
		"signed with another secret":      stripe.Sign("whsec_sahte", body, now),
		"signed for another body":         sign([]byte(`{}`), now),
		"signed ten minutes ago":          sign(body, now.Add(-10*time.Minute)),
		"signed ten minutes from now":     sign(body, now.Add(10*time.Minute)),
		"a signature that cannot be read": "t=dün,v1=00",
	} {
		t.Run(name, func(t *testing.T) {
			requireProblem(t, post(t, body, signature), http.StatusBadRequest, "malformed")
			require.Zero(t, letters(t, l, "evt_forged"), "it was not stored")
		})
	}
	require.Equal(t, told, story(t, p))
}

func TestWebhook_DuplicateIsAcknowledgedAndChangesNothing(t *testing.T) {
	t.Parallel()
	l := rig(t)
	p := waiting(t)
	event, told := lab.Key(), story(t, p)
	body := news(t, l, p.OrderID, event, "payment_intent.amount_capturable_updated", "requires_capture")
	for range 3 {
		r := post(t, body, sign(body, time.Now()))
		require.Equal(t, http.StatusOK, r.Status, string(r.Raw))
		require.EqualValues(t, 1, letters(t, l, event), "it is kept once")
		require.Equal(t, told, story(t, p))
	}
}

// waiting is a shopper whose order is placed and whose parcel nobody packs.
func waiting(t *testing.T) *lab.Shopper {
	t.Helper()
	p := placed(t)
	_, err := rig(t).Warehouse().Await(t.Context(), p.OrderID, 1, shipping.LabelCreated)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return strings.Contains(story(t, p), string(shipping.LabelCreated))
	}, time.Minute, 50*time.Millisecond, "the order is told of its parcel's label")
	return p
}

// story is the order as it stands and what happened to it, but for the mails,
// which go out beside it.
func story(t *testing.T, p *lab.Shopper) string {
	t.Helper()
	shown, err := p.Order(t.Context())
	require.NoError(t, err)
	entries, err := p.Timeline(t.Context())
	require.NoError(t, err)
	entries = slices.DeleteFunc(entries, func(e order.Entry) bool { return e.Kind == order.EntryMail })
	return fmt.Sprint(shown.State, said(t, shown)["payment"], lab.Told(entries))
}

// letters counts how often an event is kept, delivered or not.
func letters(t *testing.T, l *lab.Lab, event string) int64 {
	t.Helper()
	kept := int64(0)
	for _, name := range []string{"payment_inbox", "payment_inbox_archive"} {
		n, err := l.App.DB.Collection(name).CountDocuments(t.Context(), bson.D{{Key: "_id", Value: "stripe:" + event}})
		require.NoError(t, err)
		kept += n
	}
	return kept
}

func TestWebhook_LateOneIsTakenAndTheOrderStandsAsItWas(t *testing.T) {
	t.Parallel()
	l := rig(t)
	p := placed(t)
	body := news(t, l, p.OrderID, lab.Key(), "payment_intent.amount_capturable_updated", "requires_capture")
	_, err := p.Cancel(t.Context(), lab.Key())
	require.NoError(t, err)
	await(t, p, order.Cancelled)
	r := post(t, body, sign(body, time.Now()))
	require.Equal(t, http.StatusOK, r.Status, string(r.Raw))
	require.Equal(t, order.Cancelled, await(t, p, order.Cancelled).State)
}
