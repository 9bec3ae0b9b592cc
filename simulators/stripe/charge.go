package stripe

import (
	"time"
)

// charge is one try to take an intent's money.
type charge struct {
	head
	intent         *intent
	method         *method
	card           testCard
	amount         int64
	amountCaptured int64
	amountRefunded int64 // with what a capture or a cancel gave back of the hold
	captured       bool
	captureBefore  time.Time // zero when the money was taken at once
	proven         bool      // by 3-D Secure
	balance        string
	dispute        string
	failCode       string
	failMessage    string
	blocked        bool
	declineCode    string
	multicapture   bool
}

func (s *Server) newCharge(pi *intent, m *method) *charge {
	ch := &charge{
		head: s.head("ch_3"), intent: pi, method: m, card: m.card, amount: pi.amount,
		proven: pi.proven == m.id, multicapture: s.cfg.Multicapture,
	}
	s.store.charges.add(ch)
	return ch
}

func (ch *charge) fail(declineCode string, blocked bool) {
	e := declined(declineCode)
	ch.failCode, ch.failMessage, ch.declineCode, ch.blocked = e.code, e.message, declineCode, blocked
}

func (ch *charge) status() string {
	if ch.failCode != "" {
		return "failed"
	}
	return "succeeded"
}

// render: docs.stripe.com/api/charges/object
func (ch *charge) render() object {
	pi := ch.intent
	return object{
		"id": ch.id, "object": "charge", "created": ch.created, "livemode": false,
		"amount": ch.amount, "amount_captured": ch.amountCaptured, "amount_refunded": ch.amountRefunded,
		"balance_transaction": textOrNil(ch.balance), "billing_details": ch.method.billing, "captured": ch.captured,
		"calculated_statement_descriptor": "BEDESTEN", "currency": pi.currency, "customer": textOrNil(pi.customer),
		"description": textOrNil(pi.description), "disputed": ch.dispute != "", "failure_balance_transaction": nil,
		"failure_code": textOrNil(ch.failCode), "failure_message": textOrNil(ch.failMessage), "fraud_details": object{},
		"invoice": nil, "metadata": orEmpty(pi.metadata), "outcome": ch.outcome(), "paid": ch.failCode == "",
		"payment_intent": pi.id, "payment_method": ch.method.id, "payment_method_details": object{"type": "card", "card": ch.cardDetails()},
		"receipt_email": textOrNil(pi.email), "receipt_url": nil, "refunded": ch.amountRefunded == ch.amount, "review": nil,
		"shipping": nilOr(pi.shipping), "statement_descriptor": textOrNil(pi.descriptor[0]), "status": ch.status(), "transfer_group": textOrNil(pi.group),
	}
}

// outcome: docs.stripe.com/api/charges/object#charge_object-outcome
func (ch *charge) outcome() object {
	out := object{"network_status": "approved_by_network", "reason": nil, "risk_level": "normal", "risk_score": 12, "seller_message": "Payment complete.", "type": "authorized"}
	switch {
	case ch.blocked:
		out["network_status"], out["type"], out["risk_level"], out["reason"] = "not_sent_to_network", "blocked", "highest", "highest_risk_level"
		out["seller_message"] = "Stripe blocked this payment as too risky."
	case ch.failCode != "":
		out["network_status"], out["type"], out["reason"] = "declined_by_network", "issuer_declined", ch.declineCode
		out["seller_message"] = "The bank declined this payment."
	case ch.card.name == "riskLevelElevated":
		out["risk_level"], out["risk_score"] = "elevated", 68
	}
	return out
}

// cardDetails: docs.stripe.com/api/charges/object#charge_object-payment_method_details-card
func (ch *charge) cardDetails() object {
	m := ch.method
	out := object{
		"amount_authorized": ch.amount, "brand": ch.card.brand, "country": ch.card.country, "exp_month": m.expMonth, "exp_year": m.expYear,
		"checks":      object{"address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": ch.cvcCheck()},
		"fingerprint": m.fingerprint(), "funding": ch.card.funding, "installments": nil, "last4": ch.card.last4(), "mandate": nil,
		"extended_authorization": object{"status": "disabled"}, "incremental_authorization": object{"status": "unavailable"},
		"multicapture": object{"status": available(ch.multicapture)}, "overcapture": object{"maximum_amount_capturable": ch.amount, "status": "unavailable"},
		"network": ch.card.brand, "network_token": object{"used": false}, "three_d_secure": nil, "wallet": nil,
	}
	if !ch.captureBefore.IsZero() {
		out["capture_before"] = ch.captureBefore.Unix()
	}
	if ch.proven {
		out["three_d_secure"] = object{"authentication_flow": "challenge", "result": "authenticated", "result_reason": nil, "version": "2.2.0"}
	}
	return out
}

func (ch *charge) cvcCheck() any {
	switch {
	case ch.card.cvcFails || ch.failCode == "incorrect_cvc":
		return "fail"
	case ch.method.typed:
		return "pass"
	}
	return nil
}

func available(yes bool) string {
	if yes {
		return "available"
	}
	return "unavailable"
}

// open is what can still be refunded.
func (ch *charge) open() int64 { return ch.amount - ch.amountRefunded }

// giveBack returns a part of the hold that is not captured. The charge counts it
// as refunded, and there is no refund object for it (unverified).
// docs.stripe.com/api/payment_intents/capture: "automatically refunded"
func (ch *charge) giveBack(amount int64) { ch.amountRefunded += amount }

// retrieveCharge: docs.stripe.com/api/charges/retrieve
func (s *Server) retrieveCharge(c *call) (object, *apiError) {
	ch, ok := s.store.charges.get(c.id)
	if !ok {
		return nil, missing("charge", "id", c.id)
	}
	s.lapseIfDue(ch.intent)
	return ch.render(), nil
}

// listCharges: docs.stripe.com/api/charges/list
func (s *Server) listCharges(c *call) (object, *apiError) {
	intent, customer, group := c.form.str("payment_intent"), c.form.str("customer"), c.form.str("transfer_group")
	return listPage(c, s.store.charges, "/v1/charges", func(ch *charge) bool {
		return (intent == "" || ch.intent.id == intent) && (customer == "" || ch.intent.customer == customer) && (group == "" || ch.intent.group == group)
	})
}
