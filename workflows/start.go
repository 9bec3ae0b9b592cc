package workflows

import (
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// StartOptions are how an order's first run is started: a second one is
// refused for as long as the closed run is retained.
func StartOptions(in OrderInput) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:                                       OrderID(in.OrderID),
		TaskQueue:                                OrderQueue,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes:                    StartAttributes(in),
		StaticSummary:                            fmt.Sprintf("%s · %s · %s", in.Number, in.Total, in.Provider),
		StaticDetails: fmt.Sprintf("Order **%s** over **%s**, paid through %s. Its document is `orders/%s`; what each state and reason means "+
			"stands in docs/order-states.md and docs/operations.md.", in.Number, in.Total, in.Provider, in.OrderID),
	}
}
