// Package quote is the one place where cart, catalogue, prices and shipping
// become a frozen quote: what the shopper was shown is what is charged.
package quote

import (
	"time"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/pricing"
)

// Freeze returns the quote of a cart at the catalogue's present prices. Lines
// are named in the cart's language, not in that of the request, so that an
// unchanged cart keeps its hash. An empty cart is Invalid; a line that is no
// longer sold, or no longer in the cart's currency, is a QuoteStale fault that
// names the SKUs.
func Freeze(c cart.Cart, offers map[string]catalog.Offer, tariff pricing.Tariff, now time.Time) (order.Quote, error) {
	lines := c.Sorted()
	if len(lines) == 0 {
		return order.Quote{}, fault.New(fault.Invalid, "the cart is empty")
	}
	if gone := Gone(c, offers); len(gone) > 0 {
		return order.Quote{}, fault.New(fault.QuoteStale, "something in the cart is no longer sold").With("lines", gone)
	}
	items := make([]pricing.Item, len(lines))
	for i, l := range lines {
		offer := offers[l.SKU]
		items[i] = pricing.Item{UnitPrice: offer.Price, Quantity: l.Quantity, Discount: zero(c), TaxPercent: offer.TaxPercent}
	}
	priced, totals, err := pricing.Price(c.Currency, items, tariff)
	if err != nil {
		return order.Quote{}, err
	}
	q := order.Quote{
		Version: order.QuoteVersion, Currency: c.Currency, Subtotal: totals.Subtotal, Discount: totals.Discount, Shipping: totals.Shipping,
		Tax: totals.Tax, Total: totals.Total, FrozenAt: now, Lines: make([]order.QuoteLine, len(lines)),
	}
	for i, l := range lines {
		q.Lines[i] = freezeLine(c, l, offers[l.SKU], priced[i])
	}
	if q.Hash, err = q.Fingerprint(); err != nil {
		return order.Quote{}, err
	}
	return q, q.Check()
}

// Gone returns the SKUs of the cart that cannot be quoted any more.
func Gone(c cart.Cart, offers map[string]catalog.Offer) []string {
	var gone []string
	for _, l := range c.Sorted() {
		if offer, sold := offers[l.SKU]; !sold || offer.Price.Currency != c.Currency {
			gone = append(gone, l.SKU)
		}
	}
	return gone
}

// Contact returns the cart's contact as an order keeps it. A cart without one
// is Invalid.
func Contact(c cart.Cart) (order.Contact, error) {
	if c.Contact == nil {
		return order.Contact{}, fault.New(fault.Invalid, "the cart has no address yet").With("field", "address")
	}
	return order.Contact{
		Name: c.Contact.Name, Email: c.Contact.Email, Phone: c.Contact.Phone, Address: addressOf(c.Contact.Address),
	}, nil
}

// Invoice returns who the invoice of a cart's order is made out to: without
// another word, the person who receives it, where they receive it. A cart
// without a contact is Invalid.
func Invoice(c cart.Cart) (order.Invoice, error) {
	contact, err := Contact(c)
	if err != nil {
		return order.Invoice{}, err
	}
	given := c.Invoice
	if given == nil {
		given = &cart.Invoice{Kind: cart.PersonalInvoice, Name: contact.Name, IdentityNumber: cart.NoIdentity}
	}
	invoice := order.Invoice{
		Kind: string(given.Kind), Name: given.Name, IdentityNumber: given.IdentityNumber,
		Title: given.Title, TaxNumber: given.TaxNumber, TaxOffice: given.TaxOffice, Address: contact.Address,
	}
	if given.Address != nil {
		invoice.Address = addressOf(*given.Address)
	}
	return invoice, nil
}

func addressOf(a cart.Address) order.Address {
	return order.Address{
		Line1: a.Line1, Line2: a.Line2, District: a.District, Province: a.Province, Postcode: a.Postcode, Country: a.Country,
	}
}

func freezeLine(c cart.Cart, l cart.Line, offer catalog.Offer, p pricing.Priced) order.QuoteLine {
	return order.QuoteLine{
		SKU: l.SKU, ProductID: offer.ProductID, VariantID: offer.ID, Title: offer.Name(c.Language),
		Quantity: l.Quantity, UnitPrice: offer.Price, Discount: zero(c), Total: p.Total,
		TaxPercent: offer.TaxPercent, Tax: p.Tax, ShippingShare: p.ShippingShare, WeightGrams: offer.WeightGrams,
	}
}

func zero(c cart.Cart) money.Amount { return money.Of(0, c.Currency) }
