package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/idempotency"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
)

type checkoutInput struct {
	KeyHeader
	Body struct {
		CartID    string         `json:"cart_id" minLength:"1" maxLength:"64" doc:"The cart, opened by its secret." example:"crt_01k3v8m4w0f3q2x9y6z7a1b2c3"`
		QuoteHash string         `json:"quote_hash" minLength:"1" maxLength:"64" doc:"The quote_hash that the cart showed: what the shopper saw is what is charged."`
		Payment   paymentBody    `json:"payment"`
		Accepted  []acceptedBody `json:"accepted_terms" maxItems:"10" nullable:"false" doc:"The texts that the shopper saw and accepted: both that the cart showed."`
	}
}

type paymentBody struct {
	Provider      string `json:"provider" minLength:"1" maxLength:"20" example:"stripe"`
	PaymentMethod string `json:"payment_method" minLength:"1" maxLength:"100" doc:"The provider's token for the card, made by its own script or page." example:"pm_card_visa"`
	ReturnURL     string `json:"return_url" minLength:"1" maxLength:"2000" format:"uri" doc:"The storefront page to come back to from the bank; of a configured origin." example:"http://127.0.0.1:3000/thanks"`
}

func (b paymentBody) choice() paymentChoice {
	return paymentChoice{Provider: b.Provider, Method: b.PaymentMethod, LandingURL: b.ReturnURL}
}

type checkoutOutput struct {
	Status     int
	Location   string      `header:"Location" doc:"Where the order is."`
	RetryAfter seconds     `header:"Retry-After"`
	Cookie     http.Cookie `header:"Set-Cookie"`
	Body       checkoutView
}

type checkoutView struct {
	OrderView
	Secret string `json:"secret" doc:"Opens the order: send it as X-Order-Secret."`
}

// paymentCodes are the answers of whoever asks for money.
var paymentCodes = []fault.Code{
	fault.Declined, fault.OutOfStock, fault.QuoteStale, fault.PaymentUnavailable, fault.Conflict, fault.AttemptOpen, fault.NotFound,
}

// paymentAnswers are their successes.
var paymentAnswers = map[int]string{
	http.StatusOK:      "The order was over already: it is shown as it ended.",
	http.StatusCreated: "The order is placed.",
	http.StatusAccepted: "`payment.action` says where the shopper confirms; or, with Retry-After, the outcome is not known yet: " +
		"look at the order again.",
}

func (a *API) checkoutRoutes() {
	handle(a, Route{
		ID: "checkout", Method: http.MethodPost, Path: "/v1/checkouts", Tag: "checkout", Access: CartSecret,
		Summary: "Turn a cart into an order and pay", Status: http.StatusCreated, NeedsKey: true, NoCards: true, Limit: LimitCheckouts,
		Codes: append([]fault.Code{fault.CartCheckedOut, fault.TermsChanged}, paymentCodes...), Answers: paymentAnswers,
		Description: "Waits at most 5 s. 201: placed. 202: `payment.action` says where the shopper confirms, or the outcome is not known yet " +
			"(look again after Retry-After). 200: the same order was over already. A problem says what to do next; from a decline on it holds " +
			"`order_id`, `order_secret` and `attempts_left`. The same key later: the same order in its present state.",
	}, a.checkout)
}

func (a *API) checkout(ctx context.Context, in *checkoutInput) (*checkoutOutput, error) {
	c, err := a.openCart(ctx, in.Body.CartID)
	if err != nil {
		return nil, err
	}
	if err := a.checkouts.checkPayment(in.Body.Payment.choice(), c.Currency); err != nil {
		return nil, err
	}
	rec, fresh, err := a.begin(ctx, cartPrincipal(c), "checkout", in.Key, id.New(id.Order, a.Clock()), idempotency.KeepMoney)
	if err != nil {
		return nil, err
	}
	o, err := a.ordered(ctx, rec.ResultID, fresh)
	if fault.Is(err, fault.NotFound) {
		o, err = a.order(ctx, c, rec.ResultID, in)
	}
	if err != nil {
		return nil, err
	}
	result, err := a.run(ctx, o)
	if err != nil {
		return nil, a.withOrder(ctx, o, err)
	}
	return a.checkedOut(o, result), nil
}

