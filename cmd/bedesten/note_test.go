package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/config"
)

// machine is a machine of the test's own, whose environment names no shop.
func machine(t *testing.T) {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", os.Getenv("XDG_CACHE_HOME"))
	for _, name := range naming {
		t.Setenv(name, "")
	}
}

// shopAt is a shop that dev could run.
func shopAt(addr string) config.Config {
	return config.Config{
		MongoURL: "mongodb://127.0.0.1:27017", MongoDatabase: "bedesten", RedisAddr: "127.0.0.1:6379", TemporalAddr: "127.0.0.1:7233",
		TemporalNamespace: "default", BuildID: "lab", APIAddr: addr, PublicURL: "http://" + addr, StripeSecretKey: "sk_test_dukkan",
		SecretKeys: []string{"k1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="},
		DataKeys:   []string{"d1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="}, LookupKey: "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=",
		StorefrontOrigins:    []string{"http://127.0.0.1:3000"},
		StripeWebhookSecrets: []string{"whsec_dukkan"}, TokenKeys: []string{"t1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="}, Carrier: "own", Mailer: "smtp", Media: "disk", MediaDir: "/var/lib/bedesten/resimler",
		SMTPAddr: "127.0.0.1:25", SMTPEncryption: "none", MailFrom: "siparis@dukkan.example", AlertLanguage: "tr", PolicyName: "scaled",
		Warehouse: `{"name":"Depo","line1":"Sanayi Cad. 44","province":"İstanbul","postcode":"34196","country":"TR"}`,
	}
}

func TestNotes_AreOneForEachShopThatRuns(t *testing.T) {
	machine(t)
	forgetFirst, err := announce(shopAt("127.0.0.1:8080"))
	require.NoError(t, err)
	cfg, err := atShop{}.config()
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:8080", cfg.PublicURL)

	forgetSecond, err := announce(shopAt("127.0.0.1:8090"))
	require.NoError(t, err)
	_, err = atShop{}.config()
	require.ErrorContains(t, err, "http://127.0.0.1:8080, http://127.0.0.1:8090")
	require.ErrorContains(t, err, "BEDESTEN_SHOP=8080")
	for _, wanted := range []string{"8090", "127.0.0.1:8090"} {
		cfg, err = atShop{Shop: wanted}.config()
		require.NoError(t, err)
		require.Equal(t, "http://127.0.0.1:8090", cfg.PublicURL)
	}
	_, err = atShop{Shop: "8070"}.config()
	require.ErrorContains(t, err, "no shop runs here at 8070; there is http://127.0.0.1:8080")

	require.NoError(t, forgetSecond())
	cfg, err = atShop{}.config()
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:8080", cfg.PublicURL, "the first shop's note outlives the second's")
	require.NoError(t, forgetFirst())
	_, err = atShop{}.config()
	require.ErrorContains(t, err, "no shop runs here")
}

func TestNotes_OfShopsThatDiedAreIgnoredAndRemoved(t *testing.T) {
	machine(t)
	forget, err := announce(shopAt("127.0.0.1:8080"))
	require.NoError(t, err)
	folder, err := noteFolder()
	require.NoError(t, err)
	left := filepath.Join(folder, "dev-127.0.0.1:8090.env")
	require.NoError(t, os.WriteFile(left, []byte("BEDESTEN_API_ADDR=127.0.0.1:8090\n"), 0o600))

	cfg, err := atShop{}.config()
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:8080", cfg.PublicURL)
	require.NoFileExists(t, left)
	require.NoError(t, forget())
	rest, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, rest)
}

func TestNotes_AreTakenUnlessTheEnvironmentNamesAShop(t *testing.T) {
	machine(t)
	forget, err := announce(shopAt("127.0.0.1:8080"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, forget()) })
	t.Setenv("BEDESTEN_ALERT_EMAIL", "nobet@dukkan.example")
	cfg, err := atShop{}.config()
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:8080", cfg.PublicURL)
	require.Empty(t, cfg.AlertEmail, "the shop that runs is told of as it runs")

	t.Setenv("BEDESTEN_MONGO_URL", "mongodb://mongo:27017")
	_, err = atShop{}.config()
	require.ErrorContains(t, err, "BEDESTEN_REDIS_ADDR is required")
	require.ErrorContains(t, err, "The environment names a shop by BEDESTEN_MONGO_URL")
	cfg, err = atShop{Shop: "8080"}.config()
	require.NoError(t, err)
	require.Equal(t, "mongodb://127.0.0.1:27017", cfg.MongoURL)
}
