package audit

import (
	"strings"

	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/shipping"
)

// parcelsOf: the parcels of an order hold what it bought and cost what it cost;
// each has one label at most, leaves after its share was captured, takes its
// units along, and is followed until the order knows of its end.
func (c *check) parcelsOf() {
	byOrder := map[string][]shipmentRow{}
	for _, p := range c.parcels {
		if _, ok := c.byID[p.OrderID]; !ok {
			c.find("parcel.has_its_order", p.ID, "order %s does not exist", p.OrderID)
			continue
		}
		byOrder[p.OrderID] = append(byOrder[p.OrderID], p)
		c.whereabouts(c.byID[p.OrderID], p)
		c.label(p)
		c.leaving(p)
	}
	for id, parcels := range byOrder {
		c.addUp(c.byID[id], parcels)
	}
}

// whereabouts: a parcel stands where one can, is not stuck in silence, and its
// order knows of its end.
func (c *check) whereabouts(o orderRow, p shipmentRow) {
	if !inTheHouse[p.State] && !left[p.State] && p.State != "cancelled" {
		c.find("parcel.known_state", p.ID, "stands at %q", p.State)
	}
	if p.hurries() && o.State.Attention == nil {
		c.find("parcel.not_stuck", p.ID, "stands at %s and nobody was asked", p.State)
	}
	if c.unheard(p) {
		c.find("parcel.is_heard", p.ID, "has come to its end, %s; its order knows of %q", p.State, o.State.Fulfilment.Shipments[p.ID].State)
	}
}

// addUp: lines and shares of the parcels that count are those of the order.
func (c *check) addUp(o orderRow, parcels []shipmentRow) {
	share, units := int64(0), map[string]int64{}
	for _, p := range parcels {
		if o.State.Fulfilment.Shipments[p.ID].Replaced {
			continue
		}
		if _, planned := o.State.Fulfilment.Shipments[p.ID]; !planned && o.State.Open {
			return // it is being planned
		}
		share += p.Share.Minor
		for _, l := range p.Lines {
			units[l.SKU] += l.Quantity
		}
	}
	for _, l := range o.Quote.Lines {
		units[l.SKU] -= l.Quantity
	}
	if share != o.Quote.Total.Minor {
		c.find("parcel.shares_add_up", o.ID, "its parcels cost %d, the order %d", share, o.Quote.Total.Minor)
	}
	for sku, rest := range units {
		if rest != 0 {
			c.find("parcel.holds_what_was_bought", o.ID, "its parcels hold %d of %s too many or too few", rest, sku)
		}
	}
}

// label: the carrier has at most one label in use for the parcel; for one that
// was cancelled it has none, unless it refused to take it back.
func (c *check) label(p shipmentRow) {
	bought := 0
	for _, l := range c.labels {
		if l.Standing == shipping.StandsBought && strings.HasPrefix(l.Reference, p.ID+"-open") {
			bought++
		}
	}
	kept := false
	for _, op := range p.Ops {
		kept = kept || op.Kind == "void" && op.State == "no"
	}
	switch {
	case bought > 1:
		c.find("parcel.one_label", p.ID, "the carrier has %d labels for it", bought)
	case p.State == "cancelled" && bought > 0 && !kept:
		c.find("parcel.label_given_back", p.ID, "is cancelled, and its label is still paid for")
	}
}

// leaving: the share was captured before the parcel left, or that it was not is
// on record; and its units left with it.
func (c *check) leaving(p shipmentRow) {
	shipped := map[string]int64{}
	for item, ops := range c.ledger {
		if op, ok := ops[p.ID+"-ship"]; ok && op.kind == "s" {
			shipped[item[strings.Index(item, "/")+1:]] += op.quantity
		}
	}
	for _, l := range p.Lines {
		if want := l.Quantity; left[p.State] && shipped[l.SKU] != want {
			c.find("parcel.takes_its_units", p.ID, "left with %d of %s, the ledger has %d", want, l.SKU, shipped[l.SKU])
		}
		if !left[p.State] && shipped[l.SKU] != 0 {
			c.find("parcel.takes_its_units", p.ID, "is %s, the ledger has %d of %s shipped", p.State, shipped[l.SKU], l.SKU)
		}
	}
	if !left[p.State] || p.LeftUnpaid && c.onRecord(p.OrderID) {
		return
	}
	if p.CapturedAt.Year() < 2 || p.CapturedAt.After(p.HandedOverAt) {
		c.find("parcel.paid_before_it_left", p.ID, "left at %s, its share was captured at %s", p.HandedOverAt, p.CapturedAt)
		return
	}
	if len(c.unlisted) == 0 && c.capturedFor(p.OrderID) < c.shareThatLeft(p.OrderID) {
		c.find("parcel.paid_before_it_left", p.ID, "left, and providers captured %d of %d for what left", c.capturedFor(p.OrderID), c.shareThatLeft(p.OrderID))
	}
}

