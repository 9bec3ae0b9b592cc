package catalog

import "context"

var (
	_ Store         = Told{}
	_ Merchandisers = ToldMerchandisers{}
)

// Told is a store that tells a notifier of each write once it was made.
type Told struct {
	Store
	Notifier Notifier
}

// ToldMerchandisers is the same for what merchandisers say.
type ToldMerchandisers struct {
	Merchandisers
	Notifier Notifier
}

// around tells that something was written that many products depend on.
func around[T any](ctx context.Context, n Notifier, written T, err error) (T, error) {
	if err == nil {
		n.Changed(ctx, "")
	}
	return written, err
}

// Create inserts a product.
func (t Told) Create(ctx context.Context, p Product) (Product, error) {
	p, err := t.Store.Create(ctx, p)
	if err == nil {
		t.Notifier.Changed(ctx, p.ID)
	}
	return p, err
}

// Replace writes a product over its revision.
func (t Told) Replace(ctx context.Context, p Product) (Product, error) {
	p, err := t.Store.Replace(ctx, p)
	if err == nil {
		t.Notifier.Changed(ctx, p.ID)
	}
	return p, err
}

// Import inserts many products.
func (t Told) Import(ctx context.Context, products []Product) error {
	if err := t.Store.Import(ctx, products); err != nil {
		return err
	}
	ids := make([]string, len(products))
	for i, p := range products {
		ids[i] = p.ID
	}
	t.Notifier.Changed(ctx, ids...)
	return nil
}

// SaveCategory writes a category.
func (t Told) SaveCategory(ctx context.Context, c Category) (Category, error) {
	c, err := t.Store.SaveCategory(ctx, c)
	return around(ctx, t.Notifier, c, err)
}

// RemoveCategory removes a category.
func (t Told) RemoveCategory(ctx context.Context, id string, revision int64) error {
	_, err := around(ctx, t.Notifier, id, t.Store.RemoveCategory(ctx, id, revision))
	return err
}

// SaveTree writes the tree.
func (t Told) SaveTree(ctx context.Context, tree Tree) (Tree, error) {
	tree, err := t.Store.SaveTree(ctx, tree)
	return around(ctx, t.Notifier, tree, err)
}

// SaveBook writes the price lists.
func (t Told) SaveBook(ctx context.Context, b Book) (Book, error) {
	b, err := t.Store.SaveBook(ctx, b)
	return around(ctx, t.Notifier, b, err)
}

// SaveMerchandising writes what merchandisers say.
func (t ToldMerchandisers) SaveMerchandising(ctx context.Context, m Merchandising) (Merchandising, error) {
	m, err := t.Merchandisers.SaveMerchandising(ctx, m)
	return around(ctx, t.Notifier, m, err)
}
