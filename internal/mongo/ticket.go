package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/bedesten/bedesten/internal/identity"
)

var _ identity.Tickets = (*Tickets)(nil)

// Tickets keeps what mail addresses have to prove.
type Tickets struct{ rows *mongo.Collection }

// NewTickets returns the store on db.
func NewTickets(db *mongo.Database) *Tickets { return &Tickets{rows: db.Collection("tickets")} }

// Issue writes a new ticket.
func (s *Tickets) Issue(ctx context.Context, t identity.Ticket) error {
	if _, err := s.rows.InsertOne(ctx, t); err != nil {
		return unavailable(err, "writing ticket %s", t.ID)
	}
	return nil
}

// Find returns the ticket.
func (s *Tickets) Find(ctx context.Context, ticketID string) (identity.Ticket, error) {
	var t identity.Ticket
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: ticketID}}).Decode(&t)
	return t, found(err, "ticket", ticketID)
}

// Bind notes whose the ticket is.
func (s *Tickets) Bind(ctx context.Context, ticketID, accountID string, passwordAt time.Time) error {
	_, err := s.rows.UpdateOne(ctx, bson.D{{Key: "_id", Value: ticketID}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "account_id", Value: accountID}, {Key: "password_at", Value: passwordAt}}}})
	if err != nil {
		return unavailable(err, "binding ticket %s", ticketID)
	}
	return nil
}

// Use marks the ticket as used, once.
func (s *Tickets) Use(ctx context.Context, ticketID string, now time.Time) (bool, error) {
	res, err := s.rows.UpdateOne(ctx, bson.D{{Key: "_id", Value: ticketID}, {Key: "used", Value: bson.D{{Key: "$exists", Value: false}}}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "used", Value: now}}}})
	if err != nil {
		return false, unavailable(err, "using ticket %s", ticketID)
	}
	return res.MatchedCount == 1, nil
}

// Sweep removes tickets that were issued before.
func (s *Tickets) Sweep(ctx context.Context, before time.Time) (int, error) {
	res, err := s.rows.DeleteMany(ctx, bson.D{{Key: "created_at", Value: bson.D{{Key: "$lt", Value: before}}}})
	if err != nil {
		return 0, unavailable(err, "removing old tickets")
	}
	return int(res.DeletedCount), nil
}