// ordered returns the order that an earlier request under the same key made.
func (a *API) ordered(ctx context.Context, orderID string, fresh bool) (order.Order, error) {
	if fresh {
		return order.Order{}, fault.New(fault.NotFound, "no such order yet")
	}
	return a.Orders.Find(ctx, orderID)
}

// order claims the cart and writes the order. What can be refused without a
// trace is refused before the claim; the cart is read again after it, so that
// a change which slipped in between is seen.
func (a *API) order(ctx context.Context, c cart.Cart, orderID string, in *checkoutInput) (order.Order, error) {
	accepted, err := a.acceptTerms(ctx, in.Body.Accepted)
	if err != nil {
		return order.Order{}, errors.Join(a.refuseTaken(ctx, c.ID, orderID), err)
	}
	f, err := a.freezeCart(ctx, c, in.Body.QuoteHash)
	if err != nil {
		return order.Order{}, errors.Join(a.refuseTaken(ctx, c.ID, orderID), err)
	}
	if err := a.checkouts.available(ctx, f.quote); err != nil {
		return order.Order{}, errors.Join(a.refuseTaken(ctx, c.ID, orderID), err)
	}
	number, err := a.checkouts.claim(ctx, c.ID, orderID)
	if err != nil {
		return order.Order{}, err
	}
	again, err := a.Carts.Find(ctx, c.ID)
	if err != nil {
		return order.Order{}, err
	}
	if again.MergedInto != "" {
		return order.Order{}, errors.Join(noCart(), a.Claims.Release(ctx, order.CartKey(c.ID), orderID))
	}
	if again.Rev != c.Rev {
		if f, err = a.freezeCart(ctx, again, in.Body.QuoteHash); err != nil {
			return order.Order{}, errors.Join(err, a.Claims.Release(ctx, order.CartKey(c.ID), orderID))
		}
	}
	return a.checkouts.accept(ctx, order.Order{
		ID: orderID, Number: number, CartID: c.ID, CustomerID: customerOf(again), EmailKey: a.orderEmailKey(f.contact.Email), Language: c.Language,
		Contact: f.contact, Invoice: &f.invoice, Accepted: accepted, Quote: f.quote,
	}, in.Body.Payment.choice())
}

// customerOf names whose the order is: nobody's, while nobody is signed in.
func customerOf(c cart.Cart) string {
	if c.CustomerID == "" {
		return order.Guest
	}
	return c.CustomerID
}

// orderEmailKey stands for the address of an order in a key.
func (a *API) orderEmailKey(email string) string { return identity.OrderEmail(a.Lookup, email) }

// refuseTaken says rather that the cart is an order already than that it can
// no longer be sold: the first is why.
func (a *API) refuseTaken(ctx context.Context, cartID, orderID string) error {
	err := a.refuseClaimed(ctx, cartID)
	var f *fault.Fault
	if errors.As(err, &f) && f.Details["order_id"] == orderID {
		return nil
	}
	return err
}

// run starts the order's workflow, or asks where the order stands if it was
// started before.
func (a *API) run(ctx context.Context, o order.Order) (outcome, error) {
	if o.State.Status != order.Pending {
		answer, err := a.checkouts.standing(ctx, o.ID)
		if err != nil {
			return outcome{}, err
		}
		return a.checkouts.settle(ctx, o, answer)
	}
	answer, err := a.checkouts.start(ctx, o)
	if err != nil {
		return outcome{}, err
	}
	return a.checkouts.settle(ctx, o, answer)
}

// withOrder adds to a problem what the shopper needs to go on with the order
// that was made all the same.
func (a *API) withOrder(ctx context.Context, o order.Order, err error) error {
	p := a.problem(ctx, err)
	if p.details == nil {
		p.details = map[string]any{}
	}
	p.details["order_id"], p.details["order_secret"] = o.ID, a.orderSecret(o)
	if p.headers == nil {
		p.headers = http.Header{}
	}
	cookie := a.orderCookie(o)
	p.headers.Add("Set-Cookie", cookie.String())
	return p
}

func (a *API) checkedOut(o order.Order, r outcome) *checkoutOutput {
	return &checkoutOutput{
		Status: r.status, RetryAfter: inSeconds(r.retryAfter), Location: "/v1/orders/" + o.ID, Cookie: a.orderCookie(o),
		Body: checkoutView{OrderView: r.order, Secret: a.orderSecret(o)},
	}
}
