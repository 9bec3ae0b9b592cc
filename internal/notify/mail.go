package notify

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// Kind names what a mail tells. Each has a template in every language.
type Kind string

// Kinds of mails.
const (
	KindPlaced         Kind = "order_placed"
	KindPaymentProblem Kind = "payment_problem"
	KindShipped        Kind = "shipped"
	KindDelivered      Kind = "delivered"
	KindCancelled      Kind = "cancelled"
)

// Kinds are all kinds, in the order of an order's life.
var Kinds = []Kind{KindPlaced, KindPaymentProblem, KindShipped, KindDelivered, KindCancelled}

// State is how far a mail has come.
type State string

// States of a mail.
const (
	// Wanted: written ahead, nothing was sent.
	Wanted State = "wanted"
	// Sent: claimed by one worker; the request may have gone out.
	Sent State = "sent"
	// Unsure: sent without an answer. The provider's own event tells, or, when
	// none comes in time, it is sent again.
	Unsure State = "unknown"
	// Taken: the provider has it.
	Taken State = "taken"
	// Delivered: the recipient's server has it.
	Delivered State = "delivered"
	// Bounced: the recipient's server, or the provider, refused it for good.
	Bounced State = "bounced"
	// Refused: our request was wrong; a person has to mend it.
	Refused State = "refused"
)

// Try is one send of a mail.
type Try struct {
	State  State     `bson:"state"`
	Claim  string    `bson:"claim"`
	SentAt time.Time `bson:"sent_at"`
	// AnsweredAt is when the provider answered or told.
	AnsweredAt time.Time `bson:"answered_at"`
	MessageID  string    `bson:"message_id"`
	Code       string    `bson:"code"`
}

// Mail is one thing that a shopper is told once. It holds no address: that is
// the order's. Tries are numbered from 1; a second one exists only where the
// first had no answer and no event told of it in time, or was definitely not
// sent.
type Mail struct {
	ID       string         `bson:"_id"`
	OrderID  string         `bson:"order_id"`
	Kind     Kind           `bson:"kind"`
	Subject  string         `bson:"subject_id"`
	Language string         `bson:"language"`
	Provider string         `bson:"provider"`
	State    State          `bson:"state"`
	Try      int            `bson:"try"`
	Tries    map[string]Try `bson:"tries"`
	// Again says that a second mail may exist, since the word of the first was
	// lost.
	Again     bool      `bson:"again"`
	CreatedAt time.Time `bson:"created_at"`
	// Events are the provider's events by their ids, so that one counts once.
	Events map[string]Event `bson:"events"`
}

// ID names the mail of a kind about a subject: the order's own, or a parcel's,
// or an attempt's.
func ID(orderID string, kind Kind, subject string) string {
	if subject == "" {
		return orderID + "-mail-" + string(kind)
	}
	return orderID + "-mail-" + string(kind) + "-" + subject
}

// SendKey is the key of the mail's n-th try.
func SendKey(mailID string, n int) string { return mailID + "-" + strconv.Itoa(n) }

// CutSendKey returns what SendKey made the key of. It reports false for a key
// that SendKey never makes.
func CutSendKey(key string) (mailID string, try int, ok bool) {
	i := strings.LastIndex(key, "-")
	if i < 1 {
		return "", 0, false
	}
	try, err := strconv.Atoi(key[i+1:])
	if err != nil || try < 1 || SendKey(key[:i], try) != key {
		return "", 0, false
	}
	return key[:i], try, true
}

// Current returns the try that counts.
func (m Mail) Current() Try { return m.Tries[strconv.Itoa(m.Try)] }

// Change is one conditional write to a mail's row: it happens only if the mail
// is in one of From and its current try is Try.
type Change struct {
	MailID string
	Try    int
	From   []State
	State  State
	// Next, when above zero, makes another try the current one.
	Next int
	// Set is what the try (Next, when given) holds afterwards.
	Set      Try
	Again    bool
	Provider string
}

// Store keeps mails. All of its writes are safe to repeat.
type Store interface {
	// Want writes a mail ahead; one that is there stays as it is. It returns the
	// row as it stands.
	Want(ctx context.Context, m Mail) (Mail, error)

	// FindMail returns the mail, or a NotFound fault.
	FindMail(ctx context.Context, mailID string) (Mail, error)

	// OfOrder returns the mails of an order by their ids.
	OfOrder(ctx context.Context, orderID string) ([]Mail, error)

	// Apply does the change and returns the row as it stands afterwards, and
	// whether it was applied.
	Apply(ctx context.Context, c Change) (row Mail, applied bool, err error)

	// Tell records a provider's event on the mail with the event's send key and
	// moves it forward. It reports false, and no error, for an event that was
	// told before or belongs to no mail; the mail is returned when there is one.
	Tell(ctx context.Context, e Event) (row Mail, fresh bool, err error)
}

// told is how far an event brings a mail; a later word never takes an earlier
// one back, and events come in any order.
var told = map[EventKind]State{
	EventProcessed: Taken, EventDeferred: Taken, EventDelivered: Delivered, EventBounced: Bounced, EventDropped: Bounced,
}

var reach = map[State]int{Wanted: 0, Sent: 1, Unsure: 1, Refused: 1, Taken: 2, Delivered: 3, Bounced: 4}

// After returns the state of a mail in s after an event of the given kind.
func After(s State, kind EventKind) State {
	if next, ok := told[kind]; ok && reach[next] > reach[s] {
		return next
	}
	return s
}

// Hears returns where the mail stands after an event of its n-th try. A word that
// an earlier try got through counts for the mail, which would else be sent once
// more; that it did not leaves the mail to the later try.
func (m Mail) Hears(n int, kind EventKind) State {
	try := After(m.Tries[strconv.Itoa(n)].State, kind)
	through := try == Taken || try == Delivered
	byEarlier := m.State.Settled() && !m.Current().State.Settled()
	if n == m.Try || through || byEarlier {
		return After(m.State, kind)
	}
	return m.State
}

// Settled reports whether nothing more is to be done about a mail in s.
func (s State) Settled() bool { return s == Taken || s == Delivered || s == Bounced }
