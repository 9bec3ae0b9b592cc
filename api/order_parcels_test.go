package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/payment/stripe"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/workflows"
)

// look reads the order as its shopper.
func (w *written) look(t *testing.T) answer {
	t.Helper()
	c := w.call("", "")
	c.method = http.MethodGet
	a := w.do(t, c)
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	return a
}

func TestOrder_FoldsItsParcelsIntoOneStatus(t *testing.T) {
	t.Parallel()
	parcels := func(states ...shipping.State) []shipping.State { return states }
	for _, tt := range []struct {
		status  order.Status
		parcels []shipping.State
		want    string
	}{
		{order.Reserved, nil, "none"},
		{order.Placed, nil, "unfulfilled"},
		{order.Processing, parcels(shipping.Ready, shipping.Blocked), "unfulfilled"},
		{order.Processing, parcels(shipping.HandedOver, shipping.LabelCreated), "partially_shipped"},
		{order.Processing, parcels(shipping.InTransit, shipping.HandedOver), "shipped"},
		{order.Processing, parcels(shipping.InTransit, shipping.Cancelled), "shipped"},
		{order.Processing, parcels(shipping.Lost, shipping.InTransit), "shipped"},
		{order.Processing, parcels(shipping.Delivered, shipping.InTransit), "partially_delivered"},
		{order.Fulfilled, parcels(shipping.Delivered, shipping.Lost), "partially_delivered"},
		{order.Fulfilled, parcels(shipping.Delivered, shipping.Cancelled), "delivered"},
		{order.Cancelled, parcels(shipping.ReturnedToSender, shipping.ReturnedToSender), "returned"},
		{order.Cancelled, parcels(shipping.ReturnedToSender, shipping.Damaged), "undelivered"},
		{order.Cancelling, parcels(shipping.Cancelled, shipping.Cancelled), "cancelled"},
		{order.Processing, parcels(shipping.Cancelling), "cancelled"},
		{order.Cancelled, nil, "cancelled"},
	} {
		p := packOrder(t, tt.parcels...)
		set := bson.D{{Key: "state.status", Value: tt.status}}
		for _, row := range p.parcels {
			set = append(set, bson.E{Key: "state.fulfilment.shipments." + row.ID + ".state", Value: shipping.Planned})
		}
		if tt.status == order.Reserved {
			set = append(set, bson.E{Key: "state.placed_at", Value: time.Time{}})
		}
		_, err := p.db.Collection("orders").UpdateByID(t.Context(), p.order.ID, bson.D{{Key: "$set", Value: set}})
		require.NoError(t, err)
		require.Equal(t, tt.want, p.look(t).json["fulfilment_status"], "%s %v: the parcels decide, before their order has heard of them", tt.status, tt.parcels)
	}
}

func TestOrder_CountsNoParcelThatWasPackedIntoOthers(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.Cancelled, shipping.Delivered)
	require.Equal(t, "delivered", p.look(t).json["fulfilment_status"])
	p.replace(t, 0)
	a := p.look(t)
	require.Equal(t, "delivered", a.json["fulfilment_status"])
	require.Len(t, a.json["shipments"], 1)
}

// replace says that a parcel was packed into others.
func (p *packed) replace(t *testing.T, i int) {
	t.Helper()
	set := bson.D{{Key: "state.fulfilment.shipments." + p.parcels[i].ID + ".replaced", Value: true}}
	_, err := p.db.Collection("orders").UpdateByID(t.Context(), p.order.ID, bson.D{{Key: "$set", Value: set}})
	require.NoError(t, err)
}

func TestOrder_FoldsItsAttemptsIntoOneStatus(t *testing.T) {
	t.Parallel()
	for want, states := range map[string][]payment.State{
		"none": {payment.Declined, payment.Closed}, "voided": {payment.Voided, payment.Declined}, "authorized": {payment.Expired, payment.Authorized},
		"captured": {payment.Refunded, payment.Captured}, "part_refunded": {payment.PartiallyRefunded}, "refunded": {payment.Voided, payment.Refunded},
		"disputed": {payment.Captured, payment.Disputed}, "charged_back": {payment.ChargedBack}, "part_captured": {payment.PartiallyCaptured},
	} {
		state := order.Projection{Status: order.Processing, Open: true, PlacedAt: noon, Attempts: map[string]order.AttemptSummary{}}
		for i, s := range states {
			state.Attempts["deneme-"+string(rune('a'+i))] = order.AttemptSummary{Provider: stripe.Name, State: string(s)}
		}
		require.Equal(t, want, at(t, writeOrder(t, state).look(t).json, "payment")["status"], "%v", states)
	}
	captured := order.Projection{Status: order.Processing, Open: true, PlacedAt: noon, Attempts: map[string]order.AttemptSummary{"a": {State: string(payment.CaptureUnknown)}}}
	require.Equal(t, "authorized", at(t, writeOrder(t, captured).look(t).json, "payment")["status"], "what is not certain is not said")
}

