package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/sony/gobreaker/v2"
)

// How long copies live, and how calls are bounded.
const (
	copyTTL = 10 * time.Minute
	// hintTTL is for copies that are checked against what they lead to.
	hintTTL = time.Minute
	// copyTimeout bounds a call: a cache that is slower than the store is none.
	copyTimeout = 100 * time.Millisecond
	// fillTime is how long a loader has the right to fill a key alone.
	fillTime = 3 * time.Second
	// fillWait is how long others wait for what it loads.
	fillWait = 250 * time.Millisecond
	fillPoll = 5 * time.Millisecond
	// early is the part of its life after which a copy is loaded anew beside its
	// readers.
	early = 0.8
)

// copies keeps copies of documents in Redis. Each has the revision of its document;
// an older one never takes the place of a newer one, and a loader fills a key only
// while it holds the right to: a write takes it away.
type copies struct {
	client  *redis.Client
	epochs  *epochs
	breaker *gobreaker.CircuitBreaker[any]
	flights flights
	log     *slog.Logger
	ttl     time.Duration
	// timeout bounds a call, wait how long others wait for what one loads.
	timeout, wait time.Duration
	// seen is told of every reading: of what, and how it ended.
	seen func(what, outcome string)
}

func newCopies(client *redis.Client, e *epochs, log *slog.Logger) *copies {
	breaker := gobreaker.NewCircuitBreaker[any](gobreaker.Settings{
		Name: "catalogue cache", Interval: 10 * time.Second, Timeout: time.Second,
		// With one alone, whatever else is asked while it is under way has failed.
		MaxRequests: 5,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= 3 },
		IsSuccessful: func(err error) bool {
			return err == nil || errors.Is(err, redis.Nil) || errors.Is(err, context.Canceled)
		},
		OnStateChange: func(_ string, from, to gobreaker.State) {
			log.Warn("the catalogue's cache", "was", from.String(), "is", to.String())
		},
	})
	return &copies{
		client: client, epochs: e, breaker: breaker, log: log, ttl: copyTTL, timeout: copyTimeout, wait: fillWait, seen: func(string, string) {},
	}
}

// entry is a copy as it is kept: revision and moment before the document.
type entry struct {
	raw string
	at  time.Time
}

func pack(revision int64, at time.Time, raw []byte) string {
	return strconv.FormatInt(revision, 10) + " " + strconv.FormatInt(at.UnixMilli(), 10) + " " + string(raw)
}

func unpack(kept string) (entry, bool) {
	_, rest, ok := strings.Cut(kept, " ")
	at, raw, also := strings.Cut(rest, " ")
	ms, err := strconv.ParseInt(at, 10, 64)
	return entry{raw: raw, at: time.UnixMilli(ms)}, ok && also && err == nil
}

// name is a key in an epoch. The braces keep a copy and the right to fill it in one
// slot of a cluster.
func name(epoch int64, key string) string { return fmt.Sprintf("cat:{%d:%s}", epoch, key) }

func lock(name string) string { return name + ":fill" }

// fillScript writes a copy if the loader still holds the right to fill the key and
// no newer copy is there.
var fillScript = redis.NewScript(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
local kept = redis.call('GET', KEYS[1])
if kept and tonumber(string.match(kept, '^%d+')) > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return 1`)

// releaseScript gives up the right to fill a key.
var releaseScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`)

// putScript writes the copy of a write over an older one, and takes the right to fill
// the key from whoever has it, and the pages that show the document away. Where there
// is no copy it puts none: a later write may have had one that was evicted.
var putScript = redis.NewScript(`
redis.call('DEL', KEYS[2], KEYS[3])
local kept = redis.call('GET', KEYS[1])
if not kept or tonumber(string.match(kept, '^%d+')) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`)

// call makes a call within the breaker and its deadline.
func (c *copies) call(ctx context.Context, do func(context.Context) (any, error)) (any, error) {
	v, err := c.breaker.Execute(func() (any, error) {
		ctx, cancel := context.WithTimeout(ctx, c.timeout)
		defer cancel()
		return do(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("asking the cache: %w", err)
	}
	return v, nil
}

// How a reading ends.
const (
	hit      = "hit"
	miss     = "miss"
	bypassed = "bypassed"
)

// count tells of one reading.
func (c *copies) count(key string, usable, found bool) {
	what, _, _ := strings.Cut(key, ":")
	switch {
	case !usable:
		c.seen(what, bypassed)
	case found:
		c.seen(what, hit)
	default:
		c.seen(what, miss)
	}
}

// read returns the copies of keys, nil for each that is not there. ok is false
// where the cache is not to be used.
func (c *copies) read(ctx context.Context, keys ...string) (found []*entry, epoch int64, ok bool) {
	found, epoch, ok = c.fetch(ctx, keys...)
	for i, key := range keys {
		c.count(key, ok, ok && found[i] != nil)
	}
	return found, epoch, ok
}

func (c *copies) fetch(ctx context.Context, keys ...string) (found []*entry, epoch int64, ok bool) {
	epoch, ok = c.epochs.now()
	if !ok {
		return nil, 0, false
	}
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = name(epoch, key)
	}
	got, err := c.call(ctx, func(ctx context.Context) (any, error) { return c.pick(ctx, names) })
	if err != nil {
		return nil, 0, false
	}
	values, _ := got.([]string)
	found = make([]*entry, len(keys))
	for i, kept := range values {
		if e, whole := unpack(kept); whole {
			found[i] = &e
		}
	}
	return found, epoch, true
}

// pick reads keys in one round trip, whatever slots they are in.
func (c *copies) pick(ctx context.Context, names []string) ([]string, error) {
	values := make([]string, len(names))
	if len(names) == 1 {
		kept, err := c.client.Get(ctx, names[0]).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return nil, err //nolint:wrapcheck // the caller says what was done
		}
		values[0] = kept
		return values, nil
	}
	pipe := c.client.Pipeline()
	for _, n := range names {
		pipe.Get(ctx, n)
	}
	answers, err := pipe.Exec(ctx)
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, err //nolint:wrapcheck // the caller says what was done
	}
	for i, answer := range answers {
		if got, isString := answer.(*redis.StringCmd); isString {
			values[i] = got.Val()
		}
	}
	return values, nil
}

