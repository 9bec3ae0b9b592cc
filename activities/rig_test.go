package activities_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/machine"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/mongo/mongotest"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/payment/stripe"
	"github.com/bedesten/bedesten/simulators/sim"
	simulator "github.com/bedesten/bedesten/simulators/stripe"
)

var price = money.Of(124_990, "TRY")

// Cards of the simulator.
const (
	good     = "pm_card_visa"
	declined = "pm_card_visa_chargeDeclined"
	bank     = "pm_card_threeDSecure2Required"
)

// till is the payment steps over a real store and a real wire to a Stripe that
// is simulated.
type till struct {
	t        *testing.T
	server   *simulator.Server
	url      string
	store    *mongo.Attempts
	gateway  payment.Gateway
	payments *activities.Payments
	ahead    *atomic.Int64 // how far the product's clock was moved on
	orders   *atomic.Int64
}

func newTill(t *testing.T) *till {
	t.Helper()
	server := simulator.New(simulator.Config{MaxHang: 2 * time.Second})
	listener := httptest.NewServer(server)
	server.SetPublicURL(listener.URL)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, server.Close(ctx))
		listener.Close()
	})
	b := &till{
		t: t, server: server, url: listener.URL, store: mongo.NewAttempts(mongotest.Database(t)), ahead: &atomic.Int64{}, orders: &atomic.Int64{},
		gateway: stripe.New(stripe.Config{URL: listener.URL, SecretKey: simulator.DefaultSecretKey, CallTimeout: 400 * time.Millisecond}),
	}
	b.payments = b.over(b.store, b.gateway)
	return b
}

func (b *till) over(store payment.Store, gateway payment.Gateway) *activities.Payments {
	return &activities.Payments{
		Attempts: lawful{store, b.t}, Gateways: payment.Gateways{"stripe": gateway}, Log: slog.New(slog.DiscardHandler),
		Clock: func() time.Time { return time.Now().Add(time.Duration(b.ahead.Load())) },
	}
}

// sale is one attempt at the till.
type sale struct {
	*till
	row payment.Attempt
	// amount is what is captured or refunded, mend that a person said to try again.
	amount money.Amount
	mend   bool
}

// accepted writes an attempt ahead, as a checkout does.
func (b *till) accepted(card string) *sale {
	b.t.Helper()
	row := payment.New(fmt.Sprintf("ord_%d", b.orders.Add(1)), "checkout", time.Now().UTC())
	row.Provider, row.Amount, row.Method, row.ReturnURL = "stripe", price, card, "https://dukkan.example/donus"
	row = row.WriteAhead()
	require.NoError(b.t, b.store.Create(b.t.Context(), row))
	return &sale{till: b, row: row, amount: price}
}

// input is what the workflow gives to each step.
func (s *sale) input(command string) activities.PaymentInput {
	return activities.PaymentInput{AttemptID: s.row.ID, Command: command, KeyWindow: 23 * time.Hour, NotFoundAfter: 2 * time.Minute, Amount: s.amount, Mend: s.mend}
}

// step names an activity of Payments.
type step func(*activities.Payments) func(context.Context, activities.PaymentInput) (activities.PaymentResult, error)

func authorize(p *activities.Payments) func(context.Context, activities.PaymentInput) (activities.PaymentResult, error) {
	return p.AuthorizePayment
}

func read(p *activities.Payments) func(context.Context, activities.PaymentInput) (activities.PaymentResult, error) {
	return p.ReadPayment
}

func finalize(p *activities.Payments) func(context.Context, activities.PaymentInput) (activities.PaymentResult, error) {
	return p.FinalizePayment
}

func closing(p *activities.Payments) func(context.Context, activities.PaymentInput) (activities.PaymentResult, error) {
	return p.ClosePayment
}

func capturing(p *activities.Payments) func(context.Context, activities.PaymentInput) (activities.PaymentResult, error) {
	return p.CapturePayment
}

func refunding(p *activities.Payments) func(context.Context, activities.PaymentInput) (activities.PaymentResult, error) {
	return p.RefundPayment
}

func leftover(p *activities.Payments) func(context.Context, activities.PaymentInput) (activities.PaymentResult, error) {
	return p.CancelLeftover
}

func void(p *activities.Payments) func(context.Context, activities.PaymentInput) (activities.PaymentResult, error) {
	return p.VoidPayment
}

