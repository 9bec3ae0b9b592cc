package workflows

import (
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
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

// ShipmentStartOptions are how a lost parcel's run is begun again: not where the
// last one came to its own end.
func ShipmentStartOptions(in ShipmentInput) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: ShipmentID(in.ShipmentID), TaskQueue: ShipmentQueue, WorkflowExecutionErrorWhenAlreadyStarted: true,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		StaticSummary:         "parcel " + itoa(in.Parcel) + " of order " + in.Number,
		TypedSearchAttributes: parcelAttributes(in.Number),
	}
}

// ShipmentInputOf returns the input of a parcel whose run is begun again from its
// row.
func ShipmentInputOf(row shipping.Shipment, number string, p order.Policy) ShipmentInput {
	return ShipmentInput{
		OrderID: row.OrderID, Number: number, ShipmentID: row.ID, Parcel: row.Number, Carrier: row.Carrier, PlannedAt: row.CreatedAt,
		Policy: p.Complete(), Resume: true,
	}
}
