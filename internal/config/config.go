// Package config reads the whole environment at once and reports every mistake
// at once, each with the variable's name and what would be right.
package config

import (
	"errors"
	"fmt"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/bedesten/bedesten/internal/order"
)

// Config is everything that a process reads from its environment.
type Config struct {
	MongoURL      string `env:"BEDESTEN_MONGO_URL"`
	MongoDatabase string `env:"BEDESTEN_MONGO_DATABASE" envDefault:"bedesten"`
	// RedisAddr is host:port, or a redis:// or rediss:// URL with a password.
	RedisAddr string `env:"BEDESTEN_REDIS_ADDR"`

	TemporalAddr      string `env:"BEDESTEN_TEMPORAL_ADDR"`
	TemporalNamespace string `env:"BEDESTEN_TEMPORAL_NAMESPACE" envDefault:"default"`
	// TemporalTLS speaks TLS to Temporal; TemporalAPIKey proves who we are, and
	// is never sent without TLS.
	TemporalTLS    bool   `env:"BEDESTEN_TEMPORAL_TLS"`
	TemporalAPIKey string `env:"BEDESTEN_TEMPORAL_API_KEY"`
	BuildID        string `env:"BEDESTEN_BUILD_ID"`
	// Identity is how Temporal names this process; its pid and host when empty.
	Identity string `env:"BEDESTEN_IDENTITY"`
	// Queues are the task queues that a worker serves, to put parcels and mails on
	// machines of their own; all of them when empty.
	Queues []string `env:"BEDESTEN_QUEUES"`
	// TemporalUI is where operators' browsers reach Temporal's UI; alerts link there.
	TemporalUI string `env:"BEDESTEN_TEMPORAL_UI_URL"`

	// APIAddr is where the API listens; PublicURL is how browsers reach it.
	APIAddr   string `env:"BEDESTEN_API_ADDR" envDefault:"127.0.0.1:8080"`
	PublicURL string `env:"BEDESTEN_PUBLIC_URL"`
	// StorefrontOrigins may receive a shopper back from a bank's page, and may
	// call the API from a browser.
	StorefrontOrigins []string `env:"BEDESTEN_STOREFRONT_ORIGINS"`
	// SecretKeys derive the secrets of carts and orders: "<id>:<base64>", the
	// first is used for new ones, the others still open old ones.
	SecretKeys []string `env:"BEDESTEN_SECRET_KEYS"`

	// TokenKeys sign access tokens: "<id>:<base64 of 32 bytes>", the first signs, all
	// of them are taken.
	TokenKeys []string `env:"BEDESTEN_TOKEN_KEYS"`

	// DataKeys are the master keys of what is personal in MongoDB:
	// "<id>:<base64 of 32 bytes>", the first seals, all of them open.
	DataKeys []string `env:"BEDESTEN_DATA_KEYS"`
	// LookupKey makes the keys of documents that are found by something personal:
	// the base64 of 32 bytes. With another one none of them is found.
	LookupKey string `env:"BEDESTEN_LOOKUP_KEY"`
	// PayloadKeys encrypt what Temporal keeps, in the form of DataKeys; there may
	// be none under the scaled policy.
	PayloadKeys []string `env:"BEDESTEN_PAYLOAD_KEYS"`

	StripeURL            string   `env:"STRIPE_API_URL"`
	StripeSecretKey      string   `env:"STRIPE_SECRET_KEY"`
	StripeWebhookSecrets []string `env:"STRIPE_WEBHOOK_SECRETS"`

	// ShopName, ShopURL, ShopAddress and SupportEmail are what mails and pages say
	// of the shop. ShopURL is the first storefront origin when empty.
	ShopName     string `env:"BEDESTEN_SHOP_NAME" envDefault:"Bedesten"`
	ShopURL      string `env:"BEDESTEN_SHOP_URL"`
	ShopAddress  string `env:"BEDESTEN_SHOP_ADDRESS"`
	SupportEmail string `env:"BEDESTEN_SUPPORT_EMAIL"`

	// Carrier is easypost, or own for the shop's own delivery.
	Carrier                string   `env:"BEDESTEN_CARRIER" envDefault:"own"`
	EasyPostURL            string   `env:"EASYPOST_API_URL"`
	EasyPostAPIKey         string   `env:"EASYPOST_API_KEY"`
	EasyPostWebhookSecrets []string `env:"EASYPOST_WEBHOOK_SECRETS"`
	// Warehouse is where parcels leave from, as JSON: see .env.example.
	Warehouse string `env:"BEDESTEN_WAREHOUSE"`
	// TariffFile holds what shoppers pay for shipping, as JSON; built in when empty.
	TariffFile string `env:"BEDESTEN_SHIPPING_TARIFF"`

	// Mailer is sendgrid or smtp.
	Mailer              string   `env:"BEDESTEN_MAILER" envDefault:"smtp"`
	MailFrom            string   `env:"BEDESTEN_MAIL_FROM"`
	SendGridURL         string   `env:"SENDGRID_API_URL"`
	SendGridAPIKey      string   `env:"SENDGRID_API_KEY"`
	SendGridWebhookKeys []string `env:"SENDGRID_WEBHOOK_KEYS"`
	SMTPAddr            string   `env:"SMTP_ADDR"`
	SMTPEncryption      string   `env:"SMTP_ENCRYPTION" envDefault:"starttls"`
	SMTPUsername        string   `env:"SMTP_USERNAME"`
	SMTPPassword        string   `env:"SMTP_PASSWORD"`

	// Media is where new pictures are kept: disk, s3 or cloudinary. What is configured
	// of the others has old ones.
	Media    string `env:"BEDESTEN_MEDIA" envDefault:"disk"`
	MediaDir string `env:"BEDESTEN_MEDIA_DIR"`
	// SearchFile is where an API process keeps a snapshot of its index, each its own;
	// empty keeps none.
	SearchFile string `env:"BEDESTEN_SEARCH_FILE"`
	// MediaEndpoint is an S3 server that is not Amazon's; MediaPublicURL is where
	// browsers get what is below pictures/ of the bucket.
	MediaBucket    string `env:"BEDESTEN_MEDIA_BUCKET"`
	MediaEndpoint  string `env:"BEDESTEN_MEDIA_ENDPOINT"`
	MediaRegion    string `env:"BEDESTEN_MEDIA_REGION"`
	MediaKeyID     string `env:"BEDESTEN_MEDIA_KEY_ID"`
	MediaSecretKey string `env:"BEDESTEN_MEDIA_SECRET_KEY"`
	MediaPublicURL string `env:"BEDESTEN_MEDIA_PUBLIC_URL"`
	// CloudinaryURL is cloudinary://<key>:<secret>@<cloud name>; the others are
	// Cloudinary's own when empty.
	CloudinaryURL         string `env:"CLOUDINARY_URL"`
	CloudinaryAPIURL      string `env:"CLOUDINARY_API_URL"`
	CloudinaryDeliveryURL string `env:"CLOUDINARY_DELIVERY_URL"`

	// AlertEmail and the webhook are told of orders that need a person; without
	// either, the log is.
	AlertEmail         string `env:"BEDESTEN_ALERT_EMAIL"`
	AlertLanguage      string `env:"BEDESTEN_ALERT_LANGUAGE" envDefault:"tr"`
	AlertWebhookURL    string `env:"BEDESTEN_ALERT_WEBHOOK_URL"`
	AlertWebhookSecret string `env:"BEDESTEN_ALERT_WEBHOOK_SECRET"`

	// TrustedProxies are the addresses or networks of our own proxies, whose
	// X-Forwarded-For is believed. Without them nobody's is.
	TrustedProxies []string `env:"BEDESTEN_TRUSTED_PROXIES"`
	// NoRateLimits lets every request through; refused beside a live provider key.
	NoRateLimits bool `env:"BEDESTEN_NO_RATE_LIMITS"`

	// PolicyName is production or scaled.
	PolicyName string        `env:"BEDESTEN_POLICY" envDefault:"production"`
	Drain      time.Duration `env:"BEDESTEN_DRAIN" envDefault:"15s"`
	LogLevel   string        `env:"BEDESTEN_LOG_LEVEL" envDefault:"info"`

	// LogFormat is json, or text for eyes.
	LogFormat string `env:"BEDESTEN_LOG_FORMAT" envDefault:"json"`
	// MetricsAddr is where api and worker serve /metrics, each on a listener of
	// its own; empty serves none.
	MetricsAddr string `env:"BEDESTEN_METRICS_ADDR"`
	// TracesURL is the base of an OTLP collector that is sent traces by HTTP;
	// empty sends none. TraceRatio is the share of requests that are traced.
	TracesURL  string  `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	TraceRatio float64 `env:"BEDESTEN_TRACE_RATIO" envDefault:"0.1"`
}

// Load reads the environment given as a map, such as env.ToMap(os.Environ()).
func Load(environ map[string]string) (Config, error) {
	cfg, err := env.ParseAsWithOptions[Config](env.Options{Environment: environ})
	errs := []error{}
	if err != nil {
		errs = append(errs, fmt.Errorf("reading the environment: %w", err))
	}
	return cfg, errors.Join(append(errs, cfg.check()...)...)
}

func (c Config) check() []error {
	var errs []error
	miss := func(name, value, example string) {
		if value == "" {
			errs = append(errs, fmt.Errorf("%s is required, for example %s", name, example))
		}
	}
	miss("BEDESTEN_MONGO_URL", c.MongoURL, "mongodb://mongo:27017/?replicaSet=rs0")
	miss("BEDESTEN_REDIS_ADDR", c.RedisAddr, "redis:6379")
	miss("BEDESTEN_TEMPORAL_ADDR", c.TemporalAddr, "temporal:7233")
	miss("BEDESTEN_PUBLIC_URL", c.PublicURL, "https://api.shop.example")
	miss("STRIPE_SECRET_KEY", c.StripeSecretKey, "sk_live_… from the Stripe dashboard")
	if c.BuildID == "" {
		errs = append(errs, errors.New("BEDESTEN_BUILD_ID is required, for example the commit that the binary was built from"))
	}
	errs = append(errs, c.checkLists()...)
	if err := httpURL(c.PublicURL); c.PublicURL != "" && err != nil {
		errs = append(errs, fmt.Errorf("BEDESTEN_PUBLIC_URL: %w", err))
	}
	errs = append(errs, c.checkOrigins()...)
	errs = append(errs, c.checkServers()...)
	errs = append(errs, c.checkLive()...)
	errs = append(errs, c.checkCarrier()...)
	errs = append(errs, c.checkMailer()...)
	errs = append(errs, c.checkMedia()...)
	errs = append(errs, c.checkTelemetry()...)
	errs = append(errs, c.checkAlerts()...)
	errs = append(errs, c.checkQueues()...)
	errs = append(errs, c.checkKeys()...)
	if _, err := c.Policy(); err != nil {
		errs = append(errs, err)
	}
	return errs
}

// Policy returns the policy by its name. The scaled one is for machines that
// sell nothing: it is refused beside a live provider key.
func (c Config) Policy() (order.Policy, error) {
	switch c.PolicyName {
	case "production":
		p := order.Production()
		return p, p.CheckFloors()
	case "scaled":
		if c.Live() {
			return order.Policy{}, errors.New("BEDESTEN_POLICY: scaled is refused beside a live Stripe key")
		}
		return order.Scaled(), nil
	}
	return order.Policy{}, fmt.Errorf("BEDESTEN_POLICY: %q is neither production nor scaled", c.PolicyName)
}
