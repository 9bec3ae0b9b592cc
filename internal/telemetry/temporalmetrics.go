package telemetry

import (
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
)

// temporalLabels are the tags of Temporal's client that become labels, in this
// order; all others are left out (docs.temporal.io/references/sdk-metrics).
// Namespace and client are the same for every number of a process.
var temporalLabels = []string{
	"operation", "task_queue", "workflow_type", "activity_type", "worker_type", "poller_type", "failure_reason", "status_code",
}

const queueLabel = 1

// Buckets of Temporal's timers, in seconds: of calls and waits, and of whole
// workflows, which take from a second to weeks.
var (
	waits = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
	lives = []float64{1, 10, 60, 600, 3600, 6 * 3600, 86400, 7 * 86400, 14 * 86400, 30 * 86400}
)

const wholeWorkflow = "temporal_workflow_endtoend_latency"

// temporalMetrics are the numbers of Temporal's client and workers: each name is
// registered when it is heard of first.
type temporalMetrics struct {
	registry prometheus.Registerer
	queues   map[string]bool

	mu       sync.Mutex
	counters map[string]*prometheus.CounterVec
	gauges   map[string]*prometheus.GaugeVec
	timers   map[string]*prometheus.HistogramVec
}

func newTemporalMetrics(r prometheus.Registerer, queues []string) *temporalMetrics {
	m := &temporalMetrics{
		registry: r, queues: map[string]bool{"": true},
		counters: map[string]*prometheus.CounterVec{}, gauges: map[string]*prometheus.GaugeVec{}, timers: map[string]*prometheus.HistogramVec{},
	}
	for _, q := range queues {
		m.queues[q] = true
	}
	return m
}

func (m *metrics) sdk() client.MetricsHandler {
	return temporalHandler{m: m.temporal, labels: make([]string, len(temporalLabels))}
}

// vec returns the named vector of vecs, made and registered at its first use.
func vec[V prometheus.Collector](m *temporalMetrics, vecs map[string]V, name string, build func() V) V {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := vecs[name]
	if !ok {
		v = build()
		vecs[name] = v
		m.registry.MustRegister(v)
	}
	return v
}

// temporalHandler counts under a set of labels.
type temporalHandler struct {
	m      *temporalMetrics
	labels []string
}

var _ client.MetricsHandler = temporalHandler{}

// WithTags returns a handler that counts under tags, too.
func (h temporalHandler) WithTags(tags map[string]string) client.MetricsHandler {
	labels := append([]string(nil), h.labels...)
	for i, name := range temporalLabels {
		value, ok := tags[name]
		switch {
		case !ok:
		case value == "none":
			labels[i] = "" // Temporal's word for nothing
		case i == queueLabel && !h.m.queues[value]:
			labels[i] = "other" // sticky queues and the like are named after processes
		default:
			labels[i] = value
		}
	}
	return temporalHandler{m: h.m, labels: labels}
}

const fromTemporal = "Of Temporal's client; docs.temporal.io/references/sdk-metrics."

// Counter returns the counter name.
func (h temporalHandler) Counter(name string) client.MetricsCounter {
	v := vec(h.m, h.m.counters, name, func() *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name + "_total", Help: fromTemporal}, temporalLabels)
	})
	return counter{v.WithLabelValues(h.labels...)}
}

// Gauge returns the gauge name.
func (h temporalHandler) Gauge(name string) client.MetricsGauge {
	v := vec(h.m, h.m.gauges, name, func() *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: fromTemporal}, temporalLabels)
	})
	return gauge{v.WithLabelValues(h.labels...)}
}

// Timer returns the timer name.
func (h temporalHandler) Timer(name string) client.MetricsTimer {
	v := vec(h.m, h.m.timers, name, func() *prometheus.HistogramVec {
		buckets := waits
		if strings.HasPrefix(name, wholeWorkflow) {
			buckets = lives
		}
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name + "_seconds", Help: fromTemporal, Buckets: buckets}, temporalLabels)
	})
	return timer{v.WithLabelValues(h.labels...)}
}

type counter struct{ prometheus.Counter }

// Inc adds n, which is never below zero.
func (c counter) Inc(n int64) { c.Add(float64(n)) }

type gauge struct{ prometheus.Gauge }

// Update sets the gauge.
func (g gauge) Update(f float64) { g.Set(f) }

type timer struct{ prometheus.Observer }

// Record observes d in seconds.
func (t timer) Record(d time.Duration) { t.Observe(d.Seconds()) }
