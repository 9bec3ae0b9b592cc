package temporaldev_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/bedesten/bedesten/devstack/internal/ports"
	"github.com/bedesten/bedesten/devstack/internal/sqlitetest"
	"github.com/bedesten/bedesten/devstack/internal/temporaldev"
)

// patience is how long a test waits for what must happen.
const patience = 60 * time.Second

// config describes a server on a fresh folder with free ports.
func config(t *testing.T) temporaldev.Config {
	t.Helper()
	p, err := ports.Choose(nil)
	require.NoError(t, err)
	return temporaldev.Config{
		Host: "127.0.0.1",
		Ports: temporaldev.Ports{
			Frontend: temporaldev.Service{GRPC: p["temporal"], Membership: p["frontend-membership"]},
			History:  temporaldev.Service{GRPC: p["history"], Membership: p["history-membership"]},
			Matching: temporaldev.Service{GRPC: p["matching"], Membership: p["matching-membership"]},
			Worker:   temporaldev.Service{GRPC: p["worker"], Membership: p["worker-membership"]},
			UI:       p["ui"],
		},
		File:        filepath.Join(t.TempDir(), "temporal data", "temporal.db"),
		Synchronous: "normal",
		Log:         slog.New(slog.DiscardHandler),
	}
}

func start(t *testing.T, cfg temporaldev.Config) (*temporaldev.Server, client.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := temporaldev.Start(ctx, cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, s.Stop(ctx))
	})
	c, err := client.Dial(client.Options{HostPort: s.Addr(), Logger: cfg.Log})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return s, c
}

func TestServer_OpensItsDatabaseAsItWasTold(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	cfg.Synchronous = "full"
	start(t, cfg)

	seen := sqlitetest.Seen(cfg.File)
	require.NotEmpty(t, seen)
	for _, p := range seen {
		require.Equal(t, sqlitetest.Pragmas{Journal: "wal", Synchronous: "full"}, p)
	}
}

func TestServer_KeepsClosedWorkflowsLongerThanAnyIdempotencyRecord(t *testing.T) {
	t.Parallel()
	_, c := start(t, config(t))

	res, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "default"})
	require.NoError(t, err)
	require.Equal(t, 40*24*time.Hour, res.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
}

func TestServer_ShowsTheNamespaceInItsUI(t *testing.T) {
	t.Parallel()
	s, _ := start(t, config(t))

	res, err := http.Get(s.UIAddr() + "/api/v1/namespaces/default")
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	var body struct{ NamespaceInfo struct{ Name string } }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&body))
	require.Equal(t, "default", body.NamespaceInfo.Name)

	page, err := http.Get(s.UIAddr() + "/namespaces/default/workflows")
	require.NoError(t, err)
	defer page.Body.Close()
	require.Equal(t, http.StatusOK, page.StatusCode)
}

// A start that is killed leaves a database without some of its tables.
func TestServer_MakesAnUnfinishedDatabaseAnew(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	require.NoError(t, os.MkdirAll(filepath.Dir(cfg.File), 0o755))
	require.NoError(t, os.WriteFile(cfg.File, nil, 0o644))

	_, c := start(t, cfg)
	_, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "default"})
	require.NoError(t, err)
}
