// Package order is the noun at the heart of the product: what an order is,
// what was promised in its quote, the states it passes through, and the
// interfaces by which it is stored and reached. The workflow order/<id> owns an
// order; the document here is the projection that lists are served from.
package order

import (
	"time"

	"github.com/bedesten/bedesten/internal/money"
)

// Order is the document of one order. Everything above State is written once,
// at checkout; State is the projection that only the order's workflow writes.
type Order struct {
	ID          string     `bson:"_id"`
	Number      string     `bson:"number"`
	CartID      string     `bson:"cart_id"`
	CustomerID  string     `bson:"customer_id"`
	SecretEpoch int64      `bson:"secret_epoch"`
	Language    string     `bson:"language"`
	Contact     Contact    `bson:"contact"`
	Quote       Quote      `bson:"quote"`
	AcceptedAt  time.Time  `bson:"accepted_at"`
	Policy      Policy     `bson:"policy"`
	State       Projection `bson:"state"`
	// CancelAsked is kept beside State, which a reset run writes anew.
	CancelAsked *CancelWanted `bson:"cancel_wanted,omitempty"`
}

// Contact is who receives the order. It never leaves MongoDB for Temporal.
type Contact struct {
	Name    string  `bson:"name" json:"name"`
	Email   string  `bson:"email" json:"email"`
	Phone   string  `bson:"phone" json:"phone"`
	Address Address `bson:"address" json:"address"`
}

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
}

// CommandResult is the answer to a command, kept so that the same command
// asked again, even of another run, gets the same answer.
type CommandResult struct {
	Code    string `bson:"code" json:"code,omitempty"`
	Message string `bson:"message" json:"message,omitempty"`
}
