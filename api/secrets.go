package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/secret"
)

// Where secrets travel: machines send headers, browsers of the same origin
// send cookies that no script can read.
const (
	headerCartSecret  = "X-Cart-Secret"
	headerOrderSecret = "X-Order-Secret"
	cookieCart        = "bedesten_cart"
	cookieOrder       = "bedesten_order_"
)

// CartAccess is embedded in the input of routes that open a cart by its path.
type CartAccess struct {
	CartID string `path:"cart_id" doc:"The cart's id" example:"crt_01k3v8m4w0f3q2x9y6z7a1b2c3"`
}

// unlock opens what a write's path names before its body is looked at: a
// stranger gets nothing parsed. What was read serves the route's first look.
func (a *API) unlock(c *gin.Context, r Route) error {
	switch r.Access {
	case Staff:
		return a.openStaff(c, r)
	case SignedIn:
		return a.openOwn(c.Request.Context())
	case UploadTicket:
		return a.openUpload(c)
	case Public, CartSecret, OrderSecret, ProviderSignature:
	}
	if r.Sends != nil {
		return knock(c, r)
	}
	if !r.hasBody() {
		return nil
	}
	ctx := c.Request.Context()
	if cartID, named := c.Params.Get("cart_id"); named && r.Access == CartSecret {
		opened, err := a.openCart(ctx, cartID)
		if err == nil {
			requestOf(ctx).cart = &opened
		}
		return err
	}
	if orderID, named := c.Params.Get("order_id"); named && r.Access == OrderSecret {
		opened, err := a.openOrder(ctx, orderID)
		if err == nil {
			requestOf(ctx).order = &opened
		}
		return err
	}
	if r.Access == CartSecret && given(ctx, headerCartSecret, cookieCart) == "" && !a.signedIn(ctx) {
		return noCart()
	}
	return nil
}

// openCart returns the cart if the request brings its secret. Everybody else
// hears that there is no such cart.
func (a *API) openCart(ctx context.Context, cartID string) (cart.Cart, error) {
	if opened := requestOf(ctx).cart; opened != nil && opened.ID == cartID {
		requestOf(ctx).cart = nil // a second look reads again
		return *opened, nil
	}
	if err := sameOrigin(ctx, headerCartSecret, cookieCart); err != nil {
		return cart.Cart{}, err
	}
	if !id.Valid(id.Cart, cartID) {
		return cart.Cart{}, noCart()
	}
	c, err := a.Carts.Find(ctx, cartID)
	if fault.Is(err, fault.NotFound) {
		return cart.Cart{}, noCart()
	}
	if err != nil {
		return cart.Cart{}, err
	}
	if c.MergedInto != "" {
		return cart.Cart{}, noCart()
	}
	if !a.opens(ctx, c) {
		if owned, err := a.owns(ctx, c.CustomerID); err != nil || !owned {
			return cart.Cart{}, cmp.Or(err, noCart())
		}
	}
	return c, nil
}

// opens reports whether the request brings the cart's secret.
func (a *API) opens(ctx context.Context, c cart.Cart) bool {
	return a.Secrets.Opens(given(ctx, headerCartSecret, cookieCart), secret.Cart, c.ID, c.SecretEpoch)
}

// openOrder returns the order if the request brings its secret. Everybody else
// hears that there is no such order.
func (a *API) openOrder(ctx context.Context, orderID string) (order.Order, error) {
	if opened := requestOf(ctx).order; opened != nil && opened.ID == orderID {
		requestOf(ctx).order = nil
		return *opened, nil
	}
	if err := sameOrigin(ctx, headerOrderSecret, cookieOrder+orderID); err != nil {
		return order.Order{}, err
	}
	if !id.Valid(id.Order, orderID) {
		return order.Order{}, noOrder()
	}
	o, err := a.Orders.Find(ctx, orderID)
	if fault.Is(err, fault.NotFound) {
		return order.Order{}, noOrder()
	}
	if err != nil {
		return order.Order{}, err
	}
	if !a.Secrets.Opens(given(ctx, headerOrderSecret, cookieOrder+o.ID), secret.Order, o.ID, o.SecretEpoch) {
		if owned, err := a.owns(ctx, o.CustomerID); err != nil || !owned {
			return order.Order{}, cmp.Or(err, noOrder())
		}
	}
	return o, nil
}

