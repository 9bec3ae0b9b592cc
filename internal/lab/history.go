package lab

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// Scale is how many times faster the rig's business time passes.
const Scale = 60

// History returns the events of an order's workflow.
func (l *Lab) History(ctx context.Context, orderID string) ([]*historypb.HistoryEvent, error) {
	var events []*historypb.HistoryEvent
	iter := l.App.Temporal.GetWorkflowHistory(ctx, "order/"+orderID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for iter.HasNext() {
		e, err := iter.Next()
		if err != nil {
			return nil, fmt.Errorf("reading the history of %s: %w", orderID, err)
		}
		events = append(events, e)
	}
	return events, nil
}
