package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/workflows"
)

// attributes are the search attributes that orders and parcels write.
var attributes = map[string]enumspb.IndexedValueType{
	workflows.AttrStatus.GetName():    enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	workflows.AttrAttention.GetName(): enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	workflows.AttrCustomer.GetName():  enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	workflows.AttrProvider.GetName():  enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	workflows.AttrNumber.GetName():    enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	workflows.AttrCurrency.GetName():  enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	workflows.AttrTotal.GetName():     enumspb.INDEXED_VALUE_TYPE_INT,
	workflows.AttrParcel.GetName():    enumspb.INDEXED_VALUE_TYPE_KEYWORD,
}

// missing returns the attributes that the namespace does not know yet.
func missing(ctx context.Context, c client.Client, namespace string) (map[string]enumspb.IndexedValueType, error) {
	there, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return nil, fmt.Errorf("listing search attributes: %w", err)
	}
	absent := map[string]enumspb.IndexedValueType{}
	for name, kind := range attributes {
		if _, ok := there.GetCustomAttributes()[name]; !ok {
			absent[name] = kind
		}
	}
	return absent, nil
}

// Migrate registers the search attributes and waits until they can be used.
func Migrate(ctx context.Context, c client.Client, namespace string) error {
	absent, err := missing(ctx, c, namespace)
	if err != nil || len(absent) == 0 {
		return err
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: absent,
	})
	var there *serviceerror.AlreadyExists
	if err != nil && !errors.As(err, &there) {
		return fmt.Errorf("registering search attributes: %w", err)
	}
	return usable(ctx, c, namespace)
}

// usable waits until the frontend maps every attribute, which it learns a
// moment after they were registered.
func usable(ctx context.Context, c client.Client, namespace string) error {
	terms := []string{}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		terms = append(terms, name+" IS NULL")
	}
	query := &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace, Query: strings.Join(terms, " AND ")}
	for {
		_, err := c.WorkflowService().CountWorkflowExecutions(ctx, query)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for search attributes: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// CheckAttributes refuses to go on where an attribute is missing: an upsert of
// an unknown one would stop every order.
func CheckAttributes(ctx context.Context, c client.Client, namespace string) error {
	absent, err := missing(ctx, c, namespace)
	if err != nil {
		return err
	}
	if len(absent) > 0 {
		return fmt.Errorf("%d search attributes are not registered in namespace %q: run `bedesten migrate` first", len(absent), namespace)
	}
	return nil
}

// Schedule makes, or brings up to date, the schedule of the sweeps.
func Schedule(ctx context.Context, c client.Client, p order.Policy) error {
	spec := client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: p.SweepEvery}}}
	action := &client.ScheduleWorkflowAction{
		ID: workflows.SweepID, Workflow: workflows.Sweep, TaskQueue: workflows.SweepQueue,
		Args:                     []any{workflows.SweepInput{Policy: p}},
		WorkflowExecutionTimeout: 10 * time.Minute,
		StaticSummary:            "finds lost runs, delivers facts, records stock movements",
	}
	_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: workflows.SweepID, Spec: spec, Action: action, Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: p.SweepEvery,
	})
	if err == nil {
		return nil
	}
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return fmt.Errorf("scheduling the sweeps: %w", err)
	}
	err = c.ScheduleClient().GetHandle(ctx, workflows.SweepID).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			s := in.Description.Schedule
			s.Spec, s.Action = &spec, action
			return &client.ScheduleUpdate{Schedule: &s}, nil
		},
	})
	if err != nil {
		return fmt.Errorf("changing the schedule of the sweeps: %w", err)
	}
	return nil
}
