package lab

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/simulators/sim"
	"github.com/bedesten/bedesten/simulators/stripe"
)

// How orders begin: from the cart until they are placed, or are not.

// basket puts two units of a fresh SKU's worth of stock into a cart.
func (l *Lab) basket(ctx context.Context, units int64) (*Shopper, string, error) {
	sku, err := l.FreshSKU(ctx, units)
	if err != nil {
		return nil, "", err
	}
	p, err := l.Shop().Fill(ctx, Line{SKU: sku, Quantity: 2})
	return p, sku, err
}

func (l *Lab) buy(ctx context.Context, method string) (*Shopper, error) {
	p, _, err := l.basket(ctx, 10)
	if err != nil {
		return nil, err
	}
	_, err = p.Checkout(ctx, Key(), method)
	return p, err
}

func buyWith(method string) func(context.Context, *Lab) (*Shopper, error) {
	return func(ctx context.Context, l *Lab) (*Shopper, error) { return l.buy(ctx, method) }
}

func beginTwoCards(ctx context.Context, l *Lab) (*Shopper, error) {
	p, err := l.buy(ctx, "pm_card_visa_chargeDeclinedInsufficientFunds")
	if err != nil {
		return p, err
	}
	_, err = p.PayAgain(ctx, Key(), "pm_card_mastercard")
	return p, err
}

// beginSoldOut freezes the worker while somebody else takes the last units: the
// shopper was let in, and is told too late.
func beginSoldOut(ctx context.Context, l *Lab) (*Shopper, error) {
	p, sku, err := l.basket(ctx, 2)
	if err != nil {
		return p, err
	}
	if err := l.Worker.Signal(syscall.SIGSTOP); err != nil {
		return p, err
	}
	answered := make(chan error, 1)
	go func() {
		_, err := p.Checkout(ctx, Key(), "pm_card_visa")
		answered <- err
	}()
	err = l.takeAway(ctx, p.CartID, sku)
	return p, errors.Join(err, l.Worker.Signal(syscall.SIGCONT), <-answered)
}