// owns reports whether the caller is signed in to the account: by a session that
// still stands, since a token alone outlives its sign-out. Only a store that does not
// answer is an error.
func (a *API) owns(ctx context.Context, accountID string) (bool, error) {
	p, err := a.whoAsks(ctx)
	if err == nil && accountID != "" && p.accountID == accountID {
		_, err = a.liveSession(ctx, p)
		if err == nil {
			return true, nil
		}
	}
	if fault.Is(err, fault.Unavailable) {
		return false, err
	}
	return false, nil
}

// signedIn reports whether the caller is signed in to any account.
func (a *API) signedIn(ctx context.Context) bool {
	p, err := a.whoAsks(ctx)
	return err == nil && p.accountID != ""
}

func noCart() error  { return fault.New(fault.NotFound, "no such cart") }
func noOrder() error { return fault.New(fault.NotFound, "no such order") }

// cartSecret and orderSecret derive what the answer gives away.
func (a *API) cartSecret(c cart.Cart) string {
	return a.Secrets.Derive(secret.Cart, c.ID, c.SecretEpoch)
}

func (a *API) orderSecret(o order.Order) string {
	return a.Secrets.Derive(secret.Order, o.ID, o.SecretEpoch)
}

func (a *API) cartCookie(c cart.Cart) http.Cookie {
	return a.cookie(cookieCart, "/v1", a.cartSecret(c))
}

// orderCookie goes to the order's page too, which is not below /v1.
func (a *API) orderCookie(o order.Order) http.Cookie {
	return a.cookie(cookieOrder+o.ID, "/", a.orderSecret(o))
}

func (a *API) cookie(name, path, value string) http.Cookie {
	//nolint:gosec // Secure is left out where the API itself is not reached by https.
	return http.Cookie{
		Name: name, Value: value, Path: path, HttpOnly: true, Secure: a.secure(),
		SameSite: http.SameSiteLaxMode, MaxAge: int(cookieLife.Seconds()),
	}
}

// given returns the secret that the request brings; a header goes before a
// cookie.
func given(ctx context.Context, header, cookie string) string {
	r := requestOf(ctx).http
	if s := r.Header.Get(header); s != "" {
		return s
	}
	if c, err := r.Cookie(cookie); err == nil {
		return c.Value
	}
	return ""
}

// sameOrigin refuses a write that a cookie would authenticate unless the
// browser says that it comes from our own pages: cookies go along with
// requests that other sites make.
func sameOrigin(ctx context.Context, header, cookie string) error {
	if requestOf(ctx).welcome {
		return nil
	}
	r := requestOf(ctx).http
	if slices.Contains([]string{"", http.MethodGet, http.MethodHead}, r.Method) || r.Header.Get(header) != "" {
		return nil
	}
	if len(r.CookiesNamed(cookie)) > 0 && r.Header.Get("Sec-Fetch-Site") != "same-origin" {
		return fault.New(codeCrossSite, "a change that is authorized by a cookie must come from the same origin")
	}
	return nil
}

// refuseForeign refuses to set a cookie for another site's page, which could
// put a cart of its own in the place of the shopper's.
func (a *API) refuseForeign(ctx context.Context) error {
	h := requestOf(ctx).http.Header
	if h.Get("Sec-Fetch-Site") != "cross-site" || slices.Contains(a.Origins, strings.TrimSuffix(h.Get("Origin"), "/")) {
		return nil
	}
	return fault.New(codeCrossSite, "a cart is made from a configured storefront, or from no browser at all")
}
