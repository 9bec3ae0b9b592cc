package mongo

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

// What the second keys of the catalogue begin with.
const (
	slugKey       = "slug/"
	skuKey        = "sku/"
	categoryKey   = "category/"
	collectionKey = "collection/"
)

// key is a second key of a product, category or collection, whose id is Owner.
type key struct {
	ID    string `bson:"_id"`
	Owner string `bson:"owner"`
	// Revision is the owner's by which the key was claimed: a write that lost takes
	// away no key that a later one has.
	Revision int64 `bson:"rev"`
	// Old marks a key that its owner gave up: see giveUp.
	Old bool      `bson:"old"`
	At  time.Time `bson:"at"`
	// By is the claim that placed the key, and may take it back, as long as no other
	// relies on it: two writes over one revision of a product may want the same key.
	By string `bson:"by,omitempty"`
}

// unborn is how long a key may belong to what is not there: its creation takes no
// longer.
const unborn = time.Minute

func (s *Catalog) keysOf(p catalog.Product) []key {
	keys := s.slugKeys(slugKey, p.Slugs, p.ID, p.Revision)
	for _, sku := range p.SKUs() {
		keys = append(keys, key{ID: skuKey + sku, Owner: p.ID, Revision: p.Revision, At: s.now().UTC()})
	}
	return keys
}

// slugKeys are the keys of a noun's slugs, each once.
func (s *Catalog) slugKeys(kind string, slugs catalog.Text, owner string, revision int64) []key {
	var keys []key
	for _, slug := range []string{slugs.TR, slugs.EN} {
		if slug != "" && (len(keys) == 0 || keys[0].ID != kind+slug) {
			keys = append(keys, key{ID: kind + slug, Owner: owner, Revision: revision, At: s.now().UTC()})
		}
	}
	return keys
}

// without returns the keys that are not among others.
func without(keys, others []key) []key {
	known := make(map[string]bool, len(others))
	for _, k := range others {
		known[k.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k key) bool { return known[k.ID] })
}

// held returns the keys that are there of some names.
func (s *Catalog) held(ctx context.Context, names []string) ([]key, error) {
	if len(names) == 0 {
		return nil, nil
	}
	cursor, err := s.keys.Find(ctx, byIDs(names))
	return drain[key](ctx, cursor, err, "reading slugs and SKUs")
}

func namesOf(keys []key) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.ID
	}
	return names
}

// claimTries bounds how often a claim begins again because a key that was in its way
// has gone meanwhile.
const claimTries = 5

// hold is what a write has claimed.
type hold struct {
	keys []key
	// by is the claim's own name.
	by string
	// instead are the rows, such as old slugs that lead to somebody, whose place keys
	// have taken: they come back where the write is not made.
	instead map[string]key
}

// claim takes keys for their owners. One that belongs to somebody else is a
// Conflict fault that names it, and those that were taken are given up again.
func (s *Catalog) claim(ctx context.Context, keys []key) (hold, error) {
	h := hold{keys: keys, by: bson.NewObjectID().Hex(), instead: map[string]key{}}
	if len(keys) == 0 {
		return h, nil
	}
	rows, wanted := make([]any, len(keys)), make(map[string]key, len(keys))
	for i, k := range keys {
		k.By = h.by
		if other, twice := wanted[k.ID]; twice && other.Owner != k.Owner {
			return h, taken(k.ID)
		}
		rows[i], wanted[k.ID] = k, k
	}
	for range claimTries {
		there, err := s.place(ctx, rows, wanted, h.instead)
		if fault.Is(err, fault.Conflict) {
			return h, errors.Join(err, s.retract(ctx, h))
		}
		if err != nil || there == len(wanted) {
			return h, err
		}
	}
	err := fault.New(fault.Conflict, "others claim the same slugs and SKUs just now: try again")
	return h, errors.Join(err, s.retract(ctx, h))
}

// place inserts the keys of a claim, takes over those in its way, which it notes in
// instead, and returns how many were there in the end.
func (s *Catalog) place(ctx context.Context, rows []any, wanted, instead map[string]key) (int, error) {
	_, err := s.keys.InsertMany(ctx, rows, options.InsertMany().SetOrdered(false))
	if err == nil {
		return len(wanted), nil
	}
	if !onlyDuplicates(err) {
		return 0, unavailable(err, "claiming slugs and SKUs")
	}
	there, err := s.held(ctx, slices.Collect(maps.Keys(wanted)))
	if err != nil {
		return 0, err
	}
	for _, k := range there {
		replaced, err := s.take(ctx, wanted[k.ID], k)
		if err != nil {
			return 0, err
		}
		if replaced {
			instead[k.ID] = k
		}
	}
	return len(there), nil
}

