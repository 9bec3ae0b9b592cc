package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/config"
)

func TestLoad_RefusesAlertsThatNobodyWouldGet(t *testing.T) {
	t.Parallel()

	secret := keyOf("n")
	for name, tt := range map[string]struct {
		change map[string]string
		says   string
	}{
		"no address":                {map[string]string{"BEDESTEN_ALERT_EMAIL": "nobet"}, "BEDESTEN_ALERT_EMAIL"},
		"two addresses":             {map[string]string{"BEDESTEN_ALERT_EMAIL": "nobet@dukkan.example,ayse@dukkan.example"}, "BEDESTEN_ALERT_EMAIL"},
		"an address with a name":    {map[string]string{"BEDESTEN_ALERT_EMAIL": "Nöbet <nobet@dukkan.example>"}, "BEDESTEN_ALERT_EMAIL"},
		"an unknown language":       {map[string]string{"BEDESTEN_ALERT_LANGUAGE": "de"}, "BEDESTEN_ALERT_LANGUAGE"},
		"a webhook without secret":  {map[string]string{"BEDESTEN_ALERT_WEBHOOK_URL": "https://nobet.example/gizli"}, "BEDESTEN_ALERT_WEBHOOK_SECRET is required"},
		"a secret that is short":    {map[string]string{"BEDESTEN_ALERT_WEBHOOK_URL": "https://nobet.example/gizli", "BEDESTEN_ALERT_WEBHOOK_SECRET": secret[1:]}, "at least 32"},
		"a secret without webhook":  {map[string]string{"BEDESTEN_ALERT_WEBHOOK_SECRET": secret}, "of no use"},
		"a webhook that is no URL":  {map[string]string{"BEDESTEN_ALERT_WEBHOOK_URL": "nobet.example/gizli", "BEDESTEN_ALERT_WEBHOOK_SECRET": secret}, "BEDESTEN_ALERT_WEBHOOK_URL"},
		"a Temporal UI without URL": {map[string]string{"BEDESTEN_TEMPORAL_UI_URL": "temporal.example"}, "BEDESTEN_TEMPORAL_UI_URL"},
		"plain http beside a live key": {map[string]string{
			"STRIPE_SECRET_KEY": "sk_live_51Nobet", "BEDESTEN_ALERT_WEBHOOK_URL": "http://10.0.0.8/gizli", "BEDESTEN_ALERT_WEBHOOK_SECRET": secret,
		}, "BEDESTEN_ALERT_WEBHOOK_URL must begin with https://"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(environment(tt.change))
			require.ErrorContains(t, err, tt.says)
			require.NotContains(t, err.Error(), "gizli", "the address may hold a token")
			require.NotContains(t, err.Error(), secret[1:])
		})
	}
}

func TestLoad_TakesAlertsByMailByWebhookAndByNeither(t *testing.T) {
	t.Parallel()

	cfg, err := config.Load(environment(nil))
	require.NoError(t, err)
	require.Empty(t, cfg.AlertEmail)
	require.Equal(t, "tr", cfg.AlertLanguage)
	cfg, err = config.Load(environment(map[string]string{
		"BEDESTEN_ALERT_EMAIL": "nobet@dukkan.example", "BEDESTEN_ALERT_LANGUAGE": "en",
		"BEDESTEN_ALERT_WEBHOOK_URL": "http://10.0.0.8:9000/bedesten", "BEDESTEN_ALERT_WEBHOOK_SECRET": keyOf("n"),
	}))
	require.NoError(t, err, "a private address is the operator's own word")
	require.Equal(t, "nobet@dukkan.example", cfg.AlertEmail)
}

func TestConfig_LinksIntoTheTemporalUIWhereThereIsOne(t *testing.T) {
	t.Parallel()

	cfg := config.Config{TemporalNamespace: "bedesten"}
	require.Empty(t, cfg.WorkflowURL("order/ord_1"))
	require.Empty(t, cfg.TemporalUIOrigin())
	require.Empty(t, cfg.WorkflowsURL(config.AttentionQuery))
	cfg.TemporalUI = "https://temporal.dukkan.example/"
	require.Equal(t, "https://temporal.dukkan.example", cfg.TemporalUIOrigin())
	require.Equal(t, "https://temporal.dukkan.example/namespaces/bedesten/workflows/order%2Ford_1", cfg.WorkflowURL("order/ord_1"))
	require.Equal(t, "https://temporal.dukkan.example/namespaces/bedesten/workflows?query=OrderAttention+IS+NOT+NULL",
		cfg.WorkflowsURL(config.AttentionQuery))
}
