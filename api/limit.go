package api

import (
	"container/list"
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/secret"
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
	// LimitShop counts everything that shoppers ask for, in each process alone:
	// a look at a product must not wait for a shared counter.
	LimitShop = "shop"
)

// DefaultRates are for one address of a public shop.
func DefaultRates() map[string]Rate {
	return map[string]Rate{
		LimitCarts:     {PerMinute: 60, Burst: 30},
		LimitCheckouts: {PerMinute: 20, Burst: 10},
		LimitReturns:   {PerMinute: 60, Burst: 30},
		LimitKeys:      {PerMinute: 6, Burst: 12},
		LimitShop:      {PerMinute: 1200, Burst: 60},
	}
}

// withinRates counts the request against its address: in general, and by the
// route's own rate.
func (a *API) withinRates(c *gin.Context, r Route) error {
	if r.forShoppers() {
		if err := a.withinRate(c, LimitShop, a.fallback); err != nil {
			return err
		}
	}
	return a.withinRate(c, r.Limit, a.Limiter)
}

// withinRate counts the request by one rate. When the shared counter does not
// answer, this process counts alone: shoppers go on.
func (a *API) withinRate(c *gin.Context, name string, counter Limiter) error {
	most, limited := a.Rates[name]
	if !limited || most.PerMinute < 1 {
		return nil
	}
	key := name + ":" + requestOf(c.Request.Context()).address
	wait, err := counter.Take(c.Request.Context(), key, most.PerMinute, most.Burst)
	if err != nil {
		a.Log.WarnContext(c.Request.Context(), "the rate limiter does not answer; counting in this process", "error", err)
		if wait, err = a.fallback.Take(c.Request.Context(), key, most.PerMinute, most.Burst); err != nil {
			return err
		}
	}
	if wait > 0 {
		return rateLimited(wait)
	}
	return nil
}

// kindAddress keeps what stands for an address apart from every secret.
const kindAddress = secret.Kind("address")

// addressKey stands for an address without being one: addresses are personal,
// and so few that without a server key they could be guessed from their hash.
func (a *API) addressKey(address string) string {
	return a.Secrets.Derive(kindAddress, household(address), 0)
}

// household returns whom an address is counted as. Whoever has one IPv6
// address has the 2^64 of its network.
func household(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	return netip.PrefixFrom(addr, 64).Masked().String()
}

var _ Limiter = (*memoryLimiter)(nil)

// memoryLimiter is a token bucket for each key, within one process. Of more
// keys than it has room for, those that were not asked about for longest go.
type memoryLimiter struct {
	clock   clock.Clock
	room    int
	mu      sync.Mutex
	buckets map[string]*list.Element
	// recent holds the buckets, the last used one first.
	recent *list.List
}

type bucket struct {
	key   string
	limit *rate.Limiter
}

// maxBuckets bounds the memory that strangers can make us use.
const maxBuckets = 100_000

func newMemoryLimiter(c clock.Clock, room int) *memoryLimiter {
	return &memoryLimiter{clock: c, room: room, buckets: map[string]*list.Element{}, recent: list.New()}
}

// Take takes one request of the key's rate.
func (l *memoryLimiter) Take(_ context.Context, key string, perMinute, burst int) (time.Duration, error) {
	now := l.clock()
	taken := l.bucket(key, perMinute, burst).ReserveN(now, 1)
	wait := taken.DelayFrom(now)
	if wait > 0 {
		taken.CancelAt(now)
	}
	return wait, nil
}

func (l *memoryLimiter) bucket(key string, perMinute, burst int) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, known := l.buckets[key]; known {
		l.recent.MoveToFront(at)
		return at.Value.(*bucket).limit
	}
	if len(l.buckets) >= l.room {
		oldest := l.recent.Back()
		l.recent.Remove(oldest)
		delete(l.buckets, oldest.Value.(*bucket).key)
	}
	b := &bucket{key: key, limit: rate.NewLimiter(rate.Limit(perMinute)/60, max(burst, 1))}
	l.buckets[key] = l.recent.PushFront(b)
	return b.limit
}