// take makes a key that is there its new owner's, if the old one has no use for
// it. It reports whether the row is another one now.
func (s *Catalog) take(ctx context.Context, mine, there key) (replaced bool, err error) {
	if there.By == mine.By || there.Owner == mine.Owner && there.Revision > mine.Revision {
		return false, nil // placed just now, or a later write's of the same owner
	}
	joins := there.Owner == mine.Owner && there.Revision == mine.Revision
	if joins {
		mine.By = "" // another write relies on it too
	}
	if there.Owner != mine.Owner {
		used, err := s.uses(ctx, there)
		if err != nil {
			return false, err
		}
		if used && there.Old {
			return false, fault.New(fault.Conflict, "units of the SKU are in stock or promised, and belong to the product that had it: choose another").
				With("key", strings.TrimPrefix(mine.ID, skuKey))
		}
		if used {
			return false, taken(mine.ID)
		}
	}
	res, err := s.keys.ReplaceOne(ctx, there.same(), mine)
	if err != nil {
		return false, unavailable(err, "claiming %s", mine.ID)
	}
	if res.MatchedCount == 0 {
		_, what, _ := strings.Cut(mine.ID, "/")
		return false, fault.New(fault.Conflict, "somebody else claimed %s just now: try again", what)
	}
	return !joins, nil
}

// same selects the key as long as no other claim was made to it.
func (k key) same() bson.D {
	by := bson.E{Key: "by", Value: k.By}
	if k.By == "" {
		by.Value = nil
	}
	return append(k.claimed(), bson.E{Key: "at", Value: k.At}, by)
}

// claimed selects the key as long as its owner claimed it by no later revision.
func (k key) claimed() bson.D {
	return bson.D{{Key: "_id", Value: k.ID}, {Key: "owner", Value: k.Owner}, {Key: "rev", Value: k.Revision}}
}

// uses reports whether the owner of a key really has it. A write that died half
// way may have left one behind, and old slugs are there to be taken.
func (s *Catalog) uses(ctx context.Context, k key) (bool, error) {
	if sku, is := strings.CutPrefix(k.ID, skuKey); is && k.Old {
		return s.inStock(ctx, sku)
	}
	if k.Old {
		return false, nil
	}
	revision, has, err := s.owned(ctx, k)
	switch {
	case fault.Is(err, fault.NotFound):
		return s.now().Sub(k.At) < unborn, nil
	case err != nil:
		return true, err
	case revision < k.Revision:
		// The write that claimed it is under way, or has died.
		return s.now().Sub(k.At) < unborn, nil
	}
	return slices.ContainsFunc(has, func(other key) bool { return other.ID == k.ID }), nil
}

// inStock reports whether units of a SKU are anywhere, or promised to anybody: another
// product must not sell them.
func (s *Catalog) inStock(ctx context.Context, sku string) (bool, error) {
	there := bson.D{
		{Key: "_id", Value: bson.D{{Key: "$regex", Value: "/" + regexp.QuoteMeta(sku) + "$"}}},
		{Key: "$or", Value: bson.A{
			bson.D{{Key: "on_hand", Value: bson.D{{Key: "$ne", Value: int64(0)}}}},
			bson.D{{Key: "reserved", Value: bson.D{{Key: "$ne", Value: int64(0)}}}},
			bson.D{{Key: "committed", Value: bson.D{{Key: "$ne", Value: int64(0)}}}},
		}},
	}
	count, err := s.stock.CountDocuments(ctx, there, options.Count().SetLimit(1))
	if err != nil {
		return false, unavailable(err, "looking for units of %s", sku)
	}
	return count > 0, nil
}

