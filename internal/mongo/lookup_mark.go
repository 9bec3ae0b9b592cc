package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/fault"
)

// LookupMark keeps what a constant comes to under the shop's look-up key, so that
// another key is noticed before it does damage. The constant has a kind of its own:
// the mark says nothing of the key, and is no document's key.
type LookupMark struct {
	rows *mongo.Collection
	want string
}

// lookupMarkID is the mark's _id in the settings.
const lookupMarkID = "lookup_key"

// markRow is the mark as it is kept.
type markRow struct {
	ID    string `bson:"_id"`
	Value string `bson:"value"`
}

// NewLookupMark returns the mark on db. lookup turns a value into what stands for
// it in a key.
func NewLookupMark(db *mongo.Database, lookup func(kind, value string) string) *LookupMark {
	return &LookupMark{rows: db.Collection("settings"), want: lookup("mark", "bedesten")}
}

// Check reports whether there is a mark, and refuses one of another key.
func (m *LookupMark) Check(ctx context.Context) (bool, error) {
	var row markRow
	err := m.rows.FindOne(ctx, bson.D{{Key: "_id", Value: lookupMarkID}}).Decode(&row)
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return false, nil
	case err != nil:
		return false, unavailable(err, "reading the mark of the look-up key")
	case row.Value != m.want:
		return true, otherLookupKey()
	}
	return true, nil
}

// Write makes the mark, unless it is there, and refuses one of another key.
func (m *LookupMark) Write(ctx context.Context) error {
	_, err := m.rows.InsertOne(ctx, markRow{ID: lookupMarkID, Value: m.want})
	if mongo.IsDuplicateKeyError(err) {
		_, err := m.Check(ctx)
		return err
	}
	if err != nil {
		return unavailable(err, "writing the mark of the look-up key")
	}
	return nil
}

func otherLookupKey() error {
	return fault.New(fault.Internal, "BEDESTEN_LOOKUP_KEY is not the one that this shop was begun with: nobody would be found by their mail address, "+
		`and an address that has an account could be registered again. Put the first one back (docs/operations.md, "Rotating keys")`)
}

// CheckLookup refuses a look-up key under which the oldest account that can be read
// is not kept. A shop without accounts takes any.
func (s *Accounts) CheckLookup(ctx context.Context) error {
	after := ""
	for {
		cursor, err := s.rows.Find(ctx, bson.D{
			{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}},
			{Key: "sealed." + privateField, Value: bson.D{{Key: "$exists", Value: true}}},
		}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(sealStep))
		rows, err := drain[accountRow](ctx, cursor, err, "looking for the oldest account")
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			opened, err := s.openAccount(ctx, row)
			if err != nil {
				return err
			}
			if email := opened.Personal.Email; email != "" {
				return sameKey(s.key(email), row.EmailKey)
			}
		}
		after = rows[len(rows)-1].ID
	}
}

func sameKey(now, kept string) error {
	if now != kept {
		return otherLookupKey()
	}
	return nil
}
