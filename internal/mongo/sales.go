package mongo

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/catalog"
)

var _ catalog.Sales = (*Sales)(nil)

// salesChunk is how many products one document has: far below what a document may
// hold.
const salesChunk = 5000

// Sales keeps how many units of each product were sold lately, in a few documents
// that are written anew as a whole by one writer. Who reads meanwhile may find a
// product in its old document and its new one: the last counts, for a list of what
// sells best needs no more.
type Sales struct{ rows *mongo.Collection }

// NewSales returns the store on db.
func NewSales(db *mongo.Database) *Sales { return &Sales{db.Collection("sales")} }

// soldRow is a part of what was sold.
type soldRow struct {
	ID    string           `bson:"_id"`
	Units map[string]int64 `bson:"units"`
}

func soldID(n int) string { return fmt.Sprintf("sold/%06d", n) }

// Sold returns what was sold lately.
func (s *Sales) Sold(ctx context.Context) (map[string]int64, error) {
	cursor, err := s.rows.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: soldID(0)}}}}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	rows, err := drain[soldRow](ctx, cursor, err, "reading what sells")
	if err != nil {
		return nil, err
	}
	sold := map[string]int64{}
	for _, row := range rows {
		maps.Copy(sold, row.Units)
	}
	return sold, nil
}

// SaveSold writes what was sold lately.
func (s *Sales) SaveSold(ctx context.Context, sold map[string]int64) error {
	n := 0
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(sold)), salesChunk) {
		row := soldRow{ID: soldID(n), Units: make(map[string]int64, len(ids))}
		for _, id := range ids {
			row.Units[id] = sold[id]
		}
		if _, err := s.rows.ReplaceOne(ctx, bson.D{{Key: "_id", Value: row.ID}}, row, options.Replace().SetUpsert(true)); err != nil {
			return unavailable(err, "writing what sells")
		}
		n++
	}
	if _, err := s.rows.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: soldID(n)}}}}); err != nil {
		return unavailable(err, "writing what sells")
	}
	return nil
}
