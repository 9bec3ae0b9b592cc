package redis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
)

var _ catalog.Store = (*Catalog)(nil)

// Catalog is a catalogue whose reads come from copies in Redis. What it returns is
// never older than the last write that any process acknowledged: see
// docs/adr/0044-copies-of-the-catalogue.md.
type Catalog struct {
	catalog.Store
	copies *copies
	turns  turns
	// decoded are documents that every request reads, as they were read last: a
	// copy with the same bytes is not read again.
	decoded sync.Map
	// products are those that lists and quotes read.
	products decodedProducts
}

// NewCatalog returns the store behind copies in client. Until Follow runs nothing
// is read from them.
func NewCatalog(store catalog.Store, source catalog.Epochs, client *redis.Client, log *slog.Logger) *Catalog {
	return &Catalog{Store: store, copies: newCopies(client, &epochs{source: source, log: log, lease: epochLease}, log), products: newDecodedProducts()}
}

// Observe has seen told of every reading: of what, and whether it was a hit, a miss or
// bypassed. It is called once, before the first reading.
func (c *Catalog) Observe(seen func(what, outcome string)) { c.copies.seen = seen }

// Follow keeps up with the epoch until ctx is done. While it runs, copies are read.
func (c *Catalog) Follow(ctx context.Context) { c.copies.epochs.follow(ctx) }

// Keys of what there is one of.
const (
	bookKey        = "book"
	shelvesKey     = "shelves"
	collectionsKey = "collections"
)

func productKey(productID string) string { return "product:" + productID }
func slugKey(slug string) string         { return "slug:" + slug }
func skuKey(sku string) string           { return "sku:" + sku }

// Find returns the product by its id or a slug.
func (c *Catalog) Find(ctx context.Context, idOrSlug string) (catalog.Product, error) {
	if id.Valid(id.Product, idOrSlug) {
		return c.product(ctx, idOrSlug)
	}
	leads, _, ok := c.copies.read(ctx, slugKey(idOrSlug))
	if ok && leads[0] != nil {
		p, err := c.product(ctx, leads[0].raw)
		if err == nil && (p.Slugs.TR == idOrSlug || p.Slugs.EN == idOrSlug) {
			return p, nil
		}
	}
	p, err := c.Store.Find(ctx, idOrSlug)
	if err == nil && ok && (p.Slugs.TR == idOrSlug || p.Slugs.EN == idOrSlug) {
		c.lead(ctx, slugKey(idOrSlug), p.ID)
	}
	return p, err
}

// lead keeps what a slug or SKU leads to. It may be old: who follows it looks
// whether the product has the key.
func (c *Catalog) lead(ctx context.Context, key, productID string) {
	epoch, ok := c.copies.epochs.now()
	if !ok {
		return
	}
	if token := c.copies.claim(ctx, epoch, key); token != "" {
		c.copies.fill(ctx, epoch, key, token, 0, []byte(productID), hintTTL)
	}
}

func (c *Catalog) product(ctx context.Context, productID string) (catalog.Product, error) {
	return load(ctx, c.copies, productKey(productID), func(ctx context.Context) (catalog.Product, int64, error) {
		p, err := c.Store.Find(ctx, productID)
		return p, p.Revision, err
	})
}

// load returns a document from its copy, or from the store, and keeps the copy. Of
// many who want it at once one loads it; a copy near its end is loaded anew beside
// its readers.
func load[T any](ctx context.Context, c *copies, key string, source func(context.Context) (T, int64, error)) (T, error) {
	found, epoch, ok := c.read(ctx, key)
	if !ok {
		v, _, err := source(ctx)
		return v, err
	}
	if found[0] != nil {
		if v, err := decode[T](found[0].raw); err == nil {
			if time.Since(found[0].at) > time.Duration(float64(c.ttl)*early) {
				go reload(context.WithoutCancel(ctx), c, key, epoch, source)
			}
			return v, nil
		}
	}
	v, led, err := c.flights.do(ctx, name(epoch, key), func(again bool) (any, error) {
		ctx := context.WithoutCancel(ctx)
		if again {
			return loadAgain(ctx, c, key, source)
		}
		return fetchOnce(ctx, c, key, epoch, source)
	})
	if err != nil {
		var none T
		return none, err //nolint:wrapcheck // the source's own
	}
	got, _ := v.(loaded[T])
	if led {
		return got.value, nil
	}
	// Whoever loaded it may change it: everybody else gets one of their own.
	return decode[T](got.raw)
}

