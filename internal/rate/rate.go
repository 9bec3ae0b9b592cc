// Package rate says how somebody stands whose requests are counted.
package rate

import "time"

// Count is how a key stands after a request.
type Count struct {
	// Wait is 0 for a request that is let through, or how long to wait.
	Wait time.Duration
	// Left is how many more are let through at once, Reset when there are as many
	// as ever.
	Left  int
	Reset time.Duration
}
