package app_test

import (
	"context"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/app"
	"github.com/bedesten/bedesten/internal/config"
	"github.com/bedesten/bedesten/internal/lab"
	"github.com/bedesten/bedesten/internal/order"
	"github.com/bedesten/bedesten/internal/shipping"
	"github.com/bedesten/bedesten/worker"
)

func TestAlerts_FireForEveryQueueThatNoWorkerHasEverPolled(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../deploy/prometheus/alerts.yml")
	require.NoError(t, err)
	for _, queue := range worker.Queues() {
		require.Contains(t, string(raw), `or absent(temporal_num_pollers{task_queue="`+queue+`"})`)
	}
}

func TestWorker_LeavesTheQueuesItDoesNotServeToOthers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a whole shop belongs to `make test`")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	l, err := lab.Start(ctx, lab.Options{Child: io.Discard, Change: func(c *config.Config) { c.Queues = []string{"orders", "sweeps"} }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Stop()) })
	require.NoError(t, l.StartWorker(ctx))
	require.NoError(t, l.StartAPI(ctx))

	sku, err := l.FreshSKU(ctx, 10)
	require.NoError(t, err)
	shopper, err := l.Shop().Fill(ctx, lab.Line{SKU: sku, Quantity: 1})
	require.NoError(t, err)
	_, err = shopper.Checkout(ctx, lab.Key(), "pm_card_visa")
	require.NoError(t, err)
	_, err = shopper.Await(ctx, order.Processing)
	require.NoError(t, err)
	// Far longer than Policy.LabelAfter: whoever served parcels would have a label.
	require.Never(t, func() bool {
		parcels, err := l.Warehouse().Parcels(ctx, shopper.OrderID)
		return err != nil || len(parcels) != 1 || parcels[0].State != shipping.Planned
	}, 3*time.Second, 300*time.Millisecond)
	require.Empty(t, l.SendGrid.Sent())

	cfg := l.Config
	cfg.Queues = []string{"shipments", "mails"}
	second, err := app.Open(ctx, cfg, l.App.Log)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, second.Close()) })
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- second.RunWorker(serving, func() {}) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-served)
	})
	_, err = l.Warehouse().Send(ctx, shopper.OrderID, 1)
	require.NoError(t, err)
	_, err = shopper.Await(ctx, order.Completed)
	require.NoError(t, err)
	require.NotEmpty(t, l.SendGrid.Sent())
}
