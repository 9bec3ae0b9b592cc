// Package order is the noun at the heart of the product: what an order is,
// what was promised in its quote, the states it passes through, and the
// interfaces by which it is stored and reached. The workflow order/<id> owns an
// order; the document here is the projection that lists are served from.
package order

import (
	"slices"
	"time"

	"github.com/bedesten/bedesten/internal/money"
)

// Order is the document of one order. Everything above State is written once,
// at checkout; State is the projection that only the order's workflow writes.
type Order struct {
	ID     string `bson:"_id"`
	Number string `bson:"number"`
	CartID string `bson:"cart_id"`
	// CustomerID is the account whose order it is, or Guest.
	CustomerID string `bson:"customer_id"`
	// EmailKey stands for the contact's mail address, by which a guest who makes an
	// account later finds the order.
	EmailKey    string `bson:"email_key,omitempty"`
	SecretEpoch int64  `bson:"secret_epoch"`
	Language    string `bson:"language"`
	// Contact is kept sealed.
	Contact Contact `bson:"contact,omitempty"`
	// Invoice is missing in orders of before there was one.
	Invoice *Invoice `bson:"invoice,omitempty"`
	// Accepted are the texts that were accepted at checkout; orders of before
	// there were any have none.
	Accepted   []Acceptance `bson:"accepted_terms,omitempty"`
	Quote      Quote        `bson:"quote"`
	AcceptedAt time.Time    `bson:"accepted_at"`
	Policy     Policy       `bson:"policy"`
	State      Projection   `bson:"state"`
	// CancelAsked is kept beside State, which a reset run writes anew.
	CancelAsked *CancelWanted `bson:"cancel_wanted,omitempty"`
	// Erased says that the contact was erased and nobody can read it any more.
	Erased bool `bson:"-"`
}

// Guest is the customer of orders that nobody was signed in for.
const Guest = "guest"

// Contact is who receives the order. It never leaves MongoDB for Temporal.
type Contact struct {
	Name    string  `bson:"name" json:"name"`
	Email   string  `bson:"email" json:"email"`
	Phone   string  `bson:"phone" json:"phone"`
	Address Address `bson:"address" json:"address"`
}

// IsZero reports whether nothing is said: such a contact is not stored.
func (c Contact) IsZero() bool { return c == Contact{} }

// Address is where parcels go. Country is ISO 3166-1 alpha-2.
type Address struct {
	Line1    string `bson:"line1" json:"line1"`
	Line2    string `bson:"line2" json:"line2,omitempty"`
	District string `bson:"district" json:"district"`
	Province string `bson:"province" json:"province"`
	Postcode string `bson:"postcode" json:"postcode"`
	Country  string `bson:"country" json:"country"`
}

// Projection is the readable image of the workflow's state.
type Projection struct {
	Status Status `bson:"status" json:"status"`
	// Reason says why an order was rejected, expired or cancelled.
	Reason string `bson:"reason" json:"reason,omitempty"`
	// Short names the SKUs of which there were too few units.
	Short        []string                  `bson:"short" json:"short,omitempty"`
	Attention    *Attention                `bson:"attention" json:"attention,omitempty"`
	AttemptID    string                    `bson:"attempt_id" json:"attempt_id"`
	Attempts     map[string]AttemptSummary `bson:"attempts" json:"attempts"`
	Tries        int                       `bson:"tries" json:"tries"`
	LeaseUntil   time.Time                 `bson:"lease_until" json:"lease_until"`
	Reservation  Reservation               `bson:"reservation" json:"reservation"`
	UnknownSince time.Time                 `bson:"unknown_since" json:"unknown_since"`
	Closing      *Closing                  `bson:"closing" json:"closing,omitempty"`
	CancelWanted *CancelWanted             `bson:"cancel_wanted" json:"cancel_wanted,omitempty"`
	Commands     map[string]CommandResult  `bson:"commands" json:"commands"`
	Rev          int64                     `bson:"rev" json:"rev"`
	Run          string                    `bson:"run" json:"run"`
	Open         bool                      `bson:"open" json:"open"`
	UpdatedAt    time.Time                 `bson:"updated_at" json:"updated_at"`
	PlacedAt     time.Time                 `bson:"placed_at" json:"placed_at"`
	Fulfilment
}

// InvoiceSubject names whose data an order's invoice is: nobody's but its own, since
// the law has it kept for longer than a person may want.
func InvoiceSubject(orderID string) string { return orderID + "/invoice" }

