package order

import (
	"time"

	"github.com/bedesten/bedesten/internal/fault"
)

// QuoteVersion is the form in which quotes are frozen today.
const QuoteVersion = 1

// form returns what is hashed of the quote, in the form of its version. A form
// is never changed: quotes that were frozen in it are charged, and refunded,
// years later. What is to be hashed differently becomes the next version.
func (q Quote) form() (any, error) {
	switch q.Version {
	case 0, 1:
		return q.formV1(), nil
	}
	return nil, fault.New(fault.NotSupportedYet, "a quote of version %d cannot be read by this version of the shop", q.Version)
}

// quoteV1 is the canonical form of version 1. It is written out name by name,
// so that a field added to Quote cannot reach the hashes of stored quotes.
type quoteV1 struct {
	Currency string        `json:"currency"`
	Lines    []quoteLineV1 `json:"lines"`
	Subtotal amountV1      `json:"subtotal"`
	Discount amountV1      `json:"discount"`
	Shipping amountV1      `json:"shipping"`
	Tax      amountV1      `json:"tax"`
	Total    amountV1      `json:"total"`
	// FrozenAt and Hash are always empty: the first quotes were hashed with
	// both fields blanked and not left out.
	FrozenAt time.Time `json:"frozen_at"`
	Hash     string    `json:"hash"`
}

type quoteLineV1 struct {
	SKU           string   `json:"sku"`
	ProductID     string   `json:"product_id"`
	VariantID     string   `json:"variant_id"`
	Title         string   `json:"title"`
	Quantity      int64    `json:"quantity"`
	UnitPrice     amountV1 `json:"unit_price"`
	Discount      amountV1 `json:"discount"`
	Total         amountV1 `json:"total"`
	TaxPercent    int64    `json:"tax_percent"`
	Tax           amountV1 `json:"tax"`
	ShippingShare amountV1 `json:"shipping_share"`
	WeightGrams   int64    `json:"weight_grams"`
}

type amountV1 struct {
	Minor    int64  `json:"amount"`
	Currency string `json:"currency"`
}

func (q Quote) formV1() quoteV1 {
	form := quoteV1{
		Currency: q.Currency, Subtotal: amountV1(q.Subtotal), Discount: amountV1(q.Discount),
		Shipping: amountV1(q.Shipping), Tax: amountV1(q.Tax), Total: amountV1(q.Total),
	}
	for _, l := range q.Lines {
		form.Lines = append(form.Lines, quoteLineV1{
			SKU: l.SKU, ProductID: l.ProductID, VariantID: l.VariantID, Title: l.Title, Quantity: l.Quantity,
			UnitPrice: amountV1(l.UnitPrice), Discount: amountV1(l.Discount), Total: amountV1(l.Total),
			TaxPercent: l.TaxPercent, Tax: amountV1(l.Tax), ShippingShare: amountV1(l.ShippingShare), WeightGrams: l.WeightGrams,
		})
	}
	return form
}
