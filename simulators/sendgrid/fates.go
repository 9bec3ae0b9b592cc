package sendgrid

import (
	"strings"
	"time"
)

// fate is what becomes of a mail to one recipient. Without any of it the mail is
// delivered.
type fate struct {
	// drop is the reason for which SendGrid does not even try.
	drop string
	// deferrals is how often the receiving server asks to come back later.
	deferrals int
	// refusal is what the receiving server answers in the end.
	refusal *refusal
	// late: the server takes the mail and sends it back afterwards.
	late bool
}

// refusal is a bounce event's own part.
// twilio.com/docs/sendgrid/for-developers/tracking-events/event (bounce)
type refusal struct {
	reason, status string
	// kind is bounce, and the address goes on the bounce list, or blocked.
	kind, class string
}

// forever is more tries than fit into the three days.
const forever = 1 << 20

// Reasons of dropped events. twilio.com/docs/sendgrid/for-developers/tracking-events/event (dropped)
const (
	dropBounced      = "Bounced Address"
	dropUnsubscribed = "Unsubscribed Address"
	dropSpam         = "Spam Reporting Address"
	dropInvalid      = "Invalid"
)

var unknownUser = &refusal{"550 5.1.1 The email account that you tried to reach does not exist", "5.1.1", "bounce", "Invalid Address"}

// fates are the recipients that don't simply get their mail, by the part of
// their address before + and @, in any domain: bounce@posta.example,
// bounce+ayse@posta.example. ../README.md shows the same list.
var fates = map[string]fate{
	"bounce": {refusal: unknownUser},
	// A block is no bounce: the next mail is tried again.
	// support.sendgrid.com/hc/en-us/articles/360041316874-Email-Delivery-Deferrals
	"blocked": {refusal: &refusal{"554 5.7.1 Service unavailable; client host is blocked", "5.7.1", "blocked", "Reputation"}},
	// The event has no status: github.com/discourse/discourse, commit fbe5a9c.
	"nohost": {refusal: &refusal{
		"unable to get mx info: failed to get IPs from PTR record: lookup <nil>: unrecognized address", "", "blocked", "Unclassified",
	}},
	"late-bounce":  {refusal: unknownUser, late: true},
	"dropped":      {drop: dropBounced},
	"unsubscribed": {drop: dropUnsubscribed},
	"spam":         {drop: dropSpam},
	"invalid":      {drop: dropInvalid},
	"deferred":     {deferrals: 2},
	// After three days a deferral becomes a block.
	// twilio.com/docs/sendgrid/glossary/throttling
	"deferred-always": {deferrals: forever, refusal: &refusal{"delayed too long: 421 4.2.2 mailbox is full", "4.2.2", "blocked", "Mailbox Unavailable"}},
}

// maxTrying is how long a deferred mail is tried.
// twilio.com/docs/sendgrid/ui/sending-email/deferrals gives the three days; the
// steps are ours.
const maxTrying = 72 * time.Hour

// deferralPauses are the pauses between tries; the last one goes on.
var deferralPauses = []time.Duration{5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}

// lateBounce is how long after its delivery a mail comes back.
const lateBounce = 10 * time.Minute

// fateOf says what becomes of a mail to a. A name with a comma or a semicolon is
// taken by the API, read as a list of addresses afterwards and dropped:
// docs.sendgrid.com/api-reference/mail-send/limitations,
// github.com/sendgrid/sendgrid-nodejs/issues/448
func (s *Server) fateOf(a Address) fate {
	email := strings.ToLower(a.Email)
	switch {
	case strings.ContainsAny(a.Name, ",;"):
		return fate{drop: dropInvalid}
	case s.store.bounced[email]:
		return fate{drop: dropBounced}
	}
	local, _, _ := strings.Cut(email, "@")
	local, _, _ = strings.Cut(local, "+")
	return fates[local]
}