func TestOrder_ShowsItsParcelsWithoutTheShopsOwnTroubles(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.Blocked, shipping.InTransit, shipping.Cancelled, shipping.Cancelled, shipping.Ready)
	for i, change := range []bson.D{
		nil,
		{{Key: "carrier", Value: "easypost"}, {Key: "service", Value: "UPS UPSStandard"}, {Key: "carrier_name", Value: "UPS"}, {Key: "tracking_code", Value: "104729385562"},
			{Key: "tracking_url", Value: "https://kargo.example/takip"}, {Key: "handed_over_at", Value: noon}, {Key: "handed_over_by", Value: "mehmet"}},
		{{Key: "carrier", Value: "easypost"}, {Key: "carrier_name", Value: "UPS"}, {Key: "tracking_code", Value: "999"}},
		nil,
		{{Key: "carrier", Value: "easypost"}, {Key: "carrier_name", Value: "UPS"}, {Key: "tracking_code", Value: "999"}, {Key: "tracking_url", Value: "https://kargo.example/takip"}},
	} {
		if change != nil {
			_, err := p.db.Collection("shipments").UpdateByID(t.Context(), p.parcels[i].ID, bson.D{{Key: "$set", Value: change}})
			require.NoError(t, err)
		}
	}
	p.replace(t, 3)

	a := p.look(t)
	shown := a.json["shipments"].([]any)
	require.Len(t, shown, 4)
	first, second, third := shown[0].(map[string]any), shown[1].(map[string]any), shown[2].(map[string]any)
	require.Equal(t, "preparing", first["state"])
	require.NotContains(t, first, "carrier", "the shop brings it")
	require.Equal(t, "in_transit", second["state"])
	require.Equal(t, "UPS", second["carrier"], "and not the code of its service")
	require.Equal(t, "104729385562", second["tracking_code"])
	require.Equal(t, "2026-11-25T12:00:00Z", second["shipped_at"])
	require.Equal(t, "cancelled", third["state"])
	require.NotContains(t, third, "tracking_code")
	require.NotContains(t, shown[3], "tracking_url", "it has not left yet")
	require.NotContains(t, shown[3], "tracking_code")
	require.NotContains(t, a.raw, "mehmet", "who of the staff did it is the shop's business")
	require.NotContains(t, a.raw, "blocked")
}

// lostHold is an order whose hold ran out with one of two parcels cancelled.
func lostHold() order.Projection {
	state := order.Projection{Status: order.Processing, Open: true, PlacedAt: noon}
	state.Hold = &order.Hold{AttemptID: "eski", State: order.HoldLost, Since: noon, Code: "given_up"}
	state.Shipments = map[string]order.ShipmentSummary{
		"ord-parcel-1": {Number: 1, State: string(shipping.LabelCreated), Share: 3_000},
		"ord-parcel-2": {Number: 2, State: string(shipping.Cancelled), Share: 1_990},
		"ord-parcel-3": {Number: 3, State: string(shipping.Cancelled), Share: 500, Replaced: true},
	}
	return state
}

func TestPayAgain_OfALostHoldPaysForWhatGoesOn(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, lostHold())
	paid := at(t, w.look(t).json, "payment")
	require.InDelta(t, 3_000, at(t, paid, "due")["amount"], 0)
	require.Equal(t, "2026-11-25T12:01:12Z", paid["due_until"])

	w.run.about = func(id string) {
		w.run.answer = workflows.Answer{Status: order.Processing, AttemptID: id, Attempt: string(payment.Authorized)}
	}
	c := w.call("/payment-attempts", anotherCard)
	for range 2 {
		require.Equal(t, http.StatusCreated, w.do(t, c).StatusCode)
	}
	rows, err := w.deps.Attempts.OfOrder(t.Context(), w.order.ID)
	require.NoError(t, err)
	require.Len(t, rows, 2)
	again := rows[0]
	if again.ID == w.attempt.ID {
		again = rows[1]
	}
	require.Equal(t, money.Of(3_000, "TRY"), again.Amount)
	require.Equal(t, payment.PurposeReplacement, again.Purpose)
	require.Equal(t, money.Of(3_000, "TRY"), again.Op(payment.OpAuthorize).Amount, "the op is fixed with what is due")
}

func TestPayAgain_OfALostHoldSaysHowItWent(t *testing.T) {
	t.Parallel()
	for state, want := range map[payment.State]struct {
		status int
		code   string
	}{
		payment.Authorized: {201, ""}, payment.Capturing: {201, ""}, payment.Captured: {201, ""}, payment.ActionRequired: {202, ""}, payment.Unknown: {202, ""},
		payment.Declined: {402, "declined"}, payment.Closed: {402, "declined"}, payment.Refused: {503, "payment_unavailable"},
	} {
		w := writeOrder(t, lostHold())
		w.run.about = func(id string) {
			w.run.answer = workflows.Answer{Status: order.Processing, AttemptID: id, Attempt: string(state)}
		}
		a := w.do(t, w.call("/payment-attempts", anotherCard))
		require.Equal(t, want.status, a.StatusCode, "%s: %s", state, a.raw)
		if want.code != "" {
			requireProblem(t, a, want.status, want.code)
			require.NotContains(t, a.json, "attempts_left", "a placed order has no last try")
			require.Equal(t, "2026-11-25T12:01:12Z", a.json["until"])
		}
	}
	w := writeOrder(t, lostHold())
	w.run.err = refusedBy("attempt_open", "the last payment has no certain answer yet: wait for it")
	a := w.do(t, w.call("/payment-attempts", anotherCard))
	requireProblem(t, a, 409, "attempt_open")
	require.Equal(t, "2026-11-25T12:01:12Z", a.json["until"])
}

