package easypost

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// maxEvents is how many events are kept at most; the oldest half goes first.
const maxEvents = 100_000

// event is something that happened, with the object as it was then.
// docs.easypost.com/docs/events
type event struct {
	head
	kind      string // its description
	result    json.RawMessage
	previous  object
	url       string
	delivered bool
	about     string
	metadata  map[string]string
}

// emit records an event and hands it to the courier. about is the object it
// concerns: events of one are sent in their order.
func (s *Server) emit(kind string, result, previous object, metadata map[string]string, about string) {
	e := &event{head: s.head("evt_"), kind: kind, result: encode(result), previous: previous, url: s.courier.URL(), about: about, metadata: maps.Clone(metadata)}
	if len(s.store.events.rows) >= maxEvents {
		young := newTable[*event]()
		for _, row := range s.store.events.rows[maxEvents/2:] {
			young.add(row)
		}
		s.store.events = young
	}
	s.store.events.add(e)
	s.send(e)
}

// send hands an event to the courier, with the object in its body.
// docs.easypost.com/guides/webhooks-guide
func (s *Server) send(e *event) {
	if s.courier.URL() == "" {
		return
	}
	body := e.render()
	body["result"] = e.result
	s.courier.Send(sim.Message{ID: e.id, Type: e.kind, Key: e.about, Metadata: e.metadata, Body: encode(body)})
}

// ResendEvent delivers an event once more.
func (s *Server) ResendEvent(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	e, found := s.store.events.get(id)
	if !found {
		return fmt.Errorf("no event %q", id)
	}
	s.send(e)
	return nil
}

// eventDelivered is told by the courier.
func (s *Server) eventDelivered(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, found := s.store.events.get(id); found {
		e.delivered = true
	}
}

// listEvents: docs.easypost.com/docs/events/list. A listed event does not say
// what it is about (easypost-go tests/cassettes/TestEventAll.yaml).
func (s *Server) listEvents(c *call) (answer, *apiError) {
	span, err := c.span(s.clock.Now())
	if err != nil {
		return answer{}, err
	}
	rows, more, err := page(c, s.store.events, span, func(*event) bool { return true })
	if err != nil {
		return answer{}, err
	}
	out := make([]object, 0, len(rows))
	for _, e := range rows {
		row := e.render()
		for _, absent := range []string{"previous_attributes", "pending_urls", "completed_urls", "updated_at"} {
			delete(row, absent)
		}
		out = append(out, row)
	}
	return ok(object{"events": out, "has_more": more})
}

// retrieveEvent: easypost-go tests/cassettes/TestEventRetrieve.yaml.
func (s *Server) retrieveEvent(c *call) (answer, *apiError) {
	e, found := s.store.events.get(c.id)
	if !found {
		return answer{}, notFound()
	}
	return ok(e.render())
}

// render: docs.easypost.com/docs/events
func (e *event) render() object {
	status, pending, completed := "pending", []string{}, []string{}
	switch {
	case e.delivered:
		status, completed = "completed", []string{e.url}
	case e.url != "":
		pending = []string{e.url}
	}
	at := e.born.UTC().Format("2006-01-02T15:04:05.000Z")
	return object{
		"id": e.id, "object": "Event", "mode": "test", "created_at": at, "updated_at": at, "description": e.kind, "status": status,
		"user_id": "user_a76997d126dd488f8ad22d52301300b0", "previous_attributes": e.previous, "pending_urls": pending, "completed_urls": completed,
	}
}

// webhookPauses are the growing pauses between tries. EasyPost tries again when
// an endpoint does not answer 2xx (docs.easypost.com/guides/webhooks-guide); how
// often and when is unverified.
var webhookPauses = []time.Duration{
	5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 12 * time.Hour,
}

// signature makes the headers of a webhook; wall is not part of what is signed.
func (s *Server) signature(body []byte, _ time.Time) http.Header {
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "EasyPost-Webhooks")
	h.Set("X-Hmac-Signature", Sign(s.cfg.WebhookSecret, body))
	return h
}

// Sign returns the X-Hmac-Signature header of a body: the raw body's HMAC-SHA256
// under the secret in its normal form NFKD, in hex behind a prefix. The secret is
// taken as it is: give it in that form. easypost-go v5.0.0, webhook.go
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "hmac-sha256-hex=" + hex.EncodeToString(mac.Sum(nil))
}
