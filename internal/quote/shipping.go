package quote

import (
	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/pricing"
	"github.com/bedesten/bedesten/internal/shipping"
)

// home is where a cart without an address is thought to go, so that a shopper
// sees what shipping will cost before typing one.
var home = shipping.Address{Country: "TR"}

// Shipping returns what sending the cart costs by the shop's own tariffs. A shop
// without tariffs sends for nothing. A cart in a currency that no tariff has is a
// Conflict; an address that no zone holds is Invalid.
func Shipping(c cart.Cart, offers map[string]catalog.Offer, tariffs []shipping.Tariff) (pricing.Tariff, error) {
	if len(tariffs) == 0 {
		return pricing.Tariff{}, nil
	}
	grams, subtotal := int64(0), money.Of(0, c.Currency)
	for _, l := range c.Sorted() {
		offer := offers[l.SKU]
		grams += offer.WeightGrams * l.Quantity
		line, err := offer.Price.Times(l.Quantity)
		if err != nil {
			return pricing.Tariff{}, err
		}
		if offer.Price.Currency != c.Currency {
			continue // Freeze names the line as stale
		}
		if subtotal, err = subtotal.Add(line); err != nil {
			return pricing.Tariff{}, err
		}
	}
	for _, t := range tariffs {
		if t.Currency == c.Currency {
			price, err := t.Price(destination(c), grams, subtotal)
			return pricing.Tariff{Shipping: price, TaxPercent: t.TaxPercent}, err
		}
	}
	return pricing.Tariff{}, fault.New(fault.Conflict, "nothing is shipped that is paid in %s", c.Currency)
}

func destination(c cart.Cart) shipping.Address {
	if c.Contact == nil {
		return home
	}
	a := c.Contact.Address
	return shipping.Address{Province: a.Province, Country: a.Country, Postcode: a.Postcode}
}
