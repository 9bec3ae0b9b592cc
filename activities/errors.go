// Package activities holds the side effects of the workflows: one small struct
// a noun, each method safe to run any number of times with the same input.
// Outcomes that a workflow decides on are results; errors are for what Temporal
// should try again, or cannot.
package activities

import (
	"errors"

	"go.temporal.io/sdk/temporal"

	"github.com/bedesten/bedesten/internal/fault"
)

// forTemporal is the only translation of faults into Temporal's words: it
// keeps the code across the wire and stops retries where trying again cannot
// help. Causes stay out: histories hold nothing that we did not write.
func forTemporal(err error) error {
	if err == nil {
		return nil
	}
	var f *fault.Fault
	if !errors.As(err, &f) {
		return temporal.NewApplicationError("something unforeseen failed; the worker's log has it", string(fault.Internal))
	}
	switch f.Code {
	case fault.Unavailable, fault.Internal:
		return temporal.NewApplicationError(f.Message, string(f.Code))
	default:
		return temporal.NewNonRetryableApplicationError(f.Message, string(f.Code), nil)
	}
}
