package api

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/workflows"
)

// patience is how long a shopper's request waits for the order's first stable
// point; after it the answer is "pending", and the order goes on.
const patience = 5 * time.Second

// Checkouts turns a quoted cart into an order and starts its workflow. What it
// writes before the start is everything that the workflow will read.
type Checkouts struct {
	Orders   order.Store
	Attempts payment.Store
	// Shipments holds the parcels of orders that were placed.
	Shipments shipping.Store
	Claims    order.Claims
	Ledger    stock.Ledger
	Gateways  payment.Gateways
	Temporal  client.Client
	Policy    order.Policy
	// PublicURL is how the bank's page sends a shopper back to us.
	PublicURL string
	// Origins are the storefronts that a shopper may be sent on to.
	Origins []string
	Clock   clock.Clock
}

// paymentChoice is how a shopper wants to pay: the provider's own token for
// the card, and the storefront page to come back to.
type paymentChoice struct {
	Provider   string
	Method     string
	LandingURL string
}

// methodForm is the form of a provider's token for a card.
var methodForm = regexp.MustCompile(`^pm_[A-Za-z0-9_]{1,97}$`)

// maxLanding is how long a storefront page's address may be, in bytes.
const maxLanding = 2000

// checkPayment refuses a provider or a return address that we would not serve.
func (c *Checkouts) checkPayment(p paymentChoice, currency string) error {
	gateway, ok := c.Gateways[p.Provider]
	if !ok {
		return fault.New(fault.Invalid, "%q is not a payment provider of this shop", p.Provider).
			With("providers", c.Gateways.ForCurrency(currency)).With(detailField, "body.payment.provider")
	}
	if !gateway.Takes(currency) {
		return fault.New(fault.Invalid, "%s does not take %s", p.Provider, currency).
			With("providers", c.Gateways.ForCurrency(currency)).With(detailField, "body.payment.provider")
	}
	if !methodForm.MatchString(p.Method) {
		return fault.New(fault.Invalid, "this is not the provider's token for a card, such as pm_…").With(detailField, "body.payment.payment_method")
	}
	return c.checkLanding(p.LandingURL)
}

func (c *Checkouts) checkLanding(landing string) error {
	if len(landing) > maxLanding {
		return fault.New(fault.Invalid, "may have at most %d bytes", maxLanding).With(detailField, "body.payment.return_url")
	}
	u, err := url.Parse(landing)
	if err != nil || u.User != nil || !slices.Contains(c.Origins, u.Scheme+"://"+u.Host) {
		return fault.New(fault.Invalid, "this is no page of a configured storefront: ask the shop's operator to add the origin").
			With(detailField, "body.payment.return_url")
	}
	return nil
}

// available looks, before anything is written, whether every line could be
// reserved: a shopper who comes too late hears it without leaving a trace.
func (c *Checkouts) available(ctx context.Context, q order.Quote) error {
	want, skus := map[string]int64{}, []string{}
	for _, l := range q.Lines {
		if want[l.SKU] == 0 {
			skus = append(skus, l.SKU)
		}
		want[l.SKU] += l.Quantity
	}
	levels, err := c.Ledger.Levels(ctx, stock.DefaultLocation, skus)
	if err != nil {
		return err
	}
	short := []string{}
	for _, sku := range skus {
		if levels[sku].Available < want[sku] {
			short = append(short, sku)
		}
	}
	if len(short) > 0 {
		return outOfStock(short)
	}
	return nil
}

func outOfStock(skus []string) *fault.Fault {
	return fault.New(fault.OutOfStock, saidTooFew+"%s", strings.Join(skus, ", ")).With("skus", skus)
}

// claim takes the cart, and a number, for an order. Another order that has the
// cart answers with its id.
func (c *Checkouts) claim(ctx context.Context, cartID, orderID string) (number string, err error) {
	if err := c.stillYoung(orderID); err != nil {
		return "", err
	}
	number = id.Number()
	owners, err := c.Claims.ClaimAll(ctx, orderID, order.CartKey(cartID), order.NumberKey(number))
	if err != nil {
		return "", err
	}
	if owners[order.CartKey(cartID)] != orderID {
		owner, err := c.owner(ctx, cartID)
		if fault.Is(err, fault.NotFound) {
			owner, err = c.Claims.Claim(ctx, order.CartKey(cartID), orderID)
		}
		if err != nil {
			return "", err
		}
		if owner != orderID {
			taken := fault.New(fault.CartCheckedOut, saidCheckedOut).With("order_id", owner)
			return "", errors.Join(taken, c.Claims.Release(ctx, order.NumberKey(number), orderID))
		}
	}
	if owners[order.NumberKey(number)] == orderID {
		return number, nil
	}
	return c.number(ctx, orderID)
}

// ghostAge is how old a claim must be whose order was never written, before the
// cart is anybody's again: a process died between the two. No request lives as
// long, and one under an old key that would begin to is refused.
const ghostAge = 10 * time.Minute

// stillYoung refuses to begin with an order under a key so old that its claim
// may be another's meanwhile.
func (c *Checkouts) stillYoung(orderID string) error {
	if made, ok := id.Time(orderID); ok && c.Clock().Sub(made) > ghostAge/2 {
		return fault.New(fault.QuoteStale, "this checkout was begun long ago and never finished: look at the cart and take a fresh Idempotency-Key")
	}
	return nil
}

// owner returns the order that has the cart, or NotFound. The claim of an order
// that was never written is given up on the way.
func (c *Checkouts) owner(ctx context.Context, cartID string) (string, error) {
	key := order.CartKey(cartID)
	owner, err := c.Claims.Owner(ctx, key)
	if err != nil {
		return "", err
	}
	made, ok := id.Time(owner)
	if !ok || c.Clock().Sub(made) < ghostAge {
		return owner, nil
	}
	if _, err := c.Orders.Find(ctx, owner); !fault.Is(err, fault.NotFound) {
		return owner, err
	}
	if err := c.Claims.Release(ctx, key, owner); err != nil {
		return "", err
	}
	return "", fault.New(fault.NotFound, "the cart is nobody's")
}

