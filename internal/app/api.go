package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/codec"
	"github.com/bedesten/bedesten/internal/identity/otp"
	"github.com/bedesten/bedesten/internal/media/imaging"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/notify/templates"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/redis"
	"github.com/bedesten/bedesten/internal/telemetry"
	"github.com/bedesten/bedesten/worker"
)

// API returns the HTTP edge.
func (a *App) API() (*api.API, error) {
	hints := redis.NewCatalogHints(a.Redis, a.Log)
	deps := api.Deps{
		Products: a.told(), Said: catalog.ToldMerchandisers{Merchandisers: a.catalog, Notifier: hints}, Pages: a.Products,
		Index: a.Index, Misses: mongo.NewSearchMisses(a.DB), Stills: mongo.NewBacklog(a.DB), Imports: a.Imports, Files: a.Files, FileRuns: worker.NewFileRuns(a.Temporal, a.Policy), Carts: a.Carts, Keys: mongo.NewIdempotency(a.DB),
		Ledger: a.Ledger, Claims: a.Claims, Orders: a.Orders, Attempts: a.Attempts, Inbox: a.telemetry.PaymentInbox(a.Inbox, telemetry.ByWebhook),
		Gateways: a.Gateways, Temporal: a.Temporal, Runs: a.Runs,
		Shipments: a.Shipments, Carriers: a.Carriers, ShippingInbox: a.telemetry.ShippingInbox(a.ShippingInbox, telemetry.ByWebhook), ShipmentRuns: a.Runs,
		Mails: a.telemetry.Mails(a.Mails), Mailer: a.Mailer,
		Accounts: a.Accounts, Sessions: a.Sessions, Tickets: a.Tickets, MachineKeys: a.MachineKeys, Hasher: a.Hasher, Tokens: a.Tokens,
		Passkeys: a.Passkeys, PasskeyOwners: a.PasskeyOwners, Challenges: a.Challenges,
		Factors: otp.Factors{}, Post: worker.NewPost(a.Temporal, a.Policy), LetterBox: mongo.NewLetterBox(a.DB), DataKeys: a.Vault, Privacy: worker.NewPrivacy(a.Temporal, a.Policy), Exports: a.Exports, Lookup: a.Lookup.Key, AuditLog: a.AuditLog, Consents: a.Consents, Alerts: mongo.NewAlerts(a.DB),
		Pictures: a.Pictures, Storages: a.Storages, Imager: imaging.Imager{}, PictureRuns: worker.NewPictures(a.Temporal, a.Policy),
		Codec: a.Codec.Handler(codec.HandlerOptions{Namespace: a.Config.TemporalNamespace, Origins: a.operatorPages()}), TemporalUI: a.Config.TemporalUIOrigin(),
		Terms: a.Terms, Legal: a.legal(),
		ShopName: a.Config.ShopName, ShopURL: a.Config.Storefront(), SupportEmail: a.Config.SupportEmail,
		Money: templates.Money, Moment: templates.Moment, MailPreview: a.mailPreview(),
		Stories: a.Orders, Hints: redis.NewStories(a.Redis, a.Log),
		Policy: a.Policy, Tariffs: a.Tariffs, Secrets: a.Secrets, Clock: a.Clock, Log: a.Log,
		Currency: currency, PublicURL: a.Config.PublicURL, Origins: a.Config.StorefrontOrigins,
		TrustedProxies: a.Config.TrustedProxies, Limiter: redis.NewLimiter(a.Redis), Rates: a.rates(),
		Checks: a.checks(), Observe: a.telemetry.Observer(),
	}
	return api.New(deps)
}

// told is the catalogue whose writes read models hear of.
func (a *App) told() catalog.Store {
	return catalog.Told{Store: a.illustrated(), Notifier: redis.NewCatalogHints(a.Redis, a.Log)}
}

// illustrated is the catalogue whose products keep the pictures that they show.
func (a *App) illustrated() catalog.Store {
	return catalog.Illustrated{Store: a.Products, Pictures: a.Pictures, Now: a.Clock}
}

// follow keeps read models up with what is written. The returned function ends that,
// and returns when it has ended.
func (a *App) follow(ctx context.Context) (end func()) {
	ctx, stop := context.WithCancel(ctx)
	var following sync.WaitGroup
	following.Go(func() { a.Products.Follow(ctx) })
	return func() {
		stop()
		following.Wait()
	}
}

// operatorPages are the origins of Temporal's UI.
func (a *App) operatorPages() []string {
	if origin := a.Config.TemporalUIOrigin(); origin != "" {
		return []string{origin}
	}
	return nil
}

// mailPreview shows mails where nobody is a real shopper.
func (a *App) mailPreview() http.Handler {
	if a.Policy.Name != order.Scaled().Name {
		return nil
	}
	return templates.Preview()
}

// rates are switched off where the machine's own tests are the only shoppers.
func (a *App) rates() map[string]api.Rate {
	if a.Config.NoRateLimits {
		return nil
	}
	return api.DefaultRates()
}

func (a *App) checks() []api.Check {
	return []api.Check{
		{Name: "mongo", Needed: true, Probe: func(ctx context.Context) error { return mongo.Ping(ctx, a.DB) }},
		{Name: "temporal", Needed: true, Probe: func(ctx context.Context) error {
			_, err := a.Temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
			return err
		}},
		{Name: "search", Needed: true, Probe: a.searchable},
		{Name: "redis", Probe: func(ctx context.Context) error { return a.Redis.Ping(ctx).Err() }},
	}
}

// ServeAPI serves the API on listener until ctx is done, then lets requests
// finish for at most the configured time.
func (a *App) ServeAPI(ctx context.Context, listener net.Listener) error {
	handler, err := a.API()
	if err != nil {
		return err
	}
	following := a.follow(ctx)
	defer following()
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
	server.RegisterOnShutdown(handler.EndStreams)
	defer a.searching(ctx, handler)()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	a.Log.Info("API is up", "address", listener.Addr().String())
	select {
	case err := <-failed:
		return fmt.Errorf("serving the API: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.Config.Drain)
	defer cancel()
	err = server.Shutdown(drain)
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	handler.Wait()
	return err
}
