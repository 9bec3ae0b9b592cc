package activities_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/machine"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/shipping/easypost"
	"github.com/bedesten/bedesten/internal/stock"
	simulator "github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/simulators/sim"
)

// notFoundAfter is from when on "no such shipment" is believed.
const notFoundAfter = 2 * time.Minute

var fatih = shipping.Address{
	Company: "Bedesten Çarşısı", Line1: "Kürkçüler Sokağı No: 8", District: "Fatih", Province: "İstanbul", Postcode: "34126", Country: "TR",
	Phone: "+902125550123", Email: "siparis@bedesten.example",
}

var ayse = order.Contact{
	Name: "Ayşe Yılmaz", Email: "ayse@posta.example", Phone: "+905325550123",
	Address: order.Address{Line1: "Moda Caddesi No: 12 D: 4", District: "Kadıköy", Province: "İstanbul", Postcode: "34710", Country: "TR"},
}

// depot is the steps of parcels over real stores and a real wire to an EasyPost
// that is simulated.
type depot struct {
	t         *testing.T
	server    *simulator.Server
	url       string
	vault     *mongo.Vault
	orders    *mongo.Orders
	store     *mongo.Shipments
	ledger    *mongo.Stock
	carrier   shipping.Carrier
	shipments *activities.Shipments
	ahead     *atomic.Int64 // how far the product's clock and the carrier's were moved on
	made      *atomic.Int64
}

func newDepot(t *testing.T) *depot {
	t.Helper()
	// Parcels travel only when a test says so, however far the clock is moved on.
	still := simulator.Travel{Announce: -1, Collect: -1, Transit: -1, Deliver: -1}
	server := simulator.New(simulator.Config{MaxHang: 2 * time.Second, IndexPerSecond: -1, Travel: still})
	listener := httptest.NewServer(server)
	server.SetPublicURL(listener.URL)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, server.Close(ctx))
		listener.Close()
	})
	carrier, err := easypost.New(easypost.Config{URL: listener.URL, APIKey: simulator.DefaultAPIKey, CallTimeout: 400 * time.Millisecond})
	require.NoError(t, err)
	db := mongotest.Database(t)
	vault := mongotest.Vault(t, db)
	d := &depot{
		t: t, server: server, url: listener.URL, vault: vault, orders: mongo.NewOrders(db, vault), store: mongo.NewShipments(db), ledger: mongo.NewStock(db),
		carrier: carrier, ahead: &atomic.Int64{}, made: &atomic.Int64{},
	}
	d.shipments = d.over(d.store, d.ledger, d.carrier)
	return d
}

func (d *depot) over(store shipping.Store, ledger stock.Ledger, carrier shipping.Carrier) *activities.Shipments {
	return &activities.Shipments{
		Orders: d.orders, Store: lawfulParcels{store, d.t}, Ledger: ledger, Carriers: shipping.Carriers{easypost.Name: carrier},
		Carrier: easypost.Name, From: fatih, Log: slog.New(slog.DiscardHandler),
		Clock: func() time.Time { return time.Now().Add(time.Duration(d.ahead.Load())) },
	}
}

// later lets time pass, for us and for the carrier.
func (d *depot) later(by time.Duration) {
	d.t.Helper()
	d.ahead.Add(int64(by))
	require.NoError(d.t, d.server.Clock().Advance(by))
}

// box is one parcel at the depot: two of ten units, which are sold.
type box struct {
	*depot
	id, orderID, sku string
}

