package main

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/workflows"
)

// bareQueue is the bare workflow's own queue.
const bareQueue = "bench-bare"

// bareSteps is how many activities an order runs until it is placed; it starts
// no timer on the way.
const bareSteps = 3

// bare is a workflow that does in Temporal what an order does until it is
// placed, and nothing else: one update, three activities, one upsert.
type bare struct {
	lab    *lab.Lab
	worker worker.Worker
}

func newBare(ctx context.Context, l *lab.Lab) (*bare, error) {
	w := worker.New(l.App.Temporal, bareQueue, worker.Options{
		StickyScheduleToStartTimeout: time.Second, WorkerStopTimeout: time.Second,
		MaxConcurrentWorkflowTaskPollers: 8, MaxConcurrentActivityTaskPollers: 8,
		// Versioned as the product's workers are.
		DeploymentOptions: worker.DeploymentOptions{
			UseVersioning:             true,
			Version:                   worker.WorkerDeploymentVersion{DeploymentName: bareQueue, BuildID: "bare"},
			DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
		},
	})
	w.RegisterWorkflow(bareOrder)
	w.RegisterActivity(emptyStep)
	if err := w.Start(); err != nil {
		return nil, fmt.Errorf("starting the bare worker: %w", err)
	}
	return &bare{lab: l, worker: w}, current(ctx, l.App.Temporal)
}

// current waits until the bare worker's version takes workflows.
func current(ctx context.Context, c client.Client) error {
	handle := c.WorkerDeploymentClient().GetHandle(bareQueue)
	for {
		_, err := handle.SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: "bare"})
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("making the bare worker current: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (b *bare) stop() { b.worker.Stop() }

func emptyStep(context.Context) error { return nil }

func bareOrder(ctx workflow.Context) error {
	placed := false
	err := workflow.SetUpdateHandler(ctx, workflows.UpdateCheckout, func(ctx workflow.Context) (bool, error) {
		return true, workflow.Await(ctx, func() bool { return placed })
	})
	if err != nil {
		return err
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second, HeartbeatTimeout: 2 * time.Second})
	for step := range bareSteps {
		if step == bareSteps-1 {
			if err := workflow.UpsertTypedSearchAttributes(ctx, workflows.AttrStatus.ValueSet("placed")); err != nil {
				return err
			}
		}
		if err := workflow.ExecuteActivity(ctx, emptyStep).Get(ctx, nil); err != nil {
			return err
		}
	}
	placed = true
	return workflow.Await(ctx, func() bool { return false })
}

// run measures n bare workflows until their update is answered. They stay
// open, as placed orders do.
func (b *bare) run(ctx context.Context, n, clients int) (times, error) {
	c := b.lab.App.Temporal
	in := workflows.OrderInput{Number: "BARE-0001", CustomerID: "guest", Provider: "stripe", Total: money.Of(62_490, "TRY")}
	return timed(ctx, b.lab.Devstack.Pid(), n, clients, func(ctx context.Context, _ int) error {
		opts := workflows.StartOptions(in)
		opts.ID, opts.TaskQueue = "bare/"+id.New("bare", time.Now()), bareQueue
		handle, err := c.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
			StartWorkflowOperation: c.NewWithStartWorkflowOperation(opts, bareOrder),
			UpdateOptions: client.UpdateWorkflowOptions{
				WorkflowID: opts.ID, UpdateID: opts.ID, UpdateName: workflows.UpdateCheckout, WaitForStage: client.WorkflowUpdateStageCompleted,
			},
		})
		if err != nil {
			return fmt.Errorf("starting a bare workflow: %w", err)
		}
		return handle.Get(ctx, nil)
	})
}
