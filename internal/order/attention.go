package order

import (
	"slices"
	"time"
)

// Attention says that an order needs a person: why, since when, whose it is
// and what to do next. It stands beside the status and may be set on an order
// that is over.
type Attention struct {
	Reason Reason    `bson:"reason" json:"reason"`
	Since  time.Time `bson:"since" json:"since"`
	Owner  string    `bson:"owner" json:"owner"`
	Next   string    `bson:"next" json:"next"`
	// About is the parcel, mail or refund that it is about, and what the other side
	// said; empty where that is the whole order.
	About string `bson:"about,omitempty" json:"about,omitempty"`
	// Also are further reasons that wait behind this one, the gravest first.
	Also []Attention `bson:"also,omitempty" json:"also,omitempty"`
}

// Reason names why a person is needed.
type Reason string

// Reasons of attention.
const (
	ReasonPaymentUnknown    Reason = "payment_unknown"
	ReasonPaymentRefused    Reason = "payment_refused"
	ReasonManualReview      Reason = "manual_review"
	ReasonRunWasLost        Reason = "run_was_lost"
	ReasonCompensationStuck Reason = "compensation_stuck"
	ReasonCommitImpossible  Reason = "commit_impossible"
	ReasonLateSuccess       Reason = "late_success"
	ReasonMoneyMoved        Reason = "money_moved_at_provider"
	ReasonStoreUnavailable  Reason = "store_unavailable"
	ReasonUnsupported       Reason = "not_supported_yet"
	ReasonLabelFailed       Reason = "label_failed"
	ReasonLabelUnknown      Reason = "label_unknown"
	ReasonCaptureFailed     Reason = "capture_failed"
	ReasonCaptureUnknown    Reason = "capture_unknown"
	ReasonLeftUnpaid        Reason = "left_unpaid"
	ReasonHoldLost          Reason = "hold_lost"
	ReasonParcelWaiting     Reason = "parcel_waiting"
	ReasonParcelStalled     Reason = "parcel_stalled"
	ReasonParcelLost        Reason = "parcel_lost"
	ReasonParcelReturned    Reason = "parcel_returned"
	ReasonFoundAgain        Reason = "parcel_found_again"
	ReasonRefundFailed      Reason = "refund_failed"
	ReasonDisputed          Reason = "disputed"
	ReasonMailRefused       Reason = "mail_refused"
	ReasonMailUnknown       Reason = "mail_unknown"
	ReasonMailBounced       Reason = "mail_bounced"
)

