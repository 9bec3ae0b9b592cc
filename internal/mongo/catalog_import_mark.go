package mongo

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/bedesten/bedesten/internal/catalog"
)

const writingReport = "writing the report of an import"

// entryMark stands beside an entry that something is wrong with, under an id that
// sorts by outcome: a few of them are found among many entries without a look at each.
// It is a hint: the entry says what became of it.
type entryMark struct {
	ID     string `bson:"_id"`
	Number int64  `bson:"number"`
}

// marked reports whether entries of an outcome have a mark.
func marked(o catalog.Outcome) bool {
	return o == catalog.OutcomeFlawed || o == catalog.OutcomeFailed
}

// markID sorts before the entries of its check, and is swept with them.
func markID(importID, check string, o catalog.Outcome, number int64) string {
	return fmt.Sprintf("%s/%s!%s/%07d", importID, check, o, number)
}

func markOf(e catalog.ImportEntry) entryMark {
	return entryMark{markID(e.ImportID, e.Check, e.Outcome, e.Number), e.Number}
}

// mark writes the mark of an entry, where it has one.
func (s *CatalogImports) mark(ctx context.Context, e catalog.ImportEntry) error {
	if !marked(e.Outcome) {
		return nil
	}
	if _, err := s.entries.InsertOne(ctx, markOf(e)); err != nil && !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, writingReport)
	}
	return nil
}

// ofMarks returns the entries after a number that have marks of some outcomes.
func (s *CatalogImports) ofMarks(ctx context.Context, i catalog.Import, after int64, limit int, outcomes []catalog.Outcome) ([]catalog.ImportEntry, error) {
	var marks []entryMark
	for _, o := range outcomes {
		cursor, err := s.entries.Find(ctx, between(markID(i.ID, i.Check, o, after), i.ID+"/"+i.Check+"!"+string(o)+"/\x7f"), byID(limit))
		found, err := drain[entryMark](ctx, cursor, err, readingReport)
		if err != nil {
			return nil, err
		}
		marks = append(marks, found...)
	}
	if len(marks) == 0 {
		return nil, nil
	}
	slices.SortFunc(marks, func(a, b entryMark) int { return cmp.Compare(a.Number, b.Number) })
	ids := make([]string, 0, limit)
	for _, m := range marks[:min(len(marks), limit)] {
		ids = append(ids, entryID(i.ID, i.Check, m.Number))
	}
	cursor, err := s.entries.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}, withoutRows(limit))
	return drain[catalog.ImportEntry](ctx, cursor, err, readingReport)
}
