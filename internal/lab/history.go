package lab

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// Scale is how many times faster the rig's business time passes.
const Scale = 60

// History returns the history of an order's workflow, decrypted.
func (l *Lab) History(ctx context.Context, orderID string) (*historypb.History, error) {
	h, err := l.StoredHistory(ctx, "order/"+orderID, "")
	if err != nil {
		return nil, err
	}
	return h, l.App.Codec.Reveal(ctx, h)
}

// StoredHistory returns the history of a workflow's run, or of its newest one, as
// Temporal keeps it.
func (l *Lab) StoredHistory(ctx context.Context, workflowID, run string) (*historypb.History, error) {
	var h historypb.History
	iter := l.App.Temporal.GetWorkflowHistory(ctx, workflowID, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for iter.HasNext() {
		e, err := iter.Next()
		if err != nil {
			return nil, fmt.Errorf("reading the history of %s: %w", workflowID, err)
		}
		h.Events = append(h.Events, e)
	}
	return &h, nil
}
