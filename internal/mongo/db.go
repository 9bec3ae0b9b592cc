// Package mongo keeps every noun of the product in MongoDB: one file a noun.
// Every write is one conditional update or insert of one document and is safe
// to repeat; what spans documents is a step of a workflow with an undo.
// Nothing here needs a transaction, a TTL index or a second unique index.
package mongo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/bedesten/bedesten/internal/fault"
)

// callTimeout bounds every call whose context has no nearer deadline.
const callTimeout = 10 * time.Second

// Connect returns the product's database at uri. It does not wait for the
// server: Ping does. Decisions read the primary, writes wait for the majority.
// monitor, which may be nil, is told of every command.
func Connect(uri, database string, monitor *event.CommandMonitor) (*mongo.Database, error) {
	opts := options.Client().ApplyURI(uri).
		SetTimeout(callTimeout).
		SetReadPreference(readpref.Primary()).
		SetWriteConcern(writeconcern.Majority()).
		SetRetryWrites(false).
		SetServerSelectionTimeout(callTimeout).
		SetMaxPoolSize(64).
		SetMonitor(monitor)
	client, err := mongo.Connect(opts)
	if err != nil {
		return nil, fmt.Errorf("reading the MongoDB address: %w", err)
	}
	return client.Database(database), nil
}

// Ping reports whether the server answers.
func Ping(ctx context.Context, db *mongo.Database) error {
	if err := db.RunCommand(ctx, bson.D{{Key: "ping", Value: 1}}).Err(); err != nil {
		return fmt.Errorf("asking MongoDB for a sign of life: %w", err)
	}
	return nil
}

// unavailable wraps an error of the driver: the caller may try again.
func unavailable(err error, doing string, args ...any) error {
	return fault.Wrap(err, fault.Unavailable, "the store did not answer while %s", fmt.Sprintf(doing, args...))
}

// found turns "no documents" into a NotFound fault.
func found(err error, what, id string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mongo.ErrNoDocuments):
		return fault.New(fault.NotFound, "no such %s: %s", what, id)
	default:
		return unavailable(err, "reading %s %s", what, id)
	}
}

// byPrefix selects ids that begin with prefix. Ids hold bytes below 0x7f only.
func byPrefix(prefix string) bson.D {
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: prefix}, {Key: "$lt", Value: prefix + "\x7f"}}}}
}

// drain reads a cursor to its end and closes it, whatever happens.
func drain[T any](ctx context.Context, cursor *mongo.Cursor, err error, doing string) ([]T, error) {
	if err != nil {
		return nil, unavailable(err, "%s", doing)
	}
	items := []T{}
	if err := cursor.All(ctx, &items); err != nil {
		return nil, unavailable(err, "%s", doing)
	}
	return items, nil
}
