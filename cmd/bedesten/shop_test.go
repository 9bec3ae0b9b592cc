package main

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/config"
)

func TestKept_ShowsWhatWasSaidOnlyWhenAsked(t *testing.T) {
	t.Parallel()

	var k kept
	var shown, passed bytes.Buffer
	fmt.Fprintln(&k, "service failures")
	k.show(&shown)
	require.Contains(t, shown.String(), "service failures")
	k.pass(&passed)
	fmt.Fprintln(&k, "later")
	require.Equal(t, "later\n", passed.String())
}

func TestDev_TellsWhomTheEnvironmentNames(t *testing.T) {
	alerts := func() config.Config {
		var c struct {
			Dev devCmd `cmd:""`
		}
		k, err := kong.New(&c, kong.BindTo(context.Background(), (*context.Context)(nil)))
		require.NoError(t, err)
		_, err = k.Parse([]string{"dev"})
		require.NoError(t, err)
		var cfg config.Config
		c.Dev.change(&cfg)
		return cfg
	}
	for _, name := range []string{"BEDESTEN_ALERT_EMAIL", "BEDESTEN_ALERT_LANGUAGE", "BEDESTEN_ALERT_WEBHOOK_URL", "BEDESTEN_ALERT_WEBHOOK_SECRET"} {
		t.Setenv(name, "")
	}
	t.Setenv("BEDESTEN_ALERT_LANGUAGE", "en")
	t.Setenv("BEDESTEN_ALERT_WEBHOOK_URL", "https://nobet.example/gizli")
	t.Setenv("BEDESTEN_ALERT_WEBHOOK_SECRET", "sir")
	require.Equal(t, config.Config{AlertLanguage: "en", AlertWebhookURL: "https://nobet.example/gizli", AlertWebhookSecret: "sir"}, alerts(),
		"an address that is set and empty tells nobody")
	t.Setenv("BEDESTEN_ALERT_EMAIL", "ayse@dukkan.example")
	require.Equal(t, "ayse@dukkan.example", alerts().AlertEmail)
}

func TestWelcome_LinksAreShortEnoughToBeRead(t *testing.T) {
	t.Parallel()

	cfg := config.Config{TemporalUI: "http://127.0.0.1:8233", TemporalNamespace: "default"}
	for _, v := range savedViews(time.Now()) {
		require.Less(t, len(cfg.WorkflowsURL(v.query)), 160, v.name)
	}
	require.Contains(t, views(cfg, time.Now()), "    needs a person     http://127.0.0.1:8233/")
	require.Contains(t, views(config.Config{}, time.Now()), "    needs a person     OrderAttention IS NOT NULL\n")
}
