package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/identity"
)

var _ identity.Consents = (*Consents)(nil)

// Consents keeps what people agreed to. It inserts and reads, and does nothing else.
type Consents struct{ rows *mongo.Collection }

// NewConsents returns the store on db.
func NewConsents(db *mongo.Database) *Consents { return &Consents{rows: db.Collection("consents")} }

// Append writes a word down.
func (s *Consents) Append(ctx context.Context, c identity.Consent) error {
	if _, err := s.rows.InsertOne(ctx, c); err != nil {
		return unavailable(err, "writing a consent of account %s", c.AccountID)
	}
	return nil
}

// OfAccount returns every word of an account's owner, the oldest first.
func (s *Consents) OfAccount(ctx context.Context, accountID string) ([]identity.Consent, error) {
	cursor, err := s.rows.Find(ctx, bson.D{{Key: "account_id", Value: accountID}}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	return drain[identity.Consent](ctx, cursor, err, "reading the consents of an account")
}
