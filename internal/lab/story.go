package lab

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
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

// Story is one order's life that the rig can play: in the demo, in e2e tests,
// and for the recorded histories.
type Story struct {
	// Name is the golden file's and the recording's.
	Name  string
	Title string
	// Unseen is what the timeline does not show, because it happened to us and
	// not to the order.
	Unseen string
	// Ends is where the order comes to rest.
	Ends order.Status
	play func(context.Context, *Lab) (*Shopper, error)
}

// goldenFiles hold how each story is told.
//
//go:embed golden/*.txt
var goldenFiles embed.FS

// Stories returns every story, in the order in which they are told.
func Stories() []Story {
	return []Story{
		{Name: "placed", Title: "A good card", Ends: order.Placed, play: playPlaced},
		{Name: "two_cards", Title: "A declined card, and then another", Ends: order.Placed, play: playTwoCards},
		{Name: "sold_out", Title: "Somebody else was faster", Ends: order.Rejected, play: playSoldOut},
		{Name: "three_d_secure", Title: "The bank asks the shopper", Ends: order.Placed, play: playThreeDSecure},
		{Name: "worker_killed", Title: "The worker dies while the bank is thinking",
			Unseen: "the worker was killed after the card was asked and before it heard; another one looked the payment up",
			Ends:   order.Placed, play: playWorkerKilled},
		{Name: "declined", Title: "Every try is declined", Ends: order.PaymentFailed, play: playDeclined},
		{Name: "unknown_then_yes", Title: "No answer, and it was paid", Ends: order.Placed, play: playUnknownYes},
		{Name: "unknown_then_no", Title: "No answer, and it was declined", Ends: order.Reserved, play: playUnknownNo},
		{Name: "left_at_the_bank", Title: "Left at the bank's page until the lease was over", Ends: order.Expired, play: playLeft},
		{Name: "cancelled", Title: "Cancelled before anything was handed over", Ends: order.Cancelled, play: playCancelled},
	}
}

// Play plays the story and waits until the order rests. It returns the
// shopper with the timeline.
func (s Story) Play(ctx context.Context, l *Lab) (*Shopper, []order.Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	p, err := s.play(ctx, l)
	if err != nil {
		return p, nil, fmt.Errorf("story %s: %w", s.Name, err)
	}
	if _, err := p.Await(ctx, s.Ends); err != nil {
		return p, nil, fmt.Errorf("story %s: %w", s.Name, err)
	}
	entries, err := p.Timeline(ctx)
	return p, entries, err
}

// Told renders a timeline without what differs from run to run.
func Told(entries []order.Entry) string {
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%-26s %-18s %s\n", e.Kind, e.Status, e.Detail)
	}
	return b.String()
}

// Golden returns how the story is to be told; empty when nobody wrote it down
// yet.
func (s Story) Golden() (string, error) {
	raw, err := goldenFiles.ReadFile("golden/" + s.Name + ".txt")
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(raw), err
}

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

func playPlaced(ctx context.Context, l *Lab) (*Shopper, error) { return l.buy(ctx, "pm_card_visa") }

func playTwoCards(ctx context.Context, l *Lab) (*Shopper, error) {
	p, err := l.buy(ctx, "pm_card_visa_chargeDeclinedInsufficientFunds")
	if err != nil {
		return p, err
	}
	_, err = p.PayAgain(ctx, Key(), "pm_card_mastercard")
	return p, err
}

// playSoldOut freezes the worker while somebody else takes the last units: the
// shopper was let in, and is told too late.
func playSoldOut(ctx context.Context, l *Lab) (*Shopper, error) {
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

func playThreeDSecure(ctx context.Context, l *Lab) (*Shopper, error) {
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

func playWorkerKilled(ctx context.Context, l *Lab) (*Shopper, error) {
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
	return p, errors.Join(l.Worker.Signal(syscall.SIGKILL), <-answered)
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

func playDeclined(ctx context.Context, l *Lab) (*Shopper, error) {
	p, err := l.buy(ctx, "pm_card_visa_chargeDeclined")
	for tries := 1; err == nil && tries < l.App.Policy.MaxTries; tries++ {
		_, err = p.PayAgain(ctx, Key(), "pm_card_visa_chargeDeclined")
	}
	return p, err
}

func playUnknownYes(ctx context.Context, l *Lab) (*Shopper, error) {
	return l.unanswered(ctx, "pm_card_visa")
}

func playUnknownNo(ctx context.Context, l *Lab) (*Shopper, error) {
	return l.unanswered(ctx, "pm_card_visa_chargeDeclined")
}

func (l *Lab) unanswered(ctx context.Context, method string) (*Shopper, error) {
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

func playLeft(ctx context.Context, l *Lab) (*Shopper, error) {
	return l.buy(ctx, "pm_card_threeDSecure2Required")
}

func playCancelled(ctx context.Context, l *Lab) (*Shopper, error) {
	p, err := l.buy(ctx, "pm_card_visa")
	if err != nil {
		return p, err
	}
	if _, err := p.Await(ctx, order.Placed); err != nil {
		return p, err
	}
	_, err = p.Cancel(ctx, Key())
	return p, err
}
