package easypost

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"
)

// Statuses of a tracker. docs.easypost.com/docs/trackers
const (
	StatusUnknown          = "unknown"
	StatusPreTransit       = "pre_transit"
	StatusInTransit        = "in_transit"
	StatusOutForDelivery   = "out_for_delivery"
	StatusDelivered        = "delivered"
	StatusAvailable        = "available_for_pickup"
	StatusReturnToSender   = "return_to_sender"
	StatusFailure          = "failure"
	StatusCancelled        = "cancelled"
	StatusError            = "error"
	statusDetailNothingYet = "unknown"
)

// words are the status_detail and the carrier's message of each status.
// docs.easypost.com/docs/trackers lists the details.
var words = map[string]struct{ detail, message string }{
	StatusUnknown:        {"unknown", "No information yet"},
	StatusPreTransit:     {"label_created", "Shipment information received"},
	StatusInTransit:      {"arrived_at_facility", "Picked up and at the carrier's facility"},
	StatusOutForDelivery: {"out_for_delivery", "Out for delivery"},
	StatusDelivered:      {"arrived_at_destination", "Delivered"},
	StatusAvailable:      {"arrived_at_pickup_location", "Ready for pickup"},
	StatusReturnToSender: {"return", "Returned to the sender"},
	StatusFailure:        {"failure", "The parcel can't be delivered"},
	StatusCancelled:      {"cancelled", "Cancelled by the sender"},
	StatusError:          {"unknown", "The carrier gives no information"},
}

// finalStatuses end a tracker's life. docs.easypost.com/docs/trackers
var finalStatuses = []string{StatusDelivered, StatusReturnToSender, StatusFailure, StatusCancelled, StatusError}

// tracker follows one tracking code. docs.easypost.com/docs/trackers
type tracker struct {
	head
	code, carrier string
	shipment      *shipment // nil for a code that was not bought here
	status        string
	statusDetail  string
	details       []detail      // by the carrier's time
	stops         []func() bool // of the steps that wait for the clock
	collected     bool          // the carrier has the parcel: its journey is planned
	signedBy      string
}

// detail is one scan of a parcel.
type detail struct {
	status, statusDetail, message string
	at                            time.Time // the carrier's word, not ours
	city, country                 string
}

func (t *tracker) metadata() map[string]string {
	m := map[string]string{"tracking_code": t.code}
	if t.shipment != nil {
		m["reference"], m["shipment_id"] = t.shipment.reference, t.shipment.id
	}
	return m
}

// scanned reports whether the carrier has had the parcel in hand.
func (t *tracker) scanned() bool {
	return slices.ContainsFunc(t.details, func(d detail) bool {
		return !slices.Contains([]string{StatusUnknown, StatusPreTransit, StatusCancelled, StatusError}, d.status)
	})
}

// halt takes back the steps that wait for the clock.
func (t *tracker) halt() {
	for _, stop := range t.stops {
		stop()
	}
	t.stops = nil
}

func (s *Server) newTracker(code, carrier string, shp *shipment) *tracker {
	t := &tracker{head: s.head("trk_"), code: code, carrier: carrier, shipment: shp, status: StatusUnknown, statusDetail: statusDetailNothingYet}
	s.store.trackers.add(t)
	return t
}

// testCodes are EasyPost's codes for trying trackers. docs.easypost.com/docs/trackers
var testCodes = map[string]string{
	"EZ1000000001": StatusPreTransit, "EZ2000000002": StatusInTransit, "EZ3000000003": StatusOutForDelivery, "EZ4000000004": StatusDelivered,
	"EZ5000000005": StatusReturnToSender, "EZ6000000006": StatusFailure, "EZ7000000007": StatusUnknown,
}

