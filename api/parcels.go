package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/workflows"
)

type shipmentsOutput struct {
	Status     int
	RetryAfter seconds `header:"Retry-After"`
	Body       struct {
		Shipments []ShipmentView `json:"shipments" nullable:"false"`
	}
}

type parcelsInput struct {
	OrderAccess
	Body struct {
		Parcels []boxBody `json:"parcels" minItems:"1" maxItems:"50" nullable:"false" doc:"How the lines are to be packed that have no label yet."`
	}
}

type boxBody struct {
	Lines []boxLine `json:"lines" minItems:"1" maxItems:"200" nullable:"false"`
}

type boxLine struct {
	SKU      string `json:"sku" minLength:"1" maxLength:"64" example:"CAY-06"`
	Quantity int64  `json:"quantity" minimum:"1" maximum:"10000" example:"2"`
}

func (a *API) parcelRoutes() {
	handle(a, Route{
		ID: "list-shipments", Method: http.MethodGet, Path: "/v1/orders/{order_id}/shipments", Tag: tagStaff, Access: Staff, Permission: identity.ReadOrders,
		Summary: "Show the parcels of an order", Description: "Those that others took the place of are left out.",
	}, func(ctx context.Context, in *OrderAccess) (*shipmentsOutput, error) {
		o, err := a.findOrder(ctx, in.OrderID)
		if err != nil {
			return nil, err
		}
		return a.showParcels(ctx, o)
	})
	handle(a, Route{
		ID: "put-parcels", Method: http.MethodPut, Path: "/v1/orders/{order_id}/parcels", Tag: tagStaff, Access: Staff, Permission: identity.FulfilOrders,
		Summary: "Pack an order's parcels otherwise", Codes: []fault.Code{fault.Conflict},
		Description: "For the time before labels are bought: the parcels here take the place of those that have none, and hold exactly their lines. " +
			"Once a parcel has its label: 409.",
		Answers: map[int]string{
			http.StatusOK:       "They are packed so: the parcels as they stand.",
			http.StatusAccepted: "No answer yet: the parcels as they stand now. Look again after Retry-After, or ask again.",
		},
	}, a.putParcels)
}

// findOrder returns an order for the staff, who need no secret of it.
func (a *API) findOrder(ctx context.Context, orderID string) (order.Order, error) {
	if !id.Valid(id.Order, orderID) {
		return order.Order{}, noOrder()
	}
	o, err := a.Orders.Find(ctx, orderID)
	if fault.Is(err, fault.NotFound) {
		return order.Order{}, noOrder()
	}
	return o, err
}

func (a *API) showParcels(ctx context.Context, o order.Order) (*shipmentsOutput, error) {
	rows, err := parcelsOf(ctx, a.Shipments, o)
	if err != nil {
		return nil, err
	}
	out := &shipmentsOutput{Status: http.StatusOK}
	out.Body.Shipments = []ShipmentView{}
	for _, s := range rows {
		out.Body.Shipments = append(out.Body.Shipments, viewShipment(s))
	}
	return out, nil
}

// parcelsOf returns the parcels that an order goes out in, by their numbers,
// without those that were packed anew into others.
func parcelsOf(ctx context.Context, store shipping.Store, o order.Order) ([]shipping.Shipment, error) {
	if len(o.State.Shipments) == 0 {
		return nil, nil
	}
	rows, err := store.OfOrder(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(s shipping.Shipment) bool { return !goesOutIn(o, s) })
	slices.SortFunc(rows, func(x, y shipping.Shipment) int { return cmp.Compare(x.Number, y.Number) })
	return rows, nil
}

// goesOutIn reports whether the order goes out in the parcel, which was not packed
// anew into another.
func goesOutIn(o order.Order, s shipping.Shipment) bool {
	known, counts := o.State.Shipments[s.ID]
	return counts && !known.Replaced
}

// parcelsOfAll is parcelsOf for a list of orders, by one look at the store.
func parcelsOfAll(ctx context.Context, store shipping.Store, orders []order.Order) (map[string][]shipping.Shipment, error) {
	ofOrder, ids := map[string]order.Order{}, []string{}
	for _, o := range orders {
		for shipmentID := range o.State.Shipments {
			ofOrder[shipmentID] = o
			ids = append(ids, shipmentID)
		}
	}
	rows, err := store.These(ctx, ids)
	if err != nil {
		return nil, err
	}
	parcels := map[string][]shipping.Shipment{}
	for _, s := range rows {
		if o := ofOrder[s.ID]; goesOutIn(o, s) {
			parcels[o.ID] = append(parcels[o.ID], s)
		}
	}
	return parcels, nil
}

