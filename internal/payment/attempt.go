package payment

import "github.com/bedesten/bedesten/internal/machine"

// State is where a payment attempt stands: a fold over its ops.
type State string

// The states of a payment attempt.
const (
	Created           State = "created"
	Submitting        State = "submitting"
	ActionRequired    State = "action_required"
	Unknown           State = "unknown"
	Refused           State = "refused"
	PendingReview     State = "pending_review"
	Declined          State = "declined"
	Authorized        State = "authorized"
	Closing           State = "closing"
	Closed            State = "closed"
	ManualReview      State = "manual_review"
	Capturing         State = "capturing"
	PartiallyCaptured State = "partially_captured"
	Captured          State = "captured"
	CaptureFailed     State = "capture_failed"
	CaptureUnknown    State = "capture_unknown"
	Voiding           State = "voiding"
	Voided            State = "voided"
	VoidUnknown       State = "void_unknown"
	Lapsing           State = "lapsing"
	Expiring          State = "expiring"
	Expired           State = "expired"
	Reauthorizing     State = "reauthorizing"
	Refunding         State = "refunding"
	PartiallyRefunded State = "partially_refunded"
	Refunded          State = "refunded"
	RefundFailed      State = "refund_failed"
	RefundUnknown     State = "refund_unknown"
	Disputed          State = "disputed"
	ChargedBack       State = "charged_back"
)

// Trigger moves an attempt from one state to the next.
type Trigger string

// The triggers of a payment attempt.
const (
	OpSent              Trigger = "op_sent"
	OpBarred            Trigger = "op_barred"
	SaidAuthorized      Trigger = "said_authorized"
	SaidCaptured        Trigger = "said_captured"
	SaidDeclined        Trigger = "said_declined"
	SaidActionRequired  Trigger = "said_action_required"
	SaidRefused         Trigger = "said_refused"
	SaidPending         Trigger = "said_pending"
	SaidNotFound        Trigger = "said_not_found"
	SaidVoided          Trigger = "said_voided"
	SaidExpired         Trigger = "said_expired"
	NoAnswer            Trigger = "no_answer"
	NotExecuted         Trigger = "not_executed"
	Mended              Trigger = "mended"
	CloseAsked          Trigger = "close_asked"
	ReviewOver          Trigger = "review_over"
	BudgetUsedUp        Trigger = "budget_used_up"
	OperatorSaid        Trigger = "operator_said"
	VoidAsked           Trigger = "void_asked"
	UndoRefused         Trigger = "undo_refused"
	CaptureAsked        Trigger = "capture_asked"
	SaidPartCaptured    Trigger = "said_part_captured"
	SaidCaptureFailed   Trigger = "said_capture_failed"
	HoldEnding          Trigger = "hold_ending"
	ReauthorizeAsked    Trigger = "reauthorize_asked"
	RefundAsked         Trigger = "refund_asked"
	SaidPartRefunded    Trigger = "said_part_refunded"
	SaidRefunded        Trigger = "said_refunded"
	SaidRefundFailed    Trigger = "said_refund_failed"
	RefundReversed      Trigger = "refund_reversed"
	DisputeOpened       Trigger = "dispute_opened"
	DisputeWon          Trigger = "dispute_won"
	DisputeLost         Trigger = "dispute_lost"
	RestReleased        Trigger = "rest_released"
	LateMoney           Trigger = "late_money"
	FoundVoided         Trigger = "found_voided"
	FoundExpired        Trigger = "found_expired"
	FoundCaptured       Trigger = "found_captured"
	FoundPartlyRefunded Trigger = "found_partly_refunded"
	FoundRefunded       Trigger = "found_refunded"
)

type row = machine.Row[State, Trigger]

