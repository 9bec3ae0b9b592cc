package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/identity"
)

var _ identity.Sessions = (*Sessions)(nil)

// Sessions keeps one document for each session.
type Sessions struct{ rows *mongo.Collection }

// NewSessions returns the store on db.
func NewSessions(db *mongo.Database) *Sessions { return &Sessions{rows: db.Collection("sessions")} }

// notEnded selects what has not ended.
var notEnded = bson.E{Key: "ended", Value: bson.D{{Key: "$exists", Value: false}}}

// Start writes a new session.
func (s *Sessions) Start(ctx context.Context, session identity.Session) error {
	if _, err := s.rows.InsertOne(ctx, session); err != nil {
		return unavailable(err, "writing session %s", session.ID)
	}
	return nil
}

// Find returns the session.
func (s *Sessions) Find(ctx context.Context, sessionID string) (identity.Session, error) {
	var session identity.Session
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: sessionID}}).Decode(&session)
	return session, found(err, "session", sessionID)
}

// Rotate moves the session on by one turn.
func (s *Sessions) Rotate(ctx context.Context, sessionID string, turn int64, now time.Time) (bool, error) {
	res, err := s.rows.UpdateOne(ctx, bson.D{{Key: "_id", Value: sessionID}, {Key: "turn", Value: turn}, notEnded},
		bson.D{{Key: "$set", Value: bson.D{{Key: "turn", Value: turn + 1}, {Key: "rotated_at", Value: now}}}})
	if err != nil {
		return false, unavailable(err, "refreshing session %s", sessionID)
	}
	return res.MatchedCount == 1, nil
}

// End ends the session.
func (s *Sessions) End(ctx context.Context, sessionID, why string, now time.Time) error {
	return s.end(ctx, bson.D{{Key: "_id", Value: sessionID}, notEnded}, why, now)
}

// EndAll ends every session of the account but keep.
func (s *Sessions) EndAll(ctx context.Context, accountID, keep, why string, now time.Time) error {
	return s.end(ctx, bson.D{{Key: "account_id", Value: accountID}, {Key: "_id", Value: bson.D{{Key: "$ne", Value: keep}}}, notEnded}, why, now)
}

func (s *Sessions) end(ctx context.Context, which bson.D, why string, now time.Time) error {
	_, err := s.rows.UpdateMany(ctx, which, bson.D{{Key: "$set", Value: bson.D{{Key: "ended", Value: now}, {Key: "why", Value: why}}}})
	if err != nil {
		return unavailable(err, "ending a session")
	}
	return nil
}

// All returns every session of the account.
func (s *Sessions) All(ctx context.Context, accountID string) ([]identity.Session, error) {
	cursor, err := s.rows.Find(ctx, bson.D{{Key: "account_id", Value: accountID}}, options.Find().SetSort(bson.D{{Key: "_id", Value: -1}}))
	return drain[identity.Session](ctx, cursor, err, "reading the sessions of an account")
}

// Forget removes every session of the account.
func (s *Sessions) Forget(ctx context.Context, accountID string) error {
	if _, err := s.rows.DeleteMany(ctx, bson.D{{Key: "account_id", Value: accountID}}); err != nil {
		return unavailable(err, "removing the sessions of account %s", accountID)
	}
	return nil
}

// Of returns the account's sessions that have not ended.
func (s *Sessions) Of(ctx context.Context, accountID string) ([]identity.Session, error) {
	cursor, err := s.rows.Find(ctx, bson.D{{Key: "account_id", Value: accountID}, notEnded}, options.Find().SetSort(bson.D{{Key: "_id", Value: -1}}))
	return drain[identity.Session](ctx, cursor, err, "reading the sessions of an account")
}

// Sweep removes sessions that were over before.
func (s *Sessions) Sweep(ctx context.Context, before time.Time) (int, error) {
	res, err := s.rows.DeleteMany(ctx, bson.D{{Key: "rotated_at", Value: bson.D{{Key: "$lt", Value: before}}}})
	if err != nil {
		return 0, unavailable(err, "removing old sessions")
	}
	return int(res.DeletedCount), nil
}
