package telemetry

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Standing is how a shop stands: what waits, and for how long. Every reading of
// it comes from a few rows.
type Standing struct {
	// Attention says of each reason since when orders need a person for it.
	Attention map[string][]time.Time
	// Queues are the inboxes and the outbox by name.
	Queues map[string]Queue
	// Mails and Parcels count, by state, those on their way.
	Mails, Parcels map[string]int64
}

// Queue is what stands undelivered; Oldest is zero where nothing does.
type Queue struct {
	Depth  int64
	Oldest time.Time
}

// readTimeout bounds a reading of the shop, keptFor is how long one serves: two
// scrapers, or one that asks often, ask the stores no more than that.
const (
	readTimeout = 5 * time.Second
	keptFor     = 15 * time.Second
)

// Watch shows how the shop stands, read at a scrape.
func (t *Telemetry) Watch(read func(context.Context) (Standing, error)) {
	if t.metrics != nil {
		t.metrics.registry.MustRegister(&shop{t: t, read: read})
	}
}

// shop is a collector of what the stores know.
type shop struct {
	t    *Telemetry
	read func(context.Context) (Standing, error)

	mu   sync.Mutex
	at   time.Time
	kept Standing
	err  error
}

var (
	shopUp     = prometheus.NewDesc("shop_reading_up", "1 if the numbers about orders, queues, mails and parcels could be read.", nil, nil)
	attention  = prometheus.NewDesc("orders_attention", "Orders that need a person, by reason and by how long they have waited.", []string{"reason", "age"}, nil)
	depth      = prometheus.NewDesc("queue_depth", "Rows that stand undelivered in an inbox or the outbox.", []string{"queue"}, nil)
	oldest     = prometheus.NewDesc("queue_oldest_seconds", "Age of the oldest of them; 0 where there is none.", []string{"queue"}, nil)
	mailsOpen  = prometheus.NewDesc("mails_open", "Mails that nobody has taken yet, by state.", []string{"state"}, nil)
	parcelOpen = prometheus.NewDesc("parcels_open", "Parcels that have not come to their end, by state.", []string{"state"}, nil)
)

// Describe names the numbers.
func (s *shop) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{shopUp, attention, depth, oldest, mailsOpen, parcelOpen} {
		ch <- d
	}
}

// Collect reads the shop, or shows the reading of a moment ago. A store that
// does not answer leaves the numbers out: an old one would look like calm.
func (s *shop) Collect(ch chan<- prometheus.Metric) {
	standing, err := s.standing(time.Now())
	if err != nil {
		ch <- prometheus.MustNewConstMetric(shopUp, prometheus.GaugeValue, 0)
		return
	}
	ch <- prometheus.MustNewConstMetric(shopUp, prometheus.GaugeValue, 1)
	now := time.Now()
	for reason, waiting := range standing.Attention {
		for age, n := range byAge(waiting, now) {
			ch <- prometheus.MustNewConstMetric(attention, prometheus.GaugeValue, n, reason, age)
		}
	}
	for name, q := range standing.Queues {
		waits := 0.0
		if !q.Oldest.IsZero() {
			waits = max(0, now.Sub(q.Oldest).Seconds())
		}
		ch <- prometheus.MustNewConstMetric(depth, prometheus.GaugeValue, float64(q.Depth), name)
		ch <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, waits, name)
	}
	states(ch, mailsOpen, standing.Mails)
	states(ch, parcelOpen, standing.Parcels)
}

func states(ch chan<- prometheus.Metric, d *prometheus.Desc, n map[string]int64) {
	for state, count := range n {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(count), state)
	}
}

// byAge sorts what has waited since into a few drawers.
func byAge(waiting []time.Time, now time.Time) map[string]float64 {
	drawers := map[string]float64{}
	for _, since := range waiting {
		switch age := now.Sub(since); {
		case age < 10*time.Minute:
			drawers["under_10m"]++
		case age < time.Hour:
			drawers["under_1h"]++
		case age < 24*time.Hour:
			drawers["under_1d"]++
		default:
			drawers["over_1d"]++
		}
	}
	return drawers
}

// standing reads the stores, at most once in keptFor.
func (s *shop) standing(now time.Time) (Standing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.at.IsZero() && now.Sub(s.at) < keptFor {
		return s.kept, s.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	s.kept, s.err = s.read(ctx)
	s.at = now
	if s.err != nil {
		s.t.cfg.Log.WarnContext(ctx, "the shop could not be read for metrics", "error", s.err)
	}
	return s.kept, s.err
}
