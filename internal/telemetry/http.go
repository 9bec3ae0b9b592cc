package telemetry

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Observer is told of a request when it begins, and by the returned function
// how it was answered: by which route, with which status.
type Observer = func(*http.Request) (context.Context, func(route string, status int))

// Observer observes requests to the API; nil where nothing is told of them.
func (t *Telemetry) Observer() Observer {
	if t.metrics == nil && t.tracer == nil {
		return nil
	}
	return t.observe
}

func (t *Telemetry) observe(r *http.Request) (context.Context, func(string, int)) {
	began, method := time.Now(), methodOf(r.Method)
	ctx, span := r.Context(), trace.Span(nil)
	if t.tracer != nil && !slices.Contains(t.cfg.Untraced, r.URL.Path) {
		ctx, span = t.tracer.Start(t.joined(ctx, r.Header), "HTTP "+method, trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attrMethod.String(method), attrRequest.String(t.requestID(ctx))))
	}
	return ctx, func(route string, status int) {
		if t.metrics != nil {
			t.metrics.requests.WithLabelValues(route, method, classOf(status)).Inc()
			t.metrics.requestDuration.WithLabelValues(route, method).Observe(since(began))
		}
		if span != nil {
			span.SetName(route)
			span.SetAttributes(attrRoute.String(route), attrStatus.Int(status))
			if status >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, "")
			}
			span.End()
		}
	}
}

func (t *Telemetry) requestID(ctx context.Context) string {
	if t.cfg.RequestID == nil {
		return ""
	}
	return t.cfg.RequestID(ctx)
}

// joined returns ctx in the trace that the caller names. Whether it is sampled
// is for us to say: anybody can send a header that asks for it, and the state
// and baggage that may come along are not taken at all.
func (t *Telemetry) joined(ctx context.Context, h http.Header) context.Context {
	given := trace.SpanContextFromContext(traceContext.Extract(ctx, propagation.HeaderCarrier(h)))
	if !given.IsValid() {
		return ctx
	}
	given = given.WithTraceState(trace.TraceState{}).WithTraceFlags(given.TraceFlags().WithSampled(rand.Float64() < t.cfg.Ratio))
	return trace.ContextWithRemoteSpanContext(ctx, given)
}

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// methodOf is a label: anybody may invent a method.
func methodOf(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return "other"
}

func classOf(status int) string { return strconv.Itoa(status/100) + "xx" }

// Transport observes the requests of a provider's client, and has them carry
// the trace along; nil where traces are off.
func (t *Telemetry) Transport() func(http.RoundTripper) http.RoundTripper {
	if t.tracer == nil {
		return nil
	}
	return func(next http.RoundTripper) http.RoundTripper {
		return otelhttp.NewTransport(next,
			otelhttp.WithTracerProvider(t.provider), otelhttp.WithPropagators(traceContext),
			otelhttp.WithMeterProvider(noopmetric.NewMeterProvider()),
			otelhttp.WithFilter(func(r *http.Request) bool { return trace.SpanFromContext(r.Context()).IsRecording() }))
	}
}

// Attributes of our own spans, those of OpenTelemetry's conventions first
// (opentelemetry.io/docs/specs/semconv).
const (
	attrMethod     = attribute.Key("http.request.method")
	attrRoute      = attribute.Key("http.route")
	attrStatus     = attribute.Key("http.response.status_code")
	attrURL        = attribute.Key("url.full")
	attrErrorType  = attribute.Key("error.type")
	attrSystem     = attribute.Key("db.system.name")
	attrCommand    = attribute.Key("db.operation.name")
	attrCollection = attribute.Key("db.collection.name")

	attrRequest   = attribute.Key("bedesten.request_id")
	attrProvider  = attribute.Key("bedesten.provider")
	attrOperation = attribute.Key("bedesten.operation")
	attrOutcome   = attribute.Key("bedesten.outcome")
	attrOp        = attribute.Key("bedesten.op_id")
)
