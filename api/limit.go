package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/clock"
)

// Rate lets a burst of requests through and then so many a minute.
type Rate struct {
	PerMinute int
	Burst     int
}

// Limiter counts requests by key.
type Limiter interface {
	// Take takes one request of the key's rate. It returns 0, or how long to
	// wait for the next one.
	Take(ctx context.Context, key string, perMinute, burst int) (wait time.Duration, err error)
}

// Names of rates.
const (
	LimitCarts     = "carts"
	LimitCheckouts = "checkouts"
	LimitReturns   = "returns"
)

// DefaultRates are for one address of a public shop.
func DefaultRates() map[string]Rate {
	return map[string]Rate{
		LimitCarts:     {PerMinute: 60, Burst: 30},
		LimitCheckouts: {PerMinute: 20, Burst: 10},
		LimitReturns:   {PerMinute: 60, Burst: 30},
	}
}

// withinRate counts the request against its address. When the shared counter
// does not answer, this process counts alone: shoppers go on.
func (a *API) withinRate(c *gin.Context, name string) error {
	rate, limited := a.Rates[name]
	if !limited || rate.PerMinute < 1 {
		return nil
	}
	key := name + ":" + addressKey(c.ClientIP())
	wait, err := a.Limiter.Take(c.Request.Context(), key, rate.PerMinute, rate.Burst)
	if err != nil {
		a.Log.WarnContext(c.Request.Context(), "the rate limiter does not answer; counting in this process", "error", err)
		if wait, err = a.fallback.Take(c.Request.Context(), key, rate.PerMinute, rate.Burst); err != nil {
			return err
		}
	}
	if wait > 0 {
		return rateLimited(wait)
	}
	return nil
}

// addressKey stands for an address without being one: addresses are personal.
func addressKey(address string) string {
	sum := sha256.Sum256([]byte(address))
	return hex.EncodeToString(sum[:8])
}

var _ Limiter = (*memoryLimiter)(nil)

// memoryLimiter is a token bucket for each key, within one process.
type memoryLimiter struct {
	clock   clock.Clock
	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// maxBuckets bounds the memory that strangers can make us use.
const maxBuckets = 100_000

func newMemoryLimiter(c clock.Clock) *memoryLimiter {
	return &memoryLimiter{clock: c, buckets: map[string]bucket{}}
}

// Take takes one request of the key's rate.
func (l *memoryLimiter) Take(_ context.Context, key string, perMinute, burst int) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, perSecond, most := l.clock(), float64(perMinute)/60, float64(max(burst, 1))
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
	b, known := l.buckets[key]
	if !known {
		b = bucket{tokens: most, at: now}
	}
	b.tokens = min(most, b.tokens+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	defer func() { l.buckets[key] = b }()
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) / perSecond * float64(time.Second)), nil
	}
	b.tokens--
	return 0, nil
}
