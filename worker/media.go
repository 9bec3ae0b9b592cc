package worker

import (
	"context"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/workflows"
)

var _ media.Runs = (*Pictures)(nil)

// Pictures starts the workflows of pictures.
type Pictures struct {
	client client.Client
	policy order.Policy
}

// NewPictures returns the way over c.
func NewPictures(c client.Client, p order.Policy) *Pictures { return &Pictures{client: c, policy: p} }

// Process starts the picture's workflow where none runs. One that has run finds the
// picture further and ends.
func (p *Pictures) Process(ctx context.Context, mediaID string) error {
	_, err := p.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: workflows.PictureID(mediaID), TaskQueue: workflows.MediaQueue,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "look at a picture and make its sizes",
	}, workflows.Picture, workflows.PictureInput{MediaID: mediaID, Policy: p.policy})
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "the picture cannot be looked at now: try again")
	}
	return nil
}