// planned writes an order with one parcel, as its placing does.
func (d *depot) planned() *box {
	d.t.Helper()
	n := d.made.Add(1)
	b := &box{depot: d, orderID: fmt.Sprintf("ord_%d", n), sku: fmt.Sprintf("FINCAN-%02d", n)}
	b.id = shipping.ID(b.orderID, "", 1)
	ctx, now := d.t.Context(), time.Now().UTC().Truncate(time.Millisecond)
	_, err := d.orders.Create(ctx, order.Order{ID: b.orderID, Number: b.orderID, Language: "tr", Contact: ayse, Policy: order.Scaled()})
	require.NoError(d.t, err)
	line := stock.Line{Location: stock.DefaultLocation, SKU: b.sku, Quantity: 2}
	require.NoError(d.t, d.ledger.Receive(ctx, stock.Op{ID: b.orderID + "-in", At: now}, stock.Line{Location: line.Location, SKU: b.sku, Quantity: 10}))
	sold := stock.Op{ID: b.orderID + "-sold", At: now}
	verdict, _, err := d.ledger.Reserve(ctx, sold, []stock.Line{line})
	require.NoError(d.t, err)
	require.Equal(d.t, stock.Held, verdict)
	require.NoError(d.t, d.ledger.Commit(ctx, sold, []stock.Line{line}))
	require.NoError(d.t, d.store.Create(ctx, []shipping.Shipment{{
		ID: b.id, OrderID: b.orderID, Number: 1, Carrier: easypost.Name, Location: stock.DefaultLocation,
		Lines: []shipping.Line{{SKU: b.sku, Quantity: 2}}, Grams: 1840, Share: price, State: shipping.Planned,
		Command: shipping.FirstCommand, CreatedAt: now, Ops: map[string]shipping.Op{},
	}}))
	return b
}

// labelled brings a parcel to its label.
func (d *depot) labelled() *box {
	d.t.Helper()
	b := d.planned()
	require.Equal(d.t, shipping.LabelCreated, b.insist(labelling).State)
	return b
}

// packed brings a parcel to where its share is asked for.
func (d *depot) packed() *box {
	d.t.Helper()
	b := d.labelled()
	b.move(shipping.PackedByStaff, shipping.CaptureAsked)
	return b
}

// ready brings a parcel to where the carrier may have it.
func (d *depot) ready() *box {
	d.t.Helper()
	b := d.packed()
	b.move(shipping.ShareCaptured)
	return b
}

// stopped is a parcel with a label whose order is being cancelled.
func (d *depot) stopped() *box {
	d.t.Helper()
	b := d.labelled()
	b.move(shipping.CancelAsked)
	return b
}

// move takes the parcel steps that need nobody outside.
func (b *box) move(triggers ...shipping.Trigger) {
	b.t.Helper()
	for _, trigger := range triggers {
		result, err := b.try(b.shipments, (*activities.Shipments).MoveShipment, activities.ShipmentInput{Trigger: trigger, By: "Kemal Usta"})
		require.NoError(b.t, err)
		require.False(b.t, result.Refused, "%s from %s", trigger, result.State)
	}
}

// parcelStep is an activity of Shipments.
type parcelStep func(*activities.Shipments, context.Context, activities.ShipmentInput) (activities.ShipmentResult, error)

// try runs one step as an activity.
func (b *box) try(p *activities.Shipments, do parcelStep, in activities.ShipmentInput) (activities.ShipmentResult, error) {
	in.OrderID, in.ShipmentID, in.NotFoundAfter = b.orderID, b.id, notFoundAfter
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	step := func(ctx context.Context, in activities.ShipmentInput) (activities.ShipmentResult, error) {
		return do(p, ctx, in)
	}
	env.RegisterActivityWithOptions(step, activity.RegisterOptions{Name: "step"})
	var result activities.ShipmentResult
	value, err := env.ExecuteActivity("step", in)
	if err == nil {
		err = value.Get(&result)
	}
	return result, err
}

// run runs one step that must succeed.
func (b *box) run(do parcelStep) activities.ShipmentResult {
	b.t.Helper()
	result, err := b.try(b.shipments, do, activities.ShipmentInput{Command: "onar-1", By: "Kemal Usta"})
	require.NoError(b.t, err)
	return result
}

// insist runs a step until it neither fails nor leaves its outcome open, with
// pauses, as the parcel's run does.
func (b *box) insist(do parcelStep) activities.ShipmentResult {
	b.t.Helper()
	var last error
	for range 6 {
		result, err := b.try(b.shipments, do, activities.ShipmentInput{Command: "onar-1", By: "Kemal Usta"})
		if err == nil && result.State != shipping.LabelUnknown && result.State != shipping.LabelRequested {
			return result
		}
		last = err
		b.later(3 * time.Minute)
	}
	b.t.Fatalf("the step got nowhere: it stands at %s (%v)", b.found().State, last)
	return activities.ShipmentResult{}
}

func (b *box) found() shipping.Shipment {
	b.t.Helper()
	row, err := b.store.Find(b.t.Context(), b.id)
	require.NoError(b.t, err)
	return row
}

