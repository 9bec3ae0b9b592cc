package stripe

// captureIntent takes the held money, whole or in part. By default the rest is
// given back and a second capture is refused; several captures need
// multicapture. docs.stripe.com/api/payment_intents/capture,
// docs.stripe.com/payments/multicapture
func (s *Server) captureIntent(c *call) (object, *apiError) {
	pi, err := s.findIntent(c)
	if err != nil {
		return nil, err
	}
	ch, amount, err := s.checkCapture(c, pi)
	if err != nil {
		return nil, err
	}
	for k, v := range c.form.metadata() {
		if pi.metadata == nil {
			pi.metadata = map[string]string{}
		}
		pi.metadata[k] = v
	}
	s.takeCapture(c, pi, ch, amount, c.form.str("final_capture") == "false")
	return pi.render(), nil
}

func (s *Server) checkCapture(c *call, pi *intent) (*charge, int64, *apiError) {
	if pi.status == succeeded {
		return nil, 0, badState(pi.render(), "This PaymentIntent could not be captured because it has already been captured.")
	}
	if pi.status != needsCapture {
		return nil, 0, badState(pi.render(), "This PaymentIntent could not be captured because it has a status of %s. "+
			"Only a PaymentIntent with one of the following statuses may be captured: requires_capture.", pi.status)
	}
	ch, _ := s.store.charges.get(pi.charge) // an intent that holds money has a charge
	if c.form.str("final_capture") == "false" && !ch.multicapture {
		return nil, 0, refused("payment_intent_invalid_parameter", "final_capture", "`final_capture` can only be set to false when multicapture is available for the payment.")
	}
	amount := c.form.number("amount_to_capture", pi.capturable)
	if amount < 1 {
		return nil, 0, badParam("parameter_invalid_integer", "amount_to_capture", "This value must be greater than or equal to 1.")
	}
	if amount > pi.capturable {
		return nil, 0, refused("amount_too_large", "amount_to_capture", "Amount (%s) must be no more than the amount that can be captured (%s).",
			spell(amount, pi.currency), spell(pi.capturable, pi.currency))
	}
	if c.decline != "" {
		e := declined(c.decline)
		e.charge, e.intent = ch.id, pi.render()
		return nil, 0, e
	}
	return ch, amount, nil
}

// takeCapture moves the money. With more to come the hold stays open.
func (s *Server) takeCapture(c *call, pi *intent, ch *charge, amount int64, more bool) {
	pi.received += amount
	pi.capturable -= amount
	ch.captured = true
	ch.amountCaptured += amount
	s.bookPayment(ch, amount)
	if more && pi.capturable > 0 {
		s.emitCharge(c, "charge.captured", ch, pi)
		s.emitIntent(c, "payment_intent.amount_capturable_updated", pi)
		return
	}
	s.release(pi, ch)
	pi.status = succeeded
	s.unwatchHold(pi)
	s.emitCharge(c, "charge.captured", ch, pi)
	s.emitIntent(c, "payment_intent.succeeded", pi)
	s.disputeIfTold(c, pi, ch)
}

// release gives the rest of a hold back.
func (s *Server) release(pi *intent, ch *charge) {
	pi.released += pi.capturable
	ch.giveBack(pi.capturable)
	pi.capturable = 0
}
