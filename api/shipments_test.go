package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/shipping/own"
	"github.com/bedesten/bedesten/workflows"
)

// depot is a Temporal whose parcels do what the test says.
type depot struct {
	client.Client
	mu    sync.Mutex
	asked []client.UpdateWorkflowOptions
	// take does what an update is about, or refuses it.
	take func(u client.UpdateWorkflowOptions) (any, error)
}

func (d *depot) UpdateWorkflow(_ context.Context, u client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, u)
	answer, err := d.take(u)
	if err != nil {
		return nil, err
	}
	return heard{answer: answer}, nil
}

type heard struct {
	client.WorkflowUpdateHandle
	answer any
}

func (h heard) Get(_ context.Context, into any) error {
	raw, err := json.Marshal(h.answer)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// packed is an order with two parcels in the stores.
type packed struct {
	*written
	depot   *depot
	parcels []shipping.Shipment
}

// packOrder writes an order that is being processed, with parcels in the given
// states.
func packOrder(t *testing.T, states ...shipping.State) *packed {
	t.Helper()
	p := &packed{depot: &depot{}}
	p.depot.take = func(client.UpdateWorkflowOptions) (any, error) { return nil, errNoRun }
	orderID := id.New(id.Order, noon)
	state := order.Projection{Status: order.Processing, Open: true, PlacedAt: noon}
	state.Shipments = map[string]order.ShipmentSummary{}
	for i, s := range states {
		row := shipping.Shipment{
			ID: shipping.ID(orderID, "", i+1), OrderID: orderID, Number: i + 1, Carrier: own.Name, Location: "main",
			Lines: []shipping.Line{{SKU: "CAY-06", Quantity: 2}, {SKU: "CEZVE-01", Quantity: 1}}, Grams: 1200,
			Share: money.Of(2_495, "TRY"), State: s, Command: shipping.FirstCommand, CreatedAt: noon,
		}
		row.Ref = row.OpID(shipping.OpOpen)
		p.parcels = append(p.parcels, row)
		state.Shipments[row.ID] = order.ShipmentSummary{Number: i + 1, State: string(s), Share: 2_495, Carrier: own.Name}
	}
	p.written = writeOrderAs(t, orderID, state, func(d *api.Deps) {
		d.Temporal, d.Carriers = p.depot, shipping.Carriers{own.Name: own.New("TRY")}
	})
	if len(p.parcels) > 0 {
		require.NoError(t, p.deps.Shipments.Create(t.Context(), p.parcels))
	}
	return p
}

// becomes lets the first parcel come to a state, as its workflow's activities do.
func (p *packed) becomes(s shipping.State) {
	_, _, err := p.deps.Shipments.Apply(context.Background(), shipping.Change{ShipmentID: p.parcels[0].ID, State: s, At: noon, By: "ayse"})
	if err != nil {
		panic(err)
	}
}

// by makes a call of the staff about the first parcel.
func (p *packed) by(key, path, body string) call {
	c := call{method: "POST", path: "/v1/shipments/" + p.parcels[0].ID + path, body: body, headers: map[string]string{
		"Authorization": "Bearer " + key, "Idempotency-Key": freshKey(),
	}}
	if path == "" || strings.HasPrefix(path, "/label") {
		c.method = "GET"
	}
	return c
}

func refusedBy(code fault.Code, message string) error {
	return temporal.NewNonRetryableApplicationError(message, string(code), nil)
}

func TestStaff_IsLetInByAKeyAloneAndEverybodyElseFindsNothing(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.LabelCreated)
	for _, wrong := range []string{"", "Bearer", "Bearer ", "Bearer " + ayseKey[1:], "Bearer " + ayseKey + "x", "Basic " + ayseKey, "Bearer ayse:" + ayseKey} {
		for _, c := range []call{
			p.by("", "", ""), p.by("", "/label", ""), p.by("", "/pack", ""), p.by("", "/hand-over", ""), p.by("", "/scan", `{`), p.by("", "/cancel", ""),
			{method: "GET", path: "/v1/orders/" + p.order.ID + "/shipments"}, {method: "PUT", path: "/v1/orders/" + p.order.ID + "/parcels", body: `{`},
		} {
			a := p.do(t, c.with("Authorization", wrong))
			requireProblem(t, a, 404, "not_found")
			unknown := p.do(t, call{method: c.method, path: "/v1/yok", body: c.body})
			require.Equal(t, unknown.json["detail"], a.json["detail"])
		}
	}
	require.Empty(t, p.depot.asked)
	for _, key := range []string{ayseKey, mehmetKey} {
		require.Equal(t, http.StatusOK, p.do(t, p.by(key, "", "")).StatusCode)
	}
	orderSecret := p.call("", "").headers["X-Order-Secret"]
	requireProblem(t, p.do(t, p.by("", "", "").with("X-Order-Secret", orderSecret)), 404, "not_found")
}

