package stripe

import "time"

// When the refunds of the asynchronous test cards end. docs.stripe.com/testing#refunds
const refundSettles = 10 * time.Minute

// refund is money given back after a capture.
type refund struct {
	head
	charge   *charge
	amount   int64
	status   string
	reason   string
	metadata map[string]string
	balance  string
	failure  string // failure_reason
	failTxn  string // failure_balance_transaction
}

// render: docs.stripe.com/api/refunds/object
func (r *refund) render() object {
	out := object{
		"id": r.id, "object": "refund", "created": r.created, "amount": r.amount, "balance_transaction": textOrNil(r.balance), "charge": r.charge.id,
		"currency": r.charge.intent.currency, "metadata": orEmpty(r.metadata), "payment_intent": r.charge.intent.id, "reason": textOrNil(r.reason),
		"receipt_number": nil, "source_transfer_reversal": nil, "status": r.status, "transfer_reversal": nil,
	}
	if r.failure != "" {
		out["failure_reason"], out["failure_balance_transaction"] = r.failure, r.failTxn
	}
	return out
}

// createRefund: docs.stripe.com/api/refunds/create
func (s *Server) createRefund(c *call) (object, *apiError) {
	ch, err := s.chargeToRefund(c)
	if err != nil {
		return nil, err
	}
	amount := c.form.number("amount", ch.open())
	if err := checkRefund(ch, amount); err != nil {
		return nil, err
	}
	if c.decline != "" {
		return nil, declined(c.decline)
	}
	r := &refund{head: s.head("re_3"), charge: ch, amount: amount, status: "succeeded", reason: c.form.str("reason"), metadata: c.form.metadata()}
	if ch.card.refund == "pending" {
		r.status = "pending"
	}
	s.store.refunds.add(r)
	ch.amountRefunded += amount
	r.balance = s.book("refund", r.id, ch.intent.currency, "REFUND FOR CHARGE", -amount, 0).id
	s.emitCharge(c, "charge.refunded", ch, ch.intent)
	s.emitRefund(c, "refund.created", r)
	s.settleLater(r)
	return r.render(), nil
}

// chargeToRefund finds the charge by either parameter.
func (s *Server) chargeToRefund(c *call) (*charge, *apiError) {
	intentID, chargeID := c.form.str("payment_intent"), c.form.str("charge")
	if intentID == "" && chargeID == "" {
		return nil, badParam("parameter_missing", "payment_intent", "One of the following params should be provided for this request: payment_intent or charge.")
	}
	if intentID != "" {
		pi, ok := s.store.intents.get(intentID)
		if !ok {
			return nil, missingRef("payment_intent", "payment_intent", intentID)
		}
		s.lapseIfDue(pi)
		if pi.charge == "" {
			return nil, badState(pi.render(), "This PaymentIntent (%s) does not have a successful charge to refund.", pi.id)
		}
		if chargeID == "" {
			chargeID = pi.charge
		}
	}
	ch, ok := s.store.charges.get(chargeID)
	if !ok || intentID != "" && ch.intent.id != intentID {
		return nil, missingRef("charge", "charge", chargeID)
	}
	return ch, nil
}

// checkRefund: docs.stripe.com/refunds, docs.stripe.com/error-codes#charge-already-refunded.
// Stripe gives no code with an amount above what is left.
func checkRefund(ch *charge, amount int64) *apiError {
	pi := ch.intent
	switch {
	case ch.failCode != "":
		return badState(pi.render(), "This PaymentIntent (%s) does not have a successful charge to refund.", pi.id)
	case !ch.captured && pi.status == needsCapture:
		return refused("", "", "The charge %s has not been captured, so it can't be refunded. Cancel its PaymentIntent instead.", ch.id)
	case ch.dispute != "":
		return refused("charge_disputed", "", "Charge %s has been charged back; cannot issue a refund.", ch.id)
	case ch.open() == 0:
		return refused("charge_already_refunded", "", "Charge %s has already been refunded.", ch.id)
	case amount < 1:
		return badParam("parameter_invalid_integer", "amount", "This value must be greater than or equal to 1.")
	case amount > ch.open():
		return refused("", "amount", "Refund amount (%s) is greater than unrefunded amount on charge (%s)", spell(amount, pi.currency), spell(ch.open(), pi.currency))
	}
	return nil
}

// settleLater ends the refunds of the asynchronous test cards.
// docs.stripe.com/testing#refunds
func (s *Server) settleLater(r *refund) {
	if r.charge.card.refund == "" {
		return
	}
	s.clock.AfterFunc(s.clock.Scaled(refundSettles), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.charge.card.refund == "failed" {
			s.failRefund(r)
			return
		}
		r.status = "succeeded"
		s.emitRefund(nil, "refund.updated", r)
		s.emitRefund(nil, "charge.refund.updated", r)
	})
}

// failRefund brings the money back to the account: the shopper got nothing.
// docs.stripe.com/refunds#failed-refunds
func (s *Server) failRefund(r *refund) {
	r.status, r.failure = "failed", "expired_or_canceled_card"
	r.charge.amountRefunded -= r.amount
	r.failTxn = s.book("refund_failure", r.id, r.charge.intent.currency, "REFUND FAILURE", r.amount, 0).id
	s.emitRefund(nil, "refund.failed", r)
	s.emitRefund(nil, "charge.refund.updated", r)
}

// retrieveRefund: docs.stripe.com/api/refunds/retrieve
func (s *Server) retrieveRefund(c *call) (object, *apiError) {
	r, ok := s.store.refunds.get(c.id)
	if !ok {
		return nil, missing("refund", "id", c.id)
	}
	return r.render(), nil
}

// listRefunds: docs.stripe.com/api/refunds/list
func (s *Server) listRefunds(c *call) (object, *apiError) {
	f := c.form
	return listPage(c, s.store.refunds, "/v1/refunds", func(r *refund) bool {
		return fits(f.str("payment_intent"), r.charge.intent.id) && fits(f.str("charge"), r.charge.id)
	})
}
