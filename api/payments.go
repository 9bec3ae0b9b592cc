package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/workflows"
)

type webhookInput struct {
	Provider string `path:"provider" maxLength:"20" example:"stripe"`
	RawBody  []byte
}

type webhookOutput struct {
	Body struct {
		Received bool `json:"received"`
	}
}

type returnInput struct {
	Provider string `path:"provider" maxLength:"20" example:"stripe"`
	Attempt  string `query:"attempt" required:"true" maxLength:"200" doc:"The attempt that the shopper comes back from."`
	// What Stripe adds is read by nobody: the payment itself is.
	PaymentIntent  string `query:"payment_intent" maxLength:"200"`
	ClientSecret   string `query:"payment_intent_client_secret" maxLength:"200"`
	RedirectStatus string `query:"redirect_status" maxLength:"50"`
}

type returnOutput struct {
	Status   int
	Location string `header:"Location"`
}

func (a *API) paymentRoutes() {
	handle(a, Route{
		ID: "payment-webhook", Method: http.MethodPost, Path: "/v1/webhooks/payments/{provider}", Tag: "payment", Access: ProviderSignature,
		Summary: "Take news from a payment provider", AnyBody: true, Codes: []fault.Code{fault.Malformed, fault.NotFound},
		Sends: func(provider string) bool {
			_, known := a.Gateways[provider]
			return known
		},
		Description: "Verified, stored, answered; then the order reads the payment itself. Not signed, signed too long ago, or signed and not to be read: 400.",
	}, a.webhook)
	handle(a, Route{
		ID: "payment-return", Method: http.MethodGet, Path: "/v1/payments/{provider}/return", Tag: "payment", Access: Public,
		Summary: "Take a shopper back from the bank's page", Status: http.StatusSeeOther, AnyQuery: true, Limit: LimitReturns, Codes: []fault.Code{fault.NotFound, fault.Invalid},
		Description: "Wakes the order, waits at most 5 s, and sends the shopper on to the storefront. It tells nothing.",
	}, a.paymentReturn)
}

// webhook keeps a verified event before it is acknowledged. One that brings
// nothing new is filed; the others are told to their orders right after, and by
// the sweeper if that fails.
func (a *API) webhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	gateway, ok := a.Gateways[in.Provider]
	if !ok {
		return nil, noProvider()
	}
	event, err := gateway.ReadWebhook(requestOf(ctx).http.Header, in.RawBody, time.Now())
	if err != nil {
		return nil, a.unreadable(ctx, in.Provider, err)
	}
	out := &webhookOutput{}
	out.Body.Received = true
	if event.Ref == "" {
		return out, nil
	}
	known, err := a.knowsSoon(ctx, event)
	if err != nil {
		return nil, err
	}
	if known {
		return out, a.Inbox.File(ctx, in.Provider, event, a.Clock())
	}
	fresh, err := a.Inbox.Put(ctx, in.Provider, event, a.Clock())
	if err != nil || !fresh {
		return out, err
	}
	a.background.Go(func() {
		if err := a.tell(context.WithoutCancel(ctx), in.Provider, event); err != nil {
			a.Log.InfoContext(ctx, "an event is left to the sweeper", "event", event.ID, "error", err)
		}
	})
	return out, nil
}

func (a *API) knows(ctx context.Context, e payment.Event) (bool, error) {
	if e.OrderID == "" {
		return false, nil
	}
	attempts, err := a.Attempts.OfOrder(ctx, e.OrderID)
	if err != nil {
		return false, err
	}
	for _, attempt := range attempts {
		if attempt.Knows(e) {
			return true, nil
		}
	}
	return false, nil
}

// knowsDelay lets an answer that is on its way be recorded first: most events
// are about what our own request just did, and then bring nothing new.
const knowsDelay = 300 * time.Millisecond

// maxWaiting bounds how many events wait for that; further ones do not.
const maxWaiting = 256

// knowsSoon is knows, asked again after a moment if the answer was no.
func (a *API) knowsSoon(ctx context.Context, e payment.Event) (bool, error) {
	known, err := a.knows(ctx, e)
	if err != nil || known {
		return known, err
	}
	select {
	case a.waiting <- struct{}{}:
		defer func() { <-a.waiting }()
	default:
		return false, nil
	}
	select {
	case <-ctx.Done():
		return false, nil
	case <-time.After(knowsDelay):
		return a.knows(ctx, e)
	}
}

// tell wakes an open order; whatever else an event may mean is the sweeper's.
func (a *API) tell(ctx context.Context, provider string, e payment.Event) error {
	if e.OrderID == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	o, err := a.Orders.Find(ctx, e.OrderID)
	if err != nil {
		return err
	}
	if !o.State.Open {
		return nil
	}
	if err := a.Runs.Tell(ctx, o, order.Fact{ID: e.ID, Kind: order.FactWebhook}, false); err != nil {
		return err
	}
	return a.Inbox.Delivered(ctx, payment.Letter{
		ID: provider + ":" + e.ID, Provider: provider, EventID: e.ID, Type: e.Type, Ref: e.Ref, OrderID: e.OrderID,
		Claims: e.Claims, At: e.At, ReceivedAt: a.Clock(),
	})
}

// paymentReturn needs no secret and tells nothing: the address to go on to was
// frozen with the attempt.
func (a *API) paymentReturn(ctx context.Context, in *returnInput) (*returnOutput, error) {
	if !plain(in.Attempt) {
		return nil, fault.New(fault.NotFound, saidNoPayment)
	}
	attempt, err := a.Attempts.Find(ctx, in.Attempt)
	if err != nil || attempt.Provider != in.Provider {
		if err == nil || fault.Is(err, fault.NotFound) {
			return nil, fault.New(fault.NotFound, saidNoPayment)
		}
		return nil, err
	}
	o, err := a.Orders.Find(ctx, attempt.OrderID)
	if err != nil {
		return nil, err
	}
	if o.State.Status == order.AwaitingCustomer || holdLost(o.State) {
		_, _, err = a.checkouts.command(ctx, o.ID, workflows.UpdateReturned, a.returnID(attempt.ID))
		if err != nil {
			a.Log.WarnContext(ctx, "the order could not be woken; its poll will", "order", o.ID, "error", err)
		}
	}
	return &returnOutput{Status: http.StatusSeeOther, Location: attempt.LandingURL}, nil
}

// returnWindow is how long returns from one payment are one question.
const returnWindow = 2

// returnID names a return's update. A reload a little later is a new question;
// a flood of returns, which needs no secret, is one in each window.
func (a *API) returnID(attemptID string) string {
	return "returned-" + attemptID + "-" + strconv.FormatInt(a.Clock().Unix()/returnWindow, 10)
}
