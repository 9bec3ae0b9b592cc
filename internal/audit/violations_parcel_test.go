package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/simulators/easypost"
)

func parcelViolations() []violation {
	return []violation{
		{"parcel.has_its_order", "its order does not exist", func(t *testing.T, _ scene) string {
			return add(t, "shipments", nobody+"-parcel-1", field("order_id", nobody), field("state", "delivered"))
		}},
		{"parcel.known_state", "it stands where none can", setParcel(waits, "state", "on_holiday")},
		{"parcel.not_stuck", "it is packed and asks for nothing", setParcel(waits, "state", "packed")},
		{"parcel.is_heard", "it arrived and its order does not know", func(t *testing.T, s scene) string {
			id := parcelOf(t, s.completed).ID
			change(t, "orders", s.completed.OrderID, set("state.fulfilment.shipments."+id+".state", "ready"))
			return id
		}},
		{"parcel.shares_add_up", "it costs less than the order", func(t *testing.T, s scene) string {
			change(t, "shipments", parcelOf(t, s.placed).ID, set("share.amount", int64(1)))
			return s.placed.OrderID
		}},
		{"parcel.holds_what_was_bought", "it holds one more", func(t *testing.T, s scene) string {
			change(t, "shipments", parcelOf(t, s.placed).ID, set("lines.0.quantity", int64(3)))
			return s.placed.OrderID
		}},
		{"parcel.one_label", "two labels were bought for it", func(t *testing.T, s scene) string {
			row := parcelOf(t, s.placed)
			label(t, row)
			return row.ID
		}},
		{"parcel.label_given_back", "a cancelled one has a label", func(t *testing.T, s scene) string {
			row := parcelOf(t, s.cancelled)
			label(t, row)
			return row.ID
		}},
		{"parcel.takes_its_units", "it left and its units did not", setParcel(waits, "state", "handed_over")},
		{"parcel.takes_its_units", "its units left and it did not", setParcel(arrived, "state", "ready")},
		{"parcel.paid_before_it_left", "its share was captured a minute later", func(t *testing.T, s scene) string {
			row := parcelOf(t, s.completed)
			change(t, "shipments", row.ID, set("captured_at", row.HandedOverAt.Add(time.Minute)))
			return row.ID
		}},
		{"parcel.paid_before_it_left", "its share was never captured", setParcel(arrived, "captured_at", time.Time{})},
		{"parcel.paid_before_it_left", "the provider captured less than its share", setParcel(arrived, "share.amount", int64(9_999_999))},
		{"parcel.paid_before_it_left", "it left unpaid and the story is silent", func(t *testing.T, s scene) string {
			row := parcelOf(t, s.completed)
			change(t, "shipments", row.ID, bson.D{field("left_unpaid", true), field("captured_at", time.Time{})})
			return row.ID
		}},
	}
}

func mailViolations() []violation {
	return []violation{
		{"mail.has_its_order", "its order does not exist", func(t *testing.T, _ scene) string {
			return add(t, "mails", nobody+"-mail-order_placed", field("order_id", nobody), field("state", "taken"))
		}},
		{"mail.was_sent", "the order says so and the row does not", func(t *testing.T, s scene) string {
			change(t, "mails", placedMail(s.placed), set("state", "unknown"))
			return s.placed.OrderID
		}},
		{"mail.was_sent", "the provider never took it", func(t *testing.T, s scene) string {
			change(t, "mails", placedMail(s.placed), set("tries", bson.D{field("7", bson.D{field("state", "taken")})}))
			return s.placed.OrderID
		}},
		{"mail.was_wanted", "nobody was told of an order", func(t *testing.T, s scene) string {
			change(t, "orders", s.placed.OrderID, set("state.fulfilment.mails", bson.D{}))
			return s.placed.OrderID
		}},
		{"mail.one_for_key", "two tries may have got through", func(t *testing.T, s scene) string {
			change(t, "mails", placedMail(s.placed), set("tries.2.state", "unknown"))
			return placedMail(s.placed)
		}},
		{"mail.one_for_key", "a try has no number", func(t *testing.T, s scene) string {
			change(t, "mails", placedMail(s.placed), set("tries.first.state", "refused"))
			return placedMail(s.placed)
		}},
		{"mail.one_for_key", "the provider took it twice", func(t *testing.T, s scene) string {
			takenAgain(t, notify.SendKey(placedMail(s.placed), 1))
			return placedMail(s.placed)
		}},
		{"mail.is_on_record", "the provider took what nobody wrote down", func(t *testing.T, _ scene) string {
			takenAgain(t, nobody+"-mail-order_placed-1")
			return nobody + "-mail-order_placed-1"
		}},
	}
}

// waits and arrived choose a scene's order.
func waits(s scene) *lab.Shopper   { return s.placed }
func arrived(s scene) *lab.Shopper { return s.completed }

// setParcel changes the only parcel of an order, and has it named.
func setParcel(whose func(scene) *lab.Shopper, name string, value any) func(*testing.T, scene) string {
	return func(t *testing.T, s scene) string {
		row := parcelOf(t, whose(s))
		change(t, "shipments", row.ID, set(name, value))
		return row.ID
	}
}

func parcelOf(t *testing.T, p *lab.Shopper) shipping.Shipment {
	t.Helper()
	rows, err := rig.App.Shipments.OfOrder(t.Context(), p.OrderID)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	return rows[0]
}

func placedMail(p *lab.Shopper) string { return notify.ID(p.OrderID, notify.KindPlaced, "") }

// takenAgain has the provider's mailbox hold one mail more under a key.
func takenAgain(t *testing.T, key string) {
	t.Helper()
	before := rig.App.Mailbox
	t.Cleanup(func() { rig.App.Mailbox = before })
	rig.App.Mailbox = func(ctx context.Context) (map[string]int, error) {
		taken, err := before(ctx)
		taken[key]++
		return taken, err
	}
}

// label has the carrier sell a label under a parcel's reference behind the
// product's back, and takes it back when the row is over.
func label(t *testing.T, row shipping.Shipment) {
	t.Helper()
	to := map[string]string{"name": "Işıl Özgür", "street1": "İnönü Caddesi 5", "city": "Beyoğlu", "zip": "34437", "country": "TR"}
	opened := ask(t, "/v2/shipments", map[string]any{"shipment": map[string]any{
		"reference": row.ID + "-open", "from_address": to, "to_address": to, "parcel": map[string]any{"weight": 42.4},
	}})
	require.NotEmpty(t, opened.Rates)
	ask(t, "/v2/shipments/"+opened.ID+"/buy", map[string]any{"rate": map[string]string{"id": opened.Rates[0].ID}})
	t.Cleanup(func() { ask(t, "/v2/shipments/"+opened.ID+"/refund", nil) })
}

type opened struct {
	ID    string `json:"id"`
	Rates []struct {
		ID string `json:"id"`
	} `json:"rates"`
}

func ask(t *testing.T, path string, body any) opened {
	t.Helper()
	raw := []byte{}
	if body != nil {
		var err error
		raw, err = json.Marshal(body)
		require.NoError(t, err)
	}
	// A row's own context is over when its clean-up gives a label back.
	req, err := http.NewRequest(http.MethodPost, rig.EasyPost.URL+path, bytes.NewReader(raw))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(easypost.DefaultAPIKey, "")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	var answer opened
	require.NoError(t, json.NewDecoder(res.Body).Decode(&answer))
	require.Less(t, res.StatusCode, 300)
	return answer
}
