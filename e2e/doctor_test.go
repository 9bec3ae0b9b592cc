package e2e_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/lab"
)

// findings are the doctor's by name.
func findings(t *testing.T, cfg config.Config) map[string]app.Finding {
	t.Helper()
	all := map[string]app.Finding{}
	for _, f := range app.Examine(t.Context(), cfg) {
		all[f.Name] = f
	}
	return all
}

func TestDoctor_FindsNothingInAShopThatRuns(t *testing.T) {
	t.Parallel()
	l := rig(t)
	for name, f := range findings(t, l.Config) {
		require.NoError(t, f.Err, name)
		require.NotEmpty(t, f.Detail, name)
	}
	found := findings(t, l.Config)
	require.Equal(t, "workers: orders (workflow) 1, orders (activity) 1, shipments (workflow) 1, shipments (activity) 1, "+
		"mails (workflow) 1, mails (activity) 1, sweeps (workflow) 1, sweeps (activity) 1, privacy (workflow) 1, privacy (activity) 1, media (workflow) 1, media (activity) 1, catalogue (workflow) 1, catalogue (activity) 1", found["Temporal pollers"].Detail)
	require.Contains(t, found["Sweep schedule"].Detail, "every 3s")
	require.Contains(t, found["Metrics"].Detail, "off")
	require.Contains(t, found["Traces"].Detail, "off")
}

func TestDoctor_FindsAnotherLookUpKeyWithWhichNothingStarts(t *testing.T) {
	t.Parallel()
	cfg := rig(t).Config
	require.Equal(t, "the shop's own", findings(t, cfg)["Look-up key"].Detail)
	cfg.LookupKey = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("ş"), 16))
	require.ErrorContains(t, findings(t, cfg)["Look-up key"].Err, "BEDESTEN_LOOKUP_KEY is not the one that this shop was begun with")
	_, err := app.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "BEDESTEN_LOOKUP_KEY is not the one that this shop was begun with")
	require.ErrorContains(t, err, "Put the first one back")
}

func TestDoctor_SaysWhatIsOnAndWhetherItIsReached(t *testing.T) {
	t.Parallel()
	cfg := rig(t).Config
	collector := newCollector(t)
	cfg.MetricsAddr, cfg.TracesURL, cfg.TraceRatio = "127.0.0.1:9464", collector.URL, 0.1
	found := findings(t, cfg)
	require.Contains(t, found["Metrics"].Detail, "on: api and worker serve http://127.0.0.1:9464/metrics")
	require.NoError(t, found["Traces"].Err)
	require.Contains(t, found["Traces"].Detail, "on: 10 % of requests")

	collector.Close()
	require.ErrorContains(t, findings(t, cfg)["Traces"].Err, "takes no connection")
}

func TestDoctor_NamesQueuesThatNobodyPollsAndSweepsThatArePaused(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("stories over a whole shop belong to `make test`")
	}
	l, err := lab.Start(t.Context(), lab.Options{Child: io.Discard})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Stop()) })
	found := findings(t, l.Config)
	for _, queue := range []string{"orders", "shipments", "mails", "sweeps", "privacy"} {
		require.ErrorContains(t, found["Temporal pollers"].Err, "nobody polls "+queue)
	}
	require.NoError(t, found["Sweep schedule"].Err)
	require.NoError(t, found["Temporal attributes"].Err)
	require.Equal(t, "none fails", found["Workflow tasks"].Detail)
	requireFailingTasksAreCounted(t, l)
	requireMissingMastersAreNamed(t, l)

	handle := l.App.Temporal.ScheduleClient().GetHandle(t.Context(), "sweep")
	require.NoError(t, handle.Pause(t.Context(), client.SchedulePauseOptions{Note: "Ayşe looks at it"}))
	require.ErrorContains(t, findings(t, l.Config)["Sweep schedule"].Err, "paused: Ayşe looks at it")
	require.NoError(t, handle.Delete(t.Context()))
	require.Eventually(t, func() bool {
		err := findings(t, l.Config)["Sweep schedule"].Err
		return err != nil && err.Error() == "the sweeps are not scheduled"
	}, 10*time.Second, 200*time.Millisecond)
}

// requireFailingTasksAreCounted runs a workflow whose every task fails.
func requireFailingTasksAreCounted(t *testing.T, l *lab.Lab) {
	t.Helper()
	w := sdkworker.New(l.App.Temporal, "broken", sdkworker.Options{})
	w.RegisterWorkflowWithOptions(func(workflow.Context) error { panic("this build cannot go on") }, workflow.RegisterOptions{Name: "broken"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	run, err := l.App.Temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "broken", TaskQueue: "broken"}, "broken")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		err := findings(t, l.Config)["Workflow tasks"].Err
		return err != nil && err.Error() == "workflows that stand still because their tasks fail: 1"
	}, 2*time.Minute, time.Second, "Temporal reports the fifth failure in a row")
	require.NoError(t, l.App.Temporal.TerminateWorkflow(t.Context(), run.GetID(), run.GetRunID(), "Ayşe gives it up"))
	require.Eventually(t, func() bool { return findings(t, l.Config)["Workflow tasks"].Err == nil }, 10*time.Second, 200*time.Millisecond)
}

// requireMissingMastersAreNamed has a person's key under a master key that the shop
// has not.
func requireMissingMastersAreNamed(t *testing.T, l *lab.Lab) {
	t.Helper()
	require.NoError(t, findings(t, l.Config)["Master keys"].Err)
	person := bson.D{{Key: "_id", Value: "usr_anahtarsız"}, {Key: "master", Value: "d0"}}
	_, err := l.App.DB.Collection("person_keys").InsertOne(t.Context(), person)
	require.NoError(t, err)
	require.ErrorContains(t, findings(t, l.Config)["Master keys"].Err, "BEDESTEN_DATA_KEYS lacks d0:")
}
