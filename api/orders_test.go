package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/payment/stripe"
	"github.com/bedesten/bedesten/internal/secret"
	"github.com/bedesten/bedesten/workflows"
)

// oneRun is a Temporal that answers every update alike, and keeps their ids.
type oneRun struct {
	client.Client
	mu      sync.Mutex
	updates []string
	answer  workflows.Answer
	err     error
	// about hears which attempt a command is for.
	about func(attemptID string)
}

func (o *oneRun) UpdateWorkflow(_ context.Context, u client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.updates = append(o.updates, u.UpdateID)
	if o.about != nil {
		o.about(u.UpdateID)
	}
	if o.err != nil {
		return nil, o.err
	}
	return said{answer: o.answer}, nil
}

type said struct {
	client.WorkflowUpdateHandle
	answer workflows.Answer
}

func (s said) Get(_ context.Context, into any) error {
	raw, err := json.Marshal(s.answer)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// The two ways in which no run answers.
var (
	errNobodyAnswers = context.DeadlineExceeded
	errNoRun         = serviceerror.NewNotFound("workflow execution already completed")
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// written is an order in the stores, over a Temporal of the test's.
type written struct {
	*rig
	run     *oneRun
	order   order.Order
	attempt payment.Attempt
}

func writeOrder(t *testing.T, state order.Projection) *written {
	t.Helper()
	return writeOrderAs(t, id.New(id.Order, noon), state)
}

func writeOrderAs(t *testing.T, orderID string, state order.Projection, change ...func(*api.Deps)) *written {
	t.Helper()
	w := &written{run: &oneRun{}}
	w.rig = newRig(t, append([]func(*api.Deps){func(d *api.Deps) {
		d.Temporal, d.Clock = w.run, func() time.Time { return noon }
		d.Gateways = payment.Gateways{stripe.Name: stripe.New(stripe.Config{SecretKey: "sk_test_1", CallTimeout: time.Second})}
	}}, change...)...)
	w.attempt = payment.New(orderID, "checkout", noon)
	w.attempt.Provider, w.attempt.Method, w.attempt.Amount = stripe.Name, "pm_card_visa", money.Of(4_990, "TRY")
	w.attempt.LandingURL = storefront + "/thanks"
	w.attempt = w.attempt.WriteAhead()
	state.AttemptID, state.Commands, state.UpdatedAt = w.attempt.ID, map[string]order.CommandResult{}, noon
	if state.Attempts == nil {
		state.Attempts = map[string]order.AttemptSummary{w.attempt.ID: {Provider: stripe.Name, State: string(payment.Declined), Amount: w.attempt.Amount}}
	}
	w.order = order.Order{
		ID: orderID, Number: id.Number(), CartID: testID(id.Cart, 1), CustomerID: "guest", Language: "tr",
		AcceptedAt: noon, Policy: order.Scaled(), State: state, Quote: order.Quote{Currency: "TRY", Total: w.attempt.Amount},
	}
	require.NoError(t, w.deps.Attempts.Create(t.Context(), w.attempt))
	created, err := w.deps.Orders.Create(t.Context(), w.order)
	require.NoError(t, err)
	require.True(t, created)
	w.order, err = w.deps.Orders.Find(t.Context(), orderID)
	require.NoError(t, err)
	return w
}

func (w *written) call(path, body string) call {
	return call{method: "POST", path: "/v1/orders/" + w.order.ID + path, body: body, headers: map[string]string{
		"X-Order-Secret": w.deps.Secrets.Derive(secret.Order, w.order.ID, w.order.SecretEpoch), "Idempotency-Key": freshKey(),
	}}
}

const anotherCard = `{"payment":{"provider":"stripe","payment_method":"pm_card_mastercard","return_url":"https://vitrin.example/thanks"}}`

func (w *written) attempts(t *testing.T) int {
	t.Helper()
	rows, err := w.deps.Attempts.OfOrder(t.Context(), w.order.ID)
	require.NoError(t, err)
	return len(rows)
}

func TestPayAgain_NeverAnswersWithTheDeclineOfTheCardBefore(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"nobody answers": errNobodyAnswers, "no run": errNoRun, "about another attempt": nil} {
		w := writeOrder(t, order.Projection{Status: order.Reserved, Open: true, Tries: 1})
		w.run.err = err
		w.run.answer = workflows.Answer{Status: order.Reserved, AttemptID: w.attempt.ID, Attempt: string(payment.Declined), TriesLeft: 2}
		a := w.do(t, w.call("/payment-attempts", anotherCard))
		require.Equal(t, http.StatusAccepted, a.StatusCode, "%s: %s", name, a.raw)
		require.NotEmpty(t, a.Header.Get("Retry-After"))
		require.Equal(t, string(order.Reserved), a.json["status"])
		require.Equal(t, 2, w.attempts(t))
	}
}

func TestPayAgain_WritesNothingForAnOrderThatTakesNoPayment(t *testing.T) {
	t.Parallel()
	for _, state := range []order.Projection{
		{Status: order.Expired}, {Status: order.PaymentFailed}, {Status: order.Cancelled}, {Status: order.Rejected},
		{Status: order.Cancelling, Open: true}, {Status: order.Placed, Open: true, PlacedAt: noon},
	} {
		w := writeOrder(t, state)
		requireProblem(t, w.do(t, w.call("/payment-attempts", anotherCard)), 409, "conflict")
		require.Equal(t, 1, w.attempts(t), string(state.Status))
		require.Empty(t, w.run.updates)
	}
}

func TestPayAgain_LeavesTwentyRowsAtMost(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, order.Projection{Status: order.Reserved, Open: true, Tries: 1})
	w.run.err = errNobodyAnswers
	first := w.call("/payment-attempts", anotherCard)
	for range 19 {
		require.Equal(t, http.StatusAccepted, w.do(t, first).StatusCode)
		last := first
		first = w.call("/payment-attempts", anotherCard)
		require.Equal(t, http.StatusAccepted, w.do(t, last).StatusCode, "the same key is the same attempt")
	}
	require.Equal(t, 20, w.attempts(t))
	requireProblem(t, w.do(t, first), 409, "conflict")
	require.Equal(t, 20, w.attempts(t))
}

