package payment

import (
	"slices"
	"time"

	"github.com/bedesten/bedesten/internal/money"
)

// Kind is what an op does at the provider.
type Kind string

// Kinds of ops.
const (
	// OpOpen makes the provider's payment object; no money moves.
	OpOpen Kind = "open"
	// OpAuthorize asks for the hold.
	OpAuthorize Kind = "authorize"
	// OpFinalize asks for the hold after the shopper came back.
	OpFinalize Kind = "finalize"
	// OpClose cancels an attempt that has no money yet.
	OpClose Kind = "close"
	// OpVoid gives a hold back.
	OpVoid Kind = "void"
	// OpCapture takes held money, when the first parcel is about to leave.
	OpCapture Kind = "capture"
	// OpRefund gives captured money back.
	OpRefund Kind = "refund"
	// OpFound records what was done at the provider and not by us.
	OpFound Kind = "found"
)

// OpState is how far an op has come.
type OpState string

// States of an op.
const (
	// OpCreated: written ahead, nothing was sent.
	OpCreated OpState = "created"
	// OpInFlight: claimed by one worker, the request may have gone out.
	OpInFlight OpState = "sent"
	// OpYes and OpNo: the provider answered for certain.
	OpYes OpState = "yes"
	OpNo  OpState = "no"
	// OpUnanswered: it may or may not have happened; to be looked up.
	OpUnanswered OpState = "unknown"
	// OpOff: barred before it was ever sent; it never will be.
	OpOff OpState = "barred"
)

// Op is one operation at a provider. Its id is fixed before its first try and
// is the provider's idempotency key.
type Op struct {
	Kind       Kind         `bson:"kind"`
	Amount     money.Amount `bson:"amount"`
	State      OpState      `bson:"state"`
	Claim      string       `bson:"claim"`
	CreatedAt  time.Time    `bson:"created_at"`
	SentAt     time.Time    `bson:"sent_at"`
	AnsweredAt time.Time    `bson:"answered_at"`
	Code       string       `bson:"code"`
}

// Attempt is one try to be paid: the row that holds what the provider needs,
// what it said, and every op. Rows of one order share the prefix of their id.
type Attempt struct {
	ID       string       `bson:"_id"`
	OrderID  string       `bson:"order_id"`
	Command  string       `bson:"command"`
	Purpose  string       `bson:"purpose"`
	Provider string       `bson:"provider"`
	Amount   money.Amount `bson:"amount"`
	// Method is the provider's own token for the card, never a card number.
	Method    string `bson:"method"`
	ReturnURL string `bson:"return_url"`
	// LandingURL is the storefront page to which the return route sends the
	// shopper on.
	LandingURL string    `bson:"landing_url"`
	QuoteHash  string    `bson:"quote_hash"`
	State      State     `bson:"state"`
	CreatedAt  time.Time `bson:"created_at"`

	// Ref is the provider's id of the payment, stored before any money moves.
	Ref           string    `bson:"ref"`
	RedirectURL   string    `bson:"redirect_url"`
	DeclineCode   string    `bson:"decline_code"`
	DeclineHint   string    `bson:"decline_hint"`
	CaptureBefore time.Time `bson:"capture_before"`
	Held          int64     `bson:"held"`
	Captured      int64     `bson:"captured"`
	Refunded      int64     `bson:"refunded"`
	// Dispute is the newest dispute about the payment.
	Dispute *Dispute      `bson:"dispute,omitempty"`
	Ops     map[string]Op `bson:"ops"`
}

// AnyCaptured reports whether money was ever taken by one of the attempts.
func AnyCaptured(attempts []Attempt) bool {
	return slices.ContainsFunc(attempts, func(a Attempt) bool { return a.Captured > 0 })
}

// Purposes of an attempt. One attempt for a purpose is open at a time.
const (
	// PurposeOrder pays for the order itself.
	PurposeOrder = "order"
	// PurposeReplacement pays again after the hold of an order ran out before its
	// parcels could leave.
	PurposeReplacement = "replacement"
)

// AttemptID names the attempt that command started.
func AttemptID(orderID, command string) string { return orderID + "-attempt-" + command }

// OpID names the op of the given kind that command asks for.
func OpID(orderID string, kind Kind, command string) string {
	return orderID + "-" + string(kind) + "-" + command
}

// OpID names the attempt's own op of the given kind.
func (a Attempt) OpID(kind Kind) string { return OpID(a.OrderID, kind, a.Command) }

// Op returns the attempt's own op of the given kind; its State is empty when
// there is none.
func (a Attempt) Op(kind Kind) Op { return a.Ops[a.OpID(kind)] }
