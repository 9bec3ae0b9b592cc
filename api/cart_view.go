package api

import (
	"context"
	"time"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/quote"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/internal/terms"
)

// CartView is a cart as its shopper sees it. It is exported for the document,
// which leaves out what an answer embeds otherwise.
type CartView struct {
	ID       string         `json:"id" doc:"The cart's id; not a secret." example:"crt_01k3v8m4w0f3q2x9y6z7a1b2c3"`
	Currency string         `json:"currency" example:"TRY"`
	Lines    []cartLineView `json:"lines"`
	Contact  *contactBody   `json:"contact,omitempty"`
	Invoice  *invoiceBody   `json:"invoice,omitempty" doc:"Who the invoice is made out to; missing, the person who receives the order."`
	Totals   *totalsView    `json:"totals,omitempty" doc:"Missing while the cart is empty or holds something that is no longer sold."`
	// Terms are sent with the checkout: they say what the shopper agreed to.
	Terms []TermsView `json:"terms" doc:"What has to be accepted: show each text, and send its kind and hash with the checkout."`
	// QuoteHash is sent with the checkout: it says what the shopper saw.
	QuoteHash string    `json:"quote_hash,omitempty" doc:"Send it with the checkout: what was shown is what is charged."`
	OrderID   string    `json:"order_id,omitempty" doc:"The order that this cart became; it cannot be changed any more."`
	UpdatedAt time.Time `json:"updated_at"`
}

type totalsView struct {
	Subtotal money.Amount `json:"subtotal"`
	Discount money.Amount `json:"discount"`
	Shipping money.Amount `json:"shipping"`
	Tax      money.Amount `json:"tax" doc:"All KDV inside the total."`
	Total    money.Amount `json:"total"`
}

type cartLineView struct {
	ID         string        `json:"id" doc:"The line's id, for changing it."`
	SKU        string        `json:"sku"`
	ProductID  string        `json:"product_id,omitempty"`
	Slug       string        `json:"slug,omitempty"`
	Title      string        `json:"title"`
	Quantity   int64         `json:"quantity"`
	Sold       bool          `json:"sold" doc:"False when it is no longer sold: take it out to check out."`
	UnitPrice  *money.Amount `json:"unit_price,omitempty" doc:"KDV included."`
	Total      *money.Amount `json:"total,omitempty"`
	TaxPercent int64         `json:"tax_percent,omitempty"`
	Tax        *money.Amount `json:"tax,omitempty" doc:"The KDV inside the line's total."`
	Stock      stockView     `json:"stock"`
}

// showCart returns the cart with its quote at present prices.
func (a *API) showCart(ctx context.Context, c cart.Cart) (*cartOutput, error) {
	offers, err := catalog.Offers(ctx, a.Products, c.SKUs(), a.cartBuyer(c), a.Clock())
	if err != nil {
		return nil, err
	}
	levels, err := a.levels(ctx, c.SKUs())
	if err != nil {
		return nil, err
	}
	v := CartView{
		ID: c.ID, Currency: c.Currency, Contact: contactOf(c), Invoice: invoiceOf(c), UpdatedAt: c.UpdatedAt,
		Lines: cartLines(c, offers, levels, requestOf(ctx).language),
	}
	if err := a.addQuote(&v, c, offers); err != nil {
		return nil, err
	}
	current, err := a.shownTerms.now(ctx)
	if err != nil {
		return nil, err
	}
	v.Terms = viewShown(terms.Shown(current, requestOf(ctx).language, terms.ToAccept...))
	v.OrderID, err = a.Claims.Owner(ctx, order.CartKey(c.ID))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	return &cartOutput{Body: v}, nil
}

func cartLines(c cart.Cart, offers map[string]catalog.Offer, levels map[string]stock.Level, language string) []cartLineView {
	lines := make([]cartLineView, 0, len(c.Lines))
	for _, l := range c.Sorted() {
		view := cartLineView{ID: l.ID, SKU: l.SKU, Title: l.SKU, Quantity: l.Quantity, Stock: stockOf(levels[l.SKU].Available)}
		if offer, sold := offers[l.SKU]; sold {
			view.ProductID, view.Slug, view.Title = offer.ProductID, offer.Slugs.In(language), offer.Name(language)
		}
		lines = append(lines, view)
	}
	return lines
}

// addQuote puts what the cart costs into its view. A cart that cannot be
// quoted, for it is empty or holds what is no longer sold, is shown without.
func (a *API) addQuote(v *CartView, c cart.Cart, offers map[string]catalog.Offer) error {
	if len(c.Lines) == 0 || len(quote.Gone(c, offers)) > 0 {
		for i := range v.Lines {
			offer, sold := offers[v.Lines[i].SKU]
			v.Lines[i].Sold = sold && offer.Price.Currency == c.Currency
		}
		return nil
	}
	q, err := a.quote(c, offers)
	if err != nil {
		return inField(err, "cart.lines")
	}
	v.QuoteHash = q.Hash
	v.Totals = &totalsView{Subtotal: q.Subtotal, Discount: q.Discount, Shipping: q.Shipping, Tax: q.Tax, Total: q.Total}
	for i, l := range q.Lines {
		line := &v.Lines[i]
		line.Sold, line.UnitPrice, line.Total, line.TaxPercent, line.Tax = true, &l.UnitPrice, &l.Total, l.TaxPercent, &l.Tax
	}
	return nil
}

// quote freezes what the cart costs, with shipping to its address.
func (a *API) quote(c cart.Cart, offers map[string]catalog.Offer) (order.Quote, error) {
	tariff, err := quote.Shipping(c, offers, a.Tariffs)
	if err != nil {
		return order.Quote{}, err
	}
	return quote.Freeze(c, offers, tariff, a.Clock())
}

// frozen is what a checkout takes from its cart: what it costs, who receives it,
// and who the invoice is made out to.
type frozen struct {
	quote   order.Quote
	contact order.Contact
	invoice order.Invoice
}

// freezeCart returns what a checkout that claimed the cart takes from it. A
// quote other than the one that the shopper saw is a QuoteStale fault.
func (a *API) freezeCart(ctx context.Context, c cart.Cart, shownHash string) (frozen, error) {
	contact, err := quote.Contact(c)
	if err != nil {
		return frozen{}, inField(err, "cart")
	}
	invoice, err := quote.Invoice(c)
	if err != nil {
		return frozen{}, inField(err, "cart")
	}
	offers, err := catalog.Offers(ctx, a.Products, c.SKUs(), a.cartBuyer(c), a.Clock())
	if err != nil {
		return frozen{}, err
	}
	q, err := a.quote(c, offers)
	if err != nil {
		return frozen{}, inField(err, "cart.lines")
	}
	if q.Hash != shownHash {
		return frozen{}, fault.New(fault.QuoteStale, saidStale).With("quote_hash", q.Hash)
	}
	return frozen{quote: q, contact: contact, invoice: invoice}, nil
}
