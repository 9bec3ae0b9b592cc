package api

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/terms"
)

// example is what a problem of one code says beside its title.
type example struct {
	detail  string
	errors  []FieldError
	details map[string]any
}

const (
	exampleOrder  = "ord_01k3v8m4w0f3q2x9y6z7a1b2c3"
	exampleSecret = "k1.…"
)

var exampleLease = time.Date(2026, time.November, 25, 12, 15, 0, 0, time.UTC)

// examples are the codes whose problems say more than their titles.
var examples = map[fault.Code]example{
	fault.Invalid: {
		detail: "body.quantity: expected number <= 99",
		errors: []FieldError{{Field: "body.quantity", Message: "expected number <= 99"}},
	},
	fault.KeyReused: {
		detail: headerField + ": this Idempotency-Key was used for another request: take a fresh one",
		errors: []FieldError{{Field: headerField, Message: "this Idempotency-Key was used for another request: take a fresh one"}},
	},
	fault.CardNumber: {detail: "body: " + holdsCard, errors: []FieldError{{Field: "body", Message: holdsCard}}},
	fault.NotFound:   {detail: "no such order"},
	fault.OutOfStock: {detail: saidTooFew + "CAY-06", details: map[string]any{"skus": []string{"CAY-06"}}},
	fault.QuoteStale: {
		detail:  saidStale,
		details: map[string]any{"quote_hash": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"},
	},
	fault.TermsChanged:   {detail: saidContractChanged, details: map[string]any{"kind": terms.DistanceSales}},
	fault.CartCheckedOut: {detail: saidCheckedOut, details: map[string]any{"order_id": exampleOrder}},
	fault.AttemptOpen: {
		detail:  saidAttemptOpen,
		details: map[string]any{"until": exampleLease, "url": "https://bank.example/challenge/1"},
	},
	fault.Declined: {detail: saidDeclined, details: map[string]any{
		"order_id": exampleOrder, "order_secret": exampleSecret, "attempts_left": 2, "reason": "insufficient_funds",
		"hint": payment.HintOtherCard, "lease_until": exampleLease, "providers": []string{"stripe"},
	}},
	fault.PaymentUnavailable: {detail: saidUnpayable, details: map[string]any{
		"order_id": exampleOrder, "order_secret": exampleSecret, "lease_until": exampleLease, "providers": []string{"stripe"},
	}},
	fault.Conflict:    {detail: "the SKU GOMLEK-KETEN-M is in use already: choose another", details: map[string]any{"key": "GOMLEK-KETEN-M"}},
	fault.Stale:       {detail: "somebody else changed it meanwhile: read it again", details: map[string]any{"etag": `"7"`}},
	fault.RateLimited: {detail: "too many requests: wait before the next one", details: map[string]any{"retry_after": 3}},
	fault.Internal:    {detail: saidInternal},
}

// exampleOf returns a problem of a code as the document shows it.
func exampleOf(code fault.Code) *huma.Example {
	means, says := meanings[code], examples[code]
	if says.detail == "" {
		says.detail = means.title.EN
	}
	return &huma.Example{Summary: means.title.EN, Value: &Problem{
		Type: problemType + string(code), Title: means.title.EN, Status: means.status, Detail: says.detail, Code: code,
		RequestID: "req_01k3v8m4w0f3q2x9y6z7a1b2c3", Errors: says.errors, details: says.details,
	}}
}
