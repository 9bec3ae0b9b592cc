package sendgrid

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Limits. docs.sendgrid.com/api-reference/mail-send/limitations and
// twilio.com/docs/sendgrid/api-reference/mail-send/errors
const (
	maxPersonalizations = 1000
	maxRecipients       = 1000
	maxCustomArgs       = 10_000 // bytes
	maxSubstitutions    = 10_000
	maxCategories       = 10
	maxCategory         = 255 // characters
	maxAhead            = 72 * time.Hour
)

// validation collects what is wrong with a request whose types are right. Its
// messages are those of twilio.com/docs/sendgrid/api-reference/mail-send/errors,
// in the wording that the API was seen to use where it differs.
type validation struct{ errors []fieldError }

func (v *validation) add(field, format string, args ...any) {
	v.addWithHelp(field, helpFor(field), format, args...)
}

func (v *validation) addWithHelp(field, help, format string, args ...any) {
	v.errors = append(v.errors, fieldError{message: fmt.Sprintf(format, args...), field: field, help: help})
}

// validate checks everything that the account allows for.
func (r *sendRequest) validate(now time.Time) *apiError {
	v := &validation{}
	v.personalizations(r)
	v.from(r.From)
	if r.ReplyTo != nil {
		v.mailbox("reply_to", "reply_to", *r.ReplyTo)
	}
	v.subjects(r)
	v.contents(r)
	v.attachments(r.Attachments)
	v.headers("headers", r.Headers)
	v.categories(r.Categories)
	v.times(r, now)
	v.account(r)
	if len(v.errors) > 0 {
		return &apiError{status: http.StatusBadRequest, errors: v.errors}
	}
	return nil
}

// personalizations: the first message is shown in
// github.com/LiveUI/MailCore/pull/6.
func (v *validation) personalizations(r *sendRequest) {
	list := r.Personalizations
	switch {
	case len(list) == 0:
		v.addWithHelp("personalizations", helpBase+"-Personalizations-Errors",
			"The personalizations field is required and must have at least one personalization.")
		return
	case len(list) > maxPersonalizations:
		v.add("personalizations", "The personalization block is limited to %d personalizations per API request. You have provided %d "+
			"personalizations. Please consider splitting this into multiple requests and resending your request.", maxPersonalizations, len(list))
		return
	}
	total := 0
	for i, p := range list {
		path := fmt.Sprintf("personalizations.%d", i)
		total += len(p.To) + len(p.Cc) + len(p.Bcc)
		v.recipients(path, p)
		v.headers(path+".headers", p.Headers)
		v.customArgs(path+".custom_args", r, p)
		v.substitutions(path+".substitutions", r, p)
	}
	if total > maxRecipients {
		v.add("personalizations", "There is a limit of %d total recipients (to + cc + bcc) per request.", maxRecipients)
	}
}

// substitutions: that a value may not break out of the subject is unverified.
func (v *validation) substitutions(path string, r *sendRequest, p personalization) {
	if len(p.Substitutions) > maxSubstitutions {
		v.add(path, "You are limited to 10,000 substitutions.")
	}
	plain := p
	plain.Substitutions = nil
	if hasControl(r.subject(p)) && !hasControl(r.subject(plain)) {
		v.add(path, "The subject of your email cannot contain CRLF characters.")
	}
	if reply := r.ReplyTo.address(); p.substitute(reply.Email) != reply.Email || p.substitute(reply.Name) != reply.Name {
		v.add(path, "Not simulated.") // in an address
	}
}

// recipients: github.com/sendgrid/sendgrid-nodejs/issues/1362 shows the first
// message, github.com/sendgrid/sendgrid-csharp/issues/995 the last.
func (v *validation) recipients(path string, p personalization) {
	if len(p.To) == 0 {
		v.add(path+".to", "The to array is required for all personalization objects, and must have at least one email object with a valid email address.")
	}
	seen := map[string]bool{}
	for _, list := range []struct {
		name string
		in   []mailbox
	}{{"to", p.To}, {"cc", p.Cc}, {"bcc", p.Bcc}} {
		for i, m := range list.in {
			v.mailbox(fmt.Sprintf("%s.%s.%d", path, list.name, i), list.name, m)
			email := strings.ToLower(deref(m.Email))
			if seen[email] && email != "" {
				v.addWithHelp(path, helpBase+"message.recipient-errors", "Each email address in the personalization block should be unique "+
					"between to, cc, and bcc. We found the first duplicate instance of [%s] in the %s.%s field.", email, path, list.name)
				return
			}
			seen[email] = true
		}
	}
}

// mailbox checks an address and its name. That a line break in a name is refused
// is unverified; let through it would begin a header of its own.
func (v *validation) mailbox(path, what string, m mailbox) {
	email := deref(m.Email)
	switch {
	case m.Email == nil:
		v.add(path+".email", "The %s email parameter is required.", what)
	case len(email) > maxAddress:
		v.add(path+".email", "The %s email exceeds the maximum total length of %d characters", titled(what), maxAddress)
	case !validAddress(email):
		v.add(path+".email", "Does not contain a valid address.")
	}
	if hasControl(m.Name) {
		v.add(path+".name", "The name cannot contain CRLF characters.")
	}
}

