package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/worker"
)

func TestLoad_LetsAWorkerServeTheQueuesThatThereAre(t *testing.T) {
	t.Parallel()

	cfg, err := config.Load(environment(nil))
	require.NoError(t, err)
	require.Empty(t, cfg.Queues, "all of them")
	for _, queue := range worker.Queues() {
		cfg, err = config.Load(environment(map[string]string{"BEDESTEN_QUEUES": queue}))
		require.NoError(t, err)
		require.Equal(t, []string{queue}, cfg.Queues)
	}
}

func TestLoad_RefusesAQueueThatNobodyFills(t *testing.T) {
	t.Parallel()

	for _, queues := range []string{"orders,parcels", "orders,,mails", "Orders"} {
		_, err := config.Load(environment(map[string]string{"BEDESTEN_QUEUES": queues}))
		require.ErrorContains(t, err, "BEDESTEN_QUEUES", queues)
	}
}
