package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
)

// beating sends heartbeats while fn runs, so that a worker that died is missed
// after Policy.Heartbeat and not only after the whole time-out.
func beating(ctx context.Context, fn func(context.Context) error) error {
	every := activity.GetInfo(ctx).HeartbeatTimeout / 3
	if every <= 0 {
		return fn(ctx)
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	}()
	return fn(ctx)
}
