package stripe

import (
	"slices"
	"time"

	"github.com/bedesten/bedesten/simulators/sim"
)

// Book is what one PaymentIntent has come to, for whoever adds up by hand.
// Amounts are minor units. At every moment
//
//	amount = capturable + captured + released, for an intent that ever held money
//	captured - refunded - disputed = what the account has of it, before fees
type Book struct {
	ID           string            `json:"id"`
	Created      time.Time         `json:"created"`
	Status       string            `json:"status"`
	CancelReason string            `json:"cancellation_reason,omitempty"`
	Currency     string            `json:"currency"`
	Amount       int64             `json:"amount"`
	Capturable   int64             `json:"capturable"`
	Captured     int64             `json:"captured"`
	Released     int64             `json:"released"` // held, then given back uncaptured
	Refunded     int64             `json:"refunded"` // captured, then given back
	Disputed     int64             `json:"disputed"`
	Fee          int64             `json:"fee"`
	Charges      int               `json:"charges"` // tries to take the money, failed ones too
	Metadata     map[string]string `json:"metadata"`
}

// Sum adds up the books of one currency.
type Sum struct {
	Intents  int   `json:"intents"`
	Held     int64 `json:"held"`
	Captured int64 `json:"captured"`
	Released int64 `json:"released"`
	Refunded int64 `json:"refunded"`
	Disputed int64 `json:"disputed"`
	Fees     int64 `json:"fees"`
	Net      int64 `json:"net"`      // captured - refunded - disputed - fees
	Canceled int64 `json:"canceled"` // amounts of canceled intents
}

// Books returns the book of every PaymentIntent, the oldest first.
func (s *Server) Books() []Book {
	s.mu.Lock()
	defer s.mu.Unlock()

	extra := s.tally()
	out := make([]Book, 0, len(s.store.intents.rows))
	for _, pi := range s.store.intents.rows {
		s.lapseIfDue(pi)
		b := extra[pi.id]
		b.ID, b.Created, b.Status, b.CancelReason = pi.id, pi.born, pi.status, pi.cancelReason
		b.Currency, b.Amount, b.Capturable, b.Captured, b.Released = pi.currency, pi.amount, pi.capturable, pi.received, pi.released
		b.Metadata = orEmpty(pi.metadata)
		out = append(out, b)
	}
	return out
}

// tally sums what other objects say of each intent.
func (s *Server) tally() map[string]Book {
	out := map[string]Book{}
	add := func(id string, change func(*Book)) {
		b := out[id]
		change(&b)
		out[id] = b
	}
	for _, ch := range s.store.charges.rows {
		add(ch.intent.id, func(b *Book) { b.Charges++ })
	}
	for _, r := range s.store.refunds.rows {
		if r.status == "succeeded" || r.status == "pending" {
			add(r.charge.intent.id, func(b *Book) { b.Refunded += r.amount })
		}
	}
	for _, d := range s.store.disputes.rows {
		add(d.charge.intent.id, func(b *Book) { b.Disputed += d.charge.amountCaptured })
	}
	for _, t := range s.store.balances.rows {
		if ch, ok := s.store.charges.get(t.source); ok {
			add(ch.intent.id, func(b *Book) { b.Fee += t.fee })
		}
	}
	return out
}

// Totals adds the books up by currency.
func Totals(books []Book) map[string]Sum {
	out := map[string]Sum{}
	for _, b := range books {
		t := out[b.Currency]
		t.Intents++
		t.Held += b.Capturable
		t.Captured += b.Captured
		t.Released += b.Released
		t.Refunded += b.Refunded
		t.Disputed += b.Disputed
		t.Fees += b.Fee
		t.Net += b.Captured - b.Refunded - b.Disputed - b.Fee
		if b.Status == canceled {
			t.Canceled += b.Amount
		}
		out[b.Currency] = t
	}
	return out
}

// IntentsOf returns the ids of the intents whose metadata has key=value, the
// oldest first.
func (s *Server) IntentsOf(key, value string) []string {
	var ids []string
	for _, b := range s.Books() {
		if b.Metadata[key] == value {
			ids = append(ids, b.ID)
		}
	}
	return slices.Clip(ids)
}

// Deliveries returns the latest tries to deliver webhooks, oldest first.
func (s *Server) Deliveries() []sim.Delivery { return s.courier.Deliveries() }
