package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// epochID is the document that says which cached copies may be believed.
const epochID = "epoch"

type epochRow struct {
	Epoch int64 `bson:"epoch"`
}

// Epoch returns the present epoch of cached copies; 0 before the first change.
func (s *Catalog) Epoch(ctx context.Context) (int64, error) {
	var row epochRow
	err := s.single(ctx, epochID, &row)
	return row.Epoch, err
}

// identityID is the document that tells this database from any other.
const identityID = "identity"

// Identity returns a name that no other database has.
func (s *Catalog) Identity(ctx context.Context) (string, error) {
	_, err := s.singles.UpdateOne(ctx, bson.D{{Key: "_id", Value: identityID}},
		bson.D{{Key: "$setOnInsert", Value: bson.D{{Key: "name", Value: bson.NewObjectID().Hex()}}}}, options.UpdateOne().SetUpsert(true))
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return "", unavailable(err, "naming the database")
	}
	var row struct {
		Name string `bson:"name"`
	}
	err = s.single(ctx, identityID, &row)
	return row.Name, err
}

// NextEpoch begins another epoch: copies of all before it are not read any more.
func (s *Catalog) NextEpoch(ctx context.Context) error {
	_, err := s.singles.UpdateOne(ctx, bson.D{{Key: "_id", Value: epochID}},
		bson.D{{Key: "$inc", Value: bson.D{{Key: "epoch", Value: int64(1)}}}}, options.UpdateOne().SetUpsert(true))
	if err != nil {
		return unavailable(err, "beginning another epoch of the cache")
	}
	return nil
}