// putParcels checks the boxes against the parcels that they take the place of and
// hands them to the order. What is packed so already is not packed again.
func (a *API) putParcels(ctx context.Context, in *parcelsInput) (*shipmentsOutput, error) {
	o, err := a.findOrder(ctx, in.OrderID)
	if err != nil {
		return nil, err
	}
	boxes := boxesOf(in)
	rows, err := parcelsOf(ctx, a.Shipments, o)
	if err != nil {
		return nil, err
	}
	planned := slices.DeleteFunc(rows, func(s shipping.Shipment) bool { return s.State == shipping.Cancelled })
	if packedSo(planned, boxes) {
		return a.showParcels(ctx, o)
	}
	if err := mayPackSo(o, planned, boxes); err != nil {
		a.logRefusal(ctx, "order", o.ID, "parcels", err)
		return nil, err
	}
	answer, taken, err := a.checkouts.command(ctx, o.ID, workflows.UpdateParcels, packingID(planned, boxes),
		workflows.ParcelsCommand{By: requestOf(ctx).operator, Boxes: boxes})
	if err == nil && answer.Refused != "" {
		err = fault.New(fault.Code(answer.Refused), "a parcel got its label meanwhile: look at the parcels again")
	}
	if err != nil {
		a.logRefusal(ctx, "order", o.ID, "parcels", err)
		return nil, err
	}
	a.changed(ctx, map[string]any{"parcels": len(planned)}, map[string]any{"parcels": len(boxes), "taken": taken})
	if taken {
		// The order has taken it; the old parcels are given up before the new ones are there.
		taken, err = until(ctx, func(ctx context.Context) (bool, error) { return a.standsPacked(ctx, o.ID, boxes) })
	}
	if err == nil {
		o, err = a.Orders.Find(ctx, o.ID)
	}
	if err != nil {
		return nil, err
	}
	out, err := a.showParcels(ctx, o)
	if err == nil && !taken {
		out.Status, out.RetryAfter = http.StatusAccepted, inSeconds(pendingRetry)
	}
	return out, err
}

// standsPacked reports whether an order's parcels are packed as boxes say.
func (a *API) standsPacked(ctx context.Context, orderID string, boxes [][]shipping.Line) (bool, error) {
	o, err := a.Orders.Find(ctx, orderID)
	if err != nil {
		return false, err
	}
	rows, err := parcelsOf(ctx, a.Shipments, o)
	return packedSo(rows, boxes), err
}

func boxesOf(in *parcelsInput) [][]shipping.Line {
	boxes := make([][]shipping.Line, len(in.Body.Parcels))
	for i, box := range in.Body.Parcels {
		for _, l := range box.Lines {
			boxes[i] = append(boxes[i], shipping.Line(l))
		}
	}
	return boxes
}

// mayPackSo refuses boxes for parcels that are not there to be packed anew, and
// those that do not hold exactly their lines.
func mayPackSo(o order.Order, planned []shipping.Shipment, boxes [][]shipping.Line) error {
	if o.State.Status != order.Processing {
		return fault.New(fault.Conflict, "an order that is %s is not packed anew", o.State.Status)
	}
	held := map[string]int64{}
	for _, s := range planned {
		if s.State != shipping.Planned {
			return fault.New(fault.Conflict, "parcel %d is %s: only what has no label yet is packed anew; give it up with its cancel first", s.Number, s.State)
		}
		for _, l := range s.Lines {
			held[l.SKU] += l.Quantity
		}
	}
	for _, box := range boxes {
		for _, l := range box {
			held[l.SKU] -= l.Quantity
		}
	}
	wrong := []string{}
	for sku, left := range held {
		if left != 0 {
			wrong = append(wrong, sku)
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return fault.New(fault.Invalid, "the parcels hold too few or too many units of %s", strings.Join(wrong, ", ")).With(detailField, "body.parcels")
	}
	return nil
}

// shapeOf writes boxes in one way, whatever the order of boxes and lines.
func shapeOf(boxes [][]shipping.Line) []string {
	shapes := make([]string, len(boxes))
	for i, box := range boxes {
		held := map[string]int64{}
		for _, l := range box {
			held[l.SKU] += l.Quantity
		}
		raw, err := json.Marshal(held) // sorts its keys
		if err != nil {
			panic(err) // words and numbers can be written
		}
		shapes[i] = string(raw)
	}
	slices.Sort(shapes)
	return shapes
}

func packedSo(rows []shipping.Shipment, boxes [][]shipping.Line) bool {
	there := make([][]shipping.Line, len(rows))
	for i, s := range rows {
		there[i] = s.Lines
	}
	return slices.Equal(shapeOf(there), shapeOf(boxes))
}

// packingID names the command by what is packed into what, so that asking twice
// is one command, and packing back and forth is several.
func packingID(from []shipping.Shipment, boxes [][]shipping.Line) string {
	parts := shapeOf(boxes)
	for _, s := range from {
		parts = append(parts, s.ID)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return "packed-" + hex.EncodeToString(sum[:8])
}
