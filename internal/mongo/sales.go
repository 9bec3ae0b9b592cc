package mongo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/catalog"
)

var _ catalog.SalesBook = (*Sales)(nil)

// salesChunk is how many products one document has: far below what a document may
// hold.
const salesChunk = 5000

// Sales keeps how many units of each product were sold on each day, a day in one
// document or a few.
type Sales struct{ rows *mongo.Collection }

// NewSales returns the store on db.
func NewSales(db *mongo.Database) *Sales { return &Sales{db.Collection("sales")} }

// soldRow is a part of what was sold on a day.
type soldRow struct {
	ID    string           `bson:"_id"`
	Units map[string]int64 `bson:"units"`
}

func soldID(day string, n int) string { return fmt.Sprintf("%s/%04d", day, n) }

// Sold adds up the days.
func (s *Sales) Sold(ctx context.Context, since string) (map[string]int64, error) {
	cursor, err := s.rows.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: since}}}})
	rows, err := drain[soldRow](ctx, cursor, err, "reading what sells")
	if err != nil {
		return nil, err
	}
	sold := map[string]int64{}
	for _, row := range rows {
		for id, units := range row.Units {
			sold[id] += units
		}
	}
	return sold, nil
}

// SaveDay writes a day's documents anew, then removes those that it needs no more.
func (s *Sales) SaveDay(ctx context.Context, day string, units map[string]int64) error {
	n := 0
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(units)), salesChunk) {
		row := soldRow{ID: soldID(day, n), Units: make(map[string]int64, len(ids))}
		for _, id := range ids {
			row.Units[id] = units[id]
		}
		if _, err := s.rows.ReplaceOne(ctx, bson.D{{Key: "_id", Value: row.ID}}, row, options.Replace().SetUpsert(true)); err != nil {
			return unavailable(err, "writing what was sold on %s", day)
		}
		n++
	}
	rest := bson.D{{Key: "$gte", Value: soldID(day, n)}, {Key: "$lt", Value: day + "0"}}
	if _, err := s.rows.DeleteMany(ctx, bson.D{{Key: "_id", Value: rest}}); err != nil {
		return unavailable(err, "writing what was sold on %s", day)
	}
	return nil
}

// Sweep removes the days before a moment.
func (s *Sales) Sweep(ctx context.Context, before time.Time) (int, error) {
	res, err := s.rows.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$lt", Value: before.UTC().Format(time.DateOnly)}}}})
	if err != nil {
		return 0, unavailable(err, "removing old days of sales")
	}
	return int(res.DeletedCount), nil
}
