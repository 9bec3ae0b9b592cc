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
	// Version says in which form the quote is hashed: see quote_form.go. Quotes
	// from before there were versions have none, and the form of version 1.
	Version  int          `bson:"quote_version,omitempty" json:"version,omitempty"`
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
	form, err := q.form()
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(form)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "the quote cannot be hashed")
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// Check recomputes the quote's sums and hash and refuses one that does not add
// up: the last look before money is asked for.
func (q Quote) Check() error {
	sums := sumsOf(q.Currency)
	for _, l := range q.Lines {
		if err := sums.add(l); err != nil {
			return err
		}
	}
	if err := sums.compare(q); err != nil {
		return err
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

// sums are what the lines of a quote come to.
type sums struct{ gross, discount, net, tax, shares money.Amount }

func sumsOf(currency string) *sums {
	zero := money.Of(0, currency)
	return &sums{gross: zero, discount: zero, net: zero, tax: zero, shares: zero}
}

// add checks a line by itself and counts it in.
func (s *sums) add(l QuoteLine) error {
	gross, err := l.UnitPrice.Times(l.Quantity)
	if err != nil {
		return err
	}
	net, err := gross.Sub(l.Discount)
	if err != nil {
		return err
	}
	tax, err := included(l.Total, l.TaxPercent)
	if err != nil {
		return err
	}
	if net != l.Total || tax != l.Tax || l.Quantity < 1 || l.Total.Minor < 0 {
		return fault.New(fault.Invalid, "line %s of the quote does not add up", l.SKU)
	}
	for _, part := range []struct {
		sum    *money.Amount
		amount money.Amount
	}{{&s.gross, gross}, {&s.discount, l.Discount}, {&s.net, l.Total}, {&s.tax, l.Tax}, {&s.shares, l.ShippingShare}} {
		if *part.sum, err = part.sum.Add(part.amount); err != nil {
			return err
		}
	}
	return nil
}

// compare refuses a quote whose own sums are others than those of its lines.
func (s *sums) compare(q Quote) error {
	total, err := s.net.Add(q.Shipping)
	if err != nil {
		return err
	}
	shippingTax, err := q.Tax.Sub(s.tax)
	if err != nil {
		return err
	}
	if total != q.Total || s.shares != q.Shipping || total.Minor <= 0 {
		return fault.New(fault.Invalid, "the quote does not add up")
	}
	if s.gross != q.Subtotal || s.discount != q.Discount {
		return fault.New(fault.Invalid, "the quote's subtotal or discount is not that of its lines")
	}
	if q.Tax.Currency != q.Currency || !isTaxOf(shippingTax, q.Shipping) {
		return fault.New(fault.Invalid, "the quote's KDV is not that of its lines and its shipping")
	}
	return nil
}

// included is the KDV inside an amount. It is reckoned here a second time and
// not asked of pricing, whose work is what Check looks at.
func included(total money.Amount, percent int64) (money.Amount, error) {
	if percent < 0 || percent > 100 {
		return money.Amount{}, fault.New(fault.Invalid, "there is no KDV of %d%%", percent)
	}
	return total.Portion(percent, 100+percent)
}

// isTaxOf reports whether tax is the KDV inside shipping at some whole rate: a
// quote names the rate of each line and not that of its shipping.
func isTaxOf(tax, shipping money.Amount) bool {
	if shipping.IsZero() {
		return tax.IsZero()
	}
	for percent := range int64(101) {
		if want, err := included(shipping, percent); err == nil && want == tax {
			return true
		}
	}
	return false
}
