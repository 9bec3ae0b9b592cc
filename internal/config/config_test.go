package config_test

import (
	"encoding/base64"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/config"
)

// depot is where the parcels of the tests leave from.
const depot = `{"name":"Bedesten Depo","line1":"Keresteciler Sitesi No: 12","district":"İkitelli","province":"İstanbul","postcode":"34490","country":"TR"}`

func environment(change map[string]string) map[string]string {
	env := map[string]string{
		"BEDESTEN_MONGO_URL":          "mongodb://127.0.0.1:27017",
		"BEDESTEN_REDIS_ADDR":         "127.0.0.1:6379",
		"BEDESTEN_TEMPORAL_ADDR":      "127.0.0.1:7233",
		"BEDESTEN_BUILD_ID":           "abc123",
		"BEDESTEN_PUBLIC_URL":         "https://api.dükkan.example",
		"BEDESTEN_STOREFRONT_ORIGINS": "https://shop.example,http://localhost:3000",
		"BEDESTEN_SECRET_KEYS":        "k1:" + base64.StdEncoding.EncodeToString(make([]byte, 32)),
		"BEDESTEN_TOKEN_KEYS":         "t1:" + base64.StdEncoding.EncodeToString(make([]byte, 32)),
		"BEDESTEN_DATA_KEYS":          "d1:" + base64.StdEncoding.EncodeToString(make([]byte, 32)),
		"BEDESTEN_LOOKUP_KEY":         base64.StdEncoding.EncodeToString(make([]byte, 32)),
		"BEDESTEN_PAYLOAD_KEYS":       "p1:" + base64.StdEncoding.EncodeToString(make([]byte, 32)),
		"STRIPE_SECRET_KEY":           "sk_test_bedesten",
		"STRIPE_WEBHOOK_SECRETS":      "whsec_1,whsec_2",
		"BEDESTEN_WAREHOUSE":          depot,
		"BEDESTEN_MAIL_FROM":          "siparis@dukkan.example",
		"SMTP_ADDR":                   "smtp.dukkan.example:587",
		"BEDESTEN_MEDIA_DIR":          "/var/lib/bedesten/resimler",
	}
	maps.Copy(env, change)
	return env
}

func TestLoad_ReadsACompleteEnvironment(t *testing.T) {
	t.Parallel()

	cfg, err := config.Load(environment(nil))
	require.NoError(t, err)
	require.Equal(t, []string{"https://shop.example", "http://localhost:3000"}, cfg.StorefrontOrigins)
	p, err := cfg.Policy()
	require.NoError(t, err)
	require.Equal(t, "production", p.Name)
}

func TestLoad_ReportsEveryMistakeAtOnceWithItsVariable(t *testing.T) {
	t.Parallel()

	_, err := config.Load(map[string]string{"BEDESTEN_DRAIN": "soon", "BEDESTEN_POLICY": "hasty"})
	require.Error(t, err)
	for _, name := range []string{
		"BEDESTEN_MONGO_URL", "BEDESTEN_REDIS_ADDR", "BEDESTEN_TEMPORAL_ADDR", "BEDESTEN_BUILD_ID", "BEDESTEN_PUBLIC_URL",
		"BEDESTEN_STOREFRONT_ORIGINS", "BEDESTEN_SECRET_KEYS", "BEDESTEN_TOKEN_KEYS", "BEDESTEN_DATA_KEYS", "BEDESTEN_LOOKUP_KEY", "BEDESTEN_PAYLOAD_KEYS", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS", "BEDESTEN_POLICY", "Drain",
		"BEDESTEN_WAREHOUSE", "BEDESTEN_MAIL_FROM", "SMTP_ADDR", "BEDESTEN_MEDIA_DIR",
	} {
		require.Contains(t, err.Error(), name)
	}
}

func TestLoad_RefusesWhatWouldBeUnsafe(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]map[string]string{
		"a short server key":                {"BEDESTEN_SECRET_KEYS": "k1:c2hvcnQ="},
		"an origin with a path":             {"BEDESTEN_STOREFRONT_ORIGINS": "https://shop.example/evil"},
		"a public address of no scheme":     {"BEDESTEN_PUBLIC_URL": "api.shop.example"},
		"an empty webhook secret":           {"STRIPE_WEBHOOK_SECRETS": "whsec_1,"},
		"an empty webhook secret first":     {"STRIPE_WEBHOOK_SECRETS": ",whsec_1"},
		"a webhook secret of spaces":        {"STRIPE_WEBHOOK_SECRETS": "whsec_1, "},
		"a webhook secret that is none":     {"STRIPE_WEBHOOK_SECRETS": "sk_live_x"},
		"a webhook secret without letters":  {"STRIPE_WEBHOOK_SECRETS": "whsec_"},
		"an empty origin":                   {"BEDESTEN_STOREFRONT_ORIGINS": "https://shop.example,"},
		"an empty proxy":                    {"BEDESTEN_TRUSTED_PROXIES": "10.0.0.1,,10.0.0.2"},
		"an empty server key":               {"BEDESTEN_SECRET_KEYS": "k1:" + randomKey + ","},
		"a Redis without a port":            {"BEDESTEN_REDIS_ADDR": "sk_live_x"},
		"a Redis of another scheme":         {"BEDESTEN_REDIS_ADDR": "http://:sk_live_x@redis:6379"},
		"a Redis URL that cannot be read":   {"BEDESTEN_REDIS_ADDR": "redis://:sk_live_x%zz@redis"},
		"a Stripe that is no URL":           {"STRIPE_API_URL": "stripe.example"},
		"a Temporal key without encryption": {"BEDESTEN_TEMPORAL_API_KEY": "sk_live_x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(environment(change))
			require.Error(t, err)
			require.NotContains(t, err.Error(), "sk_live_x", "a secret never shows in an error")
		})
	}
}

