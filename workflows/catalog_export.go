package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/order"
)

// CatalogueID returns the workflow id of a file of the catalogue.
func CatalogueID(exportID string) string { return "catalogue-export/" + exportID }

// CatalogueInput starts a file of the catalogue.
type CatalogueInput struct {
	ExportID string       `json:"export_id"`
	Policy   order.Policy `json:"policy"`
}

// Catalogue writes the whole catalogue into a file.
func Catalogue(ctx workflow.Context, in CatalogueInput) (activities.FileResult, error) {
	policy := in.Policy.Complete()
	var result activities.FileResult
	options := optionsOn(ctx, CatalogueQueue, policy, "WriteCatalogue", "write the catalogue into a file")
	err := untilDone(ctx, options, policy, "WriteCatalogue", fileStuck, files.WriteCatalogue, activities.FileInput{ExportID: in.ExportID}, &result)
	return result, err
}
