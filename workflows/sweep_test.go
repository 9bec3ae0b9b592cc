package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/workflows"
)

// swept waits for a round of the schedule that went well, and returns its workflow and
// its run.
func swept(t *testing.T) (workflowID, run string) {
	t.Helper()
	needsRig(t)
	require.Eventually(t, func() bool {
		d, err := rig.App.Temporal.ScheduleClient().GetHandle(t.Context(), workflows.SweepID).Describe(t.Context())
		if err != nil {
			return false
		}
		for _, round := range d.Info.RecentActions {
			workflowID, run = round.StartWorkflowResult.WorkflowID, round.StartWorkflowResult.FirstExecutionRunID
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			err := rig.App.Temporal.GetWorkflow(ctx, workflowID, run).Get(ctx, &activities.SweepResult{})
			cancel()
			if err == nil {
				return true
			}
		}
		return false
	}, time.Minute, 200*time.Millisecond)
	return workflowID, run
}

func TestSweep_GoesThroughAllItsSteps(t *testing.T) {
	t.Parallel()
	workflowID, run := swept(t)
	recordWorkflow(t, "sweep/files", workflowID, run)
}
