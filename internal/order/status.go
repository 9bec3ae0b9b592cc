package order

import "github.com/bedesten/bedesten/internal/machine"

// Status is where an order stands. What a shopper reads as shipped or returned
// is folded from shipments and returns and never stored here.
type Status string

// The states of an order.
const (
	New              Status = "new"
	Pending          Status = "pending"
	Reserved         Status = "reserved"
	AwaitingCustomer Status = "awaiting_customer"
	PaymentUnknown   Status = "payment_unknown"
	ClosingPayment   Status = "closing_payment"
	Authorized       Status = "authorized"
	Placed           Status = "placed"
	InReview         Status = "in_review"
	Processing       Status = "processing"
	Fulfilled        Status = "fulfilled"
	Completed        Status = "completed"
	Cancelling       Status = "cancelling"
	Cancelled        Status = "cancelled"
	Rejected         Status = "rejected"
	Expired          Status = "expired"
	PaymentFailed    Status = "payment_failed"
)

// Trigger is what moves an order from one state to the next.
type Trigger string

// The triggers of an order.
const (
	CheckoutAccepted      Trigger = "checkout_accepted"
	LeaseGranted          Trigger = "lease_granted"
	CheckoutRefused       Trigger = "checkout_refused"
	ActionRequired        Trigger = "action_required"
	DeclinedTriesLeft     Trigger = "declined_tries_left"
	DeclinedForGood       Trigger = "declined_for_good"
	AnotherCardAsked      Trigger = "another_card_asked"
	OutcomeUnknown        Trigger = "outcome_unknown"
	ProviderReview        Trigger = "provider_review"
	PaymentAuthorized     Trigger = "payment_authorized"
	LeaseOver             Trigger = "lease_over"
	CustomerAborted       Trigger = "customer_aborted"
	AttemptClosed         Trigger = "attempt_closed"
	AttemptClosedForGood  Trigger = "attempt_closed_for_good"
	CloseUnanswered       Trigger = "close_unanswered"
	Committed             Trigger = "committed"
	CommitImpossible      Trigger = "commit_impossible"
	RiskRule              Trigger = "risk_rule"
	ReviewApproved        Trigger = "review_approved"
	ReviewRejected        Trigger = "review_rejected"
	CancelAsked           Trigger = "cancel_asked"
	ShipmentsPlanned      Trigger = "shipments_planned"
	FulfilmentFact        Trigger = "fulfilment_fact"
	AllDelivered          Trigger = "all_delivered"
	CancelRestAsked       Trigger = "cancel_rest_asked"
	NothingDelivered      Trigger = "nothing_delivered"
	ReturnWindowOver      Trigger = "return_window_over"
	ReopenedByStaff       Trigger = "reopened_by_staff"
	CompensationsDone     Trigger = "compensations_done"
	ShipmentTooLate       Trigger = "shipment_too_late"
	LateSuccess           Trigger = "late_success"
	DisputeOrRefundFound  Trigger = "dispute_or_refund_found"
	MoneyMovedAtProvider  Trigger = "money_moved_at_provider"
	CancelAcceptedEarlier Trigger = "cancel_accepted_earlier"
)

var (
	fromPlacedOn = []Status{Placed, InReview, Processing, Fulfilled, Completed, Cancelling, Cancelled}
	everywhere   = []Status{Pending, Reserved, AwaitingCustomer, PaymentUnknown, ClosingPayment, Authorized, Placed, InReview,
		Processing, Fulfilled, Completed, Cancelling, Cancelled, Rejected, Expired, PaymentFailed}
)

