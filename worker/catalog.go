package worker

import (
	"context"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/workflows"
)

var _ catalog.FileRuns = (*FileRuns)(nil)

// FileRuns starts what works on files of the catalogue.
type FileRuns struct {
	client client.Client
	policy order.Policy
}

// NewFileRuns returns the way over c.
func NewFileRuns(c client.Client, p order.Policy) *FileRuns { return &FileRuns{client: c, policy: p} }

// Import starts an import's workflow where none runs. A new run goes on from the
// import's document, and ends at once where that is over.
func (f *FileRuns) Import(ctx context.Context, importID string) error {
	_, err := f.client.ExecuteWorkflow(ctx, fileOptions(workflows.ImportID(importID), "put a file into the catalogue"),
		workflows.Import, workflows.ImportInput{ImportID: importID, Policy: f.policy})
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "the import could not be begun: try again")
	}
	return nil
}

// Export starts the workflow of a file where none runs. A new run of a file that is
// ready ends at once.
func (f *FileRuns) Export(ctx context.Context, exportID string) error {
	_, err := f.client.ExecuteWorkflow(ctx, fileOptions(workflows.CatalogueID(exportID), "write the catalogue into a file"),
		workflows.Catalogue, workflows.CatalogueInput{ExportID: exportID, Policy: f.policy})
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "the export could not be begun: try again")
	}
	return nil
}

// fileOptions allow another run of what was closed: one that was terminated has left a
// document that is not over, and only a run moves that.
func fileOptions(workflowID, summary string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: workflowID, TaskQueue: workflows.CatalogueQueue,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            summary,
	}
}
