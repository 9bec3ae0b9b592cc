package stripe

import (
	"errors"
	"time"
)

// Terms of a dispute. docs.stripe.com/disputes/how-disputes-work
const (
	disputeAnswer = 7 * 24 * time.Hour
	disputeFee    = 1500
)

// dispute is money that the shopper's bank took back.
type dispute struct {
	head
	charge  *charge
	reason  string
	dueBy   time.Time
	balance *balance
}

// render: docs.stripe.com/api/disputes/object
func (d *dispute) render() object {
	ch := d.charge
	return object{
		"id": d.id, "object": "dispute", "created": d.created, "livemode": false, "amount": ch.amountCaptured,
		"balance_transactions": []object{d.balance.render()}, "charge": ch.id, "currency": ch.intent.currency, "evidence": object{},
		"evidence_details":     object{"due_by": d.dueBy.Unix(), "has_evidence": false, "past_due": false, "submission_count": 0},
		"is_charge_refundable": false, "metadata": object{}, "payment_intent": ch.intent.id, "reason": d.reason, "status": "needs_response",
	}
}

// disputeIfTold opens the dispute of a test card once the money was taken.
// docs.stripe.com/testing#disputes
func (s *Server) disputeIfTold(c *call, pi *intent, ch *charge) {
	if ch.card.dispute != "" {
		s.dispute(c, pi, ch, ch.card.dispute)
	}
}

// ErrNotDisputable is the error of a payment whose money was not taken, or is
// disputed already.
var ErrNotDisputable = errors.New("no money was taken by this payment intent that is not disputed yet")

// OpenDispute is a shopper at their bank: whatever the card, and however long ago
// the money of the intent was taken, it is disputed now for one of Stripe's
// reasons, such as product_not_received. docs.stripe.com/disputes/categories
func (s *Server) OpenDispute(intentID, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	pi, ok := s.store.intents.get(intentID)
	if !ok {
		return ErrNotDisputable
	}
	ch, ok := s.store.charges.get(pi.charge)
	if !ok || ch.amountCaptured == 0 || ch.dispute != "" {
		return ErrNotDisputable
	}
	s.dispute(nil, pi, ch, reason)
	return nil
}

func (s *Server) dispute(c *call, pi *intent, ch *charge, reason string) {
	d := &dispute{head: s.head("dp_1"), charge: ch, reason: reason, dueBy: s.clock.Now().Add(s.clock.Scaled(disputeAnswer))}
	d.balance = s.book("adjustment", d.id, pi.currency, "Chargeback withdrawal for "+ch.id, -ch.amountCaptured, disputeFee)
	s.store.disputes.add(d)
	ch.dispute = d.id
	s.emit(c, "charge.dispute.created", d.render(), pi.metadata, pi.id)
	s.emit(c, "charge.dispute.funds_withdrawn", d.render(), pi.metadata, pi.id)
}

// retrieveDispute: docs.stripe.com/api/disputes/retrieve
func (s *Server) retrieveDispute(c *call) (object, *apiError) {
	d, ok := s.store.disputes.get(c.id)
	if !ok {
		return nil, missing("dispute", "dispute", c.id)
	}
	return d.render(), nil
}

// listDisputes: docs.stripe.com/api/disputes/list
func (s *Server) listDisputes(c *call) (object, *apiError) {
	f := c.form
	return listPage(c, s.store.disputes, "/v1/disputes", func(d *dispute) bool {
		return fits(f.str("payment_intent"), d.charge.intent.id) && fits(f.str("charge"), d.charge.id)
	})
}
