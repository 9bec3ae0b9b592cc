package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/order"
)

// ExportID returns the workflow id of an export.
func ExportID(accountID, exportID string) string {
	return "privacy-export/" + accountID + "/" + exportID
}

// ExportInput starts an export.
type ExportInput struct {
	ExportID string       `json:"export_id"`
	Policy   order.Policy `json:"policy"`
}

// exports is what activities are named by.
var exports *activities.Exports

// Export gathers what is known of an account's owner, and tells them where it is.
func Export(ctx workflow.Context, in ExportInput) (activities.ExportResult, error) {
	policy := in.Policy.Complete()
	var result activities.ExportResult
	err := insist(ctx, policy, exports.BuildExport, "BuildExport", "gather and seal everything", activities.ExportInput{ExportID: in.ExportID}, &result)
	if err != nil || result.Letter.ID == "" {
		return result, err
	}
	return result, tell(ctx, policy, result.Letter)
}
