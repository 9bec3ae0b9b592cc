package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/config"
)

// keyOf is a key that is long enough.
func keyOf(letter string) string { return strings.Repeat(letter, 32) }

func TestLoad_RefusesWhatParcelsMailsAndStaffCannotWorkWith(t *testing.T) {
	t.Parallel()

	easypost := map[string]string{"BEDESTEN_CARRIER": "easypost", "EASYPOST_API_KEY": "EZTK_x", "EASYPOST_WEBHOOK_SECRETS": "kapi-sirri"}
	sendgrid := map[string]string{"BEDESTEN_MAILER": "sendgrid", "SENDGRID_API_KEY": "SG.x", "SENDGRID_WEBHOOK_KEYS": "MFkw"}
	with := func(base map[string]string, name, value string) map[string]string {
		change := map[string]string{name: value}
		for n, v := range base {
			if n != name {
				change[n] = v
			}
		}
		return change
	}
	for name, tt := range map[string]struct {
		change map[string]string
		says   string
	}{
		"a carrier that nobody knows":        {with(nil, "BEDESTEN_CARRIER", "posta-guvercini"), "BEDESTEN_CARRIER"},
		"EasyPost without a key":             {with(easypost, "EASYPOST_API_KEY", ""), "EASYPOST_API_KEY is required"},
		"EasyPost without a webhook secret":  {with(easypost, "EASYPOST_WEBHOOK_SECRETS", ""), "EASYPOST_WEBHOOK_SECRETS is required"},
		"an EasyPost secret that is empty":   {with(easypost, "EASYPOST_WEBHOOK_SECRETS", "kapi-sirri,"), "EASYPOST_WEBHOOK_SECRETS has an empty element"},
		"an EasyPost that is no URL":         {with(easypost, "EASYPOST_API_URL", "easypost.example"), "EASYPOST_API_URL"},
		"no warehouse":                       {with(nil, "BEDESTEN_WAREHOUSE", ""), "BEDESTEN_WAREHOUSE is required"},
		"a warehouse that is no JSON":        {with(nil, "BEDESTEN_WAREHOUSE", "İkitelli"), "BEDESTEN_WAREHOUSE"},
		"a warehouse with an unknown field":  {with(nil, "BEDESTEN_WAREHOUSE", strings.Replace(depot, "line1", "street", 1)), "BEDESTEN_WAREHOUSE"},
		"a warehouse without a street":       {with(nil, "BEDESTEN_WAREHOUSE", strings.Replace(depot, "Keresteciler Sitesi No: 12", "", 1)), "BEDESTEN_WAREHOUSE needs"},
		"a warehouse in a country of a name": {with(nil, "BEDESTEN_WAREHOUSE", strings.Replace(depot, `"TR"`, `"Türkiye"`, 1)), "BEDESTEN_WAREHOUSE needs"},
		"two warehouses":                     {with(nil, "BEDESTEN_WAREHOUSE", depot+depot), "BEDESTEN_WAREHOUSE"},
		"a mailer that nobody knows":         {with(nil, "BEDESTEN_MAILER", "tatar"), "BEDESTEN_MAILER"},
		"no sender":                          {with(nil, "BEDESTEN_MAIL_FROM", ""), "BEDESTEN_MAIL_FROM is required"},
		"a sender that is no address":        {with(nil, "BEDESTEN_MAIL_FROM", "dukkan"), "BEDESTEN_MAIL_FROM"},
		"SMTP without a server":              {with(nil, "SMTP_ADDR", ""), "SMTP_ADDR is required"},
		"SendGrid without a key":             {with(sendgrid, "SENDGRID_API_KEY", ""), "SENDGRID_API_KEY is required"},
		"SendGrid without a webhook key":     {with(sendgrid, "SENDGRID_WEBHOOK_KEYS", ""), "SENDGRID_WEBHOOK_KEYS is required"},
		"a SendGrid webhook key of spaces":   {with(sendgrid, "SENDGRID_WEBHOOK_KEYS", "MFkw, "), "SENDGRID_WEBHOOK_KEYS has an empty element"},
		"a SendGrid that is no URL":          {with(sendgrid, "SENDGRID_API_URL", "sendgrid.example"), "SENDGRID_API_URL"},
		"a shop whose address is no URL":     {with(nil, "BEDESTEN_SHOP_URL", "dukkan.example"), "BEDESTEN_SHOP_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(environment(tt.change))
			require.ErrorContains(t, err, tt.says)
			require.NotContains(t, err.Error(), "sk_live_x", "a secret never shows in an error")
			require.NotContains(t, err.Error(), keyOf("a"))
		})
	}
	for name, change := range map[string]map[string]string{"easypost": easypost, "sendgrid": sendgrid} {
		_, err := config.Load(environment(change))
		require.NoError(t, err, name)
	}
}

func TestConfig_NamesItsShopAndItsWarehouse(t *testing.T) {
	t.Parallel()

	cfg, err := config.Load(environment(nil))
	require.NoError(t, err)
	from, err := cfg.ShipFrom()
	require.NoError(t, err)
	require.Equal(t, "İkitelli", from.District)
	require.Equal(t, "https://shop.example", cfg.Storefront(), "the first origin is the shop")

	cfg, err = config.Load(environment(map[string]string{"BEDESTEN_SHOP_URL": "https://dukkan.example"}))
	require.NoError(t, err)
	require.Equal(t, "https://dukkan.example", cfg.Storefront())
}
