package sendgrid

import (
	"maps"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// takeAim fills in what fault rules are held against: the custom arguments of
// the first personalization, and "to", its first recipient.
func (s *Server) takeAim(c *call) {
	c.aim = sim.Target{Method: c.r.Method, Path: c.r.URL.Path, Operation: c.entry.Operation, Metadata: map[string]string{}}
	if c.send == nil || len(c.send.Personalizations) == 0 {
		return
	}
	p := c.send.Personalizations[0]
	c.entry.Metadata = c.send.customArgs(p)
	c.aim.Metadata = aimedAt(c.entry.Metadata, addresses(p.To))
}

func aimedAt(args map[string]string, to []Address) map[string]string {
	out := map[string]string{}
	if len(to) > 0 {
		out["to"] = to[0].Email
	}
	maps.Copy(out, args)
	return out
}

// frontFault applies a fault that strikes before anything was done.
func (s *Server) frontFault(c *call) *apiError {
	f, struck := s.faults.Pick(sim.StageFront, c.aim)
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
		return scripted(f)
	}
	return serverError()
}

// scripted is the error that a rule spells out; its code is the field.
func scripted(f sim.Fault) *apiError {
	e := fieldError{message: f.Message, field: f.Code}
	if e.message == "" {
		e.message = http.StatusText(f.Status)
	}
	return &apiError{status: f.Status, errors: []fieldError{e}}
}

// pause is the wait of a slow call. It goes on when the client has gone away, as
// SendGrid's own work would.
func (s *Server) pause(f sim.Fault) {
	wait := time.NewTimer(time.Duration(f.DelayMS) * time.Millisecond)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-s.stop:
	}
}

// sendFaulty applies a fault that strikes on the way back and reports whether it
// has dealt with the call.
func (s *Server) sendFaulty(c *call) bool {
	if c.aim.Operation == "" {
		return false
	}
	f, struck := s.faults.Pick(sim.StageReply, c.aim)
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
		// An accepted mail has no body that could be halved: a proxy's page takes
		// its place, 502 unless the rule has another status.
		status := f.Status
		if status == 0 {
			status = http.StatusBadGateway
		}
		c.answer(answer{status: status, body: proxyPage(status)})
	}
	return true
}

// longest is how long a hanging call is kept.
func (s *Server) longest(f sim.Fault) time.Duration {
	if f.DelayMS > 0 {
		return time.Duration(f.DelayMS) * time.Millisecond
	}
	return s.cfg.MaxHang
}