func TestStaff_IsSlowedDownByWrongKeysOnly(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.LabelCreated)
	p.deps.Rates = map[string]api.Rate{api.LimitKeys: {PerMinute: 1, Burst: 2}, api.LimitShop: {PerMinute: 1, Burst: 1}}
	p.serve(t)
	for range 2 {
		requireProblem(t, p.do(t, p.by("yanlis", "", "")), 404, "not_found")
	}
	a := p.do(t, p.by("yanlis", "", ""))
	requireProblem(t, a, 429, "rate_limited")
	require.NotEmpty(t, a.Header.Get("Retry-After"))
	for range 5 {
		require.Equal(t, http.StatusOK, p.do(t, p.by(ayseKey, "", "")).StatusCode, "a right key is nobody's guess")
	}
}

func TestShipment_OfNobodyIsNotFound(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.LabelCreated)
	for _, stranger := range []string{
		"yok", "ord_", "%00", "ord_%ff", "..%2f..%2fetc", strings.Repeat("a", 300), "crt_01k3v8m4w00000000000000007", p.order.ID,
		shipping.ID(id.New(id.Order, noon), "", 1), shipping.ID(p.order.ID, "", 2), "ord_$where",
	} {
		for _, path := range []string{"", "/label", "/pack", "/hand-over", "/cancel", "/scan"} {
			c := p.by(ayseKey, path, "")
			if path == "/scan" {
				c.body = `{"state":"delivered"}`
			}
			c.path = "/v1/shipments/" + stranger + path
			a := p.do(t, c)
			requireProblem(t, a, 404, "not_found")
		}
	}
	for _, stranger := range []string{"yok", id.New(id.Order, noon), "%00"} {
		requireProblem(t, p.do(t, call{method: "GET", path: "/v1/orders/" + stranger + "/shipments", headers: p.by(ayseKey, "", "").headers}), 404, "not_found")
		requireProblem(t, p.do(t, call{method: "PUT", path: "/v1/orders/" + stranger + "/parcels", headers: p.by(ayseKey, "", "").headers,
			body: `{"parcels":[{"lines":[{"sku":"CAY-06","quantity":1}]}]}`}), 404, "not_found")
	}
	require.Empty(t, p.depot.asked)
}

func TestShipment_ShowsWhatCanBeDoneWithIt(t *testing.T) {
	t.Parallel()
	for state, want := range map[shipping.State][]any{
		shipping.Planned: {"cancel"}, shipping.LabelCreated: {"label", "pack", "cancel"}, shipping.CapturePending: {"label", "cancel"},
		shipping.Ready: {"label", "hand-over", "cancel"}, shipping.InTransit: {"label", "scan"}, shipping.Delivered: {"label"}, shipping.Cancelled: {},
	} {
		p := packOrder(t, state)
		a := p.do(t, p.by(ayseKey, "", ""))
		require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
		require.Equal(t, want, a.json["takes"], string(state))
		require.Equal(t, string(state), a.json["state"])
		require.InDelta(t, 2_495, at(t, a.json, "share")["amount"], 0)
	}
}