// onRecord reports whether the order's story says that a parcel left unpaid.
func (c *check) onRecord(orderID string) bool {
	for _, t := range c.timelines {
		if !strings.HasPrefix(t.ID, orderID+"/") {
			continue
		}
		for _, e := range t.Entries {
			if e.Kind == "parcel_left_unpaid" {
				return true
			}
		}
	}
	return false
}

func (c *check) capturedFor(orderID string) int64 {
	sum := int64(0)
	for _, p := range c.pictures {
		if p.OrderID == orderID {
			sum += p.Captured
		}
	}
	return sum
}

func (c *check) shareThatLeft(orderID string) int64 {
	sum := int64(0)
	for _, p := range c.parcels {
		if p.OrderID == orderID && left[p.State] && !p.LeftUnpaid {
			sum += p.Share.Minor
		}
	}
	return sum
}

// due is what an attempt had to ask for: the order's total, or, after a hold was
// lost, what goes on of it.
func (c *check) due(o orderRow, a attemptRow) int64 {
	if a.Purpose != "replacement" {
		return o.Quote.Total.Minor
	}
	due := o.Quote.Total.Minor
	for _, p := range c.parcels {
		if p.OrderID == o.ID && p.State == "cancelled" && !o.State.Fulfilment.Shipments[p.ID].Replaced && p.CreatedAt.Before(a.CreatedAt) {
			due -= p.Share.Minor
		}
	}
	if a.Amount.Minor > due {
		// A parcel that was stopped after the shopper began to pay.
		return a.Amount.Minor
	}
	return due
}

// paidFor reports whether providers hold what the order's parcels are worth:
// everything while nothing is captured, then what the shopper gets.
func (c *check) paidFor(o orderRow, held []payment.Picture) bool {
	if o.State.Fulfilment.Hold != nil && o.State.Fulfilment.Hold.State == "lost" {
		return len(held) == 0
	}
	worth := o.Quote.Total.Minor
	for _, p := range c.parcels {
		if p.OrderID != o.ID || o.State.Fulfilment.Shipments[p.ID].Replaced {
			continue
		}
		// One that was lost, refunded and found again was given away.
		given := p.State == "delivered" && o.State.Fulfilment.Refunds[strings.TrimPrefix(p.ID, o.ID+"-")].Done
		if gone[p.State] || given {
			worth -= p.Share.Minor
		}
	}
	net, captured := int64(0), false
	for _, p := range held {
		net += p.Held + p.Captured - p.Refunded
		captured = captured || p.Captured > 0
	}
	if captured {
		return net == worth || c.unsettled(o)
	}
	return net >= worth && net <= o.Quote.Total.Minor
}

// unsettled reports whether the end of a parcel has not come to the order yet.
func (c *check) unsettled(o orderRow) bool {
	for _, p := range c.parcels {
		if p.OrderID == o.ID && p.State != o.State.Fulfilment.Shipments[p.ID].State {
			return true
		}
	}
	return false
}

// units of an order that are not where they were sold to.
type keptUnits struct{ back, lost map[string]int64 }

// keptUnits counts what came back to the shelf, and what left and did not: a
// cancelled order of which a parcel was lost has those units still.
func (c *check) keptUnits(o orderRow) keptUnits {
	k := keptUnits{map[string]int64{}, map[string]int64{}}
	for _, p := range c.parcels {
		if p.OrderID != o.ID || o.State.Fulfilment.Shipments[p.ID].Replaced {
			continue
		}
		for _, l := range p.Lines {
			switch {
			case p.State == "cancelled" || p.State == "returned_to_sender":
				k.back[l.SKU] += l.Quantity
			case left[p.State]:
				k.lost[l.SKU] += l.Quantity
			}
		}
	}
	return k
}
