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

// Import starts an import's workflow. One that was started before is left alone.
func (f *FileRuns) Import(ctx context.Context, importID string) error {
	_, err := f.client.ExecuteWorkflow(ctx, fileOptions(workflows.ImportID(importID), "put a file into the catalogue"),
		workflows.Import, workflows.ImportInput{ImportID: importID, Policy: f.policy})
	if err := started(err, importID); err != nil {
		return fault.Wrap(err, fault.Unavailable, "the import could not be begun: try again")
	}
	return nil
}

// Export starts the workflow of a file. One that was started before is left alone.
func (f *FileRuns) Export(ctx context.Context, exportID string) error {
	_, err := f.client.ExecuteWorkflow(ctx, fileOptions(workflows.CatalogueID(exportID), "write the catalogue into a file"),
		workflows.Catalogue, workflows.CatalogueInput{ExportID: exportID, Policy: f.policy})
	if err := started(err, exportID); err != nil {
		return fault.Wrap(err, fault.Unavailable, "the export could not be begun: try again")
	}
	return nil
}

func fileOptions(workflowID, summary string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: workflowID, TaskQueue: workflows.CatalogueQueue,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            summary,
	}
}
