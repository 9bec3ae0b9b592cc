package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/idempotency"
	"github.com/bedesten/bedesten/internal/identity"
)

// Access says who may call a route. Every route has one, and the API's
// document shows it.
type Access string

// Kinds of access.
const (
	// Public routes are for everybody.
	Public Access = "public"
	// CartSecret routes need the secret of the cart.
	CartSecret Access = "cart-secret"
	// OrderSecret routes need the secret of the order.
	OrderSecret Access = "order-secret"
	// SignedIn routes are about the caller's own account.
	SignedIn Access = "signed-in"
	// Staff routes are for people of the shop and its machines, with the route's
	// permission.
	Staff Access = "staff"
	// UploadTicket routes take one file, by an address that is signed for it.
	UploadTicket Access = "upload-ticket"
	// ProviderSignature routes are called by a provider, which signs.
	ProviderSignature Access = "provider-signature"
)

// Route describes a route: what it is called, who may call it, and everything
// that can be said no with.
type Route struct {
	// ID names the route in clients that are generated, such as "create-cart".
	ID      string
	Method  string
	Path    string
	Tag     string
	Summary string
	// Description may be longer; it is CommonMark.
	Description string
	Access      Access
	// Permission is what a Staff route takes.
	Permission identity.Permission
	// Status is that of a success; 0 means 200.
	Status int
	// Answers says of each status with the success's body what it means, where
	// there is more than one.
	Answers map[int]string
	// Codes are the problems that the route itself can answer with. Those that
	// follow from the rest of the description are added.
	Codes []fault.Code
	// NeedsKey refuses a request without an Idempotency-Key.
	NeedsKey bool
	// NoCards refuses a body with a card number anywhere in it.
	NoCards bool
	// AnyBody lets through a body that is not JSON.
	AnyBody bool
	// Takes are the types of a body that is not JSON; one of another type is refused.
	Takes []string
	// AnyQuery lets through query parameters that the route does not know:
	// someone else builds its address.
	AnyQuery bool
	// Sends reports whether a provider sends to the route: another one's body is not
	// read, nor one without a signature.
	Sends func(provider string) bool
	// MaxBody is how many bytes a body may have where that is more than a
	// shopper's; 0 elsewhere.
	MaxBody int64
	// Caching says whether answers may be kept.
	Caching Caching
	// Visitors are the origins of pages of ours, elsewhere on the site, that may call
	// the route with the cookie.
	Visitors []string
	// Limit names the rate that the route counts against.
	Limit string
	// NotModified says that the route answers 304 to who has what it would send.
	NotModified bool
	// Produces are the types of a success that is not JSON.
	Produces []string
}

// How large a body may be: a shopper's, and a provider's event.
const (
	maxShopperBody = 16 << 10
	maxEventBody   = 1 << 20
)

func (r Route) maxBody() int64 {
	if r.Access == ProviderSignature {
		return maxEventBody
	}
	return max(maxShopperBody, r.MaxBody)
}

// tagHealth groups the routes that a load balancer asks.
const tagHealth = "health"

// forShoppers reports whether the route counts against the general rate of its
// caller's address.
func (r Route) forShoppers() bool {
	return r.Access != ProviderSignature && r.Access != Staff && r.Tag != tagHealth
}

// Extensions of the OpenAPI document.
const (
	extensionAccess     = "x-access"
	extensionPermission = "x-permission"
	extensionCodes      = "x-problem-codes"
)

// handle registers a route. The handler gets what was read and checked, and
// returns its answer or an error; it never writes.
func handle[I, O any](a *API, r Route, handler func(context.Context, *I) (*O, error)) {
	op := a.operation(r)
	answer := func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	}
	huma.Register(a.huma, op, answer)
	r.declare(op.Responses)
	if r.Caching != "" {
		huma.Register(a.huma, a.head(r), answer)
	}
}

// head is a route's operation as caches and monitors ask it: answered as GET is, for
// net/http leaves the body out of what is written to a HEAD. The document tells of it
// in one sentence.
func (a *API) head(r Route) huma.Operation {
	op := a.operation(r)
	op.Method, op.Hidden = http.MethodHead, true
	return op
}

