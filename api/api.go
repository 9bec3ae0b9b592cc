// Package api is the HTTP edge of the product: typed routes over Gin, one file
// a noun. errors.go is the only place where a fault becomes an answer; route.go
// says what every route has in common.
package api

import (
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/internal/auditlog"
	"github.com/bedesten/bedesten/internal/cart"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/idempotency"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/secret"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/internal/terms"
)

// Deps is everything that the routes work with.
type Deps struct {
	Products catalog.Store
	// Said is what merchandisers say. Index answers searches and lists; Misses keeps
	// those that found nothing.
	Said   catalog.Merchandisers
	Index  catalog.Index
	Misses catalog.Misses
	// Pages keeps answers for everybody; nil keeps none.
	Pages catalog.Pages
	// Stills finds what stands still beside orders.
	Stills order.Stills
	// Imports and Files are files of the catalogue; FileRuns works on them.
	Imports  catalog.Imports
	Files    catalog.Exports
	FileRuns catalog.FileRuns
	Carts    cart.Store
	Keys     idempotency.Store
	Ledger   stock.Ledger
	Claims   order.Claims
	Orders   order.Store
	Attempts payment.Store
	Inbox    payment.Inbox
	// Shipments, Carriers, ShippingInbox and ShipmentRuns are what parcels need,
	// Mails and Mailer what is told to shoppers.
	Shipments     shipping.Store
	Carriers      shipping.Carriers
	ShippingInbox shipping.Inbox
	ShipmentRuns  shipping.Runs
	Mails         notify.Store
	Mailer        notify.Mailer
	// Stories and Hints let shoppers follow their orders. Without hints, news come
	// half a second later.
	Stories order.Stories
	Hints   order.Hints
	// Accounts, Sessions, Tickets and MachineKeys are who may sign in, and how;
	// Hasher and Tokens what that takes. Lookup turns something personal into a key
	// that is not.
	Accounts    identity.Accounts
	Sessions    identity.Sessions
	Tickets     identity.Tickets
	MachineKeys identity.Keys
	// Passkeys speaks WebAuthn; PasskeyOwners and Challenges are what that keeps.
	Passkeys      identity.Passkeys
	PasskeyOwners identity.PasskeyOwners
	Challenges    identity.Challenges
	// Codec is the codec server of what Temporal keeps, TemporalUI the origin of the
	// pages that ask it; empty where there are none.
	Codec      http.Handler
	TemporalUI string
	// Pictures are the rows of pictures, Storages have their bytes, Imager knows what they
	// are and PictureRuns have them looked at.
	Pictures    media.Store
	Storages    media.Storages
	Imager      media.Imager
	PictureRuns media.Runs
	// Consents are what people agreed to.
	Consents identity.Consents
	// Alerts are the orders that need a person.
	Alerts order.Alerts
	// AuditLog is what staff did.
	AuditLog auditlog.Store
	Hasher   identity.Hasher
	Tokens   identity.Tokens
	Factors  identity.Factors
	Post     identity.Post
	// DataKeys are what personal data is sealed with.
	DataKeys identity.DataKeys
	// LetterBox keeps letters that Post could not take.
	LetterBox identity.LetterBox
	Privacy   identity.Privacy
	Exports   identity.Exports
	Lookup    func(kind, value string) string
	// Terms are the texts that shoppers accept, Legal what they say of the shop.
	Terms terms.Store
	Legal terms.Shop

	Gateways payment.Gateways
	Temporal client.Client
	Runs     order.Runs

	Policy order.Policy
	// Tariffs are what shoppers pay for shipping; without one it costs nothing.
	Tariffs []shipping.Tariff
	Secrets *secret.Keyring
	Clock   clock.Clock
	Log     *slog.Logger

	// Currency is what carts are in unless they ask for another.
	Currency string
	// PublicURL is how browsers reach the API. With https, cookies are Secure.
	PublicURL string
	// Origins are the storefronts that may call from a browser and receive
	// shoppers back from a bank's page, such as "https://shop.example".
	Origins []string
	// TrustedProxies are the addresses or networks of proxies of ours, whose
	// X-Forwarded-For is believed. Without them nobody's is.
	TrustedProxies []string

	// ShopName, ShopURL and SupportEmail are what pages say of the shop; ShopURL is
	// the storefront's.
	ShopName, ShopURL, SupportEmail string
	// Money and Moment write an amount that is not negative, and a time, as mails in
	// a language do.
	Money  func(amount money.Amount, language string) string
	Moment func(t time.Time, language string) (string, error)
	// MailPreview shows mails in development; nil elsewhere.
	MailPreview http.Handler

	// Limiter counts requests; nil counts in this process. Rates says how many
	// are let through by name; a name without a rate has no limit.
	Limiter Limiter
	Rates   map[string]Rate

	// Checks are asked for readiness.
	Checks []Check
	// Observe, when given, is told of each request, and how it was answered.
	Observe Observer
}

