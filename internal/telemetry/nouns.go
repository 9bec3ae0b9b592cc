package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/stock"
)

// Ways by which an event comes in.
const (
	// ByWebhook: the provider told us.
	ByWebhook = "webhook"
	// ByList: the sweeper found it in the provider's list of events.
	ByList = "list"
)

// Legs of an event's way.
const (
	legReceived  = "received"
	legDelivered = "delivered"
)

// Ledger counts leases that are granted. A step that is tried again after its
// answer was lost counts once more.
func (t *Telemetry) Ledger(l stock.Ledger) stock.Ledger {
	if t.metrics == nil {
		return l
	}
	return ledger{Ledger: l, granted: t.metrics.leasesGranted}
}

type ledger struct {
	stock.Ledger
	granted prometheus.Counter
}

// Reserve takes every line or none.
func (l ledger) Reserve(ctx context.Context, op stock.Op, lines []stock.Line) (stock.Verdict, []string, error) {
	v, short, err := l.Ledger.Reserve(ctx, op, lines)
	if err == nil && v == stock.Held {
		l.granted.Inc()
	}
	return v, short, err
}

// Orders counts leases that are over.
func (t *Telemetry) Orders(s order.Store) order.Store {
	if t.metrics == nil {
		return s
	}
	return orders{Store: s, expired: t.metrics.leasesExpired}
}

type orders struct {
	order.Store
	expired prometheus.Counter
}

// Save writes the projection.
func (o orders) Save(ctx context.Context, s order.Save) (order.Projection, error) {
	p, err := o.Store.Save(ctx, s)
	if err == nil && p.Rev == s.State.Rev && s.State.Reason == order.WhyLeaseOver && tells(s.Entries, order.EntryExpired) {
		o.expired.Inc()
	}
	return p, err
}

func tells(entries []order.Entry, kind order.EntryKind) bool {
	for _, e := range entries {
		if e.Kind == kind {
			return true
		}
	}
	return false
}

// lags observes how late events of webhooks are.
type lags struct {
	lag *prometheus.HistogramVec
	by  string
}

func (l lags) observe(provider, leg string, from, to time.Time) {
	if !from.IsZero() {
		// A provider's clock may be ahead of ours.
		l.lag.WithLabelValues(provider, leg, l.by).Observe(max(0, to.Sub(from).Seconds()))
	}
}

// PaymentInbox observes how late events are that come in by the given way.
func (t *Telemetry) PaymentInbox(in payment.Inbox, by string) payment.Inbox {
	if t.metrics == nil {
		return in
	}
	return paymentInbox{Inbox: in, lags: lags{t.metrics.webhookLag, by}}
}

type paymentInbox struct {
	payment.Inbox
	lags lags
}

// Put stores an event as undelivered.
func (i paymentInbox) Put(ctx context.Context, provider string, e payment.Event, receivedAt time.Time) (bool, error) {
	fresh, err := i.Inbox.Put(ctx, provider, e, receivedAt)
	if err == nil && fresh {
		i.lags.observe(provider, legReceived, e.At, receivedAt)
	}
	return fresh, err
}

// File stores an event that brings nothing new.
func (i paymentInbox) File(ctx context.Context, provider string, e payment.Event, receivedAt time.Time) error {
	err := i.Inbox.File(ctx, provider, e, receivedAt)
	if err == nil {
		i.lags.observe(provider, legReceived, e.At, receivedAt)
	}
	return err
}

// Delivered moves an event to the archive.
func (i paymentInbox) Delivered(ctx context.Context, l payment.Letter) error {
	err := i.Inbox.Delivered(ctx, l)
	if err == nil {
		i.lags.observe(l.Provider, legDelivered, l.ReceivedAt, time.Now())
	}
	return err
}

// ShippingInbox observes how late events are that come in by the given way.
func (t *Telemetry) ShippingInbox(in shipping.Inbox, by string) shipping.Inbox {
	if t.metrics == nil {
		return in
	}
	return shippingInbox{Inbox: in, lags: lags{t.metrics.webhookLag, by}}
}

type shippingInbox struct {
	shipping.Inbox
	lags lags
}

// Put stores an event as undelivered.
func (i shippingInbox) Put(ctx context.Context, carrier string, e shipping.Event, receivedAt time.Time) (bool, error) {
	fresh, err := i.Inbox.Put(ctx, carrier, e, receivedAt)
	if err == nil && fresh {
		i.lags.observe(carrier, legReceived, e.At, receivedAt)
	}
	return fresh, err
}

// Delivered moves an event to the archive.
func (i shippingInbox) Delivered(ctx context.Context, l shipping.Letter, result string) error {
	err := i.Inbox.Delivered(ctx, l, result)
	if err == nil {
		i.lags.observe(l.Carrier, legDelivered, l.ReceivedAt, time.Now())
	}
	return err
}

// Mails counts the states that mails come into, and observes how late their
// provider's events are.
func (t *Telemetry) Mails(s notify.Store) notify.Store {
	if t.metrics == nil {
		return s
	}
	return mails{Store: s, states: t.metrics.mails, lags: lags{t.metrics.webhookLag, ByWebhook}}
}

type mails struct {
	notify.Store
	states *prometheus.CounterVec
	lags   lags
}

// Apply changes the mail's row.
func (m mails) Apply(ctx context.Context, c notify.Change) (notify.Mail, bool, error) {
	row, applied, err := m.Store.Apply(ctx, c)
	if err == nil && applied {
		m.states.WithLabelValues(string(c.State)).Inc()
	}
	return row, applied, err
}

// Tell records a provider's event.
func (m mails) Tell(ctx context.Context, e notify.Event) (notify.Mail, bool, error) {
	row, fresh, err := m.Store.Tell(ctx, e)
	if err == nil && fresh {
		m.states.WithLabelValues(string(row.State)).Inc()
		m.lags.observe(row.Provider, legReceived, e.At, time.Now())
	}
	return row, fresh, err
}

// Shipments counts the states that parcels come into.
func (t *Telemetry) Shipments(s shipping.Store) shipping.Store {
	if t.metrics == nil {
		return s
	}
	return shipments{Store: s, states: t.metrics.parcels}
}

type shipments struct {
	shipping.Store
	states *prometheus.CounterVec
}

// Apply changes the parcel's row.
func (s shipments) Apply(ctx context.Context, c shipping.Change) (shipping.Shipment, bool, error) {
	row, applied, err := s.Store.Apply(ctx, c)
	if err == nil && applied && c.State != "" {
		s.states.WithLabelValues(string(c.State)).Inc()
	}
	return row, applied, err
}
