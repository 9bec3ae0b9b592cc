package telemetry_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/telemetry"
)

func TestCatalog_TellsHowOftenItsCacheIsHitAndHowFarItsIndexIsBehind(t *testing.T) {
	t.Parallel()
	tel := open(t, telemetry.Config{Metrics: true})
	seen := tel.CatalogCache()
	seen("product", "hit")
	seen("product", "hit")
	seen("list", "bypassed")
	behind := 3 * time.Second
	tel.WatchIndex(func() (int64, time.Duration) { return 812, behind })
	body := scrape(t, tel)
	require.Contains(t, body, `catalog_cache_reads_total{outcome="hit",what="product"} 2`)
	require.Contains(t, body, `catalog_cache_reads_total{outcome="bypassed",what="list"} 1`)
	require.Contains(t, body, "search_index_products 812")
	require.Contains(t, body, "search_index_behind_seconds 3")
}

func TestCatalog_CountsNothingWithoutMetrics(t *testing.T) {
	t.Parallel()
	tel := open(t, telemetry.Config{})
	tel.CatalogCache()("product", "hit")
	tel.WatchIndex(func() (int64, time.Duration) { t.Error("nobody asks"); return 0, 0 })
	require.Nil(t, tel.Handler())
}
