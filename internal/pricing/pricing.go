// Package pricing is the noun of what things cost: the KDV inside a price, the
// sums of a cart, and how what belongs to the whole cart is divided over its
// lines. It knows amounts and percentages, and neither carts nor products.
package pricing

import (
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
)

// Item is a quantity of something at a price that includes KDV.
type Item struct {
	UnitPrice  money.Amount
	Quantity   int64
	Discount   money.Amount
	TaxPercent int64
}

// Priced is an item with its sums. Total is what is paid for the item, Tax the
// KDV inside it, ShippingShare its part of the cart's shipping.
type Priced struct {
	Gross         money.Amount
	Total         money.Amount
	Tax           money.Amount
	ShippingShare money.Amount
}

// Tariff is what sending a cart costs, KDV included. The zero value sends for
// nothing.
type Tariff struct {
	Shipping   money.Amount
	TaxPercent int64
}

// Totals are the sums over a cart. Total = Subtotal - Discount + Shipping; Tax
// is all KDV inside Total.
type Totals struct {
	Subtotal money.Amount
	Discount money.Amount
	Shipping money.Amount
	Tax      money.Amount
	Total    money.Amount
}

// IncludedTax returns the KDV inside an amount: total × p / (100 + p), rounded
// half away from zero, as Turkish invoices do.
func IncludedTax(total money.Amount, percent int64) (money.Amount, error) {
	if percent < 0 || percent > 100 {
		return money.Amount{}, fault.New(fault.Invalid, "there is no KDV of %d%%", percent)
	}
	return total.Portion(percent, 100+percent)
}

// Price returns the sums of each item and over all of them, in one currency.
// Shipping is divided over the items by their totals, to the last unit.
func Price(currency string, items []Item, tariff Tariff) ([]Priced, Totals, error) {
	totals := Totals{
		Subtotal: money.Of(0, currency), Discount: money.Of(0, currency),
		Shipping: money.Of(tariff.Shipping.Minor, currency), Tax: money.Of(0, currency),
	}
	if !tariff.Shipping.IsZero() && tariff.Shipping.Currency != currency {
		return nil, Totals{}, fault.New(fault.Conflict, "shipping is priced in %s and the cart in %s", tariff.Shipping.Currency, currency)
	}
	if tariff.Shipping.Minor < 0 {
		return nil, Totals{}, fault.New(fault.Invalid, "shipping cannot cost less than nothing")
	}
	priced := make([]Priced, len(items))
	for i, item := range items {
		var err error
		if priced[i], err = item.price(); err != nil {
			return nil, Totals{}, err
		}
		if err := totals.add(item, priced[i]); err != nil {
			return nil, Totals{}, err
		}
	}
	if err := totals.close(tariff.TaxPercent); err != nil {
		return nil, Totals{}, err
	}
	return priced, totals, share(priced, totals.Shipping)
}

func (i Item) price() (Priced, error) {
	gross, err := i.UnitPrice.Times(i.Quantity)
	if err != nil {
		return Priced{}, err
	}
	total, err := gross.Sub(i.Discount)
	if err != nil {
		return Priced{}, err
	}
	if i.Quantity < 1 || total.Minor < 0 {
		return Priced{}, fault.New(fault.Invalid, "an item needs a quantity, and a discount of at most its price")
	}
	tax, err := IncludedTax(total, i.TaxPercent)
	return Priced{Gross: gross, Total: total, Tax: tax}, err
}

func (t *Totals) add(item Item, p Priced) (err error) {
	if t.Subtotal, err = t.Subtotal.Add(p.Gross); err != nil {
		return err
	}
	if t.Discount, err = t.Discount.Add(item.Discount); err != nil {
		return err
	}
	t.Tax, err = t.Tax.Add(p.Tax)
	return err
}

func (t *Totals) close(shippingTaxPercent int64) error {
	shippingTax, err := IncludedTax(t.Shipping, shippingTaxPercent)
	if err != nil {
		return err
	}
	if t.Tax, err = t.Tax.Add(shippingTax); err != nil {
		return err
	}
	net, err := t.Subtotal.Sub(t.Discount)
	if err != nil {
		return err
	}
	t.Total, err = net.Add(t.Shipping)
	return err
}

func share(priced []Priced, shipping money.Amount) error {
	if len(priced) == 0 {
		return nil
	}
	weights := make([]int64, len(priced))
	for i, p := range priced {
		weights[i] = p.Total.Minor
	}
	shares, err := shipping.Allocate(weights)
	if err != nil {
		return err
	}
	for i := range priced {
		priced[i].ShippingShare = shares[i]
	}
	return nil
}
