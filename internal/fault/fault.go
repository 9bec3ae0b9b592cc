// Package fault is the one error vocabulary of the product. A fault carries a
// stable code, a message that a shopper may read, and a hidden cause. Two
// places translate codes: api/errors.go into HTTP, activities/errors.go into
// Temporal's retry or stop. Nothing else branches on them.
package fault

import (
	"errors"
	"fmt"
)

// Code names a kind of failure. It is part of the API: clients branch on it.
type Code string

// The codes of the product.
const (
	Internal           Code = "internal"
	Invalid            Code = "invalid"
	Malformed          Code = "malformed"
	NotFound           Code = "not_found"
	Forbidden          Code = "forbidden"
	Unauthenticated    Code = "unauthenticated"
	SecondFactor       Code = "second_factor_required"
	Conflict           Code = "conflict"
	Stale              Code = "revision_stale"
	RevisionMissing    Code = "revision_missing"
	OutOfStock         Code = "out_of_stock"
	QuoteStale         Code = "quote_stale"
	TermsChanged       Code = "terms_changed"
	CartCheckedOut     Code = "cart_checked_out"
	AttemptOpen        Code = "attempt_open"
	Declined           Code = "declined"
	PaymentUnavailable Code = "payment_unavailable"
	KeyMissing         Code = "idempotency_key_missing"
	KeyReused          Code = "idempotency_key_reused"
	CardNumber         Code = "card_number_refused"
	TooLarge           Code = "too_large"
	RateLimited        Code = "rate_limited"
	Unavailable        Code = "unavailable"
	NotSupportedYet    Code = "not_supported_yet"
)

// Fault is an error with a code.
type Fault struct {
	Code    Code
	Message string
	// Details are shown beside the message, for example the SKUs that are short.
	Details map[string]any
	cause   error
}

// New returns a fault without a cause.
func New(code Code, format string, args ...any) *Fault {
	return &Fault{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns a fault that hides cause behind a safe message.
func Wrap(cause error, code Code, format string, args ...any) *Fault {
	return &Fault{Code: code, Message: fmt.Sprintf(format, args...), cause: cause}
}

// With returns a copy of f that shows one more detail.
func (f *Fault) With(key string, value any) *Fault {
	details := make(map[string]any, len(f.Details)+1)
	for k, v := range f.Details {
		details[k] = v
	}
	details[key] = value
	return &Fault{Code: f.Code, Message: f.Message, Details: details, cause: f.cause}
}

// Error returns code, message and cause: for logs, never for a shopper.
func (f *Fault) Error() string {
	if f.cause == nil {
		return string(f.Code) + ": " + f.Message
	}
	return string(f.Code) + ": " + f.Message + ": " + f.cause.Error()
}

// Unwrap returns the hidden cause.
func (f *Fault) Unwrap() error { return f.cause }

// CodeOf returns the code of the first fault in err's chain. An error that is
// not a fault is Internal: we did not foresee it, so nobody outside may see it.
func CodeOf(err error) Code {
	var f *Fault
	if errors.As(err, &f) {
		return f.Code
	}
	return Internal
}

// Is reports whether the first fault in err's chain has the given code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// Flaw is one field that is wrong, and how. It never repeats the value.
type Flaw struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// DetailFlaws is the detail that holds the flaws of an Invalid fault.
const DetailFlaws = "flaws"

// Flawed returns an Invalid fault that names every flaw, or nil without one.
func Flawed(flaws []Flaw) error {
	if len(flaws) == 0 {
		return nil
	}
	first := flaws[0]
	return New(Invalid, "%s: %s", first.Field, first.Message).With(DetailFlaws, flaws)
}

// FlawsOf returns what Flawed was given, or nothing.
func FlawsOf(err error) []Flaw {
	var f *Fault
	if !errors.As(err, &f) {
		return nil
	}
	flaws, _ := f.Details[DetailFlaws].([]Flaw)
	return flaws
}
