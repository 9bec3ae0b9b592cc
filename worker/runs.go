package worker

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/workflows"
)

var _ order.Runs = (*Runs)(nil)

// Runs reaches the workflows of orders through Temporal.
type Runs struct{ client client.Client }

// NewRuns returns the reach over c.
func NewRuns(c client.Client) *Runs { return &Runs{client: c} }

// StartOptions are how an order's first run is started: a second one is
// refused for as long as the closed run is retained.
func StartOptions(in workflows.OrderInput) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:                                       workflows.OrderID(in.OrderID),
		TaskQueue:                                workflows.OrderQueue,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes:                    workflows.StartAttributes(in),
		StaticSummary:                            fmt.Sprintf("%s · %s · %s", in.Number, in.Total, in.Provider),
		StaticDetails: fmt.Sprintf("Order **%s** over **%s**, paid through %s. Its document is `orders/%s`; what each state and reason means "+
			"stands in docs/order-states.md and docs/operations.md.", in.Number, in.Total, in.Provider, in.OrderID),
	}
}

// Describe reports whether the order's workflow runs.
func (r *Runs) Describe(ctx context.Context, orderID string) (order.RunState, error) {
	d, err := r.client.DescribeWorkflowExecution(ctx, workflows.OrderID(orderID), "")
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing):
		return order.RunMissing, nil
	case err != nil:
		return "", fault.Wrap(err, fault.Unavailable, "Temporal did not say whether %s runs", orderID)
	case d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return order.RunRunning, nil
	}
	return order.RunClosed, nil
}

// Start starts the first run of an accepted order.
func (r *Runs) Start(ctx context.Context, o order.Order) error {
	in := workflows.InputOf(o, false)
	_, err := r.client.ExecuteWorkflow(ctx, StartOptions(in), workflows.Order, in)
	return started(err, o.ID)
}

// Tell signals the order; one whose run is over begins again from its
// document.
func (r *Runs) Tell(ctx context.Context, o order.Order, f order.Fact, revive bool) error {
	in := workflows.InputOf(o, true)
	opts := StartOptions(in)
	opts.WorkflowIDConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_UNSPECIFIED
	opts.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
	if revive {
		opts.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	}
	_, err := r.client.SignalWithStartWorkflow(ctx, opts.ID, workflows.SignalFact, f, opts, workflows.Order, in)
	return started(err, o.ID)
}

// started takes "it is there already" as done.
func started(err error, orderID string) error {
	var there *serviceerror.WorkflowExecutionAlreadyStarted
	if err == nil || errors.As(err, &there) || temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return fault.Wrap(err, fault.Unavailable, "Temporal did not start or signal order %s", orderID)
}