// claim returns a token with which the key may be filled; empty where another
// loader has the right to.
func (c *copies) claim(ctx context.Context, epoch int64, key string) string {
	token, err := c.take(ctx, epoch, key)
	if err != nil {
		return ""
	}
	return token
}

// take is claim that tells a cache which does not answer from another loader.
func (c *copies) take(ctx context.Context, epoch int64, key string) (string, error) {
	token := rand.Text()
	got, err := c.call(ctx, func(ctx context.Context) (any, error) {
		return c.client.SetNX(ctx, lock(name(epoch, key)), token, fillTime).Result() //nolint:wrapcheck // call does
	})
	if mine, _ := got.(bool); err != nil || !mine {
		return "", err
	}
	return token, nil
}

// fill writes what a loader loaded, while its token holds.
func (c *copies) fill(ctx context.Context, epoch int64, key, token string, revision int64, raw []byte, ttl time.Duration) {
	if token == "" {
		return
	}
	n := name(epoch, key)
	_, err := c.call(context.WithoutCancel(ctx), func(ctx context.Context) (any, error) {
		return fillScript.Run(ctx, c.client, []string{n, lock(n)}, token, revision, pack(revision, time.Now(), raw), ttl.Milliseconds()).Result() //nolint:wrapcheck // call does
	})
	if err != nil {
		c.log.DebugContext(ctx, "a copy could not be kept", "key", key, "error", err)
	}
}

// release gives up the right to fill a key, for there was nothing to fill it with.
func (c *copies) release(ctx context.Context, epoch int64, key, token string) {
	if token == "" {
		return
	}
	_, err := c.call(context.WithoutCancel(ctx), func(ctx context.Context) (any, error) {
		return releaseScript.Run(ctx, c.client, []string{lock(name(epoch, key))}, token).Result() //nolint:wrapcheck // call does
	})
	if err != nil {
		c.log.DebugContext(ctx, "the right to fill a key runs out by itself", "key", key, "error", err)
	}
}

// wrote puts the copy of a write that the store has taken, before the write is
// acknowledged. Where the cache cannot be reached another epoch begins, so that
// nobody reads the copy that is there.
func (c *copies) wrote(ctx context.Context, key string, revision int64, raw []byte) error {
	return c.publish(ctx, key, func(ctx context.Context, n string) error {
		return putScript.Run(ctx, c.client, []string{n, lock(n), pages(n)}, revision, pack(revision, time.Now(), raw), c.ttl.Milliseconds()).Err() //nolint:wrapcheck // call does
	})
}

// drop removes a copy after a write that the store has taken, and the right to fill
// it from whoever has it.
func (c *copies) drop(ctx context.Context, key string) error {
	return c.publish(ctx, key, func(ctx context.Context, n string) error {
		return c.client.Del(ctx, n, lock(n), pages(n)).Err() //nolint:wrapcheck // call does
	})
}

// dropShared removes the copy of what many pages depend on, then makes another stamp:
// a page that was made before is not shown any more.
func (c *copies) dropShared(ctx context.Context, key string) error {
	if err := c.drop(ctx, key); err != nil {
		return err
	}
	return c.publish(ctx, stampKey, func(ctx context.Context, n string) error {
		return c.client.Set(ctx, n, rand.Text(), 0).Err() //nolint:wrapcheck // call does
	})
}

// publish changes a key in the epoch that is current after the store's write: who
// begins the next one loads what was written.
func (c *copies) publish(ctx context.Context, key string, change func(context.Context, string) error) error {
	ctx = context.WithoutCancel(ctx)
	epoch, err := c.epochs.settled(ctx)
	if err != nil {
		return err
	}
	_, err = c.call(ctx, func(ctx context.Context) (any, error) { return nil, change(ctx, name(epoch, key)) })
	if err == nil {
		return nil
	}
	c.log.WarnContext(ctx, "a write went past the cache: another epoch begins", "error", err)
	return c.epochs.next(ctx, epoch)
}

// awaited returns what another loader fills a key with, if it does so soon.
func (c *copies) awaited(ctx context.Context, key string) *entry {
	deadline := time.Now().Add(c.wait)
	for time.Now().Before(deadline) {
		if err := pause(ctx, fillPoll); err != nil {
			return nil
		}
		found, _, ok := c.fetch(ctx, key)
		if !ok {
			return nil
		}
		if found[0] != nil {
			return found[0]
		}
	}
	return nil
}
