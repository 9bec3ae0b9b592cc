// Package notify is the noun of what people are told: mails to shoppers about
// their orders, and the ops by which each is sent once. A mail provider neither
// deduplicates nor looks up, so a mail has a key that is fixed before its first
// try, and a send without an answer waits for the provider's own event before
// it is sent again.
package notify

import (
	"context"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/outcome"
)

// Message is one mail, rendered. It exists only on its way from the stores to
// the provider: nothing of it is logged or kept by Temporal.
type Message struct {
	// Key is the mail's send key, <mail id>-<try>: letters, digits, "_" and "-".
	// Providers carry it as a custom argument and tell it back with each event.
	Key string
	// To and ToName are the one recipient. A name may hold any letters and is
	// encoded by the adapter; line breaks in it are refused as Invalid.
	To, ToName string
	Subject    string
	// Text and HTML are two forms of the same words.
	Text, HTML string
	// Language is tr or en.
	Language string
}

// Answer is what came of one send. Code is the provider's own word for the
// operator; it holds nothing personal.
type Answer struct {
	Outcome outcome.Outcome
	// MessageID is the provider's id of the mail, when it gave one.
	MessageID string
	Code      string
}

// EventKind is what a provider tells of a mail later on.
type EventKind string

// Kinds of events, in the words of all providers.
const (
	// EventProcessed: the provider took the mail and will deliver it.
	EventProcessed EventKind = "processed"
	// EventDelivered: the recipient's server took it.
	EventDelivered EventKind = "delivered"
	// EventDeferred: the recipient's server asked to come back later.
	EventDeferred EventKind = "deferred"
	// EventBounced: the recipient's server refused it for good.
	EventBounced EventKind = "bounced"
	// EventDropped: the provider did not even try, such as for an address that
	// bounced before.
	EventDropped EventKind = "dropped"
)

// Event is a verified word of the provider about one mail. Events come late,
// twice and in any order.
type Event struct {
	ID   string
	Kind EventKind
	// Key is the Message.Key that the mail was sent with; empty for a mail that
	// is not ours.
	Key string
	At  time.Time
	// Code is the provider's reason, such as "550 5.1.1"; it holds no address.
	Code string
}

// Mailer sends mails through one provider. Send returns an Answer and never an
// error: what cannot be told for certain is Unsure, a cancelled context is one
// too. Sending the same message twice makes two mails.
type Mailer interface {
	// Name returns the provider's name, as in routes and rows.
	Name() string

	// Tells reports whether the provider tells later, by events, what became of a
	// mail. Where it does not, an Unsure send stays unsure.
	Tells() bool

	// Send hands one mail to the provider. Yes means taken, not delivered.
	// RefusedByProvider is a request that was wrong: ours to mend. No is a
	// recipient that the provider refuses for good. NotSent may be sent again.
	Send(ctx context.Context, m Message) Answer

	// ReadWebhook verifies a batch of events against now and returns those that
	// have a key; a forged or stale one is an Invalid fault, one that is signed
	// and cannot be read a Malformed one. A provider that tells nothing answers
	// every webhook with a NotFound fault.
	ReadWebhook(header http.Header, body []byte, now time.Time) ([]Event, error)
}
