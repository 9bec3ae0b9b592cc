package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
)

// activityInterceptor gives every activity the ids that its lines are logged
// with, and counts how it ends. Workflows pass through it untouched.
type activityInterceptor struct {
	interceptor.InterceptorBase
	t *Telemetry
}

// InterceptActivity wraps one activity.
func (i *activityInterceptor) InterceptActivity(ctx context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	in := &activityInbound{t: i.t}
	in.Next = next
	return in
}

type activityInbound struct {
	interceptor.ActivityInboundInterceptorBase
	t *Telemetry
}

// ExecuteActivity runs one try of the activity.
func (i *activityInbound) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	info := activity.GetInfo(ctx)
	ctx = withIDs(ctx, i.t.activityIDs(info)...)
	began := time.Now()
	result, err := i.Next.ExecuteActivity(ctx, in)
	if i.t.metrics != nil {
		i.t.metrics.activity.WithLabelValues(info.ActivityType.Name, ended(err)).Observe(since(began))
	}
	return result, err
}

func (t *Telemetry) activityIDs(info activity.Info) []slog.Attr {
	ids := make([]slog.Attr, 0, 4)
	if t.cfg.OrderOf != nil {
		if id := t.cfg.OrderOf(info.WorkflowExecution.ID); id != "" {
			ids = append(ids, slog.String(keyOrder, id))
		}
	}
	return append(ids,
		slog.String(keyWorkflow, info.WorkflowExecution.ID), slog.String(keyRun, info.WorkflowExecution.RunID),
		slog.String(keyActivity, info.ActivityType.Name))
}

// ended names how a try ended: well, with an error that is tried again, with
// one that is not, or because it was told to stop.
func ended(err error) string {
	var app *temporal.ApplicationError
	switch {
	case err == nil:
		return "ok"
	case temporal.IsCanceledError(err), errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &app) && app.NonRetryable():
		return "failed"
	default:
		return "tried_again"
	}
}
