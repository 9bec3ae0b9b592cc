package lab

import (
	"context"
	"fmt"
	"time"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/stock"
	"github.com/bedesten/bedesten/seeds"
)

// shelfID is the category of what the lab puts on sale.
const shelfID = "lab"

// hangShelf makes the category, unless it is there.
func (l *Lab) hangShelf(ctx context.Context) error {
	shelves, err := l.App.Products.Shelves(ctx)
	if err != nil {
		return fmt.Errorf("looking for the lab's shelf: %w", err)
	}
	if _, there := shelves.Categories[shelfID]; there {
		return nil
	}
	shelf := catalog.Category{ID: shelfID, Slugs: catalog.Text{TR: "deneme-rafi", EN: "lab"}, Name: catalog.Text{TR: "Deneme Rafı", EN: "Lab"}, UpdatedAt: l.App.Clock()}
	_, err = l.App.Products.SaveCategory(ctx, shelf)
	if err != nil && !fault.Is(err, fault.Stale) { // another test was quicker
		return fmt.Errorf("hanging the lab's shelf: %w", err)
	}
	return nil
}

// shelfBatch is how many products are put in at a time.
const shelfBatch = 1000

// FillShelves puts n products on sale, besides those of the demo catalogue, which
// they are made like, and receives units of the first ones. It returns their ids.
func (l *Lab) FillShelves(ctx context.Context, n, withUnits int, progress func(done int)) ([]string, error) {
	demo, err := seeds.Read(l.App.Clock())
	if err != nil {
		return nil, fmt.Errorf("reading what shelves are filled with: %w", err)
	}
	ids := make([]string, 0, n)
	for len(ids) < n {
		batch := make([]catalog.Product, 0, shelfBatch)
		for len(batch) < shelfBatch && len(ids) < n {
			p := likeOf(demo.Products[len(ids)%len(demo.Products)], len(ids))
			batch, ids = append(batch, p), append(ids, p.ID)
		}
		if err := l.App.Products.Import(ctx, batch); err != nil {
			return nil, fmt.Errorf("filling the shelves: %w", err)
		}
		if err := l.receive(ctx, batch, withUnits-(len(ids)-len(batch))); err != nil {
			return nil, err
		}
		progress(len(ids))
	}
	return ids, nil
}

// likeOf is another product that is like one of the demo's.
func likeOf(p catalog.Product, n int) catalog.Product {
	name := fmt.Sprintf(" No: %d", n+1)
	p.ID = id.Fixed(id.Product, p.CreatedAt, fmt.Sprint("shelf-", n))
	p.Slugs = catalog.Text{TR: fmt.Sprintf("%s-%d", p.Slugs.TR, n), EN: fmt.Sprintf("%s-no-%d", p.Slugs.EN, n)}
	p.Title = catalog.Text{TR: p.Title.TR + name, EN: p.Title.EN + name}
	p.CreatedAt = p.CreatedAt.Add(-time.Duration(n) * time.Second)
	p.Related = nil
	variants := make([]catalog.Variant, len(p.Variants))
	for i, v := range p.Variants {
		v.ID, v.SKU = fmt.Sprintf("%s_%d", v.ID, n), fmt.Sprintf("%s-%d", v.SKU, n)
		prices := make([]catalog.Price, len(v.Prices))
		for k, price := range v.Prices {
			price.Amount.Minor += int64(n%97) * 100
			price.CompareAt = catalog.Price{}.CompareAt
			prices[k] = price
		}
		v.Prices = prices
		variants[i] = v
	}
	p.Variants = variants
	return p
}

// receive takes units of at most n products in.
func (l *Lab) receive(ctx context.Context, products []catalog.Product, n int) error {
	for _, p := range products[:max(0, min(n, len(products)))] {
		for _, sku := range p.SKUs() {
			op := stock.Op{ID: "shelf-1", At: l.App.Clock()}
			if err := l.App.Ledger.Receive(ctx, op, stock.Line{Location: stock.DefaultLocation, SKU: sku, Quantity: 25}); err != nil {
				return fmt.Errorf("receiving units of %s: %w", sku, err)
			}
		}
	}
	return nil
}