// loaded is a document, and its copy.
type loaded[T any] struct {
	value T
	raw   string
}

// loadAgain loads for those who came while another was loading: what that one has
// kept is good, for a write would have taken it away or the right to keep it.
func loadAgain[T any](ctx context.Context, c *copies, key string, source func(context.Context) (T, int64, error)) (loaded[T], error) {
	found, epoch, ok := c.fetch(ctx, key)
	if !ok {
		return plain(ctx, key, source)
	}
	if found[0] != nil {
		if v, err := decode[T](found[0].raw); err == nil {
			return loaded[T]{v, found[0].raw}, nil
		}
	}
	return fetchOnce(ctx, c, key, epoch, source)
}

// fetchOnce loads a document, or waits for the process that does.
func fetchOnce[T any](ctx context.Context, c *copies, key string, epoch int64, source func(context.Context) (T, int64, error)) (loaded[T], error) {
	token := c.claim(ctx, epoch, key)
	if token == "" {
		if kept := c.awaited(ctx, key); kept != nil {
			if v, err := decode[T](kept.raw); err == nil {
				return loaded[T]{v, kept.raw}, nil
			}
		}
	}
	v, revision, err := source(ctx)
	if err != nil {
		c.release(ctx, epoch, key, token)
		return loaded[T]{}, err
	}
	raw, err := encode(key, v)
	if err != nil {
		c.release(ctx, epoch, key, token)
		return loaded[T]{}, err
	}
	c.fill(ctx, epoch, key, token, revision, raw, c.ttl)
	return loaded[T]{v, string(raw)}, nil
}

// plain loads a document that is not kept.
func plain[T any](ctx context.Context, key string, source func(context.Context) (T, int64, error)) (loaded[T], error) {
	v, _, err := source(ctx)
	if err != nil {
		return loaded[T]{}, err
	}
	raw, err := encode(key, v)
	return loaded[T]{v, string(raw)}, err
}

func encode(key string, v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("writing the copy of %s: %w", key, err)
	}
	return raw, nil
}

func keep[T any](ctx context.Context, c *copies, key string, epoch int64, token string, revision int64, v T) {
	raw, err := json.Marshal(v)
	if err != nil {
		c.log.ErrorContext(ctx, "a copy cannot be written", "key", key, "error", err)
		return
	}
	c.fill(ctx, epoch, key, token, revision, raw, c.ttl)
}

// reload takes the right to fill a key whose copy is near its end.
func reload[T any](ctx context.Context, c *copies, key string, epoch int64, source func(context.Context) (T, int64, error)) {
	token := c.claim(ctx, epoch, key)
	if token == "" {
		return
	}
	v, revision, err := source(ctx)
	if err != nil {
		c.log.DebugContext(ctx, "a copy was not loaded anew", "key", key, "error", err)
		c.release(ctx, epoch, key, token)
		return
	}
	keep(ctx, c, key, epoch, token, revision, v)
}

func decode[T any](raw string) (T, error) {
	var v T
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		return v, fmt.Errorf("reading a copy: %w", err)
	}
	return v, nil
}

