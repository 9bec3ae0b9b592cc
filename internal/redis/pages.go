package redis

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/bedesten/bedesten/internal/catalog"
)

var _ catalog.Pages = (*Catalog)(nil)

// stampKey is what pages depend on beside their product.
const stampKey = "stamp"

func pages(copy string) string { return copy + ":pages" }

// head is what stands before a page's body, in a line of its own.
type head struct {
	ETag      string        `json:"e"`
	ProductID string        `json:"p,omitempty"`
	Revision  int64         `json:"r,omitempty"`
	Slugs     *catalog.Text `json:"s,omitempty"`
	Until     int64         `json:"u"`
	Made      int64         `json:"m"`
	Stamp     catalog.Stamp `json:"t,omitempty"`
}

func packPage(p catalog.Page, stamp catalog.Stamp) (string, error) {
	h := head{ETag: p.ETag, ProductID: p.ProductID, Revision: p.Revision, Until: p.Until.UnixMilli(), Made: p.Made.UnixMilli(), Stamp: stamp}
	if p.ProductID != "" {
		h.Slugs = &p.Slugs
	}
	line, err := json.Marshal(h)
	if err != nil {
		return "", err //nolint:wrapcheck // the caller says what was done
	}
	return string(line) + "\n" + string(p.Body), nil
}

func unpackPage(kept string) (catalog.Page, catalog.Stamp, bool) {
	line, body, whole := strings.Cut(kept, "\n")
	var h head
	if !whole || json.Unmarshal([]byte(line), &h) != nil {
		return catalog.Page{}, "", false
	}
	p := catalog.Page{Body: []byte(body), ETag: h.ETag, ProductID: h.ProductID, Revision: h.Revision, Until: time.UnixMilli(h.Until), Made: time.UnixMilli(h.Made)}
	if h.Slugs != nil {
		p.Slugs = *h.Slugs
	}
	return p, h.Stamp, time.Now().Before(p.Until)
}

// keepPageScript keeps a page while the copy of its product has the page's revision
// and the stamp is the one that was read before the page was made.
var keepPageScript = redis.NewScript(`
local kept = redis.call('GET', KEYS[1])
if not kept or string.match(kept, '^%d+') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1`)

// ProductPage returns a product's page, and the stamp for one that is made now.
func (c *Catalog) ProductPage(ctx context.Context, productID, form string) (page catalog.Page, fresh bool, present catalog.Stamp) {
	usable := false
	defer func() { c.copies.count("page", usable, fresh) }()
	epoch, ok := c.copies.epochs.now()
	if !ok {
		return page, false, ""
	}
	var stamp, kept *redis.StringCmd
	_, err := c.copies.call(ctx, func(ctx context.Context) (any, error) {
		pipe := c.copies.client.Pipeline()
		stamp = pipe.Get(ctx, name(epoch, stampKey))
		kept = pipe.HGet(ctx, pages(name(epoch, productKey(productID))), form)
		_, err := pipe.Exec(ctx)
		return nil, err //nolint:wrapcheck // call does
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return page, false, ""
	}
	usable = true
	if present = catalog.Stamp(stamp.Val()); present == "" {
		return page, false, c.firstStamp(ctx, epoch)
	}
	page, made, whole := unpackPage(kept.Val())
	return page, whole && made == present, present
}

// firstStamp makes a stamp where there is none: the one before was lost, and pages
// with it are not shown any more.
func (c *Catalog) firstStamp(ctx context.Context, epoch int64) catalog.Stamp {
	fresh := rand.Text()
	got, err := c.copies.call(ctx, func(ctx context.Context) (any, error) {
		return c.copies.client.SetNX(ctx, name(epoch, stampKey), fresh, 0).Result() //nolint:wrapcheck // call does
	})
	if made, _ := got.(bool); err != nil || !made {
		return "" // somebody else made one: the next request reads it
	}
	return catalog.Stamp(fresh)
}

// KeepProductPage keeps a page.
func (c *Catalog) KeepProductPage(ctx context.Context, form string, stamp catalog.Stamp, page catalog.Page) {
	epoch, ok := c.copies.epochs.now()
	if !ok || stamp == "" {
		return
	}
	packed, err := packPage(page, stamp)
	if err != nil {
		c.copies.log.ErrorContext(ctx, "a page cannot be kept", "error", err)
		return
	}
	n := name(epoch, productKey(page.ProductID))
	_, err = c.copies.call(ctx, func(ctx context.Context) (any, error) {
		return keepPageScript.Run(ctx, c.copies.client, []string{n, pages(n)}, page.Revision, form, packed, time.Until(page.Until).Milliseconds()+1).Result() //nolint:wrapcheck // call does
	})
	if err != nil {
		c.copies.log.DebugContext(ctx, "a page could not be kept", "error", err)
	}
}

func listKey(key string) string { return "list:" + key }

// ListPage returns a list's page.
func (c *Catalog) ListPage(ctx context.Context, key string) (page catalog.Page, fresh bool) {
	usable := false
	defer func() { c.copies.count("list", usable, fresh) }()
	epoch, ok := c.copies.epochs.now()
	if !ok {
		return page, false
	}
	got, err := c.copies.call(ctx, func(ctx context.Context) (any, error) {
		return c.copies.client.Get(ctx, name(epoch, listKey(key))).Result() //nolint:wrapcheck // call does
	})
	usable = err == nil || errors.Is(err, redis.Nil)
	if err != nil {
		return page, false
	}
	kept, _ := got.(string)
	page, _, fresh = unpackPage(kept)
	return page, fresh
}

// KeepListPage keeps a list's page until it is over.
func (c *Catalog) KeepListPage(ctx context.Context, key string, page catalog.Page) {
	epoch, ok := c.copies.epochs.now()
	if !ok {
		return
	}
	packed, err := packPage(page, "")
	if err != nil {
		c.copies.log.ErrorContext(ctx, "a page cannot be kept", "error", err)
		return
	}
	_, err = c.copies.call(ctx, func(ctx context.Context) (any, error) {
		return c.copies.client.Set(ctx, name(epoch, listKey(key)), packed, max(time.Until(page.Until), time.Millisecond)).Result() //nolint:wrapcheck // call does
	})
	if err != nil {
		c.copies.log.DebugContext(ctx, "a page could not be kept", "error", err)
	}
}

// Renews gives one caller the right to make a page anew in the last part of its life.
func (c *Catalog) Renews(ctx context.Context, key string, page catalog.Page) bool {
	life := page.Until.Sub(page.Made)
	if time.Since(page.Made) < time.Duration(float64(life)*early) {
		return false
	}
	epoch, ok := c.copies.epochs.now()
	if !ok {
		return false
	}
	got, err := c.copies.call(ctx, func(ctx context.Context) (any, error) {
		return c.copies.client.SetNX(ctx, name(epoch, key)+":renew", "1", max(life/2, time.Millisecond)).Result() //nolint:wrapcheck // call does
	})
	mine, _ := got.(bool)
	return err == nil && mine
}