func mend(p *activities.Payments) func(context.Context, activities.PaymentInput) (activities.PaymentResult, error) {
	return p.MendPayment
}

func late(p *activities.Payments) func(context.Context, activities.PaymentInput) (activities.PaymentResult, error) {
	return p.FindLateMoney
}

// try runs one step as an activity.
func (s *sale) try(p *activities.Payments, do step, command string) (activities.PaymentResult, error) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(p)
	var result activities.PaymentResult
	value, err := env.ExecuteActivity(do(p), s.input(command))
	if err == nil {
		err = value.Get(&result)
	}
	return result, err
}

// run runs one step that must succeed.
func (s *sale) run(do step, command string) activities.PaymentResult {
	s.t.Helper()
	result, err := s.try(s.payments, do, command)
	require.NoError(s.t, err)
	return result
}

// settle asks until the outcome is known, as the resolve loop does.
func (s *sale) settle(do step, command string) activities.PaymentResult {
	s.t.Helper()
	result := s.run(do, command)
	for range 5 {
		if result.State != payment.Unknown && result.State != payment.Submitting {
			break
		}
		result = s.run(read, "")
	}
	return result
}

func (s *sale) found() payment.Attempt {
	s.t.Helper()
	row, err := s.store.Find(s.t.Context(), s.row.ID)
	require.NoError(s.t, err)
	return row
}

// books returns what the provider has of this order.
func (s *sale) books() []simulator.Book {
	var mine []simulator.Book
	for _, book := range s.server.Books() {
		if book.Metadata["order_id"] == s.row.OrderID {
			mine = append(mine, book)
		}
	}
	return mine
}

// heldOnce requires one payment at the provider that holds the price, and a
// row that says so.
func (s *sale) heldOnce() {
	s.t.Helper()
	row, books := s.found(), s.books()
	require.Len(s.t, books, 1)
	require.Equal(s.t, price.Minor, books[0].Capturable)
	require.Equal(s.t, 1, books[0].Charges, "asked once")
	require.Equal(s.t, payment.Authorized, row.State)
	require.Equal(s.t, books[0].ID, row.Ref)
	require.Equal(s.t, price.Minor, row.Held)
	require.Equal(s.t, payment.OpYes, row.Op(row.MoneyOp()).State)
}

// nothingHeld requires that the provider holds nothing of this order, and that
// whatever was opened is cancelled.
func (s *sale) nothingHeld() {
	s.t.Helper()
	for _, book := range s.books() {
		require.Equal(s.t, "canceled", book.Status)
		require.Zero(s.t, book.Capturable)
		require.Zero(s.t, book.Captured)
	}
}

func (s *sale) strike(kind sim.Kind, operation string) {
	s.t.Helper()
	_, err := s.server.AddFault(sim.Fault{
		Kind: kind, Times: 1, Match: sim.Match{Operation: operation, Metadata: map[string]string{"order_id": s.row.OrderID}},
	})
	require.NoError(s.t, err)
}

// back brings a sale to the bank's page and the shopper back from it.
func (b *till) back() *sale {
	b.t.Helper()
	s := b.accepted(bank)
	require.Equal(b.t, payment.ActionRequired, s.run(authorize, "").State)
	_, err := s.server.FinishChallenge(s.found().Ref, simulator.ChallengeComplete)
	require.NoError(b.t, err)
	return s
}

// life is how many more moments a worker has before it dies. A dead worker
// writes nothing and sends nothing.
type life struct{ left int }

func (l *life) over() bool {
	l.left--
	return l.left < 0
}

// errDead is what a dead worker's calls come back with; nobody hears of it.
var errDead = fault.New(fault.Unavailable, "the worker is dead")

// mortalStore dies before or after a write.
type mortalStore struct {
	payment.Store
	life *life
}

func (m mortalStore) Apply(ctx context.Context, c payment.Change) (payment.Attempt, bool, error) {
	if m.life.over() {
		return payment.Attempt{}, false, errDead
	}
	row, applied, err := m.Store.Apply(ctx, c)
	if m.life.over() {
		return payment.Attempt{}, false, errDead
	}
	return row, applied, err
}

// mortalGateway dies before a call was sent or before its answer was heard.
type mortalGateway struct {
	payment.Gateway
	life *life
}

