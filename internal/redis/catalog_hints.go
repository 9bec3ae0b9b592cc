package redis

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/bedesten/bedesten/internal/catalog"
)

// changedChannel is where ids of products go that were written; what many products
// depend on has an empty one.
const changedChannel = "bedesten:catalog:changed"

// hintsAtOnce is how many ids one message has: an import's hints are few messages.
const hintsAtOnce = 500

var (
	_ catalog.Notifier = (*CatalogHints)(nil)
	_ catalog.Hints    = (*CatalogHints)(nil)
)

// CatalogHints carries the hint that the catalogue was written from the process that
// wrote it to those that keep an index of it.
type CatalogHints struct {
	client *redis.Client
	log    *slog.Logger
}

// NewCatalogHints returns the way over client.
func NewCatalogHints(client *redis.Client, log *slog.Logger) *CatalogHints {
	return &CatalogHints{client, log}
}

// Changed publishes the hint. Redis gets a moment for it: nothing waits for a hint,
// and what it would have brought is found by the next look.
func (h *CatalogHints) Changed(ctx context.Context, productIDs ...string) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	for len(productIDs) > 0 {
		n := min(hintsAtOnce, len(productIDs))
		if err := h.client.Publish(ctx, changedChannel, strings.Join(productIDs[:n], " ")).Err(); err != nil {
			h.log.DebugContext(ctx, "nobody could be told that the catalogue was written", "products", len(productIDs), "error", err)
			return
		}
		productIDs = productIDs[n:]
	}
}

// Listen passes hints on until ctx is done. The client subscribes again by itself
// where the connection broke.
func (h *CatalogHints) Listen(ctx context.Context, heard func(productID string)) (err error) {
	subscription := h.client.Subscribe(ctx, changedChannel)
	defer func() { err = errors.Join(err, subscription.Close()) }()
	hints := subscription.Channel()
	for {
		select {
		case <-ctx.Done():
			return nil
		case hint, open := <-hints:
			if !open {
				return errors.New("the subscription in Redis has ended")
			}
			for _, id := range strings.Split(hint.Payload, " ") {
				heard(id)
			}
		}
	}
}
