// Package clock is where the product reads the time, so that tests can give
// their own. Workflows do not use it: they have workflow.Now.
package clock

import "time"

// Clock tells the time.
type Clock func() time.Time

// System is the machine's clock, in UTC and in whole milliseconds: what both
// MongoDB and JSON keep.
func System() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
