package easypost

import (
	"fmt"
	"math/rand/v2"
)

// buyShipment: docs.easypost.com/docs/shipments/buy. A shipment that has postage
// is refused with SHIPMENT.POSTAGE.EXISTS, one whose purchase still runs with
// SHIPMENT.PURCHASE.IN_PROGRESS (docs.easypost.com/errors-guide); the status 422
// of both is unverified.
func (s *Server) buyShipment(c *call) (answer, *apiError) {
	shp, found := s.store.shipments.get(c.id)
	if !found {
		return answer{}, notFound()
	}
	chosen, err := shp.readRate(c.body)
	if err != nil {
		return answer{}, err
	}
	switch {
	case shp.label != nil:
		return answer{}, refused(codePostageExists, "Postage already exists for this shipment.")
	case shp.buying && !c.slow:
		return answer{}, refused(codeInProgress, "A purchase of this shipment is already in progress.")
	case c.decline != nil:
		return answer{}, c.decline
	}
	now := s.clock.Now()
	shp.selected = chosen
	shp.selected.updated, shp.updated = now, now
	shp.tracker = s.newTracker(trackingCode(chosen.carrier), chosen.carrier, shp)
	shp.label = s.newLabel(shp)
	s.emit("tracker.created", shp.tracker.render(), object{}, shp.metadata(), shp.tracker.id)
	s.announce(shp)
	return ok(shp.render())
}

// readRate finds the offer that is bought, of which only the id counts: the
// clients send the whole rate.
func (shp *shipment) readRate(in params) (*rate, *apiError) {
	if err := in.only("rate"); err != nil {
		return nil, err
	}
	of, err := in.object("rate")
	if err != nil {
		return nil, err
	}
	id, err := of.text("id")
	if err != nil {
		return nil, err
	}
	if id == "" {
		return nil, missingParam("rate")
	}
	for _, r := range shp.rates {
		if r.id == id {
			return r, nil
		}
	}
	return nil, refused(codeMissingRate, "The rate does not belong to this shipment.")
}

// trackingCode makes a code that looks like the carrier's.
func trackingCode(carrier string) string {
	digits := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('0' + rand.IntN(10))
		}
		return string(b)
	}
	switch carrier {
	case "UPS":
		return "1Z" + digits(16)
	case "DHLExpress":
		return digits(10)
	}
	return fmt.Sprint("7", digits(11))
}
