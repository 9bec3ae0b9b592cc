package easypost

import "net/http"

// Error codes. docs.easypost.com/errors-guide lists them; easypost-go's
// recorded exchanges show PARAMETER.REQUIRED, NOT_FOUND and APIKEY.INACTIVE.
const (
	codeUnauthorized   = "UNAUTHORIZED"
	codeBadRequest     = "BAD_REQUEST"
	codeNotFound       = "NOT_FOUND"
	codeNotAllowed     = "METHOD_NOT_ALLOWED"
	codeRateLimited    = "RATE_LIMITED"
	codeInternal       = "INTERNAL_SERVER_ERROR"
	codeRequired       = "PARAMETER.REQUIRED"
	codeForbidden      = "PARAMETER.FORBIDDEN"
	codeInvalid        = "PARAMETER.INVALID"
	codeDate           = "DATE.PARSE.FAILURE"
	codeAddress        = "ADDRESS.PARAMETERS.INVALID"
	codeCharacter      = "ADDRESS.PARAMETERS.INVALID_CHARACTER"
	codeCountry        = "ADDRESS.COUNTRY.INVALID"
	codeParcel         = "PARCEL.PARAMETERS.INVALID"
	codeMissingRate    = "SHIPMENT.MISSING_RATE"
	codePostageExists  = "SHIPMENT.POSTAGE.EXISTS"
	codePostageNeeded  = "SHIPMENT.POSTAGE.REQUIRED"
	codePostageFailure = "SHIPMENT.POSTAGE.FAILURE"
	codeInProgress     = "SHIPMENT.PURCHASE.IN_PROGRESS"
	codeFormat         = "SHIPMENT.POSTAGE.INVALID_FORMAT"
	codeRefund         = "SHIPMENT.REFUND.UNAVAILABLE"
	codeRefundFailure  = "SHIPMENT.REFUND.FAILURE"
	codeTrackerParams  = "TRACKER.INVALID_PARAMS"
)

// apiError is an answer other than success.
// docs.easypost.com/docs/errors
type apiError struct {
	status  int
	code    string
	message string
	fields  []object
}

func (e *apiError) render() object {
	fields := e.fields
	if fields == nil {
		fields = []object{}
	}
	return object{"error": object{"code": e.code, "message": e.message, "errors": fields}}
}

// field is one entry of an error's errors.
func field(name, message string) object { return object{"field": name, "message": message} }

// refused is a request that was understood and can't be done.
func refused(code, message string) *apiError {
	return &apiError{status: http.StatusUnprocessableEntity, code: code, message: message}
}

// invalid is a request with wrong fields.
func invalid(code, message string, fields ...object) *apiError {
	return &apiError{status: http.StatusUnprocessableEntity, code: code, message: message, fields: fields}
}

// missingParam: easypost-go tests/cassettes/TestApiError.yaml.
func missingParam(name string) *apiError {
	return invalid(codeRequired, "Missing required parameter.", field(name, "cannot be blank"))
}

func badRequest(message string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: codeBadRequest, message: message}
}

// notFound: easypost-go tests/cassettes/TestApiErrorAlternativeFormat.yaml.
func notFound() *apiError {
	return &apiError{status: http.StatusNotFound, code: codeNotFound, message: "The requested resource could not be found."}
}

// unauthorized: docs.easypost.com/docs/errors gives the status, the code is one
// of the list.
func unauthorized() *apiError {
	return &apiError{status: http.StatusUnauthorized, code: codeUnauthorized, message: "Your API key could not be authenticated."}
}

// serverError: docs.easypost.com/docs/errors.
func serverError() *apiError {
	return &apiError{
		status: http.StatusInternalServerError, code: codeInternal,
		message: "We're sorry, something went wrong. If the problem persists please contact us at support@easypost.com.",
	}
}

// rateLimited: docs.easypost.com/guides/rate-limiting-guide.
func rateLimited() *apiError {
	return &apiError{status: http.StatusTooManyRequests, code: codeRateLimited, message: "Too many requests. Please slow down and try again later."}
}
