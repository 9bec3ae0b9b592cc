package easypost_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	easypostgo "github.com/EasyPost/easypost-go/v5"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/simulators/sim"
)

// kinds are the descriptions of events.
func kinds(events []*easypostgo.Event) []string {
	out := []string{}
	for _, e := range events {
		out = append(out, e.Description)
	}
	return out
}

func TestWebhooksAreSignedAsEasyPostsOwnClientVerifies(t *testing.T) {
	t.Parallel()
	r, in := newRig(t), newInbox(t, 0)
	r.SetWebhookURL(in.url)
	shp := r.bought(t, ankara)
	require.NoError(t, r.HandOver(shp.ID))
	require.NoError(t, r.Clock().Advance(30*time.Hour))
	r.idle(t)

	events := in.told(t, r)
	require.Equal(t, []string{"tracker.created", "tracker.updated", "tracker.updated", "tracker.updated"}, kinds(events))
	last, ok := events[3].Result.(*easypostgo.Tracker)
	require.True(t, ok)
	require.Equal(t, shp.ID, last.ShipmentID)
	require.Equal(t, "delivered", last.Status)
	require.Equal(t, "out_for_delivery", events[3].PreviousAttributes["status"])

	l := in.all()[0]
	forged := slices.Concat(l.body, []byte(" "))
	_, err := r.api.ValidateWebhook(forged, map[string]any{"X-Hmac-Signature": l.header.Get("X-Hmac-Signature")}, r.WebhookSecret())
	var mismatch *easypostgo.MismatchWebhookSignatureError
	require.ErrorAs(t, err, &mismatch)
}

func TestASignatureOfASecretInItsNormalFormIsTheClientsOwn(t *testing.T) {
	t.Parallel()
	body := []byte(`{"object":"Event","description":"tracker.updated"}`)

	// The composed letter is what an operator types, the decomposed one what is
	// signed with.
	header := map[string]any{"X-Hmac-Signature": easypost.Sign("gizli-s\u0327ifre", body)}
	e, err := easypostgo.New("EZTK").ValidateWebhook(body, header, "gizli-\u015fifre")
	require.NoError(t, err)
	require.Equal(t, "tracker.updated", e.Description)
}

func TestAGrantedRefundIsTold(t *testing.T) {
	t.Parallel()
	r, in := newRig(t), newInbox(t, 0)
	r.SetWebhookURL(in.url)
	shp := r.bought(t, ankara)
	_, err := r.api.RefundShipment(shp.ID)
	require.NoError(t, err)
	require.NoError(t, r.SettleRefund(shp.ID, true))
	r.idle(t)

	events := in.told(t, r)
	require.Equal(t, []string{"tracker.created", "refund.successful"}, kinds(events))
	refund, ok := events[1].Result.(*easypostgo.Refund)
	require.True(t, ok)
	require.Equal(t, shp.ID, refund.ShipmentID)
	require.Equal(t, "refunded", refund.Status)
}

func TestAWebhookIsTriedAgainUntilItIsTaken(t *testing.T) {
	t.Parallel()
	r, in := newRig(t), newInbox(t, 2)
	r.SetWebhookURL(in.url)
	shp := r.bought(t, ankara)
	r.idle(t)
	require.Len(t, in.all(), 1)
	pending, err := r.api.ListEvents(&easypostgo.ListOptions{})
	require.NoError(t, err)
	require.Equal(t, "pending", pending.Events[0].Status)

	for want := 2; want <= 3; want++ {
		require.NoError(t, r.Clock().Advance(30*time.Minute))
		require.Eventually(t, func() bool { return len(r.Deliveries()) >= want }, 5*time.Second, time.Millisecond)
	}
	r.idle(t)
	e, err := r.api.GetEvent(pending.Events[0].ID)
	require.NoError(t, err)
	require.Equal(t, "completed", e.Status)
	require.Equal(t, []string{in.url}, e.CompletedURLs)
	require.Equal(t, shp.ID, r.Books()[0].ID)
}

func TestEventsAreListedTheNewestFirstAndDoNotSayWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.bought(t, ankara).ID
	for range 22 {
		require.NoError(t, r.Track(id, easypost.Update{Status: easypost.StatusInTransit}))
	}

	page, err := r.api.ListEvents(&easypostgo.ListOptions{})
	require.NoError(t, err)
	require.Len(t, page.Events, 20)
	require.True(t, page.HasMore)
	for _, e := range page.Events {
		require.Nil(t, e.Result)
	}
	rest, err := r.api.GetNextEventPage(page)
	require.NoError(t, err)
	require.Equal(t, []string{"tracker.updated", "tracker.updated", "tracker.created"}, kinds(rest.Events))
}

func TestWebhooksAreLostDoubledAndLate(t *testing.T) {
	t.Parallel()
	r, in := newRig(t), newInbox(t, 0)
	r.SetWebhookURL(in.url)
	r.fault(t, sim.Fault{Kind: sim.WebhookDrop, Times: 1, Match: sim.Match{Event: "tracker.created", Metadata: map[string]string{"reference": reference}}})
	r.fault(t, sim.Fault{Kind: sim.WebhookDuplicate, Times: 1, Match: sim.Match{Event: "tracker.updated"}})
	r.fault(t, sim.Fault{Kind: sim.WebhookReorder, Times: 1, Match: sim.Match{Event: "tracker.updated"}})
	id := r.bought(t, ankara).ID
	for _, status := range []string{easypost.StatusPreTransit, easypost.StatusInTransit, easypost.StatusDelivered} {
		require.NoError(t, r.Track(id, easypost.Update{Status: status}))
	}
	r.idle(t)

	var got []string
	for _, e := range in.told(t, r) {
		tracker, ok := e.Result.(*easypostgo.Tracker)
		require.True(t, ok)
		got = append(got, tracker.Status)
	}
	require.Equal(t, []string{"pre_transit", "pre_transit", "delivered", "in_transit"}, got)
}

func TestAnEventIsSentAgainWhenItIsAskedFor(t *testing.T) {
	t.Parallel()
	r, in := newRig(t), newInbox(t, 0)
	r.SetWebhookURL(in.url)
	r.bought(t, ankara)
	r.idle(t)
	var first struct {
		ID string `json:"id"`
	}
	require.NoError(t, json.Unmarshal(in.all()[0].body, &first))

	status, _ := r.control(t, "POST", "events/"+first.ID+"/resend", "")
	require.Equal(t, 202, status)
	r.idle(t)
	require.Len(t, in.all(), 2)
	status, _ = r.control(t, "POST", "events/evt_1/resend", "")
	require.Equal(t, 404, status)
}
