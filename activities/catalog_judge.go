package activities

import (
	"context"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/id"
)

// verdict is a product of a file beside the one that it becomes.
type verdict struct {
	e             *catalog.ImportEntry
	before, after catalog.Product
}

// judge finds out what each product of the file becomes, and what is against it.
func (c *checker) judge(ctx context.Context, entries []*catalog.ImportEntry) error {
	there, err := c.resolve(ctx, entries)
	if err != nil {
		return err
	}
	verdicts := make([]verdict, len(entries))
	for n, e := range entries {
		if err := c.once(ctx, e, entries); err != nil {
			return err
		}
		verdicts[n] = c.merge(e, there)
	}
	if err := c.judgeSKUs(ctx, verdicts); err != nil {
		return err
	}
	return c.judgeSlugs(ctx, verdicts)
}

// resolve finds which products the file's keys name: ids, and slugs. A slug that leads
// nowhere is a new product's.
func (c *checker) resolve(ctx context.Context, entries []*catalog.ImportEntry) (map[string]catalog.Product, error) {
	var slugs []string
	for _, e := range entries {
		if catalog.IsSlug(e.Key) {
			slugs = append(slugs, e.Key)
		}
	}
	owners, err := c.Products.SlugOwners(ctx, slugs)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range entries {
		e.ProductID = e.Key
		if catalog.IsSlug(e.Key) {
			e.ProductID = owners[e.Key].ProductID
		}
		if e.ProductID != "" && len(e.ProductID) <= maxProductID {
			ids = append(ids, e.ProductID)
		}
	}
	products, err := c.Products.Many(ctx, ids)
	there := make(map[string]catalog.Product, len(products))
	for _, p := range products {
		there[p.ID] = p
	}
	for _, e := range entries {
		c.name(e, there)
	}
	return there, err
}

// maxProductID is longer than any id.
const maxProductID = 100

// name settles which product an entry is about, or that there cannot be one.
func (c *checker) name(e *catalog.ImportEntry, there map[string]catalog.Product) {
	_, found := there[e.ProductID]
	switch {
	case found:
	case e.Key == "":
		flaw(e, e.Line, "product", "is missing: the product's id or slug")
	case !catalog.IsSlug(e.Key):
		flaw(e, e.Line, "product", "is no product of the shop, and cannot be the slug of a new one")
		e.ProductID, e.Key = "", ""
	default:
		e.New, e.ProductID = true, id.Fixed(id.Product, c.i.CreatedAt, c.i.ID+"/"+e.Key)
	}
}

const saidScattered = "the product's rows do not stand together: it is on lines %d and %d"

// once refuses a product that the file names in two places, in both of them.
func (c *checker) once(ctx context.Context, e *catalog.ImportEntry, pending []*catalog.ImportEntry) error {
	if len(e.Flaws) > 0 {
		return nil
	}
	first, twice := c.numbers[e.ProductID]
	if !twice {
		c.numbers[e.ProductID] = e.Number
		return nil
	}
	for _, other := range pending {
		if other.Number == first {
			flaw(e, e.Line, "product", saidScattered, other.Line, e.Line)
			flaw(other, other.Line, "product", saidScattered, other.Line, e.Line)
			return nil
		}
	}
	reported, err := c.Imports.Entries(ctx, c.i, first-1, 1)
	if err != nil || len(reported) == 0 {
		return err
	}
	other := reported[0]
	flaw(e, e.Line, "product", saidScattered, other.Line, e.Line)
	if other.Outcome == catalog.OutcomeReady {
		c.flawed++
		c.expected = c.expected.Minus(other.Expected)
	}
	flaw(&other, other.Line, "product", saidScattered, other.Line, e.Line)
	return c.Imports.Settle(ctx, other)
}

// merge puts the rows into the product as it is now.
func (c *checker) merge(e *catalog.ImportEntry, there map[string]catalog.Product) verdict {
	v := verdict{e: e, before: there[e.ProductID]}
	if len(e.Flaws) > 0 {
		return v
	}
	if e.New {
		v.before = newProduct(e.ProductID, c.i.CreatedAt)
	}
	after, flaws := c.merger.Merge(e.Rows, v.before)
	for _, f := range flaws {
		flaw(e, f.Line, f.Column, "%s", f.Message)
	}
	if len(flaws) > 0 {
		return v
	}
	v.after, e.Outcome, e.Expected = after, catalog.OutcomeReady, written(e.New)
	if !e.New && catalog.Same(v.before, after) {
		e.Expected = catalog.OutcomeUnchanged
	}
	return v
}

// judgeSKUs refuses SKUs that another product of the file or of the shop has, also one
// whose flaws keep it out: it comes again.
func (c *checker) judgeSKUs(ctx context.Context, verdicts []verdict) error {
	var fresh []string
	for _, v := range verdicts {
		had := map[string]bool{}
		for _, sku := range v.before.SKUs() {
			had[sku] = true
		}
		for _, row := range v.e.Rows {
			sku := c.merger.SKU(row)
			if sku == "" || len(v.e.Flaws) > 0 && c.skus[sku] > 0 {
				continue
			}
			if line, twice := c.skus[sku]; twice {
				flaw(v.e, row.Line, "sku", "is that of another product on line %d", line)
				continue
			}
			c.skus[sku] = row.Line
			if !had[sku] && v.e.Outcome == catalog.OutcomeReady {
				fresh = append(fresh, sku)
			}
		}
	}
	products, err := c.Products.OfSKUs(ctx, fresh)
	if err != nil {
		return err
	}
	owners := map[string]string{}
	for _, p := range products {
		for _, sku := range p.SKUs() {
			owners[sku] = p.ID
		}
	}
	for _, v := range verdicts {
		for _, row := range v.e.Rows {
			if owner := owners[c.merger.SKU(row)]; owner != "" && owner != v.e.ProductID {
				flaw(v.e, row.Line, "sku", "is that of product %s", owner)
			}
		}
	}
	return nil
}

// judgeSlugs refuses slugs that another product of the file or of the shop has.
func (c *checker) judgeSlugs(ctx context.Context, verdicts []verdict) error {
	wanted := map[string]*catalog.ImportEntry{}
	var slugs []string
	for _, v := range verdicts {
		for _, slug := range slugsOf(v.after) {
			if line, twice := c.slugs[slug]; twice {
				flaw(v.e, v.e.Line, "slug_tr", "is that of another product on line %d", line)
				continue
			}
			c.slugs[slug] = v.e.Line
			if slug != v.before.Slugs.TR && slug != v.before.Slugs.EN {
				wanted[slug], slugs = v.e, append(slugs, slug)
			}
		}
	}
	owners, err := c.Products.SlugOwners(ctx, slugs)
	for slug, owner := range owners {
		if e := wanted[slug]; !owner.Old && owner.ProductID != e.ProductID {
			flaw(e, e.Line, "slug_tr", "is that of product %s", owner.ProductID)
		}
	}
	return err
}
