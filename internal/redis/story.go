package redis

import (
	"context"
	"errors"
	"log/slog"

	"github.com/redis/go-redis/v9"

	"github.com/bedesten/bedesten/internal/order"
)

// savedChannel is where ids of orders go whose story was written.
const savedChannel = "bedesten:orders:saved"

var (
	_ order.Notifier = (*Stories)(nil)
	_ order.Hints    = (*Stories)(nil)
)

// Stories carries the hint that an order's story was written from the process that
// wrote it to those that show it.
type Stories struct {
	client *redis.Client
	log    *slog.Logger
}

// NewStories returns the way over client.
func NewStories(client *redis.Client, log *slog.Logger) *Stories { return &Stories{client, log} }

// Saved publishes the hint. Redis gets a moment for it: nothing waits for a hint,
// and what it would have brought is seen by the next look.
func (s *Stories) Saved(ctx context.Context, orderID string) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := s.client.Publish(ctx, savedChannel, orderID).Err(); err != nil {
		s.log.DebugContext(ctx, "nobody could be told that an order was saved", "order", orderID, "error", err)
	}
}

// Listen passes hints on until ctx is done. The client subscribes again by itself
// where the connection broke.
func (s *Stories) Listen(ctx context.Context, heard func(orderID string)) (err error) {
	subscription := s.client.Subscribe(ctx, savedChannel)
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
			heard(hint.Payload)
		}
	}
}
