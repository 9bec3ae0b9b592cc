package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/order"
)

// CatalogueQueue is the task queue of files of the catalogue: they take minutes, and
// must hold nobody up.
const CatalogueQueue = "catalogue"

// ImportID returns the workflow id of an import.
func ImportID(importID string) string { return "catalogue-import/" + importID }

// ImportInput starts an import. What is in the file stands in MongoDB.
type ImportInput struct {
	ImportID string       `json:"import_id"`
	Policy   order.Policy `json:"policy"`
}

// files is what activities are named by.
var files *activities.Files

// AttentionCatalogue is why a file of the catalogue needs a person of the shop.
const AttentionCatalogue = order.StillCatalogue

// fileStuck puts a file on the list of those that need a person, and takes it off where
// no step is named.
func fileStuck(ctx workflow.Context, step string) error {
	if step == "" {
		return attention(ctx, "catalogue-attention", "", "")
	}
	return attention(ctx, "catalogue-attention", AttentionCatalogue, step+" fails and is tried until it is done. The failed activity below says why: mend that, or cancel the import over the API.")
}

// Import checks a whole file, and then applies it batch by batch. How far it is and what
// became of products stands here, as the activities counted them: no try counts twice.
func Import(ctx workflow.Context, in ImportInput) (activities.ImportStep, error) {
	policy := in.Policy.Complete()
	var step activities.ImportStep
	options := optionsOn(ctx, CatalogueQueue, policy, "CheckImport", "check the whole file")
	err := untilDone(ctx, options, policy, "CheckImport", fileStuck, files.CheckImport, activities.ImportInput{ImportID: in.ImportID}, &step)
	for err == nil && !step.Over {
		summary := fmt.Sprintf("apply products after %d of %d", step.After, step.Products)
		workflow.SetCurrentDetails(ctx, summary)
		options := optionsOn(ctx, CatalogueQueue, policy, "ApplyImport", summary)
		input := activities.ImportInput{ImportID: in.ImportID, After: step.After, Counts: step.Counts}
		step = activities.ImportStep{}
		err = untilDone(ctx, options, policy, "ApplyImport", fileStuck, files.ApplyImport, input, &step)
	}
	return step, err
}
