package stripe

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// keepEvents is how long events can be listed. docs.stripe.com/api/events
const keepEvents = 30 * 24 * time.Hour

// maxEvents is how many events are kept at most; the oldest half goes first.
const maxEvents = 100_000

// event is something that happened, with the object as it was then.
type event struct {
	head
	kind      string
	data      json.RawMessage // the object
	requestID string
	key       string // idempotency key of the causing call
	delivered bool
	about     string // the intent
	metadata  map[string]string
}

// render: docs.stripe.com/api/events/object
func (e *event) render() object {
	pending := 1
	if e.delivered {
		pending = 0
	}
	return object{
		"id": e.id, "object": "event", "api_version": APIVersion, "created": e.created, "data": object{"object": e.data}, "livemode": false,
		"pending_webhooks": pending, "request": object{"id": textOrNil(e.requestID), "idempotency_key": textOrNil(e.key)}, "type": e.kind,
	}
}

// emit records an event and hands it to the courier. c is nil for what happens
// by time; about is the intent it concerns.
func (s *Server) emit(c *call, kind string, data object, metadata map[string]string, about string) {
	e := &event{head: s.head("evt_1"), kind: kind, data: encode(data), about: about, metadata: maps.Clone(metadata)}
	if c != nil {
		e.requestID, e.key = c.reqID, c.key
	}
	s.store.addEvent(e)
	s.send(e)
}

func (s *Server) emitIntent(c *call, kind string, pi *intent) {
	s.emit(c, kind, pi.render(), pi.metadata, pi.id)
}

func (s *Server) emitCharge(c *call, kind string, ch *charge, pi *intent) {
	s.emit(c, kind, ch.render(), pi.metadata, pi.id)
}

// emitRefund carries the intent's metadata too, so that faults can be aimed at
// an order's refunds.
func (s *Server) emitRefund(c *call, kind string, r *refund) {
	pi := r.charge.intent
	both := orEmpty(pi.metadata)
	maps.Copy(both, r.metadata)
	s.emit(c, kind, r.render(), both, pi.id)
}

// addEvent keeps the events within maxEvents.
func (st *store) addEvent(e *event) {
	if len(st.events.rows) >= maxEvents {
		young := newTable[*event]()
		for _, row := range st.events.rows[maxEvents/2:] {
			young.add(row)
		}
		st.events = young
	}
	st.events.add(e)
}

// eventDelivered is told by the courier.
func (s *Server) eventDelivered(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.store.events.get(id); ok {
		e.delivered = true
	}
}

// retrieveEvent: docs.stripe.com/api/events/retrieve
func (s *Server) retrieveEvent(c *call) (object, *apiError) {
	e, ok := s.store.events.get(c.id)
	if !ok || s.tooOld(e) {
		return nil, missing("event", "id", c.id)
	}
	return e.render(), nil
}

// listEvents: docs.stripe.com/api/events/list, 30 days back.
func (s *Server) listEvents(c *call) (object, *apiError) {
	types, one, delivered := c.form.list("types"), c.form.str("type"), c.form.str("delivery_success")
	if one != "" && len(types) > 0 {
		return nil, badParam("parameters_exclusive", "type", "You may only specify one of these parameters: type, types.")
	}
	return listPage(c, s.store.events, "/v1/events", func(e *event) bool {
		return !s.tooOld(e) && fitsType(one, e.kind) && (len(types) == 0 || slices.Contains(types, e.kind)) &&
			(delivered == "" || e.delivered == (delivered == "true"))
	})
}

// fitsType lets charge.* stand for every type that begins so.
func fitsType(filter, kind string) bool {
	if n := len(filter); n > 0 && filter[n-1] == '*' {
		return len(kind) >= n-1 && kind[:n-1] == filter[:n-1]
	}
	return fits(filter, kind)
}

func (s *Server) tooOld(e *event) bool {
	return s.clock.Now().Unix()-e.created > int64(s.clock.Scaled(keepEvents)/time.Second)
}
