package mongo

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/catalog"
)

var _ catalog.Misses = (*SearchMisses)(nil)

// SearchMisses counts, for each day and language, the texts that were searched for
// in vain.
type SearchMisses struct{ rows *mongo.Collection }

// NewSearchMisses returns the store on db.
func NewSearchMisses(db *mongo.Database) *SearchMisses {
	return &SearchMisses{db.Collection("search_misses")}
}

// missID begins with the day, by which misses are read and removed.
func missID(m catalog.Miss) string { return m.Day + "/" + m.Language + "/" + m.Text }

// Add adds the counts of some misses to those that are there. A count may be added
// twice where the answer was lost: it is a hint for people.
func (s *SearchMisses) Add(ctx context.Context, misses []catalog.Miss) error {
	for _, m := range misses {
		_, err := s.rows.UpdateOne(ctx, bson.D{{Key: "_id", Value: missID(m)}}, bson.D{
			{Key: "$inc", Value: bson.D{{Key: "count", Value: m.Count}}},
			{Key: "$set", Value: bson.D{{Key: "day", Value: m.Day}, {Key: "language", Value: m.Language}, {Key: "text", Value: m.Text}, {Key: "last", Value: m.Last}}},
		}, options.UpdateOne().SetUpsert(true))
		if err != nil {
			return unavailable(err, "counting searches that found nothing")
		}
	}
	return nil
}

// Since returns the misses of all days from one on, added up, the commonest first.
func (s *SearchMisses) Since(ctx context.Context, day string, limit int) ([]catalog.Miss, error) {
	cursor, err := s.rows.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: day}}}})
	rows, err := drain[catalog.Miss](ctx, cursor, err, "reading searches that found nothing")
	if err != nil {
		return nil, err
	}
	sums := map[[2]string]catalog.Miss{}
	for _, m := range rows {
		sum := sums[[2]string{m.Language, m.Text}]
		m.Count += sum.Count
		if sum.Last.After(m.Last) {
			m.Last, m.Day = sum.Last, sum.Day
		}
		sums[[2]string{m.Language, m.Text}] = m
	}
	all := make([]catalog.Miss, 0, len(sums))
	for _, m := range sums {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b catalog.Miss) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Text, b.Text), strings.Compare(a.Language, b.Language))
	})
	return all[:min(len(all), limit)], nil
}

// Sweep removes the misses of days before a moment.
func (s *SearchMisses) Sweep(ctx context.Context, before time.Time) (int, error) {
	res, err := s.rows.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$lt", Value: before.UTC().Format(time.DateOnly)}}}})
	if err != nil {
		return 0, unavailable(err, "removing old searches that found nothing")
	}
	return int(res.DeletedCount), nil
}
