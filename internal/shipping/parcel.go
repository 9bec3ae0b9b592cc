package shipping

import (
	"slices"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
)

// Line is a number of units of one line of an order.
type Line struct {
	SKU      string `bson:"sku" json:"sku"`
	Quantity int64  `bson:"quantity" json:"quantity"`
}

// Item is a line of an order as packing needs it: Total is what is paid for all
// units, ShippingShare their part of the shipping, UnitGrams one unit's weight.
type Item struct {
	SKU           string
	Quantity      int64
	UnitGrams     int64
	Total         money.Amount
	ShippingShare money.Amount
}

// Parcel is what goes into one box. Share is what is paid for it: its lines,
// its part of their shipping.
type Parcel struct {
	Lines []Line
	Grams int64
	Share money.Amount
}

// Pack puts the items into as few parcels of at most limit grams as come of
// filling one after the other. A unit that is heavier than the limit gets a
// parcel of its own. The parcels' shares add up to what the items cost.
func Pack(items []Item, limit int64) ([]Parcel, error) {
	var boxes [][]Line
	var box []Line
	var grams int64
	for _, item := range items {
		for left := item.Quantity; left > 0; {
			fits := left
			if item.UnitGrams > 0 {
				fits = min(left, (limit-grams)/item.UnitGrams)
			}
			if fits <= 0 && len(box) == 0 {
				fits = 1
			}
			if fits <= 0 {
				boxes, box, grams = append(boxes, box), nil, 0
				continue
			}
			box = append(box, Line{SKU: item.SKU, Quantity: fits})
			grams += fits * item.UnitGrams
			left -= fits
		}
	}
	if len(box) > 0 {
		boxes = append(boxes, box)
	}
	return Parcels(items, boxes)
}

// Parcels weighs boxes that somebody has packed and divides what the items
// cost over them, to the last unit. Boxes that do not hold exactly the items
// are Invalid.
func Parcels(items []Item, boxes [][]Line) ([]Parcel, error) {
	if err := holdAll(items, boxes); err != nil {
		return nil, err
	}
	parcels := make([]Parcel, len(boxes))
	for i, lines := range boxes {
		parcels[i].Lines = lines
	}
	for _, item := range items {
		if err := divide(item, parcels); err != nil {
			return nil, err
		}
	}
	return parcels, nil
}

// divide gives each parcel its part of the item's weight and price.
func divide(item Item, parcels []Parcel) error {
	weights := make([]int64, len(parcels))
	for i, p := range parcels {
		for _, l := range p.Lines {
			if l.SKU == item.SKU {
				weights[i] += l.Quantity
			}
		}
	}
	paid, err := item.Total.Add(item.ShippingShare)
	if err != nil {
		return err
	}
	parts, err := paid.Allocate(weights)
	if err != nil {
		return err
	}
	for i := range parcels {
		parcels[i].Grams += weights[i] * item.UnitGrams
		if parcels[i].Share.Currency == "" {
			parcels[i].Share = money.Of(0, paid.Currency)
		}
		if parcels[i].Share, err = parcels[i].Share.Add(parts[i]); err != nil {
			return err
		}
	}
	return nil
}

func holdAll(items []Item, boxes [][]Line) error {
	left := map[string]int64{}
	for _, item := range items {
		left[item.SKU] += item.Quantity
	}
	for _, box := range boxes {
		if len(box) == 0 {
			return fault.New(fault.Invalid, "a parcel must hold something")
		}
		for _, l := range box {
			if l.Quantity < 1 {
				return fault.New(fault.Invalid, "a parcel cannot hold %d units of %s", l.Quantity, l.SKU)
			}
			left[l.SKU] -= l.Quantity
		}
	}
	skus := make([]string, 0, len(left))
	for sku := range left {
		skus = append(skus, sku)
	}
	slices.Sort(skus)
	for _, sku := range skus {
		if left[sku] != 0 {
			return fault.New(fault.Invalid, "the parcels hold %d units of %s too few or too many", left[sku], sku)
		}
	}
	return nil
}

// Part returns the items narrowed to the quantities of held, with what is paid
// for those units. Where an item is held whole nothing is rounded; of one that
// is not, the first units carry the rounding, as in Parcels.
func Part(items []Item, held map[string]int64) ([]Item, error) {
	var part []Item
	for _, item := range items {
		quantity := min(held[item.SKU], item.Quantity)
		if quantity == 0 {
			continue
		}
		rest := item.Quantity - quantity
		for _, amount := range []*money.Amount{&item.Total, &item.ShippingShare} {
			pieces, err := amount.Allocate([]int64{quantity, rest})
			if err != nil {
				return nil, err
			}
			*amount = pieces[0]
		}
		held[item.SKU] -= quantity
		item.Quantity = quantity
		part = append(part, item)
	}
	return part, nil
}
