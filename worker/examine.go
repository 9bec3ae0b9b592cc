package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/workflows"
)

// polled are our task queues, with what a worker polls each for.
var polled = []struct {
	queue string
	kinds []enumspb.TaskQueueType
}{
	{workflows.OrderQueue, []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY}},
	{workflows.ShipmentQueue, []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY}},
	{workflows.MailQueue, []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY}},
	{workflows.SweepQueue, []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY}},
	{workflows.PrivacyQueue, []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY}},
	{workflows.MediaQueue, []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY}},
	{workflows.CatalogueQueue, []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY}},
}

// freshPoll is how old a poller's last sign may be: a poll lasts a minute, and
// Temporal remembers those that went for five.
const freshPoll = 90 * time.Second

// Queues returns the task queues that workers of the product poll.
func Queues() []string {
	names := make([]string, len(polled))
	for i, p := range polled {
		names[i] = p.queue
	}
	return names
}

// CheckPollers says who polls our task queues, and fails for one that nobody
// polls: what is put there waits for ever.
func CheckPollers(ctx context.Context, c client.Client, now time.Time) (string, error) {
	var found []string
	var deserted []error
	for _, p := range polled {
		for _, kind := range p.kinds {
			described, err := c.DescribeTaskQueue(ctx, p.queue, kind)
			if err != nil {
				return "", fmt.Errorf("describing the task queue %s: %w", p.queue, err)
			}
			what := strings.ToLower(kind.String())
			workers := map[string]bool{}
			for _, poller := range described.GetPollers() {
				if now.Sub(poller.GetLastAccessTime().AsTime()) < freshPoll {
					workers[poller.GetIdentity()] = true
				}
			}
			if len(workers) == 0 {
				deserted = append(deserted, fmt.Errorf("nobody polls %s for %s tasks", p.queue, what))
				continue
			}
			found = append(found, fmt.Sprintf("%s (%s) %d", p.queue, what, len(workers)))
		}
	}
	return "workers: " + strings.Join(found, ", "), errors.Join(deserted...)
}

// CheckSchedule says when the sweeps ran last, and fails where they are not
// scheduled, are paused, or have not begun for ten times their interval.
func CheckSchedule(ctx context.Context, c client.Client, every time.Duration, now time.Time) (string, error) {
	d, err := c.ScheduleClient().GetHandle(ctx, workflows.SweepID).Describe(ctx)
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing):
		return "", errors.New("the sweeps are not scheduled")
	case err != nil:
		return "", fmt.Errorf("describing the schedule of the sweeps: %w", err)
	case d.Schedule.State != nil && d.Schedule.State.Paused:
		return "", fmt.Errorf("the sweeps are paused: %s", d.Schedule.State.Note)
	}
	since, rounds := d.Info.CreatedAt, "no round yet"
	if n := len(d.Info.RecentActions); n > 0 {
		last := slices.MaxFunc(d.Info.RecentActions, func(a, b client.ScheduleActionResult) int { return a.ActualTime.Compare(b.ActualTime) })
		since, rounds = last.ActualTime, fmt.Sprintf("last round %s ago", now.Sub(last.ActualTime).Round(time.Second))
	}
	if len(d.Info.RunningWorkflows) > 0 {
		rounds += ", one is running"
	} else if now.Sub(since) > 10*every {
		return "", fmt.Errorf("no sweep has begun since %s", since.UTC().Format(time.DateTime))
	}
	return fmt.Sprintf("every %s, %s", every, rounds), nil
}

// CheckTasks fails where workflow tasks of runs that are open fail again and again:
// they stand still until a build or a key mends them. What reports them is Temporal's
// own attribute (docs.temporal.io/search-attribute); a run that was terminated keeps it.
func CheckTasks(ctx context.Context, c client.Client) (string, error) {
	const failing = `TemporalReportedProblems IS NOT NULL AND ExecutionStatus = "Running"`
	n, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: failing})
	if err != nil {
		return "", fmt.Errorf("counting workflows whose tasks fail: %w", err)
	}
	if n.GetCount() > 0 {
		return "", fmt.Errorf("workflows that stand still because their tasks fail: %d", n.GetCount())
	}
	return "none fails", nil
}
