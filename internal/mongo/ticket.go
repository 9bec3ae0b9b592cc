package mongo

import (
	"context"
	"strings"
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
	vault  *Vault
	rows   *mongo.Collection
	lookup func(kind, value string) string
}

// NewTickets returns the store on db, whose persons vault opens. lookup turns a value
// into what stands for it in a key.
func NewTickets(db *mongo.Database, vault *Vault, lookup func(kind, value string) string) *Tickets {
	return &Tickets{vault: vault, rows: db.Collection("tickets"), lookup: lookup}
}

// ticketEmail is the kind of a ticket's key for its mail address.
const ticketEmail = "ticket-email"

// ticketRow is a ticket as it is kept: whom it is for is sealed, with a key that goes
// when the ticket does.
type ticketRow struct {
	identity.Ticket `bson:",inline"`
	EmailKey        string       `bson:"email_key"`
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
	key := s.lookup(ticketEmail, t.Personal.Email)
	t.Personal, t.Previous = identity.Person{}, ""
	if _, err := s.rows.InsertOne(ctx, ticketRow{Ticket: t, EmailKey: key, Sealed: sealedFields{privateField: sealed}}); err != nil && !mongo.IsDuplicateKeyError(err) {
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

// Forget removes what was sent about an account, or to its address; the ticket that
// made it is found by the id that it fixed.
func (s *Tickets) Forget(ctx context.Context, accountID, email string) error {
	made := identity.TicketPrefix + strings.TrimPrefix(accountID, identity.AccountPrefix)
	about := bson.A{bson.D{{Key: "_id", Value: made}}, bson.D{{Key: "account_id", Value: accountID}}}
	if email != "" {
		about = append(about, bson.D{{Key: "email_key", Value: s.lookup(ticketEmail, email)}})
	}
	_, err := s.remove(ctx, bson.D{{Key: "$or", Value: about}})
	return err
}

// Sweep removes tickets that were issued before.
func (s *Tickets) Sweep(ctx context.Context, before time.Time) (int, error) {
	return s.remove(ctx, bson.D{{Key: "created_at", Value: bson.D{{Key: "$lt", Value: before}}}})
}

// remove removes tickets, and their keys first: what is left of one that is
// interrupted here opens no more.
func (s *Tickets) remove(ctx context.Context, which bson.D) (int, error) {
	gone := 0
	for {
		cursor, err := s.rows.Find(ctx, which,
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
