// Package seeds is the demo catalogue: 194 real products in 24 categories,
// with the units that the demo shop has of them.
//
// catalog.json was made once from the public catalogue of DummyJSON
// (LICENSE.products), whose prices are in US dollars, by these rules:
//   - a price is the dollar price × 40 in whole lira, and 90 kuruş: 9.99 USD
//     becomes 399,90 TRY; a larger size or memory adds its percentage likewise;
//   - KDV is 1 % on food, 10 % on clothing, shoes and bags, 20 % on the rest;
//   - clothes and shoes come in sizes, telephones and tablets with storage,
//     laptops with memory, watches with straps; the source's units are divided
//     over the variants;
//   - weights are in grams and plausible, for the source has no unit; its sides are
//     taken for centimetres;
//   - where the source has a discount above 15 %, the price before it is struck
//     through;
//   - the source's categories hang below six new ones; its warranties and tags are
//     attributes, and what variants differ in is declared for shoppers to filter by;
//   - pictures are drawn by the shop itself.
package seeds

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/stock"
)

//go:embed catalog.json
var catalogJSON []byte

type document struct {
	Categories []shelf   `json:"categories"`
	Products   []product `json:"products"`
}

type shelf struct {
	Category catalog.Category `json:"category"`
	catalog.Node
}

type product struct {
	catalog.Product
	// Variants hides the product's own, to read units beside each.
	Variants []variant `json:"variants"`
}

type variant struct {
	catalog.Variant
	Stock int64 `json:"stock"`
}

// Catalogue is the demo catalogue. Units are by SKU.
type Catalogue struct {
	Categories []catalog.Category
	Places     map[string]catalog.Node
	Products   []catalog.Product
	Units      map[string]int64
}

// Read returns the catalogue as it is in the file. The last product was put
// in at the given time, each one before a minute earlier.
func Read(now time.Time) (Catalogue, error) {
	var doc document
	if err := json.Unmarshal(catalogJSON, &doc); err != nil {
		return Catalogue{}, fmt.Errorf("reading the demo catalogue: %w", err)
	}
	c := Catalogue{Places: map[string]catalog.Node{}, Units: map[string]int64{}, Products: make([]catalog.Product, len(doc.Products))}
	for _, s := range doc.Categories {
		s.Category.UpdatedAt = now.UTC()
		c.Categories = append(c.Categories, s.Category)
		c.Places[s.Category.ID] = s.Node
	}
	for i, p := range doc.Products {
		for _, v := range p.Variants {
			p.Product.Variants = append(p.Product.Variants, v.Variant)
			c.Units[v.SKU] = v.Stock
		}
		p.CreatedAt = now.Add(time.Duration(i+1-len(doc.Products)) * time.Minute).UTC().Truncate(time.Millisecond)
		p.UpdatedAt = p.CreatedAt
		p.Pictures = []catalog.Picture{{Name: p.Slugs.EN + ".svg", Alt: p.Title}}
		c.Products[i] = p.Product
	}
	return c, nil
}

// received is the op under which the demo's units came in, the same for every
// SKU and for ever: loading again adds nothing.
var received = stock.Op{ID: "seed-1", At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}

// Load puts the demo catalogue and its units into the stores. What is there
// already stays as it is, whatever was changed or sold since.
func Load(ctx context.Context, products catalog.Store, ledger stock.Ledger, now time.Time) error {
	c, err := Read(now)
	if err != nil {
		return err
	}
	if err := loadProducts(ctx, products, c); err != nil {
		return err
	}
	return loadUnits(ctx, ledger, c.Units)
}

func loadProducts(ctx context.Context, products catalog.Store, c Catalogue) error {
	if err := loadBook(ctx, products); err != nil {
		return err
	}
	if err := loadShelves(ctx, products, c); err != nil {
		return err
	}
	if err := products.Import(ctx, c.Products); err != nil {
		return fmt.Errorf("seeding products: %w", err)
	}
	return nil
}

// loadBook makes the price list that the demo's prices are in.
func loadBook(ctx context.Context, products catalog.Store) error {
	book, err := products.Book(ctx)
	if err != nil {
		return fmt.Errorf("looking for price lists: %w", err)
	}
	if book.Sells("TRY") {
		return nil
	}
	if book, err = book.With(catalog.Base("TRY")); err != nil {
		return fmt.Errorf("making a price list: %w", err)
	}
	if _, err := products.SaveBook(ctx, book); err != nil {
		return fmt.Errorf("making a price list: %w", err)
	}
	return nil
}

// loadShelves makes the categories that are not there yet, and hangs them up.
func loadShelves(ctx context.Context, products catalog.Store, c Catalogue) error {
	there, err := products.Shelves(ctx)
	if err != nil {
		return fmt.Errorf("looking for seeded categories: %w", err)
	}
	missing := false
	for _, category := range c.Categories {
		if _, known := there.Categories[category.ID]; known {
			continue
		}
		if _, err := products.SaveCategory(ctx, category); err != nil {
			return fmt.Errorf("seeding category %s: %w", category.ID, err)
		}
		if there.Tree, err = there.Tree.Place(category.ID, c.Places[category.ID]); err != nil {
			return fmt.Errorf("hanging up category %s: %w", category.ID, err)
		}
		missing = true
	}
	if !missing {
		return nil
	}
	if _, err := products.SaveTree(ctx, there.Tree); err != nil {
		return fmt.Errorf("hanging up the categories: %w", err)
	}
	return nil
}

// loadUnits receives the units of SKUs that have none on hand yet; for one
// that was seeded and sold out the op is known and changes nothing.
func loadUnits(ctx context.Context, ledger stock.Ledger, units map[string]int64) error {
	skus := make([]string, 0, len(units))
	for sku := range units {
		skus = append(skus, sku)
	}
	levels, err := ledger.Levels(ctx, stock.DefaultLocation, skus)
	if err != nil {
		return fmt.Errorf("looking for seeded units: %w", err)
	}
	for sku, quantity := range units {
		if levels[sku].OnHand != 0 || quantity == 0 {
			continue
		}
		line := stock.Line{Location: stock.DefaultLocation, SKU: sku, Quantity: quantity}
		if err := ledger.Receive(ctx, received, line); err != nil {
			return fmt.Errorf("seeding units of %s: %w", sku, err)
		}
	}
	return nil
}
