package api

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/machine"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
)

// hintStartAgain is what is left after the last decline: the order is over, and
// its cart is the shopper's again.
const hintStartAgain = payment.Hint("start_again")

// hints are what a shopper can do about a decline.
var hints = []payment.Hint{
	payment.HintOtherCard, payment.HintCorrectData, payment.HintLater, payment.HintConfirm, payment.HintAgain, hintStartAgain,
}

// entryKinds are what an order's story is told in.
var entryKinds = []order.EntryKind{
	order.EntryAccepted, order.EntryReserved, order.EntryRejected, order.EntryActionRequired, order.EntryDeclined, order.EntryRefused,
	order.EntryUnknown, order.EntryReview, order.EntryAuthorized, order.EntryClosing, order.EntryClosed, order.EntryAttempt,
	order.EntryPlaced, order.EntryCommitImpossible, order.EntryCancelWanted, order.EntryCancelling, order.EntryVoided,
	order.EntryReleased, order.EntryCancelled, order.EntryExpired, order.EntryPaymentFailed, order.EntryFact, order.EntryFactRefused,
	order.EntryMoneyMoved, order.EntryLateSuccess, order.EntryReopened, order.EntryAttention, order.EntryAttentionCleared, order.EntryRepair,
	order.EntryPlanned, order.EntryParcel, order.EntryLeftUnpaid, order.EntryCaptured, order.EntryCaptureFailed, order.EntryCaptureUnknown,
	order.EntryHoldGivenUp, order.EntryHoldLost, order.EntryPaidAgain, order.EntryRefundAsked, order.EntryRefunded, order.EntryRefundFailed,
	order.EntryCancelRest, order.EntryTooLate, order.EntryUncommitted, order.EntryFulfilled, order.EntryCompleted, order.EntryMail,
	order.EntryMailFailed, order.EntryDispute,
}

// seen are the states that staff may say to have seen a parcel in.
func seen() []any {
	var states []any
	for _, s := range statesOf(shipping.Machine) {
		if word := shipping.State(s.(string)); word.Left() && word != shipping.HandedOver {
			states = append(states, s)
		}
	}
	return states
}

// statesOf returns every state of a machine but those that nobody is shown, in
// the order in which its table comes to them.
func statesOf[S ~string, T ~string](table machine.Table[S, T], hidden ...S) []any {
	var states []any
	for _, row := range table.Rows {
		for _, s := range append(slices.Clone(row.From), row.To) {
			if s != machine.Same && !slices.Contains(hidden, s) && !slices.Contains(states, any(string(s))) {
				states = append(states, string(s))
			}
		}
	}
	return states
}

