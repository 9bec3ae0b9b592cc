package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// stripeURL is Stripe itself.
const stripeURL = "https://api.stripe.com"

// Live reports whether the Stripe key may move real money: every key does
// whose form does not say that it is a test account's.
func (c Config) Live() bool {
	test := strings.HasPrefix(c.StripeSecretKey, "sk_test_") || strings.HasPrefix(c.StripeSecretKey, "rk_test_")
	return c.StripeSecretKey != "" && !test
}

// minCarrierSecret is how long a webhook's secret that we choose must at least be
// where it guards real parcels.
const minCarrierSecret = 16

// loopback reports whether host:port is this machine, by an address or as localhost.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

// checkLive refuses what is meant for machines that sell nothing. The scaled
// policy is refused where the policy is read.
func (c Config) checkLive() []error {
	if !c.Live() {
		return nil
	}
	var errs []error
	if c.NoRateLimits {
		errs = append(errs, errors.New("BEDESTEN_NO_RATE_LIMITS is refused beside a live Stripe key"))
	}
	if c.StripeURL != "" && strings.TrimSuffix(c.StripeURL, "/") != stripeURL {
		errs = append(errs, errors.New("STRIPE_API_URL must be empty beside a live Stripe key: the key would be sent to somebody else"))
	}
	if c.EasyPostURL != "" || c.SendGridURL != "" {
		errs = append(errs, errors.New("EASYPOST_API_URL and SENDGRID_API_URL must be empty beside a live Stripe key: real parcels and mails need the real ones"))
	}
	if c.PublicURL != "" && !strings.HasPrefix(c.PublicURL, "https://") {
		errs = append(errs, errors.New("BEDESTEN_PUBLIC_URL must begin with https:// beside a live Stripe key"))
	}
	for i, s := range c.EasyPostWebhookSecrets {
		if len(s) < minCarrierSecret {
			errs = append(errs, fmt.Errorf("EASYPOST_WEBHOOK_SECRETS: secret %d has fewer than %d characters beside a live Stripe key: take `openssl rand -hex 24`", i+1, minCarrierSecret))
		}
	}
	if plain := c.SMTPEncryption == "none" || c.SMTPEncryption == "opportunistic"; plain && c.Mailer == "smtp" && !loopback(c.SMTPAddr) {
		errs = append(errs, fmt.Errorf("SMTP_ENCRYPTION: %s is for a mail server on this machine only beside a live Stripe key: take starttls or implicit", c.SMTPEncryption))
	}
	return append(errs, c.checkLiveKeys()...)
}

// checkLists refuses an element that is empty in any list, and a webhook
// secret that is none: with an empty one anybody could sign.
func (c Config) checkLists() []error {
	var errs []error
	for name, list := range map[string][]string{
		"BEDESTEN_STOREFRONT_ORIGINS": c.StorefrontOrigins, "BEDESTEN_SECRET_KEYS": c.SecretKeys,
		"STRIPE_WEBHOOK_SECRETS": c.StripeWebhookSecrets, "BEDESTEN_TRUSTED_PROXIES": c.TrustedProxies,
		"EASYPOST_WEBHOOK_SECRETS": c.EasyPostWebhookSecrets, "SENDGRID_WEBHOOK_KEYS": c.SendGridWebhookKeys,
		"BEDESTEN_TOKEN_KEYS": c.TokenKeys, "BEDESTEN_DATA_KEYS": c.DataKeys, "BEDESTEN_PAYLOAD_KEYS": c.PayloadKeys,
	} {
		if slices.ContainsFunc(list, func(s string) bool { return strings.TrimSpace(s) == "" }) {
			errs = append(errs, fmt.Errorf("%s has an empty element: separate values by one comma, without spaces", name))
		}
	}
	if len(c.StripeWebhookSecrets) == 0 {
		errs = append(errs, errors.New("STRIPE_WEBHOOK_SECRETS is required: the whsec_… of the webhook endpoint, two while one is rolled"))
	}
	for i, s := range c.StripeWebhookSecrets {
		if rest, ok := strings.CutPrefix(s, "whsec_"); s != "" && (!ok || strings.TrimSpace(rest) == "") {
			errs = append(errs, fmt.Errorf("STRIPE_WEBHOOK_SECRETS: secret %d is not whsec_…, as the Stripe dashboard shows it", i+1))
		}
	}
	return errs
}

// checkServers looks at the form of the addresses of servers. A value is not
// repeated: it may hold a password.
func (c Config) checkServers() []error {
	var errs []error
	if c.RedisAddr != "" && !redisAddr(c.RedisAddr) {
		errs = append(errs, errors.New("BEDESTEN_REDIS_ADDR is neither host:port nor a redis:// or rediss:// URL"))
	}
	if err := httpURL(c.StripeURL); c.StripeURL != "" && err != nil {
		errs = append(errs, fmt.Errorf("STRIPE_API_URL: %w", err))
	}
	if c.TemporalAPIKey != "" && !c.TemporalTLS {
		errs = append(errs, errors.New("BEDESTEN_TEMPORAL_API_KEY is sent over TLS only: set BEDESTEN_TEMPORAL_TLS=true"))
	}
	return errs
}

func redisAddr(s string) bool {
	if !strings.Contains(s, "://") {
		host, port, err := net.SplitHostPort(s)
		return err == nil && host != "" && port != ""
	}
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "redis" || u.Scheme == "rediss")
}

func (c Config) checkOrigins() []error {
	if len(c.StorefrontOrigins) == 0 {
		return []error{errors.New("BEDESTEN_STOREFRONT_ORIGINS is required: the storefront's origins, for example https://shop.example")}
	}
	var errs []error
	for _, origin := range c.StorefrontOrigins {
		u, err := url.Parse(origin)
		if err != nil || httpURL(origin) != nil || u.Path != "" || u.RawQuery != "" {
			errs = append(errs, fmt.Errorf("BEDESTEN_STOREFRONT_ORIGINS: %q is not an origin such as https://shop.example, without a path", origin))
		}
	}
	return errs
}

func httpURL(s string) error {
	u, err := url.Parse(s)
	if err != nil {
		return fmt.Errorf("%q is not a URL", s)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%q is not an http or https URL", s)
	}
	return nil
}
