package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/order"
)

var _ order.Cursors = (*Cursors)(nil)

// Cursors keeps how far each walk has come.
type Cursors struct{ rows *mongo.Collection }

// NewCursors returns the store on db.
func NewCursors(db *mongo.Database) *Cursors { return &Cursors{rows: db.Collection("cursors")} }

// Cursor returns the position of the walk.
func (s *Cursors) Cursor(ctx context.Context, walk string) (string, error) {
	var row struct {
		Position string `bson:"position"`
	}
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: walk}}).Decode(&row)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return "", unavailable(err, "reading the cursor %s", walk)
	}
	return row.Position, nil
}

// SetCursor moves the walk's position.
func (s *Cursors) SetCursor(ctx context.Context, walk, position string) error {
	_, err := s.rows.UpdateOne(ctx, bson.D{{Key: "_id", Value: walk}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "position", Value: position}}}}, options.UpdateOne().SetUpsert(true))
	if err != nil {
		return unavailable(err, "moving the cursor %s", walk)
	}
	return nil
}
