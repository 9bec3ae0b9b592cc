package mongo

import (
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
)

// productRow is a product with what staff narrow lists by.
type productRow struct {
	catalog.Product `bson:",inline"`
	// LastPriceAt is when the last of all prices begins: in the future while any is
	// scheduled.
	LastPriceAt time.Time `bson:"last_price_at"`
}

func rowOf(p catalog.Product) productRow { return productRow{Product: p, LastPriceAt: lastPrice(p)} }

func lastPrice(p catalog.Product) time.Time {
	var last time.Time
	for _, v := range p.Variants {
		for _, price := range v.Prices {
			if price.From.After(last) {
				last = price.From
			}
		}
	}
	return last
}
