package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
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

// NextEpoch begins another epoch: copies of all before it are not read any more.
func (s *Catalog) NextEpoch(ctx context.Context) error {
	_, err := s.singles.UpdateOne(ctx, bson.D{{Key: "_id", Value: epochID}},
		bson.D{{Key: "$inc", Value: bson.D{{Key: "epoch", Value: int64(1)}}}}, options.UpdateOne().SetUpsert(true))
	if err != nil {
		return unavailable(err, "beginning another epoch of the cache")
	}
	return nil
}
