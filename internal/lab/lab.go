package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/money"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/seeds"
	"github.com/bedesten/bedesten/simulators/easypost"
	"github.com/bedesten/bedesten/simulators/sendgrid"
	"github.com/bedesten/bedesten/simulators/stripe"
)

// Options say what a lab consists of.
type Options struct {
	// Data keeps everything in a folder; empty forgets it at the end.
	Data string
	// Log receives the product's log, Child what devstack says.
	Log   *slog.Logger
	Child io.Writer
	// Database is the MongoDB database's name.
	Database string
	// StripeAddr and the others are where those listen; empty means any free port.
	StripeAddr   string
	EasyPostAddr string
	SendGridAddr string
	APIAddr      string
	// Addresses, when given, are servers that run already.
	Addresses *Addresses
	// StorefrontOrigins may receive shoppers back from a bank's page.
	StorefrontOrigins []string
	// Queues are the task queues that workers serve; empty means all.
	Queues []string
	// Change, when given, changes the configuration before anything reads it.
	Change func(*config.Config)
}

// Lab is a running rig.
type Lab struct {
	Devstack *Devstack
	Stripe   *Stripe
	EasyPost *EasyPost
	SendGrid *SendGrid
	App      *app.App
	Config   config.Config

	// Worker and API run as processes of their own, if there are such.
	Worker *Process
	API    *Process

	// pictures is a folder that goes with the lab; empty where it is kept.
	pictures string

	stop   context.CancelFunc
	worker chan error

	listener net.Listener
	stopAPI  context.CancelFunc
	api      chan error
}

// buildID names the code of a lab: there is never more than one version in it.
const buildID = "lab"

// Start starts devstack, the simulators and the product's connections, and
// migrates. Serve what is needed afterwards: StartWorker, StartAPI.
func Start(ctx context.Context, o Options) (l *Lab, err error) {
	l = &Lab{}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Stop())
		}
	}()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	addresses := o.Addresses
	if addresses == nil {
		if l.Devstack, err = StartDevstack(ctx, DevstackOptions{Data: o.Data, Log: o.Child}); err != nil {
			return l, err
		}
		addresses = &l.Devstack.Addresses
	}
	if err := l.simulate(o); err != nil {
		return l, err
	}
	if l.Config, err = l.configure(o, *addresses); err != nil {
		return l, err
	}
	if o.Change != nil {
		o.Change(&l.Config)
	}
	if l.App, err = app.Open(ctx, l.Config, o.Log); err != nil {
		return l, err
	}
	l.App.Mailbox = l.mailbox
	if err := l.App.Migrate(ctx); err != nil {
		return l, err
	}
	return l, l.openStaff(ctx)
}

// mailbox counts the mails that the provider took by their send keys.
func (l *Lab) mailbox(context.Context) (map[string]int, error) {
	taken := map[string]int{}
	for _, m := range l.SendGrid.Sent() {
		taken[m.CustomArgs["send_key"]]++
	}
	return taken, nil
}

// simulate starts every provider's simulator.
func (l *Lab) simulate(o Options) (err error) {
	if l.Stripe, err = StartStripe(o.StripeAddr, order.ScaleFactor); err != nil {
		return err
	}
	if l.EasyPost, err = StartEasyPost(o.EasyPostAddr, order.ScaleFactor); err != nil {
		return err
	}
	l.SendGrid, err = StartSendGrid(o.SendGridAddr, order.ScaleFactor)
	return err
}

// StaffToken is the machine's key that opens the staff's routes of a lab.
const StaffToken = "bdk_" + staffPrefix + "_" + staffSecret

// The key's parts. A live shop has no such row, whoever knows them.
const (
	staffPrefix = "labstaff"
	staffSecret = "operator-of-a-shop-that-sells-nothing"
)

// openStaff has the lab's key opened with every permission.
func (l *Lab) openStaff(ctx context.Context) error {
	now := l.App.Clock().UTC()
	row, _, err := identity.KeyOf(staffPrefix, staffSecret, "lab", identity.Scopes, "lab", now, now.Add(identity.MaxKeyLife))
	if err != nil {
		return fmt.Errorf("making the lab's key: %w", err)
	}
	if err := l.App.MachineKeys.Create(ctx, row); err != nil && !fault.Is(err, fault.Conflict) {
		return fmt.Errorf("making the lab's key: %w", err)
	}
	return nil
}

// warehouse is where a lab's parcels leave from.
const warehouse = `{"name":"Bedesten Depo","line1":"Çobançeşme Mah. Sanayi Cad. 44","district":"Bahçelievler","province":"İstanbul",` +
	`"postcode":"34196","country":"TR","phone":"+902125550044","email":"depo@bedesten.example"}`

