package config_test

import (
	"encoding/base64"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/config"
)

func environment(change map[string]string) map[string]string {
	env := map[string]string{
		"BEDESTEN_MONGO_URL":          "mongodb://127.0.0.1:27017",
		"BEDESTEN_REDIS_ADDR":         "127.0.0.1:6379",
		"BEDESTEN_TEMPORAL_ADDR":      "127.0.0.1:7233",
		"BEDESTEN_BUILD_ID":           "abc123",
		"BEDESTEN_PUBLIC_URL":         "https://api.dükkan.example",
		"BEDESTEN_STOREFRONT_ORIGINS": "https://shop.example,http://localhost:3000",
		"BEDESTEN_SECRET_KEYS":        "k1:" + base64.StdEncoding.EncodeToString(make([]byte, 32)),
		"STRIPE_SECRET_KEY":           "sk_test_bedesten",
		"STRIPE_WEBHOOK_SECRETS":      "whsec_1,whsec_2",
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
		"BEDESTEN_STOREFRONT_ORIGINS", "BEDESTEN_SECRET_KEYS", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS", "BEDESTEN_POLICY", "Drain",
	} {
		require.Contains(t, err.Error(), name)
	}
}

func TestLoad_RefusesWhatWouldBeUnsafe(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]map[string]string{
		"a short server key":            {"BEDESTEN_SECRET_KEYS": "k1:c2hvcnQ="},
		"an origin with a path":         {"BEDESTEN_STOREFRONT_ORIGINS": "https://shop.example/evil"},
		"a public address of no scheme": {"BEDESTEN_PUBLIC_URL": "api.shop.example"},
		"haste beside real money":       {"BEDESTEN_POLICY": "scaled", "STRIPE_SECRET_KEY": "sk_live_x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(environment(change))
			require.Error(t, err)
			require.NotContains(t, err.Error(), "sk_live_x", "a secret never shows in an error")
		})
	}
}
