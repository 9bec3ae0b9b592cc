package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/idempotency"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/workflows"
)

// OrderAccess is embedded in the input of routes that open an order by its
// path.
type OrderAccess struct {
	OrderID string `path:"order_id" doc:"The order's id" example:"ord_01k3v8m4w0f3q2x9y6z7a1b2c3"`
}

type orderOutput struct {
	Status     int
	RetryAfter seconds `header:"Retry-After"`
	Body       OrderView
}

type attemptOutput struct {
	Status     int
	Location   string  `header:"Location" doc:"Where the order is."`
	RetryAfter seconds `header:"Retry-After"`
	Body       OrderView
}

type timelineOutput struct {
	Body struct {
		Entries []StoryLine `json:"entries" nullable:"false"`
	}
}

type attemptInput struct {
	OrderAccess
	KeyHeader
	Body struct {
		Payment paymentBody `json:"payment"`
	}
}

type cancelInput struct {
	OrderAccess
	KeyHeader
}

func (a *API) orderRoutes() {
	handle(a, Route{
		ID: "get-order", Method: http.MethodGet, Path: "/v1/orders/{order_id}", Tag: "order", Access: OrderSecret,
		Summary: "Show an order as it stands", Description: "While the order is on its way, Retry-After says when to look again.",
	}, a.getOrder)
	handle(a, Route{
		ID: "get-order-timeline", Method: http.MethodGet, Path: "/v1/orders/{order_id}/timeline", Tag: "order", Access: OrderSecret,
		Summary: "Tell an order's story, oldest line first",
	}, a.getTimeline)
	handle(a, Route{
		ID: "pay-again", Method: http.MethodPost, Path: "/v1/orders/{order_id}/payment-attempts", Tag: "order", Access: OrderSecret,
		Summary: "Try another card under the same lease, or pay again for a hold that ran out", Status: http.StatusCreated, NeedsKey: true, NoCards: true, Limit: LimitCheckouts,
		Codes: append([]fault.Code{fault.NotSupportedYet}, paymentCodes...), Answers: paymentAnswers,
		Description: "Answers as a checkout does. A placed order takes it while `payment.due` says what is to be paid again. While a payment has no certain answer: 409 `attempt_open`. " +
			"202 with the order as it stands: this card was not tried yet; look again after Retry-After, or ask again with the same key.",
	}, a.payAgain)
	handle(a, Route{
		ID: "cancel-order", Method: http.MethodPost, Path: "/v1/orders/{order_id}/cancel", Tag: "order", Access: OrderSecret,
		Summary: "Cancel an order before anything was handed over", NeedsKey: true, AnyBody: true, Codes: []fault.Code{fault.Conflict, fault.NotSupportedYet},
		Description: "An order that nobody paid for yet ends as `expired` with the reason `cancelled_by_customer`; a placed one as `cancelled`. " +
			"Of one of which part has left, the rest is cancelled. Of one that is over, or has left as a whole: 409 `conflict`.",
		Answers: map[int]string{
			http.StatusOK:       "It is cancelled, or being cancelled; or what had not left is, and the rest goes on.",
			http.StatusAccepted: "Accepted, and done as soon as the order can take it: look at the order again.",
		},
	}, a.cancelOrder)
}

func (a *API) getOrder(ctx context.Context, in *OrderAccess) (*orderOutput, error) {
	o, err := a.openOrder(ctx, in.OrderID)
	if err != nil {
		return nil, err
	}
	attempt, err := a.Attempts.Find(ctx, o.State.AttemptID)
	if err != nil {
		return nil, err
	}
	parcels, err := parcelsOf(ctx, a.Shipments, o)
	if err != nil {
		return nil, err
	}
	out := &orderOutput{Status: http.StatusOK, Body: view(o, attempt, parcels)}
	if onItsWay[o.State.Status] {
		out.RetryAfter = inSeconds(pendingRetry)
	}
	return out, nil
}

// onItsWay are the states that an order leaves without anybody's help.
var onItsWay = map[order.Status]bool{
	order.Pending: true, order.PaymentUnknown: true, order.ClosingPayment: true, order.Authorized: true, order.Cancelling: true,
}

func (a *API) getTimeline(ctx context.Context, in *OrderAccess) (*timelineOutput, error) {
	o, err := a.openOrder(ctx, in.OrderID)
	if err != nil {
		return nil, err
	}
	out := &timelineOutput{}
	out.Body.Entries = []StoryLine{}
	entries, err := a.Orders.Timeline(ctx, o.ID)
	for _, e := range entries {
		out.Body.Entries = append(out.Body.Entries, lineOf(e, requestOf(ctx).language))
	}
	return out, err
}