func (l *Lab) configure(o Options, a Addresses) (config.Config, error) {
	keys, err := keysOf(o.Data)
	if err != nil {
		return config.Config{}, err
	}
	database, apiAddr, origins := o.Database, o.APIAddr, o.StorefrontOrigins
	if database == "" {
		database = "bedesten"
	}
	if apiAddr == "" {
		apiAddr = "127.0.0.1:0"
	}
	// The port is taken now, so that everybody can be told of it.
	if l.listener, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", apiAddr); err != nil {
		return config.Config{}, fmt.Errorf("listening for the API on %s: %w", apiAddr, err)
	}
	apiAddr = l.listener.Addr().String()
	if len(origins) == 0 {
		origins = []string{"http://127.0.0.1:3000"}
	}
	ui := ""
	if l.Devstack != nil {
		ui = l.Devstack.TemporalUI
	}
	folder, err := l.pictureFolder(o.Data)
	if err != nil {
		return config.Config{}, err
	}
	return config.Config{
		Media: media.Disk, MediaDir: folder,
		MongoURL: a.Mongo, MongoDatabase: database, RedisAddr: a.Redis,
		TemporalAddr: a.Temporal, TemporalNamespace: a.Namespace, BuildID: buildID, Identity: buildID,
		APIAddr: apiAddr, PublicURL: "http://" + apiAddr, StorefrontOrigins: origins,
		SecretKeys: []string{keys.secret}, TokenKeys: []string{keys.token}, DataKeys: []string{keys.data}, LookupKey: keys.lookup, PayloadKeys: []string{keys.payload},
		StripeURL: l.Stripe.URL, StripeSecretKey: stripe.DefaultSecretKey, StripeWebhookSecrets: []string{stripe.DefaultWebhookSecret},
		ShopName: "Bedesten", SupportEmail: "destek@bedesten.example",
		Carrier: "easypost", EasyPostURL: l.EasyPost.URL, EasyPostAPIKey: easypost.DefaultAPIKey,
		EasyPostWebhookSecrets: []string{easypost.DefaultWebhookSecret}, Warehouse: warehouse,
		Mailer: "sendgrid", MailFrom: "siparis" + sendgrid.DefaultSender, SendGridURL: l.SendGrid.URL, SendGridAPIKey: sendgrid.DefaultKey,
		SendGridWebhookKeys: []string{l.SendGrid.PublicKey()}, SMTPEncryption: "starttls",
		AlertEmail: "nobet@bedesten.example", AlertLanguage: "tr", TemporalUI: ui,
		Queues:     o.Queues,
		PolicyName: "scaled", Drain: 2 * time.Second, NoRateLimits: true, LogLevel: "warn",
	}, nil
}

// pictureFolder is within the lab's data, or forgotten with the lab. Processes find it
// wherever they run.
func (l *Lab) pictureFolder(data string) (folder string, err error) {
	if data != "" {
		if folder, err = filepath.Abs(filepath.Join(data, "media")); err != nil {
			return "", fmt.Errorf("finding the folder of pictures: %w", err)
		}
		return folder, nil
	}
	if l.pictures, err = os.MkdirTemp("", "bedesten-media-*"); err != nil {
		return "", fmt.Errorf("making a folder of pictures: %w", err)
	}
	return l.pictures, nil
}

// StartWorker serves workflows and activities in this process.
func (l *Lab) StartWorker(ctx context.Context) error {
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	l.worker = make(chan error, 1)
	up := make(chan struct{})
	go func() { l.worker <- l.App.RunWorker(ctx, func() { close(up) }) }()
	select {
	case <-up:
		return nil
	case err := <-l.worker:
		l.worker = nil
		return err
	}
}

// StartWorkerProcess runs a worker as a process of its own, which stories may
// freeze and kill; it is started again whenever it dies.
func (l *Lab) StartWorkerProcess(ctx context.Context, log io.Writer, bin string, args ...string) (err error) {
	if l.Worker, err = Supervise(bin, args, Environment(l.Config), log); err != nil {
		return err
	}
	return l.App.AwaitWorker(ctx)
}

// Seed loads the demo catalogue and returns how many products it has.
func Seed(ctx context.Context, a *app.App) (int, error) {
	if err := seeds.Load(ctx, a.Products, a.Ledger, a.Clock()); err != nil {
		return 0, fmt.Errorf("seeding: %w", err)
	}
	c, err := seeds.Read(a.Clock())
	return len(c.Products), err
}

// FreshSKU puts a product that nobody else buys on sale, with a number of
// units, and returns its SKU.
func (l *Lab) FreshSKU(ctx context.Context, units int64) (string, error) {
	return l.onSale(ctx, "FINCAN-", catalog.Text{TR: "Altılı Türk kahvesi fincanı", EN: "Six Turkish coffee cups"}, 900, units)
}

