package config

import (
	"errors"
	"fmt"
	"net"
)

// checkTelemetry looks at what is told of the product while it runs.
func (c Config) checkTelemetry() []error {
	var errs []error
	if c.LogFormat != "json" && c.LogFormat != "text" {
		errs = append(errs, fmt.Errorf("BEDESTEN_LOG_FORMAT: %q is neither json nor text", c.LogFormat))
	}
	if c.MetricsAddr != "" {
		if _, port, err := net.SplitHostPort(c.MetricsAddr); err != nil || port == "" {
			errs = append(errs, fmt.Errorf("BEDESTEN_METRICS_ADDR: %q is not host:port, for example 127.0.0.1:9464", c.MetricsAddr))
		}
		if c.MetricsAddr == c.APIAddr {
			errs = append(errs, errors.New("BEDESTEN_METRICS_ADDR must not be BEDESTEN_API_ADDR: metrics are nothing for shoppers"))
		}
	}
	if err := httpURL(c.TracesURL); c.TracesURL != "" && err != nil {
		errs = append(errs, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %w", err))
	}
	if c.TraceRatio < 0 || c.TraceRatio > 1 {
		errs = append(errs, fmt.Errorf("BEDESTEN_TRACE_RATIO: %v is not between 0 and 1", c.TraceRatio))
	}
	return errs
}
