package cloudinary

import (
	"net/http"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// tooManyRequests is the status of whoever asks too often
// (cloudinary.com/documentation/admin_api#error_handling).
const tooManyRequests = 420

func serverError() *apiError {
	return &apiError{http.StatusInternalServerError, "Internal Server Error"}
}

// target is what fault rules are held against.
func (s *Server) target(c *call) sim.Target {
	c.entry.Metadata = map[string]string{"public_id": c.params.Get("public_id")}
	return sim.Target{Method: c.r.Method, Path: c.r.URL.Path, Operation: c.op.name, Metadata: c.entry.Metadata}
}

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
		return &apiError{tooManyRequests, "Rate Limit Exceeded"}
	case sim.Answer:
		return &apiError{f.Status, f.Message}
	}
	return serverError()
}

// pause is the wait of a slow call. It goes on when the client has gone away.
func (s *Server) pause(f sim.Fault) {
	wait := time.NewTimer(time.Duration(f.DelayMS) * time.Millisecond)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-s.stop:
	}
}

// sendFaulty applies a fault that strikes on the way back and reports whether it has
// dealt with the answer.
func (s *Server) sendFaulty(c *call, a answer) bool {
	if c.op.name == "" {
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
		a.body = a.body[:len(a.body)/2]
		c.send(a)
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
