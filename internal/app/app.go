// Package app is the composition root: it turns a configuration into the
// product's parts, and is the only importer of every adapter.
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	goredis "github.com/redis/go-redis/v9"
	mongodriver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/audit"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/catalog/sheet"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/codec"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity/argon"
	"github.com/bedesten/bedesten/internal/identity/passkey"
	"github.com/bedesten/bedesten/internal/identity/token"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/media/imaging"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/notify"
	"github.com/bedesten/bedesten/internal/notify/templates"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/payment"
	"github.com/bedesten/bedesten/internal/payment/stripe"
	"github.com/bedesten/bedesten/internal/redis"
	"github.com/bedesten/bedesten/internal/seal"
	"github.com/bedesten/bedesten/internal/search"
	"github.com/bedesten/bedesten/internal/secret"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/internal/telemetry"
	"github.com/bedesten/bedesten/internal/terms"
	"github.com/bedesten/bedesten/worker"
)

// App is the product, connected.
type App struct {
	Config   config.Config
	Policy   order.Policy
	DB       *mongodriver.Database
	Temporal client.Client
	Redis    *goredis.Client
	Log      *slog.Logger
	Clock    clock.Clock

	// Vault keeps the keys that personal data is sealed with; Lookup makes the keys
	// of documents that are found by something personal.
	Vault  *mongo.Vault
	Lookup *seal.Lookup
	// Codec encrypts what Temporal keeps.
	Codec *codec.Codec

	// Products are read through copies in Redis.
	Products *redis.Catalog
	// Index answers shoppers' searches while the API is served.
	Index    *search.Index
	Carts    *mongo.Carts
	Orders   *mongo.Orders
	Attempts *mongo.Attempts
	Claims   *mongo.Claims
	Ledger   *mongo.Stock
	Inbox    *mongo.PaymentInbox
	Cursors  *mongo.Cursors
	Gateways payment.Gateways
	Runs     *worker.Runs

	Shipments     *mongo.Shipments
	ShippingInbox *mongo.ShippingInbox
	Mails         *mongo.Mails
	Terms         *mongo.Terms
	Carriers      shipping.Carriers
	Mailer        notify.Mailer
	Tariffs       []shipping.Tariff
	From          shipping.Address
	Secrets       *secret.Keyring

	Accounts *mongo.Accounts
	Sessions *mongo.Sessions
	Tickets  *mongo.Tickets
	// Passkeys are bound to the shop's name; PasskeyOwners and Challenges are what
	// they need kept.
	Passkeys      *passkey.Passkeys
	PasskeyOwners *mongo.PasskeyOwners
	Challenges    *mongo.Challenges
	Exports       *mongo.Exports
	// Imports and Files are files of the catalogue, in and out.
	Imports     *mongo.CatalogImports
	Files       *mongo.CatalogExports
	MachineKeys *mongo.Keys
	AuditLog    *mongo.AuditLog
	Consents    *mongo.Consents
	Hasher      *argon.Hasher
	Tokens      *token.Tokens
	Alerters    []notify.Alerter

	// Pictures are the rows of pictures, Storages have their bytes.
	Pictures *mongo.Media
	Storages media.Storages
	folder   io.Closer

	// Mailbox, where somebody can tell, counts the mails that the provider took by
	// their send keys, for the referee: no provider's API does.
	Mailbox func(context.Context) (map[string]int, error)

	catalog   *mongo.Catalog
	telemetry *telemetry.Telemetry
}

// connectTimeout bounds the first call to each server; startTimeout how long a
// busy Temporal may take to see that a new worker polls: to give up earlier would
// take the worker from the one that is needed most.
const (
	connectTimeout = 15 * time.Second
	startTimeout   = time.Minute
)

