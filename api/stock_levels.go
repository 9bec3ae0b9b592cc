package api

import (
	"context"
	"sync"
	"time"

	"github.com/bedesten/bedesten/internal/stock"
)

// listedLife is how old the units in a list may be beside the list itself, where no
// lease is shorter: together they are not older than a product's page.
const listedLife = stockLife - listLife

// maxListed bounds of how many SKUs the units are remembered; beyond it they are read
// anew.
const maxListed = 100_000

// counted remembers for lists how many units there are: they show many products at
// once, and the same ones over and over.
type counted struct {
	mu sync.Mutex
	of map[string]countedLevel
}

type countedLevel struct {
	level stock.Level
	until time.Time
}

// find returns what is remembered of SKUs, and those of which nothing is.
func (l *counted) find(skus []string, now time.Time) (levels map[string]stock.Level, missing []string) {
	levels = make(map[string]stock.Level, len(skus))
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, sku := range skus {
		counted, there := l.of[sku]
		if !there || !now.Before(counted.until) {
			missing = append(missing, sku)
			continue
		}
		levels[sku] = counted.level
	}
	return levels, missing
}

func (l *counted) learn(skus []string, levels map[string]stock.Level, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil || len(l.of)+len(skus) > maxListed {
		l.of = make(map[string]countedLevel, len(skus))
	}
	for _, sku := range skus {
		l.of[sku] = countedLevel{level: levels[sku], until: until}
	}
}

// listedLevels are the units that a list shows: as the ledger has them, or had them a
// moment ago.
func (a *API) listedLevels(ctx context.Context, skus []string) (map[string]stock.Level, error) {
	now := a.Clock()
	levels, missing := a.counted.find(skus, now)
	if len(missing) == 0 {
		return levels, nil
	}
	read, err := a.levels(ctx, missing)
	if err != nil {
		return nil, err
	}
	a.counted.learn(missing, read, now.Add(min(listedLife, a.Policy.Lease)))
	for _, sku := range missing {
		levels[sku] = read[sku]
	}
	return levels, nil
}
