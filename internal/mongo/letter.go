package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/identity"
)

var _ identity.LetterBox = (*LetterBox)(nil)

// LetterBox keeps one document for each letter that was not handed over yet.
type LetterBox struct{ rows *mongo.Collection }

// NewLetterBox returns the store on db.
func NewLetterBox(db *mongo.Database) *LetterBox { return &LetterBox{rows: db.Collection("letters")} }

// Keep inserts the letter; one that is there stays.
func (s *LetterBox) Keep(ctx context.Context, l identity.Letter) error {
	if _, err := s.rows.InsertOne(ctx, l); err != nil && !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "keeping letter %s", l.ID)
	}
	return nil
}

// Done removes the letter.
func (s *LetterBox) Done(ctx context.Context, letterID string) error {
	if _, err := s.rows.DeleteOne(ctx, bson.D{{Key: "_id", Value: letterID}}); err != nil {
		return unavailable(err, "removing letter %s", letterID)
	}
	return nil
}

// Waiting returns the oldest letters of before a moment.
func (s *LetterBox) Waiting(ctx context.Context, before time.Time, limit int) ([]identity.Letter, error) {
	cursor, err := s.rows.Find(ctx, bson.D{{Key: "at", Value: bson.D{{Key: "$lt", Value: before}}}},
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	return drain[identity.Letter](ctx, cursor, err, "reading letters that wait")
}
