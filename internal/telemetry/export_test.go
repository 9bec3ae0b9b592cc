package telemetry

import (
	"context"

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
