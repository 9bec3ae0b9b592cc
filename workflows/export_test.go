package workflows

import "go.temporal.io/sdk/workflow"

// Steps returns the names of the table of options.
func Steps() []string { return workflow.DeterministicKeys(steps) }
