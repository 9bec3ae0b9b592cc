package stripe

import (
	"fmt"
	"net/http"
	"strings"
)

// Error types. docs.stripe.com/api/errors
const (
	typeAPI         = "api_error"
	typeCard        = "card_error"
	typeIdempotency = "idempotency_error"
	typeInvalid     = "invalid_request_error"
)

// apiError is an answer other than success.
type apiError struct {
	status      int
	kind        string
	code        string
	declineCode string
	message     string
	param       string
	charge      string
	intent      object
	method      object

	// unkept errors are not kept under an idempotency key: the parameters failed
	// before the endpoint began. docs.stripe.com/api/idempotent_requests
	unkept bool
}

// render returns the error's JSON. docs.stripe.com/api/errors
func (e *apiError) render(requestID string) object {
	inner := object{"type": e.kind, "message": e.message}
	for k, v := range map[string]string{"code": e.code, "decline_code": e.declineCode, "param": e.param, "charge": e.charge} {
		if v != "" {
			inner[k] = v
		}
	}
	if e.code != "" {
		inner["doc_url"] = "https://stripe.com/docs/error-codes/" + strings.ReplaceAll(e.code, "_", "-")
	}
	if e.intent != nil {
		inner["payment_intent"] = e.intent
	}
	if e.method != nil {
		inner["payment_method"] = e.method
	}
	inner["request_log_url"] = "https://dashboard.stripe.com/test/logs/" + requestID
	return object{"error": inner}
}

// badParam is a parameter that failed before the endpoint began.
func badParam(code, param, format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, kind: typeInvalid, code: code, param: param, message: fmt.Sprintf(format, args...), unkept: true}
}

// refused is a request that is well formed but can't be done.
func refused(code, param, format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, kind: typeInvalid, code: code, param: param, message: fmt.Sprintf(format, args...)}
}

// missing is an object in the path that does not exist.
func missing(kind, param, id string) *apiError {
	return &apiError{
		status: http.StatusNotFound, kind: typeInvalid, code: "resource_missing", param: param,
		message: fmt.Sprintf("No such %s: '%s'", kind, id),
	}
}

// missingRef is an object named by a parameter that does not exist: 400 and not
// 404, unlike one in the path.
func missingRef(kind, param, id string) *apiError {
	e := missing(kind, param, id)
	e.status = http.StatusBadRequest
	return e
}

// badState is an operation that the intent's state does not allow. The error
// carries the intent. docs.stripe.com/error-codes#payment-intent-unexpected-state
func badState(intent object, format string, args ...any) *apiError {
	e := refused("payment_intent_unexpected_state", "", format, args...)
	e.intent = intent
	return e
}

// serverError is Stripe's own failure. docs.stripe.com/error-low-level
func serverError() *apiError {
	return &apiError{
		status: http.StatusInternalServerError, kind: typeAPI,
		message: "An unknown error occurred while processing this request. Please try again, or contact support if it goes on.",
	}
}

// rateLimited is the answer of the rate limiter; code is empty or lock_timeout.
// docs.stripe.com/rate-limits
func rateLimited(code string) *apiError {
	e := &apiError{
		status: http.StatusTooManyRequests, kind: typeInvalid, code: code, unkept: true,
		message: "Request rate limit exceeded. Please try again with exponential backoff.",
	}
	switch code {
	case "":
		e.code = "rate_limit"
	case "lock_timeout":
		e.message = "This object cannot be accessed right now because another API request or Stripe process is currently accessing it."
	}
	return e
}

// unknownURL is the answer to a path or method that Stripe does not have.
func unknownURL(method, path string) *apiError {
	return &apiError{
		status: http.StatusNotFound, kind: typeInvalid, unkept: true,
		message: fmt.Sprintf("Unrecognized request URL (%s: %s). If you are trying to list objects, remove the trailing slash. "+
			"If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code.", method, path),
	}
}
