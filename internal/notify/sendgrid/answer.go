package sendgrid

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/sendgrid/rest"

	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/outcome"
)

// answer puts what a call returned into one of the outcomes, by its status
// (twilio.com/docs/sendgrid/api-reference/mail-send/errors). The status is
// definite also where the body was lost.
func answer(resp *rest.Response, err error) notify.Answer {
	if resp == nil {
		if errors.Is(err, errNeverConnected) {
			return notify.Answer{Outcome: outcome.NotSent, Code: "no_connection"}
		}
		return notify.Answer{Outcome: outcome.Unsure, Code: "no_answer"}
	}
	a := notify.Answer{Code: strconv.Itoa(resp.StatusCode)}
	switch status := resp.StatusCode; {
	case status == http.StatusAccepted:
		a.Outcome, a.MessageID = outcome.Yes, header(resp, "X-Message-Id")
	case status == http.StatusTooManyRequests:
		a.Outcome = outcome.NotSent
	case status == http.StatusRequestTimeout:
		a.Outcome = outcome.Unsure // of a proxy: it says nothing about what was read
	case status >= 300 && status < 500:
		a.Outcome, a.Code = refusal(status, resp.Body)
	default:
		// 5xx; and 200, by which a request is checked and not sent, or a proxy speaks
		// for SendGrid.
		a.Outcome = outcome.Unsure
	}
	return a
}

func header(resp *rest.Response, name string) string { return http.Header(resp.Headers).Get(name) }

// fieldShape is that of the names of fields: an error's message may quote an
// address, its field cannot.
var fieldShape = regexp.MustCompile(`^[a-z0-9_.]{1,100}$`)

// refusal reads the errors of a request that was refused. It is about the
// recipient alone when nothing but the address of "to" is wrong; everything else
// is ours to mend. The code is the status with the first field.
func refusal(status int, body string) (outcome.Outcome, string) {
	var in struct {
		Errors []struct {
			Field string `json:"field"`
		} `json:"errors"`
	}
	code := strconv.Itoa(status)
	if json.Unmarshal([]byte(body), &in) != nil || len(in.Errors) == 0 {
		return outcome.RefusedByProvider, code
	}
	if first := in.Errors[0].Field; fieldShape.MatchString(first) {
		code += " " + first
	}
	for _, e := range in.Errors {
		if status != http.StatusBadRequest || !strings.HasPrefix(e.Field, "personalizations.0.to.0.email") {
			return outcome.RefusedByProvider, code
		}
	}
	return outcome.No, code
}
