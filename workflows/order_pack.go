package workflows

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
)

// planOrWait goes on from placed: parcels are planned, unless a cancel was there
// first.
func (o *orderRun) planOrWait(ctx workflow.Context) {
	if !o.in.Fulfils {
		o.waitPlaced(ctx)
		return
	}
	if c, ok := o.take(commandCancel); ok {
		o.wantCancel(ctx, c)
		o.to(order.CancelAsked)
		return
	}
	o.settled = len(o.queue) == 0
	o.plan(ctx, activities.PlanInput{Next: 1})
	o.to(order.ShipmentsPlanned)
	o.note(ctx, order.EntryPlanned, "checkout", itoa(len(o.state.Shipments)))
	o.save(ctx)
	o.startParcels(ctx)
}

// plan has parcels written down and takes them into the order's state. It reports
// false when the boxes that staff wanted did not fit: packed is then by Policy.
func (o *orderRun) plan(ctx workflow.Context, in activities.PlanInput) bool {
	in.OrderID, in.Over, in.Limit = o.in.OrderID, o.over, o.policy.ParcelLimit
	var result activities.PlanResult
	o.insist(ctx, order.ReasonStoreUnavailable, func(ctx workflow.Context) error {
		ctx = options(ctx, o.policy, "PlanShipments", "pack the order's lines into parcels")
		return workflow.ExecuteActivity(ctx, shipments.PlanShipments, in).Get(ctx, &result)
	})
	if result.Ahead != nil {
		o.adopt(ctx)
	}
	if o.state.Shipments == nil {
		o.state.Shipments = map[string]order.ShipmentSummary{}
	}
	for _, p := range result.Parcels {
		if _, there := o.state.Shipments[p.ID]; !there {
			o.state.Shipments[p.ID] = order.ShipmentSummary{
				Number: p.Number, State: string(shipping.Planned), Share: p.Share, Carrier: p.Carrier, Plan: in.Plan, PlannedAt: workflow.Now(ctx).UTC(),
			}
		}
	}
	return !result.Refused
}

// startParcels starts the workflow of every parcel that has none. A parcel has
// one workflow for its life, so one that is there already is as good.
func (o *orderRun) startParcels(ctx workflow.Context) {
	started := map[string]workflow.ChildWorkflowFuture{}
	for _, id := range o.parcels() {
		p := o.state.Shipments[id]
		if p.Started {
			continue
		}
		in := ShipmentInput{
			OrderID: o.in.OrderID, Number: o.in.Number, ShipmentID: id, Parcel: p.Number, Carrier: p.Carrier, PlannedAt: p.PlannedAt, Policy: o.policy,
		}
		child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
			WorkflowID: ShipmentID(id), TaskQueue: ShipmentQueue, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
			WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
			StaticSummary:         "parcel " + itoa(p.Number) + " of order " + o.in.Number, TypedSearchAttributes: parcelAttributes(o.in.Number),
		})
		started[id] = workflow.ExecuteChildWorkflow(child, Shipment, in)
	}
	for _, id := range o.parcels() {
		if f, ok := started[id]; ok {
			o.parcelStarted(ctx, id, f)
		}
	}
}

func (o *orderRun) parcelStarted(ctx workflow.Context, id string, f workflow.ChildWorkflowFuture) {
	err := f.GetChildWorkflowExecution().Get(ctx, nil)
	if err != nil && !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		// The next round tries again: the parcel's row waits for its workflow.
		workflow.GetLogger(ctx).Error("a parcel's workflow did not start", "shipment", id, "error", err)
		o.attend(ctx, order.ReasonStoreUnavailable)
		return
	}
	o.clear(ctx, order.ReasonStoreUnavailable)
	p := o.state.Shipments[id]
	p.Started = true
	o.state.Shipments[id] = p
}

// packAnew takes a wish of staff to pack parcels otherwise that have no label
// yet, and writes it down before anything is done about it.
func (o *orderRun) packAnew(ctx workflow.Context, c command) {
	wish := order.Packing{Command: c.ID, By: c.By}
	for _, id := range o.parcels() {
		if o.parcelState(id) == shipping.Planned {
			wish.Replaces = append(wish.Replaces, id)
		}
	}
	if len(wish.Replaces) == 0 {
		o.state.Commands[c.ID] = order.CommandResult{Code: string(fault.Conflict), Message: "every parcel has its label already"}
		return
	}
	for _, box := range c.Boxes {
		quantities := map[string]int64{}
		for _, l := range box {
			quantities[l.SKU] += l.Quantity
		}
		wish.Boxes = append(wish.Boxes, quantities)
	}
	o.state.Packing = &wish
	o.save(ctx)
	o.drivePacking(ctx)
}

// drivePacking stops the parcels that are to be packed anew and plans others. The
// parcels decide: one that answers too late keeps its lines, and what was stopped
// is packed as it was.
func (o *orderRun) drivePacking(ctx workflow.Context) {
	wish := o.state.Packing
	if wish == nil {
		return
	}
	stopped, late := o.stop(ctx, wish.Replaces)
	in := activities.PlanInput{Plan: wish.Command, Replaces: stopped, Next: len(o.state.Shipments) + 1}
	for _, box := range wish.Boxes {
		var lines []shipping.Line
		for _, sku := range workflow.DeterministicKeys(box) {
			lines = append(lines, shipping.Line{SKU: sku, Quantity: box[sku]})
		}
		in.Boxes = append(in.Boxes, lines)
	}
	if late {
		in.Boxes = nil
		o.state.Commands[wish.Command] = order.CommandResult{Code: string(fault.Conflict), Message: "a parcel has its label already"}
	}
	if len(stopped) > 0 && !o.plan(ctx, in) {
		o.state.Commands[wish.Command] = order.CommandResult{Code: string(fault.Conflict), Message: "the parcels do not hold what is left to pack"}
	}
	for _, id := range stopped {
		p := o.state.Shipments[id]
		p.Settled, p.Replaced = true, true
		o.state.Shipments[id] = p
	}
	o.state.Packing = nil
	o.note(ctx, order.EntryPlanned, wish.Command, itoa(len(o.state.Shipments))+" "+order.PackedAnew)
	o.entries[len(o.entries)-1].By = wish.By
	o.save(ctx)
}
