package easypost

import "time"

// Book is what one shipment has come to, for whoever adds up by hand.
type Book struct {
	ID           string    `json:"id"`
	Reference    string    `json:"reference"`
	Created      time.Time `json:"created"`
	Labels       int       `json:"labels"` // postage bought: 0 or 1
	PaidCents    int64     `json:"paid_cents"`
	Currency     string    `json:"currency"` // the account's
	Carrier      string    `json:"carrier,omitempty"`
	Service      string    `json:"service,omitempty"`
	TrackerID    string    `json:"tracker_id,omitempty"`
	TrackingCode string    `json:"tracking_code,omitempty"`
	Status       string    `json:"status"` // the tracker's; unknown without one
	Scans        int       `json:"scans"`
	RefundStatus string    `json:"refund_status,omitempty"`
}

// Sum adds books up.
type Sum struct {
	Shipments int            `json:"shipments"`
	Labels    int            `json:"labels"`
	Refunds   int            `json:"refunds"` // submitted or granted
	NetCents  int64          `json:"net_cents"`
	Statuses  map[string]int `json:"statuses"` // of shipments with postage
}

// Books returns the book of every shipment, the oldest first.
func (s *Server) Books() []Book {
	s.mu.Lock()
	defer s.mu.Unlock()

	out := make([]Book, 0, len(s.store.shipments.rows))
	for _, shp := range s.store.shipments.rows {
		b := Book{ID: shp.id, Reference: shp.reference, Created: shp.born, Currency: "USD", Status: StatusUnknown, RefundStatus: shp.refundStatus}
		if shp.label != nil {
			b.Labels, b.PaidCents, b.Carrier, b.Service = 1, shp.selected.cents, shp.selected.carrier, shp.selected.service
			b.TrackerID, b.TrackingCode, b.Status, b.Scans = shp.tracker.id, shp.tracker.code, shp.tracker.status, len(shp.tracker.details)
		}
		out = append(out, b)
	}
	return out
}

// Total adds books up. What is submitted for a refund counts as not yet given
// back in NetCents.
func Total(books []Book) Sum {
	sum := Sum{Statuses: map[string]int{}}
	for _, b := range books {
		sum.Shipments++
		sum.Labels += b.Labels
		sum.NetCents += b.PaidCents
		if b.Labels > 0 {
			sum.Statuses[b.Status]++
		}
		switch b.RefundStatus {
		case refunded:
			sum.NetCents -= b.PaidCents
			sum.Refunds++
		case submitted:
			sum.Refunds++
		}
	}
	return sum
}

// LabelsOf returns how many labels bought under a reference are neither refunded
// nor submitted for it: more than one is a label too many.
func (s *Server) LabelsOf(reference string) int {
	n := 0
	for _, b := range s.Books() {
		if b.Reference == reference && b.RefundStatus != refunded && b.RefundStatus != submitted {
			n += b.Labels
		}
	}
	return n
}
