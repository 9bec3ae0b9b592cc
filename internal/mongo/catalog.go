package mongo

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/page"
)

var _ catalog.Store = (*Catalog)(nil)

// Catalog keeps products, their second keys (slugs and SKUs: documents whose
// _id is the key) and categories.
type Catalog struct {
	products   *mongo.Collection
	keys       *mongo.Collection
	categories *mongo.Collection
}

// NewCatalog returns the store on db.
func NewCatalog(db *mongo.Database) *Catalog {
	return &Catalog{
		products: db.Collection("products"), keys: db.Collection("catalog_keys"),
		categories: db.Collection("categories"),
	}
}

// productRow is a product with what lists need. Stores compare text by bytes,
// so each order of the list is a field of its own that is right by bytes and
// ends in the id; a cursor is then a value of that one field.
type productRow struct {
	catalog.Product `bson:",inline"`
	PriceFrom       int64     `bson:"price_from"`
	Search          string    `bson:"search"`
	Order           listOrder `bson:"order"`
}

type listOrder struct {
	Newest  string `bson:"newest"`
	Price   string `bson:"price"`
	TitleTR string `bson:"title_tr"`
	TitleEN string `bson:"title_en"`
}

func rowOf(p catalog.Product) productRow {
	from := p.From().Minor
	return productRow{
		Product: p, PriceFrom: from, Search: " " + p.Searchable(),
		Order: listOrder{
			Newest:  fmt.Sprintf("%015d/%s", p.CreatedAt.UnixMilli(), p.ID),
			Price:   fmt.Sprintf("%019d/%s", from, p.ID),
			TitleTR: alphabetical(language.Turkish, p.Title.In(catalog.Turkish)) + "/" + p.ID,
			TitleEN: alphabetical(language.English, p.Title.In(catalog.English)) + "/" + p.ID,
		},
	}
}

// alphabetical returns a text whose bytes sort as the alphabet does: c, ç, d.
// A collator keeps state, so each call makes its own.
func alphabetical(tag language.Tag, title string) string {
	var buffer collate.Buffer
	return hex.EncodeToString(collate.New(tag, collate.IgnoreCase).KeyFromString(&buffer, title))
}

// key is a second key of a product. Its owner is the product's id.
type key struct {
	ID    string `bson:"_id"`
	Owner string `bson:"owner"`
}

func keysOf(p catalog.Product) []key {
	keys := []key{{"slug/" + p.Slug, p.ID}}
	for _, sku := range p.SKUs() {
		keys = append(keys, key{"sku/" + sku, p.ID})
	}
	return keys
}

// Put claims the product's keys, then writes it as a whole, then gives up keys
// that it no longer has.
func (s *Catalog) Put(ctx context.Context, p catalog.Product) error {
	if err := p.Check(); err != nil {
		return err
	}
	keys := keysOf(p)
	if err := s.claim(ctx, keys); err != nil {
		return err
	}
	_, err := s.products.ReplaceOne(ctx, bson.D{{Key: "_id", Value: p.ID}}, rowOf(p), options.Replace().SetUpsert(true))
	if err != nil {
		return unavailable(err, "writing product %s", p.ID)
	}
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.ID
	}
	_, err = s.keys.DeleteMany(ctx, bson.D{{Key: "owner", Value: p.ID}, {Key: "_id", Value: bson.D{{Key: "$nin", Value: names}}}})
	if err != nil {
		return unavailable(err, "giving up old keys of product %s", p.ID)
	}
	return nil
}

// Import inserts many products: independent, repeatable inserts in two calls.
func (s *Catalog) Import(ctx context.Context, products []catalog.Product) error {
	if len(products) == 0 {
		return nil
	}
	var keys []key
	rows := make([]any, len(products))
	for i, p := range products {
		if err := p.Check(); err != nil {
			return err
		}
		keys = append(keys, keysOf(p)...)
		rows[i] = rowOf(p)
	}
	if err := s.claim(ctx, keys); err != nil {
		return err
	}
	if _, err := s.products.InsertMany(ctx, rows, options.InsertMany().SetOrdered(false)); err != nil && !onlyDuplicates(err) {
		return unavailable(err, "writing %d products", len(rows))
	}
	return nil
}

// claim inserts keys and returns a Conflict fault if one belongs to another
// product.
func (s *Catalog) claim(ctx context.Context, keys []key) error {
	rows, names, owner := make([]any, len(keys)), make([]string, len(keys)), make(map[string]string, len(keys))
	for i, k := range keys {
		if other, twice := owner[k.ID]; twice && other != k.Owner {
			return fault.New(fault.Conflict, "%s belongs to two products", k.ID)
		}
		rows[i], names[i], owner[k.ID] = k, k.ID, k.Owner
	}
	_, err := s.keys.InsertMany(ctx, rows, options.InsertMany().SetOrdered(false))
	if err == nil {
		return nil
	}
	if !onlyDuplicates(err) {
		return unavailable(err, "claiming slugs and SKUs")
	}
	there, err := s.owners(ctx, names)
	if err != nil {
		return err
	}
	for _, k := range there {
		if owner[k.ID] != k.Owner {
			return fault.New(fault.Conflict, "%s belongs to another product", k.ID)
		}
	}
	return nil
}

func (s *Catalog) owners(ctx context.Context, names []string) ([]key, error) {
	cursor, err := s.keys.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: names}}}})
	return drain[key](ctx, cursor, err, "reading slugs and SKUs")
}

