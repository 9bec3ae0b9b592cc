package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/config"
)

func TestLoad_TellsNothingButLogsUnlessAskedTo(t *testing.T) {
	t.Parallel()

	cfg, err := config.Load(environment(nil))
	require.NoError(t, err)
	require.Empty(t, cfg.MetricsAddr)
	require.Empty(t, cfg.TracesURL)
	require.Equal(t, "json", cfg.LogFormat)
}

func TestLoad_RefusesTelemetryThatCannotBeMeant(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct{ variable, value string }{
		"a log format that is none":       {"BEDESTEN_LOG_FORMAT", "xml"},
		"metrics without a port":          {"BEDESTEN_METRICS_ADDR", "127.0.0.1"},
		"metrics on the public port":      {"BEDESTEN_METRICS_ADDR", "127.0.0.1:8080"},
		"a collector that is no URL":      {"OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"},
		"more traces than requests":       {"BEDESTEN_TRACE_RATIO", "1.5"},
		"fewer traces than none":          {"BEDESTEN_TRACE_RATIO", "-0.1"},
		"a collector of another protocol": {"OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://collector:4317"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(environment(map[string]string{tt.variable: tt.value}))
			require.ErrorContains(t, err, tt.variable)
		})
	}
}
