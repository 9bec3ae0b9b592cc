package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/workflows"
)

// The queues of the bare workflows, one for each of the product's.
const (
	bareQueue    = "bench-bare"
	bareParcels  = "bench-bare-parcels"
	bareMails    = "bench-bare-mails"
	bareDeployed = "bench-bare"
)

// bare are workflows that do in Temporal what an order and its parcel do until
// the parcel waits to be packed, and nothing else: the same updates, activities,
// timers, signals, children and upserts, with nothing in them.
type bare struct {
	lab     *lab.Lab
	workers []worker.Worker

	mu sync.Mutex
	// wrong is what went wrong when a parcel was sent the carrier's news.
	wrong error
	last  string
}

// newBare serves the bare workflows; those of parcels and mails are left unserved
// where the product's are.
func newBare(ctx context.Context, l *lab.Lab, fulfils bool) (*bare, error) {
	b := &bare{lab: l}
	for queue, register := range map[string]func(worker.Worker){
		bareQueue: func(w worker.Worker) {
			w.RegisterWorkflow(bareOrder)
			w.RegisterActivity(emptyStep)
		},
		bareParcels: func(w worker.Worker) {
			w.RegisterWorkflow(bareParcel)
			w.RegisterActivity(emptyStep)
			w.RegisterActivity(b.emptyLabel)
		},
		bareMails: func(w worker.Worker) { w.RegisterActivity(emptyStep) },
	} {
		if queue != bareQueue && !fulfils {
			continue
		}
		w := worker.New(l.App.Temporal, queue, bareOptions())
		register(w)
		if err := w.Start(); err != nil {
			return nil, fmt.Errorf("starting a bare worker: %w", err)
		}
		b.workers = append(b.workers, w)
	}
	return b, current(ctx, l.App.Temporal)
}

// bareOptions are the product's own.
func bareOptions() worker.Options {
	return worker.Options{
		StickyScheduleToStartTimeout: time.Second, WorkerStopTimeout: time.Second,
		MaxConcurrentActivityExecutionSize: 32, MaxConcurrentWorkflowTaskExecutionSize: 200,
		MaxConcurrentWorkflowTaskPollers: 8, MaxConcurrentActivityTaskPollers: 8,
		DeploymentOptions: worker.DeploymentOptions{
			UseVersioning:             true,
			Version:                   worker.WorkerDeploymentVersion{DeploymentName: bareDeployed, BuildID: "bare"},
			DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
		},
	}
}

// current waits until the bare workers' version takes workflows.
func current(ctx context.Context, c client.Client) error {
	handle := c.WorkerDeploymentClient().GetHandle(bareDeployed)
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

// stop ends the workers and returns what went wrong beside the measurements.
func (b *bare) stop() error {
	for _, w := range b.workers {
		w.Stop()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wrong
}

func emptyStep(context.Context) error { return nil }

// announced is how long after its label a parcel is announced by the carrier.
const announced = time.Minute / order.ScaleFactor

// emptyLabel has the carrier's webhook follow, as it does after a purchase: one
// for the tracker that was made and one for its first scan.
func (b *bare) emptyLabel(_ context.Context, parcel string) error {
	for _, after := range []time.Duration{0, announced} {
		time.AfterFunc(after, func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if err := b.lab.App.Temporal.SignalWorkflow(ctx, parcel, "", workflows.SignalShipment, nil); err != nil {
				b.mu.Lock()
				defer b.mu.Unlock()
				b.wrong = errors.Join(b.wrong, err)
			}
		})
	}
	return nil
}

// run measures n bare workflows until their update is answered. They stay
// open, as placed orders do.
func (b *bare) run(ctx context.Context, n, clients int) (times, error) {
	c := b.lab.App.Temporal
	in := workflows.OrderInput{Number: "BARE-0001", CustomerID: "guest", Provider: "stripe", Total: money.Of(62_490, "TRY")}
	return timed(ctx, b.lab.Devstack.Pid(), n, clients, func(ctx context.Context, i int) error {
		opts := workflows.StartOptions(in)
		opts.ID, opts.TaskQueue = "bare/"+id.New("bare", time.Now()), bareQueue
		if i == 0 {
			b.last = opts.ID
		}
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

// bareParcelOf names the parcel of a bare order.
func bareParcelOf(order string) string { return order + "/parcel-1" }

// childOptions are those of a parcel.
func childOptions(parent string) workflow.ChildWorkflowOptions {
	return workflow.ChildWorkflowOptions{
		WorkflowID: bareParcelOf(parent), TaskQueue: bareParcels, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, StaticSummary: "parcel 1 of order BARE-0001",
		TypedSearchAttributes: temporal.NewSearchAttributes(workflows.AttrNumber.ValueSet("BARE-0001"), workflows.AttrParcel.ValueSet(string(shipping.Planned))),
	}
}
