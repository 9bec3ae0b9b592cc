package shipping

import (
	"strings"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
)

// Tariff is what the shopper pays for sending, KDV included: the first zone
// that holds the destination, and in it the first band that is heavy enough.
// A destination without a zone is not sent to.
type Tariff struct {
	Currency string `json:"currency"`
	// TaxPercent is the KDV inside the prices.
	TaxPercent int64  `json:"tax_percent"`
	Zones      []Zone `json:"zones"`
}

// Zone is a group of destinations with one price list. Provinces, when given,
// narrow the countries; FreeFrom, when above zero, is the subtotal in minor units
// from which sending costs nothing.
type Zone struct {
	Name      string   `json:"name"`
	Countries []string `json:"countries"`
	Provinces []string `json:"provinces,omitempty"`
	FreeFrom  int64    `json:"free_from,omitempty"`
	Bands     []Band   `json:"bands"`
}

// Band is the price, in minor units, up to a weight in grams.
type Band struct {
	UpTo  int64 `json:"up_to"`
	Price int64 `json:"price"`
}

// Check refuses a tariff that could not price a cart, naming what is wrong.
func (t Tariff) Check() error {
	if !money.Known(t.Currency) {
		return fault.New(fault.Invalid, "the shipping tariff is in %q, which is no currency we know", t.Currency)
	}
	if t.TaxPercent < 0 || t.TaxPercent > 100 {
		return fault.New(fault.Invalid, "the shipping tariff has %d%% KDV", t.TaxPercent)
	}
	for _, z := range t.Zones {
		if err := z.check(); err != nil {
			return err
		}
	}
	return nil
}

func (z Zone) check() error {
	if len(z.Countries) == 0 || len(z.Bands) == 0 {
		return fault.New(fault.Invalid, "zone %q of the shipping tariff needs countries and bands", z.Name)
	}
	last := Band{}
	for _, b := range z.Bands {
		if b.UpTo <= last.UpTo || b.Price < last.Price {
			return fault.New(fault.Invalid, "the bands of zone %q must grow in weight and never fall in price", z.Name)
		}
		last = b
	}
	return nil
}

// Price returns what sending weight grams to a destination costs. A weight
// above the last band is priced as several parcels of it. A destination that no
// zone holds is an Invalid fault on the field address.
func (t Tariff) Price(to Address, grams int64, subtotal money.Amount) (money.Amount, error) {
	for _, z := range t.Zones {
		if z.holds(to) {
			return money.Of(z.price(grams, subtotal.Minor), t.Currency), nil
		}
	}
	return money.Amount{}, fault.New(fault.Invalid, "we do not deliver to this address").With("field", "address")
}

func (z Zone) holds(to Address) bool {
	return contains(z.Countries, to.Country) && (len(z.Provinces) == 0 || contains(z.Provinces, to.Province))
}

func contains(list []string, name string) bool {
	for _, each := range list {
		if strings.EqualFold(each, name) {
			return true
		}
	}
	return false
}

func (z Zone) price(grams, subtotal int64) int64 {
	if z.FreeFrom > 0 && subtotal >= z.FreeFrom {
		return 0
	}
	last := z.Bands[len(z.Bands)-1]
	full := max(grams-1, 0) / last.UpTo
	rest := grams - full*last.UpTo
	price := full * last.Price
	for _, b := range z.Bands {
		if rest <= b.UpTo {
			return price + b.Price
		}
	}
	return price
}