// Open connects to everything the configuration names. It fails when MongoDB
// or Temporal does not answer; Redis holds nothing that must not be lost and
// may come later.
func Open(ctx context.Context, cfg config.Config, log *slog.Logger) (*App, error) {
	policy, err := cfg.Policy()
	if err != nil {
		return nil, err
	}
	counters, err := redis.Options(cfg.RedisAddr)
	if err != nil {
		return nil, fmt.Errorf("BEDESTEN_REDIS_ADDR: %w", err)
	}
	redis.LogTo(log)
	a := &App{Config: cfg, Policy: policy, Log: log, Clock: clock.System}
	if a.Codec, err = payloads(cfg); err != nil {
		return nil, err
	}
	if a.telemetry, err = openTelemetry(ctx, cfg, log); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if a.DB, err = mongo.Connect(cfg.MongoURL, cfg.MongoDatabase, a.telemetry.MongoMonitor()); err != nil {
		return nil, err
	}
	if err := mongo.Ping(ctx, a.DB); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	options := temporalOptions(cfg, a.Codec)
	options.Logger = telemetry.TemporalLog(log)
	options.Interceptors, options.MetricsHandler = a.telemetry.Interceptors(), a.telemetry.TemporalMetrics()
	a.Temporal, err = client.DialContext(ctx, options)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connecting to Temporal at %s: %w", cfg.TemporalAddr, err), a.Close())
	}
	a.Redis = goredis.NewClient(counters)
	if err := a.seals(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.stores()
	if err := errors.Join(a.telemetry.Redis(a.Redis), a.adapters(), a.identity(), a.pictures()); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.telemetry.Watch(a.standing)
	return a, nil
}

