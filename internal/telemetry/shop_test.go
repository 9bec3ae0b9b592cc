package telemetry_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/telemetry"
)

func open(t *testing.T, cfg telemetry.Config) *telemetry.Telemetry {
	t.Helper()
	cfg.Process, cfg.Build, cfg.Log = "worker", "abc123", slog.New(slog.DiscardHandler)
	tel, err := telemetry.Open(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { tel.Close(context.Background()) })
	return tel
}

func scrape(t *testing.T, tel *telemetry.Telemetry) string {
	t.Helper()
	w := httptest.NewRecorder()
	tel.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	return w.Body.String()
}

func TestShop_IsReadOnceForManyScrapes(t *testing.T) {
	t.Parallel()
	tel := open(t, telemetry.Config{Metrics: true})
	var readings atomic.Int64
	tel.Watch(func(context.Context) (telemetry.Standing, error) {
		readings.Add(1)
		now := time.Now()
		return telemetry.Standing{
			Attention: map[string][]time.Time{"payment_unknown": {now.Add(-time.Minute), now.Add(-30 * time.Minute), now.Add(-48 * time.Hour)}},
			Queues:    map[string]telemetry.Queue{"payment_inbox": {Depth: 2, Oldest: now.Add(-time.Hour)}, "outbox": {}},
			Mails:     map[string]int64{"unknown": 1},
			Parcels:   map[string]int64{"packed": 4},
		}, nil
	})
	for range 3 {
		body := scrape(t, tel)
		require.Contains(t, body, `orders_attention{age="under_10m",reason="payment_unknown"} 1`)
		require.Contains(t, body, `orders_attention{age="under_1h",reason="payment_unknown"} 1`)
		require.Contains(t, body, `orders_attention{age="over_1d",reason="payment_unknown"} 1`)
		require.Contains(t, body, `queue_depth{queue="payment_inbox"} 2`)
		require.Regexp(t, `queue_oldest_seconds\{queue="payment_inbox"\} 36\d\d`, body)
		require.Contains(t, body, `queue_oldest_seconds{queue="outbox"} 0`)
		require.Contains(t, body, `mails_open{state="unknown"} 1`)
		require.Contains(t, body, `parcels_open{state="packed"} 4`)
		require.Contains(t, body, "shop_reading_up 1")
	}
	require.Equal(t, int64(1), readings.Load())
}

func TestShop_ShowsNoOldNumbersWhenItCannotBeRead(t *testing.T) {
	t.Parallel()
	tel := open(t, telemetry.Config{Metrics: true})
	tel.Watch(func(context.Context) (telemetry.Standing, error) {
		return telemetry.Standing{Mails: map[string]int64{"unknown": 1}}, errors.New("the store did not answer")
	})
	body := scrape(t, tel)
	require.Contains(t, body, "shop_reading_up 0")
	require.NotContains(t, body, "mails_open{")
	require.Contains(t, body, "go_goroutines", "the rest is shown")
}

func TestMetrics_AreServedOnAListenerOfTheirOwn(t *testing.T) {
	t.Parallel()
	tel := open(t, telemetry.Config{Metrics: true})
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	_, err := tel.Serve(t.Context(), taken.Listener.Addr().String())
	require.ErrorContains(t, err, "listening for metrics")

	addr := freeAddr(t)
	stop, err := tel.Serve(t.Context(), addr)
	require.NoError(t, err)
	res, err := http.Get("http://" + addr + "/metrics")
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Contains(t, string(body), `bedesten_build_info{build="abc123",process="worker"} 1`)
	require.NoError(t, stop())
	_, err = http.Get("http://" + addr + "/metrics")
	require.Error(t, err)
}

func freeAddr(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	return s.Listener.Addr().String()
}
