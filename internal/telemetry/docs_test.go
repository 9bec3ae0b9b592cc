package telemetry_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/telemetry"
)

type alerts struct {
	Groups []struct {
		Name  string `yaml:"name"`
		Rules []struct {
			Alert       string            `yaml:"alert"`
			Expr        string            `yaml:"expr"`
			For         string            `yaml:"for"`
			Labels      map[string]string `yaml:"labels"`
			Annotations map[string]string `yaml:"annotations"`
		} `yaml:"rules"`
	} `yaml:"groups"`
}

// TestAlerts_AreMadeOfNumbersThatExistAndStandInTheRunbook holds the alerts, the
// runbook and the numbers against each other.
func TestAlerts_AreMadeOfNumbersThatExistAndStandInTheRunbook(t *testing.T) {
	t.Parallel()
	tel := open(t, telemetry.Config{Metrics: true})
	tel.Watch(func(context.Context) (telemetry.Standing, error) { return telemetry.Standing{}, nil })
	tel.WatchIndex(func() (int64, time.Duration) { return 0, 0 })
	ours := tel.Names()
	raw, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	_, runbook, found := strings.Cut(string(raw), "## What to watch")
	require.True(t, found)
	for _, name := range ours {
		require.Contains(t, runbook, "`"+name+"`", "a number that nobody explains")
	}

	raw, err = os.ReadFile("../../deploy/prometheus/alerts.yml")
	require.NoError(t, err)
	var file alerts
	require.NoError(t, yaml.UnmarshalWithOptions(raw, &file, yaml.Strict()))
	number := regexp.MustCompile(`\b([a-z][a-z_]*_(?:total|seconds|seconds_count|seconds_bucket|up|attention|open|depth|pollers))\b`)
	for _, rule := range file.Groups[0].Rules {
		require.Contains(t, runbook, "`"+rule.Alert+"`", "an alert that nobody explains")
		require.Contains(t, []string{"page", "ticket"}, rule.Labels["severity"], rule.Alert)
		require.NotEmpty(t, rule.Annotations["summary"], rule.Alert)
		for _, m := range number.FindAllStringSubmatch(rule.Expr, -1) {
			name := strings.TrimSuffix(strings.TrimSuffix(m[1], "_bucket"), "_count")
			require.True(t, strings.HasPrefix(name, "temporal_") || slices.Contains(ours, name), "%s is made of %s", rule.Alert, name)
		}
	}
}