// handbook says for each reason who owns it and what the next step is.
// docs/operations.md tells the longer story under the same names.
var handbook = map[Reason]struct{ owner, next string }{
	ReasonPaymentUnknown:    {"payments", "Look the payment up in the provider's dashboard; the order keeps asking by itself. Run `bedesten repair <order id> retry --by <your handle>` to ask at once."},
	ReasonPaymentRefused:    {"engineering", "The provider refused our request, not the card: check keys, permissions and the request log, then run `bedesten repair <order id> retry --by <your handle>`."},
	ReasonManualReview:      {"payments", "The look-ups are used up: compare with the provider's dashboard and run `bedesten repair <order id> retry --by <your handle>` after it answers again."},
	ReasonRunWasLost:        {"operations", "The run was started again from the order's document: compare the timeline with the provider, then run `bedesten acknowledge <order id> --by <your handle>`."},
	ReasonCompensationStuck: {"operations", "An undo does not get through; it is tried again by itself. Read the failing activity, mend its cause, run `bedesten repair <order id> retry --by <your handle>`."},
	ReasonCommitImpossible:  {"operations", "The reservation could not be committed: the payment is being voided. Check the stock document, then run `bedesten acknowledge <order id> --by <your handle>`."},
	ReasonLateSuccess:       {"payments", "Money arrived after the order was over and was given back: check the amounts, then run `bedesten acknowledge <order id> --by <your handle>`."},
	ReasonMoneyMoved:        {"payments", "Money was moved at the provider and not by us: compare the payment with the provider's log, then run `bedesten acknowledge <order id> --by <your handle>`."},
	ReasonStoreUnavailable:  {"operations", "MongoDB does not answer: mend it; the order goes on by itself."},
	ReasonLabelFailed:       {"warehouse", "The carrier refuses the parcel: mend what it names, then run `bedesten repair <order id> retry --by <your handle>`; or give the parcel up with POST /v1/shipments/{id}/cancel, which of an only parcel cancels the order."},
	ReasonLabelUnknown:      {"warehouse", "Whether a label was bought is not known: the parcel keeps asking the carrier by itself. Run `bedesten repair <order id> retry --by <your handle>` to ask at once."},
	ReasonCaptureFailed:     {"payments", "The share of a packed parcel could not be captured: it stays in the house. Mend the cause and run `bedesten repair <order id> retry --by <your handle>`, or give the parcel up."},
	ReasonCaptureUnknown:    {"payments", "Whether a capture got through is not known: the order keeps asking the provider. Hand nothing over; run `bedesten repair <order id> retry --by <your handle>` to ask at once."},
	ReasonLeftUnpaid:        {"payments", "The carrier took a parcel before its share was captured. The capture was tried at once: check the payment, then run `bedesten acknowledge <order id> --by <your handle>`."},
	ReasonHoldLost:          {"support", "The hold ran out before the parcels could leave and the shopper has not paid again: call them, or cancel the order. It goes on by itself once it is paid."},
	ReasonParcelWaiting:     {"warehouse", "A parcel has waited too long in the house: pack it, or hand it over; the reason goes by itself."},
	ReasonParcelStalled:     {"warehouse", "The carrier has told nothing of a parcel for too long: ask it, and record what it says with POST /v1/shipments/{id}/scan."},
	ReasonParcelLost:        {"support", "A parcel was lost or damaged and its share is being refunded: claim it from the carrier, then run `bedesten acknowledge <order id> --by <your handle>`."},
	ReasonParcelReturned:    {"support", "A parcel is back in the house and its share is being refunded: inspect it, then run `bedesten acknowledge <order id> --by <your handle>`."},
	ReasonFoundAgain:        {"support", "A parcel that was held for lost was delivered, and its share had been refunded: talk with the shopper, then run `bedesten acknowledge <order id> --by <your handle>`."},
	ReasonRefundFailed:      {"payments", "A refund did not get through: mend the cause and run `bedesten repair <order id> retry --by <your handle>`, or pay by another way and record it at the provider."},
	ReasonDisputed:          {"payments", "The shopper disputes the payment at their bank: send the evidence (timeline, tracking) before the provider's deadline, then run `bedesten acknowledge <order id> --by <your handle>`."},
	ReasonMailRefused:       {"engineering", "The mail provider refuses our request: check key, sender and template, then run `bedesten repair <order id> retry --by <your handle>`."},
	ReasonMailUnknown:       {"engineering", "The mail provider does not answer, or tells nothing of a mail: see its status page, and whether its event webhook comes here. The mail is looked for and sent again by itself; `bedesten repair <order id> retry --by <your handle>` does it at once."},
	ReasonMailBounced:       {"support", "The shopper's address takes no mail: call them, then run `bedesten acknowledge <order id> --by <your handle>`."},
	ReasonUnsupported:       {"engineering", "The order met a step that this version does not serve: see docs/order-states.md."},
}

// Actions of a repair.
const (
	// RepairRetry does the step that is being tried at once instead of after its
	// pause. The reason goes when the step got through.
	RepairRetry = "retry"
	// RepairAcknowledge says that a person has looked and it is in order.
	RepairAcknowledge = "acknowledge"
)

