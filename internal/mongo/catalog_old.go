package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/money"
)

// oldProduct is what a product was kept as before it had revisions: one slug, one
// category, one price a variant, and options written out in each variant.
type oldProduct struct {
	Slug     string       `bson:"slug"`
	Category string       `bson:"category"`
	Variants []oldVariant `bson:"variants"`
}

type oldVariant struct {
	Price   money.Amount `bson:"price"`
	Options []struct {
		Key   string       `bson:"key"`
		Name  catalog.Text `bson:"name"`
		Value catalog.Text `bson:"value"`
	} `bson:"options"`
}

// upgradeBatch is how many rows are rewritten at a time.
const upgradeBatch = 200

// Upgrade rewrites products that are kept in the older form, and says how many. It
// can be repeated.
func (s *Catalog) Upgrade(ctx context.Context) (int, error) {
	for upgraded := 0; ; {
		cursor, err := s.products.Find(ctx, oldForm(), options.Find().SetLimit(upgradeBatch))
		rows, err := drain[bson.Raw](ctx, cursor, err, "reading products of an older form")
		if err != nil || len(rows) == 0 {
			return upgraded, err
		}
		for _, row := range rows {
			if err := s.upgrade(ctx, row); err != nil {
				return upgraded, err
			}
			upgraded++
		}
	}
}

func oldForm() bson.D {
	return bson.D{{Key: "revision", Value: bson.D{{Key: "$exists", Value: false}}}}
}

func (s *Catalog) upgrade(ctx context.Context, row bson.Raw) error {
	var p catalog.Product
	var old oldProduct
	if err := bson.Unmarshal(row, &p); err != nil {
		return unavailable(err, "reading a product of an older form")
	}
	if err := bson.Unmarshal(row, &old); err != nil {
		return unavailable(err, "reading a product of an older form")
	}
	p.Revision, p.Status, p.UpdatedAt = 1, catalog.Active, s.now().UTC()
	p.Slugs, p.Categories = catalog.Text{TR: old.Slug, EN: old.Slug}, []string{old.Category}
	for i, v := range old.Variants {
		p.Variants[i].Prices = []catalog.Price{{List: catalog.BaseList(v.Price.Currency), Amount: v.Price}}
		for _, o := range v.Options {
			choose(&p, i, catalog.Chosen{Key: o.Key, Name: o.Name, Value: o.Value})
		}
	}
	mine := s.keysOf(p)
	// Keys of that form say nothing of revisions: they are claimed anew.
	unversioned := append(byIDs(namesOf(mine)), bson.E{Key: "owner", Value: p.ID}, bson.E{Key: "rev", Value: bson.D{{Key: "$exists", Value: false}}})
	if _, err := s.keys.DeleteMany(ctx, unversioned); err != nil {
		return unavailable(err, "claiming the keys of product %s anew", p.ID)
	}
	if _, err := s.claim(ctx, mine); err != nil {
		return err
	}
	if err := s.announce(ctx, p.ID, p.Revision); err != nil {
		return err
	}
	_, err := s.products.ReplaceOne(ctx, append(oldForm(), bson.E{Key: "_id", Value: p.ID}), rowOf(p))
	if err != nil {
		return unavailable(err, "rewriting product %s", p.ID)
	}
	return nil
}

// choose makes a variant's value one of the product's option.
func choose(p *catalog.Product, variant int, c catalog.Chosen) {
	value := catalog.Value{Key: catalog.Slugify(c.Value.In(catalog.English)), Name: c.Value}
	if p.Variants[variant].Choices == nil {
		p.Variants[variant].Choices = map[string]string{}
	}
	p.Variants[variant].Choices[c.Key] = value.Key
	for i := range p.Options {
		if p.Options[i].Key == c.Key {
			for _, known := range p.Options[i].Values {
				if known.Key == value.Key {
					return
				}
			}
			p.Options[i].Values = append(p.Options[i].Values, value)
			return
		}
	}
	p.Options = append(p.Options, catalog.Option{Key: c.Key, Name: c.Name, Values: []catalog.Value{value}})
}
