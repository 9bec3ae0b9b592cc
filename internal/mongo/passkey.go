package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

var (
	_ identity.PasskeyOwners = (*PasskeyOwners)(nil)
	_ identity.Challenges    = (*Challenges)(nil)
)

// PasskeyOwners keeps one document for each passkey, whose _id is the passkey's.
type PasskeyOwners struct{ rows *mongo.Collection }

// NewPasskeyOwners returns the store on db.
func NewPasskeyOwners(db *mongo.Database) *PasskeyOwners {
	return &PasskeyOwners{rows: db.Collection("passkeys")}
}

// Claim notes whose the passkey is; repeated by its owner it does nothing.
func (s *PasskeyOwners) Claim(ctx context.Context, passkeyID, accountID string) error {
	_, err := s.rows.InsertOne(ctx, claim{Key: passkeyID, Owner: accountID})
	if err == nil {
		return nil
	}
	if !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "claiming a passkey")
	}
	there, err := s.Owner(ctx, passkeyID)
	if err != nil {
		return err
	}
	if there != accountID {
		return fault.New(fault.Conflict, "this passkey is registered already")
	}
	return nil
}

// Owner returns whose the passkey is.
func (s *PasskeyOwners) Owner(ctx context.Context, passkeyID string) (string, error) {
	var c claim
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: passkeyID}}).Decode(&c)
	return c.Owner, found(err, "passkey", "of this id")
}

// Release gives the passkey up.
func (s *PasskeyOwners) Release(ctx context.Context, passkeyID, accountID string) error {
	if _, err := s.rows.DeleteOne(ctx, bson.D{{Key: "_id", Value: passkeyID}, {Key: "owner", Value: accountID}}); err != nil {
		return unavailable(err, "giving up a passkey of account %s", accountID)
	}
	return nil
}

// Forget gives every passkey of the account up.
func (s *PasskeyOwners) Forget(ctx context.Context, accountID string) error {
	if _, err := s.rows.DeleteMany(ctx, bson.D{{Key: "owner", Value: accountID}}); err != nil {
		return unavailable(err, "giving up the passkeys of account %s", accountID)
	}
	return nil
}

// Challenges keeps what authenticators are to sign.
type Challenges struct{ rows *mongo.Collection }

// NewChallenges returns the store on db.
func NewChallenges(db *mongo.Database) *Challenges {
	return &Challenges{rows: db.Collection("passkey_challenges")}
}

// Put writes a new challenge.
func (s *Challenges) Put(ctx context.Context, c identity.Challenge) error {
	if _, err := s.rows.InsertOne(ctx, c); err != nil {
		return unavailable(err, "writing challenge %s", c.ID)
	}
	return nil
}

// Take removes the challenge and returns it; of many who take it at once one does.
func (s *Challenges) Take(ctx context.Context, challengeID string, to identity.Ceremony, accountID string, now time.Time) (identity.Challenge, error) {
	var c identity.Challenge
	err := s.rows.FindOneAndDelete(ctx, bson.D{
		{Key: "_id", Value: challengeID}, {Key: "for", Value: string(to)}, {Key: "account_id", Value: accountID},
		{Key: "created_at", Value: bson.D{{Key: "$gt", Value: now.Add(-identity.ChallengeLife)}}},
	}).Decode(&c)
	return c, found(err, "challenge", challengeID)
}

// Sweep removes challenges that were made before.
func (s *Challenges) Sweep(ctx context.Context, before time.Time) (int, error) {
	res, err := s.rows.DeleteMany(ctx, bson.D{{Key: "created_at", Value: bson.D{{Key: "$lt", Value: before}}}})
	if err != nil {
		return 0, unavailable(err, "removing old challenges")
	}
	return int(res.DeletedCount), nil
}
