package activities

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/crashpoint"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
)

// Privacy forgets people who asked to be forgotten. Each step may be repeated, and
// goes on where one before was cut off.
type Privacy struct {
	Accounts identity.Accounts
	Sessions identity.Sessions
	Tickets  identity.Tickets
	Passkeys identity.PasskeyOwners
	Orders   order.Store
	Attempts payment.Store
	Carts    cart.Store
	Exports  identity.Exports
	Keys     identity.DataKeys
	// OrderEmail stands for a mail address in orders.
	OrderEmail func(email string) string
	Clock      clock.Clock
	Log        *slog.Logger
}

// PrivacyInput names whose account it is, and how far a walk over its orders has
// come.
type PrivacyInput struct {
	AccountID string `json:"account_id"`
	Before    string `json:"before,omitempty"`
}

// ErasureStep is how an erasure stands.
type ErasureStep struct {
	// Withdrawn says that nobody asks for it any more, Wait for how long its owner
	// may still withdraw it; neither of both, that the account is closed.
	Withdrawn bool          `json:"withdrawn,omitempty"`
	Wait      time.Duration `json:"wait,omitempty"`
	ErasureID string        `json:"erasure_id,omitempty"`
	LetterID  string        `json:"letter_id,omitempty"`
	// AskedID is the letter that tells the owner that it was asked for.
	AskedID string `json:"asked_id,omitempty"`
}

// OrdersStep counts orders of one step of a walk. Next is where the next one
// begins, empty at the end.
type OrdersStep struct {
	Orders int    `json:"orders"`
	Open   int    `json:"open,omitempty"`
	Next   string `json:"next,omitempty"`
}

// closeTries is how often an account is read again that is written meanwhile.
const closeTries = 5

// CloseAccount closes the account once its erasure is due, by a conditional write:
// of a withdrawal and it at the same moment one counts.
func (p *Privacy) CloseAccount(ctx context.Context, in PrivacyInput) (ErasureStep, error) {
	for range closeTries {
		account, err := p.Accounts.Find(ctx, in.AccountID)
		if err != nil {
			return ErasureStep{}, forTemporal(err)
		}
		now := p.Clock().UTC()
		step := ErasureStep{Withdrawn: account.Erasure == nil}
		if step.Withdrawn {
			return step, nil
		}
		step.ErasureID, step.LetterID, step.AskedID = account.Erasure.ID, account.Erasure.LetterID(), account.Erasure.AskedLetterID()
		if step.Wait = max(0, account.Erasure.Due.Sub(now)); step.Wait > 0 {
			return step, nil
		}
		if account.Open() {
			account.Closed, account.UpdatedAt = now, now
			if _, err = p.Accounts.Save(ctx, account); fault.Is(err, fault.Conflict) {
				continue
			}
		}
		crashpoint.Here("erasure.closed")
		if err == nil {
			err = p.Sessions.EndAll(ctx, account.ID, "", identity.EndedByErasure, now)
		}
		return step, forTemporal(errors.Join(err, p.claimGuests(ctx, account)))
	}
	return ErasureStep{}, forTemporal(fault.New(fault.Unavailable, "account %s is being changed by many requests at once", in.AccountID))
}

// claimGuests takes in what the owner bought as a guest with the address that they
// proved to be theirs: it is forgotten with them.
func (p *Privacy) claimGuests(ctx context.Context, account identity.Account) error {
	if account.Personal.Email == "" {
		return nil
	}
	_, err := p.Orders.ClaimGuests(ctx, p.OrderEmail(account.Personal.Email), account.ID)
	return err
}

// eraseStep is how many orders one step of a walk looks at.
const eraseStep = 20

func (p *Privacy) orders(ctx context.Context, in PrivacyInput) ([]order.Order, OrdersStep, error) {
	orders, err := p.Orders.OfCustomer(ctx, in.AccountID, in.Before, eraseStep)
	step := OrdersStep{Orders: len(orders)}
	for _, o := range orders {
		if o.State.NeedsContact() {
			step.Open++
		}
	}
	if len(orders) == eraseStep {
		step.Next = orders[len(orders)-1].ID
	}
	return orders, step, err
}

