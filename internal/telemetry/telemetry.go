// Package telemetry tells what the product does while it runs: the ids of log
// lines, numbers for Prometheus, traces over OTLP. The product knows nothing of
// it. It wraps what the composition root puts together: handlers, clients, and
// the interfaces of nouns. What is switched off is not wrapped and costs
// nothing. docs/operations.md says what each number means.
package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
)

// Config says what is told, and of whom.
type Config struct {
	// Process is the program's name, such as "api"; Build is its version.
	Process, Build string
	// Metrics collects numbers.
	Metrics bool
	// TracesURL is the base of an OTLP collector; empty traces nothing.
	TracesURL string
	// Ratio is the share of requests that are traced, 0 to 1.
	Ratio float64
	// Queues are the names of our task queues. All others count as one.
	Queues []string
	// Untraced are the paths of requests that nobody wants a trace of.
	Untraced []string
	// RequestID returns the id of the request that a context belongs to.
	RequestID func(context.Context) string
	// OrderOf returns the id of the order that a workflow id belongs to, if any.
	OrderOf func(workflowID string) string
	// Log takes what goes wrong while telling.
	Log *slog.Logger
}

// Telemetry wraps parts of the product. One that tells nothing returns all of
// them as they are.
type Telemetry struct {
	cfg Config
	// metrics and tracer are nil where they are switched off.
	metrics  *metrics
	tracer   trace.Tracer
	provider *sdktrace.TracerProvider
}

// Open returns what cfg asks for. It connects to nothing: a collector that is
// away loses traces, and stops nobody.
func Open(ctx context.Context, cfg Config) (*Telemetry, error) {
	t := &Telemetry{cfg: cfg}
	if cfg.Metrics {
		t.metrics = newMetrics(cfg)
	}
	if cfg.TracesURL != "" && cfg.Ratio > 0 {
		exporter, err := otlp(ctx, cfg)
		if err != nil {
			return nil, err
		}
		if err := t.trace(ctx, sdktrace.NewBatchSpanProcessor(discreet{exporter})); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// trace hands every span that ends to a processor.
func (t *Telemetry) trace(ctx context.Context, to sdktrace.SpanProcessor) (err error) {
	t.provider, err = newProvider(ctx, t.cfg, to)
	if err == nil {
		t.tracer = t.provider.Tracer(scope)
	}
	return err
}

// flushTimeout bounds how long a stopping process waits for its last traces.
const flushTimeout = 3 * time.Second

// Close sends the traces that are still here. That a collector does not take
// them is logged and no error: the product has done its work.
func (t *Telemetry) Close(ctx context.Context) {
	if t.provider == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
	defer cancel()
	if err := errors.Join(t.provider.ForceFlush(ctx), t.provider.Shutdown(ctx)); err != nil {
		t.cfg.Log.WarnContext(ctx, "the last traces were not taken", "error", err)
	}
}

// Interceptors are those of a Temporal client. Its workers take them over.
func (t *Telemetry) Interceptors() []interceptor.ClientInterceptor {
	all := []interceptor.ClientInterceptor{&activityInterceptor{t: t}}
	if t.tracer != nil {
		// Outside, so that a line that is logged in an activity has its trace's id.
		all = append([]interceptor.ClientInterceptor{tracingInterceptor(t.tracer)}, all...)
	}
	return all
}

// TemporalMetrics takes the numbers of Temporal's client; nil takes none.
func (t *Telemetry) TemporalMetrics() client.MetricsHandler {
	if t.metrics == nil {
		return nil
	}
	return t.metrics.sdk()
}

// since is how long ago began was, in seconds.
func since(began time.Time) float64 { return time.Since(began).Seconds() }
