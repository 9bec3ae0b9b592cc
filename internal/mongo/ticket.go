package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

var _ identity.Tickets = (*Tickets)(nil)

// Tickets keeps what mail addresses have to prove.
type Tickets struct {
	vault *Vault
	rows  *mongo.Collection
}

// NewTickets returns the store on db, whose persons vault opens.
func NewTickets(db *mongo.Database, vault *Vault) *Tickets {
	return &Tickets{vault: vault, rows: db.Collection("tickets")}
}

// ticketRow is a ticket as it is kept: whom it is for is sealed, with a key that goes
// when the ticket does.
type ticketRow struct {
	identity.Ticket `bson:",inline"`
	Sealed          sealedFields `bson:"sealed"`
}

// asker is what of a ticket is sealed.
type asker struct {
	Person   identity.Person `bson:"person"`
	Previous string          `bson:"previous,omitempty"`
}

func ticketPlace(ticketID string) place { return place{"tickets", privateField, ticketID} }

// Issue writes a new ticket; one that is there stays as it is.
func (s *Tickets) Issue(ctx context.Context, t identity.Ticket) error {
	sealed, err := sealField(ctx, s.vault, ticketPlace(t.ID), owner{Subject: t.ID}, asker{t.Personal, t.Previous})
	if err != nil {
		return err
	}
	t.Personal, t.Previous = identity.Person{}, ""
	if _, err := s.rows.InsertOne(ctx, ticketRow{Ticket: t, Sealed: sealedFields{privateField: sealed}}); err != nil && !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "writing ticket %s", t.ID)
	}
	return nil
}

// Find returns the ticket.
func (s *Tickets) Find(ctx context.Context, ticketID string) (identity.Ticket, error) {
	var row ticketRow
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: ticketID}}).Decode(&row)
	if err := found(err, "ticket", ticketID); err != nil {
		return identity.Ticket{}, err
	}
	p, gone, err := openField[asker](ctx, s.vault, ticketPlace(ticketID), row.Sealed[privateField])
	if err == nil && gone {
		err = fault.New(fault.NotFound, "no such ticket: %s", ticketID)
	}
	row.Personal, row.Previous = p.Person, p.Previous
	return row.Ticket, err
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

// Sweep removes tickets that were issued before, and their keys first: what is left
// of one that is interrupted here opens no more.
func (s *Tickets) Sweep(ctx context.Context, before time.Time) (int, error) {
	gone := 0
	for {
		cursor, err := s.rows.Find(ctx, bson.D{{Key: "created_at", Value: bson.D{{Key: "$lt", Value: before}}}},
			options.Find().SetLimit(sealStep).SetProjection(bson.D{{Key: "_id", Value: 1}}))
		rows, err := drain[struct {
			ID string `bson:"_id"`
		}](ctx, cursor, err, "looking for old tickets")
		if err != nil || len(rows) == 0 {
			return gone, err
		}
		ids := make([]string, len(rows))
		for i, row := range rows {
			ids[i] = row.ID
		}
		if err := s.vault.forget(ctx, ids); err != nil {
			return gone, err
		}
		if _, err := s.rows.DeleteMany(ctx, byIDs(ids)); err != nil {
			return gone, unavailable(err, "removing old tickets")
		}
		gone += len(ids)
	}
}