// owned returns the revision and the keys of a key's owner as it is now.
func (s *Catalog) owned(ctx context.Context, k key) (int64, []key, error) {
	byID := bson.D{{Key: "_id", Value: k.Owner}}
	switch {
	case strings.HasPrefix(k.ID, categoryKey):
		var c catalog.Category
		err := s.categories.FindOne(ctx, byID).Decode(&c)
		return c.Revision, s.slugKeys(categoryKey, c.Slugs, c.ID, c.Revision), found(err, "category", k.Owner)
	case strings.HasPrefix(k.ID, collectionKey):
		var c catalog.Collection
		err := s.collections.FindOne(ctx, byID).Decode(&c)
		return c.Revision, s.slugKeys(collectionKey, c.Slugs, c.ID, c.Revision), found(err, "collection", k.Owner)
	}
	var p catalog.Product
	err := s.products.FindOne(ctx, byID).Decode(&p)
	return p.Revision, s.keysOf(p), found(err, "product", k.Owner)
}

// taken names a key without what it begins with.
func taken(name string) error {
	kind, rest, _ := strings.Cut(name, "/")
	field := map[string]string{"sku": "SKU"}[kind]
	if field == "" {
		field = "slug"
	}
	return fault.New(fault.Conflict, "the %s %s is in use already: choose another", field, rest).With("key", rest)
}

// retract takes back what a claim placed and no other relies on.
func (s *Catalog) retract(ctx context.Context, h hold) error {
	for _, was := range h.instead {
		if err := s.putBack(ctx, bson.D{{Key: "_id", Value: was.ID}, {Key: "by", Value: h.by}}, was); err != nil {
			return err
		}
	}
	mine := append(byIDs(namesOf(h.keys)), bson.E{Key: "by", Value: h.by})
	if _, err := s.keys.DeleteMany(ctx, mine); err != nil {
		return unavailable(err, "giving up slugs and SKUs")
	}
	return nil
}

// putBack puts the row that a claim replaced in the place of the claim's.
func (s *Catalog) putBack(ctx context.Context, claimed bson.D, was key) error {
	if _, err := s.keys.ReplaceOne(ctx, claimed, was); err != nil {
		return unavailable(err, "giving up %s", was.ID)
	}
	return nil
}

// abandon gives up what a write claimed which another one came before, where the
// owners, as they are now, do not have it. Whoever else relies on it has lost as well.
func (s *Catalog) abandon(ctx context.Context, h hold) error {
	has := map[string]map[string]bool{}
	for _, k := range h.keys {
		if has[k.Owner] != nil {
			continue
		}
		_, keys, err := s.owned(ctx, k)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		has[k.Owner] = map[string]bool{}
		for _, other := range keys {
			has[k.Owner][other.ID] = err == nil
		}
	}
	for _, k := range h.keys {
		if has[k.Owner][k.ID] {
			continue
		}
		claimed := append(k.claimed(), bson.E{Key: "old", Value: false})
		if was, replaced := h.instead[k.ID]; replaced {
			if err := s.putBack(ctx, claimed, was); err != nil {
				return err
			}
			continue
		}
		if _, err := s.keys.DeleteOne(ctx, claimed); err != nil {
			return unavailable(err, "giving up %s", k.ID)
		}
	}
	return nil
}

// giveUp lets go of keys that their owner had before a revision: slugs go on leading
// to it until they are taken, and SKUs are its own until no unit of them is left.
func (s *Catalog) giveUp(ctx context.Context, revision int64, had []key) error {
	rows, err := s.held(ctx, namesOf(had))
	if err != nil {
		return err
	}
	for _, k := range rows {
		if k.Old || k.Owner != had[0].Owner || k.Revision > revision {
			continue
		}
		_, err := s.keys.UpdateOne(ctx, k.same(), bson.D{{Key: "$set", Value: bson.D{{Key: "old", Value: true}}}})
		if err != nil {
			return unavailable(err, "giving up %s", k.ID)
		}
	}
	return nil
}

// SlugOwners returns whom slugs lead to.
func (s *Catalog) SlugOwners(ctx context.Context, slugs []string) (map[string]catalog.SlugOwner, error) {
	names := make([]string, len(slugs))
	for i, slug := range slugs {
		names[i] = slugKey + slug
	}
	rows, err := s.held(ctx, names)
	if err != nil {
		return nil, err
	}
	owners := make(map[string]catalog.SlugOwner, len(rows))
	for _, k := range rows {
		owners[strings.TrimPrefix(k.ID, slugKey)] = catalog.SlugOwner{ProductID: k.Owner, Old: k.Old}
	}
	return owners, nil
}