// takeAway waits until the cart has become an order, and counts its units off.
func (l *Lab) takeAway(ctx context.Context, cartID, sku string) error {
	for {
		orderID, err := l.App.Claims.Owner(ctx, order.CartKey(cartID))
		if err == nil {
			if _, err = l.App.Orders.Find(ctx, orderID); err == nil {
				break
			}
		}
		if !fault.Is(err, fault.NotFound) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	op := stock.Op{ID: id.New("counted", time.Now()), At: l.App.Clock()}
	return l.App.Ledger.Adjust(ctx, op, stock.Line{Location: stock.DefaultLocation, SKU: sku, Quantity: -1})
}

func beginThreeDSecure(ctx context.Context, l *Lab) (*Shopper, error) {
	p, err := l.buy(ctx, "pm_card_threeDSecure2Required")
	if err != nil {
		return p, err
	}
	return p, l.Confirm(ctx, p, stripe.ChallengeComplete)
}

// Confirm does what the shopper does at the bank's page, and follows the way
// back.
func (l *Lab) Confirm(ctx context.Context, p *Shopper, outcome string) error {
	if _, err := p.Await(ctx, order.AwaitingCustomer); err != nil {
		return err
	}
	for _, intent := range l.Stripe.IntentsOf("order_id", p.OrderID) {
		back, err := l.Stripe.FinishChallenge(intent, outcome)
		if errors.Is(err, stripe.ErrNoChallenge) {
			continue
		}
		if err != nil {
			return err
		}
		_, err = p.Shop.Send(ctx, "GET", strings.TrimPrefix(back, p.Shop.URL), nil, nil)
		return err
	}
	return errors.New("no challenge is open for order " + p.OrderID)
}

func beginWorkerKilled(ctx context.Context, l *Lab) (*Shopper, error) {
	p, _, err := l.basket(ctx, 10)
	if err != nil {
		return p, err
	}
	if err := l.fault("payment_intent.confirm", sim.TimeoutAfter); err != nil {
		return p, err
	}
	answered := make(chan error, 1)
	go func() {
		_, err := p.Checkout(ctx, Key(), "pm_card_visa")
		answered <- err
	}()
	if err := l.held(ctx, p.CartID); err != nil {
		return p, err
	}
	if err := errors.Join(l.Worker.Signal(syscall.SIGKILL), <-answered); err != nil {
		return p, err
	}
	_, err = p.Await(ctx, order.Placed)
	return p, err
}

// held waits until the provider holds the money for the cart's order, which
// nobody here knows yet.
func (l *Lab) held(ctx context.Context, cartID string) error {
	for {
		orderID, err := l.App.Claims.Owner(ctx, order.CartKey(cartID))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		for _, b := range l.Stripe.Books() {
			if err == nil && b.Metadata["order_id"] == orderID && b.Capturable > 0 {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the provider to hold the money: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// fault makes the provider's next call of op go wrong once.
func (l *Lab) fault(op string, kind sim.Kind) error {
	_, err := l.Stripe.AddFault(sim.Fault{Kind: kind, Times: 1, DelayMS: 20_000, Match: sim.Match{Operation: op}})
	return err
}

func beginDeclined(ctx context.Context, l *Lab) (*Shopper, error) {
	p, err := l.buy(ctx, "pm_card_visa_chargeDeclined")
	for tries := 1; err == nil && tries < l.App.Policy.MaxTries; tries++ {
		_, err = p.PayAgain(ctx, Key(), "pm_card_visa_chargeDeclined")
	}
	return p, err
}

func unanswered(method string) func(context.Context, *Lab) (*Shopper, error) {
	return func(ctx context.Context, l *Lab) (*Shopper, error) {
		p, _, err := l.basket(ctx, 10)
		if err != nil {
			return p, err
		}
		if err := l.fault("payment_intent.confirm", sim.TimeoutAfter); err != nil {
			return p, err
		}
		_, err = p.Checkout(ctx, Key(), method)
		return p, err
	}
}

// beginHeavy buys what fits into two parcels and into no single one.
func beginHeavy(ctx context.Context, l *Lab) (*Shopper, error) {
	sku, err := l.HeavySKU(ctx, 10)
	if err != nil {
		return nil, err
	}
	p, err := l.Shop().Fill(ctx, Line{SKU: sku, Quantity: 4})
	if err != nil {
		return p, err
	}
	_, err = p.Checkout(ctx, Key(), "pm_card_visa")
	return p, err
}

// beginShortHold buys in a branch under a policy by which the hold, of seven days
// on the provider's clock, is about to run out two seconds after it was taken.
func beginShortHold(ctx context.Context, l *Lab) (*Shopper, error) {
	sku, err := l.FreshSKU(ctx, 10)
	if err != nil {
		return nil, err
	}
	policy := l.App.Policy
	policy.HoldMargin = 7*24*time.Hour/order.ScaleFactor - 2*time.Second
	b, err := l.openBranch(ctx, policy)
	if err != nil {
		return nil, err
	}
	p, err := b.shop.Fill(ctx, Line{SKU: sku, Quantity: 2})
	if err == nil {
		_, err = p.Checkout(ctx, Key(), "pm_card_visa")
		p.Shop = l.Shop()
	}
	return p, errors.Join(err, b.close())
}

// beginFor buys for somebody else than usual.
func (l *Lab) beginFor(ctx context.Context, name, email string) (*Shopper, error) {
	sku, err := l.FreshSKU(ctx, 10)
	if err != nil {
		return nil, err
	}
	contact := Address()
	contact["name"], contact["email"] = name, email
	p, err := l.Shop().FillFor(ctx, contact, Line{SKU: sku, Quantity: 2})
	if err != nil {
		return p, err
	}
	_, err = p.Checkout(ctx, Key(), "pm_card_visa")
	return p, err
}

// beginBounced has an address of its own each time, since a provider remembers
// what bounced.
func beginBounced(ctx context.Context, l *Lab) (*Shopper, error) {
	return l.beginFor(ctx, "Işıl Özgür", "bounce+"+strings.ToLower(id.Number())+"@posta.example")
}

// worldly is a name in three scripts, one of them from right to left, and a
// picture.
const worldly = "Gülşah Çağrı أحمد يوسف Σοφία ☕"

func beginWorldly(ctx context.Context, l *Lab) (*Shopper, error) {
	return l.beginFor(ctx, worldly, "kahve@posta.example")
}