func wordsOf[W ~string](words []W) []any {
	all := make([]any, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}

// nameWords writes into the document which words a property may have, from the
// tables that the words come from.
func (a *API) nameWords() {
	statuses, attempts := statesOf(order.Machine, order.New), statesOf(payment.Machine)
	schemas := a.huma.OpenAPI().Components.Schemas.Map()
	for _, of := range []struct {
		schema, property string
		words            []any
	}{
		{"OrderView", "status", statuses},
		{"CheckoutView", "status", statuses},
		{"StoryLine", "status", statuses},
		{"StoryLine", "kind", wordsOf(entryKinds)},
		{"PaymentView", "attempt", attempts},
		{"PaymentView", "status", wordsOf(paymentRank)},
		{"OrderView", "fulfilment_status", wordsOf(fulfilments)},
		{"CheckoutView", "fulfilment_status", wordsOf(fulfilments)},
		{"OrderParcelView", "state", parcelStates()},
		{"ShipmentView", "state", statesOf(shipping.Machine)},
		{"ScanInputBody", "state", seen()},
		{"PaymentView", "decline_hint", wordsOf(hints)},
	} {
		schema := schemas[of.schema]
		if schema == nil || schema.Properties[of.property] == nil {
			panic(fmt.Sprintf("the document has no %s.%s", of.schema, of.property))
		}
		schema.Properties[of.property].Enum = of.words
		// What a wrong word is refused with names those that there are.
		schema.Properties[of.property].PrecomputeMessages()
	}
}

// lineWords say what the fields of a story's line are: the noun, which has them, does
// not know of documents.
var lineWords = map[string]string{
	"seq":    "The order of lines of the same time.",
	"detail": "What it was about, for machines: a provider, a code, a parcel's number and state. `text` is for people.",
	"ref":    "What it was done under, such as the id of a parcel.",
	"by":     "Who of the staff did it; no shopper is shown it.",
}

func (a *API) describeLines() {
	line := a.huma.OpenAPI().Components.Schemas.Map()["StoryLine"]
	for field, words := range lineWords {
		line.Properties[field].Description = words
	}
}

// problemDetails are the members that a problem has beside those of every
// problem, where its code needs them.
type problemDetails struct {
	OrderID      string   `json:"order_id,omitempty" doc:"The order that was made all the same, or that the cart is already." example:"ord_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	OrderSecret  string   `json:"order_secret,omitempty" doc:"Opens that order: send it as X-Order-Secret. Only the answer to a checkout has it."`
	AttemptsLeft int      `json:"attempts_left,omitempty" minimum:"0" doc:"How many further payments the order takes. With 0 it is over, and its cart is open again."`
	Hint         string   `json:"hint,omitempty" doc:"What the shopper can do about the decline. start_again: check the same cart out anew."`
	Reason       string   `json:"reason,omitempty" doc:"The provider's code of the decline, or why a picture is refused; new ones may come." example:"insufficient_funds"`
	LeaseUntil   string   `json:"lease_until,omitempty" format:"date-time" doc:"Until when the units are held for the shopper." example:"2026-11-25T12:15:00Z"`
	Providers    []string `json:"providers,omitempty" nullable:"false" doc:"The payment providers that take the cart's currency." example:"[\"stripe\"]"`
	SKUs         []string `json:"skus,omitempty" nullable:"false" doc:"Of which there are too few units." example:"[\"CAY-06\"]"`
	Lines        []string `json:"lines,omitempty" nullable:"false" doc:"The SKUs in the cart that are no longer sold: take them out." example:"[\"CAY-06\"]"`
	Kind         string   `json:"kind,omitempty" doc:"The kind of the text that has changed." example:"distance_sales"`
	QuoteHash    string   `json:"quote_hash,omitempty" doc:"The hash of what the cart would show now."`
	URL          string   `json:"url,omitempty" format:"uri" doc:"The bank's page, where the open payment is confirmed."`
	Until        string   `json:"until,omitempty" format:"date-time" doc:"When the open payment is given up at the latest, or until when a placed order can be paid again." example:"2026-11-25T12:15:00Z"`
	MediaID      string   `json:"media_id,omitempty" doc:"The picture that it is about." example:"med_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	UsedBy       []string `json:"used_by,omitempty" nullable:"false" doc:"The ids of what uses the picture." example:"[\"prd_01k3v8m4w0f3q2x9y6z7a1b2c3\"]"`
	Permission   string   `json:"permission,omitempty" doc:"The permission that is missed." example:"orders:fulfil"`
	InUse        string   `json:"key,omitempty" doc:"The SKU, slug or id that belongs to something else." example:"GOMLEK-KETEN-M"`
	PresentETag  string   `json:"etag,omitempty" doc:"What the resource's ETag is now." example:"\"7\""`
	RetryAfter   int      `json:"retry_after,omitempty" minimum:"1" doc:"Seconds to wait, as in Retry-After." example:"3"`
}

// TransformSchema adds the details, and the codes that there are.
func (*Problem) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	for name, property := range huma.SchemaFromType(r, reflect.TypeFor[problemDetails]()).Properties {
		s.Properties[name] = property
	}
	s.Properties["hint"].Enum = wordsOf(hints)
	codes := make([]fault.Code, 0, len(meanings))
	for code := range meanings {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	s.Properties["code"].Enum = wordsOf(codes)
	return s
}
