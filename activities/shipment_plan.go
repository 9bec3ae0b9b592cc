package activities

import (
	"context"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/stock"
)

// PlanInput asks for the parcels of an order. Replaces names parcels that were
// stopped and whose lines are packed anew; Boxes says how, or is empty for
// Policy's own way. Plan is the command, empty at the order's placing.
type PlanInput struct {
	OrderID  string            `json:"order_id"`
	Over     string            `json:"over,omitempty"`
	Plan     string            `json:"plan,omitempty"`
	Limit    int64             `json:"limit"`
	Replaces []string          `json:"replaces,omitempty"`
	Boxes    [][]shipping.Line `json:"boxes,omitempty"`
	// Next is the number of the first parcel.
	Next int `json:"next"`
}

// PlanResult lists the planned parcels.
type PlanResult struct {
	Parcels []PlannedParcel `json:"parcels"`
	// Refused says that the wanted boxes do not hold what is left to pack: the
	// parcels are packed by Policy's own way.
	Refused bool              `json:"refused,omitempty"`
	Ahead   *order.Projection `json:"ahead,omitempty"`
}

// PlannedParcel is what the order's workflow needs to know of a parcel. Share is
// in minor units.
type PlannedParcel struct {
	ID      string `json:"id"`
	Number  int    `json:"number"`
	Carrier string `json:"carrier"`
	Share   int64  `json:"share"`
}

// PlanShipments packs the order's lines into parcels and writes them down, all
// or those that it wrote before.
func (s *Shipments) PlanShipments(ctx context.Context, in PlanInput) (PlanResult, error) {
	o, err := s.Orders.Find(ctx, in.OrderID)
	if err != nil {
		return PlanResult{}, forTemporal(err)
	}
	if ahead := aheadOf(ctx, o, in.Over); ahead != nil {
		return PlanResult{Ahead: ahead}, nil
	}
	var result PlanResult
	rows, err := s.plan(ctx, o, in)
	if fault.Is(err, fault.Invalid) && len(in.Boxes) > 0 {
		in.Boxes, result.Refused = nil, true
		rows, err = s.plan(ctx, o, in)
	}
	if err != nil {
		return PlanResult{}, forTemporal(err)
	}
	if err := s.Store.Create(ctx, rows); err != nil {
		return PlanResult{}, forTemporal(err)
	}
	for _, row := range rows {
		result.Parcels = append(result.Parcels, PlannedParcel{ID: row.ID, Number: row.Number, Carrier: row.Carrier, Share: row.Share.Minor})
	}
	return result, nil
}

func (s *Shipments) plan(ctx context.Context, o order.Order, in PlanInput) ([]shipping.Shipment, error) {
	parcels, err := s.pack(ctx, o, in)
	if err != nil {
		return nil, err
	}
	rows := make([]shipping.Shipment, len(parcels))
	for i, p := range parcels {
		rows[i] = shipping.Shipment{
			ID: shipping.ID(o.ID, in.Plan, i+1), OrderID: o.ID, Number: in.Next + i, Carrier: s.Carrier, Location: stock.DefaultLocation,
			Lines: p.Lines, Grams: p.Grams, Share: p.Share, State: shipping.Planned, Command: shipping.FirstCommand, CreatedAt: s.now(), Ops: map[string]shipping.Op{},
		}
	}
	return rows, nil
}

// itemsOf are the order's lines as packing needs them.
func itemsOf(o order.Order) []shipping.Item {
	items := make([]shipping.Item, len(o.Quote.Lines))
	for i, l := range o.Quote.Lines {
		items[i] = shipping.Item{
			SKU: l.SKU, Quantity: l.Quantity, UnitGrams: l.WeightGrams, Total: l.Total, ShippingShare: l.ShippingShare,
		}
	}
	return items
}

// pack divides lines and price over parcels. Those that replace others cost
// together what the others cost, to the last unit.
func (s *Shipments) pack(ctx context.Context, o order.Order, in PlanInput) ([]shipping.Parcel, error) {
	if len(in.Replaces) == 0 {
		return packed(itemsOf(o), in)
	}
	held, share := map[string]int64{}, money.Of(0, o.Quote.Currency)
	for _, id := range in.Replaces {
		row, err := s.Store.Find(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, l := range row.Lines {
			held[l.SKU] += l.Quantity
		}
		if share, err = share.Add(row.Share); err != nil {
			return nil, err
		}
	}
	items, err := shipping.Part(itemsOf(o), held)
	if err != nil {
		return nil, err
	}
	parcels, err := packed(items, in)
	if err != nil {
		return nil, err
	}
	weights := make([]int64, len(parcels))
	for i, p := range parcels {
		weights[i] = p.Share.Minor
	}
	shares, err := share.Allocate(weights)
	if err != nil {
		return nil, err
	}
	for i := range parcels {
		parcels[i].Share = shares[i]
	}
	return parcels, nil
}

func packed(items []shipping.Item, in PlanInput) ([]shipping.Parcel, error) {
	if len(in.Boxes) > 0 {
		return shipping.Parcels(items, in.Boxes)
	}
	return shipping.Pack(items, in.Limit)
}
