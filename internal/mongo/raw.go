package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Raw reads whole collections as they are, for the audit.
type Raw struct{ db *mongo.Database }

// NewRaw returns a reader of db.
func NewRaw(db *mongo.Database) *Raw { return &Raw{db} }

// All reads every row of the collection into rows, a pointer to a slice.
func (r *Raw) All(ctx context.Context, collection string, rows any) error {
	cursor, err := r.db.Collection(collection).Find(ctx, bson.D{})
	if err != nil {
		return unavailable(err, "reading %s", collection)
	}
	if err := cursor.All(ctx, rows); err != nil {
		return unavailable(err, "reading %s", collection)
	}
	return nil
}
