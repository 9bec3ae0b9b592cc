package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/bedesten/bedesten/api"
	"github.com/bedesten/bedesten/internal/mongo"
	"github.com/bedesten/bedesten/internal/redis"
	"github.com/bedesten/bedesten/internal/search"
)

// missesEvery is how often searches that found nothing are written down.
const missesEvery = 10 * time.Second

// searching keeps the index up to date, and writes down what was searched for in
// vain, until ctx is done. The function that it returns waits for both to end.
func (a *App) searching(ctx context.Context, handler *api.API) (wait func()) {
	follower := search.NewFollower(a.Index, search.Source{
		Products: a.catalog, Changes: a.catalog, Said: a.catalog, Sales: mongo.NewSales(a.DB), Hints: redis.NewCatalogHints(a.Redis, a.Log), Shop: a.catalog.Identity,
	}, a.Log).Keeping(a.Config.SearchFile)
	began := a.Clock()
	a.telemetry.WatchIndex(func() (int64, time.Duration) {
		standing := a.Index.Standing()
		if standing.Watermark.IsZero() {
			standing.Watermark = began
		}
		return standing.Products, a.Clock().Sub(standing.Watermark)
	})
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		follower.Run(ctx)
		if err := follower.Close(); err != nil {
			a.Log.WarnContext(ctx, "the search's snapshot was not closed", "error", err)
		}
	})
	running.Go(func() { a.noteMisses(ctx, handler) })
	return func() {
		stop()
		running.Wait()
	}
}

func (a *App) noteMisses(ctx context.Context, handler *api.API) {
	ticker := time.NewTicker(missesEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			a.flushMisses(last, handler)
			return
		case <-ticker.C:
			a.flushMisses(ctx, handler)
		}
	}
}

// flushMisses writes them down. Those that cannot be written are lost: they are a
// hint for merchandisers.
func (a *App) flushMisses(ctx context.Context, handler *api.API) {
	if err := handler.FlushMisses(ctx); err != nil {
		a.Log.WarnContext(ctx, "searches that found nothing were not counted", "error", err)
	}
}

// searchable reports whether the index has been built: a process that cannot list
// anything gets no shoppers.
func (a *App) searchable(context.Context) error {
	if !a.Index.Standing().Ready {
		return errors.New("the shop's search is being built")
	}
	return nil
}
