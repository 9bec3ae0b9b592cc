// Package payment is the noun of money at a provider: attempts to be paid, the
// ops they are made of, and the gateway that every provider's adapter serves.
package payment

import (
	"context"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/outcome"
)

// Outcome is how a call to a provider ended: the words are those of every
// provider, of money or not.
type Outcome = outcome.Outcome

// Outcomes of a call, as package outcome has them. A No is a decline and uses
// up a try.
const (
	Yes               = outcome.Yes
	No                = outcome.No
	RefusedByProvider = outcome.RefusedByProvider
	NotSent           = outcome.NotSent
	Unsure            = outcome.Unsure
	Missing           = outcome.Missing
)

// Standing is where a payment stands at the provider, in the words of all
// providers (docs/payments.md has the table).
type Standing string

// Standings of a payment.
const (
	// StandsOpen: the object is there, nobody was asked for money yet.
	StandsOpen Standing = "open"
	// StandsDeclined: the last try was declined.
	StandsDeclined Standing = "declined"
	// StandsAction: the shopper has to confirm at the bank.
	StandsAction Standing = "action_required"
	// StandsBack: the shopper came back authenticated; our finalize moves the money.
	StandsBack Standing = "authenticated"
	// StandsPending: the provider is still thinking.
	StandsPending Standing = "pending_review"
	// StandsHeld: the money is held for us.
	StandsHeld Standing = "authorized"
	// StandsCaptured: the money is ours.
	StandsCaptured Standing = "captured"
	// StandsRefunding is what an event about a refund claims; a picture shows a
	// refunded payment as captured, with how much of it went back.
	StandsRefunding Standing = "refunding"
	// StandsVoided: cancelled; no money is held.
	StandsVoided Standing = "voided"
)

// Picture is what a provider says of one payment. Amounts are minor units.
type Picture struct {
	Ref           string
	Standing      Standing
	OrderID       string
	OpID          string
	Amount        money.Amount
	Held          int64
	Captured      int64
	Refunded      int64
	RedirectURL   string
	CaptureBefore time.Time
	DeclineCode   string
	DeclineHint   Hint
	CreatedAt     time.Time
	// Lapsed says that a voided payment was not cancelled by us but ran out.
	Lapsed bool
	// Dispute is the newest dispute about the payment, if there ever was one.
	Dispute *Dispute
}

// Dispute is a shopper's complaint at their bank about a captured payment.
type Dispute struct {
	Ref      string
	Amount   money.Amount
	Standing DisputeStanding
	// Reason is the provider's word, such as product_not_received.
	Reason string
	// AnswerBy is until when evidence is taken.
	AnswerBy time.Time
}

// DisputeStanding is how a dispute stands.
type DisputeStanding string

// Standings of a dispute.
const (
	DisputeIsOpen DisputeStanding = "open"
	DisputeIsWon  DisputeStanding = "won"
	DisputeIsLost DisputeStanding = "lost"
)

// Refund is one refund of a payment at the provider.
type Refund struct {
	Ref      string
	OpID     string
	Amount   money.Amount
	Standing RefundStanding
	// Code is the provider's reason for a failed one.
	Code string
}

// RefundStanding is how a refund stands.
type RefundStanding string

// Standings of a refund.
const (
	// RefundIsPending: the provider will do it and has not yet.
	RefundIsPending RefundStanding = "pending"
	RefundIsDone    RefundStanding = "done"
	// RefundIsFailed: the money stays with us; another way is needed.
	RefundIsFailed RefundStanding = "failed"
)

// Hint says what a shopper can do about a decline. It tells nothing that the
// bank wants kept from the card's holder.
type Hint string

// Hints of a decline.
const (
	HintOtherCard   Hint = "try_another_card"
	HintCorrectData Hint = "correct_the_card_data"
	HintLater       Hint = "try_later_or_another_card"
	HintConfirm     Hint = "confirm_at_your_bank"
	HintAgain       Hint = "try_again"
)

// Answer is what came of one call. Picture is filled when the provider showed
// the payment, also beside a No.
type Answer struct {
	Outcome Outcome
	Picture Picture
	// Code is the provider's own word, for the operator.
	Code string
	// RequestID is what the provider's support asks for.
	RequestID string
	// Refund is filled when the call made one.
	Refund *Refund
	// Replayed says that the provider gave a kept answer to an earlier request
	// under the same key: asking again will bring no other.
	Replayed bool
}

