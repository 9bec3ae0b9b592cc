package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the numbers of one process. A label holds a name that the code
// knows, never an id: how many series there are follows from the code, not
// from the trade.
type metrics struct {
	registry *prometheus.Registry
	temporal *temporalMetrics

	requests        *prometheus.CounterVec
	requestDuration *prometheus.HistogramVec
	activity        *prometheus.HistogramVec
	provider        *prometheus.HistogramVec
	store           *prometheus.HistogramVec
	webhookLag      *prometheus.HistogramVec
	leasesGranted   prometheus.Counter
	leasesExpired   prometheus.Counter
	mails           *prometheus.CounterVec
	parcels         *prometheus.CounterVec
	copies          *prometheus.CounterVec
}

// Buckets, in seconds: of what a shopper waits for, of what a provider takes,
// and of how late a webhook is.
var (
	quick = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	call  = []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 15, 30}
	query = []float64{.001, .0025, .005, .01, .025, .05, .1, .5, 1, 5}
	late  = []float64{.1, .5, 1, 5, 15, 60, 300, 900, 3600, 21600, 86400}
)

func newMetrics(cfg Config) *metrics {
	r := prometheus.NewRegistry()
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		r.MustRegister(v)
		return v
	}
	histograms := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
		r.MustRegister(v)
		return v
	}
	m := &metrics{
		registry:        r,
		temporal:        newTemporalMetrics(r, cfg.Queues),
		requests:        counters("http_requests_total", "Requests that were answered, by route.", "route", "method", "status"),
		requestDuration: histograms("http_request_duration_seconds", "How long answers took, by route.", quick, "route", "method"),
		activity:        histograms("activity_duration_seconds", "How long one try of an activity took, and how it ended.", call, "activity", "outcome"),
		provider:        histograms("provider_call_duration_seconds", "How long an operation at a provider took, and how it ended.", call, "provider", "operation", "outcome"),
		store:           histograms("store_call_duration_seconds", "How long a command at a store took.", query, "store", "operation", "outcome"),
		webhookLag:      histograms("webhook_lag_seconds", "From an event to its arrival here, and from there to whom it is about.", late, "provider", "leg", "by"),
		leasesGranted:   counters("lease_granted_total", "Reservations of stock that were granted.").WithLabelValues(),
		leasesExpired:   counters("lease_expired_total", "Reservations that ended unpaid because their time was over.").WithLabelValues(),
		mails:           counters("mail_states_total", "Mails that came into a state.", "state"),
		parcels:         counters("parcel_states_total", "Parcels that came into a state.", "state"),
		copies:          counters("catalog_cache_reads_total", "Readings of the catalogue's cache, by what was read and whether it was there.", "what", "outcome"),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "bedesten_build_info", Help: "Always 1; the build that runs."}, []string{"build", "process"})
	build.WithLabelValues(cfg.Build, cfg.Process).Set(1)
	r.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves /metrics; nil where metrics are off.
func (t *Telemetry) Handler() http.Handler {
	if t.metrics == nil {
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(t.metrics.registry, promhttp.HandlerOpts{
		ErrorLog: errorLog{t.cfg.Log}, MaxRequestsInFlight: 4, Timeout: readTimeout + time.Second,
	}))
	return mux
}

// errorLog is where the handler of /metrics says what it could not show.
type errorLog struct{ log *slog.Logger }

// Println logs a warning.
func (l errorLog) Println(v ...any) { l.log.Warn("metrics: " + fmt.Sprint(v...)) }

// Serve listens on addr and serves /metrics until ctx is done. It returns once
// it listens: a port that is taken is told at once.
func (t *Telemetry) Serve(ctx context.Context, addr string) (stop func() error, err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening for metrics on %s: %w", addr, err)
	}
	server := &http.Server{
		Handler: t.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second,
		WriteTimeout: 15 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.cfg.Log.InfoContext(ctx, "metrics are up", "address", listener.Addr().String())
	return func() error {
		err := server.Close()
		if failed := <-served; !errors.Is(failed, http.ErrServerClosed) {
			err = errors.Join(err, fmt.Errorf("serving metrics: %w", failed))
		}
		return err
	}, nil
}
