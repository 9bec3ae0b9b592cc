package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

var _ identity.Keys = (*Keys)(nil)

// Keys keeps the keys of machines, each under its prefix.
type Keys struct{ rows *mongo.Collection }

// NewKeys returns the store on db.
func NewKeys(db *mongo.Database) *Keys { return &Keys{rows: db.Collection("api_keys")} }

// Create writes a new key.
func (s *Keys) Create(ctx context.Context, k identity.Key) error {
	_, err := s.rows.InsertOne(ctx, k)
	if mongo.IsDuplicateKeyError(err) {
		return fault.New(fault.Conflict, "a key with the prefix %s is there already", k.Prefix)
	}
	if err != nil {
		return unavailable(err, "writing the key %s", k.Prefix)
	}
	return nil
}

// Find returns the key of a prefix.
func (s *Keys) Find(ctx context.Context, prefix string) (identity.Key, error) {
	var k identity.Key
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: prefix}}).Decode(&k)
	return k, found(err, "key", prefix)
}

// touchEvery is how exactly it is known when a key was last used.
const touchEvery = time.Minute

// Touch notes that the key was used.
func (s *Keys) Touch(ctx context.Context, k identity.Key, now time.Time) error {
	if now.Sub(k.LastUsedAt) < touchEvery {
		return nil
	}
	_, err := s.rows.UpdateOne(ctx, bson.D{{Key: "_id", Value: k.Prefix}, {Key: "last_used_at", Value: k.LastUsedAt}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "last_used_at", Value: now}}}})
	if err != nil {
		return unavailable(err, "noting the use of the key %s", k.Prefix)
	}
	return nil
}

// Revoke ends the key.
func (s *Keys) Revoke(ctx context.Context, prefix, by string, now time.Time) error {
	res, err := s.rows.UpdateOne(ctx, bson.D{{Key: "_id", Value: prefix}, {Key: "revoked_by", Value: ""}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "revoked", Value: now}, {Key: "revoked_by", Value: by}}}})
	if err != nil {
		return unavailable(err, "revoking the key %s", prefix)
	}
	if res.MatchedCount == 1 {
		return nil
	}
	_, err = s.Find(ctx, prefix)
	return err
}

// All returns every key by its prefix.
func (s *Keys) All(ctx context.Context) ([]identity.Key, error) {
	cursor, err := s.rows.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	return drain[identity.Key](ctx, cursor, err, "reading the keys of machines")
}