func TestLabel_IsPrintedInBothFormsWhileItCanBeUsed(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.LabelCreated)
	for format, want := range map[string][2]string{"": {"application/pdf", "%PDF-"}, "?format=pdf": {"application/pdf", "%PDF-"}, "?format=zpl": {"application/zpl", "^XA"}} {
		a := p.do(t, p.by(ayseKey, "/label"+format, ""))
		require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
		require.Equal(t, want[0], a.Header.Get("Content-Type"))
		require.True(t, strings.HasPrefix(a.raw, want[1]))
		require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	}
	requireProblem(t, p.do(t, p.by(ayseKey, "/label?format=png", "")), 422, "invalid")
	for _, state := range []shipping.State{shipping.Planned, shipping.LabelUnknown, shipping.Cancelled} {
		p := packOrder(t, state)
		a := p.do(t, p.by(ayseKey, "/label", ""))
		requireProblem(t, a, 409, "conflict")
		require.Contains(t, a.json["detail"], string(state))
	}
}

func TestPack_IsAnsweredTwiceWithTheSameStateAndAskedOnce(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.LabelCreated)
	p.depot.take = func(u client.UpdateWorkflowOptions) (any, error) {
		p.becomes(shipping.Packed)
		p.becomes(shipping.CapturePending)
		time.AfterFunc(200*time.Millisecond, func() { p.becomes(shipping.Ready) })
		return workflows.ParcelAnswer{State: shipping.CapturePending}, nil
	}
	once := p.by(ayseKey, "/pack", "")
	for range 2 {
		a := p.do(t, once)
		require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
		require.Equal(t, "ready", a.json["state"], "what comes next, its hand-over, can be done at once")
		require.Equal(t, "ayse", a.json["packed_by"])
	}
	require.Len(t, p.depot.asked, 2)
	require.Equal(t, p.depot.asked[0].UpdateID, p.depot.asked[1].UpdateID, "one key is one command")
	require.Equal(t, workflows.ShipmentID(p.parcels[0].ID), p.depot.asked[0].WorkflowID)
	require.Equal(t, workflows.UpdatePack, p.depot.asked[0].UpdateName)
	require.Equal(t, []any{workflows.ParcelCommand{By: "ayse"}}, p.depot.asked[0].Args)

	p.do(t, p.by(mehmetKey, "/pack", ""))
	require.NotEqual(t, p.depot.asked[0].UpdateID, p.depot.asked[2].UpdateID)
	p.depot.take = func(client.UpdateWorkflowOptions) (any, error) { return nil, errNoRun }
	require.Equal(t, http.StatusOK, p.do(t, p.by(mehmetKey, "/pack", "")).StatusCode, "packed is packed, whoever can still say so")
	requireProblem(t, p.do(t, p.by(ayseKey, "/pack", "").with("Idempotency-Key", "")), 400, "idempotency_key_missing")
	requireProblem(t, p.do(t, p.by(ayseKey, "/pack", "{")), 400, "malformed")
}

func TestPack_SaysThatTheBankHasNotAnsweredYet(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.LabelCreated)
	p.depot.take = func(client.UpdateWorkflowOptions) (any, error) {
		p.becomes(shipping.CapturePending)
		return workflows.ParcelAnswer{State: shipping.CapturePending}, nil
	}
	a := p.do(t, p.by(ayseKey, "/pack", ""))
	require.Equal(t, http.StatusAccepted, a.StatusCode, "%s", a.raw)
	require.Equal(t, "capture_pending", a.json["state"])
	require.NotEmpty(t, a.Header.Get("Retry-After"))

	p.depot.take = func(client.UpdateWorkflowOptions) (any, error) {
		p.becomes(shipping.Blocked)
		return workflows.ParcelAnswer{State: shipping.Blocked}, nil
	}
	a = p.do(t, p.by(ayseKey, "/pack", ""))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Equal(t, "blocked", a.json["state"])
}

