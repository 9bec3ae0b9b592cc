package mongo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/clock"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/page"
)

var (
	_ catalog.Store   = (*Catalog)(nil)
	_ catalog.Changes = (*Catalog)(nil)
)

// Catalog keeps products, their second keys (slugs and SKUs: documents whose
// _id is the key), categories, collections, and, each as one document, the tree of
// categories and the price lists.
type Catalog struct {
	products    *mongo.Collection
	keys        *mongo.Collection
	categories  *mongo.Collection
	collections *mongo.Collection
	singles     *mongo.Collection
	changes     *mongo.Collection
	stock       *mongo.Collection
	now         clock.Clock
}

// NewCatalog returns the store on db.
func NewCatalog(db *mongo.Database, now clock.Clock) *Catalog {
	return &Catalog{
		products: db.Collection("products"), keys: db.Collection("catalog_keys"), categories: db.Collection("categories"),
		collections: db.Collection("collections"), singles: db.Collection("catalog"), changes: db.Collection("catalog_changes"), stock: db.Collection("stock"), now: now,
	}
}

// stale is what a write over another revision than the present one is told.
func stale(what string) error {
	return fault.New(fault.Stale, "somebody else changed the %s meanwhile: read it again", what)
}

// Create claims the product's keys, then inserts it.
func (s *Catalog) Create(ctx context.Context, p catalog.Product) (catalog.Product, error) {
	if err := p.Check(); err != nil {
		return p, err
	}
	p.Revision = 1
	held, err := s.claim(ctx, s.keysOf(p))
	if err != nil {
		return p, err
	}
	if err := s.announce(ctx, p.ID, p.Revision); err != nil {
		return p, err
	}
	_, err = s.products.InsertOne(ctx, rowOf(p))
	switch {
	case mongo.IsDuplicateKeyError(err):
		return p, errors.Join(fault.New(fault.Conflict, "there is a product with this id already"), s.abandon(ctx, held))
	case err != nil:
		return p, unavailable(err, "writing product %s", p.ID)
	}
	return p, nil
}

// Replace claims the keys that are new, then writes the product over the revision
// that was read, then gives up keys that it no longer has: a slug goes on leading
// to it, until another product takes it.
func (s *Catalog) Replace(ctx context.Context, p catalog.Product) (catalog.Product, error) {
	if err := p.Check(); err != nil {
		return p, err
	}
	var before catalog.Product
	if err := s.products.FindOne(ctx, bson.D{{Key: "_id", Value: p.ID}}).Decode(&before); err != nil {
		return p, found(err, "product", p.ID)
	}
	if before.Revision != p.Revision {
		return p, stale("product")
	}
	p.Revision++
	had, has := s.keysOf(before), s.keysOf(p)
	held, err := s.claim(ctx, without(has, had))
	if err != nil {
		return p, err
	}
	if err := s.announce(ctx, p.ID, p.Revision); err != nil {
		return p, err
	}
	res, err := s.products.ReplaceOne(ctx, bson.D{{Key: "_id", Value: p.ID}, {Key: "revision", Value: before.Revision}}, rowOf(p))
	if err != nil {
		return p, unavailable(err, "writing product %s", p.ID)
	}
	if res.MatchedCount == 0 {
		return p, errors.Join(stale("product"), s.abandon(ctx, held))
	}
	return p, s.giveUp(ctx, p.Revision, without(had, has))
}

// Import inserts many products: independent, repeatable inserts in a few calls. Those
// that are there already may have other keys now: nothing is claimed for them.
func (s *Catalog) Import(ctx context.Context, products []catalog.Product) error {
	products, err := s.fresh(ctx, products)
	if err != nil || len(products) == 0 {
		return err
	}
	var keys []key
	rows, changes := make([]any, len(products)), make([]any, len(products))
	for i, p := range products {
		if err := p.Check(); err != nil {
			return err
		}
		p.Revision = 1
		keys = append(keys, s.keysOf(p)...)
		rows[i] = rowOf(p)
	}
	if _, err := s.claim(ctx, keys); err != nil {
		return err
	}
	// A change is dated right before it is written: an index looks back for as long as
	// that may take.
	for i, p := range products {
		changes[i] = s.change(p.ID, 1)
	}
	if _, err := s.changes.InsertMany(ctx, changes, options.InsertMany().SetOrdered(false)); err != nil && !onlyDuplicates(err) {
		return unavailable(err, "announcing %d products", len(rows))
	}
	if _, err := s.products.InsertMany(ctx, rows, options.InsertMany().SetOrdered(false)); err != nil && !onlyDuplicates(err) {
		return unavailable(err, "writing %d products", len(rows))
	}
	return nil
}