// temporalOptions say how Temporal is reached, and by what it reads nothing.
func temporalOptions(cfg config.Config, payloads *codec.Codec) client.Options {
	o := client.Options{
		HostPort: cfg.TemporalAddr, Namespace: cfg.TemporalNamespace, Identity: cfg.Identity,
		DataConverter: payloads.DataConverter(), FailureConverter: payloads.FailureConverter(),
	}
	if cfg.TemporalTLS {
		o.ConnectionOptions.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if cfg.TemporalAPIKey != "" {
		o.Credentials = client.NewAPIKeyStaticCredentials(cfg.TemporalAPIKey)
	}
	return o
}

func (a *App) stores() {
	a.catalog = mongo.NewCatalog(a.DB, a.Clock)
	copies := redis.NewCatalog(a.catalog, a.catalog, a.Redis, a.Log)
	copies.Observe(a.telemetry.CatalogCache())
	a.Products, a.Carts = copies, mongo.NewCarts(a.DB, a.Vault)
	a.Index = search.New(a.Clock)
	a.Orders, a.Attempts, a.Claims = mongo.NewOrders(a.DB, a.Vault), mongo.NewAttempts(a.DB), mongo.NewClaims(a.DB)
	a.Ledger, a.Inbox, a.Cursors = mongo.NewStock(a.DB), mongo.NewPaymentInbox(a.DB), mongo.NewCursors(a.DB)
	a.Shipments, a.ShippingInbox, a.Mails = mongo.NewShipments(a.DB), mongo.NewShippingInbox(a.DB), mongo.NewMails(a.DB)
	a.Terms = mongo.NewTerms(a.DB)
	a.Imports, a.Files = mongo.NewCatalogImports(a.DB), mongo.NewCatalogExports(a.DB)
	a.Runs = worker.NewRuns(a.Temporal)
	a.Gateways = a.telemetry.Gateways(payment.Gateways{
		stripe.Name: stripe.New(stripe.Config{
			URL: a.Config.StripeURL, SecretKey: a.Config.StripeSecretKey,
			WebhookSecrets: a.Config.StripeWebhookSecrets, CallTimeout: a.Policy.ProviderCall, Transport: a.telemetry.Transport(),
		}),
	})
}

// Worker returns the workers of this process, one for each queue that it serves,
// not started yet. Only those who write labels and mails open an order's contact.
func (a *App) Worker() *worker.Set {
	t := a.telemetry
	opened, orders := t.Orders(a.Orders), t.Orders(a.Orders.Closed())
	parcels, ledger := t.Shipments(a.Shipments), t.Ledger(a.Ledger)
	stock := &activities.Stock{Ledger: ledger, Orders: orders, Attempts: a.Attempts, Shipments: parcels, Accounts: a.Accounts, Clock: a.Clock}
	mails := &activities.Mails{
		Orders: opened, Attempts: a.Attempts, Shipments: parcels, Store: t.Mails(a.Mails), Mailer: a.Mailer,
		Render: templates.Render, Shop: a.shop(), Clock: a.Clock, Log: a.Log,
	}
	return worker.New(a.Temporal, worker.Deps{
		Stock:    stock,
		Orders:   &activities.Orders{Store: orders, Claims: a.Claims, Stock: stock, Notify: redis.NewStories(a.Redis, a.Log)},
		Payments: &activities.Payments{Orders: orders, Attempts: a.Attempts, Gateways: a.Gateways, Clock: a.Clock, Log: a.Log},
		Shipments: &activities.Shipments{
			Orders: opened, Store: parcels, Ledger: ledger, Carriers: a.Carriers, Carrier: a.Config.Carrier,
			From: a.From, Clock: a.Clock, Log: a.Log,
		},
		Mails: mails,
		Letters: &activities.Letters{
			Accounts: a.Accounts, Sessions: a.Sessions, Tickets: a.Tickets, Mails: mails, Render: templates.RenderLetter, Link: a.letterLink, Clock: a.Clock, Log: a.Log,
		},
		Sweeper: &activities.Sweeper{
			Shipments: parcels, Carriers: a.Carriers, ShippingInbox: t.ShippingInbox(a.ShippingInbox, telemetry.ByList), ShipmentRuns: a.Runs,
			Orders: orders, Runs: a.Runs, Cursors: a.Cursors, Attempts: a.Attempts,
			Gateways: a.Gateways, Inbox: t.PaymentInbox(a.Inbox, telemetry.ByList), Ledger: ledger,
			Keys: mongo.NewIdempotency(a.DB), Carts: a.Carts, Tickets: a.Tickets, Sessions: a.Sessions, Challenges: a.Challenges, Exports: a.Exports, Imports: a.Imports, Files: a.Files, FileRuns: worker.NewFileRuns(a.Temporal, a.Policy), Changes: a.catalog, People: a.people(),
			Accounts: a.Accounts, Privacy: worker.NewPrivacy(a.Temporal, a.Policy), DataKeys: a.Vault,
			LetterBox: mongo.NewLetterBox(a.DB), Post: worker.NewPost(a.Temporal, a.Policy),
			Pictures: a.Pictures, Storages: a.Storages, PictureRuns: worker.NewPictures(a.Temporal, a.Policy),
			Sales: mongo.NewSales(a.DB), Misses: mongo.NewSearchMisses(a.DB),
			Clock: a.Clock, Log: a.Log,
		},
		Pictures: &activities.Pictures{Store: a.Pictures, Storages: a.Storages, Imager: imaging.Imager{}, Clock: a.Clock, Log: a.Log},
		Privacy: &activities.Privacy{
			Accounts: a.Accounts, Sessions: a.Sessions, Tickets: a.Tickets, Passkeys: a.PasskeyOwners, Orders: orders, Attempts: a.Attempts, Carts: a.Carts,
			Exports: a.Exports, Keys: a.Vault, OrderEmail: a.orderEmail, Clock: a.Clock, Log: a.Log,
		},
		Exports: &activities.Exports{
			Accounts: a.Accounts, Sessions: a.Sessions, Tickets: a.Tickets, Orders: opened, Attempts: a.Attempts, Parcels: a.Shipments, Carts: a.Carts, AuditLog: a.AuditLog, Consents: a.Consents,
			Store: a.Exports, OrderEmail: a.orderEmail, Clock: a.Clock,
		},
		Files: &activities.Files{Products: a.told(), Imports: a.Imports, Exports: a.Files, Sheets: sheet.Sheets{}, Clock: a.Clock},
	}, a.Config.Queues, a.Config.BuildID, a.Log)
}

// Migrate makes what the stores and Temporal need before anything runs, and
// publishes the texts that a shop begins with.
func (a *App) Migrate(ctx context.Context) error {
	if err := a.markLookup(ctx); err != nil {
		return err
	}
	if err := mongo.Migrate(ctx, a.DB, a.Log); err != nil {
		return err
	}
	if err := a.openBook(ctx); err != nil {
		return err
	}
	if upgraded, err := a.catalog.Upgrade(ctx); err != nil {
		return err
	} else if upgraded > 0 {
		a.Log.InfoContext(ctx, "products were rewritten in the present form", "products", upgraded)
	}
	if err := terms.PublishDefaults(ctx, a.Terms, a.legal(), a.Clock()); err != nil {
		return err
	}
	if err := a.sealOld(ctx); err != nil {
		return err
	}
	if err := worker.Migrate(ctx, a.Temporal, a.Config.TemporalNamespace); err != nil {
		return err
	}
	return worker.Schedule(ctx, a.Temporal, a.Policy)
}

// openBook makes the base price list of the shop's currency, unless there are price
// lists already.
func (a *App) openBook(ctx context.Context) error {
	book, err := a.Products.Book(ctx)
	if err != nil || book.Revision > 0 {
		return err
	}
	_, err = a.Products.SaveBook(ctx, catalog.NewBook(currency))
	if fault.Is(err, fault.Stale) {
		return nil // another process migrates as well
	}
	return err
}

// currency is what carts are in unless they ask for another.
const currency = "TRY"

// RunWorker serves workflows and activities until ctx is done; up is called
// once orders can run.
func (a *App) RunWorker(ctx context.Context, up func()) error {
	if err := worker.CheckAttributes(ctx, a.Temporal, a.Config.TemporalNamespace); err != nil {
		return err
	}
	set := a.Worker()
	if err := set.Start(); err != nil {
		return err
	}
	defer set.Stop()
	startup, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := worker.SetCurrent(startup, a.Temporal, a.Config.BuildID); err != nil {
		return err
	}
	a.Log.Info("worker is up", "build", a.Config.BuildID, "policy", a.Policy.Name)
	up()
	<-ctx.Done()
	return nil
}

// AwaitWorker waits until a worker somewhere serves this build's orders.
func (a *App) AwaitWorker(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return worker.SetCurrent(ctx, a.Temporal, a.Config.BuildID)
}

// Close ends every connection.
func (a *App) Close() error {
	var errs []error
	if a.Temporal != nil {
		a.Temporal.Close()
	}
	if a.Redis != nil {
		errs = append(errs, a.Redis.Close())
	}
	if a.folder != nil {
		errs = append(errs, a.folder.Close())
	}
	if a.DB != nil {
		errs = append(errs, disconnect(context.Background(), a.DB))
	}
	a.telemetry.Close(context.Background())
	return errors.Join(errs...)
}

// disconnect ends the database's connections, within a second.
func disconnect(ctx context.Context, db *mongodriver.Database) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := db.Client().Disconnect(ctx); err != nil {
		return fmt.Errorf("closing MongoDB's connections: %w", err)
	}
	return nil
}

// Auditor returns the referee over everything that this product is connected
// to. It waits at most patience for orders to come to rest.
func (a *App) Auditor(patience time.Duration) *audit.Auditor {
	return &audit.Auditor{
		Rows: mongo.NewRaw(a.DB), Runs: a.Runs, Gateways: a.Gateways, Carriers: a.Carriers, Mailbox: a.Mailbox, Now: a.Clock, Patience: patience,
	}
}
