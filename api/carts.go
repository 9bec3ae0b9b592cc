package api

import (
	"context"
	"net/http"
	"time"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/idempotency"
)

type newCartInput struct {
	Body *struct {
		Currency string `json:"currency,omitempty" minLength:"3" maxLength:"3" doc:"ISO 4217; the shop's own when missing." example:"TRY"`
	}
}

type newCartOutput struct {
	Location string      `header:"Location"`
	Cookie   http.Cookie `header:"Set-Cookie"`
	Body     newCartView
}

type newCartView struct {
	CartView
	Secret string `json:"secret" doc:"Opens the cart: send it as X-Cart-Secret. It is not shown again."`
}

type cartOutput struct{ Body CartView }

type addLineInput struct {
	CartAccess
	KeyHeader
	Body struct {
		SKU      string `json:"sku" minLength:"1" maxLength:"100" doc:"The variant's SKU." example:"SMA-APP-IPH-123-256"`
		Quantity int64  `json:"quantity" minimum:"1" maximum:"99" example:"1"`
	}
}

// LineAccess is embedded in the input of routes that open a line of a cart.
type LineAccess struct {
	CartAccess
	LineID string `path:"line_id" doc:"The line's id." example:"var_01k3v8m4w0f3q2x9y6z7a1b2c3"`
}

type setLineInput struct {
	LineAccess
	Body struct {
		Quantity int64 `json:"quantity" minimum:"1" maximum:"99" example:"2"`
	}
}

// changeCodes are what every change of a cart can be refused with.
var changeCodes = []fault.Code{fault.NotFound, fault.Invalid, fault.CartCheckedOut, fault.Conflict}

func (a *API) cartRoutes() {
	handle(a, Route{
		ID: "create-cart", Method: http.MethodPost, Path: "/v1/carts", Tag: "cart", Access: Public,
		Summary: "Make a cart", Status: http.StatusCreated, NoCards: true, Limit: LimitCarts,
		Codes:       []fault.Code{codeCrossSite},
		Description: "The answer holds the cart's secret. Titles in the cart are frozen in the language of this request.",
	}, a.createCart)
	handle(a, Route{
		ID: "get-cart", Method: http.MethodGet, Path: "/v1/carts/{cart_id}", Tag: "cart", Access: CartSecret,
		Summary: "Show a cart with what it costs",
	}, func(ctx context.Context, in *CartAccess) (*cartOutput, error) {
		c, err := a.openCart(ctx, in.CartID)
		if err != nil {
			return nil, err
		}
		return a.showCart(ctx, c)
	})
	handle(a, Route{
		ID: "add-cart-line", Method: http.MethodPost, Path: "/v1/carts/{cart_id}/lines", Tag: "cart", Access: CartSecret,
		Summary: "Put something into a cart", NoCards: true, NeedsKey: true, Codes: changeCodes,
		Description: "Of a variant that is in the cart already there are then more.",
	}, a.addLine)
	handle(a, Route{
		ID: "set-cart-line", Method: http.MethodPatch, Path: "/v1/carts/{cart_id}/lines/{line_id}", Tag: "cart", Access: CartSecret,
		Summary: "Change a line's quantity", NoCards: true, Codes: changeCodes,
	}, func(ctx context.Context, in *setLineInput) (*cartOutput, error) {
		return a.changeCart(ctx, in.CartID, func(c *cart.Cart, now time.Time) error {
			return inField(c.SetQuantity(in.LineID, in.Body.Quantity, now), "body.quantity")
		})
	})
	handle(a, Route{
		ID: "remove-cart-line", Method: http.MethodDelete, Path: "/v1/carts/{cart_id}/lines/{line_id}", Tag: "cart", Access: CartSecret,
		Summary: "Take a line out of a cart", Codes: changeCodes,
	}, func(ctx context.Context, in *LineAccess) (*cartOutput, error) {
		return a.changeCart(ctx, in.CartID, func(c *cart.Cart, now time.Time) error { return c.Remove(in.LineID, now) })
	})
	a.contactRoutes()
}

func (a *API) createCart(ctx context.Context, in *newCartInput) (*newCartOutput, error) {
	if err := a.refuseForeign(ctx); err != nil {
		return nil, err
	}
	currency := a.Currency
	if in.Body != nil && in.Body.Currency != "" {
		currency = in.Body.Currency
	}
	now := a.Clock()
	c, err := cart.New(id.New(id.Cart, now), currency, requestOf(ctx).language, now)
	if err != nil {
		return nil, inField(err, "body.currency")
	}
	if err := a.Carts.Create(ctx, c); err != nil {
		return nil, err
	}
	shown, err := a.showCart(ctx, c)
	if err != nil {
		return nil, err
	}
	return &newCartOutput{
		Location: "/v1/carts/" + c.ID, Cookie: a.cartCookie(c),
		Body: newCartView{CartView: shown.Body, Secret: a.cartSecret(c)},
	}, nil
}

// addLine takes effect once under its key: the record says whether it was
// answered, and the cart itself whether it was applied.
func (a *API) addLine(ctx context.Context, in *addLineInput) (*cartOutput, error) {
	c, err := a.openCart(ctx, in.CartID)
	if err != nil {
		return nil, err
	}
	offers, err := catalog.Offers(ctx, a.Products, []string{in.Body.SKU}, a.cartBuyer(c), a.Clock())
	if err != nil {
		return nil, err
	}
	offer, sold := offers[in.Body.SKU]
	if !sold {
		return nil, fault.New(fault.NotFound, saidNotSold).With(detailField, "body.sku")
	}
	rec, _, err := a.begin(ctx, cartPrincipal(c), "add-cart-line", in.Key, offer.ID, idempotency.KeepOther)
	if err != nil {
		return nil, err
	}
	if rec.Status != 0 {
		return a.showCart(ctx, c)
	}
	item := cart.Item{VariantID: offer.ID, SKU: offer.SKU, Currency: offer.Price.Currency, Quantity: in.Body.Quantity}
	out, err := a.changeCart(ctx, in.CartID, func(c *cart.Cart, now time.Time) error {
		where := "body.sku"
		if c.Lines[item.VariantID].Quantity+item.Quantity > cart.MaxQuantity {
			where = "body.quantity"
		}
		return inField(c.Add(rec.ID, item, now), where)
	})
	if err != nil {
		return nil, err
	}
	return out, a.finish(ctx, rec, http.StatusOK)
}

// changeTries is how often a change is made again on a cart that another
// request wrote meanwhile.
const changeTries = 10

// changeCart opens a cart, changes it and writes it, unless it is an order
// already.
func (a *API) changeCart(ctx context.Context, cartID string, change func(*cart.Cart, time.Time) error) (*cartOutput, error) {
	for range changeTries {
		c, err := a.openCart(ctx, cartID)
		if err != nil {
			return nil, err
		}
		if err := a.refuseClaimed(ctx, c.ID); err != nil {
			return nil, err
		}
		if err := change(&c, a.Clock()); err != nil {
			return nil, err
		}
		saved, err := a.Carts.Save(ctx, c)
		if fault.Is(err, fault.Conflict) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return a.showCart(ctx, saved)
	}
	return nil, fault.New(fault.Conflict, "the cart is being changed by many requests at once: try again")
}

// refuseClaimed returns a CartCheckedOut fault for a cart that a checkout has
// claimed. A checkout claims first and reads the cart afterwards, so that a
// change which slips in between is seen by its quote.
func (a *API) refuseClaimed(ctx context.Context, cartID string) error {
	orderID, err := a.checkouts.owner(ctx, cartID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(fault.CartCheckedOut, saidCheckedOut).With("order_id", orderID)
}
