package sendgrid

import (
	"encoding/base64"
	"fmt"
	"maps"
	"strconv"
	"time"
)

// userID is the account's number, a part of event ids.
const userID = 4711

// Event is something that happened to a mail and one of its recipients.
// twilio.com/docs/sendgrid/for-developers/tracking-events/event
type Event struct {
	ID       string    `json:"sg_event_id"`
	Type     string    `json:"event"` // processed, dropped, deferred, delivered, bounce
	Email    string    `json:"email"`
	At       time.Time `json:"at"` // simulated time
	Reason   string    `json:"reason,omitempty"`
	Status   string    `json:"status,omitempty"`
	Response string    `json:"response,omitempty"`
	Attempt  int       `json:"attempt,omitempty"` // of a deferral
	// BounceType is bounce or blocked.
	BounceType     string `json:"type,omitempty"`
	Classification string `json:"bounce_classification,omitempty"`
	MessageID      string `json:"sg_message_id"`
	// Posted says that the webhook's endpoint has taken the event.
	Posted bool `json:"posted"`

	// anonymous events carry neither message id nor custom arguments.
	anonymous bool
	smtpID    string
	sendAt    int64
}

// happen records an event and hands it to the webhook. what begins its id.
func (s *Server) happen(v *envelope, e Event, what string) {
	m := v.mail
	e.Email, e.At, e.sendAt = v.to.Email, s.clock.Now(), v.sendAt
	e.ID = eventID(what, m.MessageID, v.n)
	if !e.anonymous {
		e.MessageID, e.smtpID = fmt.Sprintf("%s.%s.%d", m.MessageID, m.suffix, v.n), m.smtpID
	}
	m.events = append(m.events, &e)
	s.tell(m, &e)
}

// eventID is the same whenever the same event is told. The form was seen in
// SendGrid's own: ZGVsaXZlcmVkLTAtMTkxMzA1MTktWU5FcEJidS1TV3VQVFlrZnZKUm9RZy0w is
// delivered-0-19130519-YNEpBbu-SWuPTYkfvJRoQg-0.
func eventID(what, messageID string, n int) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s-%d-%s-%d", what, userID, messageID, n))
}

// render returns the event as it is posted: the custom arguments stand beside
// SendGrid's own fields, which win over arguments of the same name.
// twilio.com/docs/sendgrid/for-developers/tracking-events/event (unique arguments)
func (e *Event) render(m *mail) map[string]any {
	out := map[string]any{}
	if !e.anonymous {
		for k, v := range m.CustomArgs {
			out[k] = v
		}
		if len(m.Categories) > 0 {
			out["category"] = m.Categories
		}
		out["smtp-id"] = e.smtpID
	}
	maps.Copy(out, map[string]any{
		"email": e.Email, "timestamp": e.At.Unix(), "event": e.Type, "sg_event_id": e.ID, "sg_message_id": e.MessageID,
	})
	for k, v := range map[string]string{
		"reason": e.Reason, "status": e.Status, "response": e.Response, "type": e.BounceType, "bounce_classification": e.Classification,
	} {
		if v != "" {
			out[k] = v
		}
	}
	switch e.Type {
	case "processed":
		out["send_at"] = e.sendAt
	case "deferred":
		out["attempt"] = strconv.Itoa(e.Attempt) // a string, on the page too
	case "delivered", "bounce":
		out["ip"], out["tls"] = "149.72.154.232", 1
	}
	return out
}