func (m mortalGateway) call(do func() payment.Answer) payment.Answer {
	if m.life.over() {
		return payment.Answer{Outcome: payment.Unsure}
	}
	answer := do()
	if m.life.over() {
		return payment.Answer{Outcome: payment.Unsure}
	}
	return answer
}

func (m mortalGateway) Open(ctx context.Context, r payment.OpenRequest) payment.Answer {
	return m.call(func() payment.Answer { return m.Gateway.Open(ctx, r) })
}

func (m mortalGateway) Authorize(ctx context.Context, r payment.AuthorizeRequest) payment.Answer {
	return m.call(func() payment.Answer { return m.Gateway.Authorize(ctx, r) })
}

func (m mortalGateway) Finalize(ctx context.Context, r payment.FinalizeRequest) payment.Answer {
	return m.call(func() payment.Answer { return m.Gateway.Finalize(ctx, r) })
}

func (m mortalGateway) Cancel(ctx context.Context, r payment.CancelRequest) payment.Answer {
	return m.call(func() payment.Answer { return m.Gateway.Cancel(ctx, r) })
}

func (m mortalGateway) Capture(ctx context.Context, r payment.CaptureRequest) payment.Answer {
	return m.call(func() payment.Answer { return m.Gateway.Capture(ctx, r) })
}

func (m mortalGateway) Refund(ctx context.Context, r payment.RefundRequest) payment.Answer {
	return m.call(func() payment.Answer { return m.Gateway.Refund(ctx, r) })
}

func (m mortalGateway) Refunds(ctx context.Context, ref string) ([]payment.Refund, error) {
	if m.life.over() {
		return nil, errDead
	}
	return m.Gateway.Refunds(ctx, ref)
}

func (m mortalGateway) Lookup(ctx context.Context, ref string) payment.Answer {
	return m.call(func() payment.Answer { return m.Gateway.Lookup(ctx, ref) })
}

// everyDeath lets a worker die at each moment of a step in turn, each time with
// a sale of its own, and hands the sale to after, which is the next worker.
func (b *till) everyDeath(begin func() *sale, do step, command string, after func(*sale)) {
	b.t.Helper()
	for moment := 0; ; moment++ {
		s, l := begin(), &life{left: moment}
		_, _ = s.try(b.over(mortalStore{b.store, l}, mortalGateway{b.gateway, l}), do, command)
		after(s)
		if l.left >= 0 {
			require.Greater(b.t, moment, 3, "the step was interrupted nowhere")
			b.t.Logf("died at %d moments", moment)
			return
		}
	}
}

// capture takes the money at the provider by hand, as somebody with its
// dashboard could.
func capture(t *testing.T, s *sale) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/payment_intents/"+s.found().Ref+"/capture", nil)
	require.NoError(t, err)
	req.SetBasicAuth(simulator.DefaultSecretKey, "")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
}

// refuse makes the provider refuse our requests for the hold so often, or for
// good when times is zero: the key lacks a permission.
func (s *sale) refuse(times int) {
	s.t.Helper()
	_, err := s.server.AddFault(sim.Fault{
		Kind: sim.Answer, Times: times, Status: http.StatusForbidden, Type: "invalid_request_error", Code: "secret_key_required",
		Match: sim.Match{Operation: "payment_intent.confirm", Metadata: map[string]string{"order_id": s.row.OrderID}},
	})
	require.NoError(s.t, err)
}

// lawful lets no step move an attempt otherwise than its table says. Tests run
// every step through it.
type lawful struct {
	payment.Store
	t *testing.T
}

// Apply changes the row and looks whether the table knows the way.
func (l lawful) Apply(ctx context.Context, c payment.Change) (payment.Attempt, bool, error) {
	before, err := l.Find(ctx, c.AttemptID)
	if err != nil {
		return before, false, err
	}
	from := before.State
	if len(c.From) == 1 {
		// Somebody else may write between the read and the change.
		from = c.From[0]
	}
	after, applied, err := l.Store.Apply(ctx, c)
	if applied && from != after.State && !known(from, after.State) {
		l.t.Errorf("an attempt went from %s to %s, which its table does not know", from, after.State)
	}
	return after, applied, err
}

func known(from, to payment.State) bool {
	return slices.ContainsFunc(payment.Machine.Rows, func(r machine.Row[payment.State, payment.Trigger]) bool {
		return r.To == to && slices.Contains(r.From, from)
	})
}
