package stripe

import "time"

// balance is a movement of the account's balance.
type balance struct {
	head
	amount    int64 // gross, signed
	fee       int64
	currency  string
	kind      string // charge, refund, adjustment, ...
	source    string
	about     string
	available time.Time
	clock     func() time.Time
}

// render: docs.stripe.com/api/balance_transactions/object. The simulator's
// account is settled in the currency of the payment, so there is no rate.
func (b *balance) render() object {
	details := []object{}
	if b.fee != 0 {
		details = append(details, object{"amount": b.fee, "application": nil, "currency": b.currency, "description": "Stripe processing fees", "type": "stripe_fee"})
	}
	status := "pending"
	if !b.clock().Before(b.available) {
		status = "available"
	}
	return object{
		"id": b.id, "object": "balance_transaction", "created": b.created, "amount": b.amount, "available_on": b.available.Unix(), "currency": b.currency,
		"description": textOrNil(b.about), "exchange_rate": nil, "fee": b.fee, "fee_details": details, "net": b.amount - b.fee,
		"reporting_category": b.category(), "source": b.source, "status": status, "type": b.kind,
	}
}

// category: docs.stripe.com/reports/reporting-categories
func (b *balance) category() string {
	if b.kind == "adjustment" {
		return "dispute"
	}
	return b.kind
}

// feeOf is 2.9 % and 30 minor units, Stripe's price for many accounts.
// stripe.com/pricing
func feeOf(amount int64) int64 { return (amount*29+500)/1000 + 30 }

// book writes a movement that becomes available after two days.
// docs.stripe.com/payouts#payout-speed
func (s *Server) book(kind, source, currency, about string, amount, fee int64) *balance {
	b := &balance{
		head: s.head("txn_3"), amount: amount, fee: fee, currency: currency, kind: kind, source: source, about: about,
		available: s.clock.Now().Add(s.clock.Scaled(48 * time.Hour)), clock: s.clock.Now,
	}
	s.store.balances.add(b)
	return b
}

// bookPayment books money that a charge has taken.
func (s *Server) bookPayment(ch *charge, amount int64) {
	ch.balance = s.book("charge", ch.id, ch.intent.currency, ch.intent.description, amount, feeOf(amount)).id
}

// retrieveBalance: docs.stripe.com/api/balance_transactions/retrieve
func (s *Server) retrieveBalance(c *call) (object, *apiError) {
	b, ok := s.store.balances.get(c.id)
	if !ok {
		return nil, missing("balance_transaction", "id", c.id)
	}
	return b.render(), nil
}

// listBalances: docs.stripe.com/api/balance_transactions/list. The simulator
// makes no payouts: a list of one is empty.
func (s *Server) listBalances(c *call) (object, *apiError) {
	f := c.form
	return listPage(c, s.store.balances, "/v1/balance_transactions", func(b *balance) bool {
		return f.str("payout") == "" && fits(f.str("currency"), b.currency) && fits(f.str("source"), b.source) && fits(f.str("type"), b.kind)
	})
}

// fits reports whether a filter lets a value through.
func fits(filter, value string) bool { return filter == "" || filter == value }
