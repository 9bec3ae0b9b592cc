package api

import (
	"context"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/workflows"
)

// OrderView is an order as its shopper sees it.
type OrderView struct {
	ID     string       `json:"id" doc:"The order's id; not a secret."`
	Number string       `json:"number" doc:"The short number for the telephone and the invoice." example:"7KXM-92QD"`
	Status order.Status `json:"status" doc:"Where the order stands."`
	// Fulfilment is how far its parcels have come.
	Fulfilment fulfilment        `json:"fulfilment_status" doc:"How far its parcels have come, folded from them; never stored."`
	Reason     string            `json:"reason,omitempty" doc:"Why it was rejected, expired or cancelled."`
	Lines      []orderLineView   `json:"lines"`
	Subtotal   money.Amount      `json:"subtotal"`
	Discount   money.Amount      `json:"discount"`
	Shipping   money.Amount      `json:"shipping"`
	Tax        money.Amount      `json:"tax" doc:"The KDV inside the total."`
	Total      money.Amount      `json:"total"`
	QuoteHash  string            `json:"quote_hash" doc:"The hash of what was shown and will be charged."`
	Payment    paymentView       `json:"payment"`
	Shipments  []OrderParcelView `json:"shipments,omitempty" nullable:"false" doc:"The parcels that the order goes out in, once they are planned."`
	Contact    *order.Contact    `json:"contact,omitempty" doc:"Who receives it; absent once that was erased."`
	Accepted   []acceptedView    `json:"accepted_terms,omitempty" nullable:"false" doc:"The texts that were accepted at checkout."`
	Invoice    *order.Invoice    `json:"invoice,omitempty" doc:"Who the invoice is made out to, as it was at checkout."`
	CreatedAt  time.Time         `json:"created_at"`
	PlacedAt   *time.Time        `json:"placed_at,omitempty"`
	UpdatedAt  time.Time         `json:"updated_at"`
	// CancelWanted says that a cancel was accepted and waits for a state that
	// can take it.
	CancelWanted bool `json:"cancel_wanted,omitempty"`
}

type orderLineView struct {
	SKU        string       `json:"sku"`
	Title      string       `json:"title"`
	Quantity   int64        `json:"quantity"`
	UnitPrice  money.Amount `json:"unit_price"`
	Discount   money.Amount `json:"discount"`
	TaxPercent int64        `json:"tax_percent"`
	Tax        money.Amount `json:"tax"`
	Total      money.Amount `json:"total"`
}

type paymentView struct {
	Status       string        `json:"status" doc:"Folded from the attempts; never stored."`
	Provider     string        `json:"provider,omitempty"`
	AttemptID    string        `json:"attempt_id,omitempty"`
	Attempt      string        `json:"attempt,omitempty" doc:"Where the current attempt stands."`
	DeclineCode  string        `json:"decline_code,omitempty"`
	DeclineHint  payment.Hint  `json:"decline_hint,omitempty" doc:"What the shopper can do about the decline."`
	AttemptsLeft int           `json:"attempts_left"`
	LeaseUntil   *time.Time    `json:"lease_until,omitempty" doc:"Until when the units are held for the shopper."`
	Action       *actionView   `json:"action,omitempty" doc:"What the shopper has to do now."`
	Due          *money.Amount `json:"due,omitempty" doc:"What is to be paid again, by another payment attempt: the hold on the card ran out before the parcels could leave."`
	DueUntil     *time.Time    `json:"due_until,omitempty" doc:"Until when; after it the shop gets in touch, or cancels."`
}

type actionView struct {
	Type      string    `json:"type" enum:"redirect"`
	URL       string    `json:"url" doc:"The bank's page; it sends the shopper back."`
	ExpiresAt time.Time `json:"expires_at"`
}

// view makes the shopper's view of an order, its current attempt and its parcels.
func view(o order.Order, a payment.Attempt, parcels []shipping.Shipment) OrderView {
	v := OrderView{
		ID: o.ID, Number: o.Number, Status: o.State.Status, Fulfilment: fulfilmentOf(o.State, parcels), Reason: o.State.Reason,
		Subtotal: o.Quote.Subtotal, Discount: o.Quote.Discount, Shipping: o.Quote.Shipping, Tax: o.Quote.Tax, Total: o.Quote.Total,
		QuoteHash: o.Quote.Hash, Payment: paymentOf(o, a), Shipments: viewParcels(o, parcels), Contact: recipientOf(o), Invoice: o.Invoice, Accepted: viewAccepted(o),
		CreatedAt: stamp(o.AcceptedAt), PlacedAt: optional(o.State.PlacedAt), UpdatedAt: stamp(o.State.UpdatedAt),
		CancelWanted: cancelWaits(o),
	}
	for _, l := range o.Quote.Lines {
		v.Lines = append(v.Lines, orderLineView{
			SKU: l.SKU, Title: l.Title, Quantity: l.Quantity, UnitPrice: l.UnitPrice, Discount: l.Discount,
			TaxPercent: l.TaxPercent, Tax: l.Tax, Total: l.Total,
		})
	}
	return v
}

