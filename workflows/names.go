package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

// OrderQueue is the task queue of the shopper's path: the order's workflow and
// its activities share it, so that activities start without a round trip.
const OrderQueue = "orders"

// SweepQueue is the task queue of what runs by the clock and must never wait
// behind, or in front of, a shopper.
const SweepQueue = "sweeps"

// OrderID returns the workflow id of an order. One order has one workflow, so
// a repeated request finds the first.
func OrderID(orderID string) string { return "order/" + orderID }

// The order's updates and signals.
const (
	// UpdateCheckout waits for the order's first stable point and reads it.
	UpdateCheckout = "checkout"
	// UpdateAttempt asks for another payment attempt under the same lease.
	UpdateAttempt = "attempt"
	// UpdateCancel asks for the order's end before anything is handed over.
	UpdateCancel = "cancel"
	// UpdateReturned says that the shopper came back from the bank's page.
	UpdateReturned = "returned"
	// UpdateRepair is an operator's command.
	UpdateRepair = "repair"
	// UpdateParcels packs parcels that have no label yet otherwise.
	UpdateParcels = "parcels"
	// SignalFact brings news from outside: a hint to look.
	SignalFact = "fact"
)

// OrderInput starts an order's workflow. It holds nothing personal: names and
// addresses stay in MongoDB, where activities read them by the order's id.
type OrderInput struct {
	OrderID    string       `json:"order_id"`
	Number     string       `json:"number"`
	CustomerID string       `json:"customer_id"`
	AttemptID  string       `json:"attempt_id"`
	Provider   string       `json:"provider"`
	Total      money.Amount `json:"total"`
	AcceptedAt time.Time    `json:"accepted_at"`
	Policy     order.Policy `json:"policy"`
	// Fulfils says that the run serves parcels. Runs of before they were served
	// lack it, and replay as they ran.
	Fulfils bool `json:"fulfils,omitempty"`
	// Resume makes the run begin with the state in the order's document; Reset
	// says that a run which was reset asked for it, so that nothing was lost.
	Resume bool `json:"resume,omitempty"`
	Reset  bool `json:"reset,omitempty"`
	// Carry is the state that a continued run brings along, Over the run that
	// wrote the document last.
	Carry *order.Projection `json:"carry,omitempty"`
	Over  string            `json:"over,omitempty"`
}

// InputOf returns the start input of an accepted order.
func InputOf(o order.Order, resume bool) OrderInput {
	return OrderInput{
		OrderID: o.ID, Number: o.Number, CustomerID: o.CustomerID, AttemptID: o.State.AttemptID,
		Provider: o.State.Attempts[o.State.AttemptID].Provider, Total: o.Quote.Total,
		AcceptedAt: o.AcceptedAt, Policy: o.Policy.Complete(), Fulfils: true, Resume: resume,
	}
}

// AttemptCommand asks for another payment attempt. Its row is written before.
type AttemptCommand struct {
	AttemptID string `json:"attempt_id"`
	Provider  string `json:"provider"`
}

// CancelCommand asks for the order's end.
type CancelCommand struct {
	By string `json:"by"`
}

// RepairCommand is what an operator can do about an order that needs a person.
type RepairCommand struct {
	// Action is retry or acknowledge.
	Action string `json:"action"`
	By     string `json:"by"`
}

// ParcelsCommand says how staff want an order packed. The boxes hold exactly the
// lines of the parcels that have no label yet.
type ParcelsCommand struct {
	By    string            `json:"by"`
	Boxes [][]shipping.Line `json:"boxes"`
}

// Actions of a repair.
const (
	RepairRetry       = order.RepairRetry
	RepairAcknowledge = order.RepairAcknowledge
)

// Answer is where an order stands when a command was taken: states and ids
// only; what a shopper may see beyond that is read from the stores.
type Answer struct {
	Status     order.Status `json:"status"`
	Reason     string       `json:"reason,omitempty"`
	Short      []string     `json:"short,omitempty"`
	AttemptID  string       `json:"attempt_id,omitempty"`
	Attempt    string       `json:"attempt,omitempty"`
	Decline    string       `json:"decline,omitempty"`
	TriesLeft  int          `json:"tries_left"`
	LeaseUntil time.Time    `json:"lease_until,omitzero"`
	PlacedAt   time.Time    `json:"placed_at,omitzero"`
	// Kept says that a cancel was accepted and waits for a state that can take it.
	Kept bool `json:"kept,omitempty"`
	// Refused is the code of a command that the order could not take.
	Refused string `json:"refused,omitempty"`
}

// AnswerOf reads where an order stands from its state.
func AnswerOf(p order.Projection, policy order.Policy) Answer {
	current := p.Attempts[p.AttemptID]
	return Answer{
		Status: p.Status, Reason: p.Reason, Short: p.Short, AttemptID: p.AttemptID, Attempt: current.State, Decline: current.Decline,
		TriesLeft: max(0, policy.MaxTries-p.Tries), LeaseUntil: p.LeaseUntil, PlacedAt: p.PlacedAt,
	}
}

// The search attributes by which operators find orders. `bedesten migrate`
// registers them; an unregistered one would stop every order.
var (
	AttrStatus    = temporal.NewSearchAttributeKeyKeyword("OrderStatus")
	AttrAttention = temporal.NewSearchAttributeKeyKeyword("OrderAttention")
	AttrCustomer  = temporal.NewSearchAttributeKeyKeyword("OrderCustomer")
	AttrProvider  = temporal.NewSearchAttributeKeyKeyword("OrderProvider")
	AttrNumber    = temporal.NewSearchAttributeKeyKeyword("OrderNumber")
	AttrCurrency  = temporal.NewSearchAttributeKeyKeyword("OrderCurrency")
	AttrTotal     = temporal.NewSearchAttributeKeyInt64("OrderTotal")
)

// StartAttributes are an order's search attributes at its start.
func StartAttributes(in OrderInput) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		AttrStatus.ValueSet(string(order.Pending)),
		AttrCustomer.ValueSet(in.CustomerID),
		AttrProvider.ValueSet(in.Provider),
		AttrNumber.ValueSet(in.Number),
		AttrCurrency.ValueSet(in.Total.Currency),
		AttrTotal.ValueSet(in.Total.Minor),
	)
}
