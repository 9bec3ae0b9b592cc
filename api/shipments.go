package api

import (
	"context"
	"errors"
	"regexp"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/idempotency"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/workflows"
)

// ShipmentView is a parcel as the staff see it.
type ShipmentView struct {
	ID      string          `json:"id" example:"ord_01k3v8m4w0f3q2x9y6z7a1b2c3-parcel-1"`
	OrderID string          `json:"order_id" example:"ord_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	Number  int             `json:"number" doc:"Tells the order's parcels apart for people." example:"1"`
	State   shipping.State  `json:"state"`
	Takes   []parcelAction  `json:"takes" nullable:"false" enum:"label,pack,hand-over,scan,cancel" doc:"What can be done with it now."`
	Lines   []shipping.Line `json:"lines" nullable:"false"`
	Grams   int64           `json:"grams"`
	Share   money.Amount    `json:"share" doc:"What the shopper pays for it, shipping included."`

	Carrier      string `json:"carrier" example:"easypost"`
	Service      string `json:"service,omitempty"`
	TrackingCode string `json:"tracking_code,omitempty"`
	TrackingURL  string `json:"tracking_url,omitempty"`
	LeftUnpaid   bool   `json:"left_unpaid,omitempty" doc:"The carrier took it before its share was captured."`

	CreatedAt    time.Time  `json:"created_at"`
	PackedAt     *time.Time `json:"packed_at,omitempty"`
	PackedBy     string     `json:"packed_by,omitempty"`
	CapturedAt   *time.Time `json:"captured_at,omitempty"`
	HandedOverAt *time.Time `json:"handed_over_at,omitempty"`
	HandedOverBy string     `json:"handed_over_by,omitempty"`
	HeardAt      *time.Time `json:"heard_at,omitempty" doc:"When the carrier last told something of it."`
	EndedAt      *time.Time `json:"ended_at,omitempty"`
}

// parcelAction is what staff do with a parcel, in the words of the routes.
type parcelAction string

const (
	actionPrint    parcelAction = "label"
	actionPack     parcelAction = "pack"
	actionHandOver parcelAction = "hand-over"
	actionScan     parcelAction = "scan"
	actionCancel   parcelAction = "cancel"
)

var parcelActions = []parcelAction{actionPrint, actionPack, actionHandOver, actionScan, actionCancel}

// updates are the updates of a parcel's workflow by what staff do.
var updates = map[parcelAction]string{
	actionPack: workflows.UpdatePack, actionHandOver: workflows.UpdateHandOver,
	actionScan: workflows.UpdateScan, actionCancel: workflows.UpdateGiveUp,
}

// takes returns what can be done with a parcel in a state.
func takes(s shipping.State) []parcelAction {
	all := []parcelAction{}
	for _, action := range parcelActions {
		can := map[parcelAction]bool{
			actionPrint: printable(s), actionPack: s == shipping.LabelCreated, actionHandOver: s == shipping.Ready,
			actionScan: s.Left() && !s.Ended(), actionCancel: s.Cancellable(),
		}[action]
		if can {
			all = append(all, action)
		}
	}
	return all
}

// printable reports whether a parcel in a state has a label that can be used.
func printable(s shipping.State) bool { return s.Unpaid() || s == shipping.Ready || s.Left() }

// done reports whether a parcel in a state has come to what an action asks, or
// further: asked twice is answered twice.
func (action parcelAction) done(now, scanned shipping.State) bool {
	switch action {
	case actionPack:
		return now.Unpaid() && now != shipping.LabelCreated || now == shipping.Ready || now.Left()
	case actionHandOver:
		return now.Left()
	case actionScan:
		return now == scanned
	case actionCancel:
		return now == shipping.Cancelling || now == shipping.Cancelled
	case actionPrint:
	}
	return false
}

func viewShipment(s shipping.Shipment) ShipmentView {
	return ShipmentView{
		ID: s.ID, OrderID: s.OrderID, Number: s.Number, State: s.State, Takes: takes(s.State), Lines: s.Lines, Grams: s.Grams, Share: s.Share,
		Carrier: s.Carrier, Service: s.Service, TrackingCode: s.TrackingCode, TrackingURL: s.TrackingURL, LeftUnpaid: s.LeftUnpaid,
		CreatedAt: stamp(s.CreatedAt), PackedAt: optional(s.PackedAt), PackedBy: s.PackedBy, CapturedAt: optional(s.CapturedAt),
		HandedOverAt: optional(s.HandedOverAt), HandedOverBy: s.HandedOverBy, HeardAt: optional(s.Heard), EndedAt: optional(s.EndedAt),
	}
}

// shipmentForm is what a parcel's id can be.
var shipmentForm = regexp.MustCompile(`^ord_[A-Za-z0-9_-]{1,160}$`)

func (a *API) findShipment(ctx context.Context, shipmentID string) (shipping.Shipment, error) {
	if !shipmentForm.MatchString(shipmentID) {
		return shipping.Shipment{}, fault.New(fault.NotFound, saidNoShipment)
	}
	s, err := a.Shipments.Find(ctx, shipmentID)
	if fault.Is(err, fault.NotFound) {
		return shipping.Shipment{}, fault.New(fault.NotFound, saidNoShipment)
	}
	return s, err
}

// tellParcel hands what staff have done to the parcel's workflow and waits for
// its word. taken is false when none came in time: the parcel may still take it.
func (a *API) tellParcel(ctx context.Context, s shipping.Shipment, action parcelAction, key string, scanned shipping.State) (_ shipping.Shipment, taken bool, _ error) {
	operator, before := requestOf(ctx).operator, s.State
	rec, _, err := a.begin(ctx, "operator|"+operator+"|"+s.ID, "parcel-"+string(action), key, id.New("cmd", a.Clock()), idempotency.KeepMoney)
	if err != nil {
		return s, false, err
	}
	taken, err = a.askParcel(ctx, s.ID, updates[action], rec.ResultID, workflows.ParcelCommand{By: operator, State: scanned})
	if err == nil {
		s, err = a.Shipments.Find(context.WithoutCancel(ctx), s.ID)
	}
	if err == nil && !action.done(s.State, scanned) && (taken || s.State.Ended()) {
		err = fault.New(fault.Conflict, "the parcel is %s meanwhile: look at it again", s.State)
	}
	if err != nil {
		a.logRefusal(ctx, "shipment", s.ID, string(action), err)
		return s, taken, err
	}
	a.changed(ctx, map[string]any{"state": before}, map[string]any{"state": s.State, "action": action})
	if taken = taken || action.done(s.State, scanned); taken && action == actionPack {
		return a.paid(ctx, s)
	}
	return s, taken, nil
}

// paid waits a while until the share of a parcel that was packed is captured, or
// could not be: before that it cannot be handed over.
func (a *API) paid(ctx context.Context, s shipping.Shipment) (_ shipping.Shipment, settled bool, err error) {
	settled, err = until(ctx, func(ctx context.Context) (bool, error) {
		now, err := a.Shipments.Find(ctx, s.ID)
		if err == nil {
			s = now
		}
		return s.State != shipping.Packed && s.State != shipping.CapturePending, err
	})
	return s, settled, err
}

// How long staff wait for what follows from their word, and how often it is
// looked at.
const (
	soon     = 3 * time.Second
	lookSoon = 50 * time.Millisecond
)

// until looks until what somebody waits for is there, or soon is over.
func until(ctx context.Context, there func(context.Context) (bool, error)) (bool, error) {
	over := time.After(soon)
	for {
		ok, err := there(ctx)
		if ok || err != nil {
			return ok, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-over:
			return false, nil
		case <-time.After(lookSoon):
		}
	}
}

// askParcel sends an update to a parcel's workflow. One whose run is not there
// any more, or not yet, and one that does not answer in time, has not taken it.
func (a *API) askParcel(ctx context.Context, shipmentID, name, updateID string, command workflows.ParcelCommand) (taken bool, _ error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	handle, err := a.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflows.ShipmentID(shipmentID), UpdateID: updateID, UpdateName: name, Args: []any{command},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		var answer workflows.ParcelAnswer
		err = handle.Get(ctx, &answer)
	}
	var refused *temporal.ApplicationError
	switch {
	case err == nil:
		return true, nil
	case errors.As(err, &refused) && refused.Type() != endedUnderQuestion:
		return true, fault.New(fault.Code(refused.Type()), "%s", refused.Message())
	case timedOut(err), runOver(err), refused != nil:
		return false, nil
	}
	return false, fault.Wrap(err, fault.Unavailable, "the parcel could not be reached: try again with the same key")
}

// logRefusal writes down what staff wanted and could not do: what is refused
// leaves no trace in the workflow's history.
func (a *API) logRefusal(ctx context.Context, noun, id, command string, err error) {
	a.Log.WarnContext(ctx, "a staff command was refused", "request_id", RequestID(ctx), "operator", requestOf(ctx).operator,
		noun, id, "command", command, "code", string(fault.CodeOf(err)), "error", err)
}
