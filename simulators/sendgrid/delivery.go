package sendgrid

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// envelope is a mail on its way to one of its recipients.
type envelope struct {
	mail   *mail
	to     Address
	n      int   // counts the recipients of a request from 0
	sendAt int64 // Unix time; 0 for at once
	began  time.Time
	tries  int
}

// dispatch starts a mail on its way, at its time. The caller holds mu.
func (s *Server) dispatch(v *envelope) {
	if wait := time.Unix(v.sendAt, 0).Sub(s.clock.Now()); v.sendAt > 0 && wait > 0 {
		s.later(wait, func() { s.process(v) })
		return
	}
	s.process(v)
}

// later runs f under the lock once d has passed on the clock, unless everything
// was reset meanwhile.
func (s *Server) later(d time.Duration, f func()) {
	born := s.store.generation
	s.clock.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.store.generation == born {
			f()
		}
	})
}

// process takes a mail as far as SendGrid's own part goes: it is dropped, or
// handed to the receiving server.
func (s *Server) process(v *envelope) {
	f := s.fateOf(v.to)
	v.began = s.clock.Now()
	if f.drop != "" {
		s.happen(v, Event{Type: "dropped", Reason: f.drop, Status: "5.0.0"}, "drop")
		return
	}
	s.happen(v, Event{Type: "processed"}, "processed")
	s.store.open++
	s.offer(v, f, s.cfg.DeliveryTime, func() { s.shut() })
}

// shut counts one receiving server as having answered.
func (s *Server) shut() {
	s.store.open--
	if s.store.open == 0 {
		close(s.store.quiet)
		s.store.quiet = make(chan struct{})
	}
}

// offer lets the receiving server decide once wait has passed.
func (s *Server) offer(v *envelope, f fate, wait time.Duration, then func()) {
	decide := func() {
		s.decide(v, f)
		then()
	}
	if wait <= 0 {
		decide()
		return
	}
	s.later(wait, decide)
}

func (s *Server) decide(v *envelope, f fate) {
	v.tries++
	trying := s.clock.Now().Sub(v.began) < s.clock.Scaled(maxTrying)
	switch {
	case v.tries <= f.deferrals && trying:
		s.happen(v, Event{Type: "deferred", Response: "400 try again later", Attempt: v.tries}, fmt.Sprintf("deferred-%d", v.tries))
		pause := deferralPauses[min(v.tries, len(deferralPauses))-1]
		s.offer(v, f, s.clock.Scaled(pause), func() {})
	case f.late:
		s.deliver(v)
		s.later(s.clock.Scaled(lateBounce), func() { s.bounce(v, *f.refusal, true) })
	case f.refusal != nil:
		s.bounce(v, *f.refusal, false)
	default:
		s.deliver(v)
	}
}

func (s *Server) deliver(v *envelope) {
	s.happen(v, Event{Type: "delivered", Response: "250 2.0.0 OK " + v.mail.MessageID}, fmt.Sprintf("delivered-%d", v.tries-1))
}

// bounce: a hard bounce puts the address on the bounce list. One that comes
// back by mail is told without message id and arguments.
// github.com/sendgrid/docs/issues/5177
func (s *Server) bounce(v *envelope, r refusal, byMail bool) {
	if r.kind == "bounce" {
		s.store.bounced[strings.ToLower(v.to.Email)] = true
	}
	s.happen(v, Event{
		Type: "bounce", Reason: r.reason, Status: r.status, BounceType: r.kind, Classification: r.class, anonymous: byMail,
	}, fmt.Sprintf("bounce-%d", v.tries-1))
}

// Idle returns when every mail that was taken has met its receiving server and
// every event so far was posted once, or with ctx's error. A batch that waits
// is posted now. Deferred mails, scheduled ones and retries of the webhook wait
// for the clock and are not waited for.
func (s *Server) Idle(ctx context.Context) error {
	for {
		s.mu.Lock()
		open, quiet := s.store.open, s.store.quiet
		s.mu.Unlock()
		if open == 0 {
			break
		}
		select {
		case <-quiet:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.flush()
	return s.courier.Idle(ctx)
}