// retried are the reasons of a step that is still being tried: only its success
// takes them off.
var retried = []Reason{
	ReasonPaymentUnknown, ReasonPaymentRefused, ReasonManualReview, ReasonCompensationStuck, ReasonStoreUnavailable,
	ReasonLabelFailed, ReasonLabelUnknown, ReasonCaptureFailed, ReasonCaptureUnknown, ReasonHoldLost, ReasonParcelWaiting,
	ReasonParcelStalled, ReasonRefundFailed, ReasonMailRefused, ReasonMailUnknown,
}

// goByThemselves are the reasons that only what happens outside takes off: no step
// is being tried that could be tried again.
var goByThemselves = []Reason{ReasonHoldLost, ReasonParcelWaiting, ReasonParcelStalled}

// ofMail reports whether the reason is about a mail only.
func (r Reason) ofMail() bool {
	return r == ReasonMailRefused || r == ReasonMailUnknown || r == ReasonMailBounced
}

// GoesByItself reports whether no command takes the reason off an order that is
// not over.
func (r Reason) GoesByItself() bool { return slices.Contains(goByThemselves, r) }

// Repair returns the action that deals with the reason.
func (r Reason) Repair() string {
	if slices.Contains(retried, r) {
		return RepairRetry
	}
	return RepairAcknowledge
}

// NewAttention returns the attention for reason, with its owner and next step.
func NewAttention(reason Reason, since time.Time) *Attention {
	page := handbook[reason]
	return &Attention{Reason: reason, Since: since, Owner: page.owner, Next: page.next}
}

// gravity orders the reasons: what may cost somebody money comes first.
var gravity = []Reason{
	ReasonMoneyMoved, ReasonLateSuccess, ReasonManualReview, ReasonPaymentUnknown, ReasonLeftUnpaid, ReasonCaptureUnknown,
	ReasonDisputed, ReasonRefundFailed, ReasonCommitImpossible, ReasonCompensationStuck, ReasonHoldLost, ReasonCaptureFailed,
	ReasonPaymentRefused, ReasonFoundAgain, ReasonParcelLost, ReasonParcelReturned, ReasonLabelUnknown, ReasonLabelFailed,
	ReasonUnsupported, ReasonRunWasLost, ReasonParcelStalled, ReasonParcelWaiting, ReasonMailRefused, ReasonMailUnknown, ReasonMailBounced,
	ReasonStoreUnavailable,
}

// Has reports whether a, which may be nil, stands for reason, in front or
// behind.
func (a *Attention) Has(reason Reason) bool {
	return slices.ContainsFunc(a.all(), func(x Attention) bool { return x.Reason == reason })
}

// With returns a, which may be nil, with one more reason and what it is about. The
// gravest stands in front; a reason that is there keeps its time.
func (a *Attention) With(reason Reason, about string, since time.Time) *Attention {
	if a.Has(reason) {
		return a
	}
	more := NewAttention(reason, since)
	more.About = about
	return inFront(append(a.all(), *more))
}

// For returns the gravest reason that action deals with, or nothing where it would
// do nothing.
func (a *Attention) For(action string) Reason {
	for _, x := range a.all() {
		if x.Reason.Repair() == action && !x.Reason.GoesByItself() {
			return x.Reason
		}
	}
	return ""
}

// Without returns a, which may be nil, after reason was dealt with; nil when no
// other waits.
func (a *Attention) Without(reason Reason) *Attention {
	return inFront(slices.DeleteFunc(a.all(), func(x Attention) bool { return x.Reason == reason }))
}

// Reasons returns every reason as an attention of its own, the one in front
// first. a may be nil.
func (a *Attention) Reasons() []Attention { return a.all() }

// all lists every reason as an attention of its own.
func (a *Attention) all() []Attention {
	if a == nil {
		return nil
	}
	front := *a
	front.Also = nil
	return append([]Attention{front}, a.Also...)
}

func inFront(all []Attention) *Attention {
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(x, y Attention) int {
		return slices.Index(gravity, x.Reason) - slices.Index(gravity, y.Reason)
	})
	front := all[0]
	if len(all) > 1 {
		front.Also = all[1:]
	}
	return &front
}
