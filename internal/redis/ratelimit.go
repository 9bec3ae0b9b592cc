// Package redis keeps in Redis what may be lost at any time: counters of
// requests.
package redis

import (
	"context"
	"fmt"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"

	"github.com/bedesten/bedesten/internal/rate"
)

// callTimeout bounds a count: a limiter that is slow must not slow the shop.
const callTimeout = 250 * time.Millisecond

// Limiter counts requests for all processes together.
type Limiter struct{ counter *redis_rate.Limiter }

// NewLimiter returns a limiter on client.
func NewLimiter(client *redis.Client) *Limiter {
	return &Limiter{counter: redis_rate.NewLimiter(client)}
}

// Take takes one request of the key's rate. An error means that Redis did not
// answer in time.
func (l *Limiter) Take(ctx context.Context, key string, perHour, burst int) (rate.Count, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	res, err := l.counter.Allow(ctx, key, redis_rate.Limit{Rate: perHour, Burst: max(burst, 1), Period: time.Hour})
	if err != nil {
		return rate.Count{}, fmt.Errorf("counting a request in Redis: %w", err)
	}
	count := rate.Count{Left: res.Remaining, Reset: res.ResetAfter}
	if res.Allowed == 0 {
		count.Wait = max(res.RetryAfter, time.Millisecond)
	}
	return count, nil
}
