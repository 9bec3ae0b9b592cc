package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// CatalogCache returns what counts readings of the catalogue's cache.
func (t *Telemetry) CatalogCache() func(what, outcome string) {
	if t.metrics == nil {
		return func(string, string) {}
	}
	return func(what, outcome string) { t.metrics.copies.WithLabelValues(what, outcome).Inc() }
}

// WatchIndex shows, at a scrape, how many products this process' index holds and how
// far it is behind them. An index that is not built yet holds none, and is behind for
// as long as it is being built.
func (t *Telemetry) WatchIndex(standing func() (products int64, behind time.Duration)) {
	if t.metrics == nil {
		return
	}
	t.metrics.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "search_index_products", Help: "Products in this process' index."}, func() float64 {
			products, _ := standing()
			return float64(products)
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "search_index_behind_seconds", Help: "How long ago this process' index was known to have every change."}, func() float64 {
			_, behind := standing()
			return behind.Seconds()
		}),
	)
}
