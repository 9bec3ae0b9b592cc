package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// events are what Temporal has written of one workflow.
type events struct {
	// kinds counts the events of its history, activities those that were scheduled.
	kinds, activities map[string]int
	// transitions is how often its state was written.
	transitions int64
}

func eventsOf(ctx context.Context, c client.Client, workflowID string) (events, error) {
	e := events{kinds: map[string]int{}, activities: map[string]int{}}
	history := c.GetWorkflowHistory(ctx, workflowID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		one, err := history.Next()
		if err != nil {
			return e, fmt.Errorf("reading the history of %s: %w", workflowID, err)
		}
		e.kinds[one.GetEventType().String()]++
		if a := one.GetActivityTaskScheduledEventAttributes(); a != nil {
			e.activities[a.GetActivityType().GetName()]++
		}
	}
	described, err := c.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return e, fmt.Errorf("describing %s: %w", workflowID, err)
	}
	e.transitions = described.GetWorkflowExecutionInfo().GetStateTransitionCount()
	return e, nil
}

// total is how many events there are.
func (e events) total() int { return sum(e.kinds) }

func sum(counts map[string]int) int {
	n := 0
	for _, each := range counts {
		n += each
	}
	return n
}

// byCount returns the names that were counted, the most first.
func byCount(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
}

// listed renders counts, the most first.
func listed(counts map[string]int) string {
	names := byCount(counts)
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, counts[name])
	}
	return strings.Join(names, ", ")
}