// Find returns the product by its id or slug.
func (s *Catalog) Find(ctx context.Context, idOrSlug string) (catalog.Product, error) {
	var p catalog.Product
	err := s.products.FindOne(ctx, bson.D{{Key: "_id", Value: idOrSlug}}).Decode(&p)
	if !errors.Is(err, mongo.ErrNoDocuments) {
		return p, found(err, "product", idOrSlug)
	}
	var k key
	err = s.keys.FindOne(ctx, bson.D{{Key: "_id", Value: "slug/" + idOrSlug}}).Decode(&k)
	if err != nil {
		return p, found(err, "product", idOrSlug)
	}
	err = s.products.FindOne(ctx, bson.D{{Key: "_id", Value: k.Owner}}).Decode(&p)
	return p, found(err, "product", idOrSlug)
}

// Offers returns the offers of SKUs.
func (s *Catalog) Offers(ctx context.Context, skus []string) (map[string]catalog.Offer, error) {
	offers := make(map[string]catalog.Offer, len(skus))
	if len(skus) == 0 {
		return offers, nil
	}
	names, wanted := make([]string, len(skus)), make(map[string]bool, len(skus))
	for i, sku := range skus {
		names[i], wanted[sku] = "sku/"+sku, true
	}
	keys, err := s.owners(ctx, names)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = k.Owner
	}
	cursor, err := s.products.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}})
	products, err := drain[catalog.Product](ctx, cursor, err, "reading products")
	if err != nil {
		return nil, err
	}
	for _, p := range products {
		for _, offer := range p.Offers() {
			if wanted[offer.SKU] {
				offers[offer.SKU] = offer
			}
		}
	}
	return offers, nil
}

// List returns one page of products.
func (s *Catalog) List(ctx context.Context, q catalog.Query) (page.Page[catalog.Product], error) {
	q, err := q.Complete()
	if err != nil {
		return page.Page[catalog.Product]{}, err
	}
	after, err := q.After()
	if err != nil {
		return page.Page[catalog.Product]{}, err
	}
	field, direction := orderOf(q)
	filter := filterOf(q)
	if after != "" {
		beyond := map[int]string{1: "$gt", -1: "$lt"}[direction]
		filter = append(filter, bson.E{Key: field, Value: bson.D{{Key: beyond, Value: after}}})
	}
	// One more than asked for says whether there is a next page.
	cursor, err := s.products.Find(ctx, filter,
		options.Find().SetSort(bson.D{{Key: field, Value: direction}}).SetLimit(int64(q.Limit)+1))
	rows, err := drain[productRow](ctx, cursor, err, "reading the catalogue")
	if err != nil {
		return page.Page[catalog.Product]{}, err
	}
	return pageOf(rows, q)
}

func pageOf(rows []productRow, q catalog.Query) (page.Page[catalog.Product], error) {
	var p page.Page[catalog.Product]
	more := len(rows) > q.Limit
	if more {
		rows = rows[:q.Limit]
	}
	p.Items = make([]catalog.Product, len(rows))
	for i, row := range rows {
		p.Items[i] = row.Product
	}
	if !more {
		return p, nil
	}
	var err error
	p.Next, err = page.Encode(catalog.Position{Sort: q.Sort, Language: q.Language, After: rows[len(rows)-1].Order.by(q)})
	return p, err
}

func orderOf(q catalog.Query) (field string, direction int) {
	switch q.Sort {
	case catalog.PriceAsc:
		return "order.price", 1
	case catalog.PriceDesc:
		return "order.price", -1
	case catalog.ByTitle:
		return "order.title_" + q.Language, 1
	case catalog.Newest:
	}
	return "order.newest", -1
}

func (o listOrder) by(q catalog.Query) string {
	switch {
	case q.Sort == catalog.PriceAsc || q.Sort == catalog.PriceDesc:
		return o.Price
	case q.Sort == catalog.ByTitle && q.Language == catalog.English:
		return o.TitleEN
	case q.Sort == catalog.ByTitle:
		return o.TitleTR
	}
	return o.Newest
}

func filterOf(q catalog.Query) bson.D {
	filter := bson.D{}
	if q.Category != "" {
		filter = append(filter, bson.E{Key: "category", Value: q.Category})
	}
	price := bson.D{}
	if q.PriceMin > 0 {
		price = append(price, bson.E{Key: "$gte", Value: q.PriceMin})
	}
	if q.PriceMax > 0 {
		price = append(price, bson.E{Key: "$lte", Value: q.PriceMax})
	}
	if len(price) > 0 {
		filter = append(filter, bson.E{Key: "price_from", Value: price})
	}
	words := bson.A{}
	for _, word := range q.Words() {
		words = append(words, bson.D{{Key: "search", Value: bson.Regex{Pattern: " " + regexp.QuoteMeta(word)}}})
	}
	if len(words) > 0 {
		filter = append(filter, bson.E{Key: "$and", Value: words})
	}
	return filter
}

// PutCategories writes each category as a whole.
func (s *Catalog) PutCategories(ctx context.Context, categories []catalog.Category) error {
	for _, c := range categories {
		if c.ID == "" || strings.Contains(c.ID, "/") {
			return fault.New(fault.Invalid, "%q cannot be a category's slug", c.ID)
		}
		_, err := s.categories.ReplaceOne(ctx, bson.D{{Key: "_id", Value: c.ID}}, c, options.Replace().SetUpsert(true))
		if err != nil {
			return unavailable(err, "writing category %s", c.ID)
		}
	}
	return nil
}

// Categories returns all categories by their position.
func (s *Catalog) Categories(ctx context.Context) ([]catalog.Category, error) {
	cursor, err := s.categories.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "position", Value: 1}}))
	return drain[catalog.Category](ctx, cursor, err, "reading categories")
}
