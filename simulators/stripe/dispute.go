package stripe

import "time"

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
	if ch.card.dispute == "" {
		return
	}
	d := &dispute{head: s.head("dp_1"), charge: ch, reason: ch.card.dispute, dueBy: s.clock.Now().Add(s.clock.Scaled(disputeAnswer))}
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
