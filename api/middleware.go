package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/language"

	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/order"
)

// request is what every layer may know of the request that it serves.
type request struct {
	id       string
	route    string
	language string
	http     *http.Request
	// body is what was sent, once the route has read it.
	body []byte
	// cart and order are what the guard opened, until the route takes it.
	cart  *cart.Cart
	order *order.Order
	// caller is who asks, once somebody wanted to know; operator the name of who
	// of the staff does.
	caller   *caller
	operator string
	// before and after are what an action of the staff changed, target what it made,
	// code what it was refused with.
	before, after, target string
	code                  fault.Code
	// welcome says that the page which calls may send the cookie along.
	welcome bool
	// page is what the route says of an answer that may be kept.
	page *pageOf
	// address stands for the caller's, without being one.
	address string
}

type requestKey struct{}

// requestOf returns the request of ctx; outside of one, an empty one in
// Turkish.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	if c, ok := ctx.(*gin.Context); ok {
		return requestOf(c.Request.Context())
	}
	return &request{language: catalog.Turkish, http: &http.Request{Header: http.Header{}}}
}

// RequestID returns the id under which the request of ctx is logged.
func RequestID(ctx context.Context) string { return requestOf(ctx).id }

var languages = language.NewMatcher([]language.Tag{language.Turkish, language.English})

// languageOf returns tr or en, Turkish unless English is asked for.
func languageOf(header string) string {
	_, index := language.MatchStrings(languages, header)
	if header != "" && index == 1 {
		return catalog.English
	}
	return catalog.Turkish
}

// identify gives the request its id and its language.
func (a *API) identify(c *gin.Context) {
	r := &request{
		id: id.New(id.Request, a.Clock()), language: languageOf(c.GetHeader("Accept-Language")), http: c.Request,
		address: a.addressKey(c.ClientIP()),
	}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), requestKey{}, r))
	c.Header("X-Request-Id", r.id)
	c.Header("Content-Language", r.language)
	c.Writer.Header().Add("Vary", "Accept-Language")
	c.Next()
}

// logAccess writes one line for each request, with nothing personal in it: the
// route's pattern instead of the path, no address, no query. Of the staff it names
// who asked.
func (a *API) logAccess(c *gin.Context) {
	start := time.Now()
	c.Next()
	route := c.FullPath()
	if route == "" {
		route = "none"
	}
	r := requestOf(c.Request.Context())
	line := []slog.Attr{
		slog.String("request_id", r.id), slog.String("method", c.Request.Method), slog.String("route", route),
		slog.Int("status", c.Writer.Status()), slog.Duration("duration", time.Since(start)),
	}
	if r.operator != "" {
		line = append(line, slog.String("operator", r.operator))
	}
	a.Log.LogAttrs(c.Request.Context(), slog.LevelInfo, "request", line...)
}

// recoverPanic answers a panic as an internal problem and logs where it was.
func (a *API) recoverPanic(c *gin.Context) {
	defer func() {
		caught := recover()
		if caught == nil {
			return
		}
		if err, ok := caught.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(caught)
		}
		a.Log.ErrorContext(c.Request.Context(), "a handler panicked",
			"request_id", RequestID(c.Request.Context()), "panic", caught, "stack", string(debug.Stack()))
		if !c.Writer.Written() {
			a.refuse(c, problemOf(c, fault.Internal, saidInternal))
		}
	}()
	c.Next()
}

// harden sets the headers by which a browser trusts us less. A route that may
// be cached or framed says so itself.
func (a *API) harden(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	if a.secure() {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	c.Next()
}

// wholeQuery refuses an address whose query cannot be read as a whole: what cannot be
// read would be left out, and a list answered without its filter.
func wholeQuery(c *gin.Context) error {
	if _, err := url.ParseQuery(c.Request.URL.RawQuery); err != nil {
		return fault.Wrap(err, fault.Invalid, saidBadQuery).With(detailField, "query")
	}
	return nil
}

// corsHeaders are those that a storefront may send and read.
const (
	corsRequestHeaders  = "Accept-Language, Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Account-Password, X-Cart-Secret, X-Order-Secret"
	corsResponseHeaders = "X-Request-Id, Location, Retry-After, RateLimit, RateLimit-Policy, ETag, Content-Disposition"
	corsMethods         = "GET, POST, PUT, PATCH, DELETE"
)

// allowOrigins lets the configured storefronts call from a browser. They send
// secrets in headers: cookies stay within one origin.
func (a *API) allowOrigins(c *gin.Context) {
	origin := c.GetHeader("Origin")
	c.Writer.Header().Add("Vary", "Origin")
	if origin == "" || !slices.Contains(a.Origins, strings.TrimSuffix(origin, "/")) {
		c.Next()
		return
	}
	h := c.Writer.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", corsResponseHeaders)
	if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", corsMethods)
		h.Set("Access-Control-Allow-Headers", corsRequestHeaders)
		h.Set("Access-Control-Max-Age", "600")
		c.AbortWithStatus(http.StatusNoContent)
		return
	}
	c.Next()
}
