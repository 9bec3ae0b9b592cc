package lab

import "github.com/bedesten/bedesten/internal/config"

// Watched is a change for Options: the shop tells everything that it can tell,
// numbers at metrics and a trace of every request to a collector.
func Watched(metrics, collector string) func(*config.Config) {
	return func(c *config.Config) {
		c.MetricsAddr, c.TracesURL, c.TraceRatio = metrics, collector, 1
	}
}