// books returns what the carrier has under this parcel's references.
func (b *box) books() []simulator.Book {
	var mine []simulator.Book
	for _, book := range b.server.Books() {
		if strings.HasPrefix(book.Reference, b.id+"-") {
			mine = append(mine, book)
		}
	}
	return mine
}

// bought returns the books with a label.
func (b *box) bought() []simulator.Book {
	return slices.DeleteFunc(b.books(), func(book simulator.Book) bool { return book.Labels == 0 })
}

// oneLabel requires one label at the carrier, and a row that names it.
func (b *box) oneLabel() {
	b.t.Helper()
	row, bought := b.found(), b.bought()
	require.Len(b.t, bought, 1, "labels bought")
	require.Equal(b.t, shipping.LabelCreated, row.State)
	require.Equal(b.t, bought[0].ID, row.Ref)
	require.Equal(b.t, bought[0].TrackingCode, row.TrackingCode)
	require.NotZero(b.t, row.Cost.Minor)
	b.answered()
}

// labelBack requires that no label is left to be used, and that whatever was
// bought was asked back: the carrier takes a second asking for a mistake.
func (b *box) labelBack(labels int) {
	b.t.Helper()
	require.Equal(b.t, shipping.Cancelled, b.found().State)
	bought := b.bought()
	require.Len(b.t, bought, labels, "labels bought")
	for _, book := range bought {
		require.Equal(b.t, "submitted", book.RefundStatus)
	}
	row := b.found()
	require.NotContains(b.t, []shipping.OpState{shipping.OpInFlight, shipping.OpUnanswered}, row.Op(shipping.OpVoid).State)
}

// answered requires that no op of the parcel is open.
func (b *box) answered() {
	b.t.Helper()
	for id, op := range b.found().Ops {
		require.Contains(b.t, []shipping.OpState{shipping.OpYes, shipping.OpNo}, op.State, id)
	}
}

// stays requires that the parcel's units are in the house, leaves that they left
// it, once.
func (b *box) stays()  { b.t.Helper(); b.level(10, 2) }
func (b *box) leaves() { b.t.Helper(); b.level(8, 0) }

func (b *box) level(onHand, committed int64) {
	b.t.Helper()
	levels, err := b.ledger.Levels(b.t.Context(), stock.DefaultLocation, []string{b.sku})
	require.NoError(b.t, err)
	require.Equal(b.t, stock.Level{OnHand: onHand, Committed: committed, Available: 8}, levels[b.sku])
}

// strike lets the next call of an operation about this parcel go wrong. A list
// is about no parcel: tests that strike it have the depot to themselves.
func (b *box) strike(kind sim.Kind, operation string) {
	b.t.Helper()
	b.hit(sim.Fault{Kind: kind, Times: 1}, operation)
}

func (b *box) hit(f sim.Fault, operation string) {
	b.t.Helper()
	f.Match.Operation = operation
	if operation != "shipment.list" {
		f.Match.Metadata = map[string]string{"reference": b.id + "-open"}
	}
	_, err := b.server.AddFault(f)
	require.NoError(b.t, err)
}

// spent requires that every rule has struck, and clears them.
func (d *depot) spent() {
	d.t.Helper()
	for _, f := range d.server.Faults() {
		require.Positive(d.t, f.Hits, "%s of %s never struck", f.Kind, f.Match.Operation)
	}
	d.server.ClearFaults()
}

