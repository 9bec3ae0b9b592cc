package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

// Documents of which there is one.
const (
	treeID = "tree"
	bookID = "book"
)

// Shelves returns the tree with every category.
func (s *Catalog) Shelves(ctx context.Context) (catalog.Shelves, error) {
	cursor, err := s.categories.Find(ctx, bson.D{})
	rows, err := drain[catalog.Category](ctx, cursor, err, "reading categories")
	if err != nil {
		return catalog.Shelves{}, err
	}
	shelves := catalog.Shelves{Categories: make(map[string]catalog.Category, len(rows))}
	for _, c := range rows {
		shelves.Categories[c.ID] = c
	}
	if err := s.single(ctx, treeID, &shelves.Tree); err != nil {
		return catalog.Shelves{}, err
	}
	if shelves.Tree.Nodes == nil {
		shelves.Tree.Nodes = map[string]catalog.Node{}
	}
	// One whose creation died before it was hung up hangs at the top.
	for id := range shelves.Categories {
		if _, hung := shelves.Tree.Nodes[id]; !hung {
			shelves.Tree.Nodes[id] = catalog.Node{Position: int64(len(rows))}
		}
	}
	return shelves, nil
}

// single reads a document of which there is one into row; without it row stays
// as it is.
func (s *Catalog) single(ctx context.Context, id string, row any) error {
	err := s.singles.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(row)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return unavailable(err, "reading the catalogue's %s", id)
	}
	return nil
}

// singleRow puts the id beside what it is the id of.
type singleRow[T any] struct {
	ID  string `bson:"_id"`
	Row T      `bson:",inline"`
}

// saveSingle writes a document of which there is one over the revision before it.
func saveSingle[T any](ctx context.Context, s *Catalog, id string, row T, revision int64) error {
	if err := s.announce(ctx, "", revision); err != nil {
		return err
	}
	return saveOver(ctx, s.singles, id, singleRow[T]{id, row}, revision)
}

// saveOver inserts a row of revision 1 and replaces any other over the revision
// before its own. It returns a Stale fault where somebody else was there first.
func saveOver(ctx context.Context, rows *mongo.Collection, id string, row any, revision int64) error {
	if revision == 1 {
		_, err := rows.InsertOne(ctx, row)
		if mongo.IsDuplicateKeyError(err) {
			return stale(rows.Name())
		}
		if err != nil {
			return unavailable(err, "writing %s", id)
		}
		return nil
	}
	res, err := rows.ReplaceOne(ctx, bson.D{{Key: "_id", Value: id}, {Key: "revision", Value: revision - 1}}, row)
	if err != nil {
		return unavailable(err, "writing %s", id)
	}
	if res.MatchedCount == 0 {
		return stale(rows.Name())
	}
	return nil
}

// SaveTree writes the tree as a whole.
func (s *Catalog) SaveTree(ctx context.Context, t catalog.Tree) (catalog.Tree, error) {
	t.Revision++
	return t, saveSingle(ctx, s, treeID, t, t.Revision)
}

// Book returns all price lists.
func (s *Catalog) Book(ctx context.Context) (catalog.Book, error) {
	var b catalog.Book
	err := s.single(ctx, bookID, &b)
	return b, err
}

// SaveBook writes all price lists as a whole.
func (s *Catalog) SaveBook(ctx context.Context, b catalog.Book) (catalog.Book, error) {
	b.Revision++
	return b, saveSingle(ctx, s, bookID, b, b.Revision)
}

// SaveCategory claims the category's slugs, then writes it.
func (s *Catalog) SaveCategory(ctx context.Context, c catalog.Category) (catalog.Category, error) {
	if err := c.Check(); err != nil {
		return c, err
	}
	var before catalog.Category
	err := s.categories.FindOne(ctx, bson.D{{Key: "_id", Value: c.ID}}).Decode(&before)
	if err = found(err, "category", c.ID); err != nil && !fault.Is(err, fault.NotFound) {
		return c, err
	}
	if before.Revision != c.Revision {
		return c, stale("category")
	}
	c.Revision++
	had, has := s.slugKeys(categoryKey, before.Slugs, c.ID, before.Revision), s.slugKeys(categoryKey, c.Slugs, c.ID, c.Revision)
	err = s.saveKeyed(ctx, s.categories, c.ID, c, c.Revision, had, has)
	return c, err
}

