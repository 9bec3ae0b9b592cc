package temporaldev_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const queue = "orders"

var status = temporal.NewSearchAttributeKeyKeyword("OrderStatus")

// place stands for an order: three steps one after the other, during which any
// number of shoppers may wait by Update.
func place(ctx workflow.Context) (string, error) {
	placed := false
	err := workflow.SetUpdateHandler(ctx, "wait", func(ctx workflow.Context) (string, error) {
		return "placed", workflow.Await(ctx, func() bool { return placed })
	})
	if err != nil {
		return "", err
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	for range 3 {
		if err := workflow.ExecuteActivity(ctx, step).Get(ctx, nil); err != nil {
			return "", err
		}
	}
	placed = true
	return "done", workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

func step(context.Context) error { return nil }

// rest stays open until it is told to go on.
func rest(ctx workflow.Context) error {
	workflow.GetSignalChannel(ctx, "wake").Receive(ctx, nil)
	return nil
}

// crowd counts updates and answers all of them together.
func crowd(ctx workflow.Context, n int) error {
	waiting := 0
	err := workflow.SetUpdateHandler(ctx, "wait", func(ctx workflow.Context) error {
		waiting++
		return workflow.Await(ctx, func() bool { return waiting == n })
	})
	if err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return waiting == n && workflow.AllHandlersFinished(ctx) })
}

func work(t *testing.T, c client.Client, opts worker.Options) {
	t.Helper()
	opts.WorkerStopTimeout = time.Second
	w := worker.New(c, queue, opts)
	auto := workflow.RegisterOptions{VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade}
	w.RegisterWorkflowWithOptions(place, auto)
	w.RegisterWorkflowWithOptions(rest, auto)
	w.RegisterWorkflowWithOptions(crowd, auto)
	w.RegisterActivity(step)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func TestWorkflow_IsStartedAndWaitedForInOneCall(t *testing.T) {
	t.Parallel()
	_, c := start(t, config(t))
	work(t, c, worker.Options{})

	for i := range 5 {
		began := time.Now()
		id := fmt.Sprintf("order/ord_%d", i)
		op := c.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
			ID: id, TaskQueue: queue, WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		}, place)
		h, err := c.UpdateWithStartWorkflow(deadline(t), client.UpdateWithStartWorkflowOptions{
			StartWorkflowOperation: op,
			UpdateOptions: client.UpdateWorkflowOptions{
				WorkflowID: id, UpdateID: "u1", UpdateName: "wait", WaitForStage: client.WorkflowUpdateStageCompleted,
			},
		})
		require.NoError(t, err)
		var got string
		require.NoError(t, h.Get(deadline(t), &got))
		require.Equal(t, "placed", got)
		t.Logf("three activities took %s", time.Since(began).Round(time.Millisecond))
	}
}

// The server's default is 10; the SDK tries a refused Update again in silence.
func TestWorkflow_TakesFiftyUpdatesAtOnce(t *testing.T) {
	t.Parallel()
	const shoppers = 50
	_, c := start(t, config(t))
	work(t, c, worker.Options{})
	run, err := c.ExecuteWorkflow(deadline(t), client.StartWorkflowOptions{ID: "order/ord_1", TaskQueue: queue}, crowd, shoppers)
	require.NoError(t, err)

	errs := make(chan error, shoppers)
	for range shoppers {
		go func() {
			h, err := c.UpdateWorkflow(deadline(t), client.UpdateWorkflowOptions{
				WorkflowID: run.GetID(), UpdateName: "wait", WaitForStage: client.WorkflowUpdateStageCompleted,
			})
			if err == nil {
				err = h.Get(deadline(t), nil)
			}
			errs <- err
		}()
	}
	for range shoppers {
		require.NoError(t, <-errs)
	}
	require.NoError(t, run.Get(deadline(t), nil))
}

func TestSearchAttributes_CanBeUsedWithinASecondAfterTheyWereAdded(t *testing.T) {
	t.Parallel()
	_, c := start(t, config(t))
	work(t, c, worker.Options{})
	_, err := c.OperatorService().AddSearchAttributes(deadline(t), &operatorservice.AddSearchAttributesRequest{
		Namespace:        "default",
		SearchAttributes: map[string]enums.IndexedValueType{status.GetName(): enums.INDEXED_VALUE_TYPE_KEYWORD},
	})
	require.NoError(t, err)

	began := time.Now()
	require.Eventually(t, func() bool {
		_, err := c.ExecuteWorkflow(deadline(t), client.StartWorkflowOptions{
			ID: "order/ord_1", TaskQueue: queue,
			TypedSearchAttributes: temporal.NewSearchAttributes(status.ValueSet("placed")),
		}, rest)
		return err == nil
	}, time.Second, 10*time.Millisecond)
	require.Eventually(t, func() bool {
		n, err := c.CountWorkflow(deadline(t), &workflowservice.CountWorkflowExecutionsRequest{Query: "OrderStatus = 'placed'"})
		return err == nil && n.GetCount() == 1
	}, patience, 10*time.Millisecond)
	t.Logf("usable and listed after %s", time.Since(began).Round(time.Millisecond))
}

func TestDeployment_RunsWorkflowsOnceItsVersionIsCurrent(t *testing.T) {
	t.Parallel()
	_, c := start(t, config(t))
	version := worker.WorkerDeploymentVersion{DeploymentName: "bedesten", BuildID: "v1"}
	work(t, c, worker.Options{DeploymentOptions: worker.DeploymentOptions{UseVersioning: true, Version: version}})

	deployment := c.WorkerDeploymentClient().GetHandle(version.DeploymentName)
	require.Eventually(t, func() bool {
		_, err := deployment.SetCurrentVersion(deadline(t), client.WorkerDeploymentSetCurrentVersionOptions{BuildID: version.BuildID})
		return err == nil
	}, patience, 50*time.Millisecond, "the version appears when its worker polls")

	run, err := c.ExecuteWorkflow(deadline(t), client.StartWorkflowOptions{ID: "order/ord_1", TaskQueue: queue}, place)
	require.NoError(t, err)
	var got string
	require.NoError(t, run.Get(deadline(t), &got))
	require.Equal(t, "done", got)
}
