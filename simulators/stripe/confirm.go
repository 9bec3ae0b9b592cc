package stripe

import "net/http"

// confirmIntent: docs.stripe.com/api/payment_intents/confirm. With
// confirmation_method=manual only a secret key may confirm.
// docs.stripe.com/payments/accept-a-payment-synchronously
func (s *Server) confirmIntent(c *call) (object, *apiError) {
	pi, err := s.findIntent(c)
	if err != nil {
		return nil, err
	}
	if c.public {
		if err := publicConfirm(c, pi); err != nil {
			return nil, err
		}
	}
	if err := s.confirm(c, pi); err != nil {
		return nil, err
	}
	return pi.render(), nil
}

func publicConfirm(c *call, pi *intent) *apiError {
	if !same(c.form.str("client_secret"), pi.secret) {
		return wrongClientSecret(c)
	}
	if pi.confirmation == "manual" {
		return refused("payment_intent_invalid_parameter", "", "This PaymentIntent %s cannot be confirmed using your publishable key because its `confirmation_method` "+
			"is set to `manual`. Please use your secret key instead, or create a PaymentIntent with `confirmation_method` set to `automatic`.", pi.id)
	}
	return nil
}

// confirm takes an intent as far as its card lets it: to a challenge, to a hold
// or a payment, or back to requires_payment_method with a 402.
// docs.stripe.com/payments/paymentintents/lifecycle
func (s *Server) confirm(c *call, pi *intent) *apiError {
	if err := confirmable(pi); err != nil {
		return err
	}
	m, err := s.methodToConfirm(c, pi)
	if err != nil {
		return err
	}
	if err := checkReturnURL(c, pi); err != nil {
		return err
	}
	pi.takeConfirmParams(c.form)
	if pi.method != m.id {
		pi.method, pi.proven = m.id, ""
	}
	pi.lastError = nil
	if needsChallenge(c, pi, m) {
		return s.askForChallenge(c, pi, m)
	}
	s.closeChallenge(pi)
	return s.charge(c, pi, m, declineOf(c, pi, m))
}

// confirmable: docs.stripe.com/error-codes#payment-intent-unexpected-state
func confirmable(pi *intent) *apiError {
	switch pi.status {
	case needsMethod, needsConfirmation, needsAction:
		return nil
	case succeeded:
		return badState(pi.render(), "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.")
	}
	return badState(pi.render(), "You cannot confirm this PaymentIntent because it has a status of %s. Only a PaymentIntent with one of the following statuses "+
		"may be confirmed: requires_payment_method, requires_confirmation, requires_action.", pi.status)
}

func (s *Server) methodToConfirm(c *call, pi *intent) (*method, *apiError) {
	id := c.form.str("payment_method")
	if id == "" {
		id = pi.method
	}
	if id == "" {
		return nil, missingMethod(pi)
	}
	return s.findMethod(id)
}

// missingMethod: an intent that failed has lost its payment method.
func missingMethod(pi *intent) *apiError {
	var shown object
	if pi != nil {
		shown = pi.render()
	}
	return badState(shown, "You cannot confirm this PaymentIntent because it's missing a payment method. "+
		"You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method.")
}

// checkReturnURL: payment methods chosen in the Dashboard may redirect.
// docs.stripe.com/api/payment_intents/create#create_payment_intent-automatic_payment_methods-allow_redirects
func checkReturnURL(c *call, pi *intent) *apiError {
	if pi.auto == nil || pi.auto["allow_redirects"] == "never" || c.form.str("return_url") != "" || pi.returnURL != "" {
		return nil
	}
	return refused("", "return_url", "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect "+
		"your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set "+
		"`automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.")
}

func (pi *intent) takeConfirmParams(f form) {
	if v := f.str("return_url"); v != "" {
		pi.returnURL = v
	}
	if v := f.str("receipt_email"); v != "" {
		pi.email = v
	}
	if v := f.tree("shipping"); v != nil {
		pi.shipping = v
	}
	pi.sdkOnly, pi.offSession = f.flag("use_stripe_sdk"), f.flag("off_session")
	pi.setOptions(f)
}