func TestPayAgain_ShowsTheBanksPageOfAPlacedOrder(t *testing.T) {
	t.Parallel()
	state := lostHold()
	orderID := id.New(id.Order, noon)
	state.Attempts = map[string]order.AttemptSummary{payment.AttemptID(orderID, "checkout"): {Provider: stripe.Name, State: string(payment.ActionRequired)}}
	w := writeOrderAs(t, orderID, state)
	set := bson.D{{Key: "redirect_url", Value: "https://bank.example/1"}, {Key: "purpose", Value: payment.PurposeReplacement}}
	_, err := w.db.Collection("payment_attempts").UpdateByID(t.Context(), w.attempt.ID, bson.D{{Key: "$set", Value: set}})
	require.NoError(t, err)
	require.Equal(t, "https://bank.example/1", at(t, w.look(t).json, "payment", "action")["url"])

	w.run.err = refusedBy("attempt_open", "a payment is on its way")
	a := w.do(t, w.call("/payment-attempts", anotherCard))
	requireProblem(t, a, 409, "attempt_open")
	require.Equal(t, "https://bank.example/1", a.json["url"])

	w.run.err, w.run.updates = nil, nil
	w.run.answer = workflows.Answer{Status: order.Processing, AttemptID: w.attempt.ID}
	back := w.do(t, call{method: "GET", path: "/healthz"})
	require.Equal(t, http.StatusOK, back.StatusCode)
	once := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/v1/payments/stripe/return?attempt="+w.attempt.ID, nil)
	require.NoError(t, err)
	res, err := once.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.Len(t, w.run.updates, 1, "who comes back wakes the order")
}

func TestPayAgain_TakesNothingWhileTheHoldStands(t *testing.T) {
	t.Parallel()
	for _, hold := range []order.HoldState{order.HoldStands, order.HoldCapturing, order.HoldCaptured, order.HoldFailed, order.HoldUnknown} {
		state := lostHold()
		state.Hold.State = hold
		w := writeOrder(t, state)
		requireProblem(t, w.do(t, w.call("/payment-attempts", anotherCard)), 409, "conflict")
		require.Equal(t, 1, w.attempts(t))
		require.NotContains(t, at(t, w.look(t).json, "payment"), "due")
	}
}

func TestCancel_OfAPlacedOrderSaysWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	placed := func(status order.Status, wanted *order.CancelWanted) *written {
		return writeOrder(t, order.Projection{Status: status, Open: true, PlacedAt: noon, CancelWanted: wanted})
	}
	want := &order.CancelWanted{By: "customer", Command: "cmd_1", At: noon}
	taken := &order.CancelWanted{By: "customer", Command: "cmd_1", At: noon, Taken: true}

	w := placed(order.Processing, want)
	w.run.answer = workflows.Answer{Status: order.Processing}
	a := w.do(t, w.call("/cancel", ""))
	require.Equal(t, http.StatusAccepted, a.StatusCode, "the parcels have not answered yet: %s", a.raw)
	require.Equal(t, true, a.json["cancel_wanted"])

	w = placed(order.Processing, taken)
	w.run.answer = workflows.Answer{Status: order.Processing}
	a = w.do(t, w.call("/cancel", ""))
	require.Equal(t, http.StatusOK, a.StatusCode, "the rest is cancelled: %s", a.raw)
	require.NotContains(t, a.json, "cancel_wanted")

	w = placed(order.Processing, nil)
	w.run.answer = workflows.Answer{Status: order.Processing, Refused: "conflict"}
	w.requireTold(t, w.call("/cancel", ""), "conflict", "Her şey kargoya verildi: iptal yerine iade edebilirsiniz.", "everything was handed over: send it back instead")

	w = placed(order.Fulfilled, nil)
	w.run.err = errNobodyAnswers
	requireProblem(t, w.do(t, w.call("/cancel", "")), 409, "conflict")
	kept, err := w.deps.Orders.Find(t.Context(), w.order.ID)
	require.NoError(t, err)
	require.Nil(t, kept.CancelAsked, "nothing waits for what cannot come")

	w = placed(order.Completed, nil)
	w.run.err = errNoRun
	requireProblem(t, w.do(t, w.call("/cancel", "")), 409, "conflict")
}
