package order

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
)

// Quote is what the shopper was shown, frozen: everything charged, and every
// later refund, quotes its hash. Prices include KDV, as Turkish law asks of
// prices shown to consumers.
type Quote struct {
	Currency string       `bson:"currency" json:"currency"`
	Lines    []QuoteLine  `bson:"lines" json:"lines"`
	Subtotal money.Amount `bson:"subtotal" json:"subtotal"`
	Discount money.Amount `bson:"discount" json:"discount"`
	Shipping money.Amount `bson:"shipping" json:"shipping"`
	Tax      money.Amount `bson:"tax" json:"tax"`
	Total    money.Amount `bson:"total" json:"total"`
	FrozenAt time.Time    `bson:"frozen_at" json:"frozen_at"`
	Hash     string       `bson:"hash" json:"hash"`
}

// QuoteLine is one SKU of a quote. Total = UnitPrice × Quantity - Discount;
// Tax is the KDV inside Total. ShippingShare is this line's part of the
// quote's shipping, fixed now for later part refunds.
type QuoteLine struct {
	SKU           string       `bson:"sku" json:"sku"`
	ProductID     string       `bson:"product_id" json:"product_id"`
	VariantID     string       `bson:"variant_id" json:"variant_id"`
	Title         string       `bson:"title" json:"title"`
	Quantity      int64        `bson:"quantity" json:"quantity"`
	UnitPrice     money.Amount `bson:"unit_price" json:"unit_price"`
	Discount      money.Amount `bson:"discount" json:"discount"`
	Total         money.Amount `bson:"total" json:"total"`
	TaxPercent    int64        `bson:"tax_percent" json:"tax_percent"`
	Tax           money.Amount `bson:"tax" json:"tax"`
	ShippingShare money.Amount `bson:"shipping_share" json:"shipping_share"`
	WeightGrams   int64        `bson:"weight_grams" json:"weight_grams"`
}

// Fingerprint returns the hash over everything in the quote that costs or
// names something; not over FrozenAt, so that an unchanged cart keeps its hash.
func (q Quote) Fingerprint() (string, error) {
	q.Hash, q.FrozenAt = "", time.Time{}
	raw, err := json.Marshal(q)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "the quote cannot be hashed")
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// Check recomputes the quote's sums and hash and refuses one that does not add
// up: the last look before money is asked for.
func (q Quote) Check() error {
	lines, shares := money.Of(0, q.Currency), money.Of(0, q.Currency)
	for _, l := range q.Lines {
		gross, err := l.UnitPrice.Times(l.Quantity)
		if err != nil {
			return err
		}
		net, err := gross.Sub(l.Discount)
		if err != nil {
			return err
		}
		if net != l.Total || l.Quantity < 1 || l.Total.Minor < 0 {
			return fault.New(fault.Invalid, "line %s of the quote does not add up", l.SKU)
		}
		if lines, err = lines.Add(l.Total); err != nil {
			return err
		}
		if shares, err = shares.Add(l.ShippingShare); err != nil {
			return err
		}
	}
	total, err := lines.Add(q.Shipping)
	if err != nil {
		return err
	}
	if total != q.Total || shares != q.Shipping || total.Minor <= 0 {
		return fault.New(fault.Invalid, "the quote does not add up")
	}
	hash, err := q.Fingerprint()
	if err != nil {
		return err
	}
	if hash != q.Hash {
		return fault.New(fault.QuoteStale, "the quote was changed after it was frozen")
	}
	return nil
}