// Machine is the whole life of an order. docs/order-states.md is generated
// from it, and a test fails when the two disagree.
var Machine = machine.Table[Status, Trigger]{
	Noun: "order",
	Ends: []Status{Rejected, Expired, PaymentFailed, Cancelled, Completed},
	Rows: []machine.Row[Status, Trigger]{
		{From: []Status{New}, To: Pending, Trigger: CheckoutAccepted, Effect: "quote frozen, rows written ahead"},
		{From: []Status{Pending}, To: Reserved, Trigger: LeaseGranted, Effect: "stock lease begins"},
		{From: []Status{Pending}, To: Rejected, Trigger: CheckoutRefused, Effect: "out of stock or quote stale: 409 with the lines"},
		{From: []Status{Reserved, PaymentUnknown}, To: AwaitingCustomer, Trigger: ActionRequired, Effect: "URL returned, poll timer"},
		{From: []Status{Reserved, AwaitingCustomer, PaymentUnknown}, To: Reserved, Trigger: DeclinedTriesLeft, Effect: "another card under the same lease"},
		{From: []Status{AwaitingCustomer, Reserved}, To: ClosingPayment, Trigger: AnotherCardAsked, Effect: "the open attempt is closed at the provider"},
		{From: []Status{Reserved, AwaitingCustomer}, To: PaymentUnknown, Trigger: OutcomeUnknown, Effect: "resolve loop; stock stays held"},
		{From: []Status{Reserved, AwaitingCustomer, PaymentUnknown}, To: PaymentUnknown, Trigger: ProviderReview, Effect: "lease extended to Policy.ProviderReview"},
		{From: []Status{Reserved, AwaitingCustomer, PaymentUnknown}, To: PaymentFailed, Trigger: DeclinedForGood, Effect: "stock released"},
		{From: []Status{Reserved, AwaitingCustomer, PaymentUnknown, ClosingPayment}, To: Authorized, Trigger: PaymentAuthorized, Effect: "definite yes, also when the money won the race against closing"},
		{From: []Status{Reserved, AwaitingCustomer, PaymentUnknown}, To: ClosingPayment, Trigger: LeaseOver, Effect: "attempt closed at the provider before stock is released"},
		{From: []Status{Reserved, AwaitingCustomer}, To: ClosingPayment, Trigger: CustomerAborted, Effect: "attempt closed at the provider before stock is released"},
		{From: []Status{ClosingPayment}, To: Reserved, Trigger: AttemptClosed, Effect: "closed for certain, another card under the same lease"},
		{From: []Status{ClosingPayment}, To: PaymentUnknown, Trigger: CloseUnanswered, Effect: "resolve loop"},
		{From: []Status{ClosingPayment}, To: Expired, Trigger: AttemptClosedForGood, Effect: "stock released; reason lease_over or cancelled_by_customer"},
		{From: []Status{Authorized}, To: Placed, Trigger: Committed, Effect: "order.placed in the outbox"},
		{From: []Status{Authorized}, To: Cancelling, Trigger: CommitImpossible, Effect: "void, release, attention"},
		{From: []Status{Authorized}, To: Cancelling, Trigger: CancelAcceptedEarlier, Effect: "void, release"},
		{From: []Status{Placed}, To: InReview, Trigger: RiskRule, Effect: "timer and operator", Later: true},
		{From: []Status{InReview}, To: Processing, Trigger: ReviewApproved, Later: true},
		{From: []Status{InReview}, To: Cancelling, Trigger: ReviewRejected, Later: true},
		{From: []Status{InReview}, To: Cancelling, Trigger: CancelAsked, Later: true},
		{From: []Status{Placed}, To: Processing, Trigger: ShipmentsPlanned},
		{From: []Status{Placed}, To: Cancelling, Trigger: CancelAsked, Effect: "void, uncommit"},
		{From: []Status{Processing}, To: Processing, Trigger: FulfilmentFact, Effect: "derived status; expired hold blocks hand-over"},
		{From: []Status{Processing}, To: Fulfilled, Trigger: AllDelivered, Effect: "return window"},
		{From: []Status{Processing}, To: Cancelling, Trigger: CancelAsked, Effect: "void labels, void or refund, restock"},
		{From: []Status{Processing}, To: Processing, Trigger: CancelRestAsked, Effect: "only open lines"},
		{From: []Status{Processing}, To: Cancelling, Trigger: NothingDelivered, Effect: "refund"},
		{From: []Status{Fulfilled}, To: Completed, Trigger: ReturnWindowOver, Effect: "run closes"},
		{From: []Status{Completed}, To: Fulfilled, Trigger: ReopenedByStaff, Effect: "run reopened", Later: true},
		{From: []Status{Cancelling}, To: Cancelled, Trigger: CompensationsDone, Effect: "every compensation confirmed"},
		{From: []Status{Cancelling}, To: Processing, Trigger: ShipmentTooLate, Effect: "keep the sent part"},
		{From: []Status{Expired, PaymentFailed, Rejected, Cancelled, Completed}, To: machine.Same, Trigger: LateSuccess, Effect: "void or refund op, attention"},
		{From: append([]Status{Expired, PaymentFailed, Rejected}, fromPlacedOn...), To: machine.Same, Trigger: DisputeOrRefundFound, Effect: "run reopened, ledger, attention"},
		{From: everywhere, To: machine.Same, Trigger: MoneyMovedAtProvider, Effect: "op recorded, attention"},
	},
}

// Next returns the status that follows s after t.
func (s Status) Next(t Trigger) (Status, error) { return Machine.Next(s, t) }

// Ended reports whether an order in s is over.
func (s Status) Ended() bool { return Machine.Ended(s) }

// FreesCart reports whether an order that ended in s gives its cart back to
// the shopper.
func (s Status) FreesCart() bool {
	return s == Rejected || s == Expired || s == PaymentFailed || s == Cancelled
}
