package easypost

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// frontFault applies a fault that strikes before the operation: the call has no
// effect.
func (s *Server) frontFault(c *call) *apiError {
	f, struck := s.faults.Pick(sim.StageFront, s.target(c))
	if !struck {
		return nil
	}
	c.entry.Faults = append(c.entry.Faults, f.Kind)
	switch f.Kind {
	case sim.TimeoutBefore:
		sim.Hang(c.r, s.stop, s.longest(f))
	case sim.ResetBefore:
		sim.ResetConnection(c.w)
	case sim.RateLimit:
		return rateLimited()
	case sim.Answer:
		return scripted(f, codeInternal)
	}
	return serverError()
}

// scripted is the error that a rule spells out.
func scripted(f sim.Fault, code string) *apiError {
	e := &apiError{status: f.Status, code: f.Code, message: f.Message}
	if e.code == "" {
		e.code = code
	}
	if e.message == "" {
		e.message = "The carrier answered with an error."
	}
	return e
}

// declined is a carrier's no to a purchase or a refund; a shipment is created
// all the same, without rates and with the carrier's messages.
// docs.easypost.com/errors-guide
func declined(operation string, f sim.Fault) *apiError {
	code := codePostageFailure
	if operation == "shipment.refund" {
		code = codeRefundFailure
	}
	f.Status = http.StatusUnprocessableEntity
	return scripted(f, code)
}

// errorIn200 answers HTTP 200 with an error in it: an error object, or with the
// rule's type "messages" the shipment with the carrier's messages and nothing
// bought. No page tells of the first, some integrations do (unverified).
func (s *Server) errorIn200(c *call, f sim.Fault) answer {
	e := scripted(f, codePostageFailure)
	body := e.render()
	if shown := s.unbought(c.id); shown != nil && f.Type == "messages" {
		shown["messages"] = []object{message("UPS", "purchase_error", e.message)}
		body = shown
	}
	return answer{status: http.StatusOK, body: encode(body), code: e.code}
}

// unbought shows a shipment as if no postage had been bought, or nil.
func (s *Server) unbought(id string) object {
	s.mu.Lock()
	defer s.mu.Unlock()

	shp, found := s.store.shipments.get(id)
	if !found {
		return nil
	}
	bare := *shp
	bare.label, bare.tracker = nil, nil
	return bare.render()
}

// busy marks the shipment of a slow purchase, so that a second one meanwhile is
// told that the first still runs, and returns what ends it.
func (s *Server) busy(c *call) (done func()) {
	set := func(v bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if shp, found := s.store.shipments.get(c.id); found && c.op.name == "shipment.buy" {
			shp.buying = v
		}
	}
	set(true)
	return func() { set(false) }
}

// pause is the wait of a slow call. It goes on when the client has gone away, as
// EasyPost's own work would.
func (s *Server) pause(f sim.Fault) {
	wait := time.NewTimer(time.Duration(f.DelayMS) * time.Millisecond)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-s.stop:
	}
}

// sendFaulty applies a fault that strikes on the way back and reports whether it
// has dealt with the answer.
func (s *Server) sendFaulty(c *call, a answer) bool {
	if c.op == nil {
		return false
	}
	f, struck := s.faults.Pick(sim.StageReply, s.target(c))
	if !struck {
		return false
	}
	c.entry.Faults = append(c.entry.Faults, f.Kind)
	switch f.Kind {
	case sim.TimeoutAfter:
		sim.Hang(c.r, s.stop, s.longest(f))
	case sim.ResetAfter:
		sim.ResetConnection(c.w)
	case sim.BrokenBody:
		c.sendBroken(f, a)
	}
	return true
}

// sendBroken sends half of the answer, or a proxy's page in its place: complete
// for HTTP, broken in what it says.
func (c *call) sendBroken(f sim.Fault, a answer) {
	h := c.w.Header()
	h.Set("X-Ep-Request-Uuid", c.reqID)
	status, body := a.status, a.body[:len(a.body)/2]
	h.Set("Content-Type", "application/json; charset=utf-8")
	if f.Status != 0 && f.Status != http.StatusOK {
		status = f.Status
		body = fmt.Appendf(nil, "<html><body><h1>%d %s</h1></body></html>", status, http.StatusText(status))
		h.Set("Content-Type", "text/html")
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	c.entry.Status = status
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // a client that left asks again
}

// longest is how long a hanging call is kept.
func (s *Server) longest(f sim.Fault) time.Duration {
	if f.DelayMS > 0 {
		return time.Duration(f.DelayMS) * time.Millisecond
	}
	return s.cfg.MaxHang
}

// throttle lets so many calls pass in a second of wall time. A perSecond below
// one lets all pass.
type throttle struct {
	perSecond int

	mu     sync.Mutex
	recent []time.Time
}

// pass reports whether a call at now is within the limit, and counts it if so.
func (t *throttle) pass(now time.Time) bool {
	if t.perSecond < 1 {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()

	for len(t.recent) > 0 && now.Sub(t.recent[0]) >= time.Second {
		t.recent = t.recent[1:]
	}
	if len(t.recent) >= t.perSecond {
		return false
	}
	t.recent = append(t.recent, now)
	return true
}