func TestCancel_IsKeptWhenNoRunTakesIt(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"nobody answers": errNobodyAnswers, "no run": errNoRun} {
		w := writeOrder(t, order.Projection{Status: order.Reserved, Open: true})
		w.run.err = err
		a := w.do(t, w.call("/cancel", ""))
		require.Equal(t, http.StatusAccepted, a.StatusCode, "%s: %s", name, a.raw)
		require.NotEmpty(t, a.Header.Get("Retry-After"))
		require.Equal(t, true, a.json["cancel_wanted"])
		kept, err := w.deps.Orders.Find(t.Context(), w.order.ID)
		require.NoError(t, err)
		require.Equal(t, &order.CancelWanted{By: "customer", Command: w.run.updates[0], At: noon}, kept.CancelAsked)
	}
}

func TestCancel_IsNotKeptForAnOrderThatIsOver(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, order.Projection{Status: order.PaymentFailed})
	w.run.err = errNoRun
	requireProblem(t, w.do(t, w.call("/cancel", "")), 409, "conflict")
	kept, err := w.deps.Orders.Find(t.Context(), w.order.ID)
	require.NoError(t, err)
	require.Nil(t, kept.CancelAsked)
}

func TestCancel_OfAnOrderThatIsBeingCancelledSucceeds(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, order.Projection{Status: order.Placed, Open: true, PlacedAt: noon})
	w.run.answer = workflows.Answer{Status: order.Cancelling, AttemptID: w.attempt.ID}
	a := w.do(t, w.call("/cancel", ""))
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.raw)
	require.Equal(t, string(order.Cancelling), a.json["status"])
}

func TestReturn_FoldsAFloodIntoOneQuestionInTwoSeconds(t *testing.T) {
	t.Parallel()
	w := writeOrder(t, order.Projection{Status: order.AwaitingCustomer, Open: true})
	w.run.answer = workflows.Answer{Status: order.AwaitingCustomer, AttemptID: w.attempt.ID}
	once := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for range 5 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/v1/payments/stripe/return?attempt="+w.attempt.ID, nil)
		require.NoError(t, err)
		res, err := once.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusSeeOther, res.StatusCode)
		require.Equal(t, storefront+"/thanks", res.Header.Get("Location"))
	}
	require.Len(t, w.run.updates, 5)
	want := "returned-" + w.attempt.ID + "-" + strconv.FormatInt(noon.Unix()/2, 10)
	require.Equal(t, strings.Repeat(want+" ", 5), strings.Join(w.run.updates, " ")+" ")
	for _, attempt := range []string{"%00", "%ff"} {
		requireProblem(t, w.do(t, call{method: "GET", path: "/v1/payments/stripe/return?attempt=" + attempt}), 404, "not_found")
	}
}
