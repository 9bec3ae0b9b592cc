package order

import (
	"time"

	"github.com/bedesten/bedesten/internal/money"
)

// Entry is one line of an order's story. Its id is made of the command that
// caused it, so that writing it twice changes nothing. It holds nothing
// personal: ids, money, states.
type Entry struct {
	ID     string        `bson:"id" json:"id"`
	At     time.Time     `bson:"at" json:"at"`
	Seq    int64         `bson:"seq" json:"seq"`
	Kind   EntryKind     `bson:"kind" json:"kind"`
	Status Status        `bson:"status" json:"status"`
	Detail string        `bson:"detail,omitempty" json:"detail,omitempty"`
	Ref    string        `bson:"ref,omitempty" json:"ref,omitempty"`
	Amount *money.Amount `bson:"amount,omitempty" json:"amount,omitempty"`
	// By is who of the staff did it. No shopper is shown it.
	By string `bson:"by,omitempty" json:"by,omitempty"`
}

// EntryKind names what happened.
type EntryKind string

// Kinds of entries.
const (
	EntryAccepted         EntryKind = "checkout_accepted"
	EntryReserved         EntryKind = "stock_reserved"
	EntryRejected         EntryKind = "checkout_rejected"
	EntryActionRequired   EntryKind = "customer_asked_to_confirm"
	EntryDeclined         EntryKind = "payment_declined"
	EntryRefused          EntryKind = "payment_request_refused"
	EntryUnknown          EntryKind = "payment_outcome_unknown"
	EntryReview           EntryKind = "payment_under_review"
	EntryAuthorized       EntryKind = "payment_authorized"
	EntryClosing          EntryKind = "payment_closing"
	EntryClosed           EntryKind = "payment_closed"
	EntryAttempt          EntryKind = "another_payment_started"
	EntryPlaced           EntryKind = "order_placed"
	EntryCommitImpossible EntryKind = "commit_impossible"
	EntryCancelWanted     EntryKind = "cancel_accepted"
	EntryCancelling       EntryKind = "cancelling"
	EntryVoided           EntryKind = "payment_voided"
	EntryReleased         EntryKind = "stock_released"
	EntryCancelled        EntryKind = "order_cancelled"
	EntryExpired          EntryKind = "order_expired"
	EntryPaymentFailed    EntryKind = "payment_failed"
	EntryFact             EntryKind = "fact_received"
	EntryFactRefused      EntryKind = "fact_refused"
	EntryMoneyMoved       EntryKind = "money_moved_at_provider"
	EntryLateSuccess      EntryKind = "late_payment_returned"
	EntryReopened         EntryKind = "run_reopened"
	EntryAttention        EntryKind = "attention_set"
	EntryAttentionCleared EntryKind = "attention_cleared"
	EntryRepair           EntryKind = "repaired_by_operator"

	EntryPlanned        EntryKind = "parcels_planned"
	EntryParcel         EntryKind = "parcel_moved"
	EntryLeftUnpaid     EntryKind = "parcel_left_unpaid"
	EntryCaptured       EntryKind = "payment_captured"
	EntryCaptureFailed  EntryKind = "capture_failed"
	EntryCaptureUnknown EntryKind = "capture_outcome_unknown"
	EntryHoldGivenUp    EntryKind = "hold_given_up"
	EntryHoldLost       EntryKind = "hold_lost"
	EntryPaidAgain      EntryKind = "paid_again"
	EntryRefundAsked    EntryKind = "refund_asked"
	EntryRefunded       EntryKind = "payment_refunded"
	EntryRefundFailed   EntryKind = "refund_failed"
	EntryCancelRest     EntryKind = "rest_cancelled"
	EntryTooLate        EntryKind = "cancel_too_late"
	EntryUncommitted    EntryKind = "units_put_back_on_sale"
	EntryFulfilled      EntryKind = "order_fulfilled"
	EntryCompleted      EntryKind = "order_completed"
	EntryMail           EntryKind = "mail_sent"
	EntryMailFailed     EntryKind = "mail_failed"
	EntryDispute        EntryKind = "dispute"
)

// Words in the details of entries about parcels that staff packed otherwise: what
// a parcel was packed into is the shop's own business.
const (
	// PackedAnew follows the number of parcels in an EntryPlanned that is not the
	// first.
	PackedAnew = "anew"
	// ParcelReplaced stands in an EntryParcel for the end of a parcel whose items
	// go in others.
	ParcelReplaced = "replaced"
)

// Event is a line of the outbox: something that others are told once it is
// certain.
type Event struct {
	Kind string `bson:"kind" json:"kind"`
	OpID string `bson:"op_id" json:"op_id"`
}

// EventPlaced is told when stock and money are definite.
const EventPlaced = "order.placed"

// EventFulfilled is told when every parcel has come to its end and at least one
// was delivered.
const EventFulfilled = "order.fulfilled"

// EventCancelled is told when every compensation is confirmed.
const EventCancelled = "order.cancelled"