// OpenRequest asks for a payment object without moving money.
type OpenRequest struct {
	OpID      string
	OrderID   string
	AttemptID string
	Amount    money.Amount
}

// AuthorizeRequest asks to hold the payment's amount on a card.
type AuthorizeRequest struct {
	OpID      string
	Ref       string
	Method    string
	ReturnURL string
}

// FinalizeRequest asks for the hold after the shopper confirmed.
type FinalizeRequest struct {
	OpID string
	Ref  string
}

// CancelRequest gives up a payment: closes one without money, or voids a hold.
type CancelRequest struct {
	OpID   string
	Ref    string
	Reason string
}

// CaptureRequest takes money that is held. A provider captures once: what is
// held beyond Amount is released by it.
type CaptureRequest struct {
	OpID   string
	Ref    string
	Amount money.Amount
}

// RefundRequest gives captured money back.
type RefundRequest struct {
	OpID   string
	Ref    string
	Amount money.Amount
}

// Event is a verified webhook: a hint to read the payment again.
type Event struct {
	ID      string
	Type    string
	Ref     string
	OrderID string
	At      time.Time
	// Claims is what the event says of the payment; empty when it says nothing
	// that we understand.
	Claims Standing
}

// Gateway speaks to one provider. A method about one payment returns an Answer
// and never an error: what cannot be told for certain is an Unsure answer, and
// a cancelled context is one too. List, Events and ReadWebhook return an error:
// no payment hangs on them, and whoever asked asks again or refuses the letter.
// Every call that changes something carries its op's id as the idempotency
// key, so repeating a call with the same id is always safe.
type Gateway interface {
	// Provider returns the provider's name, as in routes and rows.
	Provider() string

	// Takes reports whether the provider can be paid in currency.
	Takes(currency string) bool

	Open(ctx context.Context, r OpenRequest) Answer
	Authorize(ctx context.Context, r AuthorizeRequest) Answer
	Finalize(ctx context.Context, r FinalizeRequest) Answer
	// Cancel closes or voids; a payment that is cancelled already is a Yes.
	Cancel(ctx context.Context, r CancelRequest) Answer

	// Capture takes the held money: Yes with StandsCaptured. A payment that cannot
	// be captured any more is a No, or a Yes whose picture shows how it stands.
	Capture(ctx context.Context, r CaptureRequest) Answer
	// Refund gives captured money back: Yes with the refund, which may be pending.
	// More than is left of the payment is a No.
	Refund(ctx context.Context, r RefundRequest) Answer

	// Refunds lists the refunds of a payment. An error means that the list is
	// not whole.
	Refunds(ctx context.Context, ref string) ([]Refund, error)

	// Lookup reads the payment by its reference, its newest dispute included.
	Lookup(ctx context.Context, ref string) Answer

	// Search finds a payment by the op that opened it among those made since a
	// time, when no reference is known. Missing means: not in the list now.
	Search(ctx context.Context, opID string, since time.Time) Answer

	// List returns every payment made since a time: the provider's own books,
	// for the audit. An error means that the list is not whole.
	List(ctx context.Context, since time.Time) ([]Picture, error)

	// Events returns the provider's events since a time, oldest first: what a
	// lost webhook would have told. An error means that the list is not whole.
	Events(ctx context.Context, since time.Time) ([]Event, error)

	// ReadWebhook verifies a webhook against now and returns its event; a
	// forged or stale one is an Invalid fault, one that is signed and cannot be
	// read a Malformed one. An event that means nothing to
	// an order has an empty Ref.
	ReadWebhook(header http.Header, body []byte, now time.Time) (Event, error)
}

// Gateways finds a gateway by its provider's name.
type Gateways map[string]Gateway

// ForCurrency returns the names of the providers that take currency, sorted.
func (g Gateways) ForCurrency(currency string) []string {
	var names []string
	for _, name := range sortedKeys(g) {
		if g[name].Takes(currency) {
			names = append(names, name)
		}
	}
	return names
}
