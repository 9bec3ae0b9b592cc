package config

import (
	"fmt"
	"slices"
	"strings"
)

// queues are the names of the task queues that a worker may serve.
var queues = []string{"orders", "shipments", "mails", "sweeps", "privacy", "media", "catalogue"}

// checkQueues refuses the name of a queue that nobody fills: what its worker
// should have served would wait for ever.
func (c Config) checkQueues() []error {
	var errs []error
	for _, q := range c.Queues {
		if !slices.Contains(queues, q) {
			errs = append(errs, fmt.Errorf("BEDESTEN_QUEUES: %q is none of %s", q, strings.Join(queues, ", ")))
		}
	}
	return errs
}