func TestAccessLog_NamesTheOperatorWhoseKeyWasUsed(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.LabelCreated)
	operatorOf := func(a answer) any {
		t.Helper()
		var line map[string]any
		for l := range strings.Lines(p.log.String()) {
			if strings.Contains(l, a.Header.Get("X-Request-Id")) && strings.Contains(l, `"msg":"request"`) {
				require.NoError(t, json.Unmarshal([]byte(l), &line))
			}
		}
		require.Contains(t, line, "route")
		return line["operator"]
	}
	require.Equal(t, "ayse", operatorOf(p.do(t, p.by(ayseKey, "", ""))))
	require.Nil(t, operatorOf(p.do(t, p.by("yanlis", "", ""))))
	require.Nil(t, operatorOf(p.do(t, call{method: "GET", path: "/v1/products"})))
}

func TestHandOver_BeforePackingIsRefusedWithWhatToDoAndLogged(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.LabelCreated)
	p.depot.take = func(client.UpdateWorkflowOptions) (any, error) {
		return nil, refusedBy(fault.Conflict, "a parcel that is label_created cannot be handed over: pack it first")
	}
	a := p.do(t, p.by(mehmetKey, "/hand-over", ""))
	requireProblem(t, a, 409, "conflict")
	require.Contains(t, a.json["detail"], "pack it first")
	lines := p.log.String()
	require.Contains(t, lines, "a staff command was refused")
	require.Contains(t, lines, `"operator":"mehmet"`)
	require.Contains(t, lines, p.parcels[0].ID)
	require.Contains(t, lines, a.Header.Get("X-Request-Id"))
	require.NotContains(t, lines, mehmetKey)
}

func TestParcelCommand_WithoutAnAnswerShowsThePresentState(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"nobody answers": errNobodyAnswers, "no run": errNoRun} {
		p := packOrder(t, shipping.LabelCreated)
		p.depot.take = func(client.UpdateWorkflowOptions) (any, error) { return nil, err }
		a := p.do(t, p.by(ayseKey, "/pack", ""))
		require.Equal(t, http.StatusAccepted, a.StatusCode, "%s: %s", name, a.raw)
		require.Equal(t, "label_created", a.json["state"])
		require.NotEmpty(t, a.Header.Get("Retry-After"))
	}
	p := packOrder(t, shipping.Cancelled)
	requireProblem(t, p.do(t, p.by(ayseKey, "/pack", "")), 409, "conflict")
	require.Equal(t, http.StatusOK, p.do(t, p.by(ayseKey, "/cancel", "")).StatusCode, "given up is given up")

	p = packOrder(t, shipping.LabelCreated)
	p.depot.take = func(client.UpdateWorkflowOptions) (any, error) {
		p.becomes(shipping.Cancelling)
		return workflows.ParcelAnswer{State: shipping.Cancelling}, nil
	}
	a := p.do(t, p.by(ayseKey, "/pack", ""))
	requireProblem(t, a, 409, "conflict")
	require.Contains(t, a.json["detail"], "cancelling")
}

func TestScan_OfAWordThatIsNoneNamesThoseThatThereAre(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.InTransit)
	a := p.do(t, p.by(ayseKey, "/scan", `{"state":"kayıp"}`))
	requireProblem(t, a, 422, "invalid")
	require.Contains(t, a.raw, "out_for_delivery")
}

