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

var _ identity.Post = (*Post)(nil)

// Post sends letters about accounts, each by a workflow of its own.
type Post struct {
	client client.Client
	policy order.Policy
}

// NewPost returns the way over c.
func NewPost(c client.Client, p order.Policy) *Post { return &Post{client: c, policy: p} }

// Send starts the letter's workflow. One that was started before is left alone.
func (p *Post) Send(ctx context.Context, l identity.Letter) error {
	_, err := p.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: workflows.LetterID(l.ID), TaskQueue: workflows.MailQueue,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "tell the owner of an account: " + string(l.Kind),
	}, workflows.Letter, workflows.LetterInput{Letter: l, Policy: p.policy})
	if err := started(err, l.ID); err != nil {
		return fault.Wrap(err, fault.Unavailable, "the mail could not be handed over: try again")
	}
	return nil
}