// Many returns products in the order of their ids: those that have no copy are read
// from the store together. Products are shared with other callers: who wants to change
// one asks for it by Find.
func (c *Catalog) Many(ctx context.Context, ids []string) ([]catalog.Product, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	keys := make([]string, len(ids))
	for i, productID := range ids {
		keys[i] = productKey(productID)
	}
	found, epoch, ok := c.copies.read(ctx, keys...)
	if !ok {
		return c.Store.Many(ctx, ids)
	}
	known := make(map[string]catalog.Product, len(ids))
	var missing []string
	for i, e := range found {
		if e != nil {
			if p, err := c.products.of(ids[i], e.raw); err == nil {
				known[ids[i]] = p
				continue
			}
		}
		missing = append(missing, ids[i])
	}
	if err := c.fetch(ctx, epoch, missing, known); err != nil {
		return nil, err
	}
	products := make([]catalog.Product, 0, len(ids))
	for _, productID := range ids {
		if p, there := known[productID]; there {
			products = append(products, p)
		}
	}
	return products, nil
}

// fetch reads products that have no copy, and keeps those that nobody else loads.
func (c *Catalog) fetch(ctx context.Context, epoch int64, missing []string, known map[string]catalog.Product) error {
	if len(missing) == 0 {
		return nil
	}
	tokens := make(map[string]string, len(missing))
	for _, productID := range missing {
		tokens[productID] = c.copies.claim(ctx, epoch, productKey(productID))
	}
	loaded, err := c.Store.Many(ctx, missing)
	if err != nil {
		return err //nolint:wrapcheck // the store's own
	}
	for _, p := range loaded {
		known[p.ID] = p
		keep(ctx, c.copies, productKey(p.ID), epoch, tokens[p.ID], p.Revision, p)
	}
	return nil
}

// OfSKUs returns the products that have the SKUs.
func (c *Catalog) OfSKUs(ctx context.Context, skus []string) ([]catalog.Product, error) {
	keys := make([]string, len(skus))
	for i, sku := range skus {
		keys[i] = skuKey(sku)
	}
	leads, _, ok := c.copies.read(ctx, keys...)
	if !ok || len(skus) == 0 {
		return c.Store.OfSKUs(ctx, skus)
	}
	var ids []string
	for _, lead := range leads {
		if lead != nil && !slices.Contains(ids, lead.raw) {
			ids = append(ids, lead.raw)
		}
	}
	products, err := c.Many(ctx, ids)
	if err != nil {
		return nil, err
	}
	return c.withLost(ctx, skus, products)
}

// withLost adds, from the store, the products of SKUs that none of the given has.
func (c *Catalog) withLost(ctx context.Context, skus []string, products []catalog.Product) ([]catalog.Product, error) {
	has := map[string]bool{}
	for _, p := range products {
		for _, sku := range p.SKUs() {
			has[sku] = true
		}
	}
	lost := slices.DeleteFunc(slices.Clone(skus), func(sku string) bool { return has[sku] })
	if len(lost) == 0 {
		return products, nil
	}
	loaded, err := c.Store.OfSKUs(ctx, lost)
	if err != nil {
		return nil, err //nolint:wrapcheck // the store's own
	}
	for _, p := range loaded {
		if !slices.ContainsFunc(products, func(other catalog.Product) bool { return other.ID == p.ID }) {
			products = append(products, p)
		}
		for _, sku := range p.SKUs() {
			if slices.Contains(lost, sku) {
				c.lead(ctx, skuKey(sku), p.ID)
			}
		}
	}
	return products, nil
}

// memo is a document as it was read last.
type memo struct {
	raw   string
	value any
}

// whole returns a document that every request reads.
func whole[T any](ctx context.Context, c *Catalog, key string, source func(context.Context) (T, error)) (T, error) {
	found, _, ok := c.copies.read(ctx, key)
	if ok && found[0] != nil {
		if last, _ := c.decoded.Load(key); last != nil {
			if m, _ := last.(memo); m.raw == found[0].raw {
				v, _ := m.value.(T)
				return v, nil
			}
		}
		if v, err := decode[T](found[0].raw); err == nil {
			c.decoded.Store(key, memo{found[0].raw, v})
			return v, nil
		}
	}
	return load(ctx, c.copies, key, func(ctx context.Context) (T, int64, error) {
		v, err := source(ctx)
		return v, 0, err
	})
}

