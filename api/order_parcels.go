package api

import (
	"time"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
)

// fulfilment is how far the parcels of an order have come, all together. It is
// folded from them each time and stored nowhere.
type fulfilment string

const (
	nothingToSend      fulfilment = "none"
	unfulfilled        fulfilment = "unfulfilled"
	partiallyShipped   fulfilment = "partially_shipped"
	allShipped         fulfilment = "shipped"
	partiallyDelivered fulfilment = "partially_delivered"
	allDelivered       fulfilment = "delivered"
	allReturned        fulfilment = "returned"
	neverArrived       fulfilment = "undelivered"
	parcelsCancelled   fulfilment = "cancelled"
)

var fulfilments = []fulfilment{
	nothingToSend, unfulfilled, partiallyShipped, allShipped, partiallyDelivered, allDelivered, allReturned, neverArrived, parcelsCancelled,
}

// fulfilmentOf folds the parcels that an order goes out in, as parcelsOf returns
// them: the order itself hears of each a moment later. What is cancelled does not
// count beside what goes on.
func fulfilmentOf(s order.Projection, rows []shipping.Shipment) fulfilment {
	if s.PlacedAt.IsZero() {
		return nothingToSend
	}
	all, left, ended, delivered, returned := 0, 0, 0, 0, 0
	for _, p := range rows {
		if shownState(p.State) == string(shipping.Cancelled) {
			continue
		}
		all++
		left += one(p.State.Left())
		ended += one(p.State.Ended() || p.State == shipping.ReturningToSender)
		delivered += one(p.State == shipping.Delivered)
		returned += one(p.State == shipping.ReturnedToSender)
	}
	switch {
	case all == 0 && (s.Status == order.Cancelling || s.Status == order.Cancelled || len(rows) > 0):
		return parcelsCancelled
	case all == 0 || left == 0:
		return unfulfilled
	case delivered == all:
		return allDelivered
	case delivered > 0:
		return partiallyDelivered
	case returned == all:
		return allReturned
	case ended == all:
		return neverArrived
	case left == all:
		return allShipped
	}
	return partiallyShipped
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// paymentRank orders what attempts have come to: the status of an order's payment
// is the highest that one of its attempts has.
var paymentRank = []string{
	"none", "voided", "authorized", "refunded", "part_refunded", "part_captured", "captured", "charged_back", "disputed",
}

// paymentStands says what an attempt in a state makes of the payment.
var paymentStands = map[payment.State]string{
	payment.Voided: "voided", payment.Expired: "voided",
	payment.Authorized: "authorized", payment.Voiding: "authorized", payment.VoidUnknown: "authorized", payment.Expiring: "authorized",
	payment.Capturing: "authorized", payment.CaptureFailed: "authorized", payment.CaptureUnknown: "authorized",
	payment.Captured: "captured", payment.Refunding: "captured", payment.RefundFailed: "captured", payment.RefundUnknown: "captured",
	payment.PartiallyCaptured: "part_captured", payment.PartiallyRefunded: "part_refunded", payment.Refunded: "refunded",
	payment.Disputed: "disputed", payment.ChargedBack: "charged_back",
}

// derived folds the attempts into what lists call the payment's status.
func derived(s order.Projection) string {
	highest := 0
	for _, a := range s.Attempts {
		for rank, word := range paymentRank {
			if word == paymentStands[payment.State(a.State)] {
				highest = max(highest, rank)
			}
		}
	}
	return paymentRank[highest]
}

// holdLost reports whether the order waits for the shopper to pay again.
func holdLost(s order.Projection) bool {
	return s.Status == order.Processing && s.Hold != nil && s.Hold.State == order.HoldLost
}

// OrderParcelView is a parcel as its shopper sees it.
type OrderParcelView struct {
	ID           string           `json:"id"`
	Number       int              `json:"number" example:"1"`
	State        string           `json:"state" doc:"preparing until it has left the house."`
	Carrier      string           `json:"carrier,omitempty" doc:"Who brings it, once it has left; missing when the shop does."`
	TrackingCode string           `json:"tracking_code,omitempty"`
	TrackingURL  string           `json:"tracking_url,omitempty" format:"uri"`
	Lines        []parcelLineView `json:"lines" nullable:"false"`
	ShippedAt    *time.Time       `json:"shipped_at,omitempty"`
	DeliveredAt  *time.Time       `json:"delivered_at,omitempty"`
}

type parcelLineView struct {
	SKU      string `json:"sku"`
	Title    string `json:"title"`
	Quantity int64  `json:"quantity"`
}

// preparing is every state in which a parcel is in the house: what it waits for
// there is the shop's business.
const preparing = "preparing"

// parcelStates are the states that a shopper is shown.
func parcelStates() []any {
	states := []any{preparing}
	for _, s := range statesOf(shipping.Machine) {
		if word := shipping.State(s.(string)); word.Left() || word == shipping.Cancelled {
			states = append(states, s)
		}
	}
	return states
}

func shownState(s shipping.State) string {
	switch {
	case s.Left():
		return string(s)
	case s == shipping.Cancelled || s == shipping.Cancelling:
		return string(shipping.Cancelled)
	}
	return preparing
}

func viewParcels(o order.Order, rows []shipping.Shipment) []OrderParcelView {
	titles := map[string]string{}
	for _, l := range o.Quote.Lines {
		titles[l.SKU] = l.Title
	}
	views := make([]OrderParcelView, 0, len(rows))
	for _, s := range rows {
		v := OrderParcelView{ID: s.ID, Number: s.Number, State: shownState(s.State), Lines: []parcelLineView{}, ShippedAt: optional(s.HandedOverAt)}
		if s.State.Left() && s.CarrierName != "" {
			v.Carrier, v.TrackingCode, v.TrackingURL = s.CarrierName, s.TrackingCode, s.TrackingURL
		}
		if s.State == shipping.Delivered {
			v.DeliveredAt = optional(s.EndedAt)
		}
		for _, l := range s.Lines {
			title := titles[l.SKU]
			if title == "" {
				title = l.SKU
			}
			v.Lines = append(v.Lines, parcelLineView{SKU: l.SKU, Title: title, Quantity: l.Quantity})
		}
		views = append(views, v)
	}
	return views
}