// straggle sends the purchase that a worker was about to send, as a request does
// that was held up on its way.
func (b *box) straggle() {
	b.t.Helper()
	row := b.found()
	body := fmt.Sprintf(`{"rate":{"id":%q}}`, row.RateRef)
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/v2/shipments/"+row.Ref+"/buy", bytes.NewBufferString(body))
	require.NoError(b.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(simulator.DefaultAPIKey, "")
	res, err := http.DefaultClient.Do(req)
	require.NoError(b.t, err)
	require.NoError(b.t, res.Body.Close())
	require.Less(b.t, res.StatusCode, 300)
}

// mortalParcels dies before or after a write.
type mortalParcels struct {
	shipping.Store
	life *life
}

func (m mortalParcels) Apply(ctx context.Context, c shipping.Change) (shipping.Shipment, bool, error) {
	if m.life.over() {
		return shipping.Shipment{}, false, errDead
	}
	row, applied, err := m.Store.Apply(ctx, c)
	if m.life.over() {
		return shipping.Shipment{}, false, errDead
	}
	return row, applied, err
}

// mortalLedger dies before or after units leave.
type mortalLedger struct {
	stock.Ledger
	life *life
}

func (m mortalLedger) Ship(ctx context.Context, op stock.Op, lines []stock.Line) error {
	if m.life.over() {
		return errDead
	}
	err := m.Ledger.Ship(ctx, op, lines)
	if m.life.over() {
		return errDead
	}
	return err
}

// mortalCarrier dies before a call was sent or before its answer was heard.
type mortalCarrier struct {
	shipping.Carrier
	life *life
}

func (m mortalCarrier) call(do func() shipping.Answer) shipping.Answer {
	if m.life.over() {
		return shipping.Answer{Outcome: outcome.Unsure}
	}
	answer := do()
	if m.life.over() {
		return shipping.Answer{Outcome: outcome.Unsure}
	}
	return answer
}

func (m mortalCarrier) Open(ctx context.Context, r shipping.OpenRequest) shipping.Answer {
	return m.call(func() shipping.Answer { return m.Carrier.Open(ctx, r) })
}

func (m mortalCarrier) Buy(ctx context.Context, r shipping.BuyRequest) shipping.Answer {
	return m.call(func() shipping.Answer { return m.Carrier.Buy(ctx, r) })
}

func (m mortalCarrier) Void(ctx context.Context, r shipping.VoidRequest) shipping.Answer {
	return m.call(func() shipping.Answer { return m.Carrier.Void(ctx, r) })
}

func (m mortalCarrier) Lookup(ctx context.Context, ref string) shipping.Answer {
	return m.call(func() shipping.Answer { return m.Carrier.Lookup(ctx, ref) })
}

func (m mortalCarrier) Search(ctx context.Context, reference string, since time.Time) shipping.Answer {
	return m.call(func() shipping.Answer { return m.Carrier.Search(ctx, reference, since) })
}

// everyDeath lets a worker die at each moment of a step in turn, each time with
// a parcel of its own, and hands the parcel to after, which is the next worker.
func (d *depot) everyDeath(begin func() *box, do parcelStep, after func(*box)) {
	d.t.Helper()
	for moment := 0; ; moment++ {
		b, l := begin(), &life{left: moment}
		_, _ = b.try(b.dying(l), do, activities.ShipmentInput{Command: "onar-1", By: "Kemal Usta"})
		after(b)
		if l.left >= 0 {
			require.Greater(d.t, moment, 3, "the step was interrupted nowhere")
			d.t.Logf("died at %d moments", moment)
			return
		}
	}
}

// dying is a worker that has a life.
func (d *depot) dying(l *life) *activities.Shipments {
	return d.over(mortalParcels{d.store, l}, mortalLedger{d.ledger, l}, mortalCarrier{d.carrier, l})
}

// lawfulParcels lets no step move a parcel otherwise than its table says, and
// none forget an answer. Tests run every step through it.
type lawfulParcels struct {
	shipping.Store
	t *testing.T
}

// Apply changes the row and looks whether the table knows the way.
func (l lawfulParcels) Apply(ctx context.Context, c shipping.Change) (shipping.Shipment, bool, error) {
	before, err := l.Find(ctx, c.ShipmentID)
	if err != nil {
		return before, false, err
	}
	from := before.State
	if len(c.From) == 1 {
		// Somebody else may write between the read and the change.
		from = c.From[0]
	}
	after, applied, err := l.Store.Apply(ctx, c)
	if !applied {
		return after, applied, err
	}
	if from != after.State && !knownToParcels(from, after.State) {
		l.t.Errorf("a parcel went from %s to %s, which its table does not know", from, after.State)
	}
	for id, op := range c.Ops {
		was := before.Ops[id].State
		if (was == shipping.OpYes || was == shipping.OpNo) && op.State != shipping.OpYes && op.State != shipping.OpNo {
			l.t.Errorf("%s was answered with %s, and is %s now", id, was, op.State)
		}
	}
	return after, applied, err
}

func knownToParcels(from, to shipping.State) bool {
	return slices.ContainsFunc(shipping.Machine.Rows, func(r machine.Row[shipping.State, shipping.Trigger]) bool {
		return r.To == to && slices.Contains(r.From, from)
	})
}
