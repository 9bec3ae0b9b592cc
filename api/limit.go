package api

import (
	"cmp"
	"container/list"
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	bucketrate "golang.org/x/time/rate"

	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/rate"
	"github.com/bedesten/bedesten/internal/secret"
)

// Rate lets a burst of requests through and then so many a minute, or an hour.
type Rate struct {
	PerMinute int
	PerHour   int
	Burst     int
}

func (r Rate) perHour() int { return r.PerHour + 60*r.PerMinute }

// Limiter counts requests by key.
type Limiter interface {
	// Take takes one request of the key's rate, which lets so many through an hour.
	Take(ctx context.Context, key string, perHour, burst int) (rate.Count, error)
}

// Names of rates.
const (
	LimitCarts     = "carts"
	LimitCheckouts = "checkouts"
	LimitReturns   = "returns"
	// LimitShop counts everything that shoppers ask for, in each process alone:
	// a look at a product must not wait for a shared counter.
	LimitShop = "shop"
	// LimitAccounts counts what one account asks for, LimitMachines what one key does.
	LimitAccounts = "accounts"
	LimitMachines = "machines"
)

// DefaultRates are for one address of a public shop.
func DefaultRates() map[string]Rate {
	return map[string]Rate{
		LimitCarts:     {PerMinute: 60, Burst: 30},
		LimitCheckouts: {PerMinute: 20, Burst: 10},
		LimitReturns:   {PerMinute: 60, Burst: 30},
		LimitKeys:      {PerMinute: 6, Burst: 12},
		LimitShop:      {PerMinute: 1200, Burst: 60},
		LimitAccounts:  {PerMinute: 600, Burst: 120},
		LimitMachines:  {PerMinute: 6000, Burst: 600},

		LimitLogins:       {PerMinute: 6, Burst: 20},
		LimitLoginPairs:   {PerHour: 20, Burst: 5},
		LimitLoginTargets: {PerHour: 60, Burst: 100},
		LimitLoginDevices: {PerMinute: 2, Burst: 10},
		LimitLetters:      {PerHour: 5, Burst: 5},
		LimitTryNotices:   {PerHour: 1, Burst: 1},
	}
}

// withinRates counts the request against its address: in general, and by the
// route's own rate.
func (a *API) withinRates(c *gin.Context, r Route) error {
	ctx := c.Request.Context()
	address := requestOf(ctx).address
	if !r.forShoppers() {
		return a.withinRate(c, r.Limit, address, a.Limiter)
	}
	if p, err := a.storefront(ctx); err != nil || p.key != "" {
		// Behind a storefront's server are many shoppers.
		return errors.Join(err, a.withinRate(c, LimitMachines, p.counted(), a.Limiter))
	}
	if err := a.withinRate(c, LimitShop, address, a.fallback); err != nil {
		return err
	}
	return a.withinRate(c, r.Limit, address, a.Limiter)
}

// headerMachine is where a storefront's server has its key while the shopper's own token
// is the bearer.
const headerMachine = "X-Api-Key"

// storefront returns the machine that asks for shoppers; nobody when none does. Its
// key only says by what its requests are counted: what is opened is the shopper's.
func (a *API) storefront(ctx context.Context) (caller, error) {
	r := requestOf(ctx).http
	prefix, secret, isKey := identity.CutKey(cmp.Or(r.Header.Get(headerMachine), bearer(r)))
	if !isKey {
		return caller{}, nil
	}
	p, err := a.recognizeKey(ctx, prefix, secret)
	if fault.Is(err, fault.Unauthenticated) || err == nil && !p.may(identity.ActForShoppers) {
		return caller{}, nil
	}
	return p, err
}

// withinOwn counts the request of somebody who is known against what is theirs.
func (a *API) withinOwn(c *gin.Context) error {
	p := requestOf(c.Request.Context()).caller
	switch {
	case p == nil:
		return nil
	case p.key != "":
		return a.withinRate(c, LimitMachines, p.counted(), a.Limiter)
	}
	return a.withinRate(c, LimitAccounts, p.counted(), a.Limiter)
}

// withinRate counts the request of somebody by one rate, and says in the answer
// how they stand.
func (a *API) withinRate(c *gin.Context, name, whose string, counter Limiter) error {
	ctx := c.Request.Context()
	count, limited, err := a.count(ctx, name, whose, counter)
	if err != nil || !limited {
		return err
	}
	most := a.Rates[name]
	c.Header("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", name, most.Burst, max(1, 3600*most.Burst/most.perHour())))
	c.Header("RateLimit", fmt.Sprintf("%q;r=%d;t=%d", name, max(0, count.Left), int(math.Ceil(count.Reset.Seconds()))))
	if count.Wait > 0 {
		return rateLimited(count.Wait)
	}
	return nil
}

// count takes one request of a rate. When the shared counter does not answer, this
// process counts alone: shoppers go on.
func (a *API) count(ctx context.Context, name, whose string, counter Limiter) (count rate.Count, limited bool, err error) {
	most, limited := a.Rates[name]
	if !limited || most.perHour() < 1 {
		return rate.Count{}, false, nil
	}
	key := name + ":" + whose
	count, err = counter.Take(ctx, key, most.perHour(), most.Burst)
	if err != nil {
		a.Log.WarnContext(ctx, "the rate limiter does not answer; counting in this process", "error", err)
		count, err = a.fallback.Take(ctx, key, most.perHour(), most.Burst)
	}
	return count, true, err
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
	limit *bucketrate.Limiter
}

// maxBuckets bounds the memory that strangers can make us use.
const maxBuckets = 100_000

func newMemoryLimiter(c clock.Clock, room int) *memoryLimiter {
	return &memoryLimiter{clock: c, room: room, buckets: map[string]*list.Element{}, recent: list.New()}
}

// Take takes one request of the key's rate.
func (l *memoryLimiter) Take(_ context.Context, key string, perHour, burst int) (rate.Count, error) {
	now, bucket := l.clock(), l.bucket(key, perHour, burst)
	taken := bucket.ReserveN(now, 1)
	wait := taken.DelayFrom(now)
	if wait > 0 {
		taken.CancelAt(now)
	}
	left := bucket.TokensAt(now)
	reset := time.Duration((float64(bucket.Burst()) - left) / float64(bucket.Limit()) * float64(time.Second))
	return rate.Count{Wait: wait, Left: int(left), Reset: reset}, nil
}

func (l *memoryLimiter) bucket(key string, perHour, burst int) *bucketrate.Limiter {
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
	b := &bucket{key: key, limit: bucketrate.NewLimiter(bucketrate.Limit(perHour)/3600, max(burst, 1))}
	l.buckets[key] = l.recent.PushFront(b)
	return b.limit
}
