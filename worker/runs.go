package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/workflows"
)

var (
	_ order.Runs    = (*Runs)(nil)
	_ shipping.Runs = (*Runs)(nil)
)

// Runs reaches the workflows of orders through Temporal.
type Runs struct{ client client.Client }

// NewRuns returns the reach over c.
func NewRuns(c client.Client) *Runs { return &Runs{client: c} }

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

// lostRuns finds runs that ended otherwise than by their own word.
const lostRuns = "WorkflowType = '%s' AND ExecutionStatus IN ('Terminated', 'Failed', 'Canceled', 'TimedOut') AND CloseTime >= '%s'"

// Lost returns the orders of such runs, each once.
func (r *Runs) Lost(ctx context.Context, since time.Time) ([]string, error) {
	return r.lost(ctx, "Order", workflows.OrderID(""), since)
}

// LostShipments returns the parcels of such runs, each once.
func (r *Runs) LostShipments(ctx context.Context, since time.Time) ([]string, error) {
	return r.lost(ctx, "Shipment", workflows.ShipmentID(""), since)
}

func (r *Runs) lost(ctx context.Context, kind, prefix string, since time.Time) ([]string, error) {
	query := fmt.Sprintf(lostRuns, kind, since.UTC().Format(time.RFC3339Nano))
	seen, ids := map[string]bool{}, []string{}
	for token := []byte(nil); ; {
		page, err := r.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, NextPageToken: token})
		if err != nil {
			return nil, fault.Wrap(err, fault.Unavailable, "Temporal did not list ended runs")
		}
		for _, e := range page.GetExecutions() {
			id, ok := strings.CutPrefix(e.GetExecution().GetWorkflowId(), prefix)
			if ok && !seen[id] {
				seen[id], ids = true, append(ids, id)
			}
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return ids, nil
		}
	}
}

// Start starts the first run of an accepted order.
func (r *Runs) Start(ctx context.Context, o order.Order) error {
	in := workflows.InputOf(o, false)
	_, err := r.client.ExecuteWorkflow(ctx, workflows.StartOptions(in), workflows.Order, in)
	return started(err, o.ID)
}

// Tell signals the order; one whose run is over begins again from its
// document.
func (r *Runs) Tell(ctx context.Context, o order.Order, f order.Fact, revive bool) error {
	in := workflows.InputOf(o, true)
	opts := workflows.StartOptions(in)
	opts.WorkflowIDConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_UNSPECIFIED
	opts.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
	if revive {
		opts.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	}
	_, err := r.client.SignalWithStartWorkflow(ctx, opts.ID, workflows.SignalFact, f, opts, workflows.Order, in)
	var there *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &there) || temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return fault.Wrap(err, fault.Conflict, "the run of order %s has completed and was not told", o.ID)
	}
	return started(err, o.ID)
}

// TellShipment signals a parcel. One whose run is over is a NotFound fault.
func (r *Runs) TellShipment(ctx context.Context, shipmentID string, f shipping.Fact) error {
	err := r.client.SignalWorkflow(ctx, workflows.ShipmentID(shipmentID), "", workflows.SignalShipment, f)
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing):
		return fault.Wrap(err, fault.NotFound, "shipment %s has no run", shipmentID)
	case err != nil:
		return fault.Wrap(err, fault.Unavailable, "Temporal did not signal shipment %s", shipmentID)
	}
	return nil
}

// ReviveShipment starts a parcel's workflow again, from its row, where the last
// run was lost: terminated, failed, or never there.
func (r *Runs) ReviveShipment(ctx context.Context, row shipping.Shipment, number string, policy any) (bool, error) {
	p, ok := policy.(order.Policy)
	if !ok {
		return false, fault.New(fault.Internal, "the policy of shipment %s is a %T", row.ID, policy)
	}
	d, err := r.client.DescribeWorkflowExecution(ctx, workflows.ShipmentID(row.ID), "")
	var missing *serviceerror.NotFound
	if err != nil && !errors.As(err, &missing) {
		return false, fault.Wrap(err, fault.Unavailable, "Temporal did not say whether %s runs", row.ID)
	}
	if err == nil && d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return false, nil
	}
	in := workflows.ShipmentInputOf(row, number, p)
	_, err = r.client.ExecuteWorkflow(ctx, workflows.ShipmentStartOptions(in), workflows.Shipment, in)
	return err == nil, started(err, row.ID)
}

// started takes "it is there already" as done.
func started(err error, orderID string) error {
	var there *serviceerror.WorkflowExecutionAlreadyStarted
	if err == nil || errors.As(err, &there) || temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return fault.Wrap(err, fault.Unavailable, "Temporal did not start or signal order %s", orderID)
}