// createTracker: docs.easypost.com/docs/trackers/create. A code that is followed
// already gives the same tracker; one that is neither a test code nor bought here
// gets the status error, as in EasyPost's test mode
// (easypost-go tests/cassettes/TestTrackersGetNextPage.yaml).
func (s *Server) createTracker(c *call) (answer, *apiError) {
	if err := c.body.only("tracker"); err != nil {
		return answer{}, err
	}
	in, err := c.body.object("tracker")
	if err != nil {
		return answer{}, err
	}
	if err := in.only("tracking_code", "carrier"); err != nil {
		return answer{}, err
	}
	var code, carrier string
	if err := in.texts(map[string]*string{"tracking_code": &code, "carrier": &carrier}); err != nil {
		return answer{}, err
	}
	if code == "" || len(code) > 100 {
		return answer{}, invalid(codeTrackerParams, "Invalid tracker parameters.", field("tracker.tracking_code", "cannot be blank"))
	}
	for _, t := range slices.Backward(s.store.trackers.rows) {
		if t.code == code && (carrier == "" || carrier == t.carrier) {
			return ok(t.render())
		}
	}
	if carrier == "" {
		carrier = "USPS"
	}
	t := s.newTracker(code, carrier, nil)
	status, known := testCodes[code]
	if !known {
		status = StatusError
	}
	s.emit("tracker.created", t.render(), object{}, t.metadata(), t.id)
	if status != StatusUnknown {
		s.scan(t, detail{status: status, at: s.clock.Now()})
	}
	return ok(t.render())
}

// retrieveTracker: docs.easypost.com/docs/trackers/retrieve
func (s *Server) retrieveTracker(c *call) (answer, *apiError) {
	t, found := s.store.trackers.get(c.id)
	if !found {
		return answer{}, notFound()
	}
	return ok(t.render())
}

// listTrackers: docs.easypost.com/docs/trackers/list
func (s *Server) listTrackers(c *call) (answer, *apiError) {
	span, err := c.span(s.clock.Now())
	if err != nil {
		return answer{}, err
	}
	code, carrier := c.query.Get("tracking_code"), c.query.Get("carrier")
	rows, more, err := page(c, s.store.trackers, span, func(t *tracker) bool {
		return (code == "" || t.code == code) && (carrier == "" || strings.EqualFold(t.carrier, carrier))
	})
	if err != nil {
		return answer{}, err
	}
	out := make([]object, 0, len(rows))
	for _, t := range rows {
		out = append(out, t.render())
	}
	return ok(object{"trackers": out, "has_more": more})
}

// scan adds what the carrier says and tells it. The tracker's own status is that
// of the last word, also where its time is older: nothing says that EasyPost puts
// late words in order (unverified), so the receiver has to.
func (s *Server) scan(t *tracker, d detail) {
	said := words[d.status]
	if d.message == "" {
		d.message = said.message
	}
	if d.statusDetail == "" {
		d.statusDetail = said.detail
	}
	before := object{"status": t.status}
	t.details = append(t.details, d)
	slices.SortStableFunc(t.details, func(a, b detail) int { return a.at.Compare(b.at) })
	t.status, t.statusDetail, t.updated = d.status, d.statusDetail, s.clock.Now()
	if d.status == StatusDelivered && t.shipment != nil {
		t.signedBy = plain(t.shipment.to.name)
	}
	s.emit("tracker.updated", t.render(), before, t.metadata(), t.id)
}

// render: easypost-go tests/cassettes/TestShipmentBuy.yaml and TestTrackerCreate.yaml.
func (t *tracker) render() object {
	details := make([]object, 0, len(t.details))
	for _, d := range t.details {
		details = append(details, object{
			"object": "TrackingDetail", "message": d.message, "description": d.message, "status": d.status, "status_detail": d.statusDetail,
			"datetime": stamp(d.at), "source": t.carrier, "carrier_code": "",
			"tracking_location": object{"object": "TrackingLocation", "city": textOrNil(d.city), "state": nil, "country": textOrNil(d.country), "zip": nil},
		})
	}
	out := object{
		"id": t.id, "object": "Tracker", "mode": "test", "created_at": stamp(t.born), "updated_at": stamp(t.updated),
		"tracking_code": t.code, "carrier": t.carrier, "status": t.status, "status_detail": t.statusDetail, "shipment_id": nil,
		"tracking_details": details, "carrier_detail": nil, "est_delivery_date": nil, "signed_by": textOrNil(t.signedBy), "weight": nil,
		"public_url": "https://track.easypost.com/" + base64.RawURLEncoding.EncodeToString([]byte("v1:"+t.id)), "fees": []object{},
		"finalized": slices.Contains(finalStatuses, t.status), "is_return": false,
	}
	if t.shipment != nil {
		out["shipment_id"] = t.shipment.id
		out["weight"] = t.shipment.parcel.weight
		out["est_delivery_date"] = stamp(t.born.AddDate(0, 0, t.shipment.selected.days))
	}
	return out
}
