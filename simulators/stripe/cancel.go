package stripe

import (
	"slices"
	"strings"
	"time"
)

// Hold times of cards that are not present. docs.stripe.com/payments/place-a-hold-on-a-payment-method
const (
	holdDays        = 7 * 24 * time.Hour
	holdVisaOffline = 4*24*time.Hour + 18*time.Hour // merchant-initiated
)

// cancelable: docs.stripe.com/api/payment_intents/cancel
var cancelable = []string{needsMethod, needsCapture, needsConfirmation, needsAction, processing}

func holdTime(brand string, offSession bool) time.Duration {
	if brand == "visa" && offSession {
		return holdVisaOffline
	}
	return holdDays
}

// cancelIntent gives back what is held and ends the intent: every later
// operation on it fails. docs.stripe.com/api/payment_intents/cancel
func (s *Server) cancelIntent(c *call) (object, *apiError) {
	pi, err := s.findIntent(c)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(cancelable, pi.status) {
		return nil, badState(pi.render(), "You cannot cancel this PaymentIntent because it has a status of %s. Only a PaymentIntent with one of the following statuses "+
			"may be canceled: %s.", pi.status, strings.Join(cancelable, ", "))
	}
	s.endIntent(c, pi, c.form.str("cancellation_reason"), "charge.refunded")
	return pi.render(), nil
}

// endIntent cancels pi. An intent of which a part was captured has succeeded
// with that part (unverified for multicapture).
func (s *Server) endIntent(c *call, pi *intent, reason, chargeEvent string) {
	held := pi.status == needsCapture
	s.closeChallenge(pi)
	s.unwatchHold(pi)
	ch, charged := s.store.charges.get(pi.charge)
	if held && charged {
		s.release(pi, ch)
	}
	if pi.received > 0 {
		pi.status = succeeded
		s.emitIntent(c, "payment_intent.succeeded", pi)
		return
	}
	pi.status, pi.canceledAt, pi.cancelReason = canceled, s.clock.Now(), reason
	if held && charged {
		s.emitCharge(c, chargeEvent, ch, pi)
	}
	s.emitIntent(c, "payment_intent.canceled", pi)
}

// watchHold ends the hold when its time is over.
// docs.stripe.com/payments/place-a-hold-on-a-payment-method
func (s *Server) watchHold(pi *intent, ch *charge) {
	pi.stopWatch = s.clock.AfterFunc(ch.captureBefore.Sub(s.clock.Now()), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.lapse(pi)
	})
}

func (s *Server) unwatchHold(pi *intent) {
	if pi.stopWatch != nil {
		pi.stopWatch()
		pi.stopWatch = nil
	}
}

// lapseIfDue closes a hold that is over by the clock, should a call come before
// the watch.
func (s *Server) lapseIfDue(pi *intent) {
	ch, ok := s.store.charges.get(pi.charge)
	if pi.status == needsCapture && ok && !s.clock.Now().Before(ch.captureBefore) {
		s.lapse(pi)
	}
}

// lapse is the end of a hold by time: reason automatic (unverified that Stripe
// uses this constant here).
func (s *Server) lapse(pi *intent) {
	if pi.status == needsCapture {
		s.endIntent(nil, pi, "automatic", "charge.expired")
	}
}
