package telemetry

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// scope names who makes our spans.
const scope = "github.com/bedesten/bedesten"

// traceContext carries a trace between processes: W3C's traceparent
// (w3.org/TR/trace-context), without baggage.
var traceContext = propagation.TraceContext{}

// otlp sends spans to a collector.
func otlp(ctx context.Context, cfg Config) (sdktrace.SpanExporter, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimSuffix(cfg.TracesURL, "/")+"/v1/traces"))
	if err != nil {
		return nil, fmt.Errorf("sending traces to OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
	}
	return exporter, nil
}

func newProvider(ctx context.Context, cfg Config, to sdktrace.SpanProcessor) (*sdktrace.TracerProvider, error) {
	named, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", "bedesten-"+cfg.Process), attribute.String("service.version", cfg.Build)),
		resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("reading OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(to), sdktrace.WithResource(named),
		sdktrace.WithSampler(sdktrace.ParentBased(roots{sdktrace.TraceIDRatioBased(cfg.Ratio)})),
	), nil
}

// attrRoot marks a span, beside those that serve somebody, that may begin a
// trace.
const attrRoot = attribute.Key("bedesten.root")

// roots samples what begins a trace. A call to a store that no request and no
// activity asked for, such as a probe, begins none.
type roots struct{ sdktrace.Sampler }

// ShouldSample decides about a span without a parent.
func (r roots) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	begins := p.Kind == trace.SpanKindServer
	for _, a := range p.Attributes {
		begins = begins || a.Key == attrRoot
	}
	if !begins {
		return sdktrace.SamplingResult{Decision: sdktrace.Drop}
	}
	return r.Sampler.ShouldSample(p)
}

// told are the attributes that leave the house. What is not named here is left
// out, whoever set it: a library may write the text of a command, an address, or
// a new thing in its next version.
var told = map[attribute.Key]bool{
	attrMethod: true, attrRoute: true, attrStatus: true, attrURL: true, attrErrorType: true,
	attrSystem: true, attrCommand: true, attrCollection: true, "db.system": true, "db.redis.num_cmd": true,
	"server.address": true, "server.port": true,
	attrRequest: true, attrProvider: true, attrOperation: true, attrOutcome: true, attrOp: true,
	"temporalWorkflowID": true, "temporalRunID": true, "temporalActivityID": true, "temporalUpdateID": true,
}

// discreet passes spans on without what is nobody's business.
type discreet struct{ sdktrace.SpanExporter }

// ExportSpans sends spans as they may be seen.
func (d discreet) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	seen := make([]sdktrace.ReadOnlySpan, len(spans))
	for i, s := range spans {
		seen[i] = veiled{s}
	}
	return d.SpanExporter.ExportSpans(ctx, seen)
}

// veiled is a span as the outside sees it.
type veiled struct{ sdktrace.ReadOnlySpan }

// Attributes returns those that are told.
func (v veiled) Attributes() []attribute.KeyValue {
	attrs := []attribute.KeyValue{}
	for _, a := range v.ReadOnlySpan.Attributes() {
		switch {
		case !told[a.Key]:
		case a.Key == attrURL:
			attrs = append(attrs, attrURL.String(withoutQuery(a.Value.AsString())))
		default:
			attrs = append(attrs, a)
		}
	}
	return attrs
}

// Events returns none: what is recorded in them is the text of errors.
func (v veiled) Events() []sdktrace.Event { return nil }

// Links returns none.
func (v veiled) Links() []sdktrace.Link { return nil }

// Status returns whether it went well, without a text.
func (v veiled) Status() sdktrace.Status {
	return sdktrace.Status{Code: v.ReadOnlySpan.Status().Code}
}

// withoutQuery returns what a URL names, and nothing that it was asked with.
func withoutQuery(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