// HeavySKU is FreshSKU for a product of which two units, and no third, fit into
// one parcel.
func (l *Lab) HeavySKU(ctx context.Context, units int64) (string, error) {
	return l.onSale(ctx, "DOKUM-", catalog.Text{TR: "Döküm kuzine sobası", EN: "Cast-iron stove"}, 11_000, units)
}

func (l *Lab) onSale(ctx context.Context, prefix string, title catalog.Text, grams, units int64) (string, error) {
	if err := l.hangShelf(ctx); err != nil {
		return "", err
	}
	now, number := l.App.Clock(), id.Number()
	sku := prefix + number
	p := catalog.Product{
		ID: id.New(id.Product, now), Status: catalog.Active, Slugs: catalog.Text{TR: strings.ToLower(sku)}, Brand: "Kütahya",
		Categories: []string{shelfID}, Title: title, CreatedAt: now, UpdatedAt: now,
		Variants: []catalog.Variant{{
			ID: id.New(id.Variant, now), SKU: sku, TaxPercent: 20, WeightGrams: grams,
			Prices: []catalog.Price{{List: catalog.BaseList("TRY"), Amount: money.Of(62_490, "TRY")}},
		}},
	}
	if _, err := l.App.Products.Create(ctx, p); err != nil {
		return "", fmt.Errorf("putting %s on sale: %w", sku, err)
	}
	op := stock.Op{ID: "received-" + number, At: now}
	return sku, l.App.Ledger.Receive(ctx, op, stock.Line{Location: stock.DefaultLocation, SKU: sku, Quantity: units})
}

// StartAPI serves the API in this process, and has Stripe send its webhooks
// there.
func (l *Lab) StartAPI(ctx context.Context) error {
	ctx, l.stopAPI = context.WithCancel(context.WithoutCancel(ctx))
	l.api = make(chan error, 1)
	listener := l.listener
	l.listener = nil
	go func() { l.api <- l.App.ServeAPI(ctx, listener) }()
	l.webhooks()
	return nil
}

// webhooks has the providers tell the API what they do.
func (l *Lab) webhooks() {
	l.Stripe.SetWebhookURL(l.Config.PublicURL + "/v1/webhooks/payments/stripe")
	l.EasyPost.SetWebhookURL(l.Config.PublicURL + "/v1/webhooks/shipping/easypost")
	l.SendGrid.SetWebhookURL(l.Config.PublicURL + "/v1/webhooks/mail/sendgrid")
}

// StartAPIProcess is StartAPI as a process of its own, which is started again
// whenever it dies. It returns when the API answers.
func (l *Lab) StartAPIProcess(ctx context.Context, log io.Writer, bin string, args ...string) (err error) {
	if err := l.FreeAPI(); err != nil {
		return err
	}
	if l.API, err = Supervise(bin, args, Environment(l.Config), log); err != nil {
		return err
	}
	l.webhooks()
	return l.AwaitAPI(ctx)
}

// AwaitAPI returns when the API answers that it is ready, its search among the rest.
func (l *Lab) AwaitAPI(ctx context.Context) error {
	for {
		r, err := l.Shop().Call(ctx, http.MethodGet, "/readyz", nil, nil)
		if err == nil && r.Status == http.StatusOK {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the API to be ready: %w", errors.Join(ctx.Err(), err))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Shop returns a client of the API.
func (l *Lab) Shop() *Shop {
	return NewShop(l.Config.PublicURL, l.Config.StorefrontOrigins[0]+"/thanks")
}

// FreeAPI gives the API's port up, for an API that runs as a process.
func (l *Lab) FreeAPI() error {
	if l.listener == nil {
		return nil
	}
	err := l.listener.Close()
	l.listener = nil
	return err
}

func (l *Lab) stopServing() error {
	if l.api == nil {
		return l.FreeAPI()
	}
	l.stopAPI()
	err := <-l.api
	l.api = nil
	return err
}

// StopWorker lets running tasks finish and ends the worker.
func (l *Lab) StopWorker() error {
	if l.worker == nil {
		return nil
	}
	l.stop()
	err := <-l.worker
	l.worker = nil
	return err
}

// Stop ends everything, in the order in which it depends on each other.
func (l *Lab) Stop() error {
	errs := []error{l.stopServing(), l.StopWorker()}
	for _, p := range []*Process{l.API, l.Worker} {
		if p != nil {
			errs = append(errs, p.Stop())
		}
	}
	if l.App != nil {
		errs = append(errs, l.App.Close())
	}
	if l.Stripe != nil {
		errs = append(errs, l.Stripe.Stop())
	}
	if l.EasyPost != nil {
		errs = append(errs, l.EasyPost.Stop())
	}
	if l.SendGrid != nil {
		errs = append(errs, l.SendGrid.Stop())
	}
	if l.Devstack != nil {
		errs = append(errs, l.Devstack.Stop())
	}
	if l.pictures != "" {
		errs = append(errs, os.RemoveAll(l.pictures))
	}
	return errors.Join(errs...)
}