// recipientOf is who receives the order, as far as it is known still.
func recipientOf(o order.Order) *order.Contact {
	if o.Erased {
		return nil
	}
	return &o.Contact
}

// cancelWaits reports whether a cancel was accepted and not carried out yet.
func cancelWaits(o order.Order) bool {
	wanted := o.State.CancelWanted
	if wanted == nil {
		wanted = o.CancelAsked
	}
	return wanted != nil && !wanted.Taken && !o.State.Status.Ended()
}

func paymentOf(o order.Order, a payment.Attempt) paymentView {
	v := paymentView{
		Status: derived(o.State), Provider: a.Provider, AttemptID: a.ID, Attempt: o.State.Attempts[a.ID].State,
		DeclineCode: a.DeclineCode, AttemptsLeft: max(0, o.Policy.MaxTries-o.State.Tries), LeaseUntil: optional(o.State.LeaseUntil),
	}
	if o.State.Status.Ended() || !o.State.PlacedAt.IsZero() {
		v.LeaseUntil, v.AttemptsLeft = nil, 0
	}
	if a.DeclineCode != "" {
		v.DeclineHint = payment.Hint(a.DeclineHint)
		if o.State.PlacedAt.IsZero() {
			v.DeclineHint = hintOf(v.DeclineHint, v.AttemptsLeft)
		}
	}
	if holdLost(o.State) {
		v.repaid(o, a)
	}
	if o.State.Status == order.AwaitingCustomer && a.RedirectURL != "" {
		v.Action = &actionView{Type: "redirect", URL: a.RedirectURL, ExpiresAt: stamp(o.State.LeaseUntil)}
	}
	return v
}

// repaid adds what a shopper who has to pay again needs to know. A bank's page
// that is open for it is shown as at a checkout.
func (v *paymentView) repaid(o order.Order, a payment.Attempt) {
	amount, until := o.State.Due(o.Quote.Total), o.State.Hold.Since.Add(o.Policy.Complete().RepayWithin)
	v.Due, v.DueUntil = &amount, optional(until)
	if payment.State(v.Attempt) == payment.ActionRequired && a.Purpose == payment.PurposeReplacement && a.RedirectURL != "" {
		v.Action = &actionView{Type: "redirect", URL: a.RedirectURL, ExpiresAt: stamp(until)}
	}
}

func optional(t time.Time) *time.Time {
	if t.IsZero() || t.Year() <= 1 {
		return nil
	}
	t = stamp(t)
	return &t
}

// stamp returns a time as precise as it is kept, so that the first answer says
// what later ones will.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// hintOf returns what a shopper can do about a decline: without a further
// attempt, nothing that needs one.
func hintOf(hint payment.Hint, left int) payment.Hint {
	if left < 1 {
		return hintStartAgain
	}
	return hint
}

// show reads an order with its current attempt.
func (c *Checkouts) show(ctx context.Context, orderID string) (OrderView, error) {
	o, err := c.Orders.Find(ctx, orderID)
	if err != nil {
		return OrderView{}, err
	}
	a, err := c.Attempts.Find(ctx, o.State.AttemptID)
	if err != nil {
		return OrderView{}, err
	}
	parcels, err := parcelsOf(ctx, c.Shipments, o)
	return view(o, a, parcels), err
}

// outcome is the answer to a checkout or a further payment attempt: the HTTP
// status that says where the order stands, with the order itself.
type outcome struct {
	status     int
	order      OrderView
	retryAfter int
}

// pendingRetry is after how many seconds a client should look again.
const pendingRetry = 1

// placed makes the view of an order that was placed by its first attempt: the
// answer says all that was not known when the order was accepted.
func placed(o order.Order, a workflows.Answer) OrderView {
	paid := o.State.Attempts[a.AttemptID]
	paid.State = a.Attempt
	o.State.Attempts = map[string]order.AttemptSummary{a.AttemptID: paid}
	o.State.Status, o.State.PlacedAt, o.State.UpdatedAt = a.Status, a.PlacedAt, a.PlacedAt
	return view(o, payment.Attempt{ID: a.AttemptID, Provider: paid.Provider}, nil)
}

