package lab

import (
	"context"
	"encoding/json"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// Repair does what an operator does in Temporal's page or with its command line:
// it sends an order the update repair with the action retry, and waits until the
// order has taken it.
func (l *Lab) Repair(ctx context.Context, orderID, by string) error {
	command, err := json.Marshal(map[string]string{"action": "retry", "by": by})
	if err != nil {
		return fmt.Errorf("writing the repair of %s: %w", orderID, err)
	}
	answer, err := l.App.Temporal.WorkflowService().UpdateWorkflowExecution(ctx, &workflowservice.UpdateWorkflowExecutionRequest{
		Namespace:         l.Config.TemporalNamespace,
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "order/" + orderID},
		WaitPolicy:        &update.WaitPolicy{LifecycleStage: enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED},
		Request: &update.Request{
			Meta: &update.Meta{UpdateId: Key(), Identity: by},
			Input: &update.Input{Name: "repair", Args: &commonpb.Payloads{Payloads: []*commonpb.Payload{
				{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: command},
			}}},
		},
	})
	if err != nil {
		return fmt.Errorf("repairing %s: %w", orderID, err)
	}
	if failure := answer.GetOutcome().GetFailure(); failure != nil {
		if err := l.App.Codec.Reveal(ctx, failure); err != nil {
			return fmt.Errorf("repairing %s: %w", orderID, err)
		}
		return fmt.Errorf("repairing %s: %s", orderID, failure.GetMessage())
	}
	return nil
}
