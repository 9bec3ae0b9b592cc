package telemetry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// traceHeader is Temporal's header for a trace, the one of all its SDKs.
const traceHeader = "_tracer-data"

// spanKey is where a workflow's context holds the span that its steps belong to.
type spanKey struct{}

// tracingInterceptor carries a trace from the client through the workflow into
// its activities, by Temporal's headers. It changes no command of a workflow:
// headers are no part of what a replay compares.
func tracingInterceptor(tracer trace.Tracer) interceptor.Interceptor {
	traced, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{
		Tracer: tracer, TextMapPropagator: traceContext, DisableBaggage: true, DisableQueryTracing: true,
		// A run that began before a change of format goes on without its trace.
		AllowInvalidParentSpans: true,
		SpanContextKey:          spanKey{}, HeaderKey: traceHeader, SpanStarter: startSpan,
	})
	if err != nil {
		panic(err) // the options are ours and hold none of what it refuses
	}
	return workflowTracing{traced}
}

// runWorkflow begins the names of spans that would last as long as a workflow.
const runWorkflow = "RunWorkflow:"

// startSpan makes a span, but none that lasts as long as a workflow: an order
// lives for weeks, in many processes, and each replay would make its span anew.
// Its steps belong to whoever started it; a workflow that nobody's trace has
// started begins one.
func startSpan(ctx context.Context, t trace.Tracer, name string, opts ...trace.SpanStartOption) trace.Span {
	parent := trace.SpanContextFromContext(ctx)
	if !strings.HasPrefix(name, runWorkflow) {
		if !parent.IsValid() {
			opts = append(opts, trace.WithAttributes(attrRoot.Bool(true)))
		}
		_, s := t.Start(ctx, name, opts...)
		return span{s}
	}
	if parent.IsValid() {
		return trace.SpanFromContext(ctx)
	}
	_, s := t.Start(ctx, name, opts...)
	s.End()
	return trace.SpanFromContext(trace.ContextWithSpanContext(context.Background(), s.SpanContext()))
}

// span names an error by its type: texts are for logs.
type span struct{ trace.Span }

// RecordError notes the type of err, an application's own where there is one.
func (s span) RecordError(err error, _ ...trace.EventOption) {
	if err == nil {
		return
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) && app.Type() != "" {
		s.SetAttributes(attrErrorType.String(app.Type()))
		return
	}
	s.SetAttributes(attrErrorType.String(fmt.Sprintf("%T", err)))
}

// workflowTracing leaves out what would be told again at every replay, and cuts
// off what a workflow does long after whoever started it has gone.
type workflowTracing struct{ interceptor.Interceptor }

// InterceptWorkflow wraps one run.
func (w workflowTracing) InterceptWorkflow(ctx workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	late := &lateSteps{}
	late.Next = next
	in := &tracedWorkflow{plain: next}
	in.Next = w.Interceptor.InterceptWorkflow(ctx, late)
	return in
}

type tracedWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
	plain interceptor.WorkflowInboundInterceptor
}

// ExecuteWorkflow runs the workflow. A run that no trace has started began one
// when it ran first; what it does after a replay begins traces of its own.
func (t *tracedWorkflow) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	if workflow.IsReplaying(ctx) && interceptor.WorkflowHeader(ctx)[traceHeader] == nil {
		return t.plain.ExecuteWorkflow(ctx, in)
	}
	return t.Next.ExecuteWorkflow(ctx, in)
}

// ExecuteUpdate handles an update. One that is replayed was told of before.
func (t *tracedWorkflow) ExecuteUpdate(ctx workflow.Context, in *interceptor.UpdateInput) (any, error) {
	if workflow.IsReplaying(ctx) {
		return t.plain.ExecuteUpdate(ctx, in)
	}
	return t.Next.ExecuteUpdate(ctx, in)
}

// longest is how far behind a workflow's start its steps still belong to the
// trace that it was started in. Later ones begin traces of their own, so that an
// order's weeks make no trace that nobody can open.
const longest = time.Hour

// lateSteps puts the cut between the workflow and what traces its steps.
type lateSteps struct {
	interceptor.WorkflowInboundInterceptorBase
}

// Init wraps what the workflow asks of the outside.
func (l *lateSteps) Init(outbound interceptor.WorkflowOutboundInterceptor) error {
	c := &cut{}
	c.Next = outbound
	return l.Next.Init(c)
}

// cut begins new traces for late steps.
type cut struct {
	interceptor.WorkflowOutboundInterceptorBase
}

// ExecuteActivity asks for an activity.
func (c *cut) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	if workflow.Now(ctx).Sub(workflow.GetInfo(ctx).WorkflowStartTime) > longest {
		ctx = workflow.WithValue(ctx, spanKey{}, nil)
	}
	return c.Next.ExecuteActivity(ctx, name, args...)
}
