package notify

import (
	"context"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/outcome"
)

// AlertKind says why people are told.
type AlertKind string

// Kinds of alerts.
const (
	// AlertNew: orders have come to need a person.
	AlertNew AlertKind = "alert"
	// AlertDigest: what stands, once a day.
	AlertDigest AlertKind = "digest"
)

// AlertKinds are all kinds.
var AlertKinds = []AlertKind{AlertNew, AlertDigest}

// AlertLines and DigestLines are how many lines a message has at most: what is
// longer is cut by mail programs, and read by nobody.
const (
	AlertLines  = 50
	DigestLines = 150
)

// AlertLine is one order that needs a person, for one reason. It holds nothing
// personal.
type AlertLine struct {
	OrderID, Number string
	Reason          string
	// About is what the reason is about, and what the other side said of it; it may
	// be empty.
	About string
	Since time.Time
	// Owner is whose work it is, Next what to do.
	Owner, Next string
	// URL opens the order's story in the Temporal UI; empty where nobody said
	// where that is.
	URL string
}

// Alert is one message to the people who run the shop.
type Alert struct {
	// ID names the message: letters, digits, "_" and "-".
	ID   string
	Kind AlertKind
	Shop string
	At   time.Time
	// Lines are what is told, those that have waited longest first. More counts
	// those that were left out.
	Lines []AlertLine
	More  int
	// ListURL opens the list of all orders that need a person, like AlertLine.URL.
	ListURL string
}

// Total is how many lines there are, with those that were left out.
func (a Alert) Total() int { return len(a.Lines) + a.More }

// Alerter tells people by one way. Telling twice makes two messages.
type Alerter interface {
	// Name is that of the way, such as mail or webhook.
	Name() string

	// Alert tells it, or returns a fault: whoever did not certainly hear of it is
	// told again. The fault repeats no address and no secret.
	Alert(ctx context.Context, a Alert) error
}

var _ Alerter = (*AlertMails)(nil)

// AlertMails tells people by mail.
type AlertMails struct {
	Mailer Mailer
	// To is one address, Language tr or en.
	To, Language string
	// Render writes the mail in a language.
	Render func(a Alert, language string) (Rendered, error)
}

// Name is mail.
func (*AlertMails) Name() string { return "mail" }

// Alert sends one mail.
func (m *AlertMails) Alert(ctx context.Context, a Alert) error {
	r, err := m.Render(a, m.Language)
	if err != nil {
		return err
	}
	answer := m.Mailer.Send(ctx, Message{Key: a.ID, To: m.To, Subject: r.Subject, Text: r.Text, HTML: r.HTML, Language: m.Language})
	switch answer.Outcome {
	case outcome.Yes:
		return nil
	case outcome.No, outcome.RefusedByProvider:
		return fault.New(fault.Invalid, "the mail provider refused the alert (%s)", answer.Code)
	}
	return fault.New(fault.Unavailable, "the mail provider did not take the alert (%s)", answer.Code)
}
