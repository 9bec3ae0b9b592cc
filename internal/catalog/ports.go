package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/bedesten/bedesten/internal/page"
)

// Reader is what shoppers' routes need of the catalogue. What it returns is never
// older than the last write that was acknowledged.
type Reader interface {
	// Find returns the product by its id or by a slug of any language, old ones
	// included, or a NotFound fault.
	Find(ctx context.Context, idOrSlug string) (Product, error)

	// Many returns the products of the given ids in their order; unknown ones are
	// left out. They may be shared with other callers: who wants to change one asks for
	// it by Find.
	Many(ctx context.Context, ids []string) ([]Product, error)

	// OfSKUs returns the products that have the given SKUs; unknown SKUs are left
	// out. They may be shared, as those of Many.
	OfSKUs(ctx context.Context, skus []string) ([]Product, error)

	// Book returns all price lists.
	Book(ctx context.Context) (Book, error)

	// Shelves returns the tree of categories with all of them by their ids.
	Shelves(ctx context.Context) (Shelves, error)

	// Collections returns all collections by their ids.
	Collections(ctx context.Context) ([]Collection, error)
}

// Store keeps the catalogue. Each write is conditional on the revision that was
// read; where somebody else wrote meanwhile it is a Stale fault.
type Store interface {
	Reader

	// Create inserts a product, at revision 1, and returns it. A slug or SKU of
	// another product is a Conflict fault, an id that is there already too.
	Create(ctx context.Context, p Product) (Product, error)

	// Replace writes a product over its revision, and returns it with the next. A
	// slug that it gives up leads to it until another product takes it.
	Replace(ctx context.Context, p Product) (Product, error)

	// Import inserts many products at once; those whose id is there already stay as
	// they are. A slug or SKU of another product is a Conflict fault.
	Import(ctx context.Context, products []Product) error

	// List returns one page of products by their ids, whatever their status.
	List(ctx context.Context, q StaffQuery) (page.Page[Product], error)

	// SlugOwners returns which products slugs lead to; those that lead nowhere are left
	// out.
	SlugOwners(ctx context.Context, slugs []string) (map[string]SlugOwner, error)

	// SaveCategory inserts a category of revision 0 and replaces any other over its
	// revision.
	SaveCategory(ctx context.Context, c Category) (Category, error)

	// RemoveCategory removes a category over its revision; one that products stand
	// in, or categories hang below, is a Conflict fault.
	RemoveCategory(ctx context.Context, id string, revision int64) error

	// SaveTree writes the tree over its revision.
	SaveTree(ctx context.Context, t Tree) (Tree, error)

	// SaveBook writes the price lists over their revision.
	SaveBook(ctx context.Context, b Book) (Book, error)

	// SaveCollection inserts a collection of revision 0 and replaces any other over
	// its revision.
	SaveCollection(ctx context.Context, c Collection) (Collection, error)

	// RemoveCollection removes a collection over its revision.
	RemoveCollection(ctx context.Context, id string, revision int64) error
}

// SlugOwner is the product that a slug leads to. Old slugs are those that it gave up,
// which another product may take.
type SlugOwner struct {
	ProductID string
	Old       bool
}

// Shelves are all categories and how they hang together.
type Shelves struct {
	Tree       Tree                `json:"tree"`
	Categories map[string]Category `json:"categories"`
}

// Find returns the category of an id or of a slug in any language.
func (s Shelves) Find(idOrSlug string) (Category, bool) {
	if c, there := s.Categories[idOrSlug]; there {
		return c, true
	}
	for _, c := range s.Categories {
		if c.Slugs.TR == idOrSlug || c.Slugs.EN == idOrSlug {
			return c, idOrSlug != ""
		}
	}
	return Category{}, false
}

// StaffQuery asks for a page of products as staff see them.
type StaffQuery struct {
	// Status narrows to one; empty means all.
	Status Status
	// Category narrows to one and what hangs below it, as the caller resolved it.
	Categories []string
	// PricesAfter narrows to products with a price that begins after it; zero does
	// not.
	PricesAfter time.Time
	Limit       int
	Cursor      string
}

// Change says that a product, or something that many products depend on, was
// about to be written.
type Change struct {
	// ID sorts by the time of the change.
	ID string `bson:"_id"`
	// ProductID is empty where it is about shelves, price lists, collections or
	// merchandising.
	ProductID string    `bson:"product_id"`
	Revision  int64     `bson:"revision"`
	At        time.Time `bson:"at"`
}

// Epochs say which cached copies may be believed. A write that could not reach the
// cache begins another one.
type Epochs interface {
	// Epoch returns the present one.
	Epoch(ctx context.Context) (int64, error)

	// NextEpoch begins another.
	NextEpoch(ctx context.Context) error
}

// KeepChanges is how long changes are kept: a read model that is further behind is
// built anew.
const KeepChanges = 24 * time.Hour

// Changes tell what was written lately.
type Changes interface {
	// Sweep removes changes of before a moment, and says how many.
	Sweep(ctx context.Context, before time.Time) (int, error)

	// Since returns changes from an id on, itself left out, oldest first.
	Since(ctx context.Context, id string, limit int) ([]Change, error)
}

// ChangesFrom returns the id before those of all changes from a moment on.
func ChangesFrom(at time.Time) string { return fmt.Sprintf("%015d", max(0, at.UnixMilli())) }

// Offers returns what a buyer is offered of the given SKUs at a moment; what is
// not sold to them is left out.
func Offers(ctx context.Context, r Reader, skus []string, who Buyer, at time.Time) (map[string]Offer, error) {
	offers := make(map[string]Offer, len(skus))
	if len(skus) == 0 {
		return offers, nil
	}
	wanted := make(map[string]bool, len(skus))
	for _, sku := range skus {
		wanted[sku] = true
	}
	book, err := r.Book(ctx)
	if err != nil {
		return nil, err
	}
	products, err := r.OfSKUs(ctx, skus)
	if err != nil {
		return nil, err
	}
	for _, p := range products {
		for _, offer := range p.Offers(book, who, at) {
			if wanted[offer.SKU] {
				offers[offer.SKU] = offer
			}
		}
	}
	return offers, nil
}

// RulesOf returns what products are held against now.
func RulesOf(ctx context.Context, r Reader) (Rules, error) {
	shelves, err := r.Shelves(ctx)
	if err != nil {
		return Rules{}, err
	}
	book, err := r.Book(ctx)
	if err != nil {
		return Rules{}, err
	}
	return Rules{Tree: shelves.Tree, Categories: shelves.Categories, Book: book}, nil
}
