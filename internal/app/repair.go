package app

import (
	"context"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/workflows"
)

// Repair sends a running order an operator's command, the update that Temporal's
// UI and its command line send too, and waits at most patience until the order
// has taken it. One that was accepted and not taken yet, since a step fails again
// and again, stays queued: taken is then false.
func (a *App) Repair(ctx context.Context, orderID, action, by string, patience time.Duration) (taken bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	handle, err := a.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		UpdateID: id.New("repair", a.Clock()), WorkflowID: workflows.OrderID(orderID), UpdateName: workflows.UpdateRepair,
		Args: []any{workflows.RepairCommand{Action: action, By: by}}, WaitForStage: client.WorkflowUpdateStageAccepted,
	})
	if err != nil {
		return false, fault.Wrap(err, fault.Unavailable, "order %s was not told: does a worker run?", orderID)
	}
	err = handle.Get(ctx, nil)
	if err != nil && ctx.Err() != nil {
		return false, nil // it was accepted, and waits
	}
	return err == nil, err
}