// fresh returns the products that are not there yet.
func (s *Catalog) fresh(ctx context.Context, products []catalog.Product) ([]catalog.Product, error) {
	ids := make([]string, len(products))
	for i, p := range products {
		ids[i] = p.ID
	}
	there, err := s.Many(ctx, ids)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(there))
	for _, p := range there {
		known[p.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(products), func(p catalog.Product) bool { return known[p.ID] }), nil
}

// Find returns the product by its id or a slug.
func (s *Catalog) Find(ctx context.Context, idOrSlug string) (catalog.Product, error) {
	var p catalog.Product
	err := s.products.FindOne(ctx, bson.D{{Key: "_id", Value: idOrSlug}}).Decode(&p)
	if !errors.Is(err, mongo.ErrNoDocuments) {
		return p, found(err, "product", idOrSlug)
	}
	var k key
	err = s.keys.FindOne(ctx, bson.D{{Key: "_id", Value: slugKey + idOrSlug}}).Decode(&k)
	if err != nil {
		return p, found(err, "product", idOrSlug)
	}
	err = s.products.FindOne(ctx, bson.D{{Key: "_id", Value: k.Owner}}).Decode(&p)
	return p, found(err, "product", idOrSlug)
}

// Many returns products in the order of their ids.
func (s *Catalog) Many(ctx context.Context, ids []string) ([]catalog.Product, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	cursor, err := s.products.Find(ctx, byIDs(ids))
	rows, err := drain[catalog.Product](ctx, cursor, err, "reading products")
	if err != nil {
		return nil, err
	}
	place := make(map[string]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(rows, func(a, b catalog.Product) int { return place[a.ID] - place[b.ID] })
	return rows, nil
}

// OfSKUs returns the products that have the SKUs.
func (s *Catalog) OfSKUs(ctx context.Context, skus []string) ([]catalog.Product, error) {
	names := make([]string, len(skus))
	for i, sku := range skus {
		names[i] = skuKey + sku
	}
	keys, err := s.held(ctx, names)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(keys))
	for _, k := range keys {
		if !k.Old {
			ids = append(ids, k.Owner)
		}
	}
	slices.Sort(ids)
	return s.Many(ctx, slices.Compact(ids))
}

// List returns one page of products by their ids.
func (s *Catalog) List(ctx context.Context, q catalog.StaffQuery) (page.Page[catalog.Product], error) {
	filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: q.Cursor}}}}
	if q.Status != "" {
		filter = append(filter, bson.E{Key: "status", Value: q.Status})
	}
	if len(q.Categories) > 0 {
		filter = append(filter, bson.E{Key: "categories", Value: bson.D{{Key: "$in", Value: q.Categories}}})
	}
	if !q.PricesAfter.IsZero() {
		filter = append(filter, bson.E{Key: "last_price_at", Value: bson.D{{Key: "$gt", Value: q.PricesAfter}}})
	}
	cursor, err := s.products.Find(ctx, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(q.Limit)+1))
	rows, err := drain[catalog.Product](ctx, cursor, err, "reading the catalogue")
	if err != nil {
		return page.Page[catalog.Product]{}, err
	}
	p := page.Page[catalog.Product]{Items: rows}
	if len(rows) > q.Limit {
		p.Items = rows[:q.Limit]
		p.Next = p.Items[q.Limit-1].ID
	}
	return p, nil
}

// change is the row of a write that is about to be made.
func (s *Catalog) change(productID string, revision int64) catalog.Change {
	at := s.now().UTC()
	return catalog.Change{ID: fmt.Sprintf("%015d/%s/%d", at.UnixMilli(), productID, revision), ProductID: productID, Revision: revision, At: at}
}

// announce writes down that a product, or with an empty id what many depend on, is
// about to be written, so that read models look at it whatever becomes of the hint.
func (s *Catalog) announce(ctx context.Context, productID string, revision int64) error {
	_, err := s.changes.InsertOne(ctx, s.change(productID, revision))
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "announcing a change of the catalogue")
	}
	return nil
}

// Since returns the changes after an id.
func (s *Catalog) Since(ctx context.Context, id string, limit int) ([]catalog.Change, error) {
	cursor, err := s.changes.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: id}}}},
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	return drain[catalog.Change](ctx, cursor, err, "reading changes of the catalogue")
}

// Sweep removes changes of before a moment.
func (s *Catalog) Sweep(ctx context.Context, before time.Time) (int, error) {
	res, err := s.changes.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$lt", Value: fmt.Sprintf("%015d/", before.UnixMilli())}}}})
	if err != nil {
		return 0, unavailable(err, "removing old changes of the catalogue")
	}
	return int(res.DeletedCount), nil
}