// accept writes the order and its first payment attempt: everything that the
// workflow will read. Both are safe to repeat; of two that come at once the
// first one's words stand.
func (c *Checkouts) accept(ctx context.Context, o order.Order, p paymentChoice) (order.Order, error) {
	now := c.Clock()
	attempt := c.attempt(o, firstAttempt, p)
	o.AcceptedAt, o.Policy = now, c.Policy
	o.State = order.Projection{
		Status: order.Pending, AttemptID: attempt.ID, Open: true, UpdatedAt: now, Commands: map[string]order.CommandResult{},
		Attempts: map[string]order.AttemptSummary{attempt.ID: {Provider: attempt.Provider, State: string(attempt.State), Amount: attempt.Amount}},
	}
	if err := c.Attempts.Create(ctx, attempt); err != nil {
		return o, err
	}
	created, err := c.Orders.Create(ctx, o)
	if err != nil || created {
		return o, err
	}
	return c.Orders.Find(ctx, o.ID)
}

// numberTries is how often a number that is taken is drawn again: two in a row
// is one chance in a hundred billion even with a million orders.
const numberTries = 5

func (c *Checkouts) number(ctx context.Context, orderID string) (string, error) {
	for range numberTries {
		number := id.Number()
		owner, err := c.Claims.Claim(ctx, order.NumberKey(number), orderID)
		if err != nil {
			return "", err
		}
		if owner == orderID {
			return number, nil
		}
	}
	return "", fault.New(fault.Unavailable, "no order number is free: try again")
}

// firstAttempt is the command that an order's first attempt is named after.
const firstAttempt = "checkout"

// attempt makes the row of a payment: of the order's total or, where the hold for a
// placed order was lost, of what is still due.
func (c *Checkouts) attempt(o order.Order, command string, p paymentChoice) payment.Attempt {
	a := payment.New(o.ID, command, c.Clock())
	a.Provider, a.Method, a.Amount, a.QuoteHash = p.Provider, p.Method, o.Quote.Total, o.Quote.Hash
	if holdLost(o.State) {
		a.Amount, a.Purpose = o.State.Due(o.Quote.Total), payment.PurposeReplacement
	}
	a.LandingURL = p.LandingURL
	a.ReturnURL = c.PublicURL + "/v1/payments/" + p.Provider + "/return?attempt=" + url.QueryEscape(a.ID)
	return a.WriteAhead()
}

// start starts the order's workflow and waits for its first stable point. An
// order that has a run already is asked where it stands.
func (c *Checkouts) start(ctx context.Context, o order.Order) (workflows.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	in := workflows.InputOf(o, false)
	handle, err := c.Temporal.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: c.Temporal.NewWithStartWorkflowOperation(workflows.StartOptions(in), workflows.Order, in),
		UpdateOptions: client.UpdateWorkflowOptions{
			WorkflowID: workflows.OrderID(o.ID), UpdateID: o.ID, UpdateName: workflows.UpdateCheckout,
			WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	answer, _, err := c.heard(ctx, o.ID, handle, err)
	return answer, err
}

// command sends an update to a running order and waits for its answer. An
// order that has no run any more, or whose run does not answer in time, answers
// from its document: taken is then false, and the command may never be.
func (c *Checkouts) command(ctx context.Context, orderID, name, updateID string, args ...any) (answer workflows.Answer, taken bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	handle, err := c.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflows.OrderID(orderID), UpdateID: updateID, UpdateName: name, Args: args,
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	return c.heard(ctx, orderID, handle, err)
}

// heard turns what Temporal said into where the order stands. No answer in
// time means pending; a run that ended under the question means: read the
// document. taken says that the run itself answered.
func (c *Checkouts) heard(ctx context.Context, orderID string, handle client.WorkflowUpdateHandle, err error) (answer workflows.Answer, taken bool, _ error) {
	if err == nil {
		err = handle.Get(ctx, &answer)
	}
	var refused *temporal.ApplicationError
	switch {
	case err == nil:
		return answer, true, nil
	case errors.As(err, &refused) && refused.Type() != endedUnderQuestion:
		return answer, true, fault.New(fault.Code(refused.Type()), "%s", refused.Message())
	case timedOut(err), runOver(err), refused != nil:
		answer, err = c.standing(context.WithoutCancel(ctx), orderID)
		return answer, false, err
	}
	return answer, false, fault.Wrap(err, fault.Unavailable, "the order could not be reached: try again with the same key")
}

// endedUnderQuestion is Temporal's word for a run that ended with an update of it
// unanswered: a reset makes it too, while the command goes on in the new run.
const endedUnderQuestion = "AcceptedUpdateCompletedWorkflow"

func timedOut(err error) bool {
	var late *client.WorkflowUpdateServiceTimeoutOrCanceledError
	return errors.As(err, &late) || errors.Is(err, context.DeadlineExceeded)
}

func runOver(err error) bool {
	var missing *serviceerror.NotFound
	var there *serviceerror.WorkflowExecutionAlreadyStarted
	return errors.As(err, &missing) || errors.As(err, &there) || temporal.IsWorkflowExecutionAlreadyStartedError(err)
}

// standing reads where an order stands from its document.
func (c *Checkouts) standing(ctx context.Context, orderID string) (workflows.Answer, error) {
	o, err := c.Orders.Find(ctx, orderID)
	if err != nil {
		return workflows.Answer{}, err
	}
	return workflows.AnswerOf(o.State, o.Policy), nil
}