// titled is the word that the messages about lengths use for a list.
func titled(what string) string {
	if word, ok := map[string]string{"to": "To", "cc": "CC", "bcc": "BCC", "reply_to": "Reply-To"}[what]; ok {
		return word
	}
	return what
}

// from: github.com/sklarsa/django-sendgrid-v5/issues/77 shows the first message.
func (v *validation) from(m *mailbox) {
	if m == nil || deref(m.Email) == "" {
		v.add("from.email", "The from object must be provided for every email send. It is an object that requires the email parameter, "+
			"but may also contain a name parameter.  e.g. {\"email\" : \"example@example.com\"}  or {\"email\" : \"example@example.com\", "+
			"\"name\" : \"Example Recipient\"}.")
		return
	}
	switch {
	case len(*m.Email) > maxAddress:
		v.add("from.email", "The From email exceeds the maximum total length of %d characters", maxAddress)
	case !validAddress(*m.Email):
		v.add("from.email", "The from email does not contain a valid address.")
	}
	if hasControl(m.Name) {
		v.add("from.name", "The name cannot contain CRLF characters.")
	}
}

// subjects: every mail needs one. That a line break in it is refused is
// unverified.
func (v *validation) subjects(r *sendRequest) {
	missing := false
	for i, p := range r.Personalizations {
		missing = missing || p.Subject == nil
		if p.Subject != nil {
			v.subject(fmt.Sprintf("personalizations.%d.subject", i), *p.Subject)
		}
	}
	switch {
	case r.Subject != nil && (*r.Subject != "" || !missing):
		v.subject("subject", *r.Subject)
	case missing || len(r.Personalizations) == 0:
		v.add("subject", "The subject is required. You can get around this requirement if you use a template with a subject defined "+
			"or if every personalization has a subject defined.")
	}
}

func (v *validation) subject(path, s string) {
	switch {
	case s == "":
		v.add(path, "The subject of your email must be a string at least one character in length.")
	case hasControl(s):
		v.add(path, "The subject of your email cannot contain CRLF characters.")
	}
}

func (v *validation) contents(r *sendRequest) {
	if len(r.Content) == 0 {
		v.add("content", "Unless a valid template_id is provided, the content parameter is required. There must be at least one defined "+
			"content block. We typically suggest both text/plain and text/html blocks are included, but only one block is required.")
		return
	}
	last, seen := 0, map[string]bool{}
	for i, c := range r.Content {
		path, kind := fmt.Sprintf("content.%d", i), strings.ToLower(deref(c.Type))
		v.content(path, c)
		rank := slices.Index([]string{"text/plain", "text/html"}, kind)
		if rank < 0 {
			rank = 2
		}
		switch {
		case seen[kind] && rank < 2:
			v.add("content", "If present, text/plain and text/html may only be provided once.")
		case rank < last:
			v.add("content", "Following RFC 1341, section 7.2, if either text/html or text/plain are to be sent in your email: text/plain "+
				"needs to be first, followed by text/html, followed by any other content.")
		}
		last, seen[kind] = max(last, rank), true
	}
}

func (v *validation) content(path string, c content) {
	switch kind := deref(c.Type); {
	case c.Type == nil:
		v.add(path+".type", "A content type is required, this tells email clients how to display the email.")
	case kind == "":
		v.add(path+".type", "Your content type must be a string with length of at least one character.")
	case strings.ContainsAny(kind, ";,\r\n"):
		v.add(path+".type", "Cannot contain ';', or CRLF characters.")
	}
	switch {
	case c.Value == nil:
		v.add(path+".value", "A content value is required, this is the content of the email you are sending.")
	case *c.Value == "":
		v.add(path+".value", "The content value must be a string at least one character in length.")
	}
}

func (v *validation) attachments(list []attachment) {
	for i, a := range list {
		path := fmt.Sprintf("attachments.%d", i)
		raw, err := base64.StdEncoding.DecodeString(deref(a.Content))
		switch {
		case err != nil:
			v.add(path+".content", "The attachment content must be base64 encoded.")
		case len(raw) == 0:
			v.add(path+".content", "The attachment content must be a string at least one character in length.")
		}
		switch {
		case deref(a.Filename) == "":
			v.add(path+".filename", "filename is required.")
		case strings.ContainsAny(*a.Filename, ";,\r\n"):
			v.add(path+".filename", "The filename of your attachment cannot contain CRLF characters.")
		}
		switch {
		case a.Type != nil && *a.Type == "":
			v.add(path+".type", "The attachment type must be a string and at least one character in length.")
		case strings.ContainsAny(deref(a.Type), ";,\r\n"):
			v.add(path+".type", "The type cannot contain ';', or CRLF characters.")
		}
		if a.Disposition != "" && a.Disposition != "inline" && a.Disposition != "attachment" {
			v.add(path+".disposition", "The disposition of your attachment can be either \"inline\" or \"attachment\". You provided %s.", a.Disposition)
		}
		if strings.ContainsAny(a.ContentID, ";,\r\n") {
			v.add(path+".content_id", "The content ID of your attachment cannot contain CRLF characters.")
		}
	}
}
