package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/idempotency"
)

var _ idempotency.Store = (*Idempotency)(nil)

// Idempotency keeps one document for each remembered request.
type Idempotency struct{ rows *mongo.Collection }

// NewIdempotency returns the store on db.
func NewIdempotency(db *mongo.Database) *Idempotency {
	return &Idempotency{rows: db.Collection("idempotency")}
}

// Begin inserts the record, or returns the one that is there.
func (s *Idempotency) Begin(ctx context.Context, rec idempotency.Record) (idempotency.Record, bool, error) {
	// A record can vanish or lapse between two steps; the second round settles it.
	for range 3 {
		_, err := s.rows.InsertOne(ctx, rec)
		if err == nil {
			return rec, true, nil
		}
		if !mongo.IsDuplicateKeyError(err) {
			return idempotency.Record{}, false, unavailable(err, "remembering a request")
		}
		there, err := s.find(ctx, rec.ID)
		if errors.Is(err, mongo.ErrNoDocuments) {
			continue
		}
		if err != nil {
			return idempotency.Record{}, false, unavailable(err, "reading a remembered request")
		}
		if !there.KeepUntil.After(rec.CreatedAt) {
			if err := s.forget(ctx, there); err != nil {
				return idempotency.Record{}, false, err
			}
			continue
		}
		if there.BodyHash != rec.BodyHash {
			return idempotency.Record{}, false, fault.New(fault.KeyReused, "this Idempotency-Key was used for another request: take a fresh one")
		}
		return there, false, nil
	}
	return idempotency.Record{}, false, fault.New(fault.Unavailable, "the same request is being made several times at once")
}

// Finish notes the first answer's status.
func (s *Idempotency) Finish(ctx context.Context, id string, status int) error {
	_, err := s.rows.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: id}, {Key: "status", Value: 0}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "status", Value: status}}}})
	if err != nil {
		return unavailable(err, "noting the answer to a request")
	}
	return nil
}

// Sweep removes records whose time is over.
func (s *Idempotency) Sweep(ctx context.Context, now time.Time) (int, error) {
	res, err := s.rows.DeleteMany(ctx, bson.D{{Key: "keep_until", Value: bson.D{{Key: "$lte", Value: now}}}})
	if err != nil {
		return 0, unavailable(err, "removing old requests")
	}
	return int(res.DeletedCount), nil
}

func (s *Idempotency) find(ctx context.Context, id string) (idempotency.Record, error) {
	var there idempotency.Record
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&there)
	return there, err
}

// forget removes exactly the lapsed record that was read, not a fresh one that
// took its place.
func (s *Idempotency) forget(ctx context.Context, old idempotency.Record) error {
	_, err := s.rows.DeleteOne(ctx, bson.D{{Key: "_id", Value: old.ID}, {Key: "keep_until", Value: old.KeepUntil}})
	if err != nil {
		return unavailable(err, "forgetting an old request")
	}
	return nil
}