// Book returns all price lists.
func (c *Catalog) Book(ctx context.Context) (catalog.Book, error) {
	return whole(ctx, c, bookKey, c.Store.Book)
}

// Shelves returns the tree with every category.
func (c *Catalog) Shelves(ctx context.Context) (catalog.Shelves, error) {
	return whole(ctx, c, shelvesKey, c.Store.Shelves)
}

// Collections returns every collection.
func (c *Catalog) Collections(ctx context.Context) ([]catalog.Collection, error) {
	return whole(ctx, c, collectionsKey, c.Store.Collections)
}

// Create inserts a product, then keeps its copy.
func (c *Catalog) Create(ctx context.Context, p catalog.Product) (catalog.Product, error) {
	made, err := c.Store.Create(ctx, p)
	return made, c.afterProduct(ctx, made, err)
}

// Replace writes a product, then keeps its copy.
func (c *Catalog) Replace(ctx context.Context, p catalog.Product) (catalog.Product, error) {
	written, err := c.Store.Replace(ctx, p)
	return written, c.afterProduct(ctx, written, err)
}

// afterProduct makes the copy of a write before it is acknowledged. A write whose
// outcome is unknown takes the copy away.
func (c *Catalog) afterProduct(ctx context.Context, p catalog.Product, err error) error {
	if err != nil {
		return c.afterFailure(ctx, productKey(p.ID), err, c.copies.drop)
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("writing the copy of product %s: %w", p.ID, err)
	}
	return c.copies.wrote(ctx, productKey(p.ID), p.Revision, raw)
}

// afterFailure leaves the copy of what was certainly not written, and returns why
// it was not.
func (c *Catalog) afterFailure(ctx context.Context, key string, why error, drop func(context.Context, string) error) error {
	switch fault.CodeOf(why) {
	case fault.Stale, fault.Conflict, fault.Invalid, fault.NotFound:
		return why
	}
	if err := drop(ctx, key); err != nil {
		c.copies.log.WarnContext(ctx, "a copy may be older than its document", "key", key, "error", err)
	}
	return why
}

// after takes the copy of a document away that many pages depend on.
func (c *Catalog) after(ctx context.Context, key string, err error) error {
	if err != nil {
		return c.afterFailure(ctx, key, err, c.copies.dropShared)
	}
	return c.copies.dropShared(ctx, key)
}

// SaveCategory writes a category.
func (c *Catalog) SaveCategory(ctx context.Context, category catalog.Category) (catalog.Category, error) {
	saved, err := c.Store.SaveCategory(ctx, category)
	return saved, c.after(ctx, shelvesKey, err)
}

// RemoveCategory removes a category. Even refused it may have left the tree already.
func (c *Catalog) RemoveCategory(ctx context.Context, categoryID string, revision int64) error {
	err := c.Store.RemoveCategory(ctx, categoryID, revision)
	return errors.Join(err, c.copies.dropShared(ctx, shelvesKey))
}

// SaveTree writes the tree.
func (c *Catalog) SaveTree(ctx context.Context, t catalog.Tree) (catalog.Tree, error) {
	saved, err := c.Store.SaveTree(ctx, t)
	return saved, c.after(ctx, shelvesKey, err)
}

// SaveBook writes the price lists.
func (c *Catalog) SaveBook(ctx context.Context, b catalog.Book) (catalog.Book, error) {
	saved, err := c.Store.SaveBook(ctx, b)
	return saved, c.after(ctx, bookKey, err)
}

// SaveCollection writes a collection.
func (c *Catalog) SaveCollection(ctx context.Context, collection catalog.Collection) (catalog.Collection, error) {
	saved, err := c.Store.SaveCollection(ctx, collection)
	return saved, c.after(ctx, collectionsKey, err)
}

// RemoveCollection removes a collection.
func (c *Catalog) RemoveCollection(ctx context.Context, collectionID string, revision int64) error {
	return c.after(ctx, collectionsKey, c.Store.RemoveCollection(ctx, collectionID, revision))
}