// randomKey is 32 bytes that are not all the same.
var randomKey = base64.StdEncoding.EncodeToString([]byte("kapalicarsi-bedesten-anahtari-01"))

// randomKeys adds keys that may guard real money.
func randomKeys(change map[string]string) map[string]string {
	for _, name := range []string{"BEDESTEN_SECRET_KEYS", "BEDESTEN_DATA_KEYS", "BEDESTEN_PAYLOAD_KEYS", "BEDESTEN_TOKEN_KEYS"} {
		change[name] = "k1:" + randomKey
	}
	change["BEDESTEN_LOOKUP_KEY"] = randomKey
	return change
}

func TestLoad_RefusesBesideRealMoneyWhatIsMeantForTests(t *testing.T) {
	t.Parallel()

	good := func(key string, change map[string]string) map[string]string {
		env := environment(randomKeys(map[string]string{"STRIPE_SECRET_KEY": key}))
		maps.Copy(env, change)
		return env
	}
	risky := map[string]map[string]string{
		"BEDESTEN_POLICY":         {"BEDESTEN_POLICY": "scaled"},
		"BEDESTEN_NO_RATE_LIMITS": {"BEDESTEN_NO_RATE_LIMITS": "true"},
		"STRIPE_API_URL":          {"STRIPE_API_URL": "https://stripe.example"},
		"BEDESTEN_PUBLIC_URL":     {"BEDESTEN_PUBLIC_URL": "http://api.shop.example"},
		"EASYPOST_API_URL":        {"EASYPOST_API_URL": "https://easypost.example"},
		"SENDGRID_API_URL":        {"SENDGRID_API_URL": "https://sendgrid.example"},
		"BEDESTEN_SECRET_KEYS":    {"BEDESTEN_SECRET_KEYS": "k1:" + base64.StdEncoding.EncodeToString(make([]byte, 32))},
		"BEDESTEN_LOOKUP_KEY":     {"BEDESTEN_LOOKUP_KEY": base64.StdEncoding.EncodeToString(make([]byte, 32))},
	}
	for _, name := range []string{"BEDESTEN_DATA_KEYS", "BEDESTEN_PAYLOAD_KEYS", "BEDESTEN_TOKEN_KEYS"} {
		risky[name+": key 2"] = map[string]string{name: "k2:" + randomKey + ",k1:" + base64.StdEncoding.EncodeToString(make([]byte, 32))}
	}
	risky["EASYPOST_WEBHOOK_SECRETS: secret 2"] = map[string]string{"EASYPOST_WEBHOOK_SECRETS": "on-alti-harf-olsun,kapi-sirri"}
	risky["SMTP_ENCRYPTION"] = map[string]string{"SMTP_ENCRYPTION": "none"}
	risky["SMTP_ENCRYPTION: opportunistic"] = map[string]string{"SMTP_ENCRYPTION": "opportunistic", "SMTP_ADDR": "10.0.0.25:25"}
	for _, key := range []string{"sk_live_x", "rk_live_x", "sk_org_x", "anything_x"} {
		cfg, err := config.Load(good(key, map[string]string{"STRIPE_API_URL": "https://api.stripe.com"}))
		require.NoError(t, err, key)
		require.True(t, cfg.Live())
		for name, change := range risky {
			_, err := config.Load(good(key, change))
			require.ErrorContains(t, err, name, key)
			require.NotContains(t, err.Error(), key)
		}
	}
	for _, key := range []string{"sk_test_x", "rk_test_x"} {
		for name, change := range risky {
			cfg, err := config.Load(good(key, change))
			require.NoError(t, err, "%s %s", key, name)
			require.False(t, cfg.Live())
		}
	}
}

func TestLoad_TakesBesideRealMoneyWhatIsSafe(t *testing.T) {
	t.Parallel()

	live := randomKeys(map[string]string{"STRIPE_SECRET_KEY": "sk_live_x"})
	for name, change := range map[string]map[string]string{
		"a mail server on this machine":   {"SMTP_ENCRYPTION": "none", "SMTP_ADDR": "127.0.0.1:25"},
		"one of the name of this machine": {"SMTP_ENCRYPTION": "opportunistic", "SMTP_ADDR": "localhost:25"},
		"one by IPv6":                     {"SMTP_ENCRYPTION": "none", "SMTP_ADDR": "[::1]:25"},
		"a mailer that is not SMTP":       {"BEDESTEN_MAILER": "sendgrid", "SENDGRID_API_KEY": "SG.x", "SENDGRID_WEBHOOK_KEYS": "MFkw", "SMTP_ENCRYPTION": "none"},
		"long secrets":                    {"EASYPOST_WEBHOOK_SECRETS": "on-alti-harf-var"},
	} {
		maps.Copy(change, live)
		_, err := config.Load(environment(change))
		require.NoError(t, err, name)
	}
}

func TestLoad_TakesTheWaysToReachServersWithAPassword(t *testing.T) {
	t.Parallel()

	for _, redis := range []string{"redis:6379", "[::1]:6379", "redis://:parola@redis:6379/1", "rediss://user:parola@redis.example"} {
		cfg, err := config.Load(environment(map[string]string{
			"BEDESTEN_REDIS_ADDR": redis, "BEDESTEN_TEMPORAL_TLS": "true", "BEDESTEN_TEMPORAL_API_KEY": "anahtar",
		}))
		require.NoError(t, err, redis)
		require.True(t, cfg.TemporalTLS)
		require.Equal(t, "anahtar", cfg.TemporalAPIKey)
	}
}