// payAgain writes the attempt's row ahead and asks the order to take it. The
// row's id is the command's: asking again changes nothing.
func (a *API) payAgain(ctx context.Context, in *attemptInput) (*attemptOutput, error) {
	o, err := a.openOrder(ctx, in.OrderID)
	if err != nil {
		return nil, err
	}
	choice := in.Body.Payment.choice()
	if err := a.checkouts.checkPayment(choice, o.Quote.Currency); err != nil {
		return nil, err
	}
	rec, _, err := a.begin(ctx, orderPrincipal(o), "pay-again", in.Key, id.New("pay", a.Clock()), idempotency.KeepMoney)
	if err != nil {
		return nil, err
	}
	attempt := a.checkouts.attempt(o, rec.ResultID, choice)
	if err := a.writeAttempt(ctx, o, attempt); err != nil {
		return nil, err
	}
	answer, _, err := a.checkouts.command(ctx, o.ID, workflows.UpdateAttempt, attempt.ID,
		workflows.AttemptCommand{AttemptID: attempt.ID, Provider: attempt.Provider})
	if err != nil {
		return nil, a.refusedAttempt(ctx, o, attempt, err)
	}
	if answer.Refused != "" {
		return nil, fault.New(fault.Code(answer.Refused), "an order that is %s takes no further payment", answer.Status)
	}
	if answer.AttemptID != attempt.ID {
		// What is known is about another card: this one has no answer yet.
		shown, err := a.checkouts.show(ctx, o.ID)
		return attempted(outcome{status: http.StatusAccepted, retryAfter: pendingRetry, order: shown}), err
	}
	result, err := a.checkouts.settle(ctx, o, answer)
	if err != nil {
		return nil, err
	}
	return attempted(result), nil
}

func attempted(r outcome) *attemptOutput {
	return &attemptOutput{Status: r.status, Location: "/v1/orders/" + r.order.ID, RetryAfter: inSeconds(r.retryAfter), Body: r.order}
}

// maxAttempts is how many attempts one order may leave rows of: far more than
// it has tries, for those that came while a payment was open.
const maxAttempts = 20

// writeAttempt writes the row of an attempt, unless the order is known to take
// none: what nobody will try leaves no trace.
func (a *API) writeAttempt(ctx context.Context, o order.Order, attempt payment.Attempt) error {
	there, err := a.Attempts.OfOrder(ctx, o.ID)
	if err != nil {
		return err
	}
	switch {
	case slices.ContainsFunc(there, func(known payment.Attempt) bool { return known.ID == attempt.ID }):
		return nil
	case holdLost(o.State) && len(there) < maxAttempts:
	case o.State.Status.Ended(), o.State.Status == order.Cancelling, !o.State.PlacedAt.IsZero():
		return fault.New(fault.Conflict, "an order that is %s takes no further payment", o.State.Status)
	case len(there) >= maxAttempts:
		return fault.New(fault.Conflict, "an order takes at most %d payment attempts", maxAttempts)
	}
	return a.Attempts.Create(ctx, attempt)
}

// refusedAttempt adds to a refusal what the shopper can do instead of waiting.
func (a *API) refusedAttempt(ctx context.Context, o order.Order, _ payment.Attempt, err error) error {
	a.Log.InfoContext(ctx, "a payment attempt was refused", "request_id", RequestID(ctx), "order", o.ID, "code", string(fault.CodeOf(err)))
	if !fault.Is(err, fault.AttemptOpen) {
		return err
	}
	f := fault.New(fault.AttemptOpen, saidAttemptOpen).With("until", stamp(o.State.LeaseUntil))
	current, findErr := a.Attempts.Find(ctx, o.State.AttemptID)
	if findErr != nil {
		return f
	}
	open := paymentOf(o, current)
	if open.DueUntil != nil {
		f = f.With("until", *open.DueUntil)
	}
	if open.Action != nil {
		f = f.With("url", open.Action.URL)
	}
	return f
}

func (a *API) cancelOrder(ctx context.Context, in *cancelInput) (*orderOutput, error) {
	o, err := a.openOrder(ctx, in.OrderID)
	if err != nil {
		return nil, err
	}
	rec, _, err := a.begin(ctx, orderPrincipal(o), "cancel", in.Key, id.New("cmd", a.Clock()), idempotency.KeepMoney)
	if err != nil {
		return nil, err
	}
	answer, taken, err := a.checkouts.command(ctx, o.ID, workflows.UpdateCancel, rec.ResultID, workflows.CancelCommand{By: "customer"})
	if err != nil {
		return nil, err
	}
	if !taken && !answer.Status.Ended() && answer.Status != order.Cancelling && answer.Status != order.Fulfilled {
		// The run may never hear of it: the wish is kept before it is accepted.
		want := order.CancelWanted{By: "customer", Command: rec.ResultID, At: a.Clock()}
		if err := a.Orders.WantCancel(context.WithoutCancel(ctx), o.ID, want); err != nil {
			return nil, err
		}
	}
	shown, err := a.checkouts.show(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	shown.Status = answer.Status
	switch {
	case answer.Status == order.Cancelled, answer.Status == order.Cancelling, answer.Status == order.Expired && answer.Reason == order.WhyCancelled:
		return &orderOutput{Status: http.StatusOK, Body: shown}, nil
	case answer.Status.Ended():
		return nil, fault.New(fault.Conflict, "the order is over: %s", answer.Status)
	case answer.Refused != "" || answer.Status == order.Fulfilled:
		return nil, fault.New(fault.Conflict, saidHandedOver)
	case taken && answer.Status == order.Processing && !shown.CancelWanted:
		return &orderOutput{Status: http.StatusOK, Body: shown}, nil
	}
	return &orderOutput{Status: http.StatusAccepted, RetryAfter: inSeconds(pendingRetry), Body: shown}, nil
}
