package easypost

import "errors"

// States of a refund. docs.easypost.com/docs/shipments/shipping-refund
const (
	submitted = "submitted"
	refunded  = "refunded"
	rejected  = "rejected"
)

// refundShipment: docs.easypost.com/docs/shipments/shipping-refund. A parcel that
// a carrier has scanned is refused with SHIPMENT.REFUND.UNAVAILABLE
// (docs.easypost.com/errors-guide), a rejected refund may be asked for again; one
// that is submitted or done already is refused too (unverified).
func (s *Server) refundShipment(c *call) (answer, *apiError) {
	shp, found := s.store.shipments.get(c.id)
	if !found {
		return answer{}, notFound()
	}
	if err := c.body.only(); err != nil {
		return answer{}, err
	}
	switch {
	case shp.label == nil:
		return answer{}, refused(codePostageNeeded, "Unable to request refund. No postage was bought for this shipment.")
	case shp.tracker.scanned():
		return answer{}, refused(codeRefund, "Unable to request refund. The parcel has been shipped.")
	case shp.refundStatus == submitted, shp.refundStatus == refunded:
		return answer{}, refused(codeRefund, "Unable to request refund. A refund has already been requested.")
	case c.decline != nil:
		return answer{}, c.decline
	}
	shp.refundStatus, shp.updated = submitted, s.clock.Now()
	shp.settle = s.clock.AfterFunc(s.clock.Scaled(s.cfg.RefundAfter), func() { s.decideRefund(shp) })
	return ok(shp.render())
}

// decideRefund is the carrier's decision: a label that was used after all is not
// refunded.
func (s *Server) decideRefund(shp *shipment) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if shp.refundStatus != submitted {
		return
	}
	outcome := refunded
	if shp.tracker.scanned() {
		outcome = rejected
	}
	s.settleRefund(shp, outcome)
}

// settleRefund ends a refund; only a successful one makes an event.
// docs.easypost.com/docs/events
func (s *Server) settleRefund(shp *shipment, outcome string) {
	now := s.clock.Now()
	shp.refundStatus, shp.updated = outcome, now
	if outcome != refunded {
		return
	}
	shp.tracker.halt()
	s.emit("refund.successful", object{
		"id": newID("rfnd_"), "object": "Refund", "created_at": stamp(now), "updated_at": stamp(now), "carrier": shp.selected.carrier,
		"confirmation_number": nil, "shipment_id": shp.id, "status": refunded, "tracking_code": shp.tracker.code,
	}, object{}, shp.metadata(), shp.tracker.id)
}

// SettleRefund lets the carrier decide now on the submitted refund of the
// shipment that ref names (as for Track), granted or not.
func (s *Server) SettleRefund(ref string, granted bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	shp, err := s.find(ref)
	if err != nil {
		return err
	}
	if shp.refundStatus != submitted {
		return errors.New("no refund of this shipment is waiting")
	}
	shp.settle()
	outcome := rejected
	if granted {
		outcome = refunded
	}
	s.settleRefund(shp, outcome)
	return nil
}