func TestScan_TakesWhatCanBeSeenOfAParcelOnItsWay(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.HandedOver)
	p.depot.take = func(u client.UpdateWorkflowOptions) (any, error) {
		seen := u.Args[0].(workflows.ParcelCommand).State
		p.becomes(seen)
		return workflows.ParcelAnswer{State: seen}, nil
	}
	for _, state := range []string{"planned", "ready", "handed_over", "cancelled", "teslim", ""} {
		a := p.do(t, p.by(ayseKey, "/scan", `{"state":"`+state+`"}`))
		requireProblem(t, a, 422, "invalid")
		require.Equal(t, "body.state", a.json["errors"].([]any)[0].(map[string]any)["field"])
	}
	require.Empty(t, p.depot.asked)
	a := p.do(t, p.by(ayseKey, "/scan", `{"state":"out_for_delivery"}`))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Equal(t, "out_for_delivery", a.json["state"])

	p.depot.take = func(client.UpdateWorkflowOptions) (any, error) {
		return nil, refusedBy(fault.Conflict, "a parcel that is label_created has not left the house yet")
	}
	a = p.do(t, p.by(ayseKey, "/scan", `{"state":"delivered"}`))
	requireProblem(t, a, 409, "conflict")
	require.Contains(t, a.json["detail"], "has not left the house")
}

// boxes writes the body of a packing: each box is "SKU×n SKU×n".
func boxes(list ...string) string {
	parcels := []any{}
	for _, box := range list {
		lines := []any{}
		for _, l := range strings.Fields(box) {
			sku, n, _ := strings.Cut(l, "×")
			quantity, err := strconv.Atoi(n)
			if err != nil {
				panic(err)
			}
			lines = append(lines, map[string]any{"sku": sku, "quantity": quantity})
		}
		parcels = append(parcels, map[string]any{"lines": lines})
	}
	raw, err := json.Marshal(map[string]any{"parcels": parcels})
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func TestParcels_ArePackedOtherwiseBeforeTheyHaveLabels(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it waits for answers that do not come: make test does it")
	}
	p := packOrder(t, shipping.Planned, shipping.Planned)
	put := func(list ...string) call {
		return call{method: "PUT", path: "/v1/orders/" + p.order.ID + "/parcels", body: boxes(list...), headers: map[string]string{"Authorization": "Bearer " + ayseKey}}
	}
	p.depot.take = func(client.UpdateWorkflowOptions) (any, error) {
		return workflows.Answer{Status: order.Processing}, nil
	}

	a := p.do(t, put("CEZVE-01×1 CAY-06×1 CAY-06×1", "CAY-06×2 CEZVE-01×1"))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Len(t, a.json["shipments"], 2)
	require.Empty(t, p.depot.asked, "they are packed so")

	for range 2 {
		require.Equal(t, http.StatusAccepted, p.do(t, put("CAY-06×4", "CEZVE-01×2")).StatusCode, "taken, and not to be seen yet")
	}
	require.Equal(t, http.StatusAccepted, p.do(t, put("CEZVE-01×2", "CAY-06×3 CAY-06×1")).StatusCode)
	require.Equal(t, http.StatusAccepted, p.do(t, put("CAY-06×4 CEZVE-01×2")).StatusCode)
	ids := []string{}
	for _, u := range p.depot.asked {
		require.Equal(t, workflows.OrderID(p.order.ID), u.WorkflowID)
		require.Equal(t, workflows.UpdateParcels, u.UpdateName)
		ids = append(ids, u.UpdateID)
	}
	require.Equal(t, []string{ids[0], ids[0], ids[0]}, ids[:3], "the same boxes are one command")
	require.NotEqual(t, ids[0], ids[3])

	for _, wrong := range [][]string{{"CAY-06×4"}, {"CAY-06×5 CEZVE-01×2"}, {"CAY-06×4 CEZVE-01×2 AYVA-01×1"}} {
		a := p.do(t, put(wrong...))
		requireProblem(t, a, 422, "invalid")
		require.Equal(t, "body.parcels", a.json["errors"].([]any)[0].(map[string]any)["field"])
	}
	for _, body := range []string{`{"parcels":[]}`, `{"parcels":[{"lines":[]}]}`, boxes("CAY-06×0"), boxes("CAY-06×-4"), `{"parcels":null}`} {
		wrong := put("CAY-06×4")
		wrong.body = body
		requireProblem(t, p.do(t, wrong), 422, "invalid")
	}
	require.Len(t, p.depot.asked, 4)

	p.depot.take = func(client.UpdateWorkflowOptions) (any, error) {
		return nil, refusedBy(fault.Conflict, "parcel 1 has its label already")
	}
	requireProblem(t, p.do(t, put("CAY-06×4 CEZVE-01×2")), 409, "conflict")
	p.depot.take = func(client.UpdateWorkflowOptions) (any, error) {
		return workflows.Answer{Status: order.Processing, Refused: "conflict"}, nil
	}
	requireProblem(t, p.do(t, put("CAY-06×4 CEZVE-01×2")), 409, "conflict")
	p.depot.take = func(client.UpdateWorkflowOptions) (any, error) { return nil, errNobodyAnswers }
	require.Equal(t, http.StatusAccepted, p.do(t, put("CAY-06×4 CEZVE-01×2")).StatusCode)
	require.Contains(t, p.log.String(), "a staff command was refused")
}

