package mongo

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/terms"
)

var _ terms.Store = (*Terms)(nil)

// Terms keeps each version of a text in a document of its own, which is never
// written again, and for each kind and language a pointer to the one that is
// shown.
type Terms struct {
	versions *mongo.Collection
	current  *mongo.Collection
}

// NewTerms returns the store on db.
func NewTerms(db *mongo.Database) *Terms {
	return &Terms{versions: db.Collection("terms"), current: db.Collection("terms_current")}
}

// pointer is the document of what is shown.
type pointer struct {
	Key    string `bson:"_id"`
	Number int64  `bson:"number"`
	Hash   string `bson:"hash"`
}

// Publish inserts the version, whose number is taken by whoever comes first,
// and moves the pointer to it. A version that was inserted and not shown is of
// a publisher who died, or is slow: who finds it moves the pointer for them.
func (s *Terms) Publish(ctx context.Context, v terms.Version) (terms.Version, error) {
	shown, err := s.shown(ctx, v)
	if err != nil {
		return terms.Version{}, err
	}
	if shown.Number != v.Number-1 {
		return s.again(ctx, v)
	}
	_, err = s.versions.InsertOne(ctx, v)
	switch {
	case mongo.IsDuplicateKeyError(err):
		there, err := s.Find(ctx, v.Kind, v.Language, v.Number)
		if err != nil {
			return terms.Version{}, err
		}
		if err := s.show(ctx, there); err != nil {
			return terms.Version{}, err
		}
		return s.again(ctx, v)
	case err != nil:
		return terms.Version{}, unavailable(err, "writing %s", v.ID)
	}
	return v, s.show(ctx, v)
}

// again returns the version that has the number if it is the same one by the
// same person: a request that was repeated.
func (s *Terms) again(ctx context.Context, v terms.Version) (terms.Version, error) {
	there, err := s.Find(ctx, v.Kind, v.Language, v.Number)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return terms.Version{}, err
	}
	if err == nil && there.Hash == v.Hash && there.PublishedBy == v.PublishedBy {
		return there, nil
	}
	return terms.Version{}, fault.New(fault.Conflict, "another version is current by now: read it, and publish over its number")
}

// show moves the pointer from the version before. Where it has moved already,
// somebody did it for us.
func (s *Terms) show(ctx context.Context, v terms.Version) error {
	key := terms.Key(v.Kind, v.Language)
	if v.Number == 1 {
		_, err := s.current.InsertOne(ctx, pointer{Key: key, Number: 1, Hash: v.Hash})
		if err != nil && !mongo.IsDuplicateKeyError(err) {
			return unavailable(err, "showing %s", v.ID)
		}
		return nil
	}
	_, err := s.current.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: key}, {Key: "number", Value: v.Number - 1}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "number", Value: v.Number}, {Key: "hash", Value: v.Hash}}}})
	if err != nil {
		return unavailable(err, "showing %s", v.ID)
	}
	return nil
}

// shown returns the pointer beside a version; without one, an empty one.
func (s *Terms) shown(ctx context.Context, v terms.Version) (pointer, error) {
	var p pointer
	err := s.current.FindOne(ctx, bson.D{{Key: "_id", Value: terms.Key(v.Kind, v.Language)}}).Decode(&p)
	if err = found(err, "text", v.ID); fault.Is(err, fault.NotFound) {
		return pointer{}, nil
	}
	return p, err
}

// Current reads every pointer: one for each kind and language.
func (s *Terms) Current(ctx context.Context) ([]terms.Current, error) {
	keys := bson.A{}
	for _, kind := range terms.Kinds {
		for _, language := range terms.Languages {
			keys = append(keys, terms.Key(kind, language))
		}
	}
	cursor, err := s.current.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: keys}}}})
	rows, err := drain[pointer](ctx, cursor, err, "reading which texts are shown")
	if err != nil {
		return nil, err
	}
	var current []terms.Current
	for _, kind := range terms.Kinds {
		for _, language := range terms.Languages {
			i := slices.IndexFunc(rows, func(p pointer) bool { return p.Key == terms.Key(kind, language) })
			if i >= 0 {
				current = append(current, terms.Current{Kind: kind, Language: language, Number: rows[i].Number, Hash: rows[i].Hash})
			}
		}
	}
	return current, nil
}

// Find returns a version.
func (s *Terms) Find(ctx context.Context, kind terms.Kind, language string, number int64) (terms.Version, error) {
	var v terms.Version
	id := terms.ID(kind, language, number)
	err := s.versions.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&v)
	return v, found(err, "text", id)
}

// List reads versions by their ids: numbers have no gap, and as text they do not
// sort.
func (s *Terms) List(ctx context.Context, kind terms.Kind, language string, from int64, limit int) ([]terms.Version, error) {
	ids := bson.A{}
	for number := from; number > 0 && len(ids) < limit; number-- {
		ids = append(ids, terms.ID(kind, language, number))
	}
	if len(ids) == 0 {
		return nil, nil
	}
	cursor, err := s.versions.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}})
	rows, err := drain[terms.Version](ctx, cursor, err, "reading the versions of a text")
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b terms.Version) int { return int(b.Number - a.Number) })
	return rows, nil
}
