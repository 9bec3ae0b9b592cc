package worker

import (
	"context"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/workflows"
)

var _ identity.Privacy = (*Privacy)(nil)

// Privacy starts what people ask for by law.
type Privacy struct {
	client client.Client
	policy order.Policy
}

// NewPrivacy returns the way over c.
func NewPrivacy(c client.Client, p order.Policy) *Privacy { return &Privacy{client: c, policy: p} }

// Erase starts the erasure's workflow, or has it look at the account again.
func (p *Privacy) Erase(ctx context.Context, accountID string) error {
	_, err := p.client.SignalWithStartWorkflow(ctx, workflows.ErasureID(accountID), workflows.SignalErasure, nil, erasureOptions(accountID), workflows.Erasure, workflows.ErasureInput{AccountID: accountID, Policy: p.policy})
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "the erasure could not be begun: try again")
	}
	return nil
}

// Resume starts the erasure's workflow where none runs: of one that runs it costs
// no event.
func (p *Privacy) Resume(ctx context.Context, accountID string) error {
	_, err := p.client.ExecuteWorkflow(ctx, erasureOptions(accountID), workflows.Erasure, workflows.ErasureInput{AccountID: accountID, Policy: p.policy})
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "the erasure could not be begun: try again")
	}
	return nil
}

func erasureOptions(accountID string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: workflows.ErasureID(accountID), TaskQueue: workflows.PrivacyQueue,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "forget an account",
		StaticDetails:            "Its row says until when its owner may withdraw. It waits for open orders; docs/adr/0040-erasure.md says what stays.",
	}
}

// Export starts the export's workflow. One that was started before is left alone, unless
// it was ended before its end: the export is as open as it was, and nobody works on it.
func (p *Privacy) Export(ctx context.Context, e identity.Export) error {
	_, err := p.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: workflows.ExportID(e.AccountID, e.ID), TaskQueue: workflows.PrivacyQueue,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "gather what is known of an account's owner",
	}, workflows.Export, workflows.ExportInput{ExportID: e.ID, Policy: p.policy})
	if err := started(err, e.ID); err != nil {
		return fault.Wrap(err, fault.Unavailable, "the export could not be begun: try again")
	}
	return nil
}