func TestParcels_PackedAnewAreShownAsTheyStandThen(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.Planned)
	p.depot.take = func(client.UpdateWorkflowOptions) (any, error) {
		time.AfterFunc(200*time.Millisecond, func() { p.becomesTwo() })
		return workflows.Answer{Status: order.Processing}, nil
	}
	a := p.do(t, call{method: "PUT", path: "/v1/orders/" + p.order.ID + "/parcels", body: boxes("CAY-06×2", "CEZVE-01×1"), headers: map[string]string{"Authorization": "Bearer " + ayseKey}})
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Len(t, a.json["shipments"], 2)
	require.EqualValues(t, 2, a.json["shipments"].([]any)[0].(map[string]any)["number"])
}

// becomesTwo has others take the place of the order's only parcel, as its workflow
// does: each holds one of its lines.
func (p *packed) becomesTwo() {
	state := p.order.State
	state.Shipments = maps.Clone(state.Shipments)
	old := state.Shipments[p.parcels[0].ID]
	old.Replaced = true
	state.Shipments[p.parcels[0].ID] = old
	rows := []shipping.Shipment{}
	for i, line := range p.parcels[0].Lines {
		row := p.parcels[0]
		row.ID, row.Number, row.Lines = shipping.ID(p.order.ID, "", i+2), i+2, []shipping.Line{line}
		state.Shipments[row.ID] = order.ShipmentSummary{Number: row.Number, State: string(row.State), Carrier: own.Name}
		rows = append(rows, row)
	}
	state.Rev++
	_, err := p.deps.Orders.Save(context.Background(), order.Save{OrderID: p.order.ID, Run: "packed-anew", State: state})
	if err := errors.Join(err, p.deps.Shipments.Create(context.Background(), rows)); err != nil {
		panic(err)
	}
}

func TestParcels_ThatHaveALabelAreNotPackedAnew(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.Planned, shipping.LabelCreated)
	a := p.do(t, call{method: "PUT", path: "/v1/orders/" + p.order.ID + "/parcels", body: boxes("CAY-06×4 CEZVE-01×2"), headers: map[string]string{"Authorization": "Bearer " + ayseKey}})
	requireProblem(t, a, 409, "conflict")
	require.Contains(t, a.json["detail"], "parcel 2")
	require.Empty(t, p.depot.asked)
}

func TestStaff_ABodyOfAMegabyteIsTooLargeForAPerson(t *testing.T) {
	t.Parallel()
	p := packOrder(t, shipping.HandedOver)
	large := `{"state":"` + strings.Repeat("x", 1<<20) + `"}`
	for _, path := range []string{"/pack", "/hand-over", "/scan", "/cancel"} {
		requireProblem(t, p.do(t, p.by(ayseKey, path, large)), 413, "too_large")
	}
	began := time.Now()
	requireProblem(t, p.do(t, p.by("yanlis", "/scan", large)), 404, "not_found")
	require.Less(t, time.Since(began), 5*time.Second)
	require.Empty(t, p.depot.asked)
}
