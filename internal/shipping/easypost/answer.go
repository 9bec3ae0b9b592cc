package easypost

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/EasyPost/easypost-go/v5"

	"github.com/bedesten/bedesten/internal/outcome"
	"github.com/bedesten/bedesten/internal/shipping"
)

// codePostageExists is the refusal of a second purchase.
const codePostageExists = "SHIPMENT.POSTAGE.EXISTS"

// answer puts what a call returned into one of the outcomes. What cannot be told
// for certain is unsure: a time-out, 5xx, a body that is no JSON, an error in an
// answer of success, another shipment than the one that was asked about.
func answer(ref string, shp *easypost.Shipment, err error, told *heard) shipping.Answer {
	a := shipping.Answer{RequestID: told.requestID}
	switch {
	case told.inside != "":
		a.Outcome, a.Code = outcome.Unsure, told.inside
	case err != nil:
		a.Outcome, a.Code = refusal(err)
	case shp == nil || shp.ID == "" || ref != "" && shp.ID != ref:
		a.Outcome, a.Code = outcome.Unsure, "no_shipment"
	default:
		a.Outcome, a.Picture = outcome.Yes, picture(shp)
	}
	return a
}

// refusal follows docs.easypost.com/docs/errors and docs.easypost.com/errors-guide.
// The code is EasyPost's own; its messages may repeat an address and go nowhere.
func refusal(err error) (outcome.Outcome, string) {
	var never *neverConnectedError
	if errors.As(err, &never) {
		return outcome.NotSent, "no_connection"
	}
	var refused *easypost.APIError
	if !errors.As(err, &refused) {
		return outcome.Unsure, "no_answer"
	}
	code := refused.Code
	switch {
	case refused.StatusCode == http.StatusTooManyRequests:
		return outcome.NotSent, orElse(code, "rate_limited")
	case code == "" || code == easypost.ApiErrorDetailsParsingError:
		// Not EasyPost's words but somebody's on the way, such as a proxy's page.
		return outcome.Unsure, "not_an_answer"
	case refused.StatusCode == http.StatusUnprocessableEntity:
		return unprocessable(code), code
	case refused.StatusCode == http.StatusNotFound:
		return outcome.Missing, code
	case slices.Contains(ours, refused.StatusCode):
		return outcome.RefusedByProvider, code
	}
	return outcome.Unsure, code
}

// ours are the statuses of requests that were wrong before anything was done: bad
// syntax, keys, billing, permission, method.
var ours = []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotAcceptable}

// definite are the codes of a no that a shopper's address, the parcel or the rate
// has caused. Those of parameters and accounts are ours to mend.
var definite = []string{
	"ADDRESS.", "PARCEL.", "SHIPMENT.INVALID", "SHIPMENT.MISSING_RATE", "SHIPMENT.MISSING_INFORMATION", "SHIPMENT.RATES.", "SHIPMENT.RATE.",
	"SHIPMENT.POSTAGE.FAILURE", "SHIPMENT.PURCHASE.FAILURE", "SHIPMENT.POSTAGE.REQUIRED", "SHIPMENT.REFUND.",
}

// unprocessable sorts the codes of 422. What is said of a shipment in words that
// we do not know may have been done: SHIPMENT.PURCHASE.IN_PROGRESS,
// SHIPMENT.POSTAGE.NO_RESPONSE and their like.
func unprocessable(code string) outcome.Outcome {
	for _, start := range definite {
		if strings.HasPrefix(code, start) {
			return outcome.No
		}
	}
	if strings.HasPrefix(code, "SHIPMENT.") {
		return outcome.Unsure
	}
	return outcome.RefusedByProvider
}

func orElse(code, otherwise string) string {
	if code == "" || code == easypost.ApiErrorDetailsParsingError {
		return otherwise
	}
	return code
}
