package audit

import (
	"context"
	"fmt"
)

// The rows of the catalogue as the audit reads them.
type (
	productRow struct {
		ID       string `bson:"_id"`
		Revision int64  `bson:"revision"`
		Slugs    struct {
			TR string `bson:"tr"`
			EN string `bson:"en"`
		} `bson:"slugs"`
		Categories []string `bson:"categories"`
		Variants   []struct {
			SKU string `bson:"sku"`
		} `bson:"variants"`
		Pictures []struct {
			Media string `bson:"media"`
		} `bson:"pictures"`
	}
	catalogKeyRow struct {
		ID    string `bson:"_id"`
		Owner string `bson:"owner"`
		Old   bool   `bson:"old"`
	}
	mediaRow struct {
		ID    string          `bson:"_id"`
		State string          `bson:"state"`
		Users map[string]bool `bson:"users"`
	}
	treeRow struct {
		ID    string `bson:"_id"`
		Nodes map[string]struct {
			Parent string `bson:"parent"`
		} `bson:"nodes"`
	}
)

// shelves is the catalogue, with the products that stood still while the rest of it
// was read: one that was written meanwhile would be judged by rows of two moments.
type shelves struct {
	products []productRow
	keys     map[string]catalogKeyRow
	media    map[string]mediaRow
	// categories are their ids.
	categories map[string]bool
	tree       treeRow
}

func (a *Auditor) shelves(ctx context.Context) (shelves, error) {
	var before, after []productRow
	var keys []catalogKeyRow
	var assets []mediaRow
	var categories []idRow
	var singles []treeRow
	for _, c := range []struct {
		name string
		rows any
	}{
		{"products", &before}, {"catalog_keys", &keys}, {"media", &assets}, {"categories", &categories}, {"catalog", &singles}, {"products", &after},
	} {
		if err := a.Rows.All(ctx, c.name, c.rows); err != nil {
			return shelves{}, fmt.Errorf("reading %s: %w", c.name, err)
		}
	}
	s := shelves{keys: make(map[string]catalogKeyRow, len(keys)), media: make(map[string]mediaRow, len(assets)), categories: make(map[string]bool, len(categories))}
	for _, k := range keys {
		s.keys[k.ID] = k
	}
	for _, m := range assets {
		s.media[m.ID] = m
	}
	for _, row := range categories {
		s.categories[row.ID] = true
	}
	for _, row := range singles {
		if row.ID == "tree" {
			s.tree = row
		}
	}
	revisions := make(map[string]int64, len(before))
	for _, p := range before {
		revisions[p.ID] = p.Revision
	}
	for _, p := range after {
		if revision, stood := revisions[p.ID]; stood && revision == p.Revision {
			s.products = append(s.products, p)
		}
	}
	return s, nil
}

// catalog: what is sold is found by its SKU and its addresses, stands on a shelf that
// is there, and shows pictures that are kept.
func (c *check) catalog() {
	for _, p := range c.shelves.products {
		c.productKeys(p)
		c.productPictures(p)
		for _, category := range p.Categories {
			if !c.shelves.categories[category] {
				c.find("catalog.category_is_there", p.ID, "it stands in %s, which is not there", category)
			}
		}
	}
	for id := range c.shelves.tree.Nodes {
		c.branch(id)
	}
}

// productKeys: each slug and SKU is the product's alone.
func (c *check) productKeys(p productRow) {
	for _, slug := range []string{p.Slugs.TR, p.Slugs.EN} {
		if k, there := c.shelves.keys["slug/"+slug]; slug != "" && (!there || k.Old || k.Owner != p.ID) {
			c.find("catalog.slug_is_its_own", p.ID, "the slug %s leads to %q", slug, k.Owner)
		}
	}
	seen := map[string]bool{}
	for _, v := range p.Variants {
		if k, there := c.shelves.keys["sku/"+v.SKU]; !there || k.Old || k.Owner != p.ID || seen[v.SKU] {
			c.find("catalog.sku_is_its_own", p.ID, "the SKU %s is %q's, or two variants have it", v.SKU, k.Owner)
		}
		seen[v.SKU] = true
	}
}

// productPictures: whatever is shown is kept.
func (c *check) productPictures(p productRow) {
	for _, picture := range p.Pictures {
		if picture.Media == "" {
			continue
		}
		asset, there := c.shelves.media[picture.Media]
		switch {
		case !there || asset.State == "deleting" || asset.State == "deleted":
			c.find("catalog.picture_is_there", p.ID, "it shows %s, which was deleted", picture.Media)
		case !asset.Users[p.ID]:
			c.find("catalog.picture_is_kept", p.ID, "it shows %s, which does not know and may be deleted", picture.Media)
		}
	}
}

// branch: a category leads to a root.
func (c *check) branch(id string) {
	nodes := c.shelves.tree.Nodes
	at := id
	for range len(nodes) + 1 {
		node, there := nodes[at]
		if !there {
			c.find("catalog.tree_is_whole", id, "it hangs below %s, which is not in the tree", at)
			return
		}
		if node.Parent == "" {
			return
		}
		at = node.Parent
	}
	c.find("catalog.tree_has_no_circle", id, "it is below itself, or below such a category")
}