// Machine is the whole life of a payment attempt; docs/order-states.md is
// generated from it.
var Machine = machine.Table[State, Trigger]{
	Noun: "payment attempt",
	Ends: []State{Declined, Closed, Voided, Expired, Refunded, ChargedBack},
	Rows: []row{
		{From: []State{Created}, To: Submitting, Trigger: OpSent},
		{From: []State{Created, Submitting, ActionRequired, Unknown}, To: Closed, Trigger: OpBarred, Effect: "the op that would move money was never sent and is barred"},
		{From: []State{Submitting, ActionRequired, Unknown, PendingReview, ManualReview}, To: Authorized, Trigger: SaidAuthorized},
		{From: []State{Submitting, ActionRequired, Unknown, PendingReview, ManualReview}, To: Captured, Trigger: SaidCaptured, Later: true, Effect: "sale"},
		{From: []State{Submitting, ActionRequired, Unknown, PendingReview, ManualReview}, To: Declined, Trigger: SaidDeclined},
		{From: []State{Submitting, Unknown}, To: ActionRequired, Trigger: SaidActionRequired},
		{From: []State{Submitting, Unknown, Closing}, To: Unknown, Trigger: NoAnswer},
		{From: []State{Submitting, Unknown}, To: Refused, Trigger: SaidRefused, Effect: "ours: attention, no try used up"},
		{From: []State{Refused}, To: Created, Trigger: Mended, Effect: "new ops, sent at once"},
		{From: []State{Submitting, ActionRequired, Unknown}, To: PendingReview, Trigger: SaidPending},
		{From: []State{PendingReview}, To: Closing, Trigger: ReviewOver},
		{From: []State{ActionRequired}, To: Submitting, Trigger: OpSent, Effect: "finalize"},
		{From: []State{ActionRequired, Refused, Unknown, PendingReview}, To: Closing, Trigger: CloseAsked},
		{From: []State{Closing}, To: Closed, Trigger: SaidVoided},
		{From: []State{Closing}, To: Authorized, Trigger: SaidAuthorized, Effect: "the money won the race"},
		{From: []State{Closing}, To: Captured, Trigger: SaidCaptured, Later: true, Effect: "the money won the race"},
		{From: []State{Unknown}, To: Declined, Trigger: SaidNotFound, Effect: "after every delay has passed; uses up no try"},
		{From: []State{Unknown}, To: Submitting, Trigger: NotExecuted, Effect: "same key"},
		{From: []State{Unknown}, To: ManualReview, Trigger: BudgetUsedUp, Effect: "stock stays held, look-ups go on"},
		{From: []State{ManualReview}, To: Authorized, Trigger: OperatorSaid, Later: true, Effect: "evidence, four eyes"},
		{From: []State{Authorized}, To: Voiding, Trigger: VoidAsked},
		{From: []State{Voiding, VoidUnknown}, To: Voided, Trigger: SaidVoided},
		{From: []State{Voiding}, To: VoidUnknown, Trigger: NoAnswer},
		{From: []State{VoidUnknown}, To: Voiding, Trigger: NotExecuted, Effect: "same key"},
		{From: []State{Voiding, VoidUnknown}, To: Captured, Trigger: SaidCaptured, Effect: "lost race: refund"},
		{From: []State{VoidUnknown}, To: Expired, Trigger: SaidExpired},
		{From: []State{Voiding}, To: Lapsing, Trigger: UndoRefused, Effect: "it lapses by itself", Later: true},
		{From: []State{Lapsing}, To: Expired, Trigger: SaidExpired, Later: true},
		{From: []State{Authorized, PartiallyCaptured}, To: Capturing, Trigger: CaptureAsked},
		{From: []State{Capturing, CaptureUnknown}, To: PartiallyCaptured, Trigger: SaidPartCaptured, Later: true},
		{From: []State{Capturing, CaptureUnknown}, To: Captured, Trigger: SaidCaptured, Effect: "whole or less: the rest of the hold is released by it"},
		{From: []State{Capturing, CaptureUnknown}, To: CaptureFailed, Trigger: SaidCaptureFailed},
		{From: []State{Capturing}, To: CaptureUnknown, Trigger: NoAnswer},
		{From: []State{Capturing}, To: PendingReview, Trigger: SaidPending, Later: true},
		{From: []State{Capturing, CaptureUnknown}, To: Authorized, Trigger: NotExecuted},
		{From: []State{Capturing, CaptureUnknown, CaptureFailed}, To: Expired, Trigger: SaidExpired},
		{From: []State{CaptureUnknown, CaptureFailed, VoidUnknown, RefundFailed}, To: ManualReview, Trigger: BudgetUsedUp, Later: true},
		{From: []State{CaptureFailed}, To: Authorized, Trigger: Mended},
		{From: []State{CaptureFailed, Expiring}, To: Reauthorizing, Trigger: ReauthorizeAsked, Later: true},
		{From: []State{PartiallyCaptured}, To: Captured, Trigger: RestReleased, Later: true},
		{From: []State{Authorized, PartiallyCaptured}, To: Expiring, Trigger: HoldEnding},
		{From: []State{Expiring}, To: Capturing, Trigger: CaptureAsked, Effect: "early, if packed", Later: true},
		{From: []State{Expiring}, To: Voiding, Trigger: VoidAsked, Effect: "else; hand-over blocked, payment link"},
		{From: []State{Expiring}, To: Expired, Trigger: SaidExpired},
		{From: []State{Reauthorizing}, To: Authorized, Trigger: SaidAuthorized, Effect: "new op, old one linked", Later: true},
		{From: []State{Reauthorizing}, To: ActionRequired, Trigger: SaidActionRequired, Later: true},
		{From: []State{Reauthorizing}, To: Expired, Trigger: SaidExpired, Later: true},
		{From: []State{Reauthorizing}, To: Unknown, Trigger: NoAnswer, Later: true},
		{From: []State{Captured, PartiallyCaptured, PartiallyRefunded, RefundFailed}, To: Refunding, Trigger: RefundAsked},
		{From: []State{Refunding, RefundUnknown}, To: PartiallyRefunded, Trigger: SaidPartRefunded},
		{From: []State{Refunding, RefundUnknown}, To: Refunded, Trigger: SaidRefunded},
		{From: []State{Refunding, RefundUnknown}, To: RefundFailed, Trigger: SaidRefundFailed},
		{From: []State{Refunding}, To: RefundUnknown, Trigger: NoAnswer},
		{From: []State{RefundUnknown}, To: Refunding, Trigger: NotExecuted},
		{From: []State{Refunded, PartiallyRefunded}, To: Captured, Trigger: RefundReversed},
		{From: []State{Captured, PartiallyRefunded, Refunded, RefundFailed}, To: Disputed, Trigger: DisputeOpened},
		{From: []State{Disputed}, To: Captured, Trigger: DisputeWon},
		{From: []State{Disputed}, To: ChargedBack, Trigger: DisputeLost},
		{From: []State{Closed, Expired, Declined}, To: Authorized, Trigger: LateMoney, Effect: "voided at once, attention"},
		{From: []State{Authorized}, To: Voided, Trigger: FoundVoided, Effect: "not by us: op recorded, attention"},
		{From: []State{Authorized}, To: Expired, Trigger: FoundExpired, Effect: "not by us: op recorded, attention"},
		{From: []State{Authorized}, To: Captured, Trigger: FoundCaptured, Effect: "not by us: op recorded, attention"},
		{From: []State{Captured}, To: PartiallyRefunded, Trigger: FoundPartlyRefunded, Effect: "not by us: op recorded, attention"},
		{From: []State{Captured}, To: Refunded, Trigger: FoundRefunded, Effect: "not by us: op recorded, attention"},
	},
}

// Asking reports whether a look-up can still change an attempt in s: others
// are over, wait for a person to mend our request, or are being undone.
func (s State) Asking() bool {
	switch s {
	case Created, Submitting, ActionRequired, Unknown, PendingReview, ManualReview, Closing, Authorized:
		return true
	}
	return false
}

// Ended reports whether nothing more is asked of the provider for an attempt
// in s.
func (s State) Ended() bool { return Machine.Ended(s) }