// NeedsContact reports whether somebody may have to be reached about the order: it
// runs, or a person has to deal with its money or its parcels.
func (p Projection) NeedsContact() bool {
	return p.Open || slices.ContainsFunc(p.Attention.Reasons(), func(a Attention) bool { return !a.Reason.ofMail() })
}

// Fulfilment is what an order comes to after it was placed. Orders of before it
// was served have none of it.
type Fulfilment struct {
	Shipments map[string]ShipmentSummary `bson:"shipments,omitempty" json:"shipments,omitempty"`
	Refunds   map[string]RefundSummary   `bson:"refunds,omitempty" json:"refunds,omitempty"`
	Mails     map[string]MailSummary     `bson:"mails,omitempty" json:"mails,omitempty"`
	// Packing is a wish of staff to pack anew that is not carried out yet.
	Packing *Packing `bson:"packing,omitempty" json:"packing,omitempty"`
	// Hold is the money that pays for the parcels.
	Hold *Hold `bson:"hold,omitempty" json:"hold,omitempty"`
	// FulfilledAt is when the last parcel came to its end.
	FulfilledAt time.Time `bson:"fulfilled_at,omitempty" json:"fulfilled_at,omitzero"`
	CompletedAt time.Time `bson:"completed_at,omitempty" json:"completed_at,omitzero"`
}

// Packing says how staff want parcels packed that have no label yet. Boxes hold
// quantities by SKU.
type Packing struct {
	Command  string             `bson:"command" json:"command"`
	By       string             `bson:"by" json:"by"`
	Replaces []string           `bson:"replaces" json:"replaces"`
	Boxes    []map[string]int64 `bson:"boxes" json:"boxes"`
}

// Hold says how the money for the parcels stands. Amounts are minor units.
type Hold struct {
	AttemptID string `bson:"attempt_id" json:"attempt_id"`
	// CaptureBefore is when the provider lets the money go.
	CaptureBefore time.Time `bson:"capture_before" json:"capture_before,omitzero"`
	// CaptureOp is the command of the one capture, fixed before its first try.
	CaptureOp string `bson:"capture_op" json:"capture_op,omitempty"`
	Amount    int64  `bson:"amount" json:"amount,omitempty"`
	Captured  int64  `bson:"captured" json:"captured,omitempty"`
	// State is that of the attempt, or Lost.
	State HoldState `bson:"state" json:"state"`
	Since time.Time `bson:"since" json:"since,omitzero"`
	Code  string    `bson:"code" json:"code,omitempty"`
}

// HoldState is how the money for the parcels stands.
type HoldState string

// States of the hold.
const (
	HoldStands    HoldState = "held"
	HoldCapturing HoldState = "capturing"
	HoldCaptured  HoldState = "captured"
	HoldFailed    HoldState = "capture_failed"
	HoldUnknown   HoldState = "capture_unknown"
	// HoldLost: it ran out, or was given up before it did. The shopper is asked
	// to pay again.
	HoldLost HoldState = "lost"
)

// ShipmentSummary is what an order needs to know of one of its parcels.
type ShipmentSummary struct {
	Number int    `bson:"number" json:"number"`
	State  string `bson:"state" json:"state"`
	// Share is what is paid for the parcel, in minor units.
	Share int64 `bson:"share" json:"share"`
	// Wants says that the parcel is packed and waits for its share.
	Wants bool `bson:"wants,omitempty" json:"wants,omitempty"`
	// Asked says that it was asked to stop.
	Asked bool `bson:"asked,omitempty" json:"asked,omitempty"`
	// TooLate says that it answered that it had left.
	TooLate bool `bson:"too_late,omitempty" json:"too_late,omitempty"`
	// Settled says that what its end means for stock and money was done; SettleAt
	// is the time of the stock op, fixed with it.
	Settled  bool      `bson:"settled,omitempty" json:"settled,omitempty"`
	SettleAt time.Time `bson:"settle_at,omitempty" json:"settle_at,omitzero"`
	// Replaced says that its lines were packed anew into others.
	Replaced bool `bson:"replaced,omitempty" json:"replaced,omitempty"`
	// Started says that it has its workflow; PlannedAt is when it was planned.
	Started   bool      `bson:"started,omitempty" json:"started,omitempty"`
	PlannedAt time.Time `bson:"planned_at,omitempty" json:"planned_at,omitzero"`
	// Troubles are reasons for a person that it has told and not taken back.
	Troubles   []Reason `bson:"troubles,omitempty" json:"troubles,omitempty"`
	LeftUnpaid bool     `bson:"left_unpaid,omitempty" json:"left_unpaid,omitempty"`
	Carrier    string   `bson:"carrier,omitempty" json:"carrier,omitempty"`
	// Plan is the command that planned it.
	Plan string `bson:"plan,omitempty" json:"plan,omitempty"`
}

