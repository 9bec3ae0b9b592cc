package sendgrid

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Mail is one personalization of an accepted request: one envelope. The same
// request twice is two mails.
type Mail struct {
	// Number counts the mails from 1.
	Number int `json:"number"`
	// MessageID is the X-Message-Id that the request was answered with; all mails
	// of one request share it.
	MessageID string    `json:"message_id"`
	At        time.Time `json:"at"` // simulated time
	From      Address   `json:"from"`
	ReplyTo   *Address  `json:"reply_to,omitempty"`
	To        []Address `json:"to"`
	Cc        []Address `json:"cc,omitempty"`
	Bcc       []Address `json:"bcc,omitempty"`
	Subject   string    `json:"subject"`
	Text      string    `json:"text,omitempty"`
	HTML      string    `json:"html,omitempty"`
	// Headers are those that the request asked for beside the usual ones.
	Headers     map[string]string `json:"headers,omitempty"`
	CustomArgs  map[string]string `json:"custom_args"`
	Categories  []string          `json:"categories,omitempty"`
	Attachments []Attachment      `json:"attachments,omitempty"`
	// ClickTracking and OpenTracking say that SendGrid would rewrite the links and
	// add a pixel: accounts do until a request switches it off.
	ClickTracking bool `json:"click_tracking"`
	OpenTracking  bool `json:"open_tracking"`
	// Events are what happened to the mail so far, oldest first.
	Events []Event `json:"events"`
}

// Attachment is a file that came with a mail.
type Attachment struct {
	Filename string `json:"filename"`
	Type     string `json:"type,omitempty"`
	Bytes    int    `json:"bytes"`
}

// mail is a Mail with what only the simulator needs.
type mail struct {
	Mail
	events []*Event
	suffix string // of sg_message_id
	smtpID string
}

// store is the state of the simulator.
type store struct {
	mails   []*mail
	bounced map[string]bool // the bounce list, in lower case
	// generation changes with every reset: what was planned before is dropped.
	generation int
	// open counts the receiving servers that are thinking; quiet is closed when
	// it falls to zero.
	open  int
	quiet chan struct{}
	batch batch
	// posting are the events of each webhook that is under way.
	posting map[string][]*Event
	lastID  int
}

func newStore() store {
	return store{bounced: map[string]bool{}, quiet: make(chan struct{}), posting: map[string][]*Event{}}
}

// forget drops everything that was sent.
func (st *store) forget() {
	next := newStore()
	next.generation = st.generation + 1
	close(st.quiet)
	*st = next
}

// accept takes every mail of a request in and returns its X-Message-Id.
func (s *Server) accept(r *sendRequest) string {
	s.mu.Lock()
	defer s.mu.Unlock()

	id, n := newMessageID(), 0
	for _, p := range r.Personalizations {
		m := s.newMail(id, r, p)
		s.store.mails = append(s.store.mails, m)
		at := p.SendAt
		if at == 0 {
			at = r.SendAt
		}
		for _, list := range [][]Address{m.To, m.Cc, m.Bcc} {
			for _, to := range list {
				s.dispatch(&envelope{mail: m, to: to, n: n, sendAt: at})
				n++
			}
		}
	}
	return id
}

// newMessageID has the form of those that SendGrid gives: 16 bytes.
// twilio.com/docs/sendgrid/glossary/x-message-id
func newMessageID() string {
	raw := make([]byte, 16)
	rand.Read(raw) // never fails: crypto/rand
	return base64.RawURLEncoding.EncodeToString(raw)
}

func (s *Server) newMail(id string, r *sendRequest, p personalization) *mail {
	now := s.clock.Now()
	m := &mail{Mail: Mail{
		Number: len(s.store.mails) + 1, MessageID: id, At: now, From: r.From.address(),
		To: addresses(p.To), Cc: addresses(p.Cc), Bcc: addresses(p.Bcc),
		Subject: r.subject(p), Text: r.body("text/plain", p), HTML: r.body("text/html", p),
		Headers: merged(r.Headers, p.Headers), CustomArgs: r.customArgs(p), Categories: r.Categories,
		ClickTracking: isOn(r.TrackingSettings["click_tracking"], true), OpenTracking: isOn(r.TrackingSettings["open_tracking"], true),
	}}
	if r.ReplyTo != nil {
		a := r.ReplyTo.address()
		m.ReplyTo = &a
	}
	for _, a := range r.Attachments {
		raw, _ := base64.StdEncoding.DecodeString(*a.Content) // validated
		m.Attachments = append(m.Attachments, Attachment{Filename: *a.Filename, Type: deref(a.Type), Bytes: len(raw)})
	}
	// The forms of ids that SendGrid's events were seen to have, such as
	// YNEpBbu-SWuPTYkfvJRoQg.recvd-65696df74f-8tbhj-1-6869002D-8.0
	m.suffix = fmt.Sprintf("recvd-5f54b5d587-pczjm-1-%X-%X", now.Unix(), m.Number)
	m.smtpID = fmt.Sprintf("<%s@geopod-ismtpd-%d>", id, m.Number%10)
	return m
}

// view returns a copy that the simulator does not change any more.
func (m *mail) view() Mail {
	out := m.Mail
	out.Headers, out.CustomArgs = maps.Clone(m.Headers), maps.Clone(m.CustomArgs)
	out.To, out.Cc, out.Bcc = slices.Clone(m.To), slices.Clone(m.Cc), slices.Clone(m.Bcc)
	out.Events = make([]Event, 0, len(m.events))
	for _, e := range m.events {
		out.Events = append(out.Events, *e)
	}
	return out
}

// Sent returns every accepted mail, the oldest first.
func (s *Server) Sent() []Mail {
	return s.sent(func(*mail) bool { return true })
}

// SentWith returns the accepted mails that have a custom argument, the oldest
// first.
func (s *Server) SentWith(arg, value string) []Mail {
	return s.sent(func(m *mail) bool { return m.CustomArgs[arg] == value })
}

// SentTo returns the accepted mails that have address among their recipients,
// the oldest first.
func (s *Server) SentTo(address string) []Mail {
	return s.sent(func(m *mail) bool { return m.isTo(address) })
}

func (s *Server) sent(keep func(*mail) bool) []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()

	out := []Mail{}
	for _, m := range s.store.mails {
		if keep(m) {
			out = append(out, m.view())
		}
	}
	return out
}

// mail returns one mail by its number.
func (s *Server) mail(number int) (Mail, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if number < 1 || number > len(s.store.mails) {
		return Mail{}, false
	}
	return s.store.mails[number-1].view(), true
}

func (m *mail) isTo(address string) bool {
	return slices.ContainsFunc(slices.Concat(m.To, m.Cc, m.Bcc), func(a Address) bool { return strings.EqualFold(a.Email, address) })
}

// Bounced returns the bounce list, sorted: mails to these addresses are dropped.
func (s *Server) Bounced() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sortedKeys(s.store.bounced)
}

// Unbounce takes an address from the bounce list and reports whether it was on
// it. twilio.com/docs/sendgrid/api-reference/bounces-api/delete-a-bounce
func (s *Server) Unbounce(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	address = strings.ToLower(address)
	was := s.store.bounced[address]
	delete(s.store.bounced, address)
	return was
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
