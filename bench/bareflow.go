package main

import (
	"errors"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/workflows"
)

// bareHold is about how long an order watches over its hold.
const bareHold = 2 * time.Hour

// bareOn returns the context of an activity on a queue, with an order's time-outs.
func bareOn(ctx workflow.Context, queue string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: queue, StartToCloseTimeout: 10 * time.Second, HeartbeatTimeout: 2 * time.Second,
	})
}

// empty runs a step that does nothing.
func empty(ctx workflow.Context, queue string) error {
	return workflow.ExecuteActivity(bareOn(ctx, queue), emptyStep).Get(ctx, nil)
}

// bareOrder is an order: reserve, authorize, place; then plan, tell the shopper,
// start the parcel, and write down what is heard of it.
func bareOrder(ctx workflow.Context) error {
	placed, lines := false, 0
	err := workflow.SetUpdateHandler(ctx, workflows.UpdateCheckout, func(ctx workflow.Context) (bool, error) {
		return true, workflow.Await(ctx, func() bool { return placed })
	})
	if err != nil {
		return err
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		for news := workflow.GetSignalChannel(ctx, workflows.SignalFact); ; lines++ {
			news.Receive(ctx, nil)
		}
	})
	for _, status := range []order.Status{"", "", order.Placed} {
		if err := bareSave(ctx, status); err != nil {
			return err
		}
	}
	placed = true
	workflow.Go(ctx, func(ctx workflow.Context) {
		if empty(ctx, bareMails) == nil {
			lines++
		}
	})
	if err := empty(ctx, bareQueue); err != nil {
		return err
	}
	if err := bareSave(ctx, order.Processing); err != nil {
		return err
	}
	child := workflow.WithChildOptions(ctx, childOptions(workflow.GetInfo(ctx).WorkflowExecution.ID))
	if err := workflow.ExecuteChildWorkflow(child, bareParcel).GetChildWorkflowExecution().Get(ctx, nil); err != nil {
		return err
	}
	for {
		if lines > 0 {
			lines = 0
			if err := empty(ctx, bareQueue); err != nil {
				return err
			}
		}
		if _, err := bareWait(ctx, bareHold, func() bool { return lines > 0 }); err != nil {
			return err
		}
	}
}

// bareSave upserts a status, if there is one, and writes it.
func bareSave(ctx workflow.Context, status order.Status) error {
	if status != "" {
		if err := workflow.UpsertTypedSearchAttributes(ctx, workflows.AttrStatus.ValueSet(string(status))); err != nil {
			return err
		}
	}
	return empty(ctx, bareQueue)
}

// bareWait waits as the product does: who is woken leaves no timer behind.
func bareWait(ctx workflow.Context, d time.Duration, cond func() bool) (bool, error) {
	timed, cancel := workflow.WithCancel(ctx)
	defer cancel()
	return workflow.AwaitWithTimeout(timed, d, cond)
}

// bareParcel is a parcel until it waits to be packed: the time for a change of
// mind, the label, a word to the order, and looks at what the carrier tells.
func bareParcel(ctx workflow.Context) error {
	policy, news := order.Scaled(), 0
	workflow.Go(ctx, func(ctx workflow.Context) {
		for heard := workflow.GetSignalChannel(ctx, workflows.SignalShipment); ; news++ {
			heard.Receive(ctx, nil)
		}
	})
	if err := bareState(ctx, shipping.Planned); err != nil {
		return err
	}
	if err := workflow.Sleep(ctx, policy.LabelAfter); err != nil {
		return err
	}
	label := workflow.ExecuteActivity(bareOn(ctx, bareParcels), "emptyLabel", workflow.GetInfo(ctx).WorkflowExecution.ID)
	if err := label.Get(ctx, nil); err != nil {
		return err
	}
	if err := bareTell(ctx); err != nil {
		return err
	}
	if err := bareState(ctx, shipping.LabelCreated); err != nil {
		return err
	}
	for {
		woken, err := bareWait(ctx, policy.ParcelWait, func() bool { return news > 0 })
		if err == nil && !woken {
			// Nobody packs it: a person is asked, once.
			err = errors.Join(bareTell(ctx), workflow.Await(ctx, func() bool { return news > 0 }))
		}
		if err != nil {
			return err
		}
		news = 0
		if err := empty(ctx, bareParcels); err != nil {
			return err
		}
	}
}

func bareState(ctx workflow.Context, s shipping.State) error {
	return workflow.UpsertTypedSearchAttributes(ctx, workflows.AttrParcel.ValueSet(string(s)))
}

// bareTell sends the order a word.
func bareTell(ctx workflow.Context) error {
	return workflow.SignalExternalWorkflow(ctx, workflow.GetInfo(ctx).ParentWorkflowExecution.ID, "", workflows.SignalFact, nil).Get(ctx, nil)
}