// CountOpenOrders counts the account's orders whose contacts are needed: they run, or
// a person has to deal with them.
func (p *Privacy) CountOpenOrders(ctx context.Context, in PrivacyInput) (OrdersStep, error) {
	_, step, err := p.orders(ctx, in)
	return step, forTemporal(err)
}

// EraseOrders makes contacts unreadable that were sealed for an order of its own,
// as a guest's are, and takes away what leads from a mail address to orders. The
// orders, their money and their invoices stay.
func (p *Privacy) EraseOrders(ctx context.Context, in PrivacyInput) (OrdersStep, error) {
	orders, step, err := p.orders(ctx, in)
	if err != nil {
		return step, forTemporal(err)
	}
	if step.Open > 0 {
		return step, forTemporal(fault.New(fault.Unavailable, "an order of account %s still needs its contact", in.AccountID))
	}
	ids, carts := make([]string, len(orders)), []string{}
	for i, o := range orders {
		if ids[i] = o.ID; o.CartID != "" {
			carts = append(carts, o.CartID)
		}
		if err := errors.Join(p.Keys.Destroy(ctx, o.ID), p.dropInvoice(ctx, o)); err != nil {
			return step, forTemporal(err)
		}
		crashpoint.Here("erasure.order_key")
	}
	return step, forTemporal(errors.Join(p.Orders.ForgetEmails(ctx, ids), p.Carts.Forget(ctx, in.AccountID, carts)))
}

// dropInvoice makes the invoice data of an order unreadable for which nobody ever
// paid: no invoice was issued, and no law wants it kept.
func (p *Privacy) dropInvoice(ctx context.Context, o order.Order) error {
	attempts, err := p.Attempts.OfOrder(ctx, o.ID)
	if err != nil {
		return err
	}
	if payment.AnyCaptured(attempts) {
		return nil
	}
	return p.Keys.Drop(ctx, order.InvoiceSubject(o.ID))
}

// EraseAccount forgets everything else, the key of the account's data last.
func (p *Privacy) EraseAccount(ctx context.Context, in PrivacyInput) (OrdersStep, error) {
	account, err := p.Accounts.Find(ctx, in.AccountID)
	if err != nil {
		return OrdersStep{}, forTemporal(err)
	}
	if account.Open() {
		return OrdersStep{}, forTemporal(fault.New(fault.Internal, "account %s is open and cannot be forgotten", in.AccountID))
	}
	carts := []string{}
	if account.CartID != "" {
		carts = append(carts, account.CartID)
	}
	for _, forget := range []func() error{
		func() error { return p.Carts.Forget(ctx, account.ID, carts) },
		func() error { return p.Tickets.Forget(ctx, account.ID, account.Personal.Email) },
		func() error { return p.Passkeys.Forget(ctx, account.ID) },
		func() error { return p.Sessions.Forget(ctx, account.ID) },
		func() error { return p.Exports.Forget(ctx, account.ID) },
		func() error { return p.Accounts.Erase(ctx, account.ID, p.Clock().UTC()) },
		func() error { return p.destroyLast(ctx, account.ID) },
	} {
		if err := forget(); err != nil {
			p.Log.WarnContext(ctx, "a step of an erasure failed", "account", account.ID, "error", err)
			return OrdersStep{}, forTemporal(err)
		}
	}
	crashpoint.Here("erasure.key.destroyed")
	return OrdersStep{}, nil
}

// destroyLast destroys the key of the account's data, after which nothing that is
// sealed with it can be read by any step.
func (p *Privacy) destroyLast(ctx context.Context, accountID string) error {
	crashpoint.Here("erasure.key.before")
	return p.Keys.Destroy(ctx, accountID)
}