// saveKeyed claims new keys, writes a row over the revision before its own, and
// gives up the keys that it has no more.
func (s *Catalog) saveKeyed(ctx context.Context, rows *mongo.Collection, id string, row any, revision int64, had, has []key) error {
	held, err := s.claim(ctx, without(has, had))
	if err != nil {
		return err
	}
	if err := s.announce(ctx, "", revision); err != nil {
		return err
	}
	if err := saveOver(ctx, rows, id, row, revision); err != nil {
		if fault.Is(err, fault.Stale) {
			return errors.Join(err, s.abandon(ctx, held))
		}
		return err
	}
	return s.giveUp(ctx, revision, without(had, has))
}

// RemoveCategory takes the category out of the tree, then removes it.
func (s *Catalog) RemoveCategory(ctx context.Context, id string, revision int64) error {
	shelves, err := s.Shelves(ctx)
	if err != nil {
		return err
	}
	c, there := shelves.Categories[id]
	if !there {
		return fault.New(fault.NotFound, "no such category: %s", id)
	}
	if c.Revision != revision {
		return stale("category")
	}
	count, err := s.products.CountDocuments(ctx, bson.D{{Key: "categories", Value: id}}, options.Count().SetLimit(1))
	if err != nil {
		return unavailable(err, "looking for products of category %s", id)
	}
	if count > 0 {
		return fault.New(fault.Conflict, "products stand in this category: take them out first")
	}
	tree, err := shelves.Tree.Without(id)
	if err != nil {
		return err
	}
	if _, err := s.SaveTree(ctx, tree); err != nil {
		return err
	}
	err = s.remove(ctx, s.categories, id, revision, s.slugKeys(categoryKey, c.Slugs, id, revision))
	if at, hung := shelves.Tree.Nodes[id]; hung && fault.Is(err, fault.Stale) {
		return errors.Join(err, s.hangBack(ctx, id, at))
	}
	return err
}

// hangTries bounds how often the tree is written again because others write it too.
const hangTries = 50

// hangBack puts a category that was not removed after all back where it hung.
func (s *Catalog) hangBack(ctx context.Context, id string, at catalog.Node) error {
	for range hangTries {
		shelves, err := s.Shelves(ctx)
		if err != nil {
			return err
		}
		tree, err := shelves.Tree.Place(id, at)
		if err != nil {
			return err
		}
		if _, err = s.SaveTree(ctx, tree); !fault.Is(err, fault.Stale) {
			return err
		}
	}
	return stale("tree")
}

// remove deletes a row of a revision, then its keys.
func (s *Catalog) remove(ctx context.Context, rows *mongo.Collection, id string, revision int64, had []key) error {
	if err := s.announce(ctx, "", revision); err != nil {
		return err
	}
	res, err := rows.DeleteOne(ctx, bson.D{{Key: "_id", Value: id}, {Key: "revision", Value: revision}})
	if err != nil {
		return unavailable(err, "removing %s", id)
	}
	if res.DeletedCount == 0 {
		return stale(rows.Name())
	}
	for _, k := range had {
		if _, err := s.keys.DeleteOne(ctx, bson.D{{Key: "_id", Value: k.ID}, {Key: "owner", Value: id}}); err != nil {
			return unavailable(err, "giving up %s", k.ID)
		}
	}
	return nil
}

// Collections returns every collection by its id.
func (s *Catalog) Collections(ctx context.Context) ([]catalog.Collection, error) {
	cursor, err := s.collections.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	return drain[catalog.Collection](ctx, cursor, err, "reading collections")
}

// SaveCollection claims the collection's slugs, then writes it.
func (s *Catalog) SaveCollection(ctx context.Context, c catalog.Collection) (catalog.Collection, error) {
	if err := c.Check(); err != nil {
		return c, err
	}
	var before catalog.Collection
	err := s.collections.FindOne(ctx, bson.D{{Key: "_id", Value: c.ID}}).Decode(&before)
	if err = found(err, "collection", c.ID); err != nil && !fault.Is(err, fault.NotFound) {
		return c, err
	}
	if before.Revision != c.Revision {
		return c, stale("collection")
	}
	c.Revision++
	had, has := s.slugKeys(collectionKey, before.Slugs, c.ID, before.Revision), s.slugKeys(collectionKey, c.Slugs, c.ID, c.Revision)
	return c, s.saveKeyed(ctx, s.collections, c.ID, c, c.Revision, had, has)
}

// RemoveCollection removes a collection.
func (s *Catalog) RemoveCollection(ctx context.Context, id string, revision int64) error {
	var c catalog.Collection
	if err := s.collections.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&c); err != nil {
		return found(err, "collection", id)
	}
	if c.Revision != revision {
		return stale("collection")
	}
	return s.remove(ctx, s.collections, id, revision, s.slugKeys(collectionKey, c.Slugs, id, revision))
}