// API is the HTTP edge with its routes.
type API struct {
	Deps
	huma      huma.API
	engine    *gin.Engine
	fallback  *memoryLimiter
	suspects  *suspects
	checkouts *Checkouts
	stories   *stories
	// leads remember which product a slug led to.
	leads leads
	// developed remembers where pictures are.
	developed developed
	// counted remembers how many units lists have shown a moment ago.
	counted counted
	// misses counts searches that found nothing until they are written down.
	misses catalog.MissTally
	// shownTerms are the texts that are shown now.
	shownTerms *shownTerms
	// waiting holds a place for each event that waits for what is known soon.
	waiting chan struct{}
	// background is what goes on after an answer was given.
	background sync.WaitGroup
}

// ServeHTTP serves every route.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.engine.ServeHTTP(w, r) }

// Wait returns when nothing goes on any more that outlives its request. Call it
// after the last request was answered.
func (a *API) Wait() {
	a.background.Wait()
	a.stories.running.Wait()
}

// New returns the handler of every route.
func New(d Deps) (*API, error) {
	a := &API{
		Deps: d, fallback: newMemoryLimiter(d.Clock, maxBuckets), suspects: newSuspects(d.Clock), waiting: make(chan struct{}, maxWaiting),
	}
	a.shownTerms = &shownTerms{store: d.Terms, clock: d.Clock}
	a.stories = newStories(d.Stories, d.Hints, d.Log)
	if a.Currency == "" {
		a.Currency = "TRY"
	}
	if a.Limiter == nil {
		a.Limiter = a.fallback
	}
	a.checkouts = &Checkouts{
		Orders: d.Orders, Attempts: d.Attempts, Shipments: d.Shipments, Claims: d.Claims, Ledger: d.Ledger, Gateways: d.Gateways,
		Temporal: d.Temporal, Policy: d.Policy, PublicURL: strings.TrimSuffix(d.PublicURL, "/"), Origins: d.Origins, Clock: d.Clock,
	}
	var err error
	if a.engine, err = a.newEngine(); err != nil {
		return nil, err
	}
	a.huma = humagin.New(a.engine, describe())
	a.routes()
	a.serveDocs()
	a.servePages()
	return a, nil
}

// routes registers every route of the API, a noun at a time.
func (a *API) routes() {
	a.healthRoutes()
	a.catalogRoutes()
	a.pictureRoutes()
	a.mediaRoutes()
	a.provinceRoutes()
	a.cartRoutes()
	a.termsRoutes()
	a.checkoutRoutes()
	a.orderRoutes()
	a.eventRoutes()
	a.paymentRoutes()
	a.shipmentRoutes()
	a.parcelRoutes()
	a.webhookRoutes()
	a.accountRoutes()
	a.addressRoutes()
	a.consentRoutes()
	a.customerRoutes()
	a.sessionRoutes()
	a.passkeyRoutes()
	a.erasureRoutes()
	a.exportRoutes()
	a.keyRoutes()
	a.staffRoutes()
	a.staffCustomerRoutes()
	a.staffOrderRoutes()
	a.staffProductRoutes()
	a.staffCategoryRoutes()
	a.staffCollectionRoutes()
	a.merchandisingRoutes()
	a.priceListRoutes()
	a.priceRoutes()
	a.importRoutes()
	a.catalogueFileRoutes()
	a.staffFactorRoutes()
	a.auditLogRoutes()
	a.codecRoutes()
	a.nameWords()
	a.describeLines()
}

// newEngine returns Gin with our middleware and without its habits: it trusts
// no proxy that is not named, guesses no path, and answers in our one shape.
func (a *API) newEngine() (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.RedirectFixedPath = false
	engine.RemoteIPHeaders = []string{"X-Forwarded-For"} // a proxy that sets one passes others on as they came
	if err := engine.SetTrustedProxies(a.TrustedProxies); err != nil {
		return nil, err
	}
	engine.Use(a.identify, a.observe, a.logAccess, a.recoverPanic, a.harden, a.allowOrigins)
	engine.NoRoute(func(c *gin.Context) { a.refuse(c, problemOf(c, codeNotFound, saidNothingHere)) })
	engine.NoMethod(func(c *gin.Context) {
		a.refuse(c, problemOf(c, codeMethodNotAllowed, "this address does not take "+c.Request.Method))
	})
	return engine, nil
}

// secure reports whether browsers reach the API by https.
func (a *API) secure() bool { return strings.HasPrefix(a.PublicURL, "https://") }

// cookieLife is how long a browser keeps the secret of a cart or an order.
const cookieLife = 60 * 24 * time.Hour