func (a *API) operation(r Route) huma.Operation {
	if r.Access == "" || (r.Access == Staff) != (r.Permission != "") {
		panic("route " + r.ID + " does not say who may call it")
	}
	codes := r.codes()
	op := huma.Operation{
		OperationID: r.ID, Method: r.Method, Path: r.Path, Summary: r.Summary, Description: r.Description,
		Tags: []string{r.Tag}, DefaultStatus: r.Status, Security: r.Access.security(),
		// The body is read before huma sees it: within its limit, and without the
		// deadline on the connection by which huma would end a long request.
		MaxBodyBytes: -1, BodyReadTimeout: -1,
		RejectUnknownQueryParameters: !r.AnyQuery,
		Responses:                    a.problems(codes),
		Extensions:                   r.extensions(codes),
		Middlewares:                  huma.Middlewares{a.guard(r)},
	}
	if len(r.Takes) > 0 {
		op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{}}
		for _, kind := range r.Takes {
			op.RequestBody.Content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		}
	}
	if r.forShoppers() {
		op.Parameters = append(op.Parameters, acceptLanguage())
	}
	if r.Caching != "" {
		op.Parameters = append(op.Parameters, ifNoneMatch())
	}
	if len(r.Produces) > 0 {
		status := max(r.Status, http.StatusOK)
		success := &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{}}
		for _, kind := range r.Produces {
			success.Content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
		}
		op.Responses[strconv.Itoa(status)] = success
	}
	if r.NotModified {
		op.Responses[strconv.Itoa(http.StatusNotModified)] = &huma.Response{Description: "What you have is what there is."}
	}
	return op
}

// guard is what comes before a route's own work: its rates, its secret, its
// body and its key, in this order.
func (a *API) guard(r Route) func(huma.Context, func(huma.Context)) {
	readsQuery := slices.Contains(r.codes(), fault.Invalid)
	return func(ctx huma.Context, next func(huma.Context)) {
		c := humagin.Unwrap(ctx)
		requestOf(c.Request.Context()).route = r.ID
		a.welcome(c, r)
		err := a.withinRates(c, r)
		if err == nil && readsQuery {
			err = wholeQuery(c)
		}
		if err == nil {
			err = a.unlock(c, r)
		}
		if err == nil {
			err = a.withinOwn(c)
		}
		if err == nil {
			err = readBody(c, r)
		}
		if err == nil && r.NeedsKey {
			err = inField(idempotency.CheckKey(c.GetHeader(headerKey)), headerField)
		}
		if err != nil {
			a.refuse(c, a.problem(c.Request.Context(), err))
			return
		}
		if r.Caching != "" {
			a.cached(c, r, func() { next(ctx) })
			return
		}
		if r.Access != Staff {
			next(ctx)
			return
		}
		if err := a.recorded(c, r, func() { next(ctx) }); err != nil {
			a.refuse(c, a.problem(c.Request.Context(), err))
		}
	}
}

func (r Route) extensions(codes []fault.Code) map[string]any {
	all := map[string]any{extensionAccess: string(r.Access), extensionCodes: codes}
	if r.Permission != "" {
		all[extensionPermission] = string(r.Permission)
	}
	return all
}

// codes returns every code that the route can answer with, sorted.
func (r Route) codes() []fault.Code {
	codes := append([]fault.Code{fault.Internal, fault.Unavailable}, r.Codes...)
	if r.hasBody() {
		codes = append(codes, fault.TooLarge, fault.Malformed)
	}
	if r.hasBody() && !r.AnyBody {
		codes = append(codes, fault.Invalid, codeMediaType)
	}
	if len(r.Takes) > 0 {
		codes = append(codes, codeMediaType)
	}
	if !r.AnyQuery {
		codes = append(codes, fault.Invalid)
	}
	if r.NeedsKey {
		codes = append(codes, fault.KeyMissing, fault.KeyReused)
	}
	if r.NoCards {
		codes = append(codes, fault.CardNumber)
	}
	if r.Limit != "" || r.forShoppers() || r.Access == Staff {
		codes = append(codes, fault.RateLimited)
	}
	if r.Access == Staff {
		codes = append(codes, fault.NotFound, fault.Forbidden, codeCrossSite)
	}
	if r.Access == SignedIn {
		codes = append(codes, fault.Unauthenticated, fault.Forbidden, codeCrossSite)
	}
	if r.Access == CartSecret || r.Access == OrderSecret {
		codes = append(codes, fault.NotFound)
		if r.Method != http.MethodGet {
			codes = append(codes, codeCrossSite)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func (r Route) hasBody() bool {
	return slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, r.Method)
}

// security names the document's schemes by which the access is proven.
func (access Access) security() []map[string][]string {
	switch access {
	case CartSecret:
		return []map[string][]string{{"cartSecret": {}}, {"cartCookie": {}}, {"accessToken": {}}, {"accessCookie": {}}}
	case OrderSecret:
		return []map[string][]string{{"orderSecret": {}}, {"orderCookie": {}}, {"accessToken": {}}, {"accessCookie": {}}}
	case SignedIn:
		return []map[string][]string{{"accessToken": {}}, {"accessCookie": {}}}
	case Staff:
		return []map[string][]string{{"accessToken": {}}, {"accessCookie": {}}, {"machineKey": {}}}
	case Public, UploadTicket, ProviderSignature:
	}
	return nil
}