// needsChallenge: docs.stripe.com/testing#regulatory-cards, and
// docs.stripe.com/payments/3d-secure/authentication-flow for request_three_d_secure.
func needsChallenge(c *call, pi *intent, m *method) bool {
	if pi.proven == m.id || pi.offSession || c.decline != "" {
		return false
	}
	asked := pi.options["request_three_d_secure"]
	return m.card.challenge != noChallenge || asked == "any" || asked == "challenge"
}

// declineOf returns the code with which the bank refuses this charge, or "".
func declineOf(c *call, pi *intent, m *method) string {
	if c.decline != "" {
		return c.decline
	}
	if pi.offSession && m.card.challenge == challengeOffSession {
		return "authentication_required"
	}
	return m.card.decline
}

// askForChallenge puts the intent on requires_action, or refuses when the caller
// wants no action. docs.stripe.com/api/payment_intents/confirm#confirm_payment_intent-error_on_requires_action
func (s *Server) askForChallenge(c *call, pi *intent, m *method) *apiError {
	if c.form.flag("error_on_requires_action") {
		e := declined("authentication_required")
		e.declineCode = "authentication_not_handled"
		return s.fail(c, pi, m, e)
	}
	s.openChallenge(c, pi, m)
	pi.status = needsAction
	s.emit(c, "payment_intent.requires_action", pi.render(), pi.metadata, pi.id)
	return nil
}

// charge asks the bank for the money. docs.stripe.com/payments/paymentintents/lifecycle
func (s *Server) charge(c *call, pi *intent, m *method, declineCode string) *apiError {
	ch := s.newCharge(pi, m)
	if declineCode != "" {
		ch.fail(declineCode, m.card.blocked)
		pi.charge = ch.id
		s.emitCharge(c, "charge.failed", ch, pi)
		e := declined(declineCode)
		e.charge = ch.id
		return s.fail(c, pi, m, e)
	}
	pi.charge = ch.id
	if pi.capture == "manual" {
		s.hold(c, pi, ch)
	} else {
		s.pay(c, pi, ch)
	}
	return nil
}

// hold sets the money aside. docs.stripe.com/payments/place-a-hold-on-a-payment-method
func (s *Server) hold(c *call, pi *intent, ch *charge) {
	pi.status, pi.capturable = needsCapture, pi.amount
	ch.captureBefore = s.clock.Now().Add(s.clock.Scaled(holdTime(ch.card.brand, pi.offSession)))
	s.watchHold(pi, ch)
	s.emitCharge(c, "charge.succeeded", ch, pi)
	s.emitIntent(c, "payment_intent.amount_capturable_updated", pi)
}

// pay takes the money at once.
func (s *Server) pay(c *call, pi *intent, ch *charge) {
	pi.status, pi.received = succeeded, pi.amount
	ch.captured, ch.amountCaptured = true, ch.amount
	s.bookPayment(ch, ch.amount)
	s.emitCharge(c, "charge.succeeded", ch, pi)
	s.emitIntent(c, "payment_intent.succeeded", pi)
	s.disputeIfTold(c, pi, ch)
}

// fail puts the intent back for another payment method and returns the 402 with
// the intent inside. docs.stripe.com/payments/paymentintents/lifecycle
func (s *Server) fail(c *call, pi *intent, m *method, e *apiError) *apiError {
	pi.status, pi.method, pi.proven = needsMethod, "", ""
	s.closeChallenge(pi)
	e.method = m.render()
	pi.lastError = lastPaymentError(e)
	e.intent = pi.render()
	s.emitIntent(c, "payment_intent.payment_failed", pi)
	return e
}

// lastPaymentError is the error as the intent remembers it.
// docs.stripe.com/api/payment_intents/object#payment_intent_object-last_payment_error
func lastPaymentError(e *apiError) object {
	out := e.render("")["error"].(object)
	delete(out, "request_log_url")
	delete(out, "payment_intent")
	if e.status == http.StatusPaymentRequired {
		out["type"] = typeCard
	}
	return out
}
