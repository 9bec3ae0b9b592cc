package sendgrid

import (
	"fmt"
	"net/http"
)

// helpBase begins the link of every error about a field.
// github.com/sendgrid/sendgrid-nodejs/issues/1362 shows a whole answer.
const helpBase = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#"

// fieldError is one entry of an answer's errors. Field and help are null where
// nothing is known of them.
// twilio.com/docs/sendgrid/api-reference/mail-send/errors
type fieldError struct {
	message, field, help string
}

func (e fieldError) render() map[string]any {
	return map[string]any{"message": e.message, "field": textOrNil(e.field), "help": textOrNil(e.help)}
}

// apiError is an answer other than success.
type apiError struct {
	status int
	errors []fieldError
	// page is set where not the API answers but the web server before it.
	page bool
}

// render returns the answer's body.
func (e *apiError) render() []byte {
	if e.page {
		return proxyPage(e.status)
	}
	list := make([]any, 0, len(e.errors))
	for _, f := range e.errors {
		list = append(list, f.render())
	}
	return encode(map[string]any{"errors": list})
}

// code is what the journal keeps of an error: its first field, or its message.
func (e *apiError) code() string {
	switch {
	case e.page:
		return http.StatusText(e.status)
	case e.errors[0].field != "":
		return e.errors[0].field
	}
	return e.errors[0].message
}

func plain(status int, message string) *apiError {
	return &apiError{status: status, errors: []fieldError{{message: message}}}
}

// badRequest is the answer to what is no JSON, or has a type deep inside that
// the API does not expect: it says nothing more.
// github.com/sendgrid/docs/issues/5060, github.com/sendgrid/sendgrid-nodejs/issues/288
func badRequest() *apiError { return plain(http.StatusBadRequest, "Bad Request") }

// noKey and unknownKey: twilio/sendgrid-oai spec/json/tsg_mail_v3.json,
// github.com/sendgrid/sendgrid-php/issues/793
func noKey() *apiError { return plain(http.StatusUnauthorized, "authorization required") }

func unknownKey() *apiError {
	return plain(http.StatusUnauthorized, "The provided authorization grant is invalid, expired, or revoked")
}

// unscoped is a key without the right to send mail.
// twilio/sendgrid-oai spec/json/tsg_mail_v3.json
func unscoped() *apiError { return plain(http.StatusForbidden, "access forbidden") }

// unverifiedSender: github.com/sendgrid/sendgrid-ruby/pull/489
func unverifiedSender() *apiError {
	return &apiError{status: http.StatusForbidden, errors: []fieldError{{
		message: "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved. " +
			"Visit https://sendgrid.com/docs/for-developers/sending-email/sender-identity/ to see the Sender Identity requirements",
		field: "from",
	}}}
}

// tooLarge is the web server's own page: the API never sees the request.
// github.com/sendgrid/sendgrid-nodejs/issues/370
func tooLarge() *apiError { return &apiError{status: http.StatusRequestEntityTooLarge, page: true} }

// rateLimited: twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits
func rateLimited() *apiError { return plain(http.StatusTooManyRequests, "too many requests") }

// serverError: twilio/sendgrid-oai spec/json/tsg_mail_v3.json
func serverError() *apiError { return plain(http.StatusInternalServerError, "internal server error") }

// proxyPage is what nginx says in the place of the API.
func proxyPage(status int) []byte {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	return fmt.Appendf(nil, "<html>\r\n<head><title>%[1]s</title></head>\r\n<body>\r\n<center><h1>%[1]s</h1></center>\r\n"+
		"<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", title)
}

func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
