package mongo

import (
	"context"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/order"
)

var _ order.Claims = (*Claims)(nil)

// Claims keeps second keys: one document for each, whose _id is the key.
type Claims struct{ keys *mongo.Collection }

// NewClaims returns the store on db.
func NewClaims(db *mongo.Database) *Claims { return &Claims{keys: db.Collection("claims")} }

type claim struct {
	Key   string `bson:"_id"`
	Owner string `bson:"owner"`
}

// Claim takes a key for owner, or returns who has it.
func (s *Claims) Claim(ctx context.Context, key, owner string) (string, error) {
	_, err := s.keys.InsertOne(ctx, claim{key, owner})
	switch {
	case err == nil:
		return owner, nil
	case mongo.IsDuplicateKeyError(err):
		return s.Owner(ctx, key)
	}
	return "", unavailable(err, "claiming %s", key)
}

// ClaimAll takes several keys for owner: independent inserts, of which any may
// find its key taken.
func (s *Claims) ClaimAll(ctx context.Context, owner string, keys ...string) (map[string]string, error) {
	rows, owners := make([]any, len(keys)), make(map[string]string, len(keys))
	for i, key := range keys {
		rows[i], owners[key] = claim{key, owner}, owner
	}
	_, err := s.keys.InsertMany(ctx, rows, options.InsertMany().SetOrdered(false))
	if err == nil {
		return owners, nil
	}
	if !mongo.IsDuplicateKeyError(err) {
		return nil, unavailable(err, "claiming %d keys", len(keys))
	}
	for _, key := range keys {
		if owners[key], err = s.Claim(ctx, key, owner); err != nil {
			return nil, err
		}
	}
	return owners, nil
}

// Owner returns who holds the key.
func (s *Claims) Owner(ctx context.Context, key string) (string, error) {
	var c claim
	err := s.keys.FindOne(ctx, bson.D{{Key: "_id", Value: key}}).Decode(&c)
	return c.Owner, found(err, "claim", key)
}

// Release gives up the key if owner holds it.
func (s *Claims) Release(ctx context.Context, key, owner string) error {
	if _, err := s.keys.DeleteOne(ctx, bson.D{{Key: "_id", Value: key}, {Key: "owner", Value: owner}}); err != nil {
		return unavailable(err, "releasing %s", key)
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
