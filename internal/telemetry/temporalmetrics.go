package telemetry

import (
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
)

// Tags of Temporal's client that become labels. All others are left out:
// namespace and client are the same for every number of a process
// (docs.temporal.io/references/sdk-metrics).
const (
	tagOperation = iota
	tagQueue
	tagWorkflow
	tagActivity
	tagWorker
	tagPoller
	tagReason
	tagStatus
	tagCause
	tags
)

var tagNames = [tags]string{
	"operation", "task_queue", "workflow_type", "activity_type", "worker_type", "poller_type", "failure_reason", "status_code", "cause",
}

// labelled says which labels a number has, by how its name begins; the first
// line that fits is taken. Prometheus wants the same ones at each use of a name,
// and Temporal's client sets what it has at hand.
var labelled = []struct {
	prefix string
	labels []int
}{
	{"temporal_request_resource_exhausted", []int{tagOperation, tagCause}},
	{"temporal_long_request_resource_exhausted", []int{tagOperation, tagCause}},
	{"temporal_request_failure", []int{tagOperation, tagStatus}},
	{"temporal_long_request_failure", []int{tagOperation, tagStatus}},
	{"temporal_request", []int{tagOperation}},
	{"temporal_long_request", []int{tagOperation}},
	{"temporal_activity_execution_failed", []int{tagQueue, tagActivity, tagReason}},
	{"temporal_activity_poll", []int{tagQueue}},
	{"temporal_activity", []int{tagQueue, tagActivity}},
	{"temporal_local_activity", []int{tagQueue, tagActivity}},
	{"temporal_workflow_task_execution_failed", []int{tagQueue, tagWorkflow, tagReason}},
	{"temporal_workflow_task_queue", []int{tagQueue}},
	{"temporal_workflow_active_thread_count", []int{}},
	{"temporal_workflow", []int{tagQueue, tagWorkflow}},
	{"temporal_worker_task_slots", []int{tagQueue, tagWorker}},
	{"temporal_num_pollers", []int{tagQueue, tagPoller}},
	{"temporal_sticky_cache", []int{}},
	{"", []int{tagQueue}},
}

// labelsOf returns the labels of a number, and their names.
func labelsOf(name string) (labels []int, names []string) {
	for _, l := range labelled {
		if strings.HasPrefix(name, l.prefix) {
			labels = l.labels
			break
		}
	}
	for _, l := range labels {
		names = append(names, tagNames[l])
	}
	return labels, names
}

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

	counters vecs[*prometheus.CounterVec]
	gauges   vecs[*prometheus.GaugeVec]
	timers   vecs[*prometheus.HistogramVec]
}

func newTemporalMetrics(r prometheus.Registerer, queues []string) *temporalMetrics {
	m := &temporalMetrics{registry: r, queues: map[string]bool{}}
	for _, q := range queues {
		m.queues[q] = true
	}
	return m
}

func (m *metrics) sdk() client.MetricsHandler { return temporalHandler{m: m.temporal} }

// vecs are vectors by name with the tags that are their labels.
type vecs[V prometheus.Collector] struct {
	mu    sync.RWMutex
	known map[string]labelledVec[V]
}

type labelledVec[V prometheus.Collector] struct {
	vec    V
	labels []int
}

// named returns the vector of a name, made and registered at its first use.
func (v *vecs[V]) named(r prometheus.Registerer, name string, build func(labels []string) V) labelledVec[V] {
	v.mu.RLock()
	known, ok := v.known[name]
	v.mu.RUnlock()
	if ok {
		return known
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if known, ok := v.known[name]; ok {
		return known
	}
	labels, names := labelsOf(name)
	known = labelledVec[V]{build(names), labels}
	r.MustRegister(known.vec)
	if v.known == nil {
		v.known = map[string]labelledVec[V]{}
	}
	v.known[name] = known
	return known
}

// temporalHandler counts under a set of tags.
type temporalHandler struct {
	m    *temporalMetrics
	tags [tags]string
}

var _ client.MetricsHandler = temporalHandler{}

// WithTags returns a handler that counts under more tags.
func (h temporalHandler) WithTags(more map[string]string) client.MetricsHandler {
	for i, name := range tagNames {
		value, ok := more[name]
		switch {
		case !ok:
		case value == "none":
			h.tags[i] = "" // Temporal's word for nothing
		case i == tagQueue && !h.m.queues[value]:
			h.tags[i] = "other" // sticky queues and the like are named after processes
		default:
			h.tags[i] = value
		}
	}
	return h
}

func (h temporalHandler) values(labels []int) []string {
	values := make([]string, len(labels))
	for i, l := range labels {
		values[i] = h.tags[l]
	}
	return values
}

const fromTemporal = "Of Temporal's client; docs.temporal.io/references/sdk-metrics."

// Counter returns the counter name.
func (h temporalHandler) Counter(name string) client.MetricsCounter {
	v := h.m.counters.named(h.m.registry, name, func(labels []string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name + "_total", Help: fromTemporal}, labels)
	})
	return counter{v.vec.WithLabelValues(h.values(v.labels)...)}
}

// Gauge returns the gauge name.
func (h temporalHandler) Gauge(name string) client.MetricsGauge {
	v := h.m.gauges.named(h.m.registry, name, func(labels []string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: fromTemporal}, labels)
	})
	return gauge{v.vec.WithLabelValues(h.values(v.labels)...)}
}

// Timer returns the timer name.
func (h temporalHandler) Timer(name string) client.MetricsTimer {
	v := h.m.timers.named(h.m.registry, name, func(labels []string) *prometheus.HistogramVec {
		buckets := waits
		if name == wholeWorkflow {
			buckets = lives
		}
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name + "_seconds", Help: fromTemporal, Buckets: buckets}, labels)
	})
	return timer{v.vec.WithLabelValues(h.values(v.labels)...)}
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
