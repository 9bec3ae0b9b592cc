// Package worker registers what a worker process runs: workflows, activities,
// their queues and options. It also reaches orders' workflows for activities.
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/workflows"
)

// Deployment is the name under which all workers of the product are versioned.
const Deployment = "bedesten"

// Deps are the activities that a worker serves.
type Deps struct {
	Orders    *activities.Orders
	Stock     *activities.Stock
	Payments  *activities.Payments
	Shipments *activities.Shipments
	Mails     *activities.Mails
	Letters   *activities.Letters
	Sweeper   *activities.Sweeper
	Privacy   *activities.Privacy
	Exports   *activities.Exports
	Pictures  *activities.Pictures
	Files     *activities.Files
}

// atOnce is how many activities of a queue one process runs at the same time, where
// each takes hundreds of megabytes: a picture that is unpacked, and a file of the
// catalogue with its table of texts.
var atOnce = map[string]int{workflows.MediaQueue: 2, workflows.CatalogueQueue: 2}

// Set is the workers of one process.
type Set struct{ workers []worker.Worker }

// New registers everything on workers for c, one for each of the named queues;
// none named means all. buildID names the code's version; workflows upgrade by
// themselves, guarded by GetVersion and replay tests.
func New(c client.Client, d Deps, queues []string, buildID string, log *slog.Logger) *Set {
	s := &Set{}
	for _, queue := range Queues() {
		if len(queues) > 0 && !slices.Contains(queues, queue) {
			continue
		}
		w := worker.New(c, queue, options(queue, buildID, log))
		d.register(w, queue)
		s.workers = append(s.workers, w)
	}
	return s
}

// register has w serve what is put on a queue.
func (d Deps) register(w worker.Worker, queue string) {
	switch queue {
	case workflows.OrderQueue:
		w.RegisterWorkflow(workflows.Order)
		w.RegisterActivity(d.Orders)
		w.RegisterActivity(d.Stock)
		w.RegisterActivity(d.Payments)
		w.RegisterActivity(d.Shipments)
	case workflows.ShipmentQueue:
		w.RegisterWorkflow(workflows.Shipment)
		w.RegisterActivity(d.Shipments)
	case workflows.MailQueue:
		w.RegisterActivity(d.Mails)
		w.RegisterWorkflow(workflows.Letter)
		w.RegisterActivity(d.Letters)
	case workflows.SweepQueue:
		w.RegisterWorkflow(workflows.Sweep)
		w.RegisterActivity(d.Sweeper)
	case workflows.PrivacyQueue:
		w.RegisterWorkflow(workflows.Erasure)
		w.RegisterActivity(d.Privacy)
		w.RegisterWorkflow(workflows.Export)
		w.RegisterActivity(d.Exports)
	case workflows.MediaQueue:
		w.RegisterWorkflow(workflows.Picture)
		w.RegisterActivity(d.Pictures)
	case workflows.CatalogueQueue:
		w.RegisterWorkflow(workflows.Import)
		w.RegisterWorkflow(workflows.Catalogue)
		w.RegisterActivity(d.Files)
	}
}

func options(queue, buildID string, log *slog.Logger) worker.Options {
	o := worker.Options{
		// The default of 5 s is a shopper's whole wait after a crash.
		StickyScheduleToStartTimeout: time.Second,
		// Above zero, so that a stopping worker lets its activities finish.
		WorkerStopTimeout: 10 * time.Second,
		// More at once would only queue before the stores, with the clock of their
		// time-outs running; waiting in Temporal costs nothing.
		MaxConcurrentActivityExecutionSize:     32,
		MaxConcurrentWorkflowTaskExecutionSize: 200,
		MaxConcurrentWorkflowTaskPollers:       8,
		MaxConcurrentActivityTaskPollers:       8,
		DeploymentOptions: worker.DeploymentOptions{
			UseVersioning:             true,
			Version:                   worker.WorkerDeploymentVersion{DeploymentName: Deployment, BuildID: buildID},
			DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
		},
		OnFatalError: func(err error) { log.Error("the worker stopped", "error", err) },
	}
	if most, few := atOnce[queue]; few {
		o.MaxConcurrentActivityExecutionSize = most
	}
	return o
}

// Start begins to poll.
func (s *Set) Start() error {
	for _, w := range s.workers {
		if err := w.Start(); err != nil {
			return fmt.Errorf("starting a worker: %w", err)
		}
	}
	return nil
}

// Stop lets running tasks finish and ends the workers.
func (s *Set) Stop() {
	for _, w := range s.workers {
		w.Stop()
	}
}

// SetCurrent makes buildID the version that new and open workflows run on. It
// waits until the server has heard of the version, which a worker tells it by
// polling: until this was called once, nothing runs.
func SetCurrent(ctx context.Context, c client.Client, buildID string) error {
	handle := c.WorkerDeploymentClient().GetHandle(Deployment)
	for {
		err := setCurrent(ctx, handle, buildID)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("making build %s the current version: %w", buildID, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// currentTry bounds one try: an answer that a busy server lost would otherwise be
// waited for until there is no time left to ask again.
const currentTry = 5 * time.Second

func setCurrent(ctx context.Context, handle client.WorkerDeploymentHandle, buildID string) error {
	ctx, cancel := context.WithTimeout(ctx, currentTry)
	defer cancel()
	_, err := handle.SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: buildID})
	return err //nolint:wrapcheck // the caller says what was done
}
