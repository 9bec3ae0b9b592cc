package telemetry

import (
	"context"
	"regexp"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Longest is exported for tests.
const Longest = longest

// OpenTo is Open with an exporter of the test's, which gets each span at once.
func OpenTo(ctx context.Context, cfg Config, to sdktrace.SpanExporter) (*Telemetry, error) {
	t := &Telemetry{cfg: cfg}
	return t, t.trace(ctx, sdktrace.NewSimpleSpanProcessor(discreet{to}))
}

// Tracing reports whether traces are on.
func (t *Telemetry) Tracing() bool { return t.tracer != nil }

// Provider makes spans as libraries do.
func (t *Telemetry) Provider() *sdktrace.TracerProvider { return t.provider }

// Names are the names of our own numbers, Temporal's and the runtime's left out.
func (t *Telemetry) Names() []string {
	descs := make(chan *prometheus.Desc)
	go func() {
		defer close(descs)
		t.metrics.registry.Describe(descs)
	}()
	name := regexp.MustCompile(`fqName: "([^"]+)"`)
	names := []string{}
	for d := range descs {
		n := name.FindStringSubmatch(d.String())[1]
		if !strings.HasPrefix(n, "go_") && !strings.HasPrefix(n, "process_") {
			names = append(names, n)
		}
	}
	return names
}
