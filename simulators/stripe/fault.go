package stripe

import (
	"fmt"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// frontFault applies a fault that strikes before the idempotency layer: the call
// has no effect and nothing is kept under its key.
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
		return rateLimited(f.Code)
	case sim.Answer:
		return scripted(f)
	}
	return serverError()
}

// scripted is the error that a rule spells out.
func scripted(f sim.Fault) *apiError {
	e := &apiError{status: f.Status, kind: f.Type, code: f.Code, message: f.Message, unkept: true}
	if e.kind == "" {
		e.kind = typeInvalid
	}
	if e.message == "" {
		e.message = http.StatusText(f.Status)
	}
	return e
}

// pause is the wait of a slow call. It goes on when the client has gone away, as
// Stripe's own work would.
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
	h.Set("Request-Id", c.reqID)
	status, body := a.status, a.body[:len(a.body)/2]
	h.Set("Content-Type", "application/json")
	if f.Status != 0 && f.Status != http.StatusOK {
		status = f.Status
		body = fmt.Appendf(nil, "<html><body><h1>%d %s</h1></body></html>", status, http.StatusText(status))
		h.Set("Content-Type", "text/html")
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	c.entry.Status = status
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // a client that left finds its answer under its key
}

// longest is how long a hanging call is kept.
func (s *Server) longest(f sim.Fault) time.Duration {
	if f.DelayMS > 0 {
		return time.Duration(f.DelayMS) * time.Millisecond
	}
	return s.cfg.MaxHang
}
