package easypost

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Travel is how fast parcels travel, in the carriers' durations: the clock's
// scale makes them shorter. Zero means the default, a negative duration that the
// step never comes by itself.
type Travel struct {
	// Announce is from the purchase to pre_transit; a minute by default.
	Announce time.Duration
	// Collect is from the purchase to the carrier's first scan (in_transit). It
	// never comes by itself by default: HandOver is the carrier's van at the door.
	Collect time.Duration
	// Transit is from the first scan to the next step of the journey; 20 hours by
	// default.
	Transit time.Duration
	// Deliver is from each later step to the next; five hours by default.
	Deliver time.Duration
}

func (t Travel) withDefaults() Travel {
	set := func(v *time.Duration, otherwise time.Duration) {
		if *v == 0 {
			*v = otherwise
		}
	}
	set(&t.Announce, time.Minute)
	set(&t.Collect, -1)
	set(&t.Transit, 20*time.Hour)
	set(&t.Deliver, 5*time.Hour)
	return t
}

// step is one scan of a journey; its detail is the status's usual one when empty.
type step struct{ status, detail string }

// journeys are what becomes of a parcel after the carrier has taken it, by name.
var journeys = map[string][]step{
	"delivered":    {{status: StatusInTransit}, {status: StatusOutForDelivery}, {status: StatusDelivered}},
	"second_try":   {{status: StatusInTransit}, {status: StatusOutForDelivery}, {StatusInTransit, "delivery_exception"}, {status: StatusOutForDelivery}, {status: StatusDelivered}},
	"pickup":       {{status: StatusInTransit}, {status: StatusAvailable}, {status: StatusDelivered}},
	"direct":       {{status: StatusDelivered}},
	"returned":     {{status: StatusInTransit}, {status: StatusOutForDelivery}, {StatusReturnToSender, "refused"}},
	"lost":         {{status: StatusInTransit}, {StatusFailure, "lost"}},
	"damaged":      {{status: StatusInTransit}, {StatusFailure, "damaged"}},
	"error":        {{status: StatusInTransit}, {status: StatusError}},
	"stalled":      {{status: StatusInTransit}},
	"never_picked": {},
}

// journeyOfZip chooses a journey by the destination's postal code. Those of
// Türkiye begin with the number of a province, 01 to 81: nobody lives at these.
var journeyOfZip = map[string]string{
	"99001": "never_picked", "99002": "stalled", "99003": "second_try", "99004": "direct", "99005": "returned",
	"99006": "lost", "99007": "error", "99008": "pickup", "99009": "damaged",
}

// Journeys returns the names that SetJourney takes.
func Journeys() []string { return slices.Sorted(maps.Keys(journeys)) }

// ErrNoShipment is the error of a name that no shipment with postage has.
var ErrNoShipment = errors.New("no shipment with postage is called so")

// find returns the newest bought shipment that ref names: by its reference, its
// id, its tracker's id or its tracking code.
func (s *Server) find(ref string) (*shipment, error) {
	for _, shp := range slices.Backward(s.store.shipments.rows) {
		if shp.label != nil && slices.Contains([]string{shp.reference, shp.id, shp.tracker.id, shp.tracker.code}, ref) {
			return shp, nil
		}
	}
	return nil, fmt.Errorf("%w: %q", ErrNoShipment, ref)
}

// SetJourney chooses what becomes of a parcel that has not left yet.
func (s *Server) SetJourney(ref, journey string) error {
	if _, known := journeys[journey]; !known {
		return fmt.Errorf("no journey %q, only %s", journey, strings.Join(Journeys(), ", "))
	}
	s.mu.Lock()
	defer s.mu.Unlock()

	shp, err := s.find(ref)
	if err != nil {
		return err
	}
	if shp.tracker.collected {
		return errors.New("the parcel has left already")
	}
	shp.journey = journey
	return nil
}

// HandOver is the carrier's van at the door: the first scan comes now and the
// rest of the journey by the clock. A second one changes nothing.
func (s *Server) HandOver(ref string) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	shp, err := s.find(ref)
	if err != nil {
		return err
	}
	s.collect(shp, s.clock.Now())
	return nil
}

// announce plans what comes by itself after a purchase.
func (s *Server) announce(shp *shipment) {
	bought := s.clock.Now()
	t := shp.tracker
	s.plan(t, bought, s.cfg.Travel.Announce, func(at time.Time) {
		if len(t.details) == 0 {
			s.scan(t, detail{status: StatusPreTransit, at: at, city: plain(shp.from.city), country: shp.from.country})
		}
	})
	s.plan(t, bought, s.cfg.Travel.Collect, func(at time.Time) { s.collect(shp, at) })
}

// plan runs f with the lock held, as the caller holds it, once d, a carrier's
// duration, has passed since from. f is given that moment: the clock may have been moved far beyond it.
func (s *Server) plan(t *tracker, from time.Time, d time.Duration, f func(at time.Time)) {
	if d < 0 {
		return
	}
	at := from.Add(s.clock.Scaled(d))
	if !at.After(s.clock.Now()) {
		f(at) // the clock was moved past it while its turn was planned
		return
	}
	t.stops = append(t.stops, s.clock.AfterFunc(at.Sub(s.clock.Now()), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		f(at)
	}))
}

// collect makes the first scan and plans all others at once, so that a clock that
// is moved on far lets them happen in their order.
func (s *Server) collect(shp *shipment, at time.Time) {
	t := shp.tracker
	if t.collected {
		return
	}
	t.collected = true
	var after time.Duration
	for i, step := range journeys[shp.route()] {
		d := detail{status: step.status, statusDetail: step.detail, city: plain(shp.from.city), country: shp.from.country}
		if i > 0 {
			d.city, d.country = plain(shp.to.city), shp.to.country
		}
		if i == 0 {
			d.at = at
			s.scan(t, d)
			continue
		}
		pause := s.cfg.Travel.Deliver
		if i == 1 {
			pause = s.cfg.Travel.Transit
		}
		if pause < 0 {
			return
		}
		after += pause
		s.plan(t, at, after, func(at time.Time) {
			d.at = at
			s.scan(t, d)
		})
	}
}

// route is the journey that the parcel will make.
func (shp *shipment) route() string {
	if shp.journey != "" {
		return shp.journey
	}
	if named, special := journeyOfZip[shp.to.zip]; special {
		return named
	}
	return "delivered"
}

// Update is one thing that a carrier says of a parcel.
type Update struct {
	// Status is one of the ten.
	Status string
	// At is the carrier's time of it; now when zero. It may lie in the past or in
	// the future, and before what was said already.
	At time.Time
	// StatusDetail and Message are the usual ones of the status when empty.
	StatusDetail string
	Message      string
}

// Track lets the carrier say something now of the parcel that ref names (a
// reference, a shipment's or a tracker's id, or a tracking code), whatever it has
// said before: out of order, from the future, twice. What waits for the clock
// goes on.
func (s *Server) Track(ref string, u Update) error {
	if _, known := words[u.Status]; !known {
		return fmt.Errorf("no status %q, only %s", u.Status, strings.Join(slices.Sorted(maps.Keys(words)), ", "))
	}
	s.mu.Lock()
	defer s.mu.Unlock()

	shp, err := s.find(ref)
	if err != nil {
		return err
	}
	if u.At.IsZero() {
		u.At = s.clock.Now()
	}
	s.scan(shp.tracker, detail{status: u.Status, statusDetail: u.StatusDetail, message: u.Message, at: u.At, city: plain(shp.to.city), country: shp.to.country})
	return nil
}
