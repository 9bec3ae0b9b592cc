package config_test

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/config"
)

func TestConfig_ReadsItsKeysTheOneThatSealsFirst(t *testing.T) {
	t.Parallel()

	other := base64.StdEncoding.EncodeToString([]byte("kapalicarsi-bedesten-anahtari-02"))
	cfg, err := config.Load(environment(map[string]string{
		"BEDESTEN_DATA_KEYS": "d2:" + other + ",d1:" + randomKey, "BEDESTEN_PAYLOAD_KEYS": "p2:" + other + ",p1:" + randomKey,
		"BEDESTEN_LOOKUP_KEY": randomKey,
	}))
	require.NoError(t, err)
	for prefix, read := range map[string]func() ([]config.Key, error){"d": cfg.MasterKeys, "p": cfg.CodecKeys} {
		keys, err := read()
		require.NoError(t, err)
		require.Equal(t, []config.Key{
			{ID: prefix + "2", Secret: []byte("kapalicarsi-bedesten-anahtari-02")},
			{ID: prefix + "1", Secret: []byte("kapalicarsi-bedesten-anahtari-01")},
		}, keys)
	}
	secret, err := cfg.LookupSecret()
	require.NoError(t, err)
	require.Equal(t, []byte("kapalicarsi-bedesten-anahtari-01"), secret)
}

func TestLoad_RefusesKeysThatSealNothing(t *testing.T) {
	t.Parallel()

	long := base64.StdEncoding.EncodeToString(make([]byte, 33))
	for name, tt := range map[string]struct{ variable, value, says string }{
		"no master key":          {"BEDESTEN_DATA_KEYS", "", "BEDESTEN_DATA_KEYS is required"},
		"a short one":            {"BEDESTEN_DATA_KEYS", "d1:c2hvcnQ=", "BEDESTEN_DATA_KEYS: key 1"},
		"a long one":             {"BEDESTEN_DATA_KEYS", "d1:" + long, "BEDESTEN_DATA_KEYS: key 1"},
		"one without an id":      {"BEDESTEN_DATA_KEYS", randomKey, "BEDESTEN_DATA_KEYS: key 1"},
		"two of one id":          {"BEDESTEN_DATA_KEYS", "d1:" + randomKey + ",d1:" + randomKey, "BEDESTEN_DATA_KEYS: key 2"},
		"an empty element":       {"BEDESTEN_DATA_KEYS", "d1:" + randomKey + ",", "BEDESTEN_DATA_KEYS has an empty element"},
		"no look-up key":         {"BEDESTEN_LOOKUP_KEY", "", "BEDESTEN_LOOKUP_KEY is required"},
		"a long look-up key":     {"BEDESTEN_LOOKUP_KEY", long, "BEDESTEN_LOOKUP_KEY is not"},
		"a look-up key of an id": {"BEDESTEN_LOOKUP_KEY", "l1:" + randomKey, "BEDESTEN_LOOKUP_KEY is not"},
		"no payload key":         {"BEDESTEN_PAYLOAD_KEYS", "", "BEDESTEN_PAYLOAD_KEYS is required"},
		"a short payload key":    {"BEDESTEN_PAYLOAD_KEYS", "p1:c2hvcnQ=", "BEDESTEN_PAYLOAD_KEYS: key 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(environment(map[string]string{tt.variable: tt.value}))
			require.ErrorContains(t, err, tt.says)
			require.NotContains(t, err.Error(), randomKey)
		})
	}
}

func TestLoad_LetsOnlyAShopThatSellsNothingLeavePayloadsReadable(t *testing.T) {
	t.Parallel()

	cfg, err := config.Load(environment(map[string]string{"BEDESTEN_PAYLOAD_KEYS": "", "BEDESTEN_POLICY": "scaled"}))
	require.NoError(t, err)
	keys, err := cfg.CodecKeys()
	require.NoError(t, err)
	require.Empty(t, keys)
	live := randomKeys(map[string]string{"STRIPE_SECRET_KEY": "sk_live_x"})
	live["BEDESTEN_PAYLOAD_KEYS"] = ""
	_, err = config.Load(environment(live))
	require.ErrorContains(t, err, "BEDESTEN_PAYLOAD_KEYS is required")
}