// settle turns where the order stands into an answer. What a shopper has to
// act upon is a fault with everything that is needed for the next step.
func (c *Checkouts) settle(ctx context.Context, o order.Order, a workflows.Answer) (outcome, error) {
	if a.Status == order.Placed && a.AttemptID == o.State.AttemptID && !a.PlacedAt.IsZero() {
		return outcome{status: 201, order: placed(o, a)}, nil
	}
	v, err := c.show(ctx, o.ID)
	if err != nil {
		return outcome{}, err
	}
	// The workflow is ahead of its document while that is being written.
	v.Status, v.Reason = a.Status, a.Reason
	switch a.Status {
	case order.Rejected:
		return outcome{}, c.rejected(v, a)
	case order.AwaitingCustomer:
		return outcome{status: 202, order: v}, nil
	case order.PaymentFailed:
		return outcome{}, c.declinedFault(v, a, 0)
	case order.Expired, order.Cancelled, order.Cancelling:
		return outcome{status: 200, order: v}, nil
	case order.Reserved:
		return c.settleReserved(v, a)
	case order.Processing:
		if v.Payment.Due != nil {
			return c.settleDue(v, a)
		}
		return outcome{status: 201, order: v}, nil
	case order.Placed, order.InReview, order.Fulfilled, order.Completed:
		return outcome{status: 201, order: v}, nil
	}
	return outcome{status: 202, order: v, retryAfter: pendingRetry}, nil
}

func (c *Checkouts) settleReserved(v OrderView, a workflows.Answer) (outcome, error) {
	switch payment.State(a.Attempt) {
	case payment.Declined, payment.Closed:
		return outcome{}, c.declinedFault(v, a, a.TriesLeft)
	case payment.Refused:
		return outcome{}, fault.New(fault.PaymentUnavailable, saidUnpayable).
			With("order_id", v.ID).With("lease_until", stamp(a.LeaseUntil)).With("providers", c.Gateways.ForCurrency(v.Total.Currency))
	}
	return outcome{status: 202, order: v, retryAfter: pendingRetry}, nil
}

// settleDue is settle for an order that waits to be paid again.
func (c *Checkouts) settleDue(v OrderView, a workflows.Answer) (outcome, error) {
	switch state := payment.State(a.Attempt); {
	case state == payment.Declined, state == payment.Closed:
		f := fault.New(fault.Declined, "%s", saidDeclined).With("order_id", v.ID).
			With("providers", c.Gateways.ForCurrency(v.Total.Currency)).With("until", *v.Payment.DueUntil)
		if v.Payment.DeclineCode != "" {
			f = f.With("reason", v.Payment.DeclineCode).With("hint", v.Payment.DeclineHint)
		}
		return outcome{}, f
	case state == payment.Refused:
		return outcome{}, fault.New(fault.PaymentUnavailable, saidUnpayableAgain).
			With("order_id", v.ID).With("until", *v.Payment.DueUntil).With("providers", c.Gateways.ForCurrency(v.Total.Currency))
	case state == payment.Authorized || state == payment.Capturing || state.Settled():
		return outcome{status: 201, order: v}, nil
	case v.Payment.Action != nil:
		return outcome{status: 202, order: v}, nil
	}
	return outcome{status: 202, order: v, retryAfter: pendingRetry}, nil
}

func (c *Checkouts) rejected(v OrderView, a workflows.Answer) error {
	if a.Reason == string(fault.OutOfStock) {
		return outOfStock(a.Short).With("order_id", v.ID)
	}
	return fault.New(fault.QuoteStale, saidStale).With("order_id", v.ID)
}

func (c *Checkouts) declinedFault(v OrderView, a workflows.Answer, left int) error {
	says := saidDeclined
	if left < 1 {
		says = saidDeclinedForGood
	}
	f := fault.New(fault.Declined, "%s", says).
		With("order_id", v.ID).With("attempts_left", left)
	if v.Payment.DeclineCode != "" {
		f = f.With("reason", v.Payment.DeclineCode)
	}
	if hint := hintOf(v.Payment.DeclineHint, left); hint != "" {
		f = f.With("hint", hint)
	}
	if left > 0 {
		f = f.With("lease_until", stamp(a.LeaseUntil)).With("providers", c.Gateways.ForCurrency(v.Total.Currency))
	}
	return f
}