// notGot are the ends of a shipment, as the shipping noun names them, that are not
// the shopper's: nothing is paid for it, or its share goes back.
var notGot = []string{"cancelled", "returned_to_sender", "lost", "damaged"}

// Due is what of total is to be paid for the parcels that the shopper gets. One that
// was packed anew is paid for by those that hold its lines now.
//
//workflowcheck:ignore a sum is the same in whatever order its parts come
func (p Projection) Due(total money.Amount) money.Amount {
	for _, s := range p.Shipments {
		if slices.Contains(notGot, s.State) && !s.Replaced {
			total.Minor -= s.Share
		}
	}
	return total
}

// RefundSummary is money on its way back to the shopper.
type RefundSummary struct {
	AttemptID string `bson:"attempt_id" json:"attempt_id"`
	Amount    int64  `bson:"amount" json:"amount"`
	Done      bool   `bson:"done" json:"done,omitempty"`
	Failed    bool   `bson:"failed" json:"failed,omitempty"`
	// Why is the command or the parcel that it is for.
	Why string `bson:"why" json:"why"`
}

// Kinds of mails, as the notify noun names them.
const (
	MailPlaced         = "order_placed"
	MailPaymentProblem = "payment_problem"
	MailShipped        = "shipped"
	MailDelivered      = "delivered"
	MailCancelled      = "cancelled"
)

// MailSummary is one thing that the shopper is told.
type MailSummary struct {
	Kind    string `bson:"kind" json:"kind"`
	Subject string `bson:"subject,omitempty" json:"subject,omitempty"`
	// State is empty until the provider has it, or will not take it.
	State string `bson:"state" json:"state,omitempty"`
}

// Reservation names the stock op that holds the order's lines. At is fixed
// with the op and never changes, whatever state the op passes through.
type Reservation struct {
	Op        string    `bson:"op" json:"op"`
	At        time.Time `bson:"at" json:"at"`
	Committed bool      `bson:"committed" json:"committed"`
	// Partly says that a commit got through for some lines and not for all: each
	// is given back by what the ledger says of it.
	Partly   bool `bson:"partly,omitempty" json:"partly,omitempty"`
	Released bool `bson:"released" json:"released"`
	// UndoOp and UndoAt name the op that gives committed units back.
	UndoOp string    `bson:"undo_op" json:"undo_op,omitempty"`
	UndoAt time.Time `bson:"undo_at" json:"undo_at,omitzero"`
}

// AttemptSummary is what a list needs to know of a payment attempt.
type AttemptSummary struct {
	Provider string       `bson:"provider" json:"provider"`
	State    string       `bson:"state" json:"state"`
	Amount   money.Amount `bson:"amount" json:"amount"`
	Decline  string       `bson:"decline" json:"decline,omitempty"`
	// Leftover says that something of the attempt still stands at the provider
	// and is being cancelled in the background; it holds no stock.
	Leftover bool `bson:"leftover" json:"leftover,omitempty"`
	// Dispute is how the newest dispute about it stands.
	Dispute string `bson:"dispute,omitempty" json:"dispute,omitempty"`
}

// Closing says why an attempt is being closed and what comes after it.
type Closing struct {
	Why         string `bson:"why" json:"why"`
	Command     string `bson:"command" json:"command"`
	NextAttempt string `bson:"next_attempt" json:"next_attempt,omitempty"`
	Provider    string `bson:"provider" json:"provider,omitempty"`
}

// Reasons of closing an attempt; the first two are also why an order expired.
const (
	WhyLeaseOver   = "lease_over"
	WhyCancelled   = "cancelled_by_customer"
	WhyAnotherCard = "another_card"
)

// CancelWanted is a cancel that was accepted before a state could take it.
type CancelWanted struct {
	By      string    `bson:"by" json:"by"`
	Command string    `bson:"command" json:"command"`
	At      time.Time `bson:"at" json:"at"`
	// Taken says that it was carried out as far as it could be: what had left the
	// house goes on.
	Taken bool `bson:"taken,omitempty" json:"taken,omitempty"`
}

// CommandResult is the answer to a command, kept so that the same command
// asked again, even of another run, gets the same answer.
type CommandResult struct {
	Code    string `bson:"code" json:"code,omitempty"`
	Message string `bson:"message" json:"message,omitempty"`
}
